//! The decision: what is due, and what stands in its way.

use super::due::{BACK_OFF_MOST, Due, HOUR, MINUTE, believed, due, stamp};
use super::{Conditions, Decision, Past, Waiting, Why, quiet};
use crate::profile::Profile;
use backtrail_base::Timestamp;
use jiff::{ToSpan as _, Zoned};

/// After a failure a run waits so long, doubled with each further one up to
/// [`BACK_OFF_MOST`], in seconds.
const BACK_OFF: i64 = 5 * MINUTE;
/// When what was missing came back, it waits no longer than this for each failure since the last success.
const CAME_BACK: i64 = MINUTE;
/// After a person stopped a run, the schedule leaves it alone for so long.
const STOPPED: i64 = HOUR;
/// A run that begins this late has been made up for.
const LATE: i64 = 10 * MINUTE;
/// A proof that failed or was stopped is not tried again for so long.
const PROOF_AGAIN: i64 = 24 * HOUR;
/// A run that could not begin for so long has been skipped.
const SKIPPED: i64 = HOUR;

/// Whether a profile's backup runs now, and if not, why, and when to look again.
///
/// It promises: a run only when nothing forbids it; a run at once when its time has come and nothing forbids it; after
/// any jump of the clock at most one run that would not have been otherwise.
#[must_use]
pub fn decide(profile: &Profile, past: &Past, now: &Zoned, conditions: &Conditions) -> Decision {
    let due = due(profile, past, now);
    if due == Due::Never {
        return Decision::Wait { until: None, why: Waiting::Manual };
    }
    let moment = stamp(now);
    if let Some(wait) = standing_still(now, conditions) {
        return wait;
    }
    let (since, latest) = match due {
        Due::Now { since, latest } => (since, latest),
        Due::At(time) => return not_due(profile, time, now),
        Due::Never => return Decision::Wait { until: None, why: Waiting::Manual },
    };
    if let Some(wait) = forbidden(profile, now, conditions) {
        return wait;
    }
    if let Some(wait) = too_soon(past, moment, conditions) {
        return wait;
    }
    Decision::Run(if past.failures > 0 {
        Why::Retry
    } else if past.last_success.is_none() {
        Why::First
    } else if since < latest || moment.0 - latest.0 > LATE {
        Why::CatchUp
    } else {
        Why::Due
    })
}

/// Whether the regular proof of a profile runs now: after its first backup, then every so many days, under the same
/// conditions as a backup. A profile that runs by hand only is proven all the same.
#[must_use]
pub fn decide_proof(profile: &Profile, past: &Past, now: &Zoned, conditions: &Conditions) -> Decision {
    let moment = stamp(now);
    if !profile.proof.enabled {
        return Decision::Wait { until: None, why: Waiting::Manual };
    }
    if let Some(wait) = standing_still(now, conditions) {
        return wait;
    }
    if past.last_success.is_none() {
        return Decision::Wait { until: None, why: Waiting::NotDue };
    }
    let proven = past.last_proof.and_then(|proof| believed(proof, moment));
    let regular = proven.map(|proof| proof.plus(i64::from(profile.proof.every_days).max(1) * 24 * HOUR));
    let attempt = past.last_proof_attempt.and_then(|attempt| believed(attempt, moment));
    let again = attempt.filter(|attempt| proven.is_none_or(|proof| proof < *attempt));
    let time = regular.max(again.map(|attempt| attempt.plus(PROOF_AGAIN)));
    if let Some(time) = time.filter(|time| *time > moment) {
        return not_due(profile, time, now);
    }
    forbidden(profile, now, conditions).unwrap_or(Decision::Run(match (proven, again) {
        (_, Some(_)) => Why::Retry,
        (None, None) => Why::First,
        (Some(_), None) => Why::Due,
    }))
}

