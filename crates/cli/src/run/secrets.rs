//! The passphrases and keys of a run: which are needed when follows duplicity. PASSPHRASE opens backups, and is the
//! passphrase of a new symmetric one; SIGN_PASSPHRASE opens the signing key; one stands in for the other where the key
//! that signs is one that is encrypted to. Asked for at most once each.

use crate::args::ProtectionSettings;
use crate::error::CliError;
use crate::passphrase::{self, Ask};
use crate::render::Output;
use crate::render::progress::Progress;
use crate::surroundings::Surroundings;
use backtrail_base::{Code, Sensitive};
use backtrail_engine::LazyOpener;
use backtrail_engine::backup::Protection;
use backtrail_pgp::{
    Compression, Error, KeyStore, OpenWith, Opener, Purpose, Recipient, SealPolicy, Sealer, SecretState,
    Signer,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Passphrases and keys.
pub(super) struct Secrets {
    around: Surroundings,
    ask: Arc<dyn Ask>,
    settings: ProtectionSettings,
    store: KeyStore,
    output: Arc<Output>,
    progress: Arc<Progress>,
    /// What was typed for the backup.
    typed: Mutex<Option<Sensitive<String>>>,
}

impl Secrets {
    pub(super) fn new(
        around: Surroundings,
        ask: Arc<dyn Ask>,
        settings: ProtectionSettings,
        store: KeyStore,
        output: Arc<Output>,
        progress: Arc<Progress>,
    ) -> Self {
        Self { around, ask, settings, store, output, progress, typed: Mutex::default() }
    }

    /// Opens what is encrypted, when something must be read; only then a passphrase is asked for.
    pub(super) fn opener(self: &Arc<Self>) -> LazyOpener {
        let secrets = Arc::clone(self);
        LazyOpener::new(move || {
            let expected_signer = match &secrets.settings.signer {
                Some(name) => Some(secrets.store.find(name, Purpose::Any)?.fingerprint()),
                None => None,
            };
            Opener::new(OpenWith {
                passphrase: secrets.to_open()?,
                keys: secrets.store.clone(),
                expected_signer,
                ..OpenWith::default()
            })
        })
    }

    /// How new objects are protected. `fresh` says that no backup is there yet, so that a typed passphrase is asked
    /// for twice.
    pub(super) fn protection(&self, fresh: bool) -> Result<Protection, CliError> {
        if !self.settings.encryption {
            return Ok(if self.settings.compression { Protection::Gzip } else { Protection::Plain });
        }
        let recipients = self.recipients()?;
        let signer = self.signer()?;
        let passphrase = if recipients.is_empty() { Some(self.to_encrypt(fresh)?) } else { None };
        let compression = if self.settings.compression { Compression::default() } else { Compression::None };
        let unlocked = signer.as_ref().is_none_or(|signer| signer.passphrase.is_some());
        let sealer = Sealer::new(&SealPolicy { recipients, passphrase, signer, compression });
        let sealer = sealer.map_err(|error| match error {
            Error::PassphraseNeeded { what } if !unlocked => CliError::own(
                Code::PassphraseNeeded,
                format!("a passphrase is needed to sign with {what}"),
                "Set SIGN_PASSPHRASE in the environment and run again.",
            ),
            other => other.into(),
        })?;
        for warning in sealer.warnings() {
            self.output.warning(Code::KeyUnusable, &warning.to_string(), None);
        }
        Ok(Protection::Pgp(sealer))
    }

    /// Whether new backups are encrypted with a passphrase alone.
    pub(super) fn is_symmetric(&self) -> bool {
        self.settings.encryption && self.settings.recipients.is_empty()
    }

    fn recipients(&self) -> Result<Vec<Recipient>, CliError> {
        let one = |(name, hidden): &(String, bool)| {
            Ok(Recipient { key: self.store.find(name, Purpose::Encrypt)?, hidden: *hidden })
        };
        self.settings.recipients.iter().map(one).collect()
    }

    fn signer(&self) -> Result<Option<Signer>, CliError> {
        let Some(name) = &self.settings.signer else { return Ok(None) };
        let key = self.store.find(name, Purpose::Sign)?;
        let secret = key.info().secret;
        let passphrase = match self.environment(true) {
            Some(given) => Some(given),
            None if self.settings.use_agent || secret == SecretState::Open => None,
            None => {
                self.progress.finish();
                let prompt = format!("Passphrase of the signing key {}: ", key.key_id());
                passphrase::once(&self.around, &*self.ask, &prompt)?
            }
        };
        Ok(Some(Signer { key, passphrase }))
    }

    /// SIGN_PASSPHRASE or PASSPHRASE, or the other one where the signing key is also encrypted to.
    fn environment(&self, signing: bool) -> Option<Sensitive<String>> {
        let (own, other) =
            if signing { ("SIGN_PASSPHRASE", "PASSPHRASE") } else { ("PASSPHRASE", "SIGN_PASSPHRASE") };
        if let Some(given) = self.around.secret(own) {
            return Some(given);
        }
        let signer = self.settings.signer.as_ref()?;
        let shared = self.settings.recipients.iter().any(|(recipient, _)| recipient == signer);
        if shared { self.around.secret(other) } else { None }
    }

    /// The passphrase of a symmetric backup.
    fn to_encrypt(&self, fresh: bool) -> Result<Sensitive<String>, CliError> {
        if let Some(given) = self.environment(false) {
            if given.reveal().is_empty() {
                return Err(CliError::own(
                    Code::PassphraseNeeded,
                    "PASSPHRASE is empty, and a backup cannot be encrypted with nothing",
                    "Set PASSPHRASE, name a key with --encrypt-key, or say --no-encryption.",
                ));
            }
            return Ok(given);
        }
        let mut typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(typed) = &*typed {
            return Ok(typed.clone());
        }
        let asked = if fresh || !self.around.can_ask {
            passphrase::twice(&self.around, &*self.ask, "the backup")?
        } else {
            self.ask.ask("Passphrase of the backup: ")?
        };
        *typed = Some(asked.clone());
        Ok(asked)
    }

    /// The passphrase to open what is encrypted; none when no key that was named needs one, or nobody can be asked.
    fn to_open(&self) -> Result<Option<Sensitive<String>>, Error> {
        if let Some(given) = self.environment(false) {
            return Ok(Some(given));
        }
        let mut typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        if typed.is_some() || self.settings.use_agent || self.opens_without() {
            return Ok(typed.clone());
        }
        self.progress.finish();
        let prompt = if self.settings.recipients.is_empty() {
            "Passphrase of the backup (nothing, if its key has none): "
        } else {
            "Passphrase of the key: "
        };
        *typed = passphrase::once(&self.around, &*self.ask, prompt)?;
        Ok(typed.clone())
    }

    /// Whether a key that was named on the command line opens without a passphrase.
    fn opens_without(&self) -> bool {
        self.settings.recipients.iter().any(|(name, _)| {
            let key = self.store.find(name, Purpose::Decrypt);
            key.is_ok_and(|key| key.info().secret == SecretState::Open)
        })
    }
}
