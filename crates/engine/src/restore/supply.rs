//! Volumes on their way: a few threads fetch, check and open the volumes of all sets in the order in which the merge
//! will need them, a bounded way ahead. No thread ever waits for the merge: a volume of which enough is ready is laid
//! aside with its decoder, and a merge that comes to a volume nobody is at opens it itself. Small volumes, and those of
//! a chain with more large ones than may be open at once, are opened to their end and kept in scratch space, so that
//! neither threads nor open files nor memory grow with the number of sets.

mod incoming;

pub(crate) use incoming::Incoming;

use super::fetch::{Fetched, fetch};
use crate::progress::Meter;
use crate::spool::{Scratch, Spool};
use crate::{Context, EngineError, archive};
use backtrail_format::EntryPath;
use backtrail_format::manifest::Volume;
use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Volumes up to this stored size are opened to their end at once.
const SMALL: u64 = 1 << 20;
/// What a small volume may hold before it is laid aside like a large one.
const SMALL_HOLDS: u64 = 8 << 20;
/// The most volumes that are open, half read, at once.
const OPEN_MOST: usize = 32;
/// Plaintext that waits for the merge, of all volumes and of one.
const READY_ALL: usize = 64 << 20;
const READY_ONE: usize = 4 << 20;
/// What is handed over at a time.
const CHUNK: usize = 256 << 10;
/// Scratch space in memory.
const SCRATCH: usize = 32 << 20;

/// Fetches and opens volumes.
pub(crate) struct Supply<'a> {
    ctx: &'a Context,
    meter: Arc<Meter>,
    scratch: Arc<Scratch>,
    queue: Mutex<Queue>,
    /// There may be something to do.
    work: Condvar,
    /// Volumes that are open.
    open: Arc<AtomicUsize>,
    closed: AtomicBool,
    /// Used buffers.
    spare: Mutex<Vec<Vec<u8>>>,
}

#[derive(Default)]
struct Queue {
    /// Not begun, in the order of need.
    waiting: VecDeque<Arc<Parcel>>,
    /// Laid aside, and wanted again.
    again: VecDeque<Arc<Parcel>>,
    /// Volumes begun and not yet asked for.
    ahead: usize,
}

/// A volume on its way.
pub(crate) struct Parcel {
    pub(super) name: String,
    recorded: Volume,
    size: u64,
    /// Where the merge stands when it needs the volume, and the set's place in the chain.
    needed: (EntryPath, usize),
    state: Mutex<State>,
    /// The state changed.
    news: Condvar,
    /// The merge wants it; touched under the queue's lock, as is the next.
    asked: AtomicBool,
    ahead: AtomicBool,
}

struct State {
    step: Step,
    /// Fetched, checked and begun to decode; `failure` says if not.
    opened: bool,
    failure: Option<EngineError>,
    bytes: u64,
    /// What was kept in scratch space: it comes before the chunks.
    kept: Option<Spool>,
    chunks: VecDeque<Vec<u8>>,
    ready: usize,
    /// How reading ended, when not well.
    broken: Option<io::Error>,
    /// What went wrong on this computer, and is no fault of the volume.
    local: Option<io::Error>,
    /// It waits to be taken up again.
    queued: bool,
    /// Nobody wants it any more.
    dropped: bool,
}

enum Step {
    New,
    /// Somebody is at it.
    Busy,
    Aside(Decoder),
    Done,
}

/// A volume being decoded.
struct Decoder {
    plain: Box<dyn Read + Send>,
    open: Arc<AtomicUsize>,
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Parcel {
    /// The volume `name` of `size` bytes, which is needed when the merge stands at `needed`.
    pub(super) fn new(name: &str, recorded: &Volume, size: u64, needed: (EntryPath, usize)) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            recorded: recorded.clone(),
            size,
            needed,
            state: Mutex::new(State {
                step: Step::New,
                opened: false,
                failure: None,
                bytes: 0,
                kept: None,
                chunks: VecDeque::new(),
                ready: 0,
                broken: None,
                local: None,
                queued: false,
                dropped: false,
            }),
            news: Condvar::new(),
            asked: AtomicBool::new(false),
            ahead: AtomicBool::new(false),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and tells who waits for it.
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.news.notify_all();
    }
}

