//! Messages decrypted and checked here.

use super::{SignatureState, Signed, With};
use crate::cfb::{self, Decrypted};
use crate::frame::Body;
use crate::peek::{Failure, cause};
use crate::policy;
use crate::session::Candidate;
use crate::{Error, Result, Warning};
use sequoia_openpgp as openpgp;
use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::packet::{PKESK, SKESK};
use sequoia_openpgp::parse::Parse as _;
use sequoia_openpgp::parse::stream::{
    DecryptionHelper, Decryptor, DecryptorBuilder, MessageLayer, MessageStructure, VerificationError,
    VerificationHelper, VerificationResult, Verifier, VerifierBuilder,
};
use sequoia_openpgp::types::SymmetricAlgorithm;
use sequoia_openpgp::{Cert, KeyHandle};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

/// How much is held back until the message proved whole: smaller messages are checked before a byte is given out.
const HELD_BACK: usize = 128 << 10;

/// A message being decrypted here.
pub(super) struct NativeReader {
    engine: Engine,
    failure: Failure,
}

/// Who decrypts.
enum Engine {
    /// This crate, and sequoia reads what is inside. The flag says whether the integrity code held.
    Own(Verifier<'static, Judge>, Arc<AtomicBool>),
    /// Sequoia: old ciphers, newer kinds of messages, armour.
    Sequoia(Decryptor<'static, Judge>),
}

/// Answers sequoia's questions about one message.
struct Judge {
    /// Where a refusal is left: sequoia passes on that there was one, not always which.
    failure: Failure,
    with: Arc<With>,
    candidates: Vec<Candidate>,
    /// Whether the message is for passphrases only, so that data that does not open means a wrong one.
    symmetric: bool,
    state: SignatureState,
    warnings: Vec<Warning>,
}

impl NativeReader {
    pub(super) fn open(
        with: &Arc<With>,
        candidates: Vec<Candidate>,
        symmetric: bool,
        common: bool,
        message: impl Read + Send + Sync + 'static,
        failure: Failure,
    ) -> Result<Self> {
        let judge = Judge {
            failure: Arc::clone(&failure),
            with: Arc::clone(with),
            candidates,
            symmetric,
            state: SignatureState::Unsigned,
            warnings: Vec::new(),
        };
        let own = common && judge.candidates.iter().all(|(cipher, _)| cipher.is_some_and(cfb::reads));
        let engine = if own { judge.open_here(message) } else { judge.open_with_sequoia(message) }
            .map_err(|error| cause(&failure, Error::from_sequoia(error, Error::damaged)))?;
        Ok(Self { engine, failure })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let result = match &mut self.engine {
            Engine::Own(verifier, _) => verifier.read(buffer),
            Engine::Sequoia(decryptor) => decryptor.read(buffer),
        };
        match (result, &self.engine) {
            (Ok(0), Engine::Own(_, whole)) if !whole.load(Ordering::Acquire) => {
                Err(Error::damaged("it was not read to its end"))
            }
            (Ok(length), _) => Ok(length),
            (Err(error), _) => Err(cause(&self.failure, Error::from_sequoia_io(error, Error::damaged))),
        }
    }

    fn judge(&self) -> &Judge {
        match &self.engine {
            Engine::Own(verifier, _) => verifier.helper_ref(),
            Engine::Sequoia(decryptor) => decryptor.helper_ref(),
        }
    }

    pub(super) fn signature(&self) -> &SignatureState {
        &self.judge().state
    }

    pub(super) fn warnings(&self) -> &[Warning] {
        &self.judge().warnings
    }
}

impl Judge {
    /// Decrypts here; sequoia reads the signed, compressed or literal packets inside.
    fn open_here(self, message: impl Read + Send + Sync + 'static) -> openpgp::Result<Engine> {
        let whole = Arc::new(AtomicBool::new(false));
        let body = Body::of_encrypted_data(message)?;
        let decrypted = Decrypted::begin(body, &self.candidates, Arc::clone(&whole))?;
        let content = decrypted.ok_or_else(|| self.no_key_fits())?;
        // What sequoia sees of a failure is its text; the failure itself is kept beside.
        let content = Kept { reader: content, failure: Arc::clone(&self.failure) };
        let verifier = VerifierBuilder::from_reader(content)?.buffer_size(HELD_BACK).with_policy(
            policy::tolerant(),
            None,
            self,
        )?;
        Ok(Engine::Own(verifier, whole))
    }

    fn open_with_sequoia(self, message: impl Read + Send + Sync + 'static) -> openpgp::Result<Engine> {
        let decryptor = DecryptorBuilder::from_reader(message)?.buffer_size(HELD_BACK).with_policy(
            policy::tolerant(),
            None,
            self,
        )?;
        Ok(Engine::Sequoia(decryptor))
    }

    fn no_key_fits(&self) -> Error {
        match self.symmetric {
            true => Error::WrongPassphrase { what: "the message".to_owned() },
            false => Error::damaged("its session key does not open its data"),
        }
    }
}

/// Keeps the first failure of a reader as it was.
struct Kept<R> {
    reader: R,
    failure: Failure,
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| {
            let (kind, text) = (error.kind(), error.to_string());
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert(error);
            io::Error::new(kind, text)
        })
    }
}

