//! The members of difftar volumes (`format.md` 3): what an entry's name says, its header out and the stream of
//! members in. Cutting files into pieces of [`PIECE`] bytes and volumes into sizes, and never leaving a volume empty
//! in the middle of a set, are the writer's business.

use crate::Result;
use crate::error::{Error, shown};
use crate::metadata::{Kind, Metadata};
use crate::path::EntryPath;
use crate::tar::{self, RawReader, TarEntry};
use std::io::{self, BufRead, Read};

/// The bytes in each piece of a file or delta but the last. Fixed: resuming a backup depends on it.
pub const PIECE: usize = 65_536;

/// What a member holds of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Member {
    /// The whole content, or an entry that is no regular file.
    Snapshot,
    /// A librsync delta against the state before.
    Diff,
    /// The path is gone.
    Deleted,
    /// A piece of a large content, by its number from 1.
    SnapshotPiece(u64),
    /// A piece of a large delta, by its number from 1.
    DiffPiece(u64),
}

/// Appends the header of a member whose payload of `payload_len` bytes follows, then [`padding`]. A deleted path
/// needs no metadata; every other member does. Only regular files have a payload.
///
/// # Errors
/// [`Error::Path`] for a path that cannot be stored, [`Error::Unsupported`] for metadata that does not fit the
/// member or a tar header.
pub fn header(
    out: &mut Vec<u8>,
    member: &Member,
    path: &EntryPath,
    meta: Option<&Metadata>,
    payload_len: u64,
) -> Result<()> {
    path.check()?;
    let is_dir = meta.is_some_and(|meta| meta.kind.is_dir());
    let mut name = match member {
        Member::Snapshot => b"snapshot/".to_vec(),
        Member::Diff => b"diff/".to_vec(),
        Member::Deleted => b"deleted/".to_vec(),
        Member::SnapshotPiece(_) => b"multivol_snapshot/".to_vec(),
        Member::DiffPiece(_) => b"multivol_diff/".to_vec(),
    };
    name.extend_from_slice(path.as_bytes());
    match member {
        Member::Snapshot if is_dir && path.is_root() => name.extend_from_slice(b"./"),
        Member::Snapshot if is_dir => name.push(b'/'),
        Member::SnapshotPiece(number) | Member::DiffPiece(number) => {
            if path.is_root() {
                name.push(b'.');
            }
            name.extend_from_slice(format!("/{number}").as_bytes());
        }
        _ => {}
    }
    let only_files = !matches!(member, Member::Snapshot);
    entry_header(out, &name, matches!(member, Member::Deleted), only_files, meta, payload_len)
}

/// What difftar and sigtar headers share: a deleted entry is all zeros, and a payload needs a regular file.
pub(crate) fn entry_header(
    out: &mut Vec<u8>,
    name: &[u8],
    deleted: bool,
    only_files: bool,
    meta: Option<&Metadata>,
    payload_len: u64,
) -> Result<()> {
    let refuse = |what: &str| Err(Error::Unsupported { entry: shown(name), what: what.to_owned() });
    if deleted {
        if payload_len > 0 {
            return refuse("is deleted and has no content");
        }
        return tar::write_header(out, name, &Metadata::new(Kind::File), 0);
    }
    match meta {
        None => refuse("has no metadata"),
        Some(meta) if !meta.kind.is_file() && (only_files || payload_len > 0) => {
            refuse("is no regular file and has no content")
        }
        Some(meta) => tar::write_header(out, name, meta, payload_len),
    }
}

/// Zero bytes to write after a payload of `len` bytes.
#[must_use]
pub const fn padding(len: u64) -> usize {
    tar::padding(len)
}

/// Zero bytes that end an archive of `written` bytes: up to the next multiple of 10240, a whole 10240 when it is
/// one already.
#[must_use]
pub const fn end_blocks(written: u64) -> usize {
    (tar::RECORD - written % tar::RECORD) as usize
}

/// Reads the members of a volume as a stream. Between two calls of [`Reader::next`] it is a [`Read`] over the
/// payload of the current member; what is left of it is passed over.
///
/// After the end, [`Reader::into_inner`] gives the input back: an encrypted one has to be read to its end, else
/// its integrity is not known.
#[derive(Debug)]
pub struct Reader<R>(RawReader<R>);

impl<R: Read> Reader<R> {
    /// Reads from the start of a volume, decrypted and unpacked.
    pub const fn new(input: R) -> Self {
        Self(RawReader::new(input))
    }

    /// The next member, its path and its metadata; none at the end of the archive. `size` of the metadata is the
    /// length of the payload. The order of paths is not checked.
    ///
    /// # Errors
    /// [`Error::Archive`] for a damaged archive, [`Error::Unsupported`] for an entry that duplicity's archives do
    /// not have, [`Error::Path`] for a path that would leave its folder, [`Error::Io`] from the input.
    #[expect(
        clippy::should_implement_trait,
        reason = "a stream whose items are read from itself is no iterator"
    )]
    pub fn next(&mut self) -> Result<Option<(Member, EntryPath, Metadata)>> {
        self.0.next_entry()?.map(member).transpose()
    }

    /// Bytes of the current payload that have not been read.
    pub const fn payload_left(&self) -> u64 {
        self.0.left()
    }

    /// Bytes read from the input so far.
    pub const fn offset(&self) -> u64 {
        self.0.offset()
    }

    /// The input, standing where reading stopped.
    pub fn into_inner(self) -> R {
        self.0.into_inner()
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_payload(buffer)
    }
}

/// The payload of the current member without a copy, where the input has buffers of its own.
impl<R: BufRead> BufRead for Reader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_payload()
    }

    fn consume(&mut self, count: usize) {
        self.0.consume_payload(count);
    }
}

fn member(entry: TarEntry) -> Result<(Member, EntryPath, Metadata)> {
    let TarEntry { name, meta, offset } = entry;
    let bad = |reason: &str| Error::Archive { entry: shown(&name), offset, reason: reason.to_owned() };
    let plain = [
        (&b"snapshot/"[..], Member::Snapshot),
        (&b"diff/"[..], Member::Diff),
        (&b"deleted/"[..], Member::Deleted),
    ];
    let found = plain.iter().find_map(|(prefix, member)| Some((*member, name.strip_prefix(*prefix)?)));
    let (member, path) = match found {
        Some(found) => found,
        None => {
            let snapshot = name.strip_prefix(b"multivol_snapshot/");
            let rest = snapshot.or_else(|| name.strip_prefix(b"multivol_diff/"));
            let rest = rest.ok_or_else(|| bad("its name begins with no word that duplicity knows"))?;
            let slash = rest.iter().rposition(|&byte| byte == b'/');
            let (path, number) = slash.map_or((&b""[..], rest), |slash| (&rest[..slash], &rest[slash + 1..]));
            let digits = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
            let number =
                std::str::from_utf8(number).ok().filter(|_| digits).and_then(|text| text.parse().ok());
            let number = number.ok_or_else(|| bad("its name does not end in the number of a piece"))?;
            let member =
                if snapshot.is_some() { Member::SnapshotPiece(number) } else { Member::DiffPiece(number) };
            (member, path)
        }
    };
    if !meta.kind.is_file() && !matches!(member, Member::Snapshot) {
        return Err(bad("is no regular file, as its name would have it"));
    }
    Ok((member, EntryPath::parse(path)?, meta))
}

#[cfg(test)]
mod tests;
