//! `key new`: makes a key and keeps it.

use super::{Keys, Named, grouped};
use crate::args::NewArguments;
use crate::error::CliError;
use crate::passphrase;
use crate::render::text;
use backtrail_pgp::{Key, NewKey};

/// Seconds in a year of a key's life, leap days left out, as gpg counts.
const YEAR: i64 = 365 * 24 * 60 * 60;

impl Keys<'_> {
    /// Makes a key.
    pub(super) fn make(&self, arguments: &NewArguments) -> Result<u8, CliError> {
        let passphrase = if arguments.no_passphrase {
            None
        } else {
            match self.around.secret("PASSPHRASE").filter(|given| !given.reveal().is_empty()) {
                Some(given) => Some(given),
                None => Some(passphrase::twice(self.around, self.ask, "the key").map_err(explain)?),
            }
        };
        let user_id = match &arguments.email {
            Some(email) => format!("{} <{}>", arguments.name.trim(), email.trim()),
            None => arguments.name.trim().to_owned(),
        };
        let created = self.around.clock.now();
        let expires = arguments.expires.0.map(|years| created.plus(i64::from(years) * YEAR));
        let key = Key::make(&NewKey { user_id: user_id.clone(), passphrase, created, expires })?;
        let key = self.store.add(&key)?;
        let fingerprint = key.fingerprint();
        let until = match expires {
            Some(moment) => format!("expires {}", text::date(moment, self.output.zone())),
            None => "never expires".to_owned(),
        };
        let shown = format!(
            "Made the key {} ({user_id}), which {until}.\nUse it with --encrypt-key {fingerprint}\nKeep a copy \
             elsewhere, or the backups cannot be read without this computer: backtrail key export --secret \
             {fingerprint} -o FILE\n",
            grouped(&fingerprint),
        );
        self.output.result(shown.as_bytes())?;
        self.output.json(&Named { action: "key-new", fingerprint: &fingerprint })?;
        Ok(crate::exit::OK)
    }
}

/// The way out that only this command has.
fn explain(error: CliError) -> CliError {
    match error {
        CliError::Own { message, code, exit, .. } => CliError::Own {
            message,
            next_step: Some("Set PASSPHRASE, or make the key with --no-passphrase.".to_owned()),
            code,
            exit,
        },
        other => other,
    }
}
