//! The records of a file, read.

use super::{DaySummary, Outcome, Record, What, days};
use crate::schedule::Past;
use jiff::Zoned;

/// The records of a history, in the order they were made in. That order counts, not their times: clocks are wrong at
/// times.
#[derive(Debug, Clone, Default)]
pub struct Records {
    records: Vec<Record>,
    /// Lines that are no JSON, the last one without a line break apart.
    pub(super) damaged: usize,
}

impl Records {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut read = Self::default();
        for (line, whole) in lines(bytes) {
            match serde_json::from_slice(line) {
                Ok(record) => read.records.push(record),
                // A newer version's: not for us, and no damage.
                Err(_) if Self::is_whole(line) => {}
                Err(_) => read.damaged += usize::from(whole),
            }
        }
        read
    }

    /// Whether a line is a JSON object, of whatever version.
    pub(super) fn is_whole(line: &[u8]) -> bool {
        serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line).is_ok()
    }

    /// The lines that are JSON objects.
    pub(super) fn good_lines(bytes: &[u8]) -> Vec<&[u8]> {
        lines(bytes).map(|(line, _)| line).filter(|line| Self::is_whole(line)).collect()
    }

    /// Of the old lines those that must not go: the last success of a backup and of a proof, unless a young line has
    /// one.
    pub(super) fn indispensable<'a>(old: &[&'a [u8]], young: &[&'a [u8]]) -> Vec<&'a [u8]> {
        let last = |lines: &[&'a [u8]], what: What| {
            lines.iter().rposition(|line| {
                serde_json::from_slice::<Record>(line)
                    .is_ok_and(|record| record.what == what && record.outcome.is_success())
            })
        };
        let kinds = [What::Backup, What::Proof].into_iter();
        let mut stay: Vec<usize> =
            kinds.filter(|&what| last(young, what).is_none()).filter_map(|what| last(old, what)).collect();
        stay.sort_unstable();
        stay.into_iter().map(|at| old[at]).collect()
    }

    /// All of them, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().rev()
    }

    /// All of them, newest first.
    pub fn into_newest_first(self) -> impl Iterator<Item = Record> + use<> {
        self.records.into_iter().rev()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The last try at something, however it ended; skipped ones are none.
    #[must_use]
    pub fn last(&self, what: What) -> Option<&Record> {
        self.newest_first().find(|record| record.what == what && record.outcome != Outcome::Skipped)
    }

    /// The last backup that succeeded, also with warnings.
    #[must_use]
    pub fn last_success(&self) -> Option<&Record> {
        self.newest_first().find(|record| record.what == What::Backup && record.outcome.is_success())
    }

    /// What the schedule has to know.
    #[must_use]
    pub fn past(&self) -> Past {
        let ended = |record: &Record| record.ended;
        let backups =
            || self.newest_first().filter(|r| r.what == What::Backup && r.outcome != Outcome::Skipped);
        let since = backups().take_while(|record| !record.outcome.is_success());
        let failures = since.filter(|record| record.outcome == Outcome::Failed).count();
        let proven = |r: &&Record| r.what == What::Proof && r.outcome.is_success();
        let is_skip = |r: &&Record| r.what == What::Skipped || r.outcome == Outcome::Skipped;
        Past {
            last_success: self.last_success().map(ended),
            last_attempt: backups().next().map(ended),
            failures: u32::try_from(failures).unwrap_or(u32::MAX),
            stopped: backups().next().is_some_and(|record| record.outcome == Outcome::Cancelled),
            last_skip: self.newest_first().find(is_skip).map(|record| record.at),
            last_proof: self.newest_first().find(proven).map(ended),
            last_proof_attempt: self.last(What::Proof).map(ended),
        }
    }

    /// The last `count` days up to the day of `now`, in its time zone, oldest first.
    #[must_use]
    pub fn days(&self, count: u32, now: &Zoned) -> Vec<DaySummary> {
        days::summaries(&self.records, count, now)
    }
}

/// The lines that are not empty, each with whether a line break ends it.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    bytes
        .split_inclusive(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\n").map_or((line, false), |line| (line, true)))
        .filter(|(line, _)| !line.is_empty())
}
