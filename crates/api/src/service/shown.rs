//! Between what a profile holds and what a screen shows: schedules, retention, records, reasons, times.

use super::{Inner, about};
use crate::failure;
use crate::view::{
    Day, DayOutcome, Every as EveryView, Failure, Keep, RunFigures, RunOutcome, RunView, UnixTime,
    WaitReason, Warned, When, Whole,
};
use backtrail_base::{Code, Timestamp};
use backtrail_profile::schedule::{Day as WeekDay, Every, Waiting};
use backtrail_profile::{DayState, DaySummary, Outcome, Profile, Record, RecordWarning, Retention, Schedule};
use jiff::civil::Time;

/// A moment on its way to the page.
pub(super) fn time(moment: Timestamp) -> UnixTime {
    UnixTime(moment.0)
}

/// A fingerprint in groups of four.
pub(super) fn grouped(fingerprint: &str) -> String {
    let letters: Vec<char> = fingerprint.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

const DAYS: [WeekDay; 7] = [
    WeekDay::Monday,
    WeekDay::Tuesday,
    WeekDay::Wednesday,
    WeekDay::Thursday,
    WeekDay::Friday,
    WeekDay::Saturday,
    WeekDay::Sunday,
];

/// A schedule on its way to the page.
pub(super) fn when(schedule: &Schedule) -> When {
    let clock = |time: &Time| time.strftime("%H:%M").to_string();
    let every = match &schedule.every {
        _ if !schedule.enabled => EveryView::Manual,
        Every::Hours(hours) => EveryView::Hours(*hours),
        Every::Daily { at } => EveryView::Daily(clock(at)),
        Every::Weekly { days, at } => EveryView::Weekly {
            days: (1_u8..)
                .zip(DAYS)
                .filter(|(_, day)| days.contains(day))
                .map(|(number, _)| number)
                .collect(),
            time: clock(at),
        },
        Every::Manual => EveryView::Manual,
    };
    When {
        every,
        only_on_power: schedule.only_on_power,
        min_battery: schedule.min_battery,
        metered: schedule.metered,
        quiet_hours: schedule.quiet_hours.as_ref().map(|(from, to)| (clock(from), clock(to))),
    }
}

/// A schedule from the page; what the page does not show stays as it was.
///
/// # Errors
/// For a time or a number that is none.
pub(super) fn schedule(when: &When, before: &Schedule) -> Result<Schedule, Failure> {
    let clock = |text: &str| Time::strptime("%H:%M", text.trim()).map_err(|_| unfit());
    let every = match &when.every {
        EveryView::Hours(hours) if (1..=24 * 31).contains(hours) => Every::Hours(*hours),
        EveryView::Hours(_) => return Err(unfit()),
        EveryView::Daily(at) => Every::Daily { at: clock(at)? },
        EveryView::Weekly { days, time } => {
            let day = |number: &u8| DAYS.get(usize::from(*number).checked_sub(1)?).copied();
            let days = days.iter().map(|number| day(number).ok_or_else(unfit)).collect::<Result<_, _>>()?;
            Every::Weekly { days, at: clock(time)? }
        }
        EveryView::Manual => Every::Manual,
    };
    let quiet_hours = match &when.quiet_hours {
        Some((from, to)) => Some((clock(from)?, clock(to)?)),
        None => None,
    };
    Ok(Schedule {
        enabled: true,
        every,
        only_on_power: when.only_on_power,
        min_battery: when.min_battery.map(|percent| percent.min(100)),
        metered: when.metered,
        quiet_hours,
        ..before.clone()
    })
}

/// What is kept, on its way to the page.
pub(super) fn keep(retention: &Retention) -> Keep {
    Keep { months: retention.keep_months, full_every_days: retention.full_every_days }
}

/// What is kept, from the page.
pub(super) fn retention(keep: Keep, before: &Retention) -> Retention {
    Retention {
        keep_months: keep.months.min(1200),
        full_every_days: keep.full_every_days.min(3660),
        ..before.clone()
    }
}

fn unfit() -> Failure {
    failure::plain(
        Code::Usage,
        "A time or a number in the schedule is none.",
        "Write times as 18:00, and hours as whole numbers from 1 on.",
    )
}

impl Inner {
    /// Why a backup waits, told apart by what a person can do.
    pub(super) fn wait_reason(&self, profile: &Profile, why: Waiting) -> WaitReason {
        match why {
            Waiting::KeyringLocked if self.secret_missing(profile) == Some(Code::PassphraseNeeded) => {
                WaitReason::PassphraseNeeded
            }
            why => reason(why),
        }
    }

    /// A record on its way to the page.
    pub(super) fn run_view(&self, profile: &Profile, record: &Record) -> RunView {
        let figures = &record.figures;
        RunView {
            at: time(record.at),
            outcome: match record.outcome {
                Outcome::Done => RunOutcome::Done,
                Outcome::Warnings => RunOutcome::Warnings,
                Outcome::Failed => RunOutcome::Failed,
                Outcome::Cancelled => RunOutcome::Cancelled,
                Outcome::Skipped => RunOutcome::Skipped,
            },
            figures: record.outcome.is_success().then_some(RunFigures {
                full: record.full,
                new: Whole(figures.new),
                changed: Whole(figures.changed),
                deleted: Whole(figures.deleted),
                sent: Whole(figures.sent),
                seconds: Whole(figures.seconds),
            }),
            skipped: record.skipped.map(reason),
            failure: (record.outcome == Outcome::Failed).then(|| self.record_failure(profile, record)),
            warnings: record.warnings.iter().map(warned).collect(),
            warning_count: Whole(record.warning_count),
        }
    }

    /// A failed record as a person reads it.
    pub(super) fn record_failure(&self, profile: &Profile, record: &Record) -> Failure {
        let code = record.code.unwrap_or(Code::Io);
        let technical =
            record.warnings.iter().find(|warning| warning.code == record.code && warning.path.is_none());
        let Some(technical) = technical else {
            // The record has the technical text alone: the words are those of the code.
            return about(profile).failure(code, record.message.clone());
        };
        let words = about(profile).failure(code, technical.message.clone());
        Failure {
            message: sentence(&record.message).unwrap_or(words.message),
            advice: record.next_step.as_deref().and_then(sentence).or(words.advice),
            ..words
        }
    }
}

/// A sentence of a record, which has neither a capital nor a full stop yet.
fn sentence(text: &str) -> Option<String> {
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first = letters.next()?;
    Some(format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// A warning on its way to the page.
pub(super) fn warned(warning: &RecordWarning) -> Warned {
    Warned {
        code: warning.code.map_or("io", Code::as_str).to_owned(),
        path: warning.path.clone(),
        message: warning.message.clone(),
    }
}

/// A day on its way to the page.
pub(super) fn day(day: &DaySummary) -> Day {
    Day {
        date: day.date.to_string(),
        outcome: match day.state {
            DayState::None => DayOutcome::None,
            DayState::Ok => DayOutcome::Ok,
            DayState::Partial => DayOutcome::Warnings,
            DayState::Failed => DayOutcome::Failed,
            DayState::Skipped => DayOutcome::Skipped,
        },
        runs: day.runs,
    }
}

fn reason(why: Waiting) -> WaitReason {
    match why {
        Waiting::Manual => WaitReason::Manual,
        Waiting::Running => WaitReason::Busy,
        Waiting::Paused => WaitReason::Paused,
        Waiting::NotDue => WaitReason::NotDue,
        Waiting::Held => WaitReason::Held,
        Waiting::DriveAway => WaitReason::DriveAway,
        Waiting::Offline => WaitReason::Offline,
        Waiting::Metered => WaitReason::Metered,
        Waiting::KeyringLocked => WaitReason::KeyringLocked,
        Waiting::OnBattery => WaitReason::OnBattery,
        Waiting::BatteryLow => WaitReason::BatteryLow,
        Waiting::QuietHours => WaitReason::QuietHours,
        Waiting::BackOff => WaitReason::BackOff,
        Waiting::Stopped => WaitReason::Stopped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_survives_the_way_to_the_page_and_back() {
        let at = Time::constant(18, 30, 0, 0);
        let days = [WeekDay::Monday, WeekDay::Sunday].into();
        for every in [Every::Hours(3), Every::Daily { at }, Every::Weekly { days, at }, Every::Manual] {
            let quiet = Some((Time::constant(22, 0, 0, 0), Time::constant(7, 5, 0, 0)));
            let before = Schedule { every, quiet_hours: quiet, catch_up: false, ..Schedule::default() };
            let after = schedule(&when(&before), &before).expect("what we wrote ourselves");
            assert_eq!(after, before, "opening the settings and saving them must change nothing");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let mut view = when(&Schedule::default());
        for every in [EveryView::Hours(0), EveryView::Daily("25:00".into()), EveryView::Daily(String::new())]
        {
            view.every = every;
            assert!(schedule(&view, &Schedule::default()).is_err(), "{view:?} would never run, or always");
        }
        view.every = EveryView::Weekly { days: vec![0, 8], time: "12:00".into() };
        assert!(schedule(&view, &Schedule::default()).is_err(), "there is no eighth day");
    }

    #[test]
    fn a_fingerprint_is_shown_in_groups() {
        assert_eq!(
            grouped("0123456789AB"),
            "0123 4567 89AB",
            "forty letters in a row cannot be compared by eye"
        );
    }
}
