//! What can go wrong with secrets, each told apart: a locked keyring is not an absent one, and neither means that
//! nothing is kept.

use crate::ProfileId;
use backtrail_base::{Code, Coded};
use std::path::PathBuf;

/// The result of the calls about secrets.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of the keyring, the vault or the key folder. None of them carries a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The keyring is there, but locked.
    #[error("the keyring of this computer is locked")]
    Locked,
    /// There is no keyring: no bus, or nothing behind it.
    #[error("this computer has no keyring that answers: {why}")]
    Absent {
        /// What the system said.
        why: String,
    },
    /// The keyring is open, and does not hold it.
    #[error("the keyring holds no passphrase for the backup {profile}")]
    Missing {
        /// The profile's id.
        profile: ProfileId,
    },
    /// The person closed the keyring's own window without unlocking it.
    #[error("the keyring was not unlocked")]
    Dismissed,
    /// The keyring failed in another way.
    #[error("the keyring failed: {why}")]
    Keyring {
        /// What the system said.
        why: String,
    },
    /// The vault was sealed with another key.
    #[error("the vault {} is sealed with another key than the keyring holds", path.display())]
    VaultKey {
        /// The vault's file.
        path: PathBuf,
    },
    /// The vault is damaged or cut short.
    #[error("the vault {} is damaged: {why}", path.display())]
    VaultDamaged {
        /// The vault's file.
        path: PathBuf,
        /// What was noticed.
        why: String,
    },
    /// The vault is older than the last one that was written.
    #[error("the vault {} is an older one: it is number {found}, and number {expected} was written", path.display())]
    VaultOlder {
        /// The vault's file.
        path: PathBuf,
        /// The number in the file.
        found: u64,
        /// The number that the keyring knows of.
        expected: u64,
    },
    /// The keyring knows of a vault, and its file is gone.
    #[error("the vault {} is gone", path.display())]
    VaultGone {
        /// The vault's file.
        path: PathBuf,
    },
    /// The vault was written by a newer Backtrail.
    #[error("the vault {} was written by a newer Backtrail", path.display())]
    VaultNewer {
        /// The vault's file.
        path: PathBuf,
    },
    /// A key cannot be made, kept or found.
    #[error(transparent)]
    Pgp(#[from] backtrail_pgp::Error),
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::Locked | Self::Dismissed => Code::KeyringLocked,
            Self::Absent { .. } => Code::NoKeyring,
            Self::Missing { .. } => Code::PassphraseNeeded,
            Self::Keyring { .. } => Code::Keyring,
            Self::VaultKey { .. } => Code::VaultKey,
            Self::VaultDamaged { .. } => Code::VaultDamaged,
            Self::VaultOlder { .. } | Self::VaultGone { .. } => Code::VaultOlder,
            Self::VaultNewer { .. } => Code::Unsupported,
            Self::Pgp(error) => error.code(),
            Self::Io(_) => Code::Io,
        }
    }

    fn next_step(&self) -> Option<String> {
        Some(match self {
            Self::Locked | Self::Dismissed => "Unlock the keyring with your login password.".to_owned(),
            Self::Absent { .. } => {
                "Type the passphrase; Backtrail keeps it in memory until it quits, and asks again then.".to_owned()
            }
            Self::Missing { .. } => "Type the passphrase of this backup, or take it from the recovery kit.".to_owned(),
            Self::Keyring { .. } => "Try again; if it stays so, log out and in.".to_owned(),
            Self::VaultKey { .. } | Self::VaultDamaged { .. } | Self::VaultOlder { .. } | Self::VaultGone { .. } => {
                "Bring the file back from a backup, or begin a new vault and enter the passwords of your destinations again."
                    .to_owned()
            }
            Self::VaultNewer { .. } => "Update Backtrail.".to_owned(),
            Self::Pgp(error) => return error.next_step(),
            Self::Io(_) => return None,
        })
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Locked | Self::Dismissed | Self::Keyring { .. } | Self::Absent { .. })
    }
}
