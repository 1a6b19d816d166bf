//! The commands of a librsync delta (`prototab.c`, `command.c`): their bytes, written in the shortest form and
//! read in every form.

use std::io::{self, Read};

use crate::DeltaError;

/// The first four bytes of every delta, big endian.
pub const DELTA_MAGIC: u32 = 0x7273_0236;

const END: u8 = 0x00;
const LITERAL_LAST: u8 = 0x40;
const LITERAL_N1: u8 = 0x41;
const COPY_N1_N1: u8 = 0x45;
const COPY_N8_N8: u8 = 0x54;

/// How many bytes are moved at a time between streams.
pub(crate) const PIECE: usize = 64 * 1024;

/// One command of a delta. The bytes of a literal follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Literal { len: u64 },
    Copy { offset: u64, len: u64 },
    End,
}

/// The width class of a number: 0, 1, 2, 3 for 1, 2, 4, 8 bytes.
fn width_class(value: u64) -> u8 {
    match value {
        0..=0xff => 0,
        0x100..=0xffff => 1,
        0x1_0000..=0xffff_ffff => 2,
        _ => 3,
    }
}

fn put_number(value: u64, class: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&value.to_be_bytes()[8 - (1 << class)..]);
}

/// Appends the four bytes a delta begins with.
pub(crate) fn put_magic(out: &mut Vec<u8>) {
    out.extend_from_slice(&DELTA_MAGIC.to_be_bytes());
}

/// Appends `command`, without the bytes of a literal. Commands of no length have no form and are left out.
pub(crate) fn put(command: Command, out: &mut Vec<u8>) {
    match command {
        Command::End => out.push(END),
        Command::Literal { len: 0 } | Command::Copy { len: 0, .. } => {}
        Command::Literal { len } if len <= u64::from(LITERAL_LAST) => out.push(len as u8),
        Command::Literal { len } => {
            let class = width_class(len);
            out.push(LITERAL_N1 + class);
            put_number(len, class, out);
        }
        Command::Copy { offset, len } => {
            let (at, size) = (width_class(offset), width_class(len));
            out.push(COPY_N1_N1 + at * 4 + size);
            put_number(offset, at, out);
            put_number(len, size, out);
        }
    }
}

/// Reads the commands of a delta, counting bytes for error messages. Holds one number at a time.
#[derive(Debug)]
pub(crate) struct CommandReader<R> {
    delta: R,
    at: u64,
}

impl<R: Read> CommandReader<R> {
    /// Reads and checks the magic.
    pub(crate) fn new(delta: R) -> Result<Self, DeltaError> {
        let mut reader = Self { delta, at: 0 };
        let mut magic = [0; 4];
        reader.fill(&mut magic)?;
        if u32::from_be_bytes(magic) != DELTA_MAGIC {
            return Err(DeltaError::Malformed { what: "it does not begin as a delta does", at: 0 });
        }
        Ok(reader)
    }

    /// Offset of the next byte in the delta.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// The next command. After a literal its `len` bytes must be taken with [`Self::literal`].
    pub(crate) fn next(&mut self) -> Result<Command, DeltaError> {
        let at = self.at;
        let mut code = [0];
        self.fill(&mut code)?;
        let command = match code[0] {
            END => return Ok(Command::End),
            len @ 1..=LITERAL_LAST => Command::Literal { len: u64::from(len) },
            code @ LITERAL_N1..COPY_N1_N1 => Command::Literal { len: self.number(code - LITERAL_N1)? },
            code @ COPY_N1_N1..=COPY_N8_N8 => {
                let widths = code - COPY_N1_N1;
                let offset = self.number(widths / 4)?;
                Command::Copy { offset, len: self.number(widths % 4)? }
            }
            _ => return Err(DeltaError::Malformed { what: "an unknown command", at }),
        };
        match command {
            Command::Literal { len: 0 } | Command::Copy { len: 0, .. } => {
                Err(DeltaError::Malformed { what: "a command of no length", at })
            }
            Command::Copy { offset, len } if offset.checked_add(len).is_none() => {
                Err(DeltaError::Malformed { what: "a copy beyond any file", at })
            }
            Command::Literal { len } if self.at.checked_add(len).is_none() => {
                Err(DeltaError::Malformed { what: "a literal beyond any file", at })
            }
            command => Ok(command),
        }
    }

    /// Hands `len` bytes of the delta to `take` in pieces of at most `piece.len()`.
    pub(crate) fn literal(
        &mut self,
        mut len: u64,
        piece: &mut [u8],
        mut take: impl FnMut(&[u8]) -> Result<(), DeltaError>,
    ) -> Result<(), DeltaError> {
        while len > 0 {
            let now = piece.len().min(usize::try_from(len).unwrap_or(usize::MAX));
            self.fill(&mut piece[..now])?;
            take(&piece[..now])?;
            len -= now as u64;
        }
        Ok(())
    }

    fn number(&mut self, class: u8) -> Result<u64, DeltaError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes[8 - (1 << class)..])?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn fill(&mut self, into: &mut [u8]) -> Result<(), DeltaError> {
        self.delta.read_exact(into).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => DeltaError::CutOff { at: self.at },
            _ => DeltaError::Delta(error),
        })?;
        self.at += into.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_comes_back() {
        let edges = [1, 64, 65, 255, 256, 65535, 65536, u32::MAX.into(), 1 << 32, 1 << 40];
        for offset in edges.into_iter().chain([0]) {
            for len in edges {
                for command in [Command::Copy { offset, len }, Command::Literal { len }] {
                    let mut bytes = Vec::new();
                    put_magic(&mut bytes);
                    put(command, &mut bytes);
                    let mut reader = CommandReader::new(bytes.as_slice()).unwrap();
                    assert_eq!(reader.next().unwrap(), command, "a command is read as it was written");
                    assert_eq!(reader.at(), bytes.len() as u64, "and nothing of it is left over");
                }
            }
        }
    }

    #[test]
    fn reserved_codes_and_empty_commands_are_refused() {
        let with = |tail: &[u8]| [DELTA_MAGIC.to_be_bytes().as_slice(), tail].concat();
        for code in 0x55..=0xffu8 {
            let bytes = with(&[code, 0, 0]);
            let error = CommandReader::new(bytes.as_slice()).unwrap().next();
            assert!(matches!(error, Err(DeltaError::Malformed { at: 4, .. })), "{code:#x} is reserved");
        }
        for tail in [&[LITERAL_N1, 0][..], &[COPY_N1_N1, 7, 0]] {
            let error = CommandReader::new(with(tail).as_slice()).unwrap().next();
            assert!(
                matches!(error, Err(DeltaError::Malformed { .. })),
                "librsync refuses empty commands too"
            );
        }
        let mut beyond = with(&[COPY_N8_N8]);
        beyond.extend([0xff; 16]);
        assert!(CommandReader::new(beyond.as_slice()).unwrap().next().is_err(), "offset + len must not wrap");
    }
}
