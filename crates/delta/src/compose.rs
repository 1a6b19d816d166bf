//! Composes deltas: from A→B and B→C one delta A→C, so that a long chain is applied in one pass over its oldest
//! file. Commands are held in memory; the literal bytes stay where the caller keeps them and are referred to by
//! stream and offset.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::DeltaError;
use crate::command::{self, Command, CommandReader, PIECE};
use crate::patch::{Base, add};
use crate::ranges::Ranges;

/// The literal stream of bytes that nobody wants.
const NOWHERE: u32 = u32::MAX;

/// One command. 24 bytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `len` bytes of the base from `offset`.
    Copy {
        /// First byte in the base.
        offset: u64,
        /// Number of bytes, not 0.
        len: u64,
    },
    /// `len` bytes of the literal stream `stream` from `offset`.
    Literal {
        /// The stream's number, as given when the delta was read.
        stream: u32,
        /// First byte in that stream.
        offset: u64,
        /// Number of bytes, not 0.
        len: u64,
    },
}

impl Op {
    /// Number of bytes it makes.
    #[expect(clippy::len_without_is_empty, reason = "a command of no length does not exist")]
    #[must_use]
    pub fn len(&self) -> u64 {
        match *self {
            Self::Copy { len, .. } | Self::Literal { len, .. } => len,
        }
    }

    /// Its part from byte `skip` on, `len` bytes long.
    fn part(self, skip: u64, len: u64) -> Self {
        match self {
            Self::Copy { offset, .. } => Self::Copy { offset: offset + skip, len },
            Self::Literal { stream, offset, .. } => Self::Literal { stream, offset: offset + skip, len },
        }
    }
}

/// The commands of a delta, in order, adjacent ones that continue each other joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ops {
    ops: Vec<Op>,
    output_len: u64,
}

impl Ops {
    /// Reads a delta and writes its literal bytes, one after the other, to `spool`. They are referred to as
    /// bytes of stream `stream` from `start` on, so that one spool can take the literals of many deltas. At most
    /// `max_ops` commands are kept (24 bytes each).
    ///
    /// # Errors
    /// As [`patch`](crate::patch()) for malformed deltas; [`DeltaError::TooManyOps`] (the delta can still be applied by
    /// itself); [`DeltaError::Literals`] when the spool fails.
    pub fn read(
        delta: impl Read,
        stream: u32,
        start: u64,
        mut spool: impl Write,
        max_ops: usize,
    ) -> Result<Self, DeltaError> {
        let mut spooled = start;
        Self::read_with(delta, max_ops, |reader, len, piece| {
            let offset = spooled;
            spooled = add(spooled, len, None, reader.at())?;
            reader.literal(len, piece, |bytes| spool.write_all(bytes).map_err(DeltaError::Literals))?;
            Ok(Op::Literal { stream, offset, len })
        })
    }

    /// As [`Ops::read`], for a delta of whose result only `wanted` is used: other literal bytes are not spooled, and
    /// must not be asked for. Returns how many bytes were spooled too.
    ///
    /// # Errors
    /// As [`Ops::read`].
    pub fn read_wanted(
        delta: impl Read,
        stream: u32,
        start: u64,
        mut spool: impl Write,
        max_ops: usize,
        wanted: &Ranges,
    ) -> Result<(Self, u64), DeltaError> {
        let mut reader = CommandReader::new(delta)?;
        let mut piece = vec![0; PIECE];
        let mut ops = Self::default();
        let mut spooled = start;
        loop {
            let len = match reader.next()? {
                Command::End => break,
                Command::Copy { offset, len } => {
                    ops.push(Op::Copy { offset, len }, max_ops, reader.at())?;
                    continue;
                }
                Command::Literal { len } => len,
            };
            let mut at = ops.output_len;
            let end = add(at, len, None, reader.at())?;
            for (from, to) in wanted.within(at, end).chain([(end, end)]) {
                if from > at {
                    reader.literal(from - at, &mut piece, |_| Ok(()))?;
                    ops.push(Op::Literal { stream: NOWHERE, offset: at, len: from - at }, max_ops, 0)?;
                }
                if to > from {
                    let len = to - from;
                    reader.literal(len, &mut piece, |bytes| {
                        spool.write_all(bytes).map_err(DeltaError::Literals)
                    })?;
                    ops.push(Op::Literal { stream, offset: spooled, len }, max_ops, 0)?;
                    spooled = add(spooled, len, None, reader.at())?;
                }
                at = to;
            }
        }
        ops.ops.shrink_to_fit();
        Ok((ops, spooled - start))
    }

