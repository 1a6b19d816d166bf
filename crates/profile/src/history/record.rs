//! One record of the history.

use crate::schedule::Waiting;
use crate::written::{code, moment};
use backtrail_base::{Code, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A backup.
    Backup,
    /// The proof that a file comes back.
    Proof,
    /// The removal of old backups.
    Removal,
    /// A restore.
    Restore,
    /// A backup that did not begin though its time had come.
    Skipped,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Well.
    Done,
    /// Well, but something should be known.
    Warnings,
    /// Not.
    Failed,
    /// The person stopped it.
    Cancelled,
    /// It did not begin.
    Skipped,
}

impl Outcome {
    /// Whether what was to be done is done.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Done | Self::Warnings)
    }
}

/// A run, or one that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it began.
    #[serde(with = "moment")]
    pub at: Timestamp,
    /// When it ended.
    #[serde(with = "moment")]
    pub ended: Timestamp,
    /// What it was.
    pub what: What,
    /// How it ended.
    pub outcome: Outcome,
    /// The error's stable code, when it failed; for a skipped one none.
    #[serde(default, with = "code", skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What happened in one plain sentence; empty when there is nothing to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What the person can do next, one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
    /// Why it did not begin, when it was skipped.
    #[serde(default, deserialize_with = "known_reason", skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Waiting>,
    /// The file that was proven, for reading: a path whose odd letters are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The set that was made or used, as its time in duplicity's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Whether that set is a full one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub full: bool,
    /// How much there was of everything.
    #[serde(default)]
    pub figures: Figures,
    /// What should be known, at most [`Record::MOST_WARNINGS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<RecordWarning>,
    /// How many warnings there were in all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warning_count: u64,
}

impl Record {
    /// Warnings that are kept in a record; the rest is only counted.
    pub const MOST_WARNINGS: usize = 100;

    /// A record with no figures and nothing to say.
    #[must_use]
    pub fn new(what: What, outcome: Outcome, at: Timestamp, ended: Timestamp) -> Self {
        Self {
            at,
            ended,
            what,
            outcome,
            code: None,
            message: String::new(),
            next_step: None,
            skipped: None,
            file: None,
            set: None,
            full: false,
            figures: Figures::default(),
            warnings: Vec::new(),
            warning_count: 0,
        }
    }

    /// A backup whose time had come and that did not begin.
    #[must_use]
    pub fn skipped(at: Timestamp, why: Waiting) -> Self {
        Self { skipped: Some(why), ..Self::new(What::Skipped, Outcome::Skipped, at, at) }
    }

    /// Adds a warning: counted always, kept while there is room.
    pub fn warn(&mut self, warning: RecordWarning) {
        self.warning_count = self.warning_count.saturating_add(1);
        if self.warnings.len() < Self::MOST_WARNINGS {
            self.warnings.push(warning);
        }
    }
}

/// How much there was of everything. Bytes are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Files in the backup, or restored.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Files that were new.
    pub new: u64,
    /// Files that had changed.
    pub changed: u64,
    /// Files that were gone.
    pub deleted: u64,
    /// Bytes stored on the destination; for a restore fetched from it, for a removal freed on it.
    pub sent: u64,
    /// How long it took.
    pub seconds: u64,
}

/// Something that did not stop the run but should be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordWarning {
    /// Its stable code.
    #[serde(default, with = "code", skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What it concerns, for reading: a path whose odd letters are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What happened, in words.
    pub message: String,
}

/// A reason of a newer version is read as none.
fn known_reason<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Waiting>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.as_deref().and_then(Waiting::named))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
