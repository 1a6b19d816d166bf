//! Reading a gzip file while noting where its members begin.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Where each member's content begins in the whole, and the member in the file.
pub(crate) type Members = Arc<Mutex<Vec<(u64, u64)>>>;

/// The content of a gzip file of one or more members.
pub(crate) struct MemberReader<R> {
    inner: Option<GzDecoder<Counted<R>>>,
    plain: u64,
    members: Members,
}

impl<R: BufRead> MemberReader<R> {
    /// Reads `file` from its start.
    pub(crate) fn new(file: R) -> Self {
        let inner = Some(GzDecoder::new(Counted { inner: file, count: 0 }));
        Self { inner, plain: 0, members: Arc::new(Mutex::new(vec![(0, 0)])) }
    }

    /// The members met so far; complete once everything was read.
    pub(crate) fn members(&self) -> Members {
        Arc::clone(&self.members)
    }
}

impl<R: BufRead> Read for MemberReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.inner {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                self.plain += count as u64;
                return Ok(count);
            }
            let Some(decoder) = self.inner.take() else { break };
            let mut file = decoder.into_inner();
            if !file.fill_buf()?.is_empty() {
                let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
                members.push((self.plain, file.count));
                drop(members);
                self.inner = Some(GzDecoder::new(file));
            }
        }
        Ok(0)
    }
}

/// Counts what is consumed.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.count += amount as u64;
        self.inner.consume(amount);
    }
}
