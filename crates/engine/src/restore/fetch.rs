//! Getting a volume: fetched, checked against the manifest's hashes before anything in it is believed, then opened.
//! The next volume is fetched while the current one is used.

use crate::output::hex;
use crate::progress::Meter;
use crate::{Context, EngineError, archive};
use backtrail_format::manifest::Volume;
use backtrail_store::Destination;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// A volume on its way.
pub(super) struct Fetch {
    name: String,
    worker: JoinHandle<Result<Fetched, EngineError>>,
}

/// A volume whose hashes held.
struct Fetched {
    /// The copy of a distant object; a local one is read again where it lies.
    #[expect(clippy::disallowed_types, reason = "an unnamed file has no path to put into an error")]
    copy: Option<std::fs::File>,
    bytes: u64,
}

impl Fetch {
    /// Starts to fetch and check.
    pub(super) fn start(ctx: &Context, name: &str, recorded: &Volume) -> Result<Self, EngineError> {
        let destination = ctx.destination.clone();
        let folder = ctx.temp_folder.clone();
        let (object, recorded) = (name.to_owned(), recorded.clone());
        let worker = std::thread::Builder::new()
            .name("fetch".into())
            .spawn(move || check(&destination, &object, &recorded, &folder))
            .map_err(EngineError::Io)?;
        Ok(Self { name: name.to_owned(), worker })
    }

    /// Waits, and opens the volume. Returns its stored size as well.
    pub(super) fn open(
        self,
        ctx: &Context,
        meter: &Arc<Meter>,
    ) -> Result<(Box<dyn Read + Send>, u64), EngineError> {
        let fetched = self.worker.join().map_err(|_| EngineError::Worker { stage: "fetch" })??;
        let stored: Box<dyn Read + Send> = match fetched.copy {
            Some(mut copy) => {
                copy.seek(SeekFrom::Start(0))?;
                Box::new(io::BufReader::with_capacity(256 << 10, meter.count(copy)))
            }
            None => {
                let object = ctx.destination.read(&self.name)?;
                Box::new(io::BufReader::with_capacity(256 << 10, meter.count(object)))
            }
        };
        let plain = archive::decode(ctx, &self.name, stored)?;
        // Small volumes are not worth a thread each: a long chain has hundreds.
        let plain = if fetched.bytes > 1 << 20 { ahead(plain)? } else { plain };
        Ok((plain, fetched.bytes))
    }
}

fn check(
    destination: &Destination,
    name: &str,
    recorded: &Volume,
    folder: &Path,
) -> Result<Fetched, EngineError> {
    let mut object = destination.read(name)?;
    let mut copy = if destination.local_folder().is_some() {
        None
    } else {
        let failed = |error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", PathBuf::from(folder).display()))
        };
        Some(tempfile::tempfile_in(folder).map_err(failed)?)
    };
    let (mut sha1, mut sha256) = (Sha1::new(), Sha256::new());
    let (want_sha1, want_sha256) = (recorded.sha1(), recorded.sha256());
    let mut chunk = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        let count = match object.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(EngineError::from_stream(name, error)),
        };
        bytes += count as u64;
        if want_sha1.is_some() {
            sha1.update(&chunk[..count]);
        }
        if want_sha256.is_some() {
            sha256.update(&chunk[..count]);
        }
        if let Some(copy) = &mut copy {
            copy.write_all(&chunk[..count])?;
        }
    }
    let mismatch = |algorithm| Err(EngineError::HashMismatch { object: name.to_owned(), algorithm });
    if want_sha1.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&hex(&sha1.finalize()))) {
        return mismatch("SHA1");
    }
    if want_sha256.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&hex(&sha256.finalize()))) {
        return mismatch("SHA256");
    }
    Ok(Fetched { copy, bytes })
}

/// Reads `inner` in a thread of its own, a few buffers ahead, so that deciphering and writing overlap.
fn ahead(mut inner: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>, EngineError> {
    let (send, receive) = crossbeam_channel::bounded::<io::Result<Vec<u8>>>(8);
    std::thread::Builder::new()
        .name("open".into())
        .spawn(move || {
            loop {
                let mut chunk = vec![0; 256 << 10];
                let read = match inner.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Ok(0) => return,
                    Ok(count) => {
                        chunk.truncate(count);
                        Ok(chunk)
                    }
                    Err(error) => Err(error),
                };
                let last = read.is_err();
                // A reader that has gone wants no more.
                if send.send(read).is_err() || last {
                    return;
                }
            }
        })
        .map_err(EngineError::Io)?;
    Ok(Box::new(Ahead { receive, chunk: Vec::new(), at: 0 }))
}

struct Ahead {
    receive: crossbeam_channel::Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            match self.receive.recv() {
                Ok(next) => (self.chunk, self.at) = (next?, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = buffer.len().min(self.chunk.len() - self.at);
        buffer[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
