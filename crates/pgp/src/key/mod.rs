//! Keys: making, importing, exporting, describing and finding them. A [`Key`] is an OpenPGP certificate, with its
//! secret part if that is known here, and with the word whether GnuPG holds it. Validity is judged at the real
//! time, whatever clock a run is given.

mod change;
pub(crate) mod describe;
mod import;
mod make;
mod name;
mod store;
pub(crate) mod unlock;

pub use describe::{Capabilities, KeyInfo, SecretState};
pub use import::{Imported, import};
pub use make::NewKey;
pub use store::KeyStore;

use crate::{Error, Gnupg, Result};
use backtrail_base::Sensitive;
use sequoia_openpgp::Cert;
use sequoia_openpgp::serialize::SerializeInto as _;
use std::sync::Arc;

/// What a key is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To encrypt to it.
    Encrypt,
    /// To sign with its secret part.
    Sign,
    /// To open messages with its secret part; expired and revoked keys serve too.
    Decrypt,
    /// To show, export or change it.
    Any,
}

/// A key. Cheap to clone.
#[derive(Clone)]
pub struct Key {
    pub(crate) cert: Arc<Cert>,
    /// The GnuPG that can be asked, if there is one.
    pub(crate) gnupg: Option<Arc<Gnupg>>,
    /// Whether GnuPG holds the secret part.
    pub(crate) secret_in_gnupg: bool,
}

impl Key {
    pub(crate) fn new(cert: Cert) -> Self {
        Self { cert: Arc::new(cert), gnupg: None, secret_in_gnupg: false }
    }

    /// The fingerprint, upper-case hexadecimal: 40 digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.cert.fingerprint().to_hex()
    }

    /// The key id, the last 16 digits of the fingerprint.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.cert.keyid().to_hex()
    }

    /// Whether the secret part is here, as opposed to absent or only in GnuPG.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.cert.is_tsk()
    }

    /// The public part, armoured, as `gpg --export --armor` gives it.
    ///
    /// # Errors
    /// The key holds something that cannot be written, which no key read here does.
    pub fn export_public(&self) -> Result<Vec<u8>> {
        let public = self.cert.as_ref().clone().strip_secret_key_material();
        public.armored().to_vec().map_err(|error| Error::invalid("the key", format!("{error:#}")))
    }

    /// The secret part, armoured, as `gpg --export-secret-keys --armor` gives it: protected by its passphrase if
    /// it has one.
    ///
    /// # Errors
    /// `NoSecretKey` when it is not here.
    pub fn export_secret(&self) -> Result<Sensitive<Vec<u8>>> {
        if !self.has_secret() {
            return Err(Error::NoSecretKey { ids: vec![self.key_id()] });
        }
        let bytes = self
            .cert
            .as_tsk()
            .armored()
            .to_vec()
            .map_err(|error| Error::invalid("the key", format!("{error:#}")))?;
        Ok(Sensitive::new(bytes))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("fingerprint", &self.fingerprint())
            .field("has_secret", &self.has_secret())
            .field("secret_in_gnupg", &self.secret_in_gnupg)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Key {
    /// Keys are the same when their fingerprints are.
    fn eq(&self, other: &Self) -> bool {
        self.cert.fingerprint() == other.cert.fingerprint()
    }
}

impl Eq for Key {}
