//! Whole messages through gpg: a reader whose data comes from `gpg --decrypt`, and a writer whose data goes to
//! `gpg --encrypt`. Threads feed and drain, so that neither side waits for the other; how gpg ended is judged when
//! its output ends, and nothing that it released counts as complete before.

use super::run::Running;
use super::{Gnupg, Secret, Statuses};
use crate::{Error, Result};
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::thread::{self, JoinHandle};

/// Copies in steps that fit the pipe.
fn copy(mut from: impl Read, to: &mut impl Write) -> io::Result<()> {
    io::copy(&mut from, to).map(drop)
}

fn not_connected() -> Error {
    Error::Gpg { detail: "its streams are not connected".to_owned() }
}

fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map_err(Error::Io)
}

/// Reads what gpg writes.
pub(crate) struct PipeReader {
    running: Running,
    stdout: ChildStdout,
    /// The thread that feeds the message in: what reading the source met.
    feeding: Option<JoinHandle<io::Result<()>>>,
    reporting: Option<JoinHandle<Statuses>>,
}

impl PipeReader {
    /// Starts gpg with these arguments and feeds it the message.
    pub(crate) fn start(
        gnupg: &Gnupg,
        arguments: &[&str],
        secret: &Secret<'_>,
        mut message: impl Read + Send + 'static,
    ) -> Result<Self> {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let (mut running, first) = gnupg.start(&arguments, secret)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (running.0.stdin.take(), running.0.stdout.take(), running.0.stderr.take())
        else {
            return Err(not_connected());
        };
        let feeding = spawn("gpg-in", move || {
            if stdin.write_all(first.0.reveal()).is_err() {
                return Ok(());
            }
            let mut buffer = vec![0; 64 * 1024];
            loop {
                match message.read(&mut buffer) {
                    Ok(0) => return Ok(()),
                    // gpg may stop early; how it ended is what counts.
                    Ok(length) if stdin.write_all(&buffer[..length]).is_err() => return Ok(()),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        })?;
        let reporting = spawn("gpg-status", move || Statuses::read(stderr))?;
        Ok(Self { running, stdout, feeding: Some(feeding), reporting: Some(reporting) })
    }

    /// At the end of the data: what gpg reported, and whether it was content. None if asked before.
    pub(crate) fn end(&mut self) -> Result<Option<(Statuses, bool)>> {
        let (Some(feeding), Some(reporting)) = (self.feeding.take(), self.reporting.take()) else {
            return Ok(None);
        };
        let success = self.running.0.wait().map_err(Error::Io)?.success();
        let statuses = reporting.join().unwrap_or_default();
        match feeding.join() {
            Ok(fed) => fed.map_err(Error::Io)?,
            Err(_) => return Err(Error::Io(io::Error::other("the thread that feeds gpg failed"))),
        }
        Ok(Some((statuses, success)))
    }
}

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stdout.read(buffer)
    }
}

/// Feeds gpg and writes what it makes to `out`.
pub(crate) struct Outgoing<W> {
    /// Closed before waiting, else gpg waits for more.
    stdin: Option<ChildStdin>,
    running: Running,
    draining: Option<JoinHandle<io::Result<W>>>,
    reporting: Option<JoinHandle<Statuses>>,
}

impl<W: Write + Send + 'static> Outgoing<W> {
    pub(crate) fn start(
        gnupg: &Gnupg,
        arguments: &[&OsStr],
        secret: &Secret<'_>,
        mut out: W,
    ) -> Result<Self> {
        let (mut running, first) = gnupg.start(arguments, secret)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (running.0.stdin.take(), running.0.stdout.take(), running.0.stderr.take())
        else {
            return Err(not_connected());
        };
        let draining = spawn("gpg-out", move || copy(stdout, &mut out).map(|()| out))?;
        let reporting = spawn("gpg-status", move || Statuses::read(stderr))?;
        // gpg reads this line at once; if it has ended already, finish says why.
        let _ = stdin.write_all(first.0.reveal());
        Ok(Self { stdin: Some(stdin), running, draining: Some(draining), reporting: Some(reporting) })
    }

    /// Ends the input and waits.
    pub(crate) fn finish(mut self) -> Result<W> {
        self.stdin = None;
        let drained = self.draining.take().map(JoinHandle::join);
        let success = self.running.0.wait().map_err(Error::Io)?.success();
        let statuses = self.reporting.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        match drained {
            // What writing met comes first: gpg only saw a closed pipe.
            Some(Ok(Err(error))) => Err(error.into()),
            Some(Ok(Ok(out))) if success => Ok(out),
            Some(Ok(Ok(_))) => Err(statuses.failure("the secret key in GnuPG", true, false)),
            _ => Err(Error::Io(io::Error::other("the thread that drains gpg failed"))),
        }
    }
}

impl<W> Write for Outgoing<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match &mut self.stdin {
            Some(stdin) => stdin.write(data),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
