//! Why a list of rules cannot be used.

use backtrail_base::{Code, Coded};
use thiserror::Error;

/// Why a list of rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SelectError {
    /// The pattern matches nothing in the source, whatever is in it (exit 14 of the command).
    #[error("the pattern {pattern:?} matches nothing in the source {source_name:?}")]
    PatternOutside {
        /// The pattern as given.
        pattern: String,
        /// The source that patterns begin with; empty for the root of a backup.
        source_name: String,
    },
    /// The pattern cannot be understood (exit 15).
    #[error("the pattern {pattern:?} cannot be understood: {reason}")]
    PatternInvalid {
        /// The pattern as given.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// The last rule only includes, which everything is anyway (exit 16).
    #[error("the last rule, {rule}, includes what is included without it")]
    RedundantInclude {
        /// The rule, in words.
        rule: String,
    },
    /// A list of files cannot be used (exit 7).
    #[error("the list of files cannot be used: {reason}")]
    FileList {
        /// What is wrong.
        reason: String,
    },
    /// A list of files names an absolute path (exit 72).
    #[error("the list of files names the absolute path {path:?}")]
    FilesFromAbsolute {
        /// The path.
        path: String,
    },
    /// A list of files names nothing (exit 73).
    #[error("the list of files is empty, so that nothing would be backed up")]
    FilesFromEmpty,
}

impl Coded for SelectError {
    fn code(&self) -> Code {
        match self {
            Self::PatternOutside { .. } => Code::PatternOutside,
            Self::PatternInvalid { .. } => Code::PatternInvalid,
            Self::RedundantInclude { .. } => Code::RedundantInclude,
            Self::FileList { .. } => Code::FileList,
            Self::FilesFromAbsolute { .. } => Code::FilesFromAbsolute,
            Self::FilesFromEmpty => Code::FilesFromEmpty,
        }
    }

    fn next_step(&self) -> Option<String> {
        Some(match self {
            Self::PatternOutside { source_name, .. } if source_name.is_empty() => {
                "Give patterns as the paths are listed, relative to the root of the backup.".into()
            }
            Self::PatternOutside { source_name, .. } => {
                format!("Begin the pattern with {source_name:?}, as the source is typed, or with '**'.")
            }
            Self::PatternInvalid { .. } => "Correct the pattern.".into(),
            Self::RedundantInclude { .. } => {
                "Put a rule after it that excludes the rest, such as --exclude '**', or leave it out.".into()
            }
            Self::FileList { .. } | Self::FilesFromEmpty => "Correct the list.".into(),
            Self::FilesFromAbsolute { .. } => "Give the paths relative to the source.".into(),
        })
    }
}
