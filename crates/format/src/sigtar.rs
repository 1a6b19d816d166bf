//! The members of a sigtar (`format.md` 4): one archive a set, with the librsync signature of each regular file that
//! is new or changed, the metadata of everything else, and what was deleted. Header out, stream in; the signatures
//! themselves are bytes here, `backtrail-delta` makes and reads them.

use crate::Result;
use crate::difftar::entry_header;
use crate::error::{Error, shown};
use crate::metadata::Metadata;
use crate::path::EntryPath;
use crate::tar::{RawReader, TarEntry};
use std::io::{self, Read};

pub use crate::difftar::{end_blocks, padding};

/// What a member says about its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Member {
    /// The signature of a regular file.
    Signature,
    /// An entry that is no regular file.
    Snapshot,
    /// The path is gone.
    Deleted,
}

/// Appends the header of a member whose payload of `payload_len` bytes, the signature, follows, then [`padding`].
/// A deleted path needs no metadata; every other member does.
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
    let mut name = match member {
        Member::Signature => b"signature/".to_vec(),
        Member::Snapshot => b"snapshot/".to_vec(),
        Member::Deleted => b"deleted/".to_vec(),
    };
    name.extend_from_slice(path.as_bytes());
    let is_dir = meta.is_some_and(|meta| meta.kind.is_dir());
    if matches!(member, Member::Snapshot) && is_dir && !path.is_root() {
        name.push(b'/');
    }
    let only_files = matches!(member, Member::Signature);
    entry_header(out, &name, matches!(member, Member::Deleted), only_files, meta, payload_len)
}

/// Reads the members of a sigtar as a stream. Between two calls of [`Reader::next`] it is a [`Read`] over the
/// payload of the current member; what is left of it is passed over.
///
/// After the end, [`Reader::into_inner`] gives the input back: an encrypted one has to be read to its end, else
/// its integrity is not known.
#[derive(Debug)]
pub struct Reader<R> {
    raw: RawReader<R>,
    member: u64,
}

impl<R: Read> Reader<R> {
    /// Reads from the start of a sigtar, or of one of its members, decrypted and unpacked.
    pub const fn new(input: R) -> Self {
        Self { raw: RawReader::new(input), member: 0 }
    }

    /// The next member, its path and its metadata; none at the end of the archive. `size` of the metadata is the
    /// length of the payload, the signature, and not the file's.
    ///
    /// # Errors
    /// [`Error::Archive`] for a damaged archive, [`Error::Unsupported`] for an entry that duplicity's archives do
    /// not have, [`Error::Path`] for a path that would leave its folder, [`Error::Io`] from the input.
    #[expect(
        clippy::should_implement_trait,
        reason = "a stream whose items are read from itself is no iterator"
    )]
    pub fn next(&mut self) -> Result<Option<(Member, EntryPath, Metadata)>> {
        let Some(entry) = self.raw.next_entry()? else { return Ok(None) };
        self.member = entry.offset;
        member(entry).map(Some)
    }

    /// Where the first header of the current member begins, counted from where reading began: what a reader of this
    /// member alone has to skip.
    pub const fn member_offset(&self) -> u64 {
        self.member
    }

    /// Bytes of the current payload that have not been read.
    pub const fn payload_left(&self) -> u64 {
        self.raw.left()
    }

    /// Bytes read from the input so far: after a header, where the payload begins.
    pub const fn offset(&self) -> u64 {
        self.raw.offset()
    }

    /// The input, standing where reading stopped.
    pub fn into_inner(self) -> R {
        self.raw.into_inner()
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.raw.read_payload(buffer)
    }
}

fn member(entry: TarEntry) -> Result<(Member, EntryPath, Metadata)> {
    let TarEntry { name, meta, offset } = entry;
    let bad = |reason: &str| Error::Archive { entry: shown(&name), offset, reason: reason.to_owned() };
    let known = [
        (&b"signature/"[..], Member::Signature),
        (&b"snapshot/"[..], Member::Snapshot),
        (&b"deleted/"[..], Member::Deleted),
    ];
    let found = known.iter().find_map(|(prefix, member)| Some((*member, name.strip_prefix(*prefix)?)));
    let (member, path) = found.ok_or_else(|| bad("its name begins with no word that duplicity knows"))?;
    if !meta.kind.is_file() && !matches!(member, Member::Snapshot) {
        return Err(bad("is no regular file, as its name would have it"));
    }
    Ok((member, EntryPath::parse(path)?, meta))
}

#[cfg(test)]
mod tests;
