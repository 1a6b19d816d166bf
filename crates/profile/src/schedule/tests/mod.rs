//! The schedule under test: rule by rule, over the changes of daylight saving time, through simulated years, and under
//! random conditions.

mod dst;
mod random;
mod rules;
mod world;
mod year;

use super::{Conditions, Every, Past};
use crate::profile::{Place, Profile, Protection};
use backtrail_base::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 24 * HOUR;

/// A profile on a drive, or on a server.
pub(super) fn profile(every: Every, address: &str) -> Profile {
    let place = Place { address: address.into(), label: "Backup".into(), drive: None };
    let mut profile = Profile::new("Home", Timestamp(0), vec![], place, Protection::Passphrase);
    profile.schedule.every = every;
    profile
}

pub(super) fn hourly() -> Profile {
    profile(Every::Hours(1), "file:///media/ann/Backup")
}

pub(super) fn daily(at: &str) -> Profile {
    profile(Every::Daily { at: at.parse().unwrap() }, "file:///media/ann/Backup")
}

pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("these tests need the system's time zone database (package tzdata)")
}

/// A time on the clock on the wall, such as `2026-03-29T01:59`; of two the first.
pub(super) fn at(zone_name: &str, civil: &str) -> Zoned {
    civil.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone(zone_name)).unwrap()
}

pub(super) fn stamp(zoned: &Zoned) -> Timestamp {
    Timestamp(zoned.timestamp().as_second())
}

pub(super) fn zoned(moment: Timestamp, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_second(moment.0).unwrap().to_zoned(zone.clone())
}

/// Nothing is in the way.
pub(super) fn free() -> Conditions {
    Conditions { destination_here: true, secrets_ready: true, ..Conditions::default() }
}

/// The last backup succeeded then.
pub(super) fn succeeded(moment: Timestamp) -> Past {
    Past { last_success: Some(moment), last_attempt: Some(moment), ..Past::default() }
}

/// Tries have failed, the last one then; the last success was two days before.
pub(super) fn failed(moment: Timestamp, times: u32) -> Past {
    Past {
        last_success: Some(moment.plus(-2 * DAY)),
        last_attempt: Some(moment),
        failures: times,
        ..Past::default()
    }
}
