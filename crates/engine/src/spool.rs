//! Scratch space for content that must be read again: in memory while small, else in an unnamed temporary file
//! enciphered under a key that exists only in this process. Plaintext never lies in a temporary folder.

use aes::Aes256;
use backtrail_base::random_bytes;
use ctr::Ctr64BE;
use ctr::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What is kept in memory before the file is used.
const IN_MEMORY: usize = 8 << 20;

/// Scratch content: written once from its start, then read and sought freely.
pub(crate) struct Spool {
    folder: PathBuf,
    memory: Vec<u8>,
    #[expect(clippy::disallowed_types, reason = "an unnamed file has no path to put into an error")]
    file: Option<(std::fs::File, Ctr64BE<Aes256>)>,
    len: u64,
    position: u64,
}

impl Spool {
    /// An empty spool whose file, when one is needed, lies in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), memory: Vec::new(), file: None, len: 0, position: 0 }
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = tempfile::tempfile_in(&self.folder)?;
        let key: [u8; 32] = random_bytes();
        let nonce: [u8; 16] = random_bytes();
        let mut cipher = Ctr64BE::<Aes256>::new(&key.into(), &nonce.into());
        let mut memory = std::mem::take(&mut self.memory);
        cipher.apply_keystream(&mut memory);
        file.write_all(&memory)?;
        self.file = Some((file, cipher));
        Ok(())
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        debug_assert_eq!(self.position, self.len, "a spool is written from its start to its end");
        if self.file.is_none() && self.memory.len() + bytes.len() > IN_MEMORY {
            self.spill()?;
        }
        match &mut self.file {
            None => self.memory.extend_from_slice(bytes),
            Some((file, cipher)) => {
                let mut sealed = bytes.to_vec();
                cipher.apply_keystream(&mut sealed);
                file.write_all(&sealed)?;
            }
        }
        self.len += bytes.len() as u64;
        self.position = self.len;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let count = match &mut self.file {
            None => {
                let start = usize::try_from(self.position).unwrap_or(usize::MAX).min(self.memory.len());
                buffer[..wanted].copy_from_slice(&self.memory[start..start + wanted]);
                wanted
            }
            Some((file, cipher)) => {
                let count = file.read(&mut buffer[..wanted])?;
                cipher.apply_keystream(&mut buffer[..count]);
                count
            }
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(delta) => self.len.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        let target =
            target.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a seek before the start"))?;
        if let Some((file, cipher)) = &mut self.file {
            file.seek(SeekFrom::Start(target))?;
            cipher.seek(target);
        }
        self.position = target;
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_from_anywhere() {
        let folder = tempfile::tempdir().expect("folder");
        for size in [0, 10, IN_MEMORY + 12_345] {
            let content: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let mut spool = Spool::new(folder.path());
            for chunk in content.chunks(60_000) {
                spool.write_all(chunk).expect("write");
            }
            assert_eq!(spool.len, size as u64);
            for start in [0, size / 3, size] {
                spool.seek(SeekFrom::Start(start as u64)).expect("seek");
                let mut read = Vec::new();
                spool.read_to_end(&mut read).expect("read");
                assert!(read == content[start..], "size {size} from {start}");
            }
        }
    }
}
