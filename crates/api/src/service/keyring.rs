//! Secrets on the person's way in: the keyring that is locked, the passphrase that is typed where there is none, and
//! the three words that show that they were written down.

use super::{Service, about, lock};
use crate::failure;
use crate::view::Failure;
use backtrail_base::{Code, Sensitive, random_bytes};
use backtrail_pgp::Purpose;
use backtrail_profile::{Profile, Protection};
use std::collections::BTreeSet;

/// How many words are asked for.
const ASKED: usize = 3;

impl Service {
    /// Asks the system to unlock the keyring, and waits for the person's answer.
    pub(super) fn unlock_keyring(&self) -> Result<(), Failure> {
        self.0.secrets.keyring().unlock().map_err(|error| failure::of(&error))?;
        self.0.changed();
        self.0.wake();
        Ok(())
    }

    /// Takes the passphrase of a profile: for as long as the app runs, and for the keyring where there is one.
    pub(super) fn give_passphrase(
        &self,
        profile: &str,
        passphrase: &Sensitive<String>,
    ) -> Result<(), Failure> {
        let profile = self.0.profile(profile)?;
        // A mistyped one is told now, and not by the next backup. One that protects alone is compared by the run.
        if let Protection::Key { fingerprint } = &profile.protection {
            let key = self.0.secrets.keys().find(fingerprint, Purpose::Any);
            let opened = key.and_then(|key| key.test_passphrase(Some(passphrase)));
            opened.map_err(|error| about(&profile).error(&error))?;
        }
        match self.0.secrets.keep_passphrase(&profile.id, passphrase) {
            // Locked: it is in memory, which is what was asked for.
            Ok(_) | Err(backtrail_profile::secrets::Error::Locked) => {}
            Err(error) => return Err(about(&profile).error(&error)),
        }
        self.0.changed();
        self.0.wake();
        Ok(())
    }

    /// Which words are asked for, counted from 1; none where the passphrase is no list of words that Backtrail made.
    pub(super) fn words_to_type(&self, profile: &str) -> Result<Vec<u8>, Failure> {
        let profile = self.0.profile(profile)?;
        if !profile.kit.made_words {
            return Ok(Vec::new());
        }
        let count = self.passphrase_words(&profile)?.len();
        let mut asked = lock(&self.0.asked);
        let places = asked.entry(profile.id).or_insert_with(|| {
            let mut places = BTreeSet::new();
            while places.len() < ASKED.min(count) {
                let [chance] = random_bytes();
                places.insert(u8::try_from(usize::from(chance) % count + 1).unwrap_or(1));
            }
            places.into_iter().collect()
        });
        Ok(places.clone())
    }

    /// Whether these are the words that were asked for. If so, it is remembered, and not asked again.
    pub(super) fn type_words(&self, profile: &str, typed: &[Sensitive<String>]) -> Result<bool, Failure> {
        let mut profile = self.0.profile(profile)?;
        let asked = lock(&self.0.asked).get(&profile.id).cloned().unwrap_or_default();
        if asked.is_empty() || asked.len() != typed.len() {
            return Ok(false);
        }
        let words = self.passphrase_words(&profile)?;
        let same = asked.iter().zip(typed).all(|(place, typed)| {
            let word = usize::from(*place).checked_sub(1).and_then(|index| words.get(index));
            word.is_some_and(|word| word.reveal() == &typed.reveal().trim().to_lowercase())
        });
        if same {
            profile.kit.words_typed = Some(self.0.now());
            self.0.profiles.save(&profile).map_err(|error| failure::of(&error))?;
            lock(&self.0.asked).remove(&profile.id);
            self.0.changed();
        }
        Ok(same)
    }

    fn passphrase_words(&self, profile: &Profile) -> Result<Vec<Sensitive<String>>, Failure> {
        let passphrase = self.0.secrets.passphrase(&profile.id).map_err(|error| {
            let code = self.0.secret_missing(profile).unwrap_or(Code::PassphraseNeeded);
            about(profile).failure(code, error.to_string())
        })?;
        Ok(passphrase
            .reveal()
            .split(['-', ' '])
            .filter(|word| !word.is_empty())
            .map(Sensitive::from)
            .collect())
    }
}
