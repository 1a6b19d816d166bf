//! What can stop an operation. Problems that stop only one file are [`crate::Warning`]s instead.

use backtrail_base::{Code, Coded, Timestamp};
use backtrail_delta::DeltaError;
use backtrail_format::{EntryPath, Error as FormatError};
use backtrail_pgp::Error as PgpError;
use backtrail_store::StoreError;
use std::path::PathBuf;

use crate::select::SelectError;

/// A stopped operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The destination failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// OpenPGP failed.
    #[error(transparent)]
    Pgp(#[from] PgpError),
    /// An object of the destination or the archive folder cannot be understood.
    #[error("{object}: {error}")]
    Format {
        /// The object.
        object: String,
        /// What is wrong with it.
        error: FormatError,
    },
    /// A selection rule cannot be used.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// A delta cannot be made or applied.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// A local file-system call failed; the message names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The operation was cancelled.
    #[error("the operation was cancelled")]
    Cancelled,
    /// Another run holds the archive folder.
    #[error("another backup is using the archive folder {}", folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The source does not exist or cannot be read.
    #[error("the source {} cannot be read: {reason}", path.display())]
    Source {
        /// The source.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The last backup was made on another host.
    #[error("the backup was made on the host {there:?}, and this is {here:?}")]
    HostChanged {
        /// The manifest's host.
        there: String,
        /// This host.
        here: String,
    },
    /// The last backup was made of another folder.
    #[error("the backup holds the folder {there:?}, not {here:?}")]
    SourceChanged {
        /// The manifest's folder.
        there: String,
        /// The one given.
        here: String,
    },
    /// The folder to restore into has content.
    #[error("{} exists and is not empty, so nothing was restored into it", path.display())]
    TargetNotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder to compare with does not exist.
    #[error("{} does not exist, so there is nothing to compare with", path.display())]
    VerifyFolderMissing {
        /// The folder.
        path: PathBuf,
    },
    /// No backup is there.
    #[error("no backup was found at {destination}")]
    NoBackup {
        /// The destination.
        destination: String,
    },
    /// An increment was asked for and there is nothing to continue.
    #[error("there is no backup at {destination} that an increment can continue")]
    NoChain {
        /// The destination.
        destination: String,
    },
    /// The signatures of a chain are missing.
    #[error("the signatures {object} are missing from the destination")]
    NoSignatures {
        /// The missing object.
        object: String,
    },
    /// Somebody else added to or removed from the chain meanwhile.
    #[error("the backup at the destination changed while this run was under way: {what}")]
    ChainMoved {
        /// What differs.
        what: String,
    },
    /// The clock is far behind the chain.
    #[error("the clock says {}, more than a day before the last backup, {}", now.0, last.0)]
    ClockBehind {
        /// The clock.
        now: Timestamp,
        /// The end of the chain.
        last: Timestamp,
    },
    /// The path was not in the backup at that time.
    #[error("{path} is not in the backup of that time")]
    PathNotInBackup {
        /// The path.
        path: EntryPath,
    },
    /// A stored object is not the one that was recorded.
    #[error("{object} is damaged: its {algorithm} hash is not the one recorded when it was stored")]
    HashMismatch {
        /// The object.
        object: String,
        /// `SHA1`, `SHA256` or `MD5`.
        algorithm: &'static str,
    },
    /// A volume is missing.
    #[error("volume {number} of the backup set {set} is missing from the destination")]
    VolumeMissing {
        /// The set.
        set: String,
        /// The volume's number.
        number: u32,
    },
    /// A set's manifest is missing.
    #[error("the manifest of the backup set {set} is missing from the destination")]
    ManifestMissing {
        /// The set.
        set: String,
    },
    /// What stands in the place of a manifest is none.
    #[error("{object} is damaged: it names no volume")]
    ManifestInvalid {
        /// The object.
        object: String,
    },
    /// An object is not encrypted in a backup of which everything is.
    #[error("{object} is not encrypted, though everything in this backup should be")]
    NotSealed {
        /// The object.
        object: String,
    },
    /// Two chains hold the same moment.
    #[error("two chains of backups cover the same time: {first} and {second}")]
    ChainsOverlap {
        /// One chain.
        first: String,
        /// The other.
        second: String,
    },
    /// A backup was told to stop after a volume.
    #[error("stopped as asked after volume {number}")]
    StoppedOnRequest {
        /// The volume.
        number: u32,
    },
    /// A backup was told to leave out a volume.
    #[error("volume {number} was left out as asked, so the set was not completed")]
    VolumeSkipped {
        /// The volume.
        number: u32,
    },
    /// A worker thread ended unexpectedly.
    #[error("an internal worker of the {stage} stage ended unexpectedly")]
    Worker {
        /// The stage.
        stage: &'static str,
    },
}

/// What the system said, for a message that names the path itself: the calls that name it leave the cause to the
/// error below.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.source()) {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    }
}