impl<'a> Supply<'a> {
    pub(super) fn new(ctx: &'a Context, meter: &Arc<Meter>) -> Arc<Self> {
        Arc::new(Self {
            ctx,
            meter: Arc::clone(meter),
            scratch: Scratch::new(&ctx.temp_folder, SCRATCH),
            queue: Mutex::default(),
            work: Condvar::new(),
            open: Arc::default(),
            closed: AtomicBool::new(false),
            spare: Mutex::default(),
        })
    }

    /// Scratch space of this run.
    pub(super) fn scratch(&self) -> &Arc<Scratch> {
        &self.scratch
    }

    /// Takes the volumes of all sets; `first` are those that are needed from the start.
    pub(super) fn schedule(&self, mut parcels: Vec<Arc<Parcel>>, first: &[Arc<Parcel>]) {
        parcels.sort_by(|one, other| one.needed.cmp(&other.needed));
        let mut queue = self.queue();
        first.iter().for_each(|parcel| parcel.asked.store(true, Ordering::Relaxed));
        queue.waiting = parcels.into();
    }

    /// How many threads are of use.
    pub(super) fn threads() -> usize {
        std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8)
    }

    /// What one of the threads does, until the supply is closed.
    pub(super) fn work(&self) {
        while let Some(parcel) = self.next() {
            self.process(&parcel);
        }
    }

    /// Sends the threads home.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        let _queue = self.queue();
        self.work.notify_all();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; none when it is time to go.
    fn next(&self) -> Option<Arc<Parcel>> {
        let mut queue = self.queue();
        loop {
            if self.closed.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(parcel) = queue.again.pop_front() {
                return Some(parcel);
            }
            let most = Self::threads() + 1;
            let wanted = queue
                .waiting
                .front()
                .is_some_and(|next| queue.ahead < most || next.asked.load(Ordering::Relaxed));
            if wanted && let Some(parcel) = queue.waiting.pop_front() {
                if !parcel.asked.load(Ordering::Relaxed) {
                    parcel.ahead.store(true, Ordering::Relaxed);
                    queue.ahead += 1;
                }
                return Some(parcel);
            }
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Opens a volume, or goes on with it, unless somebody else is at it.
    fn process(&self, parcel: &Parcel) {
        let decoder = {
            let mut state = parcel.state();
            state.queued = false;
            match std::mem::replace(&mut state.step, Step::Busy) {
                Step::New => None,
                Step::Aside(decoder) => Some(decoder),
                other => {
                    state.step = other;
                    return;
                }
            }
        };
        // Whatever a damaged volume does to a decoder, nobody may wait for ever.
        if catch_unwind(AssertUnwindSafe(|| self.go_on(parcel, decoder))).is_err() {
            parcel.change(|state| {
                state.step = Step::Done;
                state.opened = true;
                state.local = Some(io::Error::other("the thread that opened a volume failed"));
            });
        }
    }

    fn go_on(&self, parcel: &Parcel, decoder: Option<Decoder>) {
        let decoder = match decoder {
            Some(decoder) => decoder,
            None => match self.begin(parcel) {
                Ok((decoder, bytes)) => {
                    parcel.change(|state| (state.opened, state.bytes) = (true, bytes));
                    if parcel.size <= SMALL || self.is_crowded() {
                        return self.keep(parcel, decoder);
                    }
                    decoder
                }
                Err(error) => {
                    return parcel.change(|state| {
                        state.step = Step::Done;
                        state.opened = true;
                        state.failure = Some(error);
                    });
                }
            },
        };
        self.deliver(parcel, decoder);
    }

    fn is_crowded(&self) -> bool {
        self.open.load(Ordering::Relaxed) > OPEN_MOST
    }

    /// Fetches, checks and begins to decode.
    fn begin(&self, parcel: &Parcel) -> Result<(Decoder, u64), EngineError> {
        let go_on = || {
            if self.closed.load(Ordering::Relaxed) {
                Err(EngineError::Cancelled)
            } else {
                self.ctx.check_cancelled()
            }
        };
        let Fetched { stored, bytes } = fetch(self.ctx, &parcel.name, &parcel.recorded, parcel.size, &go_on)?;
        let buffer = usize::try_from(parcel.size).unwrap_or(usize::MAX).clamp(4 << 10, 256 << 10);
        let stored = BufReader::with_capacity(buffer, self.meter.count(stored));
        let plain = archive::decode(self.ctx, &parcel.name, Box::new(stored))?;
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok((Decoder { plain, open: Arc::clone(&self.open) }, bytes))
    }

    fn is_over(&self, parcel: &Parcel) -> bool {
        self.closed.load(Ordering::Relaxed) || parcel.state().dropped
    }

    /// Opens a volume into scratch space, to its end unless it holds far more than its size lets expect.
    fn keep(&self, parcel: &Parcel, mut decoder: Decoder) {
        let mut spool = self.scratch.spool();
        let mut chunk = self.buffer();
        let (step, broken, local) = loop {
            if self.is_over(parcel) {
                break (Step::Done, None, None);
            }
            let (count, end) = read_full(&mut decoder.plain, &mut chunk);
            if let Err(error) = spool.write_all(&chunk[..count]) {
                break (Step::Done, None, Some(error));
            }
            match end {
                Some(end) => break (Step::Done, end.err(), None),
                None if spool.len() > SMALL_HOLDS && !self.is_crowded() => {
                    break (Step::Aside(decoder), None, None);
                }
                None => {}
            }
        };
        self.recycle(chunk);
        parcel.change(|state| {
            (state.step, state.broken, state.local) = (step, broken, local);
            state.kept = Some(spool);
        });
    }

    /// Decodes until enough is ready.
    fn deliver(&self, parcel: &Parcel, mut decoder: Decoder) {
        let most = READY_ONE.min(READY_ALL / self.open.load(Ordering::Relaxed).max(1));
        loop {
            if self.is_over(parcel) {
                return parcel.change(|state| state.step = Step::Done);
            }
            let mut chunk = self.buffer();
            let (count, end) = read_full(&mut decoder.plain, &mut chunk);
            chunk.truncate(count);
            let mut state = parcel.state();
            state.ready += count;
            if count > 0 {
                state.chunks.push_back(chunk);
            }
            if let Some(end) = end {
                state.step = Step::Done;
                state.broken = end.err();
            } else if state.ready >= most {
                state.step = Step::Aside(decoder);
            } else {
                drop(state);
                parcel.news.notify_all();
                continue;
            }
            drop(state);
            return parcel.news.notify_all();
        }
    }

    fn buffer(&self) -> Vec<u8> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut buffer = spare.unwrap_or_default();
        buffer.resize(CHUNK, 0);
        buffer
    }

    fn recycle(&self, buffer: Vec<u8>) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.capacity() >= CHUNK && spare.len() < 16 {
            spare.push(buffer);
        }
    }

    /// Waits until the volume is open, or opens it.
    pub(super) fn open(self: &Arc<Self>, parcel: &Arc<Parcel>) -> Result<(Incoming<'a>, u64), EngineError> {
        {
            let mut queue = self.queue();
            parcel.asked.store(true, Ordering::Relaxed);
            if parcel.ahead.swap(false, Ordering::Relaxed) {
                queue.ahead -= 1;
                self.work.notify_one();
            }
        }
        let mut state = parcel.state();
        loop {
            if matches!(state.step, Step::New) {
                drop(state);
                self.process(parcel);
                state = parcel.state();
            } else if state.opened {
                break;
            } else {
                state = parcel.news.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        if let Some(error) = state.local.take() {
            return Err(EngineError::Io(error));
        }
        if let Some(error) = state.failure.take() {
            return Err(error);
        }
        let (supply, parcel) = (Arc::clone(self), Arc::clone(parcel));
        let bytes = state.bytes;
        drop(state);
        Ok((Incoming::new(supply, parcel), bytes))
    }
}

/// Fills `buffer`. Returns how much of it was, and how the input ended if it did.
fn read_full(input: &mut dyn Read, buffer: &mut [u8]) -> (usize, Option<io::Result<()>>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => return (filled, Some(Ok(()))),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(Err(error))),
        }
    }
    (filled, None)
}
