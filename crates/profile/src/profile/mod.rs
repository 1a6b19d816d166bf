//! A profile: what is backed up, where to, how it is protected, when it runs and what is kept. It holds no secret, and
//! its types say nothing of how it is carried out.

mod files;
mod id;
mod place;

pub use files::{Damaged, Listed, Profiles};
pub use id::ProfileId;
pub use place::{DriveRef, Place};

use crate::retention::Retention;
use crate::schedule::Schedule;
use crate::smart::SmartExclude;
use crate::written::{moment, path};
use backtrail_base::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a person set up to be backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What files, keyring entries and folders of this profile are named by. Never changes.
    pub id: ProfileId,
    /// What the person calls it.
    pub name: String,
    /// When it was set up.
    #[serde(with = "moment")]
    pub created: Timestamp,
    /// The folders that are backed up; absolute paths.
    #[serde(with = "path::list")]
    pub sources: Vec<PathBuf>,
    /// What of them is left out.
    #[serde(default)]
    pub excludes: Excludes,
    /// Where the backup goes.
    pub place: Place,
    /// How it is encrypted.
    pub protection: Protection,
    /// When it runs.
    #[serde(default)]
    pub schedule: Schedule,
    /// What is kept.
    #[serde(default)]
    pub retention: Retention,
    /// How it is stored and how much it may take.
    #[serde(default)]
    pub limits: Limits,
    /// The regular proof that a file comes back.
    #[serde(default)]
    pub proof: Proof,
    /// What was done with the recovery kit.
    #[serde(default)]
    pub kit: Kit,
}

impl Profile {
    /// A profile with a new id and every default.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        created: Timestamp,
        sources: Vec<PathBuf>,
        place: Place,
        protection: Protection,
    ) -> Self {
        Self {
            id: ProfileId::random(),
            name: name.into(),
            created,
            sources,
            excludes: Excludes::default(),
            place,
            protection,
            schedule: Schedule::default(),
            retention: Retention::default(),
            limits: Limits::default(),
            proof: Proof::default(),
            kit: Kit::default(),
        }
    }
}

/// What is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Excludes {
    /// The ready-made ones that are on.
    pub smart: BTreeSet<SmartExclude>,
    /// Shell patterns in duplicity's meaning, compared with absolute paths.
    pub patterns: Vec<String>,
}

impl Default for Excludes {
    fn default() -> Self {
        Self { smart: SmartExclude::defaults(), patterns: Vec::new() }
    }
}

/// How a backup is protected. Everything is encrypted; there is no plain kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// By an OpenPGP key: sealed to it and signed by it, and a restore believes no other signer.
    Key {
        /// Its fingerprint: 40 or 64 hexadecimal digits, capital letters.
        fingerprint: String,
    },
    /// By a passphrase alone.
    Passphrase,
}

/// How a backup is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The size of a volume in bytes.
    pub volume_size: u64,
    /// How hard to compress, 0 (not at all) to 9; none for what suits most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression_level: Option<u8>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { volume_size: 64 << 20, compression_level: None }
    }
}

/// The regular proof: one random file is restored and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proof {
    /// Whether it is made.
    pub enabled: bool,
    /// Days from one to the next.
    pub every_days: u32,
}

impl Default for Proof {
    fn default() -> Self {
        Self { enabled: true, every_days: 7 }
    }
}

/// What was done with the recovery kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kit {
    /// When it was last saved and proved.
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub saved: Option<Timestamp>,
    /// Whether the passphrase is printed on it; else it has to be written on it by hand.
    pub with_words: bool,
    /// Whether the passphrase is words that Backtrail made, so that some of them can be asked for.
    pub made_words: bool,
    /// When the person last showed, by typing some of its words, that it can be found.
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub words_typed: Option<Timestamp>,
}
