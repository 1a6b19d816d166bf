//! OpenPGP packet framing for bodies whose length is not known beforehand: partial body lengths (RFC 4880,
//! 4.2.2.4) of 64 KiB, then the rest with its length.

use std::io::{self, Write};

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
