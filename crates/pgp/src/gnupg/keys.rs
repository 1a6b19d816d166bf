//! Keys from GnuPG: public ones, which of them have a secret part there, and secret parts where the passphrase is
//! known.

use super::{Gnupg, Secret};
use crate::key::import;
use crate::{Error, Key, Result};
use backtrail_base::Sensitive;
use sequoia_openpgp::Cert;
use std::collections::BTreeSet;
use std::sync::Arc;
use zeroize::Zeroize;

impl Gnupg {
    /// gpg's version, such as `2.2.40`.
    ///
    /// # Errors
    /// `GpgMissing`, or `Gpg` when the program is not gpg.
    pub fn version(&self) -> Result<String> {
        let output = self.call(&["--version"], &Secret::None, b"")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let first = text.lines().next().unwrap_or_default();
        match first.strip_prefix("gpg ").and_then(|rest| rest.rsplit(' ').next()) {
            Some(version) if output.success => Ok(version.to_owned()),
            _ => Err(Error::Gpg { detail: "it does not tell its version".to_owned() }),
        }
    }

    /// The keys that match a name as gpg understands it, or all. None at all is not an error.
    ///
    /// # Errors
    /// `GpgMissing`, `Gpg`.
    pub fn keys(self: &Arc<Self>, name: Option<&str>) -> Result<Vec<Key>> {
        let mut arguments = vec!["--export", "--"];
        arguments.extend(name);
        let output = self.call(&arguments, &Secret::None, b"")?;
        if output.stdout.is_empty() {
            return Ok(Vec::new());
        }
        let Ok(imported) = import(&output.stdout) else {
            return Ok(Vec::new());
        };
        let secret = self.secret_fingerprints(name)?;
        Ok(imported
            .keys
            .into_iter()
            .map(|key| Key {
                secret_in_gnupg: key.cert.keys().any(|ka| secret.contains(&ka.key().fingerprint().to_hex())),
                gnupg: Some(Arc::clone(self)),
                cert: key.cert,
            })
            .collect())
    }

    /// The fingerprints of primary keys and subkeys whose secret part GnuPG has, or a card that it knows.
    fn secret_fingerprints(&self, name: Option<&str>) -> Result<BTreeSet<String>> {
        let mut arguments = vec!["--with-colons", "--fixed-list-mode", "--list-secret-keys", "--"];
        arguments.extend(name);
        let output = self.call(&arguments, &Secret::None, b"")?;
        Ok(parse_secret_list(&String::from_utf8_lossy(&output.stdout)))
    }

    /// The secret key, unlocked by nothing but its own passphrase. gpg asks for nothing.
    pub(crate) fn export_secret(
        &self,
        fingerprint: &str,
        passphrase: Option<&Sensitive<String>>,
    ) -> Result<Cert> {
        let secret = passphrase.map_or(Secret::None, Secret::Passphrase);
        let mut output = self.call(&["--export-secret-keys", "--", fingerprint], &secret, b"")?;
        let imported = import(&output.stdout);
        output.stdout.zeroize();
        let short = fingerprint.get(fingerprint.len().saturating_sub(16)..).unwrap_or(fingerprint);
        match imported {
            Ok(imported) if !output.stdout.is_empty() || !imported.keys.is_empty() => imported
                .keys
                .into_iter()
                .find(|key| key.fingerprint() == fingerprint && key.has_secret())
                .map(|key| key.cert.as_ref().clone())
                .ok_or_else(|| Error::NoSecretKey { ids: vec![short.to_owned()] }),
            _ => Err(output.statuses.failure(&format!("the key {short}"), passphrase.is_some(), false)),
        }
    }
}

/// Reads `--list-secret-keys --with-colons`: field 15 of `sec` and `ssb` is `+` for a key that is there, `#` for
/// one that is missing, or a card's serial number; the `fpr` line after it has the fingerprint.
fn parse_secret_list(text: &str) -> BTreeSet<String> {
    let mut present = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.first() {
            Some(&("sec" | "ssb")) => present = fields.get(14).is_none_or(|token| *token != "#"),
            Some(&"fpr") if present => {
                found.extend(fields.get(9).map(|fingerprint| (*fingerprint).to_owned()));
                present = false;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::parse_secret_list;

    #[test]
    fn missing_secret_parts_do_not_count() {
        let text = "sec:u:2048:1:8F7BF4469BE20CB7:1795323876:::u:::scSC:::#:::23::0:\n\
                    fpr:::::::::AAAA:\ngrp:::::::::7221:\nuid:u::::1795323876::54::A <a@x>::::::::::0:\n\
                    ssb:u:2048:1:AF7BF4469BE20CB7:1795323876::::::e:::+:::23:\nfpr:::::::::BBBB:\n";
        let found = parse_secret_list(text);
        assert!(!found.contains("AAAA"), "an offline primary key has no secret part here");
        assert!(found.contains("BBBB"), "its subkey has");
    }
}
