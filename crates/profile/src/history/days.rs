//! The strip of days: what became of each, in the time of the place where the person is.

use super::{Outcome, Record, What};
use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use serde::{Deserialize, Serialize};

/// What became of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayState {
    /// Nothing ran and nothing was skipped.
    None,
    /// Backed up, and nothing went wrong.
    Ok,
    /// Backed up, but with warnings, or not at every try.
    Partial,
    /// Tried, and not backed up.
    Failed,
    /// Not tried, or stopped by the person.
    Skipped,
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySummary {
    /// Which.
    pub date: Date,
    /// What became of it.
    pub state: DayState,
    /// Backups that began on it.
    pub runs: u32,
}

pub(super) fn summaries(records: &[Record], count: u32, now: &Zoned) -> Vec<DaySummary> {
    let today = now.date();
    let ago = |days: u32| today.checked_sub(i64::from(days).days()).ok();
    let mut days: Vec<(DaySummary, Seen)> = (0..count)
        .rev()
        .filter_map(ago)
        .map(|date| (DaySummary { date, state: DayState::None, runs: 0 }, Seen::default()))
        .collect();
    for record in records.iter().filter(|r| matches!(r.what, What::Backup | What::Skipped)) {
        let Ok(at) = jiff::Timestamp::from_second(record.at.0) else { continue };
        let date = at.to_zoned(now.time_zone().clone()).date();
        // Days are in order and without gaps.
        let Ok(place) = days.binary_search_by_key(&date, |(day, _)| day.date) else { continue };
        let (day, seen) = &mut days[place];
        match (record.what, record.outcome) {
            (What::Skipped, _) | (_, Outcome::Skipped) => seen.skipped = true,
            (_, outcome) => {
                day.runs = day.runs.saturating_add(1);
                match outcome {
                    Outcome::Done => seen.done = true,
                    Outcome::Warnings => seen.warnings = true,
                    Outcome::Failed => seen.failed = true,
                    Outcome::Cancelled | Outcome::Skipped => seen.skipped = true,
                }
            }
        }
    }
    days.into_iter().map(|(day, seen)| DaySummary { state: seen.state(), ..day }).collect()
}

/// What was met on a day.
#[derive(Debug, Default)]
struct Seen {
    done: bool,
    warnings: bool,
    failed: bool,
    skipped: bool,
}

impl Seen {
    fn state(&self) -> DayState {
        match self {
            Self { warnings: true, .. } | Self { done: true, failed: true, .. } => DayState::Partial,
            Self { done: true, .. } => DayState::Ok,
            Self { failed: true, .. } => DayState::Failed,
            Self { skipped: true, .. } => DayState::Skipped,
            _ => DayState::None,
        }
    }
}