    /// What of the base is copied.
    #[must_use]
    pub fn copied(&self) -> Ranges {
        let copies = self.ops.iter().filter_map(|op| match *op {
            Op::Copy { offset, len } => Some((offset, offset.saturating_add(len))),
            Op::Literal { .. } => None,
        });
        Ranges::of(copies.collect())
    }

    /// Reads a delta that the caller keeps: literals are referred to by their offset in the delta itself, which is
    /// stream `stream`.
    ///
    /// # Errors
    /// As [`Ops::read`].
    pub fn scan(delta: impl Read, stream: u32, max_ops: usize) -> Result<Self, DeltaError> {
        Self::read_with(delta, max_ops, |reader, len, piece| {
            let offset = reader.at();
            reader.literal(len, piece, |_| Ok(()))?;
            Ok(Op::Literal { stream, offset, len })
        })
    }

    fn read_with<R: Read>(
        delta: R,
        max_ops: usize,
        mut literal: impl FnMut(&mut CommandReader<R>, u64, &mut [u8]) -> Result<Op, DeltaError>,
    ) -> Result<Self, DeltaError> {
        let mut reader = CommandReader::new(delta)?;
        let mut piece = vec![0; PIECE];
        let mut ops = Self::default();
        loop {
            let op = match reader.next()? {
                Command::End => break,
                Command::Copy { offset, len } => Op::Copy { offset, len },
                Command::Literal { len } => literal(&mut reader, len, &mut piece)?,
            };
            ops.push(op, max_ops, reader.at())?;
        }
        ops.ops.shrink_to_fit();
        Ok(ops)
    }

    /// The commands.
    #[must_use]
    pub fn as_slice(&self) -> &[Op] {
        &self.ops
    }

    /// Length of the file that they make, in bytes.
    #[must_use]
    pub fn output_len(&self) -> u64 {
        self.output_len
    }

    /// Literal bytes that are referred to.
    #[must_use]
    pub fn literal_len(&self) -> u64 {
        self.ops.iter().filter(|op| matches!(op, Op::Literal { .. })).map(Op::len).sum()
    }

    /// Length of the shortest base that has all that is copied.
    #[must_use]
    pub fn base_len(&self) -> u64 {
        let ends = self.ops.iter().filter_map(|op| match *op {
            Op::Copy { offset, len } => Some(offset.saturating_add(len)),
            Op::Literal { .. } => None,
        });
        ends.max().unwrap_or_default()
    }

    /// The delta that does what `self` (A→B) and then `second` (B→C) do. At most `max_ops` commands are made.
    ///
    /// # Errors
    /// [`DeltaError::OutsideBase`] when `second` copies what B does not have; [`DeltaError::TooManyOps`] when the result
    /// grows too large to hold: apply the two one after the other.
    pub fn compose(&self, second: &Self, max_ops: usize) -> Result<Self, DeltaError> {
        let mut ends = Vec::with_capacity(self.ops.len());
        let mut end = 0;
        ends.extend(self.ops.iter().map(|op| {
            end += op.len();
            end
        }));
        let mut composed = Self::default();
        for &op in &second.ops {
            let Op::Copy { offset, len } = op else {
                composed.push(op, max_ops, 0)?;
                continue;
            };
            let stop = offset.saturating_add(len);
            if stop > self.output_len {
                return Err(DeltaError::OutsideBase { offset, len, base_len: self.output_len });
            }
            let mut at = offset;
            let mut i = ends.partition_point(|&end| end <= offset);
            while at < stop {
                let start = ends[i] - self.ops[i].len();
                let until = ends[i].min(stop);
                composed.push(self.ops[i].part(at - start, until - at), max_ops, 0)?;
                at = until;
                i += 1;
            }
        }
        composed.ops.shrink_to_fit();
        Ok(composed)
    }

