//! Saving a kit and proving it: the file that lies there at the end, not what was meant to be written, has to open the
//! backup.

use super::read::read;
use super::{Error, KitContents, Opens, Proved, Result, make, page};
use crate::secrets::sync_folder;
use backtrail_base::{Sensitive, fs, random_bytes};
use backtrail_pgp::key::import;
use backtrail_pgp::{Compression, Key, KeyStore, OpenWith, Opener, Recipient, SealPolicy, Sealer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Saves the kit, for its owner's eyes only, and proves it: the saved file is read again, the key put together from its
/// own QR codes, and a probe sealed to the backup's key is opened with that and the passphrase, which has to be readable on
/// the page when it was to be printed. `keep_out` are the folders that are backed up and the destination's: a kit that
/// opens the backup by itself is not saved there.
///
/// # Errors
/// `Inside` for a place among `keep_out`; `NotProved` when the file does not open the backup, and then nothing is left
/// of it and an older kit of that name is as it was; `Layout`, `Io`.
pub fn save_and_prove(
    path: &Path,
    contents: &KitContents,
    passphrase: Option<&Sensitive<String>>,
    keep_out: &[PathBuf],
) -> Result<Proved> {
    if opens_by_itself(contents)
        && let Some(folder) = inside(path, keep_out)?
    {
        return Err(Error::Inside { folder });
    }
    let bytes = make(contents)?;
    let folder = folder_of(path)?;
    // `tempfile` makes files with mode 0600 on Unix; on Windows the person's folder protects them.
    let mut file = tempfile::Builder::new().prefix(".kit-").tempfile_in(folder)?;
    file.write_all(bytes.reveal())?;
    file.as_file().sync_all()?;
    // A page that does not do what it promises never takes the place of an older one that did.
    let saved = Sensitive::new(fs::read(file.path())?);
    let proved = prove(saved.reveal(), path, contents, passphrase)?;
    file.persist(path).map_err(|error| Error::Io(error.error))?;
    sync_folder(folder)?;
    if fs::read(path).map(Sensitive::new)? != saved {
        return Err(Error::NotProved { path: path.to_owned(), why: "it is not what was written".to_owned() });
    }
    Ok(proved)
}

/// Whether the page alone, with the backup, is enough.
fn opens_by_itself(contents: &KitContents) -> bool {
    contents.passphrase.is_some() || matches!(contents.opens, Opens::Key { protected: false, .. })
}

/// The folder of these that the file would lie in, whatever links lead there.
fn inside(path: &Path, keep_out: &[PathBuf]) -> Result<Option<PathBuf>> {
    let folder = folder_of(path)?;
    let real = fs::canonicalize(folder)?;
    let is_in = |outer: &&PathBuf| {
        let outer_real = fs::canonicalize(outer.as_path()).unwrap_or_else(|_| outer.to_path_buf());
        real.starts_with(&outer_real)
    };
    Ok(keep_out.iter().find(is_in).cloned())
}

fn folder_of(path: &Path) -> Result<&Path> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
        None => Err(Error::Layout { why: format!("{} is no place for a file", path.display()) }),
    }
}

/// Does with the saved bytes what a person with nothing else would do.
fn prove(
    saved: &[u8],
    path: &Path,
    contents: &KitContents,
    passphrase: Option<&Sensitive<String>>,
) -> Result<Proved> {
    let failed = |why: String| Error::NotProved { path: path.to_owned(), why };
    let kit = read(saved).map_err(|error| failed(error.to_string()))?;
    if let Some(words) = &contents.passphrase {
        if passphrase != Some(words) {
            return Err(failed("the passphrase on it is another one".to_owned()));
        }
        if !kit.says(words.reveal()) {
            return Err(failed("the passphrase cannot be read on it; write it there by hand".to_owned()));
        }
    }
    let mut proved =
        Proved { path: path.to_owned(), pages: kit.pages, codes: kit.codes.len(), fingerprint: None };
    // What is sealed to a passphrase alone is opened by it alone.
    let (recipients, keys, sealed_with) = match &contents.opens {
        Opens::Passphrase => (Vec::new(), KeyStore::default(), passphrase.cloned()),
        Opens::Key { fingerprint, secret, .. } => {
            let text = kit.joined();
            if text.reveal().as_bytes() != page::key_text(secret.reveal())?.as_bytes() {
                return Err(failed("its codes do not give the key".to_owned()));
            }
            let lines: String = text.reveal().split_whitespace().collect();
            let bytes = Sensitive::new(BASE64.decode(&lines).map_err(|error| failed(error.to_string()))?);
            drop(Sensitive::new(lines));
            let found = import(bytes.reveal()).map_err(|error| failed(error.to_string()))?;
            let key =
                found.keys.into_iter().find(|key| key.fingerprint() == *fingerprint && key.has_secret());
            let key = key.ok_or_else(|| failed("its codes give another key".to_owned()))?;
            proved.fingerprint = Some(key.fingerprint());
            (
                vec![Recipient { key: public(&key).map_err(failed)?, hidden: false }],
                KeyStore::default().with_keys([key]),
                None,
            )
        }
    };
    let policy =
        SealPolicy { recipients, passphrase: sealed_with, signer: None, compression: Compression::None };
    let probe: [u8; 32] = random_bytes();
    match open_probe(&probe, &policy, keys, passphrase.cloned()) {
        Ok(opened) if opened == probe => Ok(proved),
        Ok(_) => Err(failed("it gives another content".to_owned())),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The public half alone, as somebody has it who seals to the key.
fn public(key: &Key) -> std::result::Result<Key, String> {
    let public = key.export_public().and_then(|bytes| import(&bytes)).map_err(|error| error.to_string())?;
    public.keys.into_iter().next().ok_or_else(|| "the key has no public half".to_owned())
}

fn open_probe(
    probe: &[u8],
    policy: &SealPolicy,
    keys: KeyStore,
    passphrase: Option<Sensitive<String>>,
) -> std::result::Result<Vec<u8>, backtrail_pgp::Error> {
    let mut writer = Sealer::new(policy)?.seal(Vec::new())?;
    writer.write_all(probe)?;
    let sealed = writer.finish()?;
    let opener = Opener::new(OpenWith { passphrase, keys, ..OpenWith::default() })?;
    let mut opened = Vec::new();
    opener.open(Cursor::new(sealed))?.read_to_end(&mut opened)?;
    Ok(opened)
}
