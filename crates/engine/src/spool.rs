//! Scratch space for content that must be read again: in memory while there is room, else in one unnamed temporary
//! file that all spools of a run share, enciphered under a key that exists only in this process. Plaintext never lies
//! in a temporary folder, and however many spools there are, they take one open file and a bounded part of memory.

use aes::Aes256;
use backtrail_base::random_bytes;
use ctr::Ctr64BE;
use ctr::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is stored at a time.
const BLOCK: usize = 64 << 10;

/// The space that the spools of a run share.
pub(crate) struct Scratch(Mutex<Space>);

struct Space {
    folder: PathBuf,
    /// Bytes that may yet be kept in memory.
    room: usize,
    #[expect(clippy::disallowed_types, reason = "an unnamed file has no path to put into an error")]
    file: Option<(std::fs::File, Ctr64BE<Aes256>)>,
    /// Places in the file that nobody uses any more.
    free: Vec<u64>,
    /// Places that the file has.
    places: u64,
    /// Blocks enciphered so far: no part of the key stream is used twice.
    enciphered: u64,
}

impl Scratch {
    /// Space of which up to `room` bytes are in memory and the rest in a file in `folder`.
    pub(crate) fn new(folder: &Path, room: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Space {
            folder: folder.to_owned(),
            room,
            file: None,
            free: Vec::new(),
            places: 0,
            enciphered: 0,
        })))
    }

    /// An empty spool.
    pub(crate) fn spool(self: &Arc<Self>) -> Spool {
        Spool {
            scratch: Arc::clone(self),
            blocks: Vec::new(),
            tail: Vec::new(),
            position: 0,
            seen: None,
            buffer: Vec::new(),
        }
    }

    fn space(&self) -> MutexGuard<'_, Space> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Space {
    fn store(&mut self, mut block: Vec<u8>) -> io::Result<Block> {
        if let Some(room) = self.room.checked_sub(block.len()) {
            self.room = room;
            return Ok(Block::Memory(block));
        }
        let (file, cipher) = match &mut self.file {
            Some(open) => open,
            none => {
                let file = tempfile::tempfile_in(&self.folder).map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", self.folder.display()))
                })?;
                let (key, nonce): ([u8; 32], [u8; 16]) = (random_bytes(), random_bytes());
                none.insert((file, Ctr64BE::<Aes256>::new(&key.into(), &nonce.into())))
            }
        };
        let place = self.free.pop().unwrap_or(self.places);
        let serial = self.enciphered;
        cipher.seek(serial * BLOCK as u64);
        cipher.apply_keystream(&mut block);
        file.seek(SeekFrom::Start(place * BLOCK as u64))?;
        file.write_all(&block)?;
        self.places = self.places.max(place + 1);
        self.enciphered += 1;
        Ok(Block::File { place, serial })
    }

    fn load(&mut self, place: u64, serial: u64, block: &mut Vec<u8>) -> io::Result<()> {
        let (file, cipher) =
            self.file.as_mut().ok_or_else(|| io::Error::other("the temporary file is gone"))?;
        block.resize(BLOCK, 0);
        file.seek(SeekFrom::Start(place * BLOCK as u64))?;
        file.read_exact(block)?;
        cipher.seek(serial * BLOCK as u64);
        cipher.apply_keystream(block);
        Ok(())
    }
}

/// [`BLOCK`] bytes.
enum Block {
    Memory(Vec<u8>),
    File { place: u64, serial: u64 },
}

/// Scratch content: what is written is added at its end; it is read and sought freely.
pub(crate) struct Spool {
    scratch: Arc<Scratch>,
    blocks: Vec<Block>,
    /// What does not fill a block yet.
    tail: Vec<u8>,
    position: u64,
    /// The block of the file that is in the buffer.
    seen: Option<usize>,
    buffer: Vec<u8>,
}

impl Spool {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> u64 {
        (self.blocks.len() * BLOCK + self.tail.len()) as u64
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = &bytes[..bytes.len().min(BLOCK - self.tail.len())];
        self.tail.extend_from_slice(taken);
        if self.tail.len() == BLOCK {
            let block = std::mem::take(&mut self.tail);
            let block = self.scratch.space().store(block)?;
            self.blocks.push(block);
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let index = usize::try_from(self.position / BLOCK as u64).unwrap_or(usize::MAX);
        let start = (self.position % BLOCK as u64) as usize;
        let block = match self.blocks.get(index) {
            None if index == self.blocks.len() => &self.tail,
            None => return Ok(0),
            Some(Block::Memory(block)) => block,
            Some(&Block::File { place, serial }) => {
                if self.seen != Some(index) {
                    self.seen = None;
                    self.scratch.space().load(place, serial, &mut self.buffer)?;
                    self.seen = Some(index);
                }
                &self.buffer
            }
        };
        let rest = block.get(start..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(delta) => self.len().checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position =
            target.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a seek before the start"))?;
        Ok(self.position)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        let mut space = self.scratch.space();
        for block in self.blocks.drain(..) {
            match block {
                Block::Memory(block) => space.room += block.len(),
                Block::File { place, .. } => space.free.push(place),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(seed: usize, len: usize) -> Vec<u8> {
        (0..len).map(|i| ((i + seed) % 251) as u8).collect()
    }

    #[test]
    fn what_is_written_is_read_back_from_anywhere() {
        let folder = tempfile::tempdir().expect("folder");
        let scratch = Scratch::new(folder.path(), 4 * BLOCK);
        // Twice over, so that places in the file are used again.
        for round in 0..2 {
            let sizes = [0, 10, BLOCK, 3 * BLOCK + 5, 9 * BLOCK + 12_345];
            let mut spools: Vec<(Vec<u8>, Spool)> =
                sizes.map(|size| (content(size + round, size), scratch.spool())).into();
            // Written in turns, as several threads do.
            for part in 0..20 {
                for (content, spool) in &mut spools {
                    let step = content.len().div_ceil(20);
                    let end = content.len().min((part + 1) * step);
                    spool.write_all(&content[content.len().min(part * step)..end]).expect("write");
                }
            }
            for (content, spool) in &mut spools {
                assert_eq!(spool.len(), content.len() as u64);
                for start in [0, content.len() / 3, content.len(), 0] {
                    spool.seek(SeekFrom::Start(start as u64)).expect("seek");
                    let mut read = Vec::new();
                    spool.read_to_end(&mut read).expect("read");
                    assert!(read == content[start..], "{} bytes from {start}", content.len());
                }
            }
        }
        let space = scratch.space();
        assert_eq!(space.room, 4 * BLOCK, "the memory is free again");
        assert_eq!(space.free.len() as u64, space.places, "and so is the file");
        assert!(space.places > 0 && space.enciphered > space.places, "the file was used, and used again");
    }

    #[test]
    fn the_file_shows_nothing_and_never_the_same_twice() {
        let folder = tempfile::tempdir().expect("folder");
        let scratch = Scratch::new(folder.path(), 0);
        let mut seen = Vec::new();
        for _ in 0..3 {
            scratch.spool().write_all(&[7; BLOCK]).expect("write");
            let mut space = scratch.space();
            let (file, _) = space.file.as_mut().expect("a file");
            let mut stored = vec![0; BLOCK];
            file.seek(SeekFrom::Start(0)).expect("seek");
            file.read_exact(&mut stored).expect("read");
            assert!(!seen.contains(&stored) && stored != [7; BLOCK], "one place, another key stream");
            seen.push(stored);
        }
    }
}
