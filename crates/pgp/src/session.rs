//! Finding a message's session key: with the secret keys that are here, with the passphrase, or through GnuPG.
//! What is costly is done once a run and remembered: stretching a passphrase (one S2K with one salt), unlocking a
//! secret key, fetching one from GnuPG, looking for a key.

use crate::key::unlock;
use crate::peek::Head;
use crate::{Error, Gnupg, KeyStore, Result};
use crate::{cfb, key::Key};
use backtrail_base::Sensitive;
use sequoia_openpgp::crypto::{KeyPair, S2K, SessionKey};
use sequoia_openpgp::packet::{PKESK, SKESK};
use sequoia_openpgp::serialize::{MarshalInto as _, Serialize as _};
use sequoia_openpgp::types::{HashAlgorithm, SymmetricAlgorithm};
use sequoia_openpgp::{Cert, Fingerprint, KeyHandle, Packet};
use sha1::{Digest as _, Sha1};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A session key that may be the one, with the cipher where that is known.
pub(crate) type Candidate = (Option<SymmetricAlgorithm>, SessionKey);

/// Each costs up to 0.1 s of stretching: a message with more is hostile.
const MOST_PASSPHRASES: usize = 8;
/// As many KiB of memory as an Argon2 S2K may ask for, as an exponent: 2 GiB, what RFC 9580 recommends at most.
const MOST_ARGON2_MEMORY: u8 = 21;

/// What can open messages, with what was found out so far.
pub(crate) struct Keyring {
    pub(crate) store: KeyStore,
    passphrase: Option<Sensitive<String>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Stretched passphrases, by S2K and key length.
    stretched: HashMap<(Vec<u8>, usize), SessionKey>,
    /// Unlocked secret keys.
    unlocked: HashMap<Fingerprint, KeyPair>,
    /// Secret keys fetched from GnuPG, by the primary key's fingerprint; none where that failed.
    fetched: HashMap<Fingerprint, Option<Cert>>,
    /// What looking for a key gave.
    looked_up: HashMap<String, Vec<Key>>,
}

