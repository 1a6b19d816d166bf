//! Tar as far as duplicity needs it: PAX headers out, exactly as Python's `tarfile` makes them, and PAX, ustar and
//! GNU headers in, as a stream. Our own code rather than the `tar` crate, because the exact bytes matter: stock
//! duplicity's record order, its `?` for what is not ASCII, its zeros for numbers that do not fit, its `hdrcharset`,
//! none of which that crate can be told; and because an archive from an untrusted destination must not make us
//! allocate without bound. What entry names mean is for [`crate::difftar`] and [`crate::sigtar`].

mod pax;
mod read;
mod write;

pub(crate) use read::{RawReader, TarEntry};
pub(crate) use write::write_header;

/// The unit of a tar archive.
pub(crate) const BLOCK: usize = 512;
/// The unit archives are padded to.
pub(crate) const RECORD: u64 = 10_240;
/// The most that long names and PAX records of one entry may take together.
pub(crate) const MAX_EXTRA: u64 = 1 << 20;

/// Zero bytes after a payload of `len` bytes, up to the next block.
pub(crate) const fn padding(len: u64) -> usize {
    // The remainder is below 512, so it fits any usize.
    (len.wrapping_neg() % BLOCK as u64) as usize
}

/// The fields of a block, as ranges.
pub(crate) mod field {
    use std::ops::Range;
    pub(crate) const NAME: Range<usize> = 0..100;
    pub(crate) const MODE: Range<usize> = 100..108;
    pub(crate) const UID: Range<usize> = 108..116;
    pub(crate) const GID: Range<usize> = 116..124;
    pub(crate) const SIZE: Range<usize> = 124..136;
    pub(crate) const MTIME: Range<usize> = 136..148;
    pub(crate) const CHECKSUM: Range<usize> = 148..156;
    pub(crate) const TYPE: usize = 156;
    pub(crate) const LINK: Range<usize> = 157..257;
    pub(crate) const MAGIC: Range<usize> = 257..265;
    pub(crate) const UNAME: Range<usize> = 265..297;
    pub(crate) const GNAME: Range<usize> = 297..329;
    pub(crate) const MAJOR: Range<usize> = 329..337;
    pub(crate) const MINOR: Range<usize> = 337..345;
    pub(crate) const PREFIX: Range<usize> = 345..500;
}
