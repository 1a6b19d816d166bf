//! The head of an encrypted message, read without touching its data: whom it is for, and how the data is
//! protected. What was read is put back in front, so that whoever opens the message sees it whole.

use crate::{Error, Result};
use sequoia_openpgp::Packet;
use sequoia_openpgp::packet::{PKESK, SEIP, SKESK, Tag};
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse as _};
use std::io::{self, Chain, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// A message has fewer recipients and passphrases than this, or it is hostile.
const MOST_PACKETS: usize = 256;

/// The shortest encrypted data that can hold an empty message: a prefix of 10 bytes with the smallest cipher block,
/// a literal packet of 8, an integrity code of 22. Sequoia panics on some shorter ones.
const SHORTEST: u64 = 40;

/// How a message's data is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// With integrity protection that sequoia reads.
    Protected,
    /// Without any protection (RFC 4880 5.7, before MDCs).
    Unprotected,
    /// In GnuPG's own authenticated packet, from before RFC 9580.
    GnupgAead,
}

/// What comes before the data.
pub(crate) struct Head {
    pub(crate) pkesks: Vec<PKESK>,
    pub(crate) skesks: Vec<SKESK>,
    pub(crate) body: Body,
    /// Whether it is a plain sequence of packets with the data in a version 1 packet: the common kind.
    pub(crate) common: bool,
}

/// The message again from its first byte.
pub(crate) type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// Keeps what is read.
struct Recording<R> {
    inner: R,
    seen: Vec<u8>,
}

impl<R: Read> Read for Recording<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// Room for the packets before the data, and for what the parser reads ahead.
        const MOST: usize = 8 << 20;
        if self.seen.len() > MOST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "there is no encrypted data in its first 8 MiB",
            ));
        }
        let length = self.inner.read(buffer)?;
        self.seen.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

/// Reads the head.
pub(crate) fn peek<R: Read + Send + Sync>(reader: R) -> Result<(Head, Whole<R>)> {
    let mut recording = Recording { inner: reader, seen: Vec::new() };
    let mut head = head(&mut recording).map_err(|error| {
        Error::from_sequoia(error, |detail| Error::invalid("the encrypted message", detail))
    })?;
    head.common &= recording.seen.first().is_some_and(|first| first & 0x80 != 0);
    Ok((head, Cursor::new(recording.seen).chain(recording.inner)))
}

fn head<R: Read + Send + Sync>(reader: &mut Recording<R>) -> anyhow::Result<Head> {
    let mut pkesks = Vec::new();
    let mut skesks = Vec::new();
    let mut result = PacketParser::from_reader(reader)?;
    for _ in 0..MOST_PACKETS {
        let PacketParserResult::Some(parser) = result else {
            return Err(Error::invalid("the encrypted message", "it ends before its data").into());
        };
        let body = match &parser.packet {
            Packet::SEIP(_) => Some(Body::Protected),
            Packet::Unknown(unknown) if unknown.tag() == Tag::SED => Some(Body::Unprotected),
            Packet::Unknown(unknown) if unknown.tag() == Tag::AED => Some(Body::GnupgAead),
            // Recipients of a kind that is not known are somebody else's.
            Packet::Unknown(unknown) if matches!(unknown.tag(), Tag::PKESK | Tag::SKESK) => None,
            Packet::PKESK(_) | Packet::SKESK(_) | Packet::Marker(_) | Packet::Padding(_) => None,
            other => {
                let detail = format!("it is not encrypted, it begins with {}", other.tag());
                return Err(Error::invalid("the encrypted message", detail).into());
            }
        };
        if let Some(body) = body {
            let common = matches!(&parser.packet, Packet::SEIP(SEIP::V1(_)));
            if io::copy(&mut parser.take(SHORTEST), &mut io::sink())? < SHORTEST {
                return Err(Error::damaged("it is too short").into());
            }
            return Ok(Head { pkesks, skesks, body, common });
        }
        let (packet, next) = parser.next()?;
        match packet {
            Packet::PKESK(packet) => pkesks.push(packet),
            Packet::SKESK(packet) => skesks.push(packet),
            _ => {}
        }
        result = next;
    }
    Err(Error::invalid("the encrypted message", "it names too many recipients").into())
}

/// A reader that several owners may hold but one uses, and that remembers how reading failed: sequoia passes on
/// the fact, not always the error.
pub(crate) struct Source<R> {
    reader: Mutex<R>,
    failure: Failure,
}

/// Where a source's failure is found.
pub(crate) type Failure = Arc<Mutex<Option<io::Error>>>;

impl<R: Read> Source<R> {
    pub(crate) fn new(reader: R) -> (Self, Failure) {
        let failure = Failure::default();
        (Self { reader: Mutex::new(reader), failure: Arc::clone(&failure) }, failure)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.reader.get_mut().unwrap_or_else(PoisonError::into_inner).read(buffer);
        match result {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                let kind = error.kind();
                let text = error.to_string();
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(io::Error::new(kind, text))
            }
            other => other,
        }
    }
}

/// The source's failure, if that is what happened; else the error that was seen.
pub(crate) fn cause(failure: &Failure, seen: Error) -> Error {
    match failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(error) => error.into(),
        None => seen,
    }
}
