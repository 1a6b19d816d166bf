//! Deciding how a policy's messages are made: here wherever possible, by gpg where a key asks for it.

use super::gpg::{ThroughGpg, ToFile};
use super::native::{Native, Stretched, To};
use super::{Backend, Compression, SealPolicy, Signer};
use crate::key::describe::{algorithm, curve, encryption_key, signing_keys, weakness_warning};
use crate::key::unlock;
use crate::pool::Pool;
use crate::{Error, Gnupg, Key, Result, Warning};
use sequoia_openpgp::Cert;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::types::{Curve, HashAlgorithm};
use std::io::Write as _;
use std::sync::Arc;

/// How the signature is made.
enum Signing {
    None,
    Here(Box<KeyPair>, HashAlgorithm),
    /// GnuPG alone can do it, for this reason.
    Gnupg(String),
}

/// The way a policy's messages are made.
pub(super) fn backend(policy: &SealPolicy) -> Result<Backend> {
    if policy.recipients.is_empty() && policy.passphrase.is_none() {
        return Err(Error::invalid("the encryption policy", "it names neither a key nor a passphrase"));
    }
    if policy.passphrase.as_ref().is_some_and(|passphrase| passphrase.reveal().is_empty()) {
        return Err(Error::invalid("the passphrase", "it is empty"));
    }
    let mut warnings: Vec<Warning> = Vec::new();
    let mut to = Vec::new();
    let mut reason = None;
    for recipient in &policy.recipients {
        let key = encryption_key(&recipient.key.cert)?;
        if key.version() != 4 {
            return Err(Error::KeyUnusable {
                key: recipient.key.fingerprint(),
                reason: "its version is newer than gpg and duplicity read".to_owned(),
            });
        }
        if !supported(&key) {
            reason = Some(format!("{} keys are not known here", algorithm(&key)));
        }
        warnings.extend(weakness_warning(&recipient.key.cert));
        to.push(To { key, hidden: recipient.hidden });
    }
    let signing = match &policy.signer {
        None => Signing::None,
        Some(signer) => {
            let warning = weakness_warning(&signer.key.cert);
            warnings.extend(warning.filter(|warning| !warnings.contains(warning)));
            signing(signer)?
        }
    };
    match (reason, signing) {
        (None, Signing::None) => native(policy, to, None, warnings),
        (None, Signing::Here(pair, hash)) => native(policy, to, Some((*pair, hash)), warnings),
        (None, Signing::Gnupg(reason)) => through_gpg(policy, false, reason, warnings),
        (Some(reason), signing) => {
            through_gpg(policy, matches!(signing, Signing::Here(..)), reason, warnings)
        }
    }
}

fn native(
    policy: &SealPolicy,
    to: Vec<To>,
    signer: Option<(KeyPair, HashAlgorithm)>,
    warnings: Vec<Warning>,
) -> Result<Backend> {
    let stretched =
        policy.passphrase.as_ref().map(|passphrase| Stretched::new(passphrase.reveal())).transpose()?;
    let pool = match policy.compression {
        Compression::None => None,
        Compression::Deflate { level } => Some(Pool::start(level)?),
    };
    Ok(Backend::Native(Box::new(Native { to, stretched, signer, pool, warnings })))
}

/// Whether sequoia's back end on this system has the key's algorithm and curve.
fn supported<P, R>(key: &sequoia_openpgp::packet::Key<P, R>) -> bool
where
    P: sequoia_openpgp::packet::key::KeyParts,
    R: sequoia_openpgp::packet::key::KeyRole,
{
    key.pk_algo().is_supported() && curve(key.mpis()).is_none_or(Curve::is_supported)
}

