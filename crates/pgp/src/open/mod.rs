//! Opening: an encrypted message becomes a stream of its content. An [`Opener`] is made once a run; there keys are
//! unlocked and passphrases stretched once. Content is given out while it is decrypted (the last 128 KiB are held
//! back until the message proved whole), so what was read counts only once the end was reached without an error:
//! damage, truncation and an unexpected signer are always errors, never a clean end.

mod gpg;
mod native;

use crate::error::guarded;
use crate::peek::{Body, Source, cause, peek};
use crate::session::Keyring;
use crate::{Error, KeyStore, Result, Warning};
use backtrail_base::Sensitive;
use std::io::{self, Read};
use std::sync::Arc;

/// What messages are opened with.
#[derive(Debug, Clone)]
pub struct OpenWith {
    /// The passphrase of the messages, or of the secret key that opens them.
    pub passphrase: Option<Sensitive<String>>,
    /// Where secret keys and signers' public keys are looked for.
    pub keys: KeyStore,
    /// Who must have signed: the end of the fingerprint of the key or of its signing subkey, 8 to 40 hexadecimal
    /// digits. None accepts messages that are unsigned or signed by anyone.
    pub expected_signer: Option<String>,
    /// Whether messages without integrity protection, which only old programs write, are opened, through gpg and
    /// with a warning.
    pub accept_unprotected: bool,
}

impl Default for OpenWith {
    fn default() -> Self {
        Self { passphrase: None, keys: KeyStore::default(), expected_signer: None, accept_unprotected: true }
    }
}

/// What is known of a message's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureState {
    /// There is none, or the end was not reached yet.
    Unsigned,
    /// It holds.
    Good {
        /// The fingerprint of the signer's primary key.
        fingerprint: String,
        /// The key id of the key that signed, primary or subkey.
        key_id: String,
        /// The signer's main user id, if it has one.
        user_id: Option<String>,
    },
    /// It cannot be judged.
    Unknown {
        /// The key id of the key that signed, as the message says.
        key_id: String,
        /// Why: the key is not here, or was not valid.
        reason: String,
    },
    /// It does not hold; the read that found it out failed too.
    Bad {
        /// The key id of the key that should have signed.
        key_id: String,
    },
}

/// Opens messages. Cheap to clone and to share between threads.
#[derive(Clone)]
pub struct Opener(Arc<With>);

/// What the messages of a run share.
struct With {
    keyring: Keyring,
    /// Upper-case hexadecimal.
    expected: Option<String>,
    accept_unprotected: bool,
}

impl Opener {
    /// Prepares to open messages. Nothing is asked for and nothing unlocked before a message needs it.
    ///
    /// # Errors
    /// `Invalid` when the expected signer is not a key id.
    pub fn new(with: OpenWith) -> Result<Self> {
        let expected = match with.expected_signer {
            None => None,
            Some(id) => {
                let digits = id.trim().trim_start_matches("0x").trim_end_matches('!').to_ascii_uppercase();
                if digits.len() < 8 || digits.len() > 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(Error::invalid("the expected signer", format!("\"{id}\" is not a key id")));
                }
                Some(digits)
            }
        };
        Ok(Self(Arc::new(With {
            keyring: Keyring::new(with.keys, with.passphrase),
            expected,
            accept_unprotected: with.accept_unprotected,
        })))
    }

    /// Begins to read a message, armoured or binary.
    ///
    /// # Errors
    /// `WrongPassphrase`, `PassphraseNeeded`, `NoSecretKey`, `Invalid` for what is no encrypted message,
    /// `Unsupported`, `Gpg`, and what reading meets.
    pub fn open<R: Read + Send + 'static>(&self, input: R) -> Result<OpenedReader> {
        guarded(|| self.begin(input))
    }

    fn begin<R: Read + Send + 'static>(&self, input: R) -> Result<OpenedReader> {
        let (source, failure) = Source::new(input);
        let (head, message) = peek(source).map_err(|error| cause(&failure, error))?;
        let symmetric = head.pkesks.is_empty();
        if head.body == Body::Unprotected && !self.0.accept_unprotected {
            return Err(Error::damaged("it has no protection against changes"));
        }
        let candidates = self.0.keyring.session_keys(&head)?;
        let native = head.body == Body::Protected
            && candidates.iter().any(|(cipher, _)| cipher.is_none_or(|cipher| cipher.is_supported()));
        let reader = if native {
            native::NativeReader::open(&self.0, candidates, symmetric, head.common, message, failure)
                .map(|reader| Reader::Native(Box::new(reader)))?
        } else {
            gpg::GpgReader::open(&self.0, &candidates, symmetric, head.body, message).map(Reader::Gpg)?
        };
        Ok(OpenedReader { reader, state: State::Reading })
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener").field("expected", &self.0.expected).finish_non_exhaustive()
    }
}

