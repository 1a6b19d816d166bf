//! How far a running job is.

use super::{UnixTime, Whole};
use serde::{Deserialize, Serialize};

/// A running job, told at most a few times a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The job, for *Pause* and *Stop*.
    pub job: String,
    /// The profile it is for.
    pub profile: String,
    /// What is being done.
    pub stage: Stage,
    /// Done of 100, once the end is known.
    pub percent: Option<f32>,
    /// Files done, and of how many.
    pub files: Whole,
    /// Of how many files, once known.
    pub files_total: Option<Whole>,
    /// Bytes read or written.
    pub bytes: Whole,
    /// Of how many bytes, once known.
    pub bytes_total: Option<Whole>,
    /// Bytes sent to the destination, or fetched from it.
    pub sent: Whole,
    /// Bytes read or written in the latest seconds, for each second.
    pub bytes_per_second: Whole,
    /// Seconds left, once it can be told.
    pub seconds_left: Option<Whole>,
    /// The file in work, for reading.
    pub current: Option<String>,
    /// When it began.
    pub started: UnixTime,
    /// Whether it is paused.
    pub paused: bool,
}

/// What a job does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Looks at the destination.
    Preparing,
    /// Removes what is no longer kept.
    Removing,
    /// Counts the files.
    Counting,
    /// Backs up.
    BackingUp,
    /// Finishes the backup.
    Finishing,
    /// Proves that a file comes back.
    Proving,
    /// Restores.
    Restoring,
}