/// The secret key that signs, unlocked, or the word that GnuPG must do it.
fn signing(signer: &Signer) -> Result<Signing> {
    let key = &signer.key;
    let candidates = signing_keys(&key.cert)?;
    if let Some(found) = pair(&key.cert, &candidates, signer)? {
        return Ok(found);
    }
    let (true, Some(gnupg)) = (key.secret_in_gnupg, &key.gnupg) else {
        return Err(Error::NoSecretKey { ids: vec![key.key_id()] });
    };
    if gnupg.use_agent && signer.passphrase.is_none() {
        return Ok(Signing::Gnupg("its agent holds the signing key".to_owned()));
    }
    // Fetched once, it signs here, and the data is compressed on all cores.
    match gnupg.export_secret(&key.fingerprint(), signer.passphrase.as_ref()) {
        Ok(secret) => match pair(&secret, &candidates, signer)? {
            Some(found) => Ok(found),
            None => Ok(Signing::Gnupg("the signing key cannot leave it".to_owned())),
        },
        Err(error @ (Error::WrongPassphrase { .. } | Error::PassphraseNeeded { .. })) => Err(error),
        Err(_) => Ok(Signing::Gnupg("the signing key cannot leave it".to_owned())),
    }
}

/// The first of the candidates whose secret part this certificate has.
fn pair(
    cert: &Cert,
    candidates: &[crate::key::describe::BareKey],
    signer: &Signer,
) -> Result<Option<Signing>> {
    for candidate in candidates {
        let secret = cert
            .keys()
            .secret()
            .map(|ka| ka.key())
            .find(|key| key.fingerprint() == candidate.fingerprint() && unlock::is_usable(key));
        let Some(secret) = secret.filter(|key| key.version() == 4 && supported(key)) else {
            continue;
        };
        let hash = digest_for(curve(secret.mpis()));
        let pair = unlock::unlock(secret.clone(), signer.passphrase.as_ref())?
            .into_keypair()
            .map_err(|error| Error::invalid("the signing key", format!("{error:#}")))?;
        return Ok(Some(Signing::Here(Box::new(pair), hash)));
    }
    Ok(None)
}

/// SHA-256 as gpg uses it, and where a curve is larger, a digest that fills it.
fn digest_for(curve: Option<&Curve>) -> HashAlgorithm {
    match curve {
        Some(Curve::NistP384 | Curve::BrainpoolP384) => HashAlgorithm::SHA384,
        Some(Curve::NistP521 | Curve::BrainpoolP512) => HashAlgorithm::SHA512,
        _ => HashAlgorithm::SHA256,
    }
}

fn through_gpg(
    policy: &SealPolicy,
    signer_is_here: bool,
    reason: String,
    mut warnings: Vec<Warning>,
) -> Result<Backend> {
    let signer = policy.signer.as_ref();
    let keys =
        || signer.map(|signer| &signer.key).into_iter().chain(policy.recipients.iter().map(|r| &r.key));
    let gnupg: Arc<Gnupg> = keys()
        .find_map(|key| key.gnupg.clone())
        .ok_or_else(|| Error::Unsupported { what: format!("this without GnuPG ({reason})") })?;
    if signer_is_here && signer.is_some_and(|signer| !signer.key.secret_in_gnupg) {
        return Err(Error::Unsupported {
            what: format!("signing with a key that is not in GnuPG for a recipient that needs it ({reason})"),
        });
    }
    let passphrase = match (&policy.passphrase, signer.and_then(|signer| signer.passphrase.as_ref())) {
        (Some(message), Some(key)) if message != key => {
            return Err(Error::Unsupported {
                what: "a passphrase for the message that differs from the signing key's, with gpg,"
                    .to_owned(),
            });
        }
        (Some(passphrase), _) => Some(passphrase.clone()),
        (None, passphrase) => passphrase.cloned(),
    };
    let mut to = Vec::new();
    for recipient in &policy.recipients {
        to.push(ToFile { file: public_file(&recipient.key)?, hidden: recipient.hidden });
    }
    warnings.push(Warning::ThroughGpg { reason });
    Ok(Backend::Gpg(ThroughGpg {
        gnupg,
        to,
        symmetric: policy.passphrase.is_some(),
        signer: signer.map(|signer| signer.key.fingerprint()),
        passphrase,
        compression: policy.compression,
        warnings,
    }))
}

/// The public key in a temporary file, for gpg to read.
fn public_file(key: &Key) -> Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::with_prefix("backtrail-key-").map_err(Error::Io)?;
    file.write_all(&key.export_public()?)?;
    file.flush()?;
    Ok(file)
}
