//! Running totals, sent at most ten times a second.

use crate::Context;
use crate::event::Event;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(100);

/// Counts and tells.
pub(crate) struct Ticker<'a> {
    ctx: &'a Context,
    files: u64,
    bytes: u64,
    transferred: u64,
    last: Instant,
}

impl<'a> Ticker<'a> {
    pub(crate) fn new(ctx: &'a Context) -> Self {
        Self { ctx, files: 0, bytes: 0, transferred: 0, last: Instant::now() }
    }

    /// An entry was begun.
    pub(crate) fn file(&mut self) {
        self.files += 1;
    }

    /// Content was dealt with.
    pub(crate) fn bytes(&mut self, count: u64) {
        self.bytes += count;
        if self.last.elapsed() >= INTERVAL {
            self.send();
        }
    }

    /// The transferred bytes are `transferred` now.
    pub(crate) fn tick(&mut self, transferred: u64) {
        self.transferred = transferred;
        if self.last.elapsed() >= INTERVAL {
            self.send();
        }
    }

    fn send(&mut self) {
        self.last = Instant::now();
        self.ctx.tell(Event::Progress {
            files: self.files,
            bytes: self.bytes,
            transferred: self.transferred,
        });
    }
}

/// Totals of a restore or verify, counted where the bytes pass: inside one large file too, and in several threads.
pub(crate) struct Meter {
    files: AtomicU64,
    bytes: AtomicU64,
    fetched: AtomicU64,
    last: Mutex<Instant>,
}

impl Meter {
    pub(crate) fn new() -> Arc<Self> {
        let zero = AtomicU64::default;
        Arc::new(Self { files: zero(), bytes: zero(), fetched: zero(), last: Mutex::new(Instant::now()) })
    }

    /// An entry was dealt with.
    pub(crate) fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// Content was rebuilt.
    pub(crate) fn bytes(&self, ctx: &Context, count: u64) {
        self.bytes.fetch_add(count, Ordering::Relaxed);
        self.tick(ctx);
    }

    /// Bytes of volumes used so far.
    pub(crate) fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// Counts what is read of a stored volume.
    pub(crate) fn count<R: Read>(self: &Arc<Self>, inner: R) -> Counted<R> {
        Counted { inner, meter: Arc::clone(self) }
    }

    /// Tells, when it is time.
    pub(crate) fn tick(&self, ctx: &Context) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= INTERVAL {
            *last = Instant::now();
            ctx.tell(Event::Progress {
                files: self.files.load(Ordering::Relaxed),
                bytes: self.bytes.load(Ordering::Relaxed),
                transferred: self.fetched(),
            });
        }
    }
}

/// A stored volume whose bytes are counted as they are used.
pub(crate) struct Counted<R> {
    inner: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.meter.fetched.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
