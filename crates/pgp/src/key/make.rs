//! Making a key: Ed25519 to certify and sign, Curve25519 to encrypt, after RFC 4880 and announcing only the
//! protection that `gpg` 2.2 reads, so that `gpg --import` takes it and messages to it stay readable.

use crate::{Error, Key, Result};
use backtrail_base::{Sensitive, Timestamp};
use sequoia_openpgp::Profile;
use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
use sequoia_openpgp::types::{Features, KeyFlags};
use std::time::{Duration, UNIX_EPOCH};

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The user id: a name, an address in angle brackets, or both.
    pub user_id: String,
    /// The passphrase of the secret part; none or empty leaves it open.
    pub passphrase: Option<Sensitive<String>>,
    /// When it is made. A time a little in the past spares other computers with slow clocks an unusable key.
    pub created: Timestamp,
    /// When it expires, if ever. A backup's key that expires stops the backups: never is the sound default.
    pub expires: Option<Timestamp>,
}

impl Key {
    /// Makes a key.
    ///
    /// # Errors
    /// `Invalid` for an empty user id or one with control characters, or an expiry that is not after the making.
    pub fn make(new: &NewKey) -> Result<Self> {
        let failed = |detail: String| Error::invalid("the new key", detail);
        let user_id = new.user_id.trim();
        if user_id.is_empty() || user_id.chars().any(char::is_control) {
            return Err(failed("its user id is empty or has control characters".to_owned()));
        }
        let created =
            u64::try_from(new.created.0).map_err(|_| failed("it is made before 1970".to_owned()))?;
        let validity = match new.expires {
            None => None,
            Some(at) => match u32::try_from(at.0.saturating_sub(new.created.0)) {
                Ok(seconds) if seconds > 0 => Some(Duration::from_secs(u64::from(seconds))),
                _ => return Err(failed("it must expire after it is made, within 136 years".to_owned())),
            },
        };
        let passphrase = new.passphrase.as_ref().map(|p| p.reveal().as_str()).filter(|p| !p.is_empty());
        let build = || -> sequoia_openpgp::Result<_> {
            CertBuilder::new()
                .set_profile(Profile::RFC4880)?
                .set_features(Features::empty().set_seipdv1())?
                .set_cipher_suite(CipherSuite::Cv25519)
                .set_creation_time(UNIX_EPOCH + Duration::from_secs(created))
                .set_validity_period(validity)
                .add_userid(user_id)
                .set_primary_key_flags(KeyFlags::empty().set_certification().set_signing())
                .add_subkey(KeyFlags::empty().set_transport_encryption().set_storage_encryption(), None, None)
                .set_password(passphrase.map(Into::into))
                .generate()
        };
        let (cert, _) = build().map_err(|error| failed(format!("{error:#}")))?;
        Ok(Self::new(cert))
    }
}
