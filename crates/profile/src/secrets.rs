//! Where secrets are kept: passphrases and the vault's key in the system's keyring, tokens and SSH keys in a vault
//! file sealed by that key, OpenPGP keys under their passphrase in a folder. Nothing of it is ever plain on disk. Where
//! there is no keyring, a passphrase stays in memory until the program ends, and the caller asks for it anew. When to
//! ask, and in which words, is left to the caller.

mod error;
mod keyring;
mod system;
mod vault;

pub use error::{Error, Result};
pub use keyring::{Keyring, KeyringState, MemoryKeyring};
pub use system::SystemKeyring;
pub use vault::Vault;

use crate::{Folders, ProfileId};
use backtrail_base::{Clock, Sensitive, Timestamp, fs};
use backtrail_pgp::{Key, KeyStore, NewKey};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a passphrase was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// In the system's keyring: it is there after the next start.
    InKeyring,
    /// In memory alone, because there is no keyring: the person is asked again after the next start.
    UntilQuit,
}

/// The secrets of this person's Backtrail. Cheap to clone; clones share what is in memory.
#[derive(Clone)]
pub struct Secrets {
    folders: Folders,
    keyring: Arc<dyn Keyring>,
    session: Arc<Mutex<HashMap<ProfileId, Sensitive<String>>>>,
}

impl Secrets {
    /// The secrets below these folders and in this keyring. Nothing is read or made yet.
    #[must_use]
    pub fn new(folders: &Folders, keyring: Arc<dyn Keyring>) -> Self {
        Self { folders: folders.clone(), keyring, session: Arc::default() }
    }

    /// The keyring.
    #[must_use]
    pub fn keyring(&self) -> &dyn Keyring {
        &*self.keyring
    }

    /// The passphrase of a profile: from memory when it was used before, else from the keyring.
    ///
    /// # Errors
    /// `Locked`, `Absent` and `Missing`, told apart; `Keyring`.
    pub fn passphrase(&self, profile: &ProfileId) -> Result<Sensitive<String>> {
        if let Some(known) = self.session().get(profile) {
            return Ok(known.clone());
        }
        match self.keyring.get(&name_of(profile))? {
            Some(passphrase) => {
                self.remember(profile, &passphrase);
                Ok(passphrase)
            }
            None => Err(Error::Missing { profile: profile.clone() }),
        }
    }

    /// Keeps the passphrase of a profile in memory and in the keyring. Where there is no keyring, or while it is
    /// locked, it stays in memory all the same.
    ///
    /// # Errors
    /// `Locked`: unlock it and call again. `Keyring`.
    pub fn keep_passphrase(&self, profile: &ProfileId, passphrase: &Sensitive<String>) -> Result<Kept> {
        self.remember(profile, passphrase);
        match self.keyring.set(&name_of(profile), passphrase) {
            Ok(()) => Ok(Kept::InKeyring),
            Err(Error::Absent { .. }) => Ok(Kept::UntilQuit),
            Err(error) => Err(error),
        }
    }

    /// Keeps the passphrase of a profile in memory alone, until the program ends.
    pub fn remember(&self, profile: &ProfileId, passphrase: &Sensitive<String>) {
        self.session().insert(profile.clone(), passphrase.clone());
    }

    /// Forgets the passphrase of a profile, in memory and in the keyring.
    ///
    /// # Errors
    /// `Locked`, `Keyring`: then it is still in the keyring.
    pub fn forget(&self, profile: &ProfileId) -> Result<()> {
        self.session().remove(profile);
        match self.keyring.delete(&name_of(profile)) {
            Err(Error::Absent { .. }) => Ok(()),
            done => done,
        }
    }

    /// The vault for tokens and SSH keys.
    #[must_use]
    pub fn vault(&self) -> Vault {
        Vault::new(self.folders.data().join("vault"), Arc::clone(&self.keyring))
    }

    /// The folder of OpenPGP keys. GnuPG's own keys are not in it.
    #[must_use]
    pub fn keys(&self) -> KeyStore {
        KeyStore::new(Some(self.folders.data().join("keys")), None)
    }

    /// Makes an OpenPGP key (Ed25519 and Curve25519) and keeps it in the folder, its secret part under the passphrase.
    /// Without a passphrase it lies open there, readable by this person alone: only where the person chose that.
    ///
    /// # Errors
    /// `Pgp`, for a user id or an expiry that cannot be, and for a folder that cannot be written.
    pub fn make_key(
        &self,
        user_id: &str,
        passphrase: Option<&Sensitive<String>>,
        expires: Option<Timestamp>,
        clock: &dyn Clock,
    ) -> Result<Key> {
        // A little in the past: a computer with a slow clock would call the key not valid yet.
        let created = clock.now().plus(-60);
        let new = NewKey { user_id: user_id.to_owned(), passphrase: passphrase.cloned(), created, expires };
        Ok(self.keys().add(&Key::make(&new)?)?)
    }

    fn session(&self) -> MutexGuard<'_, HashMap<ProfileId, Sensitive<String>>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("folders", &self.folders).finish_non_exhaustive()
    }
}

/// The name of a profile's passphrase in the keyring.
fn name_of(profile: &ProfileId) -> String {
    format!("passphrase of {profile}")
}

/// Makes a folder that its owner alone may enter.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    // On Windows the person's own folder protects what is in it.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes a renaming in the folder last through a loss of power, where a folder can be synced.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests;
