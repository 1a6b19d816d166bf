//! Messages that gpg makes: for signing keys that only GnuPG can use, and for keys of algorithms that sequoia does
//! not have. The recipients are given to gpg as files, so that it needs to know and to trust none of them.

use super::Compression;
use crate::gnupg::{Gnupg, Outgoing, Secret};
use crate::{Error, Result, Warning};
use backtrail_base::Sensitive;
use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// A recipient: its public key in a file of our own, as long as the run needs it.
pub(super) struct ToFile {
    pub(super) file: NamedTempFile,
    pub(super) hidden: bool,
}

/// Everything gpg is told for each message.
pub(super) struct ThroughGpg {
    pub(super) gnupg: Arc<Gnupg>,
    pub(super) to: Vec<ToFile>,
    /// Whether the passphrase opens the message too.
    pub(super) symmetric: bool,
    /// The fingerprint of the signing key.
    pub(super) signer: Option<String>,
    /// The message's passphrase or the signing key's: gpg takes one.
    pub(super) passphrase: Option<Sensitive<String>>,
    pub(super) compression: Compression,
    pub(super) warnings: Vec<Warning>,
}

impl ThroughGpg {
    pub(super) fn seal<W: Write + Send + 'static>(&self, out: W) -> Result<GpgWriter<W>> {
        let mut arguments: Vec<OsString> = [
            "--cipher-algo",
            "AES256",
            "--digest-algo",
            "SHA256",
            "--s2k-digest-algo",
            "SHA256",
            "--s2k-count",
            "65011712",
            "--force-mdc",
            "--set-filename",
            "",
            "--output",
            "-",
            "--compress-algo",
        ]
        .map(OsString::from)
        .into();
        match self.compression {
            Compression::None => arguments.push("none".into()),
            Compression::Deflate { level } => {
                arguments.extend([
                    "zip".into(),
                    "--compress-level".into(),
                    level.clamp(1, 9).to_string().into(),
                ]);
            }
        }
        for to in &self.to {
            let option = if to.hidden { "--hidden-recipient-file" } else { "--recipient-file" };
            arguments.extend([option.into(), to.file.path().as_os_str().to_owned()]);
        }
        if let Some(signer) = &self.signer {
            arguments.extend(["--local-user".into(), signer.into(), "--sign".into()]);
        }
        if self.symmetric {
            arguments.push("--symmetric".into());
        }
        if !self.to.is_empty() {
            arguments.push("--encrypt".into());
        }
        let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(OsString::as_os_str).collect();
        let secret = self.passphrase.as_ref().map_or(Secret::None, Secret::Passphrase);
        Ok(GpgWriter(Some(Outgoing::start(&self.gnupg, &arguments, &secret, out)?)))
    }
}

/// A message that gpg makes.
pub(super) struct GpgWriter<W: Write + Send + 'static>(Option<Outgoing<W>>);

impl<W: Write + Send + 'static> GpgWriter<W> {
    pub(super) fn finish(self) -> Result<W> {
        match self.0 {
            Some(outgoing) => outgoing.finish(),
            None => Err(Error::Io(io::Error::other("the message has failed already"))),
        }
    }
}

impl<W: Write + Send + 'static> Write for GpgWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let Some(outgoing) = &mut self.0 else {
            return Err(io::Error::other("the message has failed already"));
        };
        match outgoing.write(data) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // gpg has ended: why, it says at the end.
                match self.0.take().map(Outgoing::finish) {
                    Some(Err(cause)) => Err(cause.into()),
                    _ => Err(error),
                }
            }
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
