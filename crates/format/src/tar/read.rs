//! Headers in, as a stream: PAX, ustar and GNU (long names, base-256 numbers). End of data at an entry's border
//! counts as the end of the archive, as stock duplicity takes it; end of data inside an entry is an error.

use super::{BLOCK, MAX_EXTRA, field, padding, pax};
use crate::error::{Error, shown};
use crate::metadata::{Kind, Metadata};
use std::io::{self, BufRead, Read};

/// One entry's header.
#[derive(Debug)]
pub(crate) struct TarEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) meta: Metadata,
    /// Where its first header begins.
    pub(crate) offset: u64,
}

/// Reads entries; between two headers it gives the payload of the current one.
#[derive(Debug)]
pub(crate) struct RawReader<R> {
    input: R,
    offset: u64,
    left: u64,
    padding: usize,
    ended: bool,
}

/// What extension headers said about the entry that follows.
#[derive(Default)]
struct Extra {
    taken: u64,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    records: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<R: Read> RawReader<R> {
    pub(crate) const fn new(input: R) -> Self {
        Self { input, offset: 0, left: 0, padding: 0, ended: false }
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) const fn left(&self) -> u64 {
        self.left
    }

    pub(crate) fn into_inner(self) -> R {
        self.input
    }

    pub(crate) fn next_entry(&mut self) -> Result<Option<TarEntry>, Error> {
        self.skip_payload()?;
        if self.ended {
            return Ok(None);
        }
        let offset = self.offset;
        let mut extra = Extra::default();
        loop {
            let Some(block) = self.block()? else {
                self.ended = true;
                if extra.taken > 0 {
                    return Err(damaged(b"", offset, "the archive ends after an extension header"));
                }
                return Ok(None);
            };
            let name = until_nul(&block[field::NAME]).to_vec();
            let bad = |reason: &str| damaged(&name, offset, reason);
            let size = number(&block[field::SIZE]).ok_or_else(|| bad("its size is no number"))?;
            let size = u64::try_from(size).map_err(|_| bad("its size is negative"))?;
            match block[field::TYPE] {
                b'x' | b'X' => {
                    let data = self.extension(size, &mut extra, &name, offset)?;
                    let records = pax::records(&data).map_err(bad)?;
                    extra
                        .records
                        .extend(records.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())));
                }
                b'g' => {
                    // Global headers say nothing that duplicity uses; they are passed over without being held.
                    extra.taken += 1;
                    self.begin(size);
                    self.skip_payload()?;
                }
                b'L' => {
                    let data = self.extension(size, &mut extra, &name, offset)?;
                    extra.long_name = Some(until_nul(&data).to_vec());
                }
                b'K' => {
                    let data = self.extension(size, &mut extra, &name, offset)?;
                    extra.long_link = Some(until_nul(&data).to_vec());
                }
                _ => {
                    let (entry, size) = entry(&block, extra, offset, size)?;
                    self.begin(size);
                    return Ok(Some(entry));
                }
            }
        }
    }

    /// The next header block; none at the end of the archive, which is a block of zeros or the end of data.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, Error> {
        let offset = self.offset;
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.input.read(&mut block[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.offset += filled as u64;
        if block.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        if filled < BLOCK {
            return Err(damaged(b"", offset, "the archive ends inside a header"));
        }
        // The sum counts its own field as spaces; some old writers summed signed bytes.
        let mut summed = block;
        summed[field::CHECKSUM].fill(b' ');
        let unsigned: i64 = summed.iter().map(|&byte| i64::from(byte)).sum();
        let signed: i64 = summed.iter().map(|&byte| i64::from(byte.cast_signed())).sum();
        match number(&block[field::CHECKSUM]) {
            Some(sum) if sum == unsigned || sum == signed => Ok(Some(block)),
            _ => Err(damaged(until_nul(&block[field::NAME]), offset, "its header checksum is wrong")),
        }
    }

    fn begin(&mut self, size: u64) {
        self.left = size;
        self.padding = padding(size);
    }

    /// The payload of an extension header, bounded.
    fn extension(
        &mut self,
        size: u64,
        extra: &mut Extra,
        name: &[u8],
        offset: u64,
    ) -> Result<Vec<u8>, Error> {
        extra.taken = extra.taken.saturating_add(size).saturating_add(1);
        if extra.taken > MAX_EXTRA {
            return Err(damaged(name, offset, "its names and PAX records take more than 1 MiB"));
        }
        self.begin(size);
        let mut data = Vec::new();
        let mut payload = Payload(self);
        payload.read_to_end(&mut data)?;
        self.skip_payload()?;
        Ok(data)
    }

    fn skip_payload(&mut self) -> Result<(), Error> {
        let mut scrap = [0; 8192];
        while self.left > 0 {
            self.read_payload(&mut scrap)?;
        }
        while self.padding > 0 {
            let want = self.padding.min(scrap.len());
            let read = read_some(&mut self.input, &mut scrap[..want])?;
            if read == 0 {
                // The last payload's padding may be missing at the end of data.
                self.padding = 0;
                self.ended = true;
            } else {
                self.padding -= read;
                self.offset += read as u64;
            }
        }
        Ok(())
    }

    /// Reads from the current payload; 0 at its end.
    pub(crate) fn read_payload(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if want == 0 {
            return Ok(0);
        }
        let read = read_some(&mut self.input, &mut buffer[..want])?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends inside an entry"));
        }
        self.left -= read as u64;
        self.offset += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> RawReader<R> {
    /// What is at hand of the current payload; empty at its end.
    pub(crate) fn fill_payload(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let ready = self.input.fill_buf()?;
        if ready.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends inside an entry"));
        }
        let count = usize::try_from(self.left).map_or(ready.len(), |left| left.min(ready.len()));
        Ok(&ready[..count])
    }

    /// Passes over `count` bytes of what was at hand.
    pub(crate) fn consume_payload(&mut self, count: usize) {
        let count = usize::try_from(self.left).map_or(count, |left| left.min(count));
        self.input.consume(count);
        self.left -= count as u64;
        self.offset += count as u64;
    }
}