impl EngineError {
    /// Wraps a format error met in `object`.
    pub(crate) fn format(object: impl Into<String>) -> impl FnOnce(FormatError) -> Self {
        let object = object.into();
        move |error| Self::Format { object, error }
    }

    /// An input/output error that carries an error of ours inside becomes that error again.
    pub(crate) fn from_stream(object: &str, error: std::io::Error) -> Self {
        match error.downcast::<PgpError>() {
            Ok(inner) => Self::Pgp(inner),
            Err(error) => match error.downcast::<StoreError>() {
                Ok(inner) => Self::Store(inner),
                Err(error) => match error.downcast::<FormatError>() {
                    Ok(inner) => Self::Format { object: object.to_owned(), error: inner },
                    Err(error) => {
                        Self::Io(std::io::Error::new(error.kind(), format!("{object}: {}", reason(&error))))
                    }
                },
            },
        }
    }
}

impl Coded for EngineError {
    fn code(&self) -> Code {
        match self {
            Self::Store(error) => error.code(),
            Self::Pgp(error) => error.code(),
            Self::Format { error, .. } => error.code(),
            Self::Select(error) => error.code(),
            Self::Delta(error) => error.code(),
            Self::Io(_) | Self::Worker { .. } => Code::Io,
            Self::Cancelled => Code::Cancelled,
            Self::Locked { .. } => Code::Locked,
            Self::Source { .. } => Code::SourceMissing,
            Self::HostChanged { .. } => Code::HostChanged,
            Self::SourceChanged { .. } => Code::SourceChanged,
            Self::TargetNotEmpty { .. } => Code::TargetNotEmpty,
            Self::VerifyFolderMissing { .. } => Code::VerifyFolderMissing,
            Self::NoBackup { .. } => Code::NoBackup,
            Self::NoChain { .. } => Code::NoChain,
            Self::NoSignatures { .. } => Code::NoSignatures,
            Self::ChainMoved { .. } => Code::ChainMoved,
            Self::ClockBehind { .. } => Code::ClockBehind,
            Self::PathNotInBackup { .. } => Code::PathNotInBackup,
            Self::HashMismatch { .. } => Code::HashMismatch,
            Self::VolumeMissing { .. } => Code::VolumeMissing,
            Self::ManifestMissing { .. } => Code::ManifestMissing,
            Self::ManifestInvalid { .. } => Code::ManifestInvalid,
            Self::NotSealed { .. } => Code::Unsigned,
            Self::ChainsOverlap { .. } => Code::Damaged,
            Self::StoppedOnRequest { .. } => Code::StoppedOnRequest,
            Self::VolumeSkipped { .. } => Code::VolumeSkipped,
        }
    }

    fn next_step(&self) -> Option<String> {
        Some(
            match self {
                Self::Store(error) => return error.next_step(),
                Self::Pgp(error) => return error.next_step(),
                Self::Format { error, .. } => return error.next_step(),
                Self::Select(error) => return error.next_step(),
                Self::Delta(error) => return error.next_step(),
                Self::Io(_) | Self::Cancelled | Self::Worker { .. } => return None,
                Self::Locked { .. } => "Wait for it to end, or stop it, and run again.",
                Self::Source { .. } => "Check the path and its permissions.",
                Self::HostChanged { .. } | Self::SourceChanged { .. } => {
                    "If this is the same data, add --allow-source-mismatch; else use another destination."
                }
                Self::TargetNotEmpty { .. } => "Name a new folder, or an empty one.",
                Self::VerifyFolderMissing { .. } => "Name the folder that was backed up.",
                Self::NoBackup { .. } => "Check the address, and the file prefix if one was used.",
                Self::NoChain { .. } => "Make a full backup first.",
                Self::NoSignatures { .. } => "Make a full backup; the stored files can still be restored.",
                Self::ChainMoved { .. } => "Run the backup again; nothing of this run counts.",
                Self::ClockBehind { .. } => "Set the computer's clock and run again.",
                Self::PathNotInBackup { .. } => "List what is there with list-current-files.",
                Self::HashMismatch { .. } | Self::VolumeMissing { .. } => {
                    "What other volumes hold can still be restored; make a new full backup soon."
                }
                Self::ManifestInvalid { .. } => "Restore another time with --time.",
                Self::ManifestMissing { .. } => {
                    "The set was never finished or has lost its manifest; restore an earlier time with --time."
                }
                Self::NotSealed { .. } => {
                    "Someone else may have put it there: go on only if you trust whoever writes to the destination."
                }
                Self::ChainsOverlap { .. } => "Move one chain's files to another folder.",
                Self::StoppedOnRequest { .. } | Self::VolumeSkipped { .. } => return None,
            }
            .to_owned(),
        )
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.retryable(),
            Self::Locked { .. } | Self::ChainMoved { .. } => true,
            _ => false,
        }
    }
}
