//! What can be wrong with stored bytes: one enum for the crate. Each message names the path, line or entry that is
//! meant; the object it was read from is the caller's to add.

use backtrail_base::{Code, Coded, Timestamp};

/// An error in reading or writing the storage format.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path that no entry may have.
    #[error("the path {path:?} {reason}")]
    Path {
        /// The path, readable.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
        /// Whether it could lead out of the folder it is restored into.
        escapes: bool,
    },
    /// A quoted text of a manifest that cannot be unquoted.
    #[error("the quoted text {text:?} {reason}")]
    Quoting {
        /// The text, readable.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A manifest that cannot be understood.
    #[error("manifest line {line} ({text:?}): {reason}")]
    Manifest {
        /// The line, from 1.
        line: usize,
        /// Its text, readable, cut when long.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A volume or sigtar that is damaged or was never one.
    #[error("archive entry {entry:?} at byte {offset}: {reason}")]
    Archive {
        /// The entry's name as far as it is known.
        entry: String,
        /// Where its header begins in the archive.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// An entry of a kind that duplicity's archives do not have.
    #[error("archive entry {entry:?}: {what}")]
    Unsupported {
        /// The entry's name.
        entry: String,
        /// What it is.
        what: String,
    },
    /// The bytes could not be read from where they come from.
    #[error("reading the archive failed: {0}")]
    Io(#[from] std::io::Error),
    /// Two chains hold the same moment, so which one is meant is unknown.
    #[error("two backup chains cover the time {time}: one begins with {first}, the other with {second}", time = time.0)]
    Overlap {
        /// The moment, seconds since 1970.
        time: Timestamp,
        /// The full set of the one chain, as in object names.
        first: String,
        /// The full set of the other.
        second: String,
    },
    /// There is no complete backup in the listing.
    #[error("no complete backup set was found in the listing")]
    NoBackup,
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::Path { escapes: true, .. } => Code::PathEscapes,
            Self::Path { .. } | Self::Archive { .. } => Code::Damaged,
            Self::Quoting { .. } | Self::Manifest { .. } => Code::ManifestInvalid,
            Self::Unsupported { .. } => Code::Unsupported,
            Self::Io(_) => Code::Io,
            Self::Overlap { .. } => Code::Damaged,
            Self::NoBackup => Code::NoBackup,
        }
    }

    fn next_step(&self) -> Option<String> {
        let step = match self {
            Self::Path { .. } => "Leave this entry out, or restore from another moment.",
            Self::Quoting { .. } | Self::Manifest { .. } => {
                "Fetch the manifest again, or use the copy in the archive folder."
            }
            Self::Archive { .. } => "Fetch the volume again and compare it with the hash in its manifest.",
            Self::Unsupported { .. } => {
                "The archive was changed by another program; restore from another set."
            }
            Self::Io(_) => return None,
            Self::Overlap { .. } => "Move one of the two chains' objects out of the destination folder.",
            Self::NoBackup => "Check the address and the file prefix, or make a first backup.",
        };
        Some(step.to_owned())
    }
}

/// Bytes as an error message shows them: lossy, and cut when long.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 300;
    let cut = bytes.get(..MOST).unwrap_or(bytes);
    let mut text = String::from_utf8_lossy(cut).into_owned();
    if cut.len() < bytes.len() {
        text.push('…');
    }
    text
}
