//! How the new backup is protected: words that are generated or a passphrase of the person's own, and the key that is
//! made under it. A passphrase that replaces another one takes the key that was made under that with it.

use super::Wizard;
use crate::failure::{self, About};
use crate::service::{Service, lock};
use crate::view::{Failure, Passphrase, ProtectChoice, Strength};
use backtrail_base::{Code, Sensitive};
use backtrail_pgp::Purpose;
use backtrail_profile::secrets::Error;
use backtrail_profile::{Kit, Protection, words};

/// How strong a passphrase is.
pub(in crate::service) fn strength(passphrase: &Sensitive<String>) -> Strength {
    Strength { score: words::strength(passphrase.reveal()).score.min(4) }
}

impl Service {
    /// The generated words, made on the first call. Once the key is made under them they are those in the keyring.
    pub(in crate::service) fn words(&self, again: bool) -> Result<Passphrase, Failure> {
        let mut wizard = lock(&self.0.wizard);
        let known = if again || !wizard.draft.kit.made_words { None } else { self.known_passphrase(&wizard) };
        let words = match known {
            Some(words) => words,
            None => {
                let words = words::passphrase();
                self.replace_passphrase(&mut wizard, words.clone(), true)?;
                words
            }
        };
        Ok(Passphrase::to_show(words.reveal().clone()))
    }

    /// Takes a passphrase of the person's own.
    pub(in crate::service) fn own_passphrase(
        &self,
        passphrase: Sensitive<String>,
    ) -> Result<Strength, Failure> {
        if passphrase.reveal().is_empty() || passphrase.reveal().contains(['\n', '\r', '\0']) {
            return Err(failure::plain(
                Code::PassphraseNeeded,
                "A passphrase needs at least one letter, and no line breaks.",
                "Type another one, or take the words.",
            ));
        }
        let strength = strength(&passphrase);
        let mut wizard = lock(&self.0.wizard);
        if self.known_passphrase(&wizard).as_ref() != Some(&passphrase) {
            self.replace_passphrase(&mut wizard, passphrase, false)?;
        }
        Ok(strength)
    }

    fn replace_passphrase(
        &self,
        wizard: &mut Wizard,
        passphrase: Sensitive<String>,
        made: bool,
    ) -> Result<(), Failure> {
        if let Some(fingerprint) = wizard.key.take() {
            self.drop_key(&fingerprint);
            if matches!(wizard.draft.protection, Some(Protection::Key { .. })) {
                wizard.draft.protection = None;
            }
        }
        wizard.passphrase = Some(passphrase);
        wizard.kit = None;
        wizard.draft.kit = Kit { made_words: made, ..Kit::default() };
        // A wizard that nothing was chosen in yet leaves no draft behind.
        if wizard.kept { wizard.keep(&self.0.folders) } else { Ok(()) }
    }

    /// The passphrase of the setup: from memory, or from the keyring when the wizard was left since.
    pub(in crate::service) fn known_passphrase(&self, wizard: &Wizard) -> Option<Sensitive<String>> {
        wizard.passphrase.clone().or_else(|| self.0.secrets.passphrase(&wizard.draft.id).ok())
    }

    /// Makes sure that the setup has its key, or its passphrase alone, and that the keyring knows it.
    pub(super) fn protected(
        &self,
        wizard: &mut Wizard,
        protect: ProtectChoice,
    ) -> Result<Protection, Failure> {
        let Some(passphrase) = self.known_passphrase(wizard) else {
            return Err(failure::plain(
                Code::PassphraseNeeded,
                "The words of this setup are not known any more.",
                "Look at the new words, and write them down; then go on.",
            ));
        };
        // First, so that no key is ever under a passphrase that nobody knows.
        self.keep_passphrase(wizard, &passphrase)?;
        let protection = match protect {
            ProtectChoice::PassphraseOnly => Protection::Passphrase,
            ProtectChoice::NewKey => Protection::Key { fingerprint: self.key_under(wizard, &passphrase)? },
        };
        wizard.draft.protection = Some(protection.clone());
        wizard.keep(&self.0.folders)?;
        Ok(protection)
    }

    /// The key of the setup, made if there is none under this passphrase.
    fn key_under(&self, wizard: &mut Wizard, passphrase: &Sensitive<String>) -> Result<String, Failure> {
        let keys = self.0.secrets.keys();
        if let Some(fingerprint) = &wizard.key {
            let key = keys.find(fingerprint, Purpose::Any);
            if key.is_ok_and(|key| key.test_passphrase(Some(passphrase)).is_ok()) {
                return Ok(fingerprint.clone());
            }
        }
        let user_id = format!("Backtrail backups of {}", self.0.surroundings.desktop().host);
        let key = self.0.secrets.make_key(&user_id, Some(passphrase), None, &*self.0.clock);
        let fingerprint = key.map_err(|error| failure::of(&error))?.fingerprint();
        wizard.key = Some(fingerprint.clone());
        Ok(fingerprint)
    }

    fn keep_passphrase(&self, wizard: &Wizard, passphrase: &Sensitive<String>) -> Result<(), Failure> {
        let secrets = &self.0.secrets;
        let keep = || secrets.keep_passphrase(&wizard.draft.id, passphrase);
        let kept = match keep() {
            Err(Error::Locked) => secrets.keyring().unlock().and_then(|()| keep()),
            other => other,
        };
        match kept {
            Ok(_) => Ok(()),
            Err(error @ (Error::Locked | Error::Dismissed)) => {
                Err(About::default().failure(Code::KeyringLocked, error.to_string()))
            }
            Err(error) => Err(failure::of(&error)),
        }
    }

    /// Drops a key that nothing was sealed to.
    pub(super) fn drop_key(&self, fingerprint: &str) {
        let keys = self.0.secrets.keys();
        if let Ok(key) = keys.find(fingerprint, Purpose::Any) {
            // One that cannot be removed lies there under its passphrase, and is used by nobody.
            let _ = keys.remove(&key);
        }
    }
}
