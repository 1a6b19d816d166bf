//! Why a file of settings, a profile or a history cannot be used.

use backtrail_base::{Code, Coded};
use std::path::PathBuf;

/// What can go wrong with the files that hold what a person set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A file-system call failed; the error names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file cannot be understood. It was moved aside and is not written over.
    #[error("{} is damaged and was kept as {}: {why}", path.display(), kept.display())]
    Damaged {
        /// Where the file was.
        path: PathBuf,
        /// Where it is now.
        kept: PathBuf,
        /// What is wrong with it, in words.
        why: String,
    },
    /// The file was written by a newer version, in a way that this one cannot read. It is left as it is.
    #[error("{} was written by a newer Backtrail (its version is {version})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version in it.
        version: String,
    },
    /// There is no such profile.
    #[error("there is no profile {id}")]
    NoProfile {
        /// Its id as it was asked for.
        id: String,
    },
    /// A text is no profile id.
    #[error("\"{0}\" is no profile id: small letters, digits and hyphens, at most 32")]
    BadId(String),
    /// A value cannot be written as text. No value made here is of that kind.
    #[error("the settings for {} cannot be written: {why}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What is wrong with the value.
        why: String,
    },
}

impl Coded for ProfileError {
    fn code(&self) -> Code {
        match self {
            Self::Io(_) | Self::Unwritable { .. } => Code::Io,
            Self::Damaged { .. } => Code::SettingsDamaged,
            Self::Newer { .. } => Code::SettingsNewer,
            Self::NoProfile { .. } => Code::NotFound,
            Self::BadId(_) => Code::Usage,
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::Io(_) | Self::Unwritable { .. } => None,
            Self::Damaged { path, .. } => Some(format!(
                "Mend the kept file and name it {} again, or set this up anew.",
                path.file_name().unwrap_or_default().display()
            )),
            Self::Newer { .. } => Some("Update Backtrail on this computer.".to_owned()),
            Self::NoProfile { .. } | Self::BadId(_) => {
                Some("Choose one that `backtrail profile list` shows.".to_owned())
            }
        }
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}
