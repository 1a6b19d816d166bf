//! What an operation reports while it works: one stream of events that the command's bar and the app's screen
//! both show.

use backtrail_base::Code;
use backtrail_format::EntryPath;

/// Something that happened. Byte counts are bytes, not rounded.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A stage of the operation begins.
    Phase(Phase),
    /// How much there is to do, once known.
    Total {
        /// Files to read or write.
        files: u64,
        /// Bytes in them.
        bytes: u64,
    },
    /// The content of a file begins to be read, for progress that names the current file.
    Content {
        /// Which.
        path: &'a EntryPath,
    },
    /// An entry was dealt with.
    Entry {
        /// Which.
        path: &'a EntryPath,
        /// What happened to it.
        change: Change,
    },
    /// Running totals.
    Progress {
        /// Files done.
        files: u64,
        /// Bytes of content read or written.
        bytes: u64,
        /// Bytes stored on the destination or fetched from it.
        transferred: u64,
    },
    /// A volume is on the destination.
    VolumeStored {
        /// The object.
        name: &'a str,
        /// Its number in the set, from 1.
        number: u32,
        /// Its size.
        bytes: u64,
    },
    /// A volume was fetched and its hash held.
    VolumeFetched {
        /// The object.
        name: &'a str,
        /// Its size.
        bytes: u64,
    },
    /// An object was deleted from the destination.
    ObjectDeleted {
        /// The object.
        name: &'a str,
    },
    /// Something that did not stop the operation but should be known.
    Warning(&'a Warning),
}

/// A stage of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Manifests and signatures are fetched into the archive folder.
    Syncing,
    /// The source is counted, so that progress knows its end.
    Counting,
    /// The source is read and volumes are stored.
    BackingUp,
    /// Signatures and manifest are committed.
    Committing,
    /// Files are restored.
    Restoring,
    /// Files are rebuilt and compared.
    Verifying,
    /// Objects are deleted.
    Deleting,
}

/// What happened to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not in the backup before.
    New,
    /// It is not as it was.
    Changed,
    /// It is gone.
    Deleted,
    /// It is as it was.
    Unchanged,
    /// It was restored.
    Restored,
    /// It was compared.
    Compared,
}

/// Something that did not stop the operation: a file that could not be read, a damaged volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The stable code of its cause.
    pub code: Code,
    /// The path it concerns.
    pub path: Option<EntryPath>,
    /// One sentence that names the object.
    pub message: String,
}

/// Who is told. Called from several threads; must not block for long.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event<'_>) {}
}
