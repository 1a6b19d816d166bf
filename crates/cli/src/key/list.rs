//! `key list`: what keys there are.

use super::{Keys, grouped};
use crate::error::CliError;
use crate::render::text;
use backtrail_pgp::{KeyInfo, SecretState};
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Listing {
    action: &'static str,
    keys: Vec<KeyInfo>,
}

impl Keys<'_> {
    /// Lists the keys of our own folder and of GnuPG.
    pub(super) fn list(&self) -> Result<u8, CliError> {
        let keys: Vec<KeyInfo> = self.store.list()?.iter().map(backtrail_pgp::Key::info).collect();
        let mut shown = String::new();
        for key in &keys {
            self.describe(&mut shown, key);
        }
        if keys.is_empty() {
            shown.push_str("There are no keys. Make one with `backtrail key new --name NAME`.\n");
        }
        self.output.result(shown.as_bytes())?;
        self.output.json(&Listing { action: "key-list", keys })?;
        Ok(crate::exit::OK)
    }

    fn describe(&self, shown: &mut String, key: &KeyInfo) {
        let zone = self.output.zone();
        let secret = match key.secret {
            SecretState::None => "public part only",
            SecretState::Open => "secret part here, without a passphrase",
            SecretState::Protected => "secret part here, under a passphrase",
            SecretState::InGnupg => "secret part in GnuPG",
        };
        let life = match (key.revoked, key.expired, key.expires) {
            (true, ..) => "revoked".to_owned(),
            (_, true, Some(moment)) => format!("expired {}", text::date(moment, zone)),
            (_, true, None) => "expired".to_owned(),
            (_, _, Some(moment)) => format!("expires {}", text::date(moment, zone)),
            (_, _, None) => "never expires".to_owned(),
        };
        let abilities: Vec<_> = [(key.can.encrypt, "encrypt"), (key.can.sign, "sign")]
            .into_iter()
            .filter_map(|(can, name)| can.then_some(name))
            .collect();
        let abilities = match abilities.as_slice() {
            [] => "can neither encrypt nor sign".to_owned(),
            some => format!("can {}", some.join(" and ")),
        };
        let _ = writeln!(shown, "{}", grouped(&key.fingerprint));
        for id in &key.user_ids {
            let _ = writeln!(shown, "    {}", crate::render::progress::printable(id));
        }
        let created = text::date(key.created, zone);
        let _ = writeln!(shown, "    {}, made {created}, {life}; {abilities}; {secret}", key.algorithm);
        if let Some(weak) = &key.weak {
            let _ = writeln!(shown, "    weak: {weak}");
        }
    }
}
