//! `key export`: writes a key for elsewhere. A secret part is written as it is kept, under its passphrase, so none is
//! asked for.

use super::Keys;
use crate::error::CliError;
use backtrail_base::{Code, Sensitive, fs};
use backtrail_pgp::{Purpose, SecretState};
use std::io::Write;
use std::path::Path;

impl Keys<'_> {
    /// Writes a key to a file or to standard output.
    pub(super) fn export(&self, name: &str, secret: bool, file: Option<&Path>) -> Result<u8, CliError> {
        let key = self.store.find(name, Purpose::Any)?;
        let bytes = if secret {
            let state = key.info().secret;
            if state == SecretState::InGnupg && !key.has_secret() {
                return Err(CliError::own(
                    Code::NoSecretKey,
                    format!("the secret part of {} is in GnuPG, not in Backtrail", key.fingerprint()),
                    format!("Write it with `gpg --armor --export-secret-keys {}`.", key.fingerprint()),
                ));
            }
            key.export_secret()?
        } else {
            Sensitive::new(key.export_public()?)
        };
        match file {
            Some(file) => write_private(file, bytes.reveal()).map_err(|error| {
                if error.kind() == std::io::ErrorKind::AlreadyExists {
                    CliError::own(
                        Code::Io,
                        format!("{} exists already and was left alone", file.display()),
                        "Name another file.",
                    )
                } else {
                    error.into()
                }
            })?,
            None => {
                self.output.result(bytes.reveal())?;
                self.output.flush()?;
            }
        }
        Ok(crate::exit::OK)
    }
}

/// Writes a new file that only its owner can read. An existing file is left alone: it may be the only copy of a key.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use fs::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut written = options.open(file)?;
    written.write_all(bytes)?;
    written.sync_all()
}