impl Keyring {
    pub(crate) fn new(store: KeyStore, passphrase: Option<Sensitive<String>>) -> Self {
        let passphrase = passphrase.filter(|passphrase| !passphrase.reveal().is_empty());
        Self { store, passphrase, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys that a message or a signature names, looked for once.
    pub(crate) fn named(&self, handle: &KeyHandle) -> Result<Vec<Key>> {
        if let Some(keys) = self.known().looked_up.get(&handle.to_hex()) {
            return Ok(keys.clone());
        }
        let keys = self.store.by_handle(handle)?;
        self.known().looked_up.insert(handle.to_hex(), keys.clone());
        Ok(keys)
    }

    /// The session keys that may open the message, never none.
    ///
    /// # Errors
    /// `WrongPassphrase`, `PassphraseNeeded`, `NoSecretKey`, `KeyUnusable`, `Gpg`.
    pub(crate) fn session_keys(&self, head: &Head) -> Result<Vec<Candidate>> {
        let mut failure = None;
        for pkesk in &head.pkesks {
            match self.with_own_key(pkesk) {
                Ok(Some(found)) => return Ok(vec![found]),
                Ok(None) => {}
                Err(error) => failure = worse(failure, error),
            }
        }
        let mut candidates = Vec::new();
        for skesk in head.skesks.iter().take(MOST_PASSPHRASES) {
            match self.with_passphrase(skesk) {
                Ok(found) => candidates.push(found),
                Err(error) => failure = worse(failure, error),
            }
        }
        if !candidates.is_empty() {
            return Ok(candidates);
        }
        if !head.pkesks.is_empty() {
            match self.through_gnupg(head) {
                Ok(Some(found)) => return Ok(vec![found]),
                Ok(None) => {}
                Err(error) => failure = worse(failure, error),
            }
        }
        Err(failure.unwrap_or_else(|| Error::NoSecretKey {
            ids: head
                .pkesks
                .iter()
                .map(|pkesk| pkesk.recipient().map_or_else(|| "hidden".to_owned(), |id| id.to_hex()))
                .collect(),
        }))
    }

    /// The session key, if a secret key that is here (or comes from GnuPG once a run) opens it.
    fn with_own_key(&self, pkesk: &PKESK) -> Result<Option<Candidate>> {
        let mut failure = None;
        let keys = match pkesk.recipient() {
            Some(handle) => self.named(&handle)?,
            None => self.store.with_secret()?,
        };
        for key in keys {
            let mut cert = key.cert.as_ref().clone();
            if !key.has_secret() && key.secret_in_gnupg {
                match self.fetch(&key) {
                    Ok(Some(fetched)) => cert = fetched,
                    Ok(None) => continue,
                    Err(error) => {
                        failure = worse(failure, error);
                        continue;
                    }
                }
            }
            for ka in cert.keys().secret() {
                let secret = ka.key();
                let named = pkesk.recipient().is_none_or(|handle| secret.key_handle().aliases(&handle));
                if !named || secret.pk_algo() != pkesk.pk_algo() || !unlock::is_usable(secret) {
                    continue;
                }
                if !secret.pk_algo().is_supported() {
                    let reason = "its algorithm is known to GnuPG only: import it there".to_owned();
                    failure = worse(failure, Error::KeyUnusable { key: key.fingerprint(), reason });
                    continue;
                }
                match self.pair(secret) {
                    Ok(mut pair) => {
                        if let Some((cipher, session_key)) = pkesk.decrypt(&mut pair, None) {
                            return Ok(Some((cipher, session_key)));
                        }
                        if pkesk.recipient().is_some() {
                            let detail = "the key it names does not open its session key";
                            failure = worse(failure, Error::damaged(detail));
                        }
                    }
                    Err(error) => failure = worse(failure, error),
                }
            }
        }
        failure.map_or(Ok(None), Err)
    }

    /// The key, unlocked once a run.
    fn pair(&self, secret: &unlock::SecretKey) -> Result<KeyPair> {
        let fingerprint = secret.fingerprint();
        if let Some(pair) = self.known().unlocked.get(&fingerprint) {
            return Ok(pair.clone());
        }
        let pair = unlock::unlock(secret.clone(), self.passphrase.as_ref())?
            .into_keypair()
            .map_err(|error| Error::invalid("the secret key", format!("{error:#}")))?;
        self.known().unlocked.insert(fingerprint, pair.clone());
        Ok(pair)
    }

    /// The secret key from GnuPG, fetched once a run; none where only gpg itself can use it.
    fn fetch(&self, key: &Key) -> Result<Option<Cert>> {
        let Some(gnupg) = &key.gnupg else {
            return Ok(None);
        };
        if gnupg.use_agent && self.passphrase.is_none() {
            return Ok(None);
        }
        let fingerprint = key.cert.fingerprint();
        if let Some(fetched) = self.known().fetched.get(&fingerprint) {
            return Ok(fetched.clone());
        }
        let fetched = match gnupg.export_secret(&key.fingerprint(), self.passphrase.as_ref()) {
            Ok(cert) => Some(cert),
            Err(error @ (Error::WrongPassphrase { .. } | Error::PassphraseNeeded { .. })) => {
                return Err(error);
            }
            Err(_) => None,
        };
        self.known().fetched.insert(fingerprint, fetched.clone());
        Ok(fetched)
    }

    /// What the passphrase makes of the packet: with a wrapped session key inside it is almost certainly right or
    /// refused; without, only the data tells.
    fn with_passphrase(&self, skesk: &SKESK) -> Result<Candidate> {
        let what = || "the message".to_owned();
        let Some(passphrase) = &self.passphrase else {
            return Err(Error::PassphraseNeeded { what: what() });
        };
        let wrong = || Error::WrongPassphrase { what: what() };
        let damaged = |error: anyhow::Error| Error::damaged(format!("{error:#}"));
        match skesk {
            SKESK::V4(packet) => {
                let cipher = packet.symmetric_algo();
                let esk = packet.esk().map_err(damaged)?;
                if esk.is_some() && cipher != SymmetricAlgorithm::AES256 {
                    check_memory(packet.s2k())?;
                    let (cipher, key) =
                        packet.decrypt(&passphrase.reveal().as_str().into()).map_err(|_| wrong())?;
                    return Ok((Some(cipher), key));
                }
                let length = cipher.key_size().map_err(damaged)?;
                let stretched = self.stretch(packet.s2k(), passphrase, length)?;
                let Some(esk) = esk else {
                    return Ok((Some(cipher), stretched));
                };
                let mut wrapped = esk.to_vec();
                cfb::unwrap(&stretched, &mut wrapped)?;
                let wrapped = SessionKey::from(wrapped);
                let (cipher, key) = wrapped.split_first().ok_or_else(wrong)?;
                let cipher = SymmetricAlgorithm::from(*cipher);
                if cipher.key_size().ok() != Some(key.len()) {
                    return Err(wrong());
                }
                Ok((Some(cipher), SessionKey::from(key)))
            }
            SKESK::V6(packet) => {
                check_memory(packet.s2k())?;
                let key = packet.decrypt(&passphrase.reveal().as_str().into()).map_err(|_| wrong())?;
                Ok((None, key))
            }
            _ => Err(Error::Unsupported { what: "this kind of passphrase encryption".to_owned() }),
        }
    }

    /// Stretches the passphrase, once for each S2K.
    fn stretch(&self, s2k: &S2K, passphrase: &Sensitive<String>, length: usize) -> Result<SessionKey> {
        let damaged = |error: anyhow::Error| Error::damaged(format!("{error:#}"));
        check_memory(s2k)?;
        let name = (s2k.to_vec().map_err(damaged)?, length);
        if let Some(key) = self.known().stretched.get(&name) {
            return Ok(key.clone());
        }
        let key = match s2k {
            S2K::Iterated { hash: HashAlgorithm::SHA1, salt, hash_bytes } => {
                iterated_sha1(salt, *hash_bytes, passphrase.reveal().as_bytes(), length)
            }
            _ => s2k.derive_key(&passphrase.reveal().as_str().into(), length).map_err(damaged)?,
        };
        let mut known = self.known();
        // Messages of stock duplicity have a salt each; a long restore must not keep them all.
        if known.stretched.len() >= 64 {
            known.stretched.clear();
        }
        known.stretched.insert(name, key.clone());
        Ok(key)
    }

    /// The session key as GnuPG's agent or card gives it.
    fn through_gnupg(&self, head: &Head) -> Result<Option<Candidate>> {
        let Some(gnupg) = self.store.shared_gnupg().filter(|gnupg| Gnupg::has_home(gnupg)) else {
            return Ok(None);
        };
        let mut packets = Vec::new();
        for pkesk in &head.pkesks {
            let concerns = match pkesk.recipient() {
                // Hidden recipients: gpg tries every secret key it has.
                None => true,
                Some(handle) => self.named(&handle)?.iter().any(|key| key.secret_in_gnupg),
            };
            if concerns {
                Packet::from(pkesk.clone())
                    .serialize(&mut packets)
                    .map_err(|error| Error::damaged(format!("{error:#}")))?;
            }
        }
        if packets.is_empty() {
            return Ok(None);
        }
        match gnupg.session_key(&packets, self.passphrase.as_ref()) {
            Ok((cipher, key)) => Ok(Some((Some(cipher), key))),
            Err(Error::NoSecretKey { .. } | Error::GpgMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The S2K that gpg writes (RFC 4880 3.7.1.3 with SHA-1), four times as fast as sequoia's, which always looks for
/// collisions: each of stock duplicity's volumes has a salt of its own and costs one.
fn iterated_sha1(salt: &[u8; 8], bytes: u32, passphrase: &[u8], length: usize) -> SessionKey {
    let unit = [salt, passphrase].concat();
    let bytes = (bytes as usize).max(unit.len());
    // Whole repetitions, so that one can follow the other.
    let stretch = Sensitive::new(unit.repeat((32 * 1024 / unit.len()).max(1)));
    let unit = Sensitive::new(unit);
    debug_assert!(stretch.reveal().len() % unit.reveal().len() == 0, "repetitions are whole");
    let mut key = Vec::with_capacity(length.next_multiple_of(20));
    for round in 0.. {
        if key.len() >= length {
            break;
        }
        let mut hash = Sha1::new();
        hash.update(vec![0; round]);
        let mut left = bytes;
        while left > 0 {
            let take = left.min(stretch.reveal().len());
            hash.update(&stretch.reveal()[..take]);
            left -= take;
        }
        key.extend_from_slice(&hash.finalize());
    }
    key.truncate(length);
    SessionKey::from(key)
}

/// Refuses an S2K that asks for more memory than any sensible writer.
fn check_memory(s2k: &S2K) -> Result<()> {
    match s2k {
        S2K::Argon2 { m, .. } if *m > MOST_ARGON2_MEMORY => {
            Err(Error::damaged("its passphrase protection asks for more than 2 GiB of memory"))
        }
        _ => Ok(()),
    }
}

/// Of two failures, the one that says more about what to do.
fn worse(one: Option<Error>, other: Error) -> Option<Error> {
    let rank = |error: &Error| match error {
        Error::WrongPassphrase { .. } => 5,
        Error::PassphraseNeeded { .. } => 4,
        Error::KeyUnusable { .. } => 3,
        Error::Gpg { .. } => 2,
        _ => 1,
    };
    match one {
        Some(one) if rank(&one) >= rank(&other) => Some(one),
        _ => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn stretching_here_equals_sequoias(salt: [u8; 8], bytes in 0u32..200_000, passphrase in ".{0,80}",
                                           length in prop::sample::select(vec![16usize, 24, 32])) {
            let s2k = S2K::Iterated { hash: HashAlgorithm::SHA1, salt, hash_bytes: bytes };
            let expected = s2k.derive_key(&passphrase.as_str().into(), length).unwrap();
            prop_assert!(iterated_sha1(&salt, bytes, passphrase.as_bytes(), length) == expected);
        }
    }
}
