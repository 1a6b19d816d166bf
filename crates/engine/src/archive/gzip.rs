//! The archive folder's form of signatures: a gzip file of several members, each holding at most 1 MiB, so that one
//! signature can be read without the whole file. Any gzip reader, Python's too, reads the members as one file.

use crate::EngineError;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;

/// Plaintext in a member.
const MEMBER: usize = 1 << 20;

/// A gzip file being written; it gets its name when the result is persisted.
pub(crate) struct GzipCopy {
    file: NamedTempFile,
    member: GzEncoder<Vec<u8>>,
    in_member: usize,
}

impl GzipCopy {
    /// Starts one in `folder`.
    pub(crate) fn create(folder: &Path) -> Result<Self, EngineError> {
        Ok(Self { file: super::unfinished(folder)?, member: start_member(Vec::new()), in_member: 0 })
    }

    /// Adds plaintext.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), EngineError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(MEMBER - self.in_member));
            self.member.write_all(now)?;
            self.in_member += now.len();
            bytes = later;
            if self.in_member == MEMBER {
                self.end_member()?;
            }
        }
        Ok(())
    }

    /// Ends the file and makes it durable.
    pub(crate) fn finish(mut self) -> Result<NamedTempFile, EngineError> {
        self.end_member()?;
        self.file.as_file().sync_all()?;
        Ok(self.file)
    }

    fn end_member(&mut self) -> Result<(), EngineError> {
        let mut member = std::mem::replace(&mut self.member, start_member(Vec::new())).finish()?;
        self.file.write_all(&member)?;
        member.clear();
        self.member = start_member(member);
        self.in_member = 0;
        Ok(())
    }
}

fn start_member(buffer: Vec<u8>) -> GzEncoder<Vec<u8>> {
    // Signatures hardly compress: a fast level costs a tenth of the time for the same size. Not the fastest: zlib-rs
    // 0.6 panics in level 1 when its output buffer runs full.
    GzEncoder::new(buffer, Compression::new(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn several_members_read_as_one_file() {
        let folder = tempfile::tempdir().expect("folder");
        let content: Vec<u8> = (0..3 * MEMBER + 77).map(|i| (i * i % 253) as u8).collect();
        let mut copy = GzipCopy::create(folder.path()).expect("create");
        for chunk in content.chunks(700_001) {
            copy.write(chunk).expect("write");
        }
        let file = copy.finish().expect("finish").reopen().expect("open");
        let mut read = Vec::new();
        flate2::read::MultiGzDecoder::new(file).read_to_end(&mut read).expect("read");
        assert!(read == content);
    }
}
