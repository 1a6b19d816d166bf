//! The payload of an entry: the pieces of a large one in their order, through the volumes that hold them. What is
//! missing of it, the payload says; the stream stands at the next entry whatever happens.

use super::{Current, SetStream};
use crate::EngineError;
use backtrail_format::EntryPath;
use backtrail_format::difftar::{Member, PIECE};
use std::io::{self, BufRead, Read, Write};

impl<'a> SetStream<'a> {
    /// Writes the payload of the entry the stream stands at, all its pieces, and stands at the next entry.
    pub(in crate::restore) fn payload(&mut self, out: &mut dyn Write) -> Result<u64, PayloadError> {
        let Some(mut pieces) = self.begin_payload()? else { return Ok(0) };
        let mut total = 0;
        loop {
            let copied = self.copy_piece(out);
            total += copied.as_ref().copied().unwrap_or_default();
            pieces.len = copied.as_ref().copied().unwrap_or_default();
            match copied.and_then(|_| self.next_piece(&mut pieces)) {
                Ok(true) => {}
                Ok(false) => return Ok(total),
                Err(error) => return Err(self.leave(&pieces.path, error)),
            }
        }
    }

    /// The payload of the entry the stream stands at, to be read; none when it stands at no entry.
    pub(in crate::restore) fn payload_reader(&mut self) -> Result<Payload<'_, 'a>, PayloadError> {
        let pieces = self.begin_payload()?;
        Ok(Payload { stream: self, pieces, failure: None })
    }

    fn begin_payload(&mut self) -> Result<Option<Pieces>, PayloadError> {
        let Some((member, path, _)) = &self.head else { return Ok(None) };
        let expected = piece_number(member);
        if expected.is_some_and(|number| number != 1) {
            self.pass().map_err(PayloadError::Stream)?;
            return Err(PayloadError::Damaged("its first part is missing from the backup".to_owned()));
        }
        Ok(Some(Pieces { path: path.clone(), expected, losses: self.lost.len(), len: 0 }))
    }

    /// Goes on after a piece; false when the payload is complete and the stream stands at another entry.
    fn next_piece(&mut self, pieces: &mut Pieces) -> Result<bool, PayloadError> {
        self.advance().map_err(PayloadError::Stream)?;
        let next = match &self.head {
            Some((member, next, _)) if *next == pieces.path => piece_number(member),
            _ => {
                // Stock duplicity ends a file of several pieces with a short one; after a lost volume a full
                // one means that the rest is gone.
                let full = pieces.expected.is_some() && pieces.len == PIECE as u64;
                if full && self.lost.len() > pieces.losses {
                    return Err(PayloadError::Damaged("its last part is missing".to_owned()));
                }
                return Ok(false);
            }
        };
        pieces.expected = pieces.expected.map(|number| number + 1);
        pieces.len = 0;
        if next != pieces.expected {
            return Err(PayloadError::Damaged("a part in its middle is missing".to_owned()));
        }
        Ok(true)
    }

    /// Passes over what is left of an entry for an error.
    fn leave(&mut self, path: &EntryPath, error: PayloadError) -> PayloadError {
        let stands_there = self.head.as_ref().is_some_and(|(_, head, _)| head == path);
        if stands_there
            && !matches!(error, PayloadError::Stream(_))
            && let Err(error) = self.pass()
        {
            return PayloadError::Stream(error);
        }
        error
    }

    /// Reads on in the current piece; 0 at its end.
    fn read_piece(&mut self, buffer: &mut [u8]) -> Result<usize, PayloadError> {
        let Some(current) = &mut self.current else { return Ok(0) };
        match current.reader.read(buffer) {
            Ok(count) => {
                self.meter.bytes(self.ctx, count as u64);
                Ok(count)
            }
            Err(error) => Err(current.cannot_read(error)),
        }
    }

    fn copy_piece(&mut self, out: &mut dyn Write) -> Result<u64, PayloadError> {
        let Some(current) = &mut self.current else { return Ok(0) };
        let mut total = 0;
        loop {
            match current.reader.fill_buf() {
                Ok([]) => return Ok(total),
                Ok(ready) => {
                    let count = ready.len();
                    out.write_all(ready).map_err(PayloadError::Output)?;
                    current.reader.consume(count);
                    total += count as u64;
                    self.meter.bytes(self.ctx, count as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(current.cannot_read(error)),
            }
        }
    }
}

/// Where a payload stands.
struct Pieces {
    path: EntryPath,
    /// The number of the current piece; none for an entry in one piece.
    expected: Option<u64>,
    /// Volumes lost when it began.
    losses: usize,
    /// Bytes of the current piece so far.
    len: u64,
}

/// A payload being read. The reader's error says only that there was one; [`Payload::finish`] says which.
pub(in crate::restore) struct Payload<'s, 'a> {
    stream: &'s mut SetStream<'a>,
    pieces: Option<Pieces>,
    failure: Option<PayloadError>,
}

impl Payload<'_, '_> {
    /// Whether it is large enough to have several pieces.
    pub(in crate::restore) fn has_pieces(&self) -> bool {
        self.pieces.as_ref().is_some_and(|pieces| pieces.expected.is_some())
    }

    /// Goes to the end, so that the stream stands at the next entry.
    pub(in crate::restore) fn finish(mut self) -> Result<(), PayloadError> {
        if self.failure.is_none() {
            // Whatever it meets is kept as the failure.
            io::copy(&mut self, &mut io::sink()).ok();
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, PayloadError> {
        while let Some(pieces) = &mut self.pieces {
            let count = self.stream.read_piece(buffer)?;
            pieces.len += count as u64;
            if count > 0 {
                return Ok(count);
            }
            if !self.stream.next_piece(pieces)? {
                self.pieces = None;
            }
        }
        Ok(0)
    }
}

impl Read for Payload<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.read_some(buffer).map_err(|error| {
            let error = match self.pieces.take() {
                Some(pieces) => self.stream.leave(&pieces.path, error),
                None => error,
            };
            self.failure = Some(error);
            io::Error::other("the payload cannot be read")
        })
    }
}

impl Current<'_> {
    /// Notes an error met in a payload: the volume is given up by the call that follows.
    fn cannot_read(&mut self, error: io::Error) -> PayloadError {
        let message = format!("its content cannot be read: {error}");
        self.broken = Some(error);
        PayloadError::Damaged(message)
    }
}

fn piece_number(member: &Member) -> Option<u64> {
    match member {
        Member::SnapshotPiece(number) | Member::DiffPiece(number) => Some(*number),
        Member::Snapshot | Member::Diff | Member::Deleted => None,
    }
}

/// Why a payload was not delivered.
pub(crate) enum PayloadError {
    /// The backup does not have it whole; the sentence says what is wrong.
    Damaged(String),
    /// It could not be written.
    Output(io::Error),
    /// The stream as a whole cannot go on.
    Stream(EngineError),
}
