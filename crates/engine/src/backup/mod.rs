//! Backing up: a [`plan`] says what kind of set will be made and why; applying it walks the source beside what the
//! chain knows, stores what differs, and commits. Nothing counts before the manifest is on the destination.

mod commit;
mod compare;
mod file;
mod plan;
mod signatures;
mod statistics;
mod unchanged;
mod volumes;

pub use crate::output::Protection;
pub use plan::{Plan, Reason, plan};
pub use statistics::Statistics;

use crate::Warning;
use crate::select::Selection;
use backtrail_format::names::SetId;
use std::path::PathBuf;
use std::sync::Arc;

/// What to back up, and how.
pub struct Request {
    /// The source: a folder, or a single entry.
    pub root: PathBuf,
    /// The source as the manifest records it: as it was typed. Repeated and trailing slashes and `.` parts are
    /// removed here.
    pub localdir: Vec<u8>,
    /// What of it is kept.
    pub selection: Arc<Selection>,
    /// Full or increment.
    pub mode: Mode,
    /// How objects are protected.
    pub protection: Protection,
    /// The size of a volume in bytes, as stored.
    pub volume_size: u64,
    /// The largest block of a signature, in bytes; none for 3.2.1's rule alone.
    pub max_block: Option<u32>,
    /// Whether symbolic links are stored as what they point to.
    pub follow_links: bool,
    /// Whether the manifest lists the changed files.
    pub record_changes: bool,
    /// Whether a chain made on another host or of another folder is continued.
    pub allow_source_mismatch: bool,
    /// Whether an increment that would hold nothing is not made.
    pub skip_if_no_change: bool,
    /// This host's short name, for the manifest.
    pub hostname: Vec<u8>,
    /// Whether the source is counted first, so that progress knows its end.
    pub count_first: bool,
    /// Stops with an error once this volume is stored: for tests of interrupted runs.
    pub fail_after: Option<u32>,
    /// Leaves out this volume, and so never completes: for tests.
    pub skip_volume: Option<u32>,
}

/// Which kind of set is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A full set.
    Full,
    /// An increment; an error when there is nothing to continue.
    Increment,
    /// An increment, or a full set when there is nothing to continue or one is due.
    Auto {
        /// A full set is due when the last one is older than this many seconds.
        full_if_older_than: Option<i64>,
        /// A full set is due when the chain has this many increments.
        full_if_increments: Option<u32>,
    },
}

/// What a backup did.
#[derive(Debug, Clone)]
pub struct Report {
    /// The set, stored or not.
    pub set: SetId,
    /// False for a dry run, and when nothing had changed and that was to be skipped.
    pub stored: bool,
    /// The figures.
    pub statistics: Statistics,
    /// What could not be read and the like; all were sent as events too.
    pub warnings: Vec<Warning>,
    /// Volumes stored.
    pub volumes: u32,
}
