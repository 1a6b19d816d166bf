//! The volumes of a new set: entries are packed into tar streams, cut at the wanted size, and encoded, hashed and
//! stored in the background. While one volume is being finished the next is being filled; a volume that nothing is
//! written into is never begun, so that no set has an empty one in its middle.

use crate::backup::Request;
use crate::event::Event;
use crate::output::{ObjectWriter, Stored};
use crate::{Context, EngineError};
use backtrail_format::difftar::{self, Member};
use backtrail_format::manifest::{Position, Volume};
use backtrail_format::names::{FileKind, FileName, SetId};
use backtrail_format::{EntryPath, Metadata};
use backtrail_store::Commit;
use crossbeam_channel::Sender;
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

/// What is handed to the encoder at once.
const CHUNK: usize = 256 << 10;
/// Chunks that wait for the encoder.
const WAITING: usize = 4;
/// Plaintext that may be inside the encoder without showing in the stored bytes: assumed not to shrink, so that a
/// volume never grows past its size by what is still being compressed.
const INSIDE: u64 = 4 << 20;
/// Volumes that may be finishing (encoding their rest, being made durable) while the next one is filled.
const FINISHING: usize = 2;
/// Room left for end blocks and packet framing, as stock duplicity leaves it.
const MARGIN: u64 = (50 + 64) << 10;

/// Packs entries into volumes.
pub(super) struct Volumes<'a> {
    ctx: &'a Context,
    request: &'a Request,
    set: SetId,
    current: Option<OpenVolume>,
    finishing: VecDeque<Closed>,
    next: u32,
    done: BTreeMap<u32, Volume>,
    /// The objects stored so far, for the guard and for the statistics.
    pub(super) stored: Vec<Stored>,
    stored_bytes: Arc<AtomicU64>,
}

struct OpenVolume {
    number: u32,
    start: Position,
    end: Position,
    chunk: Vec<u8>,
    /// Bytes of tar written.
    plain: u64,
    sent: Arc<AtomicU64>,
    send: Sender<Chunk>,
    worker: JoinHandle<Result<Option<Stored>, EngineError>>,
}

/// What a volume's worker is given. A channel that closes without an end means that the run was given up, and the
/// volume with it.
enum Chunk {
    Bytes(Vec<u8>),
    End,
}

struct Closed {
    number: u32,
    start: Position,
    end: Position,
    worker: JoinHandle<Result<Option<Stored>, EngineError>>,
}

impl<'a> Volumes<'a> {
    pub(super) fn new(ctx: &'a Context, request: &'a Request, set: SetId) -> Self {
        Self {
            ctx,
            request,
            set,
            current: None,
            finishing: VecDeque::new(),
            next: 1,
            done: BTreeMap::new(),
            stored: Vec::new(),
            stored_bytes: Arc::default(),
        }
    }

