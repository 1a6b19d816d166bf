//! Starting gpg: the arguments every call has, the passphrase as the first line of standard input, and calls whose
//! output is small.

use super::{Gnupg, Statuses};
use crate::{Error, Result};
use backtrail_base::Sensitive;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;

/// What gpg reads first from standard input, as one line. It reads byte by byte up to the line's end, and the
/// data follows on the same pipe: no further descriptor, on every system.
pub(crate) enum Secret<'a> {
    /// None; the agent may be asked if the configuration allows it.
    None,
    /// The passphrase of a key or message.
    Passphrase(&'a Sensitive<String>),
    /// The message's session key, `algorithm:hexadecimal`.
    SessionKey(&'a Sensitive<String>),
}

/// A running gpg. Dropped before its end it is killed.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // It may end by itself in between; either way it must be waited for.
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// What a call gave.
pub(super) struct Output {
    pub(super) stdout: Vec<u8>,
    pub(super) statuses: Statuses,
    pub(super) success: bool,
}

impl Gnupg {
    /// Starts gpg with these arguments, all three streams piped, and gives the first line of input to write.
    pub(super) fn start(
        &self,
        arguments: &[&std::ffi::OsStr],
        secret: &Secret<'_>,
    ) -> Result<(Running, FirstLine)> {
        let mut command = Command::new(&self.program);
        command.args(["--batch", "--no-tty", "--no-secmem-warning", "--status-fd", "2"]);
        // Nothing here may look for keys on the network, or ask who is trusted: keys are chosen by the caller.
        command.args(["--no-auto-key-locate", "--trust-model", "always", "--no-auto-check-trustdb"]);
        if let Some(home) = &self.home {
            command.arg("--homedir").arg(home);
        }
        let mut first = FirstLine(Sensitive::new(Vec::new()));
        let line = |text: &Sensitive<String>| -> Result<FirstLine> {
            if text.reveal().contains('\n') {
                return Err(Error::Unsupported {
                    what: "a passphrase with a line break, with gpg,".to_owned(),
                });
            }
            Ok(FirstLine(Sensitive::new([text.reveal().as_bytes(), b"\n"].concat())))
        };
        match secret {
            Secret::None if self.use_agent => {}
            Secret::None => {
                // An empty line instead of an agent's window, which nobody may be there to see.
                command.args(["--pinentry-mode", "loopback", "--passphrase-fd", "0"]);
                first = FirstLine(Sensitive::new(b"\n".to_vec()));
            }
            Secret::Passphrase(passphrase) => {
                command.args(["--pinentry-mode", "loopback", "--passphrase-fd", "0"]);
                first = line(passphrase)?;
            }
            Secret::SessionKey(key) => {
                command.args(["--override-session-key-fd", "0"]);
                first = line(key)?;
            }
        }
        command.args(&self.options).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt as _;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(CREATE_NO_WINDOW);
        }
        let child = command
            .spawn()
            .map_err(|source| Error::GpgMissing { program: self.program.display().to_string(), source })?;
        Ok((Running(child), first))
    }

    /// Runs a call whose input and output fit in memory.
    pub(super) fn call(&self, arguments: &[&str], secret: &Secret<'_>, input: &[u8]) -> Result<Output> {
        const MOST: u64 = 512 << 20;
        let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(std::ffi::OsStr::new).collect();
        let (mut running, first) = self.start(&arguments, secret)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (running.0.stdin.take(), running.0.stdout.take(), running.0.stderr.take())
        else {
            return Err(Error::Gpg { detail: "its streams are not connected".to_owned() });
        };
        let (stdout, statuses) = thread::scope(|scope| -> io::Result<_> {
            let statuses = scope.spawn(move || Statuses::read(stderr));
            scope.spawn(move || {
                // gpg may stop reading before the end; how it ended is what counts.
                let _ = stdin.write_all(first.0.reveal()).and_then(|()| stdin.write_all(input));
            });
            let mut output = Vec::new();
            stdout.take(MOST).read_to_end(&mut output)?;
            Ok((output, statuses.join().unwrap_or_default()))
        })
        .map_err(Error::Io)?;
        let success = running.0.wait().map_err(Error::Io)?.success();
        Ok(Output { stdout, statuses, success })
    }
}

/// What standard input begins with.
pub(super) struct FirstLine(pub(super) Sensitive<Vec<u8>>);
