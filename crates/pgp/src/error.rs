//! What can go wrong with keys and messages, each told apart, with a stable code and a next step.

use backtrail_base::{Code, Coded};
use std::io;

/// The result of this crate's calls.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of keys or messages. It travels through `io::Error` (reading and writing streams) and comes back out
/// with `Error::from(io_error)`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The passphrase is not the one that opens `what`.
    #[error("the passphrase does not open {what}")]
    WrongPassphrase {
        /// What it should open: the message, or a key by its id.
        what: String,
    },
    /// A passphrase is needed to open `what` and none was given.
    #[error("a passphrase is needed to open {what}")]
    PassphraseNeeded {
        /// What it should open: the message, or a key by its id.
        what: String,
    },
    /// The message is encrypted to keys whose secret part is not here.
    #[error("the secret key that opens this message is not here: {}", ids.join(", "))]
    NoSecretKey {
        /// The key ids the message names (`hidden` for a hidden recipient).
        ids: Vec<String>,
    },
    /// No key has this name.
    #[error("no key matches \"{name}\"")]
    KeyNotFound {
        /// The id, fingerprint, address or name that was asked for.
        name: String,
    },
    /// Several keys have this name.
    #[error("\"{name}\" matches {} keys: {}", matches.len(), matches.join(", "))]
    KeyAmbiguous {
        /// The id, fingerprint, address or name that was asked for.
        name: String,
        /// The fingerprints of those that match.
        matches: Vec<String>,
    },
    /// The key cannot do what is asked of it.
    #[error("the key {key} cannot be used: {reason}")]
    KeyUnusable {
        /// The key's fingerprint.
        key: String,
        /// Why, as the end of a sentence.
        reason: String,
    },
    /// The message carries no signature though one is expected.
    #[error("the message is not signed, but a signature by {expected} is expected")]
    Unsigned {
        /// The expected signer.
        expected: String,
    },
    /// The message is signed, but not by the expected key.
    #[error("the message is signed by {found}, but a signature by {expected} is expected")]
    OtherSigner {
        /// The expected signer.
        expected: String,
        /// Who signed.
        found: String,
    },
    /// A signature does not hold.
    #[error("the signature by {signer} does not hold")]
    BadSignature {
        /// Who is named as the signer.
        signer: String,
    },
    /// An encrypted message is damaged, cut off, or was changed.
    #[error("the encrypted message is damaged: {detail}")]
    Damaged {
        /// What was noticed.
        detail: String,
    },
    /// The bytes are not the OpenPGP message or key they should be.
    #[error("{what} cannot be read: {detail}")]
    Invalid {
        /// What should be there.
        what: String,
        /// What was noticed.
        detail: String,
    },
    /// The gpg program is needed and cannot be started.
    #[error("the gpg program \"{program}\" cannot be started: {source}")]
    GpgMissing {
        /// The program as configured.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The gpg program failed.
    #[error("gpg failed: {detail}")]
    Gpg {
        /// What gpg said, one line.
        detail: String,
    },
    /// Not possible here.
    #[error("{what} is not supported")]
    Unsupported {
        /// What was asked.
        what: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(io::Error),
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::WrongPassphrase { .. } => Code::WrongPassphrase,
            Self::PassphraseNeeded { .. } => Code::PassphraseNeeded,
            Self::NoSecretKey { .. } => Code::NoSecretKey,
            Self::KeyNotFound { .. } => Code::KeyNotFound,
            Self::KeyAmbiguous { .. } => Code::KeyAmbiguous,
            Self::KeyUnusable { .. } => Code::KeyUnusable,
            Self::Unsigned { .. } => Code::Unsigned,
            Self::OtherSigner { .. } => Code::OtherSigner,
            Self::BadSignature { .. } => Code::BadSignature,
            Self::Damaged { .. } => Code::Damaged,
            Self::Invalid { .. } => Code::PgpInvalid,
            Self::GpgMissing { .. } | Self::Gpg { .. } => Code::Gpg,
            Self::Unsupported { .. } => Code::Unsupported,
            Self::Io(_) => Code::Io,
        }
    }

    fn next_step(&self) -> Option<String> {
        Some(match self {
            Self::WrongPassphrase { .. } => "Check the passphrase and try again.".to_owned(),
            Self::PassphraseNeeded { .. } => "Set PASSPHRASE, or type the passphrase when asked.".to_owned(),
            Self::NoSecretKey { .. } => {
                "Import the secret key with `backtrail key import`, or into GnuPG with `gpg --import`."
                    .to_owned()
            }
            Self::KeyNotFound { .. } => {
                "List the keys with `backtrail key list`, make one with `backtrail key new`, or import it."
                    .to_owned()
            }
            Self::KeyAmbiguous { .. } => "Name the key by its whole fingerprint.".to_owned(),
            Self::KeyUnusable { .. } => {
                "Choose another key, or renew this one (`gpg --quick-set-expire`) and import it again."
                    .to_owned()
            }
            Self::Unsigned { .. } | Self::OtherSigner { .. } => {
                "Someone else may have written this backup: go on without --sign-key only if you trust it."
                    .to_owned()
            }
            Self::BadSignature { .. } | Self::Damaged { .. } => {
                "Fetch the file again; if it stays so, restore from another copy of the backup.".to_owned()
            }
            Self::GpgMissing { .. } => "Install GnuPG, or name the program with --gpg-binary.".to_owned(),
            Self::Invalid { .. } | Self::Gpg { .. } | Self::Unsupported { .. } | Self::Io(_) => return None,
        })
    }
}

