//! Where keys are kept: a folder of our own, key files named by the caller, and GnuPG as a second source.
//!
//! The folder holds two kinds of files, armoured and complete in themselves: `FINGERPRINT.asc` is the public key,
//! `FINGERPRINT.secret.asc` the secret key under its passphrase, readable by its owner only. Files are written
//! beside and renamed, so that a crash leaves the old or the new one.

use super::import::merge;
use super::{Key, Purpose, import, name};
use crate::{Error, Gnupg, Result};
use backtrail_base::fs;
use sequoia_openpgp::{Cert, KeyHandle};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The ends of the names of key files.
const PUBLIC: &str = ".asc";
const SECRET: &str = ".secret.asc";
/// Anything larger in the folder is not a key.
const LARGEST_FILE: u64 = 64 << 20;

/// The keys that can be used. Cheap to clone; every look reads the folder anew.
#[derive(Debug, Clone, Default)]
pub struct KeyStore {
    folder: Option<PathBuf>,
    further: Vec<Key>,
    gnupg: Option<Arc<Gnupg>>,
}

impl KeyStore {
    /// A store over a folder of key files, which need not exist yet, and over GnuPG; each optional.
    #[must_use]
    pub fn new(folder: Option<PathBuf>, gnupg: Option<Gnupg>) -> Self {
        Self { folder, further: Vec::new(), gnupg: gnupg.map(Arc::new) }
    }

    /// The same with the keys of a file, such as an old `secring.gpg` or an exported key, for this run only.
    ///
    /// # Errors
    /// The file cannot be read or holds no key.
    pub fn with_keyring(mut self, file: &Path) -> Result<Self> {
        self.further.extend(import(&fs::read(file)?)?.keys);
        Ok(self)
    }

