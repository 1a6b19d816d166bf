//! The recovery kit: a page on paper that brings the files back when this computer, and Backtrail itself, are gone. It
//! is a PDF with the backup's place, the fingerprint, the secret key under its passphrase as QR codes and as text, and
//! the commands of stock duplicity and gpg that restore with them. The words of the passphrase are on it only when the
//! person asked for that. A kit counts only once the saved file has been read again and has opened a probe.

mod codes;
mod commands;
mod error;
mod fonts;
mod page;
mod prove;
mod read;
mod sheet;

pub use error::{Error, Result};
pub use prove::save_and_prove;

use backtrail_base::{Sensitive, Timestamp};
use std::path::PathBuf;

/// The paper that the kit is laid out for. What is printed fits on both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 inches.
    Letter,
}

/// What opens the backup.
#[derive(Debug, Clone)]
pub enum Opens {
    /// An OpenPGP key.
    Key {
        /// Its fingerprint, 40 hexadecimal digits.
        fingerprint: String,
        /// The secret key as [`backtrail_pgp::Key::export_secret`] gives it: armoured, under its passphrase.
        secret: Sensitive<Vec<u8>>,
        /// Whether it is under a passphrase at all; one that is not is as good as the files themselves.
        protected: bool,
    },
    /// A passphrase alone.
    Passphrase,
}

/// What is printed.
#[derive(Debug, Clone)]
pub struct KitContents {
    /// The profile's name.
    pub profile: String,
    /// The computer's name.
    pub computer: String,
    /// The destination's address, without credentials: the one that duplicity is given.
    pub address: String,
    /// How to get there in a person's words: "the drive “Elements”, folder Backtrail/laptop-home".
    pub reach: String,
    /// The folders that are backed up.
    pub sources: Vec<PathBuf>,
    /// What opens the backup.
    pub opens: Opens,
    /// The passphrase's words, only if the person wants them printed; else there is a line to write them on.
    pub passphrase: Option<Sensitive<String>>,
    /// When the kit is made.
    pub made: Timestamp,
    /// The paper.
    pub paper: Paper,
}

/// What was proved of a saved kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The file.
    pub path: PathBuf,
    /// How many pages it has.
    pub pages: usize,
    /// How many QR codes were read back from it; none for a backup without a key.
    pub codes: usize,
    /// The fingerprint of the key that was put together from them.
    pub fingerprint: Option<String>,
}

/// Makes the kit: the bytes of a PDF.
///
/// # Errors
/// `Layout` when what is to be printed cannot be.
pub fn make(contents: &KitContents) -> Result<Sensitive<Vec<u8>>> {
    Ok(Sensitive::new(page::write(contents, fonts::Fonts::new()?)?))
}

#[cfg(test)]
mod tests;
