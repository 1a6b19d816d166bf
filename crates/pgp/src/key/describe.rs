//! What there is to say about a key: for lists, for choosing, and for refusing one with a reason.

use crate::policy;
use crate::{Error, Key, Purpose, Result, Warning};
use backtrail_base::Timestamp;
use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::ValidCert;
use sequoia_openpgp::crypto::mpi::PublicKey;
use sequoia_openpgp::packet::key::{PublicParts, SecretKeyMaterial, UnspecifiedRole};
use sequoia_openpgp::types::{Curve, PublicKeyAlgorithm, RevocationStatus};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// A key's bare key packet, without its role.
pub(crate) type BareKey = sequoia_openpgp::packet::Key<PublicParts, UnspecifiedRole>;

/// Where the secret part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretState {
    /// Not here.
    None,
    /// Here, without a passphrase.
    Open,
    /// Here, under a passphrase.
    Protected,
    /// In GnuPG, or on a card that GnuPG knows.
    InGnupg,
}

/// What a key can do at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Capabilities {
    /// Messages can be encrypted to it.
    pub encrypt: bool,
    /// It can sign messages.
    pub sign: bool,
    /// It can certify keys.
    pub certify: bool,
}

/// A key, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// The fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
    /// The last 16 digits of the fingerprint.
    pub key_id: String,
    /// The user ids, the main one first.
    pub user_ids: Vec<String>,
    /// The primary key's algorithm as gpg writes it: `rsa3072`, `ed25519`, `dsa1024`.
    pub algorithm: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it expires, if ever.
    pub expires: Option<Timestamp>,
    /// Whether it has expired.
    pub expired: bool,
    /// Whether its owner revoked it.
    pub revoked: bool,
    /// What it can do now.
    pub can: Capabilities,
    /// Where its secret part is.
    pub secret: SecretState,
    /// What is weak about it, as the end of a sentence.
    pub weak: Option<String>,
}

/// The algorithm and size of a key, as gpg writes it.
pub(crate) fn algorithm(key: &BareKey) -> String {
    use PublicKeyAlgorithm as A;
    let bits = key.mpis().bits().unwrap_or(0);
    #[expect(deprecated, reason = "old keys have the old algorithms")]
    match key.pk_algo() {
        A::RSAEncryptSign | A::RSAEncrypt | A::RSASign => format!("rsa{bits}"),
        A::DSA => format!("dsa{bits}"),
        A::ElGamalEncrypt | A::ElGamalEncryptSign => format!("elg{bits}"),
        A::EdDSA => "ed25519".to_owned(),
        A::ECDH | A::ECDSA => match curve(key.mpis()) {
            Some(curve) => curve.to_string().to_lowercase().replace(' ', ""),
            None => "ecc".to_owned(),
        },
        other => other.to_string().to_lowercase(),
    }
}

/// The curve of a key that has one.
pub(crate) fn curve(key: &PublicKey) -> Option<&Curve> {
    match key {
        PublicKey::ECDH { curve, .. } | PublicKey::ECDSA { curve, .. } | PublicKey::EdDSA { curve, .. } => {
            Some(curve)
        }
        _ => None,
    }
}

/// Seconds since 1970.
pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// A reason, from what sequoia says.
fn reason(error: &anyhow::Error) -> String {
    crate::error::one_line(&format!("{error:#}"))
}

/// The certificate as it stands now, also if it is expired or revoked.
pub(crate) fn valid(cert: &Cert) -> Result<ValidCert<'_>> {
    cert.with_policy(policy::tolerant(), None)
        .map_err(|error| Error::KeyUnusable { key: cert.fingerprint().to_hex(), reason: reason(&error) })
}

/// Refuses a key that is expired or revoked, with the reason.
pub(crate) fn alive<'a>(cert: &'a Cert) -> Result<ValidCert<'a>> {
    let unusable = |reason: String| Error::KeyUnusable { key: cert.fingerprint().to_hex(), reason };
    let valid = valid(cert)?;
    if let RevocationStatus::Revoked(_) = valid.revocation_status() {
        return Err(unusable("its owner revoked it".to_owned()));
    }
    valid.alive().map_err(|error| unusable(reason(&error).to_lowercase()))?;
    Ok(valid)
}

/// The keys of a certificate that messages are to be encrypted to: as gpg does, the newest usable one.
pub(crate) fn encryption_key(cert: &Cert) -> Result<BareKey> {
    let valid = alive(cert)?;
    let mut keys: Vec<_> =
        valid.keys().alive().revoked(false).for_transport_encryption().for_storage_encryption().collect();
    if keys.is_empty() {
        // Some keys allow only one of the two kinds of encryption; a backup is content with either.
        keys.extend(valid.keys().alive().revoked(false).for_transport_encryption());
        keys.extend(valid.keys().alive().revoked(false).for_storage_encryption());
    }
    let newest = keys.iter().max_by_key(|key| key.key().creation_time());
    let Some(newest) = newest else {
        return Err(Error::KeyUnusable {
            key: cert.fingerprint().to_hex(),
            reason: "it has no valid key for encryption".to_owned(),
        });
    };
    Ok(newest.key().clone().role_into_unspecified())
}

