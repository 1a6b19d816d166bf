//! How a profile's objects are sealed and opened. With a key: encrypted to it, signed by it, and opened only if it
//! signed. With a passphrase: encrypted with it, which nobody else can do either. What is not encrypted at all is
//! never read as part of a profile's backup, unless the person goes on without that promise.

use super::{RunError, Runner};
use crate::{Profile, Protection};
use backtrail_base::Sensitive;
use backtrail_engine::backup::Protection as Sealing;
use backtrail_engine::{Context, EngineError, LazyOpener};
use backtrail_format::names::{Encoding, FileKind, FileName};
use backtrail_pgp::{
    Compression, Error, KeyStore, OpenWith, Opener, Purpose, Recipient, SealPolicy, Sealer, SecretState,
    Signer, Warning,
};

/// Who is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// Only what was sealed and signed for this profile. What was not is an error: `unsigned` or `other-signer`.
    Pinned,
    /// Whoever wrote it, because the person said so. Rights that could hurt are then not restored: owners, setuid bits,
    /// devices.
    Anyone,
}

impl Runner {
    /// What opens the objects of a profile, when one must be read.
    pub(super) fn opener(&self, profile: &Profile, trust: Trust) -> LazyOpener {
        let (secrets, id, protection) =
            (self.secrets.clone(), profile.id.clone(), profile.protection.clone());
        let opener = LazyOpener::new(move || {
            let keys = secrets.keys();
            let needed = match &protection {
                Protection::Key { fingerprint } => needs_passphrase(&keys, fingerprint)?,
                Protection::Passphrase => true,
            };
            let passphrase = if needed { Some(secrets.passphrase(&id).map_err(as_pgp)?) } else { None };
            let expected_signer = match (&protection, trust) {
                (Protection::Key { fingerprint }, Trust::Pinned) => Some(fingerprint.clone()),
                _ => None,
            };
            Opener::new(OpenWith { passphrase, keys, expected_signer, accept_unprotected: false })
        });
        match trust {
            Trust::Pinned => opener.sealed_only(),
            Trust::Anyone => opener,
        }
    }

    /// Fails while the passphrase of a profile cannot be had without asking; nothing is read but the keyring.
    ///
    /// # Errors
    /// [`RunError::Secrets`]: locked, absent and missing, told apart. [`RunError::Pgp`] when the key is not here.
    pub fn secrets_ready(&self, profile: &Profile) -> Result<(), RunError> {
        self.passphrase(profile).map(drop)
    }

    /// The passphrase, or none where the key lies open.
    pub(super) fn passphrase(&self, profile: &Profile) -> Result<Option<Sensitive<String>>, RunError> {
        let needed = match &profile.protection {
            Protection::Key { fingerprint } => needs_passphrase(&self.secrets.keys(), fingerprint)?,
            Protection::Passphrase => true,
        };
        Ok(if needed { Some(self.secrets.passphrase(&profile.id)?) } else { None })
    }

    /// How the objects of a new set are sealed, and what is weak about it.
    pub(super) fn sealing(&self, profile: &Profile) -> Result<(Sealing, Vec<Warning>), RunError> {
        let passphrase = self.passphrase(profile)?;
        let compression = match profile.limits.compression_level {
            None => Compression::default(),
            Some(0) => Compression::None,
            Some(level) => Compression::Deflate { level: u32::from(level.min(9)) },
        };
        let policy = match &profile.protection {
            Protection::Key { fingerprint } => {
                let keys = self.secrets.keys();
                let recipient = Recipient { key: keys.find(fingerprint, Purpose::Encrypt)?, hidden: false };
                let signer = Signer { key: keys.find(fingerprint, Purpose::Sign)?, passphrase };
                SealPolicy {
                    recipients: vec![recipient],
                    passphrase: None,
                    signer: Some(signer),
                    compression,
                }
            }
            Protection::Passphrase => {
                SealPolicy { recipients: Vec::new(), passphrase, signer: None, compression }
            }
        };
        let sealer = Sealer::new(&policy)?;
        let warnings = sealer.warnings().to_vec();
        Ok((Sealing::Pgp(sealer), warnings))
    }

    /// Fails when the backups that are there open with another passphrase: nobody could restore a chain of two. An
    /// increment reads nothing that is encrypted while the archive folder is current.
    pub(super) fn check_passphrase(&self, ctx: &Context, profile: &Profile) -> Result<(), RunError> {
        if profile.protection != Protection::Passphrase {
            // A key's passphrase has proved itself by signing.
            return Ok(());
        }
        let manifests = ctx.destination.list()?.into_iter().filter_map(|object| {
            let parsed = FileName::parse(&ctx.prefixes, &object.name, ctx.time_separator)?;
            match parsed.kind {
                FileKind::Manifest { set } if parsed.encoding == Encoding::Pgp => Some((set, object.name)),
                _ => None,
            }
        });
        let Some((_, newest)) = manifests.max_by_key(|(set, _)| *set) else { return Ok(()) };
        match ctx.opener.get()?.open(ctx.destination.read(&newest)?) {
            Err(Error::WrongPassphrase { .. }) => {
                Err(RunError::OtherPassphrase { place: profile.place.label.clone() })
            }
            // Anything else is no mistake of the person's; what matters shows when the manifest is needed.
            _ => Ok(()),
        }
    }
}

fn needs_passphrase(keys: &KeyStore, fingerprint: &str) -> Result<bool, Error> {
    Ok(keys.find(fingerprint, Purpose::Any)?.info().secret != SecretState::Open)
}

/// What the keyring said, where only an error of keys can be returned: the caller has asked before, so that this is a
/// keyring that was locked meanwhile.
fn as_pgp(error: crate::secrets::Error) -> Error {
    match error {
        crate::secrets::Error::Pgp(error) => error,
        crate::secrets::Error::Io(error) => Error::Io(error),
        other => Error::PassphraseNeeded { what: format!("the backup ({other})") },
    }
}

/// Whether an error says that somebody else wrote what was read.
pub(super) fn is_distrust(error: &EngineError) -> bool {
    use backtrail_base::{Code, Coded};
    matches!(error.code(), Code::Unsigned | Code::OtherSigner | Code::BadSignature)
}
