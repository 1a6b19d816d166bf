//! The archive folder's form of signatures: a gzip file of several members, each holding at most 1 MiB, so that one
//! signature can be read without the whole file. Any gzip reader, Python's too, reads the members as one file.

use crate::EngineError;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;

/// Plaintext in a member.
pub(crate) const MEMBER: u64 = 1 << 20;

/// A gzip file being written; it gets its name when the result is persisted.
pub(crate) struct GzipCopy {
    file: NamedTempFile,
    member: GzEncoder<Vec<u8>>,
    in_member: u64,
    /// Where the members begin, in the content and in the file.
    members: Vec<(u64, u64)>,
    next: (u64, u64),
}

impl GzipCopy {
    /// Starts one in `folder`.
    pub(crate) fn create(folder: &Path) -> Result<Self, EngineError> {
        let (file, member) = (super::unfinished(folder)?, start_member(Vec::new()));
        Ok(Self { file, member, in_member: 0, members: Vec::new(), next: (0, 0) })
    }

    /// Adds plaintext.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), EngineError> {
        while !bytes.is_empty() {
            let room = usize::try_from(MEMBER - self.in_member).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.member.write_all(now)?;
            self.in_member += now.len() as u64;
            bytes = later;
            if self.in_member == MEMBER {
                self.end_member()?;
            }
        }
        Ok(())
    }

    /// Ends the file and makes it durable. With it comes where its members begin, in the content and in the file.
    pub(crate) fn finish(mut self) -> Result<(NamedTempFile, Vec<(u64, u64)>), EngineError> {
        self.end_member()?;
        self.file.as_file().sync_all()?;
        Ok((self.file, self.members))
    }

    fn end_member(&mut self) -> Result<(), EngineError> {
        let mut member = std::mem::replace(&mut self.member, start_member(Vec::new())).finish()?;
        self.file.write_all(&member)?;
        self.members.push(self.next);
        self.next = (self.next.0 + self.in_member, self.next.1 + member.len() as u64);
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
    fn several_members_read_as_one_file_and_each_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let size = usize::try_from(3 * MEMBER + 77).expect("small");
        let content: Vec<u8> = (0..size).map(|i| (i * i % 253) as u8).collect();
        let mut copy = GzipCopy::create(folder.path()).expect("create");
        for chunk in content.chunks(700_001) {
            copy.write(chunk).expect("write");
        }
        let (file, members) = copy.finish().expect("finish");
        let stored = backtrail_base::fs::read(file.path()).expect("read");
        let mut read = Vec::new();
        flate2::read::MultiGzDecoder::new(&stored[..]).read_to_end(&mut read).expect("any gzip reader");
        assert!(read == content);
        let mut reader = super::super::MemberReader::new(&stored[..]);
        let mut read = Vec::new();
        reader.read_to_end(&mut read).expect("read");
        assert!(read == content);
        assert_eq!(members.len(), 4);
        assert_eq!(members, *reader.members().lock().expect("no panic"), "the writer and the reader agree");
        for (plain, at) in members {
            let at = usize::try_from(at).expect("small");
            let mut one = [0; 50];
            flate2::read::GzDecoder::new(&stored[at..]).read_exact(&mut one).expect("a member begins here");
            let plain = usize::try_from(plain).expect("small");
            assert_eq!(one, content[plain..plain + 50], "its content is what stands there");
        }
    }
}
