//! One regular file's content on its way into volumes: read once, giving the payload (the content itself, or a delta
//! against the signature of the old one) and the new signature.

use super::Request;
use super::volumes::Volumes;
use crate::error::reason;
use crate::extra::{self, Attributes};
use crate::scan::Scan;
use crate::walk::{Folder, Found, OpenFolder, Stat};
use crate::{Context, EngineError};
use backtrail_base::{Clock, SystemClock};
use backtrail_delta::{DeltaWriter, Signature, SignatureWriter};
use backtrail_format::difftar::{Member, PIECE};
use backtrail_format::{EntryPath, Kind, Metadata, block_len, tar_mtime};
use std::io::{self, Read};

/// What is said of attributes that no header holds.
pub(super) const TOO_MANY: &str = "its extended attributes are too large to be kept";

/// What is read at once.
const CHUNK: usize = 256 << 10;

/// What became of a file.
pub(super) enum Outcome {
    /// It is stored; its new signature and the bytes of its payload.
    Stored(Box<FileStored>),
    /// It could not be read and nothing of it was stored.
    Unreadable(io::Error),
}

/// A stored file.
pub(super) struct FileStored {
    pub(super) signature: Vec<u8>,
    /// The metadata as it was stored.
    pub(super) metadata: Metadata,
    /// What the system said before it was read.
    pub(super) scan: Scan,
    /// Whether the content is to be looked at next time, whatever the times say then.
    pub(super) doubt: bool,
    /// Bytes read.
    pub(super) read: u64,
    /// Bytes of content or delta stored.
    pub(super) payload: u64,
    /// Why it is not to be trusted fully: it changed, or could not be read to its end.
    pub(super) problem: Option<String>,
}