struct Payload<'a, R>(&'a mut RawReader<R>);

impl<R: Read> Read for Payload<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_payload(buffer)
    }
}

fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn damaged(name: &[u8], offset: u64, reason: &str) -> Error {
    Error::Archive { entry: shown(name), offset, reason: reason.to_owned() }
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A number field: octal with spaces or NULs around, or base-256 when the first bit is set.
fn number(text: &[u8]) -> Option<i64> {
    match text.first() {
        Some(first @ (0x80 | 0xff)) => {
            // Two's complement, 0xff standing for the sign alone.
            let start = if *first == 0xff { -1_i64 } else { 0 };
            text[1..].iter().try_fold(start, |sum, &byte| sum.checked_mul(256)?.checked_add(i64::from(byte)))
        }
        Some(first) if first & 0x80 != 0 => None,
        _ => {
            let text = until_nul(text).trim_ascii();
            text.iter().try_fold(0_i64, |sum, &byte| match byte {
                b'0'..=b'7' => sum.checked_mul(8)?.checked_add(i64::from(byte - b'0')),
                _ => None,
            })
        }
    }
}

/// A PAX number: whole seconds of a decimal fraction, which is what stock duplicity keeps of a time.
fn pax_number(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.is_empty() || whole == "-" { Some(0) } else { whole.parse().ok() }
}

/// Puts an entry together from its block and what extension headers said; with the size of its payload.
fn entry(block: &[u8; BLOCK], extra: Extra, offset: u64, size: u64) -> Result<(TarEntry, u64), Error> {
    let mut name = until_nul(&block[field::NAME]).to_vec();
    let prefix = until_nul(&block[field::PREFIX]);
    if !prefix.is_empty() && &block[field::MAGIC][..6] == b"ustar\0" {
        name = [prefix, b"/", &name].concat();
    }
    let mut link = until_nul(&block[field::LINK]).to_vec();
    name = extra.long_name.unwrap_or(name);
    link = extra.long_link.unwrap_or(link);
    let mut uname = until_nul(&block[field::UNAME]).to_vec();
    let mut gname = until_nul(&block[field::GNAME]).to_vec();
    let mut numbers = [None; 4];
    let mut pax = Vec::new();
    for (key, value) in extra.records {
        let place = match &key[..] {
            b"path" => {
                name = value;
                continue;
            }
            b"linkpath" => {
                link = value;
                continue;
            }
            b"uname" => {
                uname = value;
                continue;
            }
            b"gname" => {
                gname = value;
                continue;
            }
            b"hdrcharset" => continue,
            b"uid" => 0,
            b"gid" => 1,
            b"size" => 2,
            b"mtime" => 3,
            _ => {
                pax.push((key, value));
                continue;
            }
        };
        let number = pax_number(&value)
            .ok_or_else(|| damaged(&name, offset, &format!("its PAX {} is no number", shown(&key))))?;
        numbers[place] = Some(number);
    }
    let bad = |what: &str| damaged(&name, offset, &format!("its {what} is no valid number"));
    let field = |place: std::ops::Range<usize>, said: Option<i64>, what| {
        said.or_else(|| number(&block[place])).ok_or_else(|| bad(what))
    };
    let owner = |place, said, what| u64::try_from(field(place, said, what)?).map_err(|_| bad(what));
    let device = |place, what| u32::try_from(field(place, None, what)?).map_err(|_| bad(what));
    let unsupported = |what: &str| Error::Unsupported { entry: shown(&name), what: what.to_owned() };
    let kind = match block[field::TYPE] {
        // Before POSIX a folder was a file with a slash at the end.
        0 if name.ends_with(b"/") => Kind::Dir,
        0 | b'0' | b'7' => Kind::File,
        b'1' => return Err(unsupported("is a hard link, which duplicity's archives do not have")),
        b'2' => Kind::Symlink { target: link },
        b'3' => {
            Kind::CharDevice { major: device(field::MAJOR, "major")?, minor: device(field::MINOR, "minor")? }
        }
        b'4' => {
            Kind::BlockDevice { major: device(field::MAJOR, "major")?, minor: device(field::MINOR, "minor")? }
        }
        b'5' => Kind::Dir,
        b'6' => Kind::Fifo,
        other => return Err(unsupported(&format!("is of the unknown type {:?}", char::from(other)))),
    };
    // Of what is no regular file a size says nothing: no payload follows.
    let size = match (kind.is_file(), numbers[2]) {
        (false, _) => 0,
        (true, Some(said)) => u64::try_from(said).map_err(|_| bad("size"))?,
        (true, None) => size,
    };
    let meta = Metadata {
        mode: u32::try_from(field(field::MODE, None, "mode")? & 0o7777).map_err(|_| bad("mode"))?,
        uid: owner(field::UID, numbers[0], "uid")?,
        gid: owner(field::GID, numbers[1], "gid")?,
        mtime: field(field::MTIME, numbers[3], "mtime")?,
        size,
        kind,
        uname,
        gname,
        pax,
    };
    Ok((TarEntry { name, meta, offset }, size))
}