    /// The same with these keys, for this run only.
    #[must_use]
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.further.extend(keys);
        self
    }

    /// The GnuPG that is asked, if any.
    #[must_use]
    pub fn gnupg(&self) -> Option<&Gnupg> {
        self.gnupg.as_deref()
    }

    /// Keeps a key in the folder, joined with what is there of it, and returns it as it is now.
    ///
    /// # Errors
    /// `Io`, or `Unsupported` for a store without a folder.
    pub fn add(&self, key: &Key) -> Result<Key> {
        let folder = self.folder()?;
        let fingerprint = key.fingerprint();
        let mut cert = key.cert.as_ref().clone();
        for name in [format!("{fingerprint}{PUBLIC}"), format!("{fingerprint}{SECRET}")] {
            for known in read_file(&folder.join(name))? {
                if known.fingerprint() == cert.fingerprint() {
                    // What is added wins: it may be the same secret under a new passphrase.
                    cert = merge(known, cert)?;
                }
            }
        }
        let joined = Key { cert: cert.into(), ..key.clone() };
        create_private_folder(folder)?;
        write_private(folder, &format!("{fingerprint}{PUBLIC}"), &joined.export_public()?)?;
        if joined.has_secret() {
            write_private(folder, &format!("{fingerprint}{SECRET}"), joined.export_secret()?.reveal())?;
        }
        Ok(joined)
    }

    /// Removes a key, its secret part included, from the folder; what GnuPG has of it stays. Returns whether it
    /// was there.
    ///
    /// # Errors
    /// `Io`, or `Unsupported` for a store without a folder.
    pub fn remove(&self, key: &Key) -> Result<bool> {
        let folder = self.folder()?;
        let mut removed = false;
        for end in [SECRET, PUBLIC] {
            match fs::remove_file(folder.join(format!("{}{end}", key.fingerprint()))) {
                Ok(()) => removed = true,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::Io(error)),
            }
        }
        Ok(removed)
    }

    /// Every key, ordered by fingerprint, each once. A missing gpg program is no error here.
    ///
    /// # Errors
    /// The folder cannot be read, or gpg fails.
    pub fn list(&self) -> Result<Vec<Key>> {
        let mut all = self.own()?;
        for key in self.keys_of_gnupg(None)? {
            join(&mut all, key)?;
        }
        Ok(all.into_values().collect())
    }

    /// The key that a name means: 8, 16 or 40 hexadecimal digits of it or of one of its subkeys, with or without
    /// `0x`; `<an@address>`; `=a whole user id`; or a part of a user id. Of several, the one that can serve.
    ///
    /// # Errors
    /// `KeyNotFound`; `KeyAmbiguous` (always for an 8-digit id of more than one key); `KeyUnusable` or
    /// `NoSecretKey` when the only one cannot serve.
    pub fn find(&self, name: &str, purpose: Purpose) -> Result<Key> {
        let mut all = self.own()?;
        let found = name::choose(name, purpose, all.values().cloned());
        let whole = name.trim().trim_start_matches("0x").len() == 40;
        if whole && let Ok(key) = found {
            return Ok(key);
        }
        for key in self.keys_of_gnupg(Some(name))? {
            join(&mut all, key)?;
        }
        name::choose(name, purpose, all.into_values())
    }

    /// The keys that a message names, from everywhere: by key id or fingerprint of a primary key or subkey.
    pub(crate) fn by_handle(&self, handle: &KeyHandle) -> Result<Vec<Key>> {
        let matches = |key: &Key| key.cert.keys().any(|ka| ka.key().key_handle().aliases(handle));
        let mut all: BTreeMap<String, Key> =
            self.own()?.into_iter().filter(|(_, key)| matches(key)).collect();
        // GnuPG is another process: it is asked only when what is here does not suffice.
        if !all.values().any(Key::has_secret) {
            for key in self.keys_of_gnupg(Some(&format!("0x{}", handle.to_hex())))? {
                join(&mut all, key)?;
            }
        }
        Ok(all.into_values().filter(matches).collect())
    }

    /// The keys whose secret part is here, for messages that do not say whom they are for.
    pub(crate) fn with_secret(&self) -> Result<Vec<Key>> {
        Ok(self.own()?.into_values().filter(Key::has_secret).collect())
    }

    /// The GnuPG that is asked, shared.
    pub(crate) fn shared_gnupg(&self) -> Option<&Arc<Gnupg>> {
        self.gnupg.as_ref()
    }

    fn folder(&self) -> Result<&Path> {
        self.folder
            .as_deref()
            .ok_or_else(|| Error::Unsupported { what: "keeping keys without a folder".to_owned() })
    }

    /// The keys of the folder and those given, by fingerprint.
    fn own(&self) -> Result<BTreeMap<String, Key>> {
        let mut all = BTreeMap::new();
        for key in &self.further {
            join(&mut all, key.clone())?;
        }
        let entries = match self.folder.as_deref().map(fs::read_dir) {
            None => return Ok(self.with_gnupg(all)),
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(self.with_gnupg(all)),
            Some(entries) => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(PUBLIC)) {
                for cert in read_file(&path)? {
                    join(&mut all, Key::new(cert))?;
                }
            }
        }
        Ok(self.with_gnupg(all))
    }

    /// Notes with each key which GnuPG can be asked.
    fn with_gnupg(&self, mut all: BTreeMap<String, Key>) -> BTreeMap<String, Key> {
        for key in all.values_mut() {
            if key.gnupg.is_none() {
                key.gnupg.clone_from(&self.gnupg);
            }
        }
        all
    }

    fn keys_of_gnupg(&self, name: Option<&str>) -> Result<Vec<Key>> {
        let Some(gnupg) = self.gnupg.as_ref().filter(|gnupg| gnupg.has_home()) else {
            return Ok(Vec::new());
        };
        match gnupg.keys(name) {
            Err(Error::GpgMissing { .. }) => Ok(Vec::new()),
            keys => keys,
        }
    }
}

/// Adds a key, joined with what is known of it.
fn join(all: &mut BTreeMap<String, Key>, key: Key) -> Result<()> {
    let fingerprint = key.fingerprint();
    let joined = match all.remove(&fingerprint) {
        None => key,
        Some(known) => Key {
            cert: Arc::new(merge(key.cert.as_ref().clone(), known.cert.as_ref().clone())?),
            gnupg: known.gnupg.or(key.gnupg),
            secret_in_gnupg: known.secret_in_gnupg || key.secret_in_gnupg,
        },
    };
    all.insert(fingerprint, joined);
    Ok(())
}

/// The certificates of a file; none if it is not there or not a key.
fn read_file(path: &Path) -> Result<Vec<Cert>> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() <= LARGEST_FILE => {}
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::Io(error)),
    }
    let bytes = backtrail_base::Sensitive::new(fs::read(path)?);
    // A foreign or damaged file in the folder must not hide the other keys.
    Ok(import(bytes.reveal()).map_or_else(
        |_| Vec::new(),
        |found| found.keys.into_iter().map(|key| key.cert.as_ref().clone()).collect(),
    ))
}

/// Makes the folder, readable by its owner only.
fn create_private_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Writes a file that only its owner can read, beside, then renamed.
fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    // `tempfile` makes files with mode 0600 on Unix; on Windows the user's folder protects them.
    let mut file = tempfile::Builder::new().prefix(".key-").tempfile_in(folder).map_err(Error::Io)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name)).map_err(|error| Error::Io(error.error))?;
    Ok(())
}