/// Splits a payload into entries as the format wants it: one entry when it is shorter than a piece, else pieces of
/// exactly [`PIECE`] bytes and a shorter, perhaps empty, last one.
pub(super) struct Pieces<'v, 'a> {
    volumes: &'v mut Volumes<'a>,
    path: &'v EntryPath,
    /// That of the first entry, and of those that follow.
    metadata: [&'v Metadata; 2],
    diff: bool,
    buffer: Vec<u8>,
    number: u64,
    pub(super) total: u64,
}

impl<'v, 'a> Pieces<'v, 'a> {
    pub(super) fn new(
        volumes: &'v mut Volumes<'a>,
        path: &'v EntryPath,
        metadata: [&'v Metadata; 2],
        diff: bool,
    ) -> Self {
        Self { volumes, path, metadata, diff, buffer: Vec::new(), number: 0, total: 0 }
    }

    /// The buffer to append payload to; call [`Self::drain`] afterwards.
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Stores what is complete.
    fn drain(&mut self) -> Result<(), EngineError> {
        let mut start = 0;
        while self.buffer.len() - start >= PIECE {
            self.number += 1;
            let payload = &self.buffer[start..start + PIECE];
            let member = self.piece();
            let metadata = self.metadata[usize::from(self.number > 1)];
            self.volumes.entry(&member, self.path, Some(metadata), payload, Some(self.number))?;
            start += PIECE;
        }
        self.total += start as u64;
        self.buffer.drain(..start);
        Ok(())
    }

    /// Stores the rest.
    fn finish(mut self) -> Result<u64, EngineError> {
        self.drain()?;
        let member = if self.number == 0 {
            if self.diff { Member::Diff } else { Member::Snapshot }
        } else {
            self.number += 1;
            self.piece()
        };
        // The manifest names no piece for an entry in one piece, nor for the last of several.
        let metadata = self.metadata[usize::from(self.number > 1)];
        self.volumes.entry(&member, self.path, Some(metadata), &self.buffer, None)?;
        Ok(self.total + self.buffer.len() as u64)
    }

    fn piece(&self) -> Member {
        if self.diff { Member::DiffPiece(self.number) } else { Member::SnapshotPiece(self.number) }
    }

    /// Whether anything was handed to the volumes.
    fn begun(&self) -> bool {
        self.number > 0
    }
}

/// Reads and stores the file that `found` names. With `old`, the signature of its old content, a delta is stored.
pub(super) fn store(
    ctx: &Context,
    request: &Request,
    volumes: &mut Volumes<'_>,
    found: &Found<Folder>,
    old: Option<&Signature>,
    chunk: &mut Vec<u8>,
    on_read: &mut dyn FnMut(u64),
) -> Result<Outcome, EngineError> {
    // Before the look at the times: what is written after it has a later one, or one too near to tell.
    let now = SystemClock.now().0;
    let (mut file, stat) = match found.folder.file(&found.name, request.follow_links) {
        Ok(opened) => opened,
        Err(error) => return Ok(Outcome::Unreadable(error)),
    };
    if stat.kind != Some(Kind::File) {
        return Ok(Outcome::Unreadable(io::Error::other("it was exchanged for something else meanwhile")));
    }
    let mut metadata = Metadata { size: stat.size, mtime: time_of(&stat), ..found.metadata.clone() };
    let attributes = Folder::attributes_of(&file);
    let scan = Scan { attributes: attributes.stamp(), ..Scan::of(&stat) };
    // Only the first piece needs them.
    let mut first = metadata.clone();
    extra::write_time(&mut first, &scan);
    let attributes_kept = attributes.write(&mut first);
    let block =
        request.max_block.map_or(block_len(stat.size), |most| block_len(stat.size).min(most.max(512)));
    let mut signature = SignatureWriter::new(block);
    let mut delta = old.map(DeltaWriter::new);
    let mut pieces = Pieces::new(volumes, &found.path, [&first, &metadata], delta.is_some());
    let mut read = 0;
    let mut problem = None;
    chunk.resize(CHUNK, 0);
    loop {
        ctx.check_cancelled()?;
        let count = match file.read(chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if !pieces.begun() => return Ok(Outcome::Unreadable(error)),
            Err(error) => {
                problem = Some(format!("it could be read only up to byte {read}: {}", reason(&error)));
                break;
            }
        };
        let bytes = &chunk[..count];
        read += count as u64;
        on_read(count as u64);
        signature.update(bytes);
        match &mut delta {
            Some(delta) => delta.update(bytes, pieces.buffer()),
            None => pieces.buffer().extend_from_slice(bytes),
        }
        pieces.drain()?;
    }
    if let Some(delta) = delta {
        delta.finish(pieces.buffer());
    }
    let payload = pieces.finish()?;
    if problem.is_none() {
        problem = changed_meanwhile(found, request, &stat, read);
    }
    metadata.size = read;
    // A change within the same tick as the last one does not show in the times: what was written just now is looked
    // at again next time.
    let scan = Scan { size: read, ..scan };
    if !attributes_kept {
        problem = problem.or_else(|| Some(TOO_MANY.to_owned()));
    }
    let doubt = problem.is_some() || !scan.is_settled(now);
    let signature = signature.finish();
    let stored = FileStored { signature, metadata, scan, doubt, read, payload, problem };
    Ok(Outcome::Stored(Box::new(stored)))
}

/// Whether the file still has the content that `signature` was made of, and attributes of this stamp. Reads it once,
/// storing nothing.
pub(super) fn has_signature(
    found: &Found<Folder>,
    follow: bool,
    signature: &Signature,
    attributes: u32,
) -> io::Result<bool> {
    let (mut file, stat) = found.folder.file(&found.name, follow)?;
    if stat.kind != Some(Kind::File) || Folder::attributes_of(&file).stamp() != attributes {
        return Ok(false);
    }
    let mut writer = SignatureWriter::new(signature.block_len());
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(writer.finish() == signature.as_bytes()),
            Ok(count) => writer.update(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The extended attributes of an entry; none of what has none or cannot be opened.
pub(super) fn attributes(found: &Found<Folder>, follow: bool) -> Attributes {
    match found.metadata.kind {
        Kind::Dir => {
            found.folder.folder(&found.name, follow).map(|folder| folder.attributes()).unwrap_or_default()
        }
        Kind::File => {
            let opened = found.folder.file(&found.name, follow);
            opened.map(|(file, _)| Folder::attributes_of(&file)).unwrap_or_default()
        }
        _ => Attributes::default(),
    }
}

fn time_of(stat: &Stat) -> i64 {
    tar_mtime(stat.mtime.0, stat.mtime.1).max(0)
}

/// Whether the file is not what it was when it was opened.
fn changed_meanwhile(found: &Found<Folder>, request: &Request, opened: &Stat, read: u64) -> Option<String> {
    if read != opened.size {
        return Some(format!("it changed while it was read: {} bytes became {read}", opened.size));
    }
    match found.folder.stat(&found.name, request.follow_links) {
        Ok(now) if now.mtime == opened.mtime && now.size == opened.size => None,
        Ok(_) => Some("it changed while it was read".to_owned()),
        Err(_) => None,
    }
}
