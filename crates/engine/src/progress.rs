//! Running totals, sent at most ten times a second.

use crate::Context;
use crate::event::Event;
use backtrail_format::Metadata;
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
    pub(crate) fn file(&mut self, _: &Metadata) {
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
