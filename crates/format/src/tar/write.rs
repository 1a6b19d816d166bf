//! Headers out: what `TarInfo.create_pax_header` of Python 3.8 and later makes (`format.md` 3.2). A PAX header only
//! where a field does not fit its place; its records in the order hdrcharset, path, linkpath, uname, gname, uid,
//! gid, size, mtime, then the further keys of the entry.

use super::{BLOCK, field, padding, pax};
use crate::error::{Error, shown};
use crate::metadata::{Kind, Metadata};

/// PAX keys that a header has fields for, which an entry's further keys must not override.
const OWN_KEYS: [&[u8]; 9] =
    [b"path", b"linkpath", b"uname", b"gname", b"uid", b"gid", b"size", b"mtime", b"hdrcharset"];

/// Appends the header of an entry: a PAX header with its records where needed, and the plain one.
pub(crate) fn write_header(out: &mut Vec<u8>, name: &[u8], meta: &Metadata, size: u64) -> Result<(), Error> {
    let (kind, link, device) = match &meta.kind {
        Kind::File => (b'0', &b""[..], None),
        Kind::Dir => (b'5', &b""[..], None),
        Kind::Symlink { target } => (b'2', &target[..], None),
        Kind::Fifo => (b'6', &b""[..], None),
        Kind::CharDevice { major, minor } => (b'3', &b""[..], Some((*major, *minor))),
        Kind::BlockDevice { major, minor } => (b'4', &b""[..], Some((*major, *minor))),
    };
    let mtime = meta.mtime.max(0).unsigned_abs();
    let mut records = Vec::new();
    let texts: [(&[u8], &[u8], usize); 4] = [
        (b"path", name, 100),
        (b"linkpath", link, 100),
        (b"uname", &meta.uname, 32),
        (b"gname", &meta.gname, 32),
    ];
    for (key, value, room) in texts {
        if !value.is_ascii() || value.len() > room {
            records.push((key, value.to_vec()));
        }
    }
    let numbers: [(&[u8], u64, u32); 4] =
        [(b"uid", meta.uid, 7), (b"gid", meta.gid, 7), (b"size", size, 11), (b"mtime", mtime, 11)];
    for (key, value, digits) in numbers {
        if !fits(value, digits) {
            records.push((key, value.to_string().into_bytes()));
        }
    }
    for (key, value) in &meta.pax {
        // A key with '=' or a new line cannot be told from its value.
        if !OWN_KEYS.contains(&&key[..])
            && !key.is_empty()
            && !key.iter().any(|b| matches!(b, b'=' | b'\n' | 0))
        {
            records.push((key, value.clone()));
        }
    }
    if !records.is_empty() {
        let mut data = Vec::new();
        if records.iter().any(|(_, value)| std::str::from_utf8(value).is_err()) {
            pax::push(&mut data, b"hdrcharset", b"BINARY");
        }
        for (key, value) in &records {
            pax::push(&mut data, key, value);
        }
        let length = data.len() as u64;
        if length > super::MAX_EXTRA {
            return Err(Error::Unsupported {
                entry: shown(name),
                what: format!("its further PAX records take {length} bytes, more than 1 MiB"),
            });
        }
        let mut block = Block::new(b'x');
        block.text(field::NAME, b"././@PaxHeader");
        block.number(field::SIZE, length);
        block.finish(out);
        out.extend_from_slice(&data);
        out.resize(out.len() + padding(length), 0);
    }
    let mut block = Block::new(kind);
    block.text(field::NAME, name);
    block.text(field::LINK, link);
    block.text(field::UNAME, &meta.uname);
    block.text(field::GNAME, &meta.gname);
    block.number(field::MODE, u64::from(meta.mode & 0o7777));
    block.number(field::UID, meta.uid);
    block.number(field::GID, meta.gid);
    block.number(field::SIZE, size);
    block.number(field::MTIME, mtime);
    if let Some((major, minor)) = device {
        if !fits(major.into(), 7) || !fits(minor.into(), 7) {
            return Err(Error::Unsupported {
                entry: shown(name),
                what: format!("its device numbers {major}, {minor} do not fit a tar header"),
            });
        }
        block.number(field::MAJOR, major.into());
        block.number(field::MINOR, minor.into());
    }
    block.finish(out);
    Ok(())
}

const fn fits(value: u64, digits: u32) -> bool {
    value < 1 << (3 * digits)
}

/// A header block being filled.
struct Block([u8; BLOCK]);

impl Block {
    fn new(kind: u8) -> Self {
        let mut block = Self([0; BLOCK]);
        block.0[field::TYPE] = kind;
        block.0[field::MAGIC].copy_from_slice(b"ustar\x0000");
        for place in [field::MODE, field::UID, field::GID, field::SIZE, field::MTIME] {
            block.number(place, 0);
        }
        block
    }

    /// Puts a text in its place: one `?` for each character that is not ASCII and each byte that is no character,
    /// then cut.
    fn text(&mut self, place: std::ops::Range<usize>, text: &[u8]) {
        let shown = text.utf8_chunks().flat_map(|chunk| {
            let valid =
                chunk.valid().chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?'));
            valid.chain(chunk.invalid().iter().map(|_| b'?'))
        });
        for (byte, shown) in self.0[place].iter_mut().zip(shown) {
            *byte = shown;
        }
    }

    /// Puts a number in its place: octal digits and a NUL; 0 for one that does not fit.
    fn number(&mut self, place: std::ops::Range<usize>, value: u64) {
        let digits = place.len() - 1;
        let value = if fits(value, digits as u32) { value } else { 0 };
        let text = format!("{value:0digits$o}\0");
        self.0[place].copy_from_slice(text.as_bytes());
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        self.0[field::CHECKSUM].fill(b' ');
        let sum: u32 = self.0.iter().map(|&byte| u32::from(byte)).sum();
        self.0[field::CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&self.0);
    }
}