    /// Writes them as one librsync delta, taking literal bytes from `literals`.
    ///
    /// # Errors
    /// [`DeltaError::Literals`] and [`DeltaError::Output`].
    pub fn write_delta(&self, literals: &mut impl Literals, mut out: impl Write) -> Result<(), DeltaError> {
        let mut piece = vec![0; PIECE];
        let mut head = Vec::new();
        command::put_magic(&mut head);
        for &op in &self.ops {
            match op {
                Op::Copy { offset, len } => command::put(Command::Copy { offset, len }, &mut head),
                Op::Literal { stream, offset, len } => {
                    command::put(Command::Literal { len }, &mut head);
                    out.write_all(&head).map_err(DeltaError::Output)?;
                    head.clear();
                    write_literal(literals, stream, offset, len, &mut piece, &mut out)?;
                }
            }
            if head.len() >= PIECE {
                out.write_all(&head).map_err(DeltaError::Output)?;
                head.clear();
            }
        }
        command::put(Command::End, &mut head);
        out.write_all(&head).map_err(DeltaError::Output)
    }

    /// Makes the file from `base` and `literals` without writing the delta first; returns its length, which is
    /// [`Ops::output_len`].
    ///
    /// # Errors
    /// [`DeltaError::OutsideBase`], before anything is written, and the errors of the three streams.
    pub fn apply<B: Read + Seek>(
        &self,
        base: &mut B,
        literals: &mut impl Literals,
        mut out: impl Write,
    ) -> Result<u64, DeltaError> {
        let mut base = Base::new(base)?;
        base.reaches(self.base_len())?;
        let mut piece = vec![0; PIECE];
        for &op in &self.ops {
            match op {
                Op::Copy { offset, len } => base.copy(offset, len, &mut piece, |bytes| {
                    out.write_all(bytes).map_err(DeltaError::Output)
                })?,
                Op::Literal { stream, offset, len } => {
                    write_literal(literals, stream, offset, len, &mut piece, &mut out)?;
                }
            }
        }
        Ok(self.output_len)
    }

    fn push(&mut self, op: Op, max_ops: usize, at: u64) -> Result<(), DeltaError> {
        self.output_len = add(self.output_len, op.len(), None, at)?;
        let full = self.ops.len() >= max_ops;
        match (self.ops.last_mut(), op) {
            (Some(Op::Copy { offset, len }), Op::Copy { offset: next, len: more })
                if *offset + *len == next =>
            {
                *len += more;
            }
            (
                Some(Op::Literal { stream, offset, len }),
                Op::Literal { stream: same, offset: next, len: more },
            ) if *stream == same && *offset + *len == next => *len += more,
            _ if full => return Err(DeltaError::TooManyOps { limit: max_ops }),
            _ => self.ops.push(op),
        }
        Ok(())
    }
}

pub(crate) fn write_literal(
    literals: &mut impl Literals,
    stream: u32,
    mut offset: u64,
    mut len: u64,
    piece: &mut [u8],
    out: &mut impl Write,
) -> Result<(), DeltaError> {
    while len > 0 {
        let now = piece.len().min(usize::try_from(len).unwrap_or(usize::MAX));
        literals.read_at(stream, offset, &mut piece[..now]).map_err(DeltaError::Literals)?;
        out.write_all(&piece[..now]).map_err(DeltaError::Output)?;
        offset += now as u64;
        len -= now as u64;
    }
    Ok(())
}

/// Where the literal bytes of composed deltas are kept.
pub trait Literals {
    /// Fills `into` with the bytes of stream `stream` from `offset` on.
    ///
    /// # Errors
    /// When the stream does not exist, is shorter, or cannot be read.
    fn read_at(&mut self, stream: u32, offset: u64, into: &mut [u8]) -> io::Result<()>;
}

/// Literal streams that can be read and sought, numbered by their place.
#[derive(Debug, Default)]
pub struct Streams<R>(pub Vec<R>);

impl<R: Read + Seek> Literals for Streams<R> {
    fn read_at(&mut self, stream: u32, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let known = usize::try_from(stream).ok().and_then(|stream| self.0.get_mut(stream));
        let stream = known.ok_or_else(|| io::Error::other(format!("there is no literal stream {stream}")))?;
        stream.seek(SeekFrom::Start(offset))?;
        stream.read_exact(into)
    }
}