/// The keys of a certificate that can sign now, the newest first.
pub(crate) fn signing_keys(cert: &Cert) -> Result<Vec<BareKey>> {
    let valid = alive(cert)?;
    let mut keys: Vec<BareKey> =
        valid.keys().alive().revoked(false).for_signing().map(|ka| ka.key().clone()).collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.creation_time()));
    if keys.is_empty() {
        return Err(Error::KeyUnusable {
            key: cert.fingerprint().to_hex(),
            reason: "it has no valid key for signing".to_owned(),
        });
    }
    Ok(keys)
}

/// What is weak about a certificate, as the end of a sentence.
pub(crate) fn weakness(cert: &Cert) -> Option<String> {
    for ka in cert.keys() {
        let key = ka.key();
        let bits = key.mpis().bits().unwrap_or(usize::MAX);
        #[expect(deprecated, reason = "old keys have the old algorithms")]
        let weak = match key.pk_algo() {
            PublicKeyAlgorithm::DSA
            | PublicKeyAlgorithm::ElGamalEncrypt
            | PublicKeyAlgorithm::ElGamalEncryptSign
            | PublicKeyAlgorithm::RSAEncryptSign
            | PublicKeyAlgorithm::RSAEncrypt
            | PublicKeyAlgorithm::RSASign => bits < 2048,
            _ => false,
        };
        if weak {
            let named = algorithm(&key.clone().role_into_unspecified());
            return Some(format!("{named} is too short today"));
        }
    }
    let error = cert.with_policy(policy::strict(), None).err()?;
    // Only what the tolerant policy lets pass is a weakness; the rest is said elsewhere.
    cert.with_policy(policy::tolerant(), None).ok()?;
    let text = reason(&error);
    Some(if text.contains("SHA1") { "its self-signatures use SHA-1".to_owned() } else { text })
}

/// The same as a warning.
pub(crate) fn weakness_warning(cert: &Cert) -> Option<Warning> {
    weakness(cert).map(|reason| Warning::WeakKey { key: cert.fingerprint().to_hex(), reason })
}

impl Key {
    /// Describes the key as it stands now.
    #[must_use]
    pub fn info(&self) -> KeyInfo {
        let cert = self.cert.as_ref();
        let primary = cert.primary_key();
        let valid = valid(cert).ok();
        let mut user_ids: Vec<String> = Vec::new();
        let main = valid.as_ref().and_then(|valid| valid.primary_userid().ok()).map(|ua| ua.userid().clone());
        for id in main.iter().chain(cert.userids().map(|ua| ua.userid())) {
            let text = String::from_utf8_lossy(id.value()).into_owned();
            if !user_ids.contains(&text) {
                user_ids.push(text);
            }
        }
        let expires = valid.as_ref().and_then(|valid| valid.primary_key().key_expiration_time());
        let revoked =
            matches!(valid.as_ref().map(ValidCert::revocation_status), Some(RevocationStatus::Revoked(_)));
        KeyInfo {
            fingerprint: self.fingerprint(),
            key_id: self.key_id(),
            user_ids,
            algorithm: algorithm(&primary.key().clone().role_into_unspecified()),
            created: timestamp(primary.key().creation_time()),
            expires: expires.map(timestamp),
            expired: valid.as_ref().is_some_and(|valid| valid.alive().is_err()),
            revoked,
            can: Capabilities {
                encrypt: encryption_key(cert).is_ok(),
                sign: signing_keys(cert).is_ok(),
                certify: alive(cert).is_ok_and(|valid| valid.keys().for_certification().next().is_some()),
            },
            secret: self.secret_state(),
            weak: weakness(cert),
        }
    }

    fn secret_state(&self) -> SecretState {
        let mut state = if self.secret_in_gnupg { SecretState::InGnupg } else { SecretState::None };
        for ka in self.cert.keys().secret() {
            match ka.key().secret() {
                SecretKeyMaterial::Encrypted(_) => return SecretState::Protected,
                SecretKeyMaterial::Unencrypted(_) => state = SecretState::Open,
            }
        }
        state
    }

    /// Says whether the key can serve, and if not, why.
    ///
    /// # Errors
    /// `KeyUnusable` with the reason (expired, revoked, no such capability), `NoSecretKey` when the secret part
    /// is needed and neither here nor in GnuPG.
    pub fn usable_for(&self, purpose: Purpose) -> Result<()> {
        let secret = || {
            if self.has_secret() || self.secret_in_gnupg {
                Ok(())
            } else {
                Err(Error::NoSecretKey { ids: vec![self.key_id()] })
            }
        };
        match purpose {
            Purpose::Any => Ok(()),
            Purpose::Encrypt => encryption_key(&self.cert).map(drop),
            Purpose::Sign => signing_keys(&self.cert).map(drop).and_then(|()| secret()),
            Purpose::Decrypt => secret(),
        }
    }
}
