//! Applies a delta to its base, as a stream: no command of the delta, however large it claims to be, makes it
//! hold more than two buffers of 64 KiB.

use std::io::{Read, Seek, SeekFrom, Write};

use crate::DeltaError;
use crate::command::{Command, CommandReader, PIECE};

/// Writes the file that `delta` makes from `base` to `out`, and returns its length in bytes. Bytes after the end
/// command are not read. Give `delta` a buffered reader: commands are read byte by byte.
///
/// A delta that is hostile can ask for the same range of the base again and again; `limit` is the most that may be
/// written, in bytes. The last bytes may have been written to `out` when an error is returned.
///
/// # Errors
/// Any of [`DeltaError`]'s about deltas, among them [`DeltaError::OutsideBase`] for a copy of what the base does not
/// have and [`DeltaError::CutOff`] for a delta without its end command.
pub fn patch<B: Read + Seek>(
    base: &mut B,
    delta: impl Read,
    mut out: impl Write,
    limit: Option<u64>,
) -> Result<u64, DeltaError> {
    let mut delta = CommandReader::new(delta)?;
    let mut base = Base::new(base)?;
    let mut piece = vec![0; PIECE];
    let mut written = 0u64;
    loop {
        let command = delta.next()?;
        let len = match command {
            Command::End => return Ok(written),
            Command::Literal { len } | Command::Copy { len, .. } => len,
        };
        written = add(written, len, limit, delta.at())?;
        let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(DeltaError::Output);
        match command {
            Command::Copy { offset, len } => base.copy(offset, len, &mut piece, write)?,
            _ => delta.literal(len, &mut piece, &mut write)?,
        }
    }
}

/// `written + len`, unless that is more than `limit` or than any file.
pub(crate) fn add(written: u64, len: u64, limit: Option<u64>, at: u64) -> Result<u64, DeltaError> {
    let sum =
        written.checked_add(len).ok_or(DeltaError::Malformed { what: "a result beyond any file", at })?;
    match limit {
        Some(limit) if sum > limit => Err(DeltaError::TooLong { limit }),
        _ => Ok(sum),
    }
}

/// The file that copies are taken from: it knows its length, and where it stands, so that copies in sequence do not
/// seek (which would empty a buffered reader).
pub(crate) struct Base<'a, B> {
    stream: &'a mut B,
    len: u64,
    at: Option<u64>,
}

impl<'a, B: Read + Seek> Base<'a, B> {
    pub(crate) fn new(stream: &'a mut B) -> Result<Self, DeltaError> {
        let len = stream.seek(SeekFrom::End(0)).map_err(DeltaError::Base)?;
        Ok(Self { stream, len, at: None })
    }

    /// Refuses a base that is shorter than `len`.
    pub(crate) fn reaches(&self, len: u64) -> Result<(), DeltaError> {
        if len > self.len {
            return Err(DeltaError::OutsideBase { offset: 0, len, base_len: self.len });
        }
        Ok(())
    }

    /// Hands the `len` bytes from `offset` to `take`, in pieces of at most `piece.len()`.
    pub(crate) fn copy(
        &mut self,
        offset: u64,
        mut len: u64,
        piece: &mut [u8],
        mut take: impl FnMut(&[u8]) -> Result<(), DeltaError>,
    ) -> Result<(), DeltaError> {
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(DeltaError::OutsideBase { offset, len, base_len: self.len });
        }
        if self.at != Some(offset) {
            self.stream.seek(SeekFrom::Start(offset)).map_err(DeltaError::Base)?;
        }
        self.at = None;
        let end = offset + len;
        while len > 0 {
            let now = piece.len().min(usize::try_from(len).unwrap_or(usize::MAX));
            self.stream.read_exact(&mut piece[..now]).map_err(DeltaError::Base)?;
            take(&piece[..now])?;
            len -= now as u64;
        }
        self.at = Some(end);
        Ok(())
    }
}
