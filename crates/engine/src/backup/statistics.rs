//! The figures of a backup, named and counted as duplicity prints them.

use backtrail_base::Timestamp;

/// Figures of one backup. Sizes are bytes; *entries* are files, folders, links and the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// How long it took, in seconds.
    pub elapsed: f64,
    /// Entries seen in the source.
    pub source_files: u64,
    /// Bytes in the source's regular files.
    pub source_bytes: u64,
    /// Entries stored whole: new ones, and changed ones that are no regular files.
    pub new_files: u64,
    /// Bytes in them.
    pub new_bytes: u64,
    /// Entries that are gone.
    pub deleted_files: u64,
    /// Regular files stored as differences.
    pub changed_files: u64,
    /// Bytes in them.
    pub changed_bytes: u64,
    /// Bytes of their deltas.
    pub changed_delta_bytes: u64,
    /// Entries stored, of every kind.
    pub delta_entries: u64,
    /// Bytes of content and deltas stored, before compression.
    pub raw_delta_bytes: u64,
    /// Bytes added to the destination.
    pub stored_bytes: u64,
    /// Entries that could not be read.
    pub errors: u64,
}

impl Statistics {
    /// Nothing counted yet.
    pub(super) fn starting(start: Timestamp) -> Self {
        Self {
            start,
            end: start,
            elapsed: 0.0,
            source_files: 0,
            source_bytes: 0,
            new_files: 0,
            new_bytes: 0,
            deleted_files: 0,
            changed_files: 0,
            changed_bytes: 0,
            changed_delta_bytes: 0,
            delta_entries: 0,
            raw_delta_bytes: 0,
            stored_bytes: 0,
            errors: 0,
        }
    }
}
