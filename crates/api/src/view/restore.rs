//! Restoring: moments, folders at a moment, and what a restore does.

use super::{Failure, UnixTime, Warned, Whole};
use serde::{Deserialize, Serialize};

/// The moments of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Moments {
    /// The moments, newest first.
    pub moments: Vec<MomentView>,
}

/// A moment that can be gone back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct MomentView {
    /// Its id.
    pub id: String,
    /// When.
    pub at: UnixTime,
    /// Whether it is a full backup.
    pub full: bool,
    /// Entries new, changed or deleted since the moment before, where that is known.
    pub changes: Option<Whole>,
    /// Bytes it takes on the destination.
    pub stored: Whole,
}

/// A part of a folder at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// The folder itself and those above it, the outermost first.
    pub trail: Vec<Entry>,
    /// Its entries from the offset on: folders first, then files, each by name.
    pub entries: Vec<Entry>,
    /// How many it has altogether.
    pub total: Whole,
    /// The offset of the first of `entries`.
    pub offset: Whole,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its id, good for this moment.
    pub id: String,
    /// Its name, for reading.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its size, where it is known; a folder has none.
    pub size: Option<Whole>,
    /// When it was last written.
    pub modified: Option<UnixTime>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A device, a pipe.
    Special,
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case", tag = "to", content = "folder")]
pub enum RestoreWhere {
    /// Beside the original: what is there stays, the restored one gets a name of its own.
    Original,
    /// Into a folder that a native dialog gave, by its id.
    Folder(String),
}

/// What a restore would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RestoreSheet {
    /// Files.
    pub files: Whole,
    /// Bytes in them, where sizes are known.
    pub bytes: Whole,
    /// Bytes that must be fetched.
    pub fetch: Whole,
    /// Bytes free where they go.
    pub free: Option<Whole>,
    /// How many are in the way, and get a name of their own.
    pub in_the_way: Whole,
    /// Where they go, for reading.
    pub target: String,
}

/// What a restore did; told by an event when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RestoreResult {
    /// The job.
    pub job: String,
    /// Entries restored.
    pub files: Whole,
    /// Bytes in them.
    pub bytes: Whole,
    /// Where, for reading; each can be shown in the file manager by its id.
    pub places: Vec<RestoredPlace>,
    /// What could not be restored, or not fully.
    pub problems: Vec<Warned>,
    /// What stopped it.
    pub failure: Option<Failure>,
}

/// A restored file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RestoredPlace {
    /// Its id, for *Show in folder*.
    pub id: String,
    /// Its path, for reading.
    pub path: String,
}
