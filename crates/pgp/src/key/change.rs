//! Changing a key that is here: its passphrase, its expiry, and the certificate that revokes it.

use super::unlock;
use crate::policy;
use crate::{Error, Key, Result};
use backtrail_base::{Sensitive, Timestamp};
use sequoia_openpgp as openpgp;
use sequoia_openpgp::Packet;
use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::cert::CertRevocationBuilder;
use sequoia_openpgp::cert::amalgamation::key::PrimaryKey as _;
use sequoia_openpgp::serialize::Serialize as _;
use sequoia_openpgp::types::ReasonForRevocation;
use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};

fn failed(error: anyhow::Error) -> Error {
    Error::from_sequoia(error, |detail| Error::invalid("the key", detail))
}

impl Key {
    /// Says whether the passphrase opens every secret part that is here; without a passphrase, whether none is
    /// needed.
    ///
    /// # Errors
    /// `WrongPassphrase`, `PassphraseNeeded`, and `NoSecretKey` when nothing secret is here.
    pub fn test_passphrase(&self, passphrase: Option<&Sensitive<String>>) -> Result<()> {
        if !self.has_secret() {
            return Err(Error::NoSecretKey { ids: vec![self.key_id()] });
        }
        for ka in self.cert.keys().secret() {
            if unlock::is_usable(ka.key()) {
                unlock::unlock(ka.key().clone(), passphrase)?;
            }
        }
        Ok(())
    }

    /// The key under another passphrase, or under none.
    ///
    /// # Errors
    /// As [`Key::test_passphrase`].
    pub fn change_passphrase(
        &self,
        old: Option<&Sensitive<String>>,
        new: Option<&Sensitive<String>>,
    ) -> Result<Self> {
        self.test_passphrase(old)?;
        let mut packets: Vec<Packet> = Vec::new();
        for ka in self.cert.keys().secret() {
            if !unlock::is_usable(ka.key()) {
                continue;
            }
            let mut key = unlock::unlock(ka.key().clone(), old)?;
            if let Some(new) = new.filter(|new| !new.reveal().is_empty()) {
                key = key.encrypt_secret(&new.reveal().as_str().into()).map_err(failed)?;
            }
            packets.push(match ka.primary() {
                true => key.role_into_primary().into(),
                false => key.role_into_subordinate().into(),
            });
        }
        let (cert, _) = self.cert.as_ref().clone().insert_packets(packets).map_err(failed)?;
        Ok(Self { cert: cert.into(), ..self.clone() })
    }

    /// The key with another expiry, none for never. Subkeys that expire by themselves get the same.
    ///
    /// # Errors
    /// As [`Key::test_passphrase`]; `Invalid` when the time is before the key was made.
    pub fn change_expiry(
        &self,
        expires: Option<Timestamp>,
        passphrase: Option<&Sensitive<String>>,
    ) -> Result<Self> {
        let mut signer = self.primary_signer(passphrase)?;
        let at = match expires {
            None => None,
            Some(at) => Some(
                u64::try_from(at.0)
                    .map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds))
                    .map_err(|_| Error::invalid("the expiry", "it lies before 1970"))?,
            ),
        };
        let policy = policy::tolerant();
        let valid = self.cert.with_policy(policy, None).map_err(failed)?;
        let mut packets: Vec<Packet> = valid
            .primary_key()
            .set_expiration_time(&mut signer, at)
            .map_err(failed)?
            .into_iter()
            .map(Packet::from)
            .collect();
        // Subkeys without an expiry of their own follow the primary key.
        for ka in valid.keys().subkeys().revoked(false).filter(|ka| ka.key_expiration_time().is_some()) {
            let mut own = match ka.key().clone().parts_into_secret() {
                Ok(key) if ka.for_signing() && unlock::is_usable(&key.clone().role_into_unspecified()) => {
                    let key = unlock::unlock(key.role_into_unspecified(), passphrase)?;
                    Some(key.into_keypair().map_err(failed)?)
                }
                _ => None,
            };
            let own = own.as_mut().map(|pair| pair as &mut dyn openpgp::crypto::Signer);
            packets.extend(
                ka.set_expiration_time(&mut signer, own, at).map_err(failed)?.into_iter().map(Packet::from),
            );
        }
        let (cert, _) = self.cert.as_ref().clone().insert_packets(packets).map_err(failed)?;
        Ok(Self { cert: cert.into(), ..self.clone() })
    }

    /// A revocation certificate, armoured: importing it anywhere ends the key's life there.
    ///
    /// # Errors
    /// As [`Key::test_passphrase`].
    pub fn revocation(&self, passphrase: Option<&Sensitive<String>>) -> Result<Vec<u8>> {
        let mut signer = self.primary_signer(passphrase)?;
        let signature = CertRevocationBuilder::new()
            .set_reason_for_revocation(ReasonForRevocation::Unspecified, b"made by Backtrail")
            .and_then(|builder| builder.build(&mut signer, &self.cert, None))
            .map_err(failed)?;
        let mut writer = Writer::new(Vec::new(), Kind::PublicKey)?;
        Packet::from(signature).serialize(&mut writer).map_err(failed)?;
        writer.flush()?;
        Ok(writer.finalize()?)
    }

    fn primary_signer(&self, passphrase: Option<&Sensitive<String>>) -> Result<openpgp::crypto::KeyPair> {
        let no_secret = || Error::NoSecretKey { ids: vec![self.key_id()] };
        let primary = self.cert.primary_key().key().clone().parts_into_secret().map_err(|_| no_secret())?;
        if !unlock::is_usable(&primary.clone().role_into_unspecified()) {
            return Err(no_secret());
        }
        unlock::unlock(primary.role_into_unspecified(), passphrase)?.into_keypair().map_err(failed)
    }
}
