//! Why a kit cannot be made, kept or trusted.

use backtrail_base::{Code, Coded};
use std::path::PathBuf;

/// The result of the calls about the kit.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of the recovery kit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The page cannot be made.
    #[error("the recovery kit cannot be made: {why}")]
    Layout {
        /// What was in the way.
        why: String,
    },
    /// A kit with the words on it would lie in the backup itself.
    #[error("a kit with the passphrase on it must not lie in {}", folder.display())]
    Inside {
        /// The folder that is backed up, or the backup's own.
        folder: PathBuf,
    },
    /// The saved file does not do what it is for.
    #[error("the saved recovery kit {} does not open the backup: {why}", path.display())]
    NotProved {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// The file is no kit, or a damaged one.
    #[error("the recovery kit cannot be read: {why}")]
    Unreadable {
        /// What was noticed.
        why: String,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::Layout { .. } | Self::Inside { .. } | Self::Unreadable { .. } => Code::Kit,
            Self::NotProved { .. } => Code::KitNotProved,
            Self::Io(_) => Code::Io,
        }
    }

    fn next_step(&self) -> Option<String> {
        Some(match self {
            Self::Inside { .. } => {
                "Save it on another drive, or print it without the words and write them on it by hand."
                    .to_owned()
            }
            Self::NotProved { .. } => {
                "Check the passphrase, then save the kit again, to another place.".to_owned()
            }
            Self::Layout { .. } | Self::Unreadable { .. } | Self::Io(_) => return None,
        })
    }
}
