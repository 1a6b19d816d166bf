//! OpenPGP packet framing (RFC 4880, 4.2). Written: bodies whose length is not known beforehand, in partial lengths
//! of 64 KiB, then the rest with its length. Read: the one large packet of a binary message, in every form that a
//! length has.

use crate::Error;
use std::io::{self, Read, Write};

/// The length of each partial body but the last, a power of two; its length octet is `PARTIAL_OCTET`.
const PARTIAL: usize = 1 << 16;
const PARTIAL_OCTET: u8 = 224 + 16;

/// Packet tags that are written here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tag {
    Compressed = 8,
    Literal = 11,
    Seipd = 18,
}

/// Writes one packet whose body is what is written; `finish` ends it and gives the inner writer back.
pub(crate) struct Packet<W: Write> {
    out: W,
    buffer: Vec<u8>,
}

impl<W: Write> Packet<W> {
    /// Begins a packet.
    pub(crate) fn begin(tag: Tag, mut out: W) -> io::Result<Self> {
        out.write_all(&[0xC0 | tag as u8])?;
        Ok(Self { out, buffer: Vec::with_capacity(PARTIAL) })
    }

    /// Ends the packet.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let length = self.buffer.len();
        // At most 65535 remain: a full buffer is written when more comes, never kept, so two forms suffice for
        // all but exactly 64 KiB, which takes the five-octet form.
        let mut header = Vec::with_capacity(5);
        match length {
            0..=191 => header.push(length as u8),
            192..=8383 => {
                let rest = length - 192;
                header.extend([192 + (rest >> 8) as u8, rest as u8]);
            }
            _ => {
                header.push(255);
                header.extend((length as u32).to_be_bytes());
            }
        }
        self.out.write_all(&header)?;
        self.out.write_all(&self.buffer)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Packet<W> {
    fn write(&mut self, mut data: &[u8]) -> io::Result<usize> {
        let written = data.len();
        while !data.is_empty() {
            if self.buffer.len() == PARTIAL {
                self.out.write_all(&[PARTIAL_OCTET])?;
                self.out.write_all(&self.buffer)?;
                self.buffer.clear();
            }
            let take = data.len().min(PARTIAL - self.buffer.len());
            self.buffer.extend_from_slice(&data[..take]);
            data = &data[take..];
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A partial body must be a power of two, so what is buffered cannot be forced out; only what was written
        // is passed on.
        self.out.flush()
    }
}

/// How much of a packet is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    /// So many bytes, and that is all.
    Rest(u64),
    /// So many bytes, then another length.
    Part(u64),
}

/// The body of the encrypted data packet of a message. Its end is where the message ends: more after it, or less
/// than was announced, is an error.
pub(crate) struct Body<R> {
    input: R,
    length: Length,
}

fn octet(input: &mut impl Read) -> io::Result<u8> {
    let mut octet = [0];
    input.read_exact(&mut octet).map_err(early)?;
    Ok(octet[0])
}

/// A big-endian number of some octets.
fn number(input: &mut impl Read, octets: u32) -> io::Result<u64> {
    (0..octets).try_fold(0, |number, _| Ok(number << 8 | u64::from(octet(input)?)))
}

fn early(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::damaged("it ends too early").into(),
        _ => error,
    }
}

/// A length in the new format.
fn new_length(input: &mut impl Read) -> io::Result<Length> {
    Ok(match octet(input)? {
        first @ 0..=191 => Length::Rest(first.into()),
        first @ 192..=223 => Length::Rest((u64::from(first - 192) << 8) + u64::from(octet(input)?) + 192),
        255 => Length::Rest(number(input, 4)?),
        first => Length::Part(1 << (first & 0x1F)),
    })
}

impl<R: Read> Body<R> {
    /// Skips the packets before the encrypted data (tag 18) and stands at its first byte.
    pub(crate) fn of_encrypted_data(mut input: R) -> io::Result<Self> {
        loop {
            let first = octet(&mut input)?;
            let (tag, length) = match first {
                0xC0.. => (first & 0x3F, new_length(&mut input)?),
                // A packet without a length (3) cannot stand before another.
                0x80.. if first & 3 != 3 => {
                    ((first >> 2) & 0xF, Length::Rest(number(&mut input, 1 << (first & 3))?))
                }
                _ => return Err(Error::damaged("it has no usable packet where one should be").into()),
            };
            match (tag, length) {
                (18, length) => return Ok(Self { input, length }),
                (_, Length::Rest(skip)) => {
                    if io::copy(&mut (&mut input).take(skip), &mut io::sink())? < skip {
                        return Err(Error::damaged("it ends too early").into());
                    }
                }
                _ => return Err(Error::damaged("a packet before its data has no length").into()),
            }
        }
    }
}

impl<R: Read> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let left = match self.length {
                Length::Part(0) => {
                    self.length = new_length(&mut self.input)?;
                    continue;
                }
                Length::Rest(0) => {
                    return match self.input.read(&mut [0])? {
                        0 => Ok(0),
                        _ => Err(Error::damaged("something follows its end").into()),
                    };
                }
                Length::Part(left) | Length::Rest(left) => left,
            };
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = self.input.read(&mut buffer[..most])?;
            if read == 0 {
                return Err(Error::damaged("it ends too early").into());
            }
            let left = left - read as u64;
            self.length = match self.length {
                Length::Part(_) => Length::Part(left),
                _ => Length::Rest(left),
            };
            return Ok(read);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(message: &[u8]) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        Body::of_encrypted_data(message)?.read_to_end(&mut body)?;
        Ok(body)
    }

    #[test]
    fn every_form_of_length_is_read() {
        let long = vec![7u8; 70_000];
        let forms: [(&[u8], usize); 8] = [
            (&[0xD2, 5], 5),
            (&[0xD2, 192, 8], 200),
            (&[0xD2, 255, 0, 1, 0, 0], 65536),
            (&[0xD2, 255, 0, 0, 0, 5], 5),
            // Session key packets before it, in the old and the new format.
            (&[0x84, 2, 1, 2, 0xD2, 3], 3),
            (&[0x85, 0, 2, 1, 2, 0xD2, 3], 3),
            (&[0x8E, 0, 0, 0, 2, 1, 2, 0xD2, 3], 3),
            (&[0xC3, 2, 1, 2, 0xD2, 3], 3),
        ];
        for (header, length) in forms {
            let message = [header, &long[..length]].concat();
            assert_eq!(read(&message).unwrap().len(), length, "{header:02x?}");
            assert!(read(&message[..message.len() - 1]).is_err(), "{header:02x?} cut");
            assert!(read(&[&message[..], b"x"].concat()).is_err(), "{header:02x?} followed by something");
        }
        for header in [&[0x87, 1][..], &[0xC1, 0xE1, 1], &[0x12], &[]] {
            assert!(read(header).is_err(), "{header:02x?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn what_is_framed_is_read(length in 0usize..300_000, step in 1usize..90_000) {
            let data: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let mut packet = Packet::begin(Tag::Seipd, Vec::new()).unwrap();
            for piece in data.chunks(step) {
                packet.write_all(piece).unwrap();
            }
            prop_assert_eq!(read(&packet.finish().unwrap()).unwrap(), data);
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
