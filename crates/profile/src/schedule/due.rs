//! When a run's time comes, whatever stands in its way.

use super::{Day, Every, Past, Schedule, quiet};
use crate::profile::Profile;
use backtrail_base::Timestamp;
use jiff::civil::{Date, Time};
use jiff::{ToSpan as _, Zoned};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A record may be this far ahead of the clock, in seconds: clocks are put right in small steps. One that is further
/// ahead was made while the clock was wrong, and says nothing.
const AHEAD: i64 = 5 * MINUTE;

/// The longest wait after a failure, in seconds.
pub(super) const BACK_OFF_MOST: i64 = 4 * HOUR;

/// How long a run may begin after its time where runs are not made up for, in seconds.
const GRACE: i64 = HOUR;

/// Whether a run's time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Never by itself.
    Never,
    /// Then.
    At(Timestamp),
    /// Now.
    Now {
        /// Since when: the first of the times that passed without a backup.
        since: Timestamp,
        /// The last of them.
        latest: Timestamp,
    },
}

/// A backup that should have been made long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// When its time came.
    pub since: Timestamp,
}

/// Whether a backup is overdue: its time came longer ago than it usually takes from one to the next, and than a day.
/// Whatever the reason; a run that is going on is for the caller to know.
#[must_use]
pub fn overdue(profile: &Profile, past: &Past, now: &Zoned) -> Option<Overdue> {
    let Due::Now { since, .. } = due(profile, past, now) else { return None };
    let patience = usual(&profile.schedule.every).max(DAY);
    (stamp(now).0.saturating_sub(since.0) > patience).then_some(Overdue { since })
}

/// Whether a run's time has come.
pub(super) fn due(profile: &Profile, past: &Past, now: &Zoned) -> Due {
    let schedule = &profile.schedule;
    let moment = stamp(now);
    let never = match &schedule.every {
        Every::Manual => true,
        Every::Weekly { days, .. } => days.is_empty(),
        Every::Hours(_) | Every::Daily { .. } => false,
    };
    if never || !schedule.enabled {
        return Due::Never;
    }
    let Some(last) = past.last_success.and_then(|last| believed(last, moment)) else {
        // No backup yet, or one from a time that has not come: that is reason enough, whatever the time of day.
        let since = match past.last_success {
            None => believed(profile.created, moment).unwrap_or(moment),
            Some(_) => moment,
        };
        return Due::Now { since, latest: moment };
    };
    match &schedule.every {
        Every::Hours(hours) => {
            let time = last.plus(i64::from(*hours).max(1) * HOUR);
            if time <= moment { Due::Now { since: time, latest: time } } else { Due::At(time) }
        }
        _ => slots_due(schedule, past, last, now),
    }
}

fn slots_due(schedule: &Schedule, past: &Past, last: Timestamp, now: &Zoned) -> Due {
    let moment = stamp(now);
    let next = || slots(schedule, now, -1..=8).find(|slot| *slot > moment).map_or(Due::Never, Due::At);
    let Some(latest) = slots(schedule, now, (-8..=0).rev()).find(|slot| *slot <= moment) else {
        return next();
    };
    if latest <= last {
        return next();
    }
    // A run that began and failed is tried again, and one that had to wait after a failure is not lost; only what never
    // began lapses.
    let tried = past.failures > 0 && past.last_attempt.is_some_and(|last| last.plus(BACK_OFF_MOST) >= latest);
    if !schedule.catch_up && !tried && moment.0 - latest.0 > GRACE {
        return next();
    }
    let then = jiff::Timestamp::from_second(last.0).map(|last| last.to_zoned(now.time_zone().clone()));
    let first = then.ok().and_then(|then| slots(schedule, &then, -1..=8).find(|slot| *slot > last));
    Due::Now { since: first.unwrap_or(latest).min(latest), latest }
}

/// The times of day on some days around that of `now`, each moved to the end of the quiet hours it lies in: which may
/// be on the day after.
fn slots(
    schedule: &Schedule,
    now: &Zoned,
    days: impl Iterator<Item = i64>,
) -> impl Iterator<Item = Timestamp> {
    let today = now.date();
    let zone = now.time_zone();
    days.filter_map(move |day| {
        let date = today.checked_add(day.days()).ok()?;
        let at = time_on(&schedule.every, date)?;
        // A time that the clock leaps over becomes as much later; one that comes twice is the first.
        let slot = date.to_datetime(at).to_zoned(zone.clone()).ok()?;
        Some(stamp(&quiet::after(schedule.quiet_hours, &slot)))
    })
}

fn time_on(every: &Every, date: Date) -> Option<Time> {
    match every {
        Every::Daily { at } => Some(*at),
        Every::Weekly { days, at } => days.contains(&Day::from(date.weekday())).then_some(*at),
        Every::Hours(_) | Every::Manual => None,
    }
}

/// The longest time from one run to the next when nothing is in the way, in seconds.
pub(super) fn usual(every: &Every) -> i64 {
    match every {
        Every::Hours(hours) => i64::from(*hours).max(1) * HOUR,
        Every::Daily { .. } | Every::Manual => DAY,
        Every::Weekly { days, .. } => {
            let days: Vec<i64> = days.iter().map(|&day| day as i64).collect();
            let gap = |pair: &[i64]| pair[1] - pair[0];
            let over_the_end = days.first().zip(days.last()).map_or(7, |(first, last)| first + 7 - last);
            days.windows(2).map(gap).max().unwrap_or(0).max(over_the_end) * DAY
        }
    }
}

/// A recorded moment, unless the clock must have been wrong when it was recorded.
pub(super) fn believed(recorded: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (recorded <= now.plus(AHEAD)).then_some(recorded)
}

pub(super) fn stamp(now: &Zoned) -> Timestamp {
    Timestamp(now.timestamp().as_second())
}
