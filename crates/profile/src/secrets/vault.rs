//! The vault: one small file with the tokens and SSH keys of all destinations, sealed by a key that lies in the
//! keyring. It is read and written whole. Each writing has a number, and the keyring remembers the last: a file put
//! back from an older day is noticed, as is one that is damaged, cut short or sealed by another key. Writing is
//! atomic: beside, to the disk, renamed.

use super::{Error, Keyring, Result};
use backtrail_base::{Sensitive, fs, random_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::{Zeroize as _, Zeroizing};

/// The first line of the file; the digit is the version.
const MAGIC: &[u8; 18] = b"Backtrail vault 1\n";
const NAME_OF_KEY: &str = "key of the vault";
/// Magic, number of the writing, which key it is, length of what follows, nonce.
const HEADER: usize = MAGIC.len() + 8 + 8 + 8 + NONCE;
const NONCE: usize = 24;
/// A vault holds some hundred tokens; anything larger is no vault.
const LARGEST: u64 = 16 << 20;

/// The vault. Every call reads the file anew.
#[derive(Debug, Clone)]
pub struct Vault {
    path: PathBuf,
    keyring: Arc<dyn Keyring>,
}

/// What the keyring holds for the vault.
struct Held {
    key: Zeroizing<[u8; 32]>,
    /// The number of the last writing; 0 before the first.
    number: u64,
}

/// What a file holds, wiped when dropped.
#[derive(Default)]
struct Contents(BTreeMap<String, String>);

impl Drop for Contents {
    fn drop(&mut self) {
        self.0.values_mut().for_each(|secret| secret.zeroize());
    }
}

impl Vault {
    pub(super) fn new(path: PathBuf, keyring: Arc<dyn Keyring>) -> Self {
        Self { path, keyring }
    }

    /// The vault's file; it exists once something is in it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// `Locked`, `Absent` and `Keyring`; `VaultKey`, `VaultDamaged`, `VaultOlder`, `VaultGone` and `VaultNewer`, told
    /// apart; `Io`.
    pub fn get(&self, name: &str) -> Result<Option<Sensitive<String>>> {
        let (_, contents) = self.read()?;
        Ok(contents.0.get(name).map(|secret| Sensitive::from(secret.as_str())))
    }

    /// The names of all secrets, in order.
    ///
    /// # Errors
    /// As [`Vault::get`].
    pub fn names(&self) -> Result<Vec<String>> {
        let (_, contents) = self.read()?;
        Ok(contents.0.keys().cloned().collect())
    }

    /// Keeps a secret, in place of one of the same name.
    ///
    /// # Errors
    /// As [`Vault::get`]; then the vault is as it was.
    pub fn set(&self, name: &str, secret: &Sensitive<String>) -> Result<()> {
        self.change(|contents| {
            if let Some(mut old) = contents.insert(name.to_owned(), secret.reveal().clone()) {
                old.zeroize();
            }
            true
        })
    }

    /// Removes a secret; one that is not there is removed already.
    ///
    /// # Errors
    /// As [`Vault::get`]; then the vault is as it was.
    pub fn remove(&self, name: &str) -> Result<()> {
        self.change(|contents| match contents.remove(name) {
            Some(mut old) => {
                old.zeroize();
                true
            }
            None => false,
        })
    }

    /// Begins anew, for a vault that cannot be opened any more. The file that is there is kept beside, under a name
    /// with the number of seconds `now`, and its path is returned.
    ///
    /// # Errors
    /// `Locked`, `Absent`, `Keyring`, `Io`.
    pub fn begin_anew(&self, now: backtrail_base::Timestamp) -> Result<Option<PathBuf>> {
        let _guard = self.guard()?;
        let aside = self.path.with_file_name(format!("vault.damaged-{}", now.0));
        let kept = match fs::rename(&self.path, &aside) {
            Ok(()) => Some(aside),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        self.keyring.delete(NAME_OF_KEY)?;
        Ok(kept)
    }

    /// Reads, changes and writes, with other processes kept out meanwhile. Nothing is written when nothing changed.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>) -> bool) -> Result<()> {
        let _guard = self.guard()?;
        let (held, mut contents) = self.read()?;
        if !change(&mut contents.0) {
            return Ok(());
        }
        let held = match held {
            Some(held) => held,
            None => {
                let held = Held { key: Zeroizing::new(random_bytes()), number: 0 };
                // The key first: a file whose key was never kept could not be opened by anybody.
                self.keep(&held)?;
                held
            }
        };
        let number = held.number + 1;
        self.write(&seal(&held.key, number, &contents)?)?;
        // If this fails or the power goes, the file is one ahead of the keyring, which reading accepts.
        self.keep(&Held { number, ..held })
    }

    /// What the keyring and the file hold. Without a file, and none expected, the vault is empty.
    fn read(&self) -> Result<(Option<Held>, Contents)> {
        let held = self.held()?;
        let bytes = match fs::metadata(&self.path) {
            Ok(found) if found.len() > LARGEST => return Err(self.damaged("it is too large")),
            Ok(_) => Some(fs::read(&self.path)?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        match (held, bytes) {
            (None, None) => Ok((None, Contents::default())),
            (Some(held), None) if held.number == 0 => Ok((Some(held), Contents::default())),
            (Some(_), None) => Err(Error::VaultGone { path: self.path.clone() }),
            (None, Some(_)) => Err(Error::VaultKey { path: self.path.clone() }),
            (Some(held), Some(bytes)) => {
                let (number, contents) = self.open(&held, &bytes)?;
                Ok((Some(Held { number, ..held }), contents))
            }
        }
    }

    fn open(&self, held: &Held, bytes: &[u8]) -> Result<(u64, Contents)> {
        let version = MAGIC.len() - 2;
        let Some((header, sealed)) = bytes.split_at_checked(HEADER) else {
            return Err(self.damaged("it is cut short"));
        };
        if header[..version] != MAGIC[..version] {
            return Err(self.damaged("it does not begin like a vault"));
        }
        if header[version..MAGIC.len()] != MAGIC[version..] {
            return Err(Error::VaultNewer { path: self.path.clone() });
        }
        let number = number_at(header, MAGIC.len());
        if header[MAGIC.len() + 8..MAGIC.len() + 16] != name_of(&held.key) {
            return Err(Error::VaultKey { path: self.path.clone() });
        }
        if number_at(header, MAGIC.len() + 16) != sealed.len() as u64 {
            return Err(self.damaged("it is cut short"));
        }
        let nonce =
            XNonce::try_from(&header[HEADER - NONCE..]).map_err(|_| self.damaged("it is cut short"))?;
        let plain = XChaCha20Poly1305::new(&Key::from(*held.key))
            .decrypt(&nonce, Payload { msg: sealed, aad: header })
            .map_err(|_| self.damaged("its seal does not hold"))?;
        let plain = Zeroizing::new(plain);
        // Only now is the number known to be the one it was sealed with.
        if number < held.number {
            return Err(Error::VaultOlder { path: self.path.clone(), found: number, expected: held.number });
        }
        let contents =
            serde_json::from_slice(&plain).map_err(|_| self.damaged("what it holds is no list"))?;
        Ok((number, Contents(contents)))
    }

    fn held(&self) -> Result<Option<Held>> {
        let Some(text) = self.keyring.get(NAME_OF_KEY)? else { return Ok(None) };
        let unreadable = || Error::Keyring { why: format!("what it holds as \"{NAME_OF_KEY}\" is not ours") };
        let (number, key) = text.reveal().split_once(' ').ok_or_else(unreadable)?;
        let bytes = Zeroizing::new(BASE64.decode(key).map_err(|_| unreadable())?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| unreadable())?;
        Ok(Some(Held { key: Zeroizing::new(key), number: number.parse().map_err(|_| unreadable())? }))
    }

    fn keep(&self, held: &Held) -> Result<()> {
        let key = Zeroizing::new(BASE64.encode(*held.key));
        self.keyring.set(NAME_OF_KEY, &Sensitive::new(format!("{} {}", held.number, *key)))
    }

    fn write(&self, bytes: &[u8]) -> Result<()> {
        let folder = self.folder()?;
        let mut file = tempfile::Builder::new().prefix(".vault-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| Error::Io(error.error))?;
        super::sync_folder(folder)?;
        Ok(())
    }

    /// Holds other processes off until it is dropped.
    fn guard(&self) -> Result<fs::File> {
        super::private_folder(self.folder()?)?;
        let lock = self.path.with_extension("lock");
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(lock)?;
        file.lock()?;
        Ok(file)
    }

    fn folder(&self) -> Result<&Path> {
        self.path.parent().ok_or_else(|| self.damaged("it has no folder"))
    }

    fn damaged(&self, why: &str) -> Error {
        Error::VaultDamaged { path: self.path.clone(), why: why.to_owned() }
    }
}

/// The whole file.
fn seal(key: &[u8; 32], number: u64, contents: &Contents) -> Result<Vec<u8>> {
    let failed = |why: &str| Error::Keyring { why: format!("the vault cannot be sealed: {why}") };
    let plain = Zeroizing::new(serde_json::to_vec(&contents.0).map_err(|error| failed(&error.to_string()))?);
    let nonce: [u8; NONCE] = random_bytes();
    let length = plain.len() as u64 + 16; // its seal is 16 bytes
    let mut file = Vec::with_capacity(HEADER + plain.len() + 16);
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&number.to_be_bytes());
    file.extend_from_slice(&name_of(key));
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&nonce);
    let sealed = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &file })
        .map_err(|_| failed("it is too large"))?;
    file.extend_from_slice(&sealed);
    Ok(file)
}

/// Which key it is, without telling anything of it.
fn name_of(key: &[u8; 32]) -> [u8; 8] {
    let digest = Sha256::new().chain_update(b"Backtrail vault key").chain_update(key).finalize();
    let mut name = [0; 8];
    name.copy_from_slice(&digest[..8]);
    name
}

fn number_at(header: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&header[at..at + 8]);
    u64::from_be_bytes(number)
}
