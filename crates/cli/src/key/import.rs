//! `key import`: takes keys from files.

use super::{Keys, grouped};
use crate::error::CliError;
use backtrail_base::{Code, Sensitive, fs};
use backtrail_pgp::{Key, KeyInfo};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};

/// More than any file of keys holds.
const LARGEST: u64 = 256 << 20;

#[derive(Serialize)]
struct Imported {
    action: &'static str,
    keys: Vec<KeyInfo>,
    skipped: Vec<String>,
}

impl Keys<'_> {
    /// Imports every key of the files.
    pub(super) fn import(&self, files: &[PathBuf]) -> Result<u8, CliError> {
        let mut keys = Vec::new();
        let mut skipped = Vec::new();
        for file in files {
            let bytes = read(file)?;
            let found = backtrail_pgp::key::import(bytes.reveal()).map_err(|error| {
                CliError::own(
                    Code::PgpInvalid,
                    format!("no key could be read from {}: {error}", file.display()),
                    "Give a file that `gpg --export` or `gpg --export-secret-keys` wrote.",
                )
            })?;
            for key in &found.keys {
                keys.push(self.store.add(key)?);
            }
            skipped.extend(found.skipped.into_iter().map(|why| format!("{}: {why}", file.display())));
        }
        for key in &keys {
            let part = if key.has_secret() { "secret and public part" } else { "public part" };
            let name = key.info().user_ids.into_iter().next().unwrap_or_default();
            let line = format!("Imported {} ({name}), {part}.\n", grouped(&key.fingerprint()));
            self.output.result(line.as_bytes())?;
        }
        for why in &skipped {
            self.output.warning(Code::PgpInvalid, &format!("passed over what is no key in {why}"), None);
        }
        let keys = keys.iter().map(Key::info).collect();
        self.output.json(&Imported { action: "key-import", keys, skipped })?;
        Ok(crate::exit::OK)
    }
}

/// A file's bytes; they may be a secret key.
fn read(file: &Path) -> Result<Sensitive<Vec<u8>>, CliError> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(file)?.take(LARGEST).read_to_end(&mut bytes)?;
    }
    Ok(Sensitive::new(bytes))
}
