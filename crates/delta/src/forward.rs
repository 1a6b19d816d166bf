//! Applies commands to a base that comes by once, from its start to its end: what a command wants from ahead is
//! waited for, and what a later command wants from behind is kept aside. A base that was edited in place, cut or
//! added to needs nothing kept, so a file can be rebuilt without a copy of its old content.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::DeltaError;
use crate::command::PIECE;
use crate::compose::{Literals, Op, Ops, write_literal};
use crate::ranges::Ranges;

/// Takes a base as it is written to it and writes the file that the commands make of it.
///
/// Memory: 16 bytes for each range that is kept aside, and a buffer of 64 KiB. `aside` takes what has to be kept; it
/// is written at its end and read from anywhere.
pub struct Forward<'a, L, S, W> {
    ops: &'a [Op],
    literals: &'a mut L,
    aside: S,
    /// What of the base is kept, one range after the other in `aside`.
    kept: Ranges,
    /// Where in `aside` each of them begins.
    places: Vec<u64>,
    out: W,
    /// The command under way, and how much of it is done.
    next: usize,
    done: u64,
    /// The base was used up to here.
    reached: u64,
    /// The base came by up to here.
    passed: u64,
    written: u64,
    piece: Vec<u8>,
    failure: Option<DeltaError>,
}

impl<'a, L: Literals, S: Read + Write + Seek, W: Write> Forward<'a, L, S, W> {
    /// Prepares to apply `ops`, whose literals are in `literals`. `aside` is empty.
    pub fn new(ops: &'a Ops, literals: &'a mut L, aside: S, out: W) -> Self {
        let mut reached = 0;
        let mut behind = Vec::new();
        for op in ops.as_slice() {
            if let Op::Copy { offset, len } = *op {
                let end = offset.saturating_add(len);
                if offset < reached {
                    behind.push((offset, end.min(reached)));
                }
                reached = reached.max(end);
            }
        }
        let kept = Ranges::of(behind);
        let mut place = 0;
        let places = kept
            .as_slice()
            .iter()
            .map(|(start, end)| {
                place += end - start;
                place - (end - start)
            })
            .collect();
        Self {
            ops: ops.as_slice(),
            literals,
            aside,
            kept,
            places,
            out,
            next: 0,
            done: 0,
            reached: 0,
            passed: 0,
            written: 0,
            piece: vec![0; PIECE],
            failure: None,
        }
    }

    /// Ends the base: what is left is written. Returns the length of the file made.
    ///
    /// # Errors
    /// [`DeltaError::OutsideBase`] when the base was shorter than the commands want, and the errors of the streams.
    pub fn finish(mut self) -> Result<u64, DeltaError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        self.go_on(&[])?;
        match self.ops.get(self.next) {
            None | Some(Op::Literal { .. }) => Ok(self.written),
            Some(&Op::Copy { offset, len }) => {
                Err(DeltaError::OutsideBase { offset, len, base_len: self.passed })
            }
        }
    }

    /// Why a write failed: the error that it returned says only that it did.
    pub fn take_failure(&mut self) -> Option<DeltaError> {
        self.failure.take()
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), DeltaError> {
        let start = self.passed;
        let too_long = DeltaError::Malformed { what: "a base beyond any file", at: 0 };
        let end = start.checked_add(bytes.len() as u64).ok_or(too_long)?;
        for (from, to) in self.kept.within(start, end) {
            let wanted = &bytes[(from - start) as usize..(to - start) as usize];
            self.aside.write_all(wanted).map_err(DeltaError::Base)?;
        }
        self.passed = end;
        self.go_on(bytes)
    }

    /// Does what can be done with the base as far as it came by; `bytes` are the last of it.
    fn go_on(&mut self, bytes: &[u8]) -> Result<(), DeltaError> {
        let start = self.passed - bytes.len() as u64;
        while let Some(&op) = self.ops.get(self.next) {
            match op {
                Op::Literal { stream, offset, len } => {
                    write_literal(self.literals, stream, offset, len, &mut self.piece, &mut self.out)?;
                }
                Op::Copy { offset, len } => {
                    while self.done < len {
                        let from = offset.saturating_add(self.done);
                        let left = len - self.done;
                        let count = if from < self.reached {
                            self.copy_behind(from, left.min(self.reached - from))?
                        } else {
                            if from >= self.passed {
                                return Ok(());
                            }
                            let count = left.min(self.passed - from);
                            // What came by earlier was used then, or waits for nothing.
                            let at = (from - start) as usize;
                            let wanted = &bytes[at..at + count as usize];
                            self.out.write_all(wanted).map_err(DeltaError::Output)?;
                            self.reached = from + count;
                            count
                        };
                        self.done += count;
                    }
                }
            }
            self.written += op.len();
            self.next += 1;
            self.done = 0;
        }
        Ok(())
    }

    /// Writes up to `len` bytes of the base from `from` on, which came by before and were kept.
    fn copy_behind(&mut self, from: u64, len: u64) -> Result<u64, DeltaError> {
        let index = self.kept.as_slice().partition_point(|(_, end)| *end <= from);
        let lost = || DeltaError::Base(io::Error::other("a part of it was not kept"));
        let (start, end) = self.kept.as_slice().get(index).copied().ok_or_else(lost)?;
        let place = self.places.get(index).copied().ok_or_else(lost)?;
        let skip = from.checked_sub(start).ok_or_else(lost)?;
        let count = len.min(end - from).min(self.piece.len() as u64);
        let piece = &mut self.piece[..count as usize];
        self.aside.seek(SeekFrom::Start(place + skip)).map_err(DeltaError::Base)?;
        self.aside.read_exact(piece).map_err(DeltaError::Base)?;
        // Written again at its end.
        self.aside.seek(SeekFrom::End(0)).map_err(DeltaError::Base)?;
        self.out.write_all(piece).map_err(DeltaError::Output)?;
        Ok(count)
    }
}

impl<L: Literals, S: Read + Write + Seek, W: Write> Write for Forward<'_, L, S, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failure.is_none() {
            self.failure = self.take(bytes).err();
        }
        match &self.failure {
            None => Ok(bytes.len()),
            Some(failure) => Err(io::Error::other(failure.to_string())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<L, S, W> std::fmt::Debug for Forward<'_, L, S, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forward").field("ops", &self.ops.len()).field("passed", &self.passed).finish()
    }
}
