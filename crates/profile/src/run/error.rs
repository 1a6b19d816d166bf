//! What stops a run, from whichever floor.

use crate::schedule::Waiting;
use crate::secrets;
use crate::{Error as FoldersError, ProfileError};
use backtrail_base::{Code, Coded};
use backtrail_engine::EngineError;
use backtrail_engine::select::SelectError;
use backtrail_store::StoreError;
use std::path::PathBuf;

/// A stopped run. [`Coded::next_step`] is worded for somebody who clicks; the technical text is the error itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The destination failed before the engine had it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key is missing or cannot be used.
    #[error(transparent)]
    Pgp(#[from] backtrail_pgp::Error),
    /// The passphrase cannot be had.
    #[error(transparent)]
    Secrets(#[from] secrets::Error),
    /// The history or a profile cannot be read or written.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The folders of this person are not known.
    #[error(transparent)]
    Folders(#[from] FoldersError),
    /// A file-system call failed; the message names the path.
    #[error("{0}")]
    Io(std::io::Error),
    /// The drive of the backup is not plugged in.
    #[error("the drive {label} is not plugged in")]
    DriveAway {
        /// What the person knows it by.
        label: String,
    },
    /// The drive was there when the run began, and is not any more.
    #[error("the drive {label} was taken away while it was in use")]
    DriveLeft {
        /// What the person knows it by.
        label: String,
    },
    /// The place is there, and the backups that were made in it are not.
    #[error("the backups that were in {} are not there any more", folder.display())]
    Gone {
        /// The folder.
        folder: PathBuf,
    },
    /// None of the folders to back up exists.
    #[error("none of the folders to back up is there: {}", list(sources))]
    NoSource {
        /// The folders.
        sources: Vec<PathBuf>,
    },
    /// The folder on the way to what is restored is a link or a file now.
    #[error("something that is no folder stands on the way to {}", path.display())]
    InTheWay {
        /// What was to be restored.
        path: PathBuf,
    },
    /// The passphrase is not that of the backups that are there.
    #[error("the passphrase is not the one of the backups in {place}")]
    OtherPassphrase {
        /// What the person knows the place by.
        place: String,
    },
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl From<SelectError> for RunError {
    fn from(error: SelectError) -> Self {
        Self::Engine(error.into())
    }
}

impl Coded for RunError {
    fn code(&self) -> Code {
        match self {
            Self::Engine(EngineError::Io(error)) | Self::Io(error) => code_of(error),
            Self::Engine(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Pgp(error) => error.code(),
            Self::Secrets(error) => error.code(),
            Self::Profile(error) => error.code(),
            Self::Folders(error) => error.code(),
            Self::DriveAway { .. } | Self::DriveLeft { .. } => Code::DriveAway,
            Self::Gone { .. } => Code::DestinationGone,
            Self::NoSource { .. } => Code::SourceMissing,
            Self::InTheWay { .. } => Code::PathEscapes,
            Self::OtherPassphrase { .. } => Code::WrongPassphrase,
        }
    }

    fn next_step(&self) -> Option<String> {
        match super::advice::next_step(self) {
            Some(step) => Some(step),
            None => self.below().and_then(Coded::next_step).filter(|step| !speaks_of_commands(step)),
        }
    }

    fn retryable(&self) -> bool {
        self.below().is_some_and(Coded::retryable)
    }
}

/// A full disk of this computer is told apart from other failures.
fn code_of(error: &std::io::Error) -> Code {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::NoSpace,
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Code::Denied,
        _ => Code::Io,
    }
}

/// Whether advice is for somebody at a terminal.
fn speaks_of_commands(step: &str) -> bool {
    step.contains("--") || step.contains('`') || step.contains("PASSPHRASE")
}

impl RunError {
    fn below(&self) -> Option<&dyn Coded> {
        Some(match self {
            Self::Engine(error) => error,
            Self::Store(error) => error,
            Self::Pgp(error) => error,
            Self::Secrets(error) => error,
            Self::Profile(error) => error,
            Self::Folders(error) => error,
            _ => return None,
        })
    }

    /// Why the run never began, where nothing was tried and so nothing failed.
    pub(super) fn skipped(&self) -> Option<Waiting> {
        Some(match self {
            Self::DriveAway { .. } => Waiting::DriveAway,
            Self::Engine(EngineError::Locked { .. }) => Waiting::Running,
            Self::Secrets(
                secrets::Error::Locked
                | secrets::Error::Dismissed
                | secrets::Error::Absent { .. }
                | secrets::Error::Missing { .. },
            ) => Waiting::KeyringLocked,
            _ => return None,
        })
    }
}