impl DecryptionHelper for Judge {
    fn decrypt(
        &mut self,
        _: &[PKESK],
        _: &[SKESK],
        _: Option<SymmetricAlgorithm>,
        decrypt: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> openpgp::Result<Option<Cert>> {
        for (cipher, key) in std::mem::take(&mut self.candidates) {
            if decrypt(cipher, &key) {
                self.warnings.extend(cipher.and_then(policy::cipher_warning));
                return Ok(None);
            }
        }
        Err(self.no_key_fits().into())
    }
}

impl VerificationHelper for Judge {
    fn get_certs(&mut self, ids: &[KeyHandle]) -> openpgp::Result<Vec<Cert>> {
        let mut certs = Vec::new();
        for id in ids {
            // A key that cannot be looked for is a key that is not here: the signature then is of unknown worth.
            let keys = self.with.keyring.named(id).unwrap_or_default();
            certs.extend(keys.into_iter().map(|key| key.cert.as_ref().clone()));
        }
        Ok(certs)
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> openpgp::Result<()> {
        let mut found = Vec::new();
        for layer in structure {
            if let MessageLayer::SignatureGroup { results } = layer {
                found.extend(results.iter().map(signed));
            }
        }
        if let Some(bad) = found.iter().find(|signed| matches!(signed.state, SignatureState::Bad { .. })) {
            self.state = bad.state.clone();
        }
        match self.with.judge(&found) {
            Ok(state) => {
                self.state = state;
                Ok(())
            }
            Err(refusal) => {
                let text = refusal.to_string();
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal.into());
                Err(anyhow::anyhow!(text))
            }
        }
    }
}

/// What sequoia found of one signature.
fn signed(result: &VerificationResult<'_>) -> Signed {
    let issuers = |signature: &openpgp::packet::Signature| -> Vec<String> {
        signature.get_issuers().iter().map(KeyHandle::to_hex).collect()
    };
    let id = |signature: &openpgp::packet::Signature| {
        let names = issuers(signature);
        let name = names.iter().max_by_key(|name| name.len()).cloned().unwrap_or_else(|| "nobody".to_owned());
        name.get(name.len().saturating_sub(16)..).unwrap_or_default().to_owned()
    };
    let unknown = |signature: &openpgp::packet::Signature, reason: String| Signed {
        state: SignatureState::Unknown { key_id: id(signature), reason },
        names: issuers(signature),
    };
    let words = |error: &anyhow::Error| crate::error::one_line(&format!("{error:#}"));
    match result {
        Ok(good) => {
            let cert = good.ka.cert();
            let key = good.ka.key();
            let user_id = cert.with_policy(policy::tolerant(), None).ok().and_then(|valid| {
                valid
                    .primary_userid()
                    .ok()
                    .map(|ua| String::from_utf8_lossy(ua.userid().value()).into_owned())
            });
            Signed {
                state: SignatureState::Good {
                    fingerprint: cert.fingerprint().to_hex(),
                    key_id: key.keyid().to_hex(),
                    user_id,
                },
                names: vec![cert.fingerprint().to_hex(), key.fingerprint().to_hex()],
            }
        }
        Err(VerificationError::MissingKey { sig }) => unknown(sig, "its key is not here".to_owned()),
        Err(
            VerificationError::UnboundKey { sig, error, .. } | VerificationError::BadKey { sig, error, .. },
        ) => unknown(sig, words(error)),
        Err(VerificationError::BadSignature { sig, error, .. }) => {
            match error.downcast_ref::<openpgp::Error>() {
                // A digest too weak to be trusted says nothing either way.
                Some(openpgp::Error::PolicyViolation(..)) => unknown(sig, words(error)),
                _ => Signed { state: SignatureState::Bad { key_id: id(sig) }, names: issuers(sig) },
            }
        }
        Err(VerificationError::MalformedSignature { sig, .. }) => {
            Signed { state: SignatureState::Bad { key_id: id(sig) }, names: issuers(sig) }
        }
        Err(_) => Signed {
            state: SignatureState::Unknown {
                key_id: "unknown".to_owned(),
                reason: "its form is not known".to_owned(),
            },
            names: Vec::new(),
        },
    }
}
