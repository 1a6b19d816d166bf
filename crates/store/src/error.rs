//! What can go wrong with a destination: each error names the object or the address.

use backtrail_base::{Code, Coded};

/// A failed call to a destination. Addresses in it never hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address cannot be understood.
    #[error("the destination address {address:?} cannot be used: {reason}")]
    BadAddress {
        /// The address, without its password.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The destination folder does not exist.
    #[error("the destination folder {path} does not exist")]
    NoFolder {
        /// The folder.
        path: String,
    },
    /// The destination is not a folder.
    #[error("the destination {path} is not a folder")]
    NotAFolder {
        /// The path.
        path: String,
    },
    /// An object is not there.
    #[error("{name} is not on the destination")]
    NotFound {
        /// The object.
        name: String,
    },
    /// An object that must not exist is there already.
    #[error("{name} is on the destination already")]
    AlreadyExists {
        /// The object.
        name: String,
    },
    /// Access was refused.
    #[error("the destination refused access to {name}: {reason}")]
    Denied {
        /// The object or folder.
        name: String,
        /// What the system said.
        reason: String,
    },
    /// The destination is full.
    #[error("the destination has no space left for {name}")]
    NoSpace {
        /// The object.
        name: String,
    },
    /// Any other failure.
    #[error("the destination failed at {name}: {reason}")]
    Failed {
        /// The object or folder.
        name: String,
        /// What the system said.
        reason: String,
    },
}

impl StoreError {
    /// From an input/output error met at `name`.
    #[must_use]
    pub fn from_io(name: &str, error: &std::io::Error) -> Self {
        let name = name.to_owned();
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound { name },
            std::io::ErrorKind::AlreadyExists => Self::AlreadyExists { name },
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { name, reason: error.to_string() }
            }
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::NoSpace { name },
            _ => Self::Failed { name, reason: error.to_string() },
        }
    }

    /// From an object store's error met at `name`. Input/output errors inside it keep their meaning.
    #[must_use]
    pub fn from_object_store(name: &str, error: &object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => return Self::NotFound { name: name.to_owned() },
            object_store::Error::AlreadyExists { .. } => {
                return Self::AlreadyExists { name: name.to_owned() };
            }
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                return Self::Denied { name: name.to_owned(), reason: error.to_string() };
            }
            _ => {}
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(inner) = cause {
            if let Some(io) = inner.downcast_ref::<std::io::Error>() {
                return Self::from_io(name, io);
            }
            cause = inner.source();
        }
        Self::Failed { name: name.to_owned(), reason: error.to_string() }
    }
}

impl Coded for StoreError {
    fn code(&self) -> Code {
        match self {
            Self::BadAddress { .. } => Code::BadUrl,
            Self::NoFolder { .. } | Self::NotFound { .. } => Code::NotFound,
            Self::Denied { .. } => Code::Denied,
            Self::NoSpace { .. } => Code::NoSpace,
            Self::NotAFolder { .. } | Self::AlreadyExists { .. } | Self::Failed { .. } => Code::Destination,
        }
    }

    fn next_step(&self) -> Option<String> {
        Some(match self {
            Self::BadAddress { .. } => "Give a folder, or an address like file:///mnt/backup.".to_owned(),
            Self::NoFolder { .. } => {
                "Check the path, and that the drive is plugged in and mounted.".to_owned()
            }
            Self::NotAFolder { .. } => "Name a folder to keep the backup in.".to_owned(),
            Self::NotFound { .. } => "Run collection-status to see what the backup still holds.".to_owned(),
            Self::Denied { .. } => "Check who owns the destination and whether it is read-only.".to_owned(),
            Self::NoSpace { .. } => "Free some space there, or remove old backups, and run again.".to_owned(),
            Self::AlreadyExists { .. } | Self::Failed { .. } => return None,
        })
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}
