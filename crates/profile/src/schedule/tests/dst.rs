//! The changes of daylight saving time, in both directions and in zones with odd ones.

use super::super::{Decision, Waiting, Why, decide};
use super::*;

/// Runs of an undisturbed computer from one time on the wall to another, as local times; looked at when the schedule
/// says so, and never more than once at one moment.
fn runs(profile: &Profile, zone_name: &str, from: &str, to: &str) -> Vec<String> {
    let (zone, end) = (zone(zone_name), stamp(&at(zone_name, to)));
    let mut now = stamp(&at(zone_name, from));
    let mut past = succeeded(now);
    let mut runs = Vec::new();
    while now < end {
        match decide(profile, &past, &zoned(now, &zone), &free()) {
            Decision::Run(why) => {
                let quiet = profile.schedule.quiet_hours.is_some();
                assert!(why == Why::Due || quiet, "an undisturbed computer is never late: {why:?}");
                runs.push(zoned(now, &zone).strftime("%d %H:%M %z").to_string());
                now = now.plus(1);
                past = succeeded(now);
            }
            Decision::Wait { until, why } => {
                assert!(matches!(why, Waiting::NotDue | Waiting::QuietHours), "{why:?}");
                let until = until.expect("only time is missing");
                assert!(until > now, "else the loop would spin at {}", zoned(now, &zone));
                now = until;
            }
        }
    }
    runs
}

#[test]
fn a_time_that_the_clock_leaps_over_comes_later_that_day() {
    let berlin = runs(&daily("02:30"), "Europe/Berlin", "2026-03-28T00:00", "2026-03-31T00:00");
    assert_eq!(berlin, ["28 02:30 +0100", "29 03:30 +0200", "30 02:30 +0200"], "every day has its backup");
    let new_york = runs(&daily("02:30"), "America/New_York", "2026-03-07T00:00", "2026-03-10T00:00");
    assert_eq!(new_york, ["07 02:30 -0500", "08 03:30 -0400", "09 02:30 -0400"]);
    // Half an hour only.
    let lord_howe = runs(&daily("02:15"), "Australia/Lord_Howe", "2026-10-03T00:00", "2026-10-06T00:00");
    assert_eq!(lord_howe, ["03 02:15 +1030", "04 02:45 +1100", "05 02:15 +1100"]);
    // The day begins at one o'clock.
    let beirut = runs(&daily("00:00"), "Asia/Beirut", "2026-03-28T01:00", "2026-03-31T00:00");
    assert_eq!(beirut, ["29 01:00 +0300", "30 00:00 +0300"]);
}

#[test]
fn a_time_that_comes_twice_runs_once() {
    let berlin = runs(&daily("02:30"), "Europe/Berlin", "2026-10-24T00:00", "2026-10-27T00:00");
    assert_eq!(berlin, ["24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"]);
    let new_york = runs(&daily("01:30"), "America/New_York", "2026-10-31T00:00", "2026-11-03T00:00");
    assert_eq!(new_york, ["31 01:30 -0400", "01 01:30 -0400", "02 01:30 -0500"]);
    let lord_howe = runs(&daily("01:45"), "Australia/Lord_Howe", "2026-04-04T00:00", "2026-04-07T00:00");
    assert_eq!(lord_howe, ["04 01:45 +1100", "05 01:45 +1100", "06 01:45 +1030"]);
    let beirut = runs(&daily("23:30"), "Asia/Beirut", "2026-10-23T12:00", "2026-10-26T00:00");
    assert_eq!(beirut.len(), 3, "23:30 comes twice on the 24th: {beirut:?}");
}

#[test]
fn a_day_that_a_country_left_out_has_no_run_of_its_own() {
    // Samoa went from the 29th of December 2011 to the 31st.
    let apia = runs(&daily("12:00"), "Pacific/Apia", "2011-12-28T13:00", "2012-01-02T00:00");
    assert_eq!(apia, ["29 12:00 -1000", "31 12:00 +1400", "01 12:00 +1400"]);
}

#[test]
fn hours_are_real_ones() {
    let spring = runs(&hourly(), "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T05:00");
    assert_eq!(
        spring.len(),
        3,
        "four hours pass, the last run falls on a few seconds after five: {spring:?}"
    );
    let autumn = runs(&hourly(), "Europe/Berlin", "2026-10-25T00:00", "2026-10-25T05:00");
    assert_eq!(autumn.len(), 5, "six hours pass: {autumn:?}");
}

#[test]
fn quiet_hours_follow_the_clock_on_the_wall() {
    let mut profile = hourly();
    // Their end is leapt over: at 03:00 it is past half past two.
    profile.schedule.quiet_hours = Some(("22:00".parse().unwrap(), "02:30".parse().unwrap()));
    let spring = runs(&profile, "Europe/Berlin", "2026-03-28T21:30", "2026-03-29T05:00");
    assert_eq!(spring.first().map(String::as_str), Some("29 03:00 +0200"), "{spring:?}");
    // Their end comes twice: between the two it is quiet again.
    let autumn = runs(&profile, "Europe/Berlin", "2026-10-24T21:30", "2026-10-25T04:00");
    assert_eq!(autumn, ["25 02:30 +0200", "25 02:30 +0100", "25 03:30 +0100"]);
}