    /// Bytes stored in volumes that are complete.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored_bytes.load(Ordering::Relaxed)
    }

    /// Adds an entry. `block` is its piece number where the manifest names one.
    pub(super) fn entry(
        &mut self,
        member: &Member,
        path: &EntryPath,
        metadata: Option<&Metadata>,
        payload: &[u8],
        block: Option<u64>,
    ) -> Result<(), EngineError> {
        let position = Position { path: path.clone(), block };
        let mut volume = match self.current.take() {
            Some(volume) => volume,
            None => self.open(position.clone())?,
        };
        let before = volume.chunk.len();
        difftar::header(&mut volume.chunk, member, path, metadata, payload.len() as u64)
            .map_err(EngineError::format(path.to_string()))?;
        volume.chunk.extend_from_slice(payload);
        let padding = difftar::padding(payload.len() as u64);
        volume.chunk.resize(volume.chunk.len() + padding, 0);
        volume.plain += (volume.chunk.len() - before) as u64;
        volume.end = position;
        if volume.chunk.len() >= CHUNK && !volume.send_chunk() {
            return Err(self.failed(volume));
        }
        let full = volume.estimate() >= self.request.volume_size.saturating_sub(MARGIN);
        self.current = Some(volume);
        if full { self.close() } else { Ok(()) }
    }

    /// Ends the set: every volume is stored when this returns. A set without entries gets its one empty volume.
    pub(super) fn finish(mut self) -> Result<(BTreeMap<u32, Volume>, Vec<Stored>), EngineError> {
        if self.next == 1 {
            let nothing = Position { path: EntryPath::root(), block: None };
            self.current = Some(self.open(nothing)?);
        }
        self.close()?;
        while !self.finishing.is_empty() {
            self.reap()?;
        }
        if let Some(number) = self.request.skip_volume.filter(|number| !self.done.contains_key(number))
            && number < self.next
        {
            return Err(EngineError::VolumeSkipped { number });
        }
        Ok((std::mem::take(&mut self.done), std::mem::take(&mut self.stored)))
    }

    fn open(&mut self, start: Position) -> Result<OpenVolume, EngineError> {
        let number = self.next;
        self.next += 1;
        let kind = FileKind::Volume { set: self.set, number };
        let encoding = self.request.protection.encoding();
        let name = FileName { kind, encoding, partial: false }.write(&self.ctx.prefixes);
        let sent = Arc::new(AtomicU64::new(0));
        let mut object =
            ObjectWriter::create(&self.ctx.destination, &name, &self.request.protection, Arc::clone(&sent))?;
        let (send, receive) = crossbeam_channel::bounded::<Chunk>(WAITING);
        let skipped = self.request.skip_volume == Some(number);
        let worker = std::thread::Builder::new()
            .name(format!("volume {number}"))
            .spawn(move || {
                for chunk in receive {
                    match chunk {
                        Chunk::Bytes(bytes) => object
                            .write_all(&bytes)
                            .map_err(|error| EngineError::from_stream(&name, error))?,
                        Chunk::End => {
                            let finished = object.finish()?;
                            return if skipped {
                                Ok(None)
                            } else {
                                finished.commit(Commit::Replace).map(Some)
                            };
                        }
                    }
                }
                Err(EngineError::Cancelled)
            })
            .map_err(EngineError::Io)?;
        let end = start.clone();
        Ok(OpenVolume { number, start, end, chunk: Vec::new(), plain: 0, sent, send, worker })
    }

    /// Ends the current volume's content; it is finished in the background.
    fn close(&mut self) -> Result<(), EngineError> {
        let Some(mut volume) = self.current.take() else { return Ok(()) };
        let zeros = difftar::end_blocks(volume.plain);
        volume.chunk.resize(volume.chunk.len() + zeros, 0);
        if !volume.send_chunk() {
            return Err(self.failed(volume));
        }
        let OpenVolume { number, start, end, send, worker, .. } = volume;
        // A worker that has stopped says why when it is joined.
        send.send(Chunk::End).ok();
        self.finishing.push_back(Closed { number, start, end, worker });
        while self.finishing.len() > FINISHING
            || self.request.fail_after.is_some() && !self.finishing.is_empty()
        {
            self.reap()?;
        }
        Ok(())
    }

    /// Waits for the oldest volume that is finishing.
    fn reap(&mut self) -> Result<(), EngineError> {
        let Some(closed) = self.finishing.pop_front() else { return Ok(()) };
        let stored = closed.worker.join().map_err(|_| EngineError::Worker { stage: "volume" })??;
        let number = closed.number;
        if let Some(stored) = stored {
            self.ctx.tell(Event::VolumeStored { name: &stored.name, number, bytes: stored.bytes });
            self.stored_bytes.fetch_add(stored.bytes, Ordering::Relaxed);
            let (sha1, sha256) = (stored.sha1.clone(), stored.sha256.clone());
            self.done.insert(number, Volume::new(closed.start, closed.end, sha1, sha256));
            self.stored.push(stored);
        }
        if self.request.fail_after == Some(number) {
            return Err(EngineError::StoppedOnRequest { number });
        }
        Ok(())
    }

    /// The error for which a volume's worker stopped taking chunks.
    fn failed(&self, volume: OpenVolume) -> EngineError {
        drop(volume.send);
        match volume.worker.join() {
            Ok(Err(error)) => error,
            Ok(Ok(_)) | Err(_) => EngineError::Worker { stage: "volume" },
        }
    }
}

impl Drop for Volumes<'_> {
    /// Waits for the workers of a run that was given up, so that nothing is written after it has returned.
    fn drop(&mut self) {
        if let Some(OpenVolume { send, worker, .. }) = self.current.take() {
            drop(send);
            worker.join().ok();
        }
        for closed in self.finishing.drain(..) {
            closed.worker.join().ok();
        }
    }
}

impl OpenVolume {
    /// Hands what is gathered to the worker; false when that has stopped.
    fn send_chunk(&mut self) -> bool {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK + (64 << 10)));
        self.send.send(Chunk::Bytes(chunk)).is_ok()
    }

    /// The size that the stored volume has or will have at the most, if it were ended now.
    fn estimate(&self) -> u64 {
        self.sent.load(Ordering::Relaxed) + self.plain.min(INSIDE)
    }
}
