//! The merge's end of a volume that is on its way.

use super::{Parcel, READY_ONE, Step, Supply};
use crate::spool::Spool;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::sync::{Arc, PoisonError};

/// The plaintext of a volume, as it is opened.
pub(crate) struct Incoming<'a> {
    supply: Arc<Supply<'a>>,
    parcel: Arc<Parcel>,
    kept: Option<Spool>,
    chunk: Vec<u8>,
    at: usize,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(supply: Arc<Supply<'a>>, parcel: Arc<Parcel>) -> Self {
        Self { supply, parcel, kept: None, chunk: Vec::new(), at: 0 }
    }

    /// What went wrong on this computer while the volume was opened.
    pub(in crate::restore) fn local_failure(&self) -> Option<io::Error> {
        self.parcel.state().local.take()
    }

    /// Gets the next chunk; it stays empty at the end.
    fn refill(&mut self) -> io::Result<()> {
        self.at = 0;
        self.supply.recycle(std::mem::take(&mut self.chunk));
        loop {
            if let Some(kept) = &mut self.kept {
                // There may be one for every set of the chain.
                self.chunk.resize(16 << 10, 0);
                let count = kept.read(&mut self.chunk)?;
                self.chunk.truncate(count);
                if count > 0 {
                    return Ok(());
                }
                self.kept = None;
            }
            let mut state = self.parcel.state();
            if let Some(mut kept) = state.kept.take() {
                kept.seek(SeekFrom::Start(0))?;
                self.kept = Some(kept);
                continue;
            }
            if let Some(chunk) = state.chunks.pop_front() {
                state.ready -= chunk.len();
                let again =
                    matches!(state.step, Step::Aside(_)) && !state.queued && state.ready <= READY_ONE / 2;
                state.queued |= again;
                drop(state);
                if again {
                    self.supply.queue().again.push_back(Arc::clone(&self.parcel));
                    self.supply.work.notify_one();
                }
                self.chunk = chunk;
                return Ok(());
            }
            match state.step {
                Step::Done => return state.broken.take().map_or(Ok(()), Err),
                Step::Busy => {
                    drop(self.parcel.news.wait(state).unwrap_or_else(PoisonError::into_inner));
                }
                Step::New | Step::Aside(_) => {
                    drop(state);
                    self.supply.process(&self.parcel);
                }
            }
        }
    }
}

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Incoming<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.chunk.len() {
            self.refill()?;
        }
        Ok(&self.chunk[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.chunk.len());
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        let mut state = self.parcel.state();
        state.dropped = true;
        state.chunks.clear();
        state.kept = None;
        if matches!(state.step, Step::Aside(_)) {
            state.step = Step::Done;
        }
    }
}