impl From<io::Error> for Error {
    /// The error of this crate that an `io::Error` carries, or the `io::Error` itself.
    fn from(error: io::Error) -> Self {
        if !error.get_ref().is_some_and(|inner| inner.is::<Self>()) {
            return Self::Io(error);
        }
        let kind = error.kind();
        match error.into_inner().map(|inner| inner.downcast::<Self>()) {
            Some(Ok(inner)) => *inner,
            _ => Self::Io(kind.into()),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            error @ (Error::Damaged { .. } | Error::Invalid { .. }) => {
                Self::new(io::ErrorKind::InvalidData, error)
            }
            error => Self::other(error),
        }
    }
}

impl Error {
    /// Shorthand for [`Error::Damaged`].
    pub(crate) fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged { detail: one_line(&detail.into()) }
    }

    /// Shorthand for [`Error::Invalid`].
    pub(crate) fn invalid(what: &str, detail: impl Into<String>) -> Self {
        Self::Invalid { what: what.to_owned(), detail: one_line(&detail.into()) }
    }

    /// The error inside what a sequoia call returned: one of ours, or else what `otherwise` makes of its text.
    pub(crate) fn from_sequoia(error: anyhow::Error, otherwise: impl FnOnce(String) -> Self) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::from_sequoia_io(error, otherwise),
                Err(error) => otherwise(format!("{error:#}")),
            },
        }
    }

    /// The same for an `io::Error`, as sequoia's readers return it: they wrap their own errors in it.
    pub(crate) fn from_sequoia_io(error: io::Error, otherwise: impl FnOnce(String) -> Self) -> Self {
        match Self::from(error) {
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                otherwise("it ends too early".to_owned())
            }
            Self::Io(error) => otherwise(error.to_string()),
            own => own,
        }
    }
}

/// Does what parses foreign bytes. A panic of the library underneath (it has a few for hostile messages) becomes an
/// error of the message, so that it stops one file and not the program.
pub(crate) fn guarded<T>(parse: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(parse))
        .unwrap_or_else(|_| Err(Error::damaged("it makes its reader fail")))
}

/// Text without line breaks and control characters, of bounded length, fit for a message.
pub(crate) fn one_line(text: &str) -> String {
    let mut line: String =
        text.split(|c: char| c.is_control()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(300) {
        line.truncate(end);
    }
    line.trim().to_owned()
}
