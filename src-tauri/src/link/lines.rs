//! Lines of a limited length, read from a stream.

use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt};
use zeroize::Zeroize;

/// Reads lines; a line holds what a person typed, so its memory is wiped before it is used again.
pub(crate) struct Lines<R> {
    from: R,
    longest: usize,
    line: Vec<u8>,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// Lines of at most `longest` bytes.
    pub(crate) fn new(from: R, longest: usize) -> Self {
        Self { from, longest, line: Vec::new() }
    }

    /// The next line, without its end; none at the end of the stream.
    ///
    /// # Errors
    /// When the stream fails, ends within a line, or a line is too long.
    pub(crate) async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.zeroize();
        loop {
            let there = self.from.fill_buf().await?;
            if there.is_empty() {
                return if self.line.is_empty() {
                    Ok(None)
                } else {
                    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ended within a line"))
                };
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let part = &there[..end.unwrap_or(there.len())];
            if self.line.len() + part.len() > self.longest {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
            self.line.extend_from_slice(part);
            let used = part.len() + usize::from(end.is_some());
            self.from.consume(used);
            if end.is_some() {
                return Ok(Some(&self.line));
            }
        }
    }
}

impl<R> Drop for Lines<R> {
    fn drop(&mut self) {
        self.line.zeroize();
    }
}
