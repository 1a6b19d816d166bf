//! Whole years, in seconds: at every minute the decision is what it must be, a wait ends when it said, and the sum of a
//! year is what a person expects.

use super::super::{Day, Waiting};
use super::world::{MET, Seen, World};
use super::*;

fn year(profile: Profile, zone_name: &str, seed: u64, also: &[Waiting]) -> Seen {
    let seen = World::new(profile, zone_name, seed).live(365);
    for reason in MET.iter().chain(also) {
        let minutes = seen.waits.get(reason.as_str());
        assert!(minutes.is_some(), "a year that never met {reason:?} proves nothing of it: {seen:?}");
    }
    assert!(seen.jumps > 5 && seen.failed > 20, "{seen:?}");
    assert!(seen.busiest <= 6, "a storm of runs: {seen:?}");
    assert!(seen.overdue > 0, "{seen:?}");
    seen
}

#[test]
fn a_year_of_hourly_backups_to_a_drive_in_berlin() {
    let mut profile = hourly();
    profile.schedule.quiet_hours = Some(("22:30".parse().unwrap(), "02:30".parse().unwrap()));
    let seen = year(
        profile,
        "Europe/Berlin",
        7,
        &[Waiting::DriveAway, Waiting::QuietHours, Waiting::BatteryLow, Waiting::Stopped],
    );
    assert!(seen.succeeded > 500, "{seen:?}");
}

#[test]
fn a_year_of_daily_backups_to_a_server_from_new_york() {
    let mut profile = profile(Every::Daily { at: "01:30".parse().unwrap() }, "sftp://ann@example.org/b");
    profile.schedule.only_on_power = true;
    let seen =
        year(profile, "America/New_York", 11, &[Waiting::Offline, Waiting::Metered, Waiting::OnBattery]);
    assert!(seen.succeeded > 80, "{seen:?}");
}

#[test]
fn a_year_of_weekly_backups_on_lord_howe_island() {
    let days = [Day::Sunday, Day::Wednesday].into();
    let mut profile = profile(Every::Weekly { days, at: "02:15".parse().unwrap() }, "file:///b");
    profile.schedule.quiet_hours = Some(("23:00".parse().unwrap(), "06:00".parse().unwrap()));
    let seen = year(
        profile,
        "Australia/Lord_Howe",
        13,
        &[Waiting::DriveAway, Waiting::QuietHours, Waiting::BatteryLow],
    );
    assert!((52..=104 + seen.jumps).contains(&seen.succeeded), "two a week at most: {seen:?}");
}
