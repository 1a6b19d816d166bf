//! The wizard.

use super::{Failure, UnixTime, Whole};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

/// What the wizard starts from: what it found, and what was chosen before when it was left in the middle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SetupView {
    /// Folders that may be chosen, Home first and chosen.
    pub sources: Vec<SourceChoice>,
    /// What can be left out.
    pub excludes: Vec<ExcludeChoice>,
    /// Where the backup may go: plugged drives by name first, then folders chosen before. The first with space is
    /// chosen.
    pub places: Vec<PlaceChoice>,
    /// How it is protected.
    pub protect: ProtectChoice,
    /// Whether the system has a keyring that keeps the passphrase.
    pub keyring: KeyringView,
    /// The schedule and what is kept, to be written as one sentence each.
    pub when: super::When,
    /// What is kept.
    pub keep: super::Keep,
    /// Whether the kit of this setup was saved and proved.
    pub kit_saved: Option<KitSaved>,
    /// Whether a key was made for this setup already, so that going back keeps it.
    pub key_made: bool,
}

/// The system's keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum KeyringView {
    /// It keeps the passphrase.
    Ready,
    /// It is locked.
    Locked,
    /// There is none: the app asks each time it starts.
    Absent,
}

/// A folder that may be backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SourceChoice {
    /// Its id.
    pub id: String,
    /// What a person calls it: `Home`, or the folder's name.
    pub label: String,
    /// The path, for reading.
    pub path: String,
    /// Whether it is the person's home.
    pub home: bool,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Sizes, as far as they are known; asked for again until `done`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// Bytes that would be backed up, with the excludes as chosen.
    pub bytes: Whole,
    /// Files that would be backed up.
    pub files: Whole,
    /// The largest folders directly below the sources, largest first: label and bytes.
    pub folders: Vec<MeasuredFolder>,
    /// Bytes that each exclude leaves out, by its id.
    pub excludes: Vec<MeasuredFolder>,
    /// Whether all is counted.
    pub done: bool,
}

/// The size of a folder, or of what an exclude leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct MeasuredFolder {
    /// The folder's name, or the exclude's id.
    pub label: String,
    /// Bytes.
    pub bytes: Whole,
}

/// Something that can be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ExcludeChoice {
    /// Its id: `caches`, `cache-tagged`, `trash`, `downloads`, `node-modules`, `build-folders`, `virtual-machines`; the
    /// catalogue has its name and reason.
    pub id: String,
    /// Whether it is left out.
    pub chosen: bool,
}

/// A place for the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PlaceChoice {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: PlaceKind,
    /// What a person calls it.
    pub label: String,
    /// The folder that the backup would lie in, for reading.
    pub path: String,
    /// Bytes free.
    pub free: Option<Whole>,
    /// Bytes altogether.
    pub total: Option<Whole>,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Why it should not be taken: it lies on the same disk as what it protects, it is full.
    pub caution: Option<PlaceCaution>,
}

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A drive that is plugged in.
    Drive,
    /// A folder.
    Folder,
}

/// Why a place is no good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum PlaceCaution {
    /// On the same disk as what it protects: a broken disk takes both.
    SameDisk,
    /// There is less space than there is to back up.
    LittleSpace,
    /// It cannot be written.
    ReadOnly,
    /// A backup made by Backtrail or duplicity lies there already.
    HasBackup,
}

/// How a backup is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum ProtectChoice {
    /// With an OpenPGP key of its own.
    NewKey,
    /// With a passphrase only.
    PassphraseOnly,
}

/// A passphrase on its way in. One of the two flows in which the page may hold one; the field is cleared afterwards.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(transparent)]
pub struct Passphrase(String);

impl Passphrase {
    /// The passphrase, for those who keep secrets.
    #[must_use]
    pub fn into_sensitive(mut self) -> backtrail_base::Sensitive<String> {
        backtrail_base::Sensitive::new(std::mem::take(&mut self.0))
    }

    /// Words on their way to the page that shows them once.
    #[must_use]
    pub fn to_show(words: String) -> Self {
        Self(words)
    }
}

impl Drop for Passphrase {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// How strong a passphrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Strength {
    /// From 0 (worthless) to 4 (strong).
    pub score: u8,
}

/// What was chosen in the wizard. Ids are from [`SetupView`]; it is kept after each change, so that the wizard can be
/// left and taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SetUp {
    /// The folders.
    pub sources: Vec<String>,
    /// What is left out.
    pub excludes: Vec<String>,
    /// The place.
    pub place: String,
    /// How it is protected.
    pub protect: ProtectChoice,
    /// When it runs.
    pub when: super::When,
    /// What is kept.
    pub keep: super::Keep,
}

/// A saved kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct KitSaved {
    /// Where, for reading.
    pub path: String,
    /// When it was read back and opened a probe.
    pub proved: UnixTime,
    /// Whether the passphrase's words are printed on it.
    pub with_words: bool,
}

/// A check of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Tick {
    /// What was tried.
    pub what: TickWhat,
    /// Why it did not work; none when it did.
    pub failure: Option<Failure>,
}

/// What a check tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum TickWhat {
    /// Writes a probe.
    Write,
    /// Lists it.
    List,
    /// Reads it.
    Read,
    /// Renames it.
    Rename,
    /// Deletes it.
    Delete,
    /// Asks for the free space.
    FreeSpace,
    /// Compares the clocks.
    Clock,
}
