//! Unlocking secret keys with a passphrase.

use crate::{Error, Result};
use backtrail_base::Sensitive;
use sequoia_openpgp::crypto::S2K;
use sequoia_openpgp::packet::Key;
use sequoia_openpgp::packet::key::{SecretKeyMaterial, SecretParts, UnspecifiedRole};

/// A secret key packet.
pub(crate) type SecretKey = Key<SecretParts, UnspecifiedRole>;

/// Whether there is a secret in it at all: GnuPG leaves a stub for keys that are on a card or kept elsewhere.
pub(crate) fn is_usable(key: &SecretKey) -> bool {
    match key.secret() {
        SecretKeyMaterial::Unencrypted(_) => true,
        SecretKeyMaterial::Encrypted(encrypted) => {
            !matches!(encrypted.s2k(), S2K::Private { .. } | S2K::Unknown { .. })
        }
    }
}

/// The key with its secret readable. Takes 50–90 ms for a protected key: do it once a run.
pub(crate) fn unlock(key: SecretKey, passphrase: Option<&Sensitive<String>>) -> Result<SecretKey> {
    if key.has_unencrypted_secret() {
        return Ok(key);
    }
    let what = || format!("the key {}", key.keyid().to_hex());
    let passphrase = passphrase.ok_or_else(|| Error::PassphraseNeeded { what: what() })?;
    key.clone()
        .decrypt_secret(&passphrase.reveal().as_str().into())
        .map_err(|_| Error::WrongPassphrase { what: what() })
}