/// A message's content. Only when `read` has returned 0 is what was read known to be whole and, where a signer is
/// expected, to be theirs.
pub struct OpenedReader {
    reader: Reader,
    state: State,
}

enum Reader {
    Native(Box<native::NativeReader>),
    Gpg(gpg::GpgReader),
}

#[derive(PartialEq, Eq)]
enum State {
    Reading,
    Ended,
    Failed,
}

impl OpenedReader {
    /// What is known of the signature, once the end was reached.
    #[must_use]
    pub fn signature(&self) -> &SignatureState {
        match &self.reader {
            Reader::Native(reader) => reader.signature(),
            Reader::Gpg(reader) => reader.signature(),
        }
    }

    /// What is weak about this message.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        match &self.reader {
            Reader::Native(reader) => reader.warnings(),
            Reader::Gpg(reader) => reader.warnings(),
        }
    }
}

impl Read for OpenedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.state {
            State::Ended => return Ok(0),
            State::Failed => return Err(Error::damaged("it could not be read to its end").into()),
            State::Reading if buffer.is_empty() => return Ok(0),
            State::Reading => {}
        }
        let result = guarded(|| match &mut self.reader {
            Reader::Native(reader) => reader.read(buffer),
            Reader::Gpg(reader) => reader.read(buffer),
        });
        match result {
            Ok(0) => self.state = State::Ended,
            Ok(_) => {}
            Err(_) => self.state = State::Failed,
        }
        result.map_err(io::Error::from)
    }
}

impl std::fmt::Debug for OpenedReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedReader").field("signature", self.signature()).finish_non_exhaustive()
    }
}

impl With {
    /// Judges the signatures found against the one expected. The best of them counts.
    fn judge(&self, found: &[Signed]) -> Result<SignatureState> {
        let expected = self.expected.as_deref();
        if let Some(signed) = found.iter().find(|signed| signed.state.is_good() && signed.is_by(expected)) {
            return Ok(signed.state.clone());
        }
        if let Some(expected) = expected {
            let expected = expected.to_owned();
            return Err(match found.first() {
                None => Error::Unsigned { expected },
                Some(Signed { state: SignatureState::Bad { key_id }, .. }) => {
                    Error::BadSignature { signer: key_id.clone() }
                }
                Some(signed) => Error::OtherSigner { expected, found: signed.describe() },
            });
        }
        match found.first() {
            None => Ok(SignatureState::Unsigned),
            Some(Signed { state: SignatureState::Bad { key_id }, .. }) => {
                Err(Error::BadSignature { signer: key_id.clone() })
            }
            Some(signed) => Ok(signed.state.clone()),
        }
    }
}

/// A signature as it was found, with all names its key goes by.
struct Signed {
    state: SignatureState,
    /// Fingerprints and key ids, upper-case.
    names: Vec<String>,
}

impl Signed {
    fn is_by(&self, expected: Option<&str>) -> bool {
        expected.is_none_or(|expected| self.names.iter().any(|name| name.ends_with(expected)))
    }

    fn describe(&self) -> String {
        match &self.state {
            SignatureState::Good { fingerprint, .. } => fingerprint.clone(),
            SignatureState::Unknown { key_id, reason } => format!("{key_id} ({reason})"),
            SignatureState::Bad { key_id } => key_id.clone(),
            SignatureState::Unsigned => "nobody".to_owned(),
        }
    }
}

impl SignatureState {
    /// Whether it holds.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Good { .. })
    }
}