/// Whether a run that waits is to be recorded as skipped, with the reason: when its time came an hour ago, and at most
/// once a day. What the schedule itself asks for (quiet hours, not due) is nothing skipped, and a failed run has its
/// own record.
#[must_use]
pub fn skipped(profile: &Profile, past: &Past, now: &Zoned, decision: &Decision) -> Option<Waiting> {
    let Decision::Wait { why, .. } = *decision else { return None };
    let from_outside = match why {
        Waiting::Paused
        | Waiting::Held
        | Waiting::DriveAway
        | Waiting::Offline
        | Waiting::Metered
        | Waiting::KeyringLocked
        | Waiting::OnBattery
        | Waiting::BatteryLow => true,
        Waiting::Manual
        | Waiting::Running
        | Waiting::NotDue
        | Waiting::QuietHours
        | Waiting::BackOff
        | Waiting::Stopped => false,
    };
    let Due::Now { since, .. } = due(profile, past, now) else { return None };
    let moment = stamp(now);
    let today = now.date();
    let recorded = past.last_skip.and_then(|skip| believed(skip, moment)).and_then(|skip| {
        let skip = jiff::Timestamp::from_second(skip.0).ok()?;
        Some(skip.to_zoned(now.time_zone().clone()).date())
    });
    let due_long = moment.0.saturating_sub(since.0) >= SKIPPED;
    (from_outside && due_long && recorded.is_none_or(|day| day < today)).then_some(why)
}

/// What stops everything, due or not.
fn standing_still(now: &Zoned, conditions: &Conditions) -> Option<Decision> {
    if conditions.running {
        return Some(Decision::Wait { until: None, why: Waiting::Running });
    }
    let pause = conditions.paused.filter(|pause| pause.holds(stamp(now), conditions.on_battery))?;
    Some(Decision::Wait { until: pause.until, why: Waiting::Paused })
}

fn not_due(profile: &Profile, time: Timestamp, now: &Zoned) -> Decision {
    let time = jiff::Timestamp::from_second(time.0)
        .map(|time| quiet::after(profile.schedule.quiet_hours, &time.to_zoned(now.time_zone().clone())))
        .map_or(time, |time| stamp(&time));
    Decision::Wait { until: Some(time), why: Waiting::NotDue }
}

/// What the surroundings forbid.
fn forbidden(profile: &Profile, now: &Zoned, conditions: &Conditions) -> Option<Decision> {
    let schedule = &profile.schedule;
    let remote = !profile.place.is_local();
    let on_battery = conditions.on_battery == Some(true);
    let low = |least| conditions.battery_percent.is_some_and(|percent| percent < least);
    let events = [
        (conditions.held, Waiting::Held),
        (!conditions.destination_here, Waiting::DriveAway),
        (remote && conditions.online == Some(false), Waiting::Offline),
        (remote && conditions.metered == Some(true) && !schedule.metered, Waiting::Metered),
        (!conditions.secrets_ready, Waiting::KeyringLocked),
        (on_battery && schedule.only_on_power, Waiting::OnBattery),
        (on_battery && schedule.min_battery.is_some_and(low), Waiting::BatteryLow),
    ];
    if let Some(&(_, why)) = events.iter().find(|(forbids, _)| *forbids) {
        return Some(Decision::Wait { until: None, why });
    }
    let end = quiet::after(schedule.quiet_hours, now);
    (end > *now).then(|| Decision::Wait { until: Some(stamp(&round_up(&end))), why: Waiting::QuietHours })
}

/// What the last try forbids for a while.
fn too_soon(past: &Past, now: Timestamp, conditions: &Conditions) -> Option<Decision> {
    let attempt = past.last_attempt.and_then(|attempt| believed(attempt, now))?;
    let (until, why) = if past.stopped {
        (attempt.plus(STOPPED), Waiting::Stopped)
    } else if past.failures > 0 {
        let doubled = BACK_OFF.saturating_mul(1 << (past.failures - 1).min(16)).min(BACK_OFF_MOST);
        let back = conditions.came_back.is_some_and(|back| back >= attempt && back <= now);
        let wait = if back { doubled.min(CAME_BACK * i64::from(past.failures)) } else { doubled };
        (attempt.plus(wait), Waiting::BackOff)
    } else {
        return None;
    };
    (until > now).then_some(Decision::Wait { until: Some(until), why })
}

/// A moment that is not before `moment` when cut to whole seconds.
fn round_up(moment: &Zoned) -> Zoned {
    if moment.subsec_nanosecond() == 0 { moment.clone() } else { moment.saturating_add(1.second()) }
}
