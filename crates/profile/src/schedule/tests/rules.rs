//! Each rule by itself.

use super::super::{Decision, Overdue, Waiting, Why, decide, decide_proof, overdue, skipped};
use super::*;
use crate::settings::Pause;
use Decision::{Run, Wait};

const ZONE: &str = "Europe/Berlin";

fn noon() -> Zoned {
    at(ZONE, "2026-11-20T12:00")
}

fn ago(seconds: i64) -> Timestamp {
    stamp(&noon()).plus(-seconds)
}

fn wait(until: Option<Timestamp>, why: Waiting) -> Decision {
    Wait { until, why }
}

#[test]
fn the_first_backup_does_not_wait_for_a_time_of_day() {
    let decision = decide(&daily("18:00"), &Past::default(), &noon(), &free());
    assert_eq!(decision, Run(Why::First), "a person who has just set this up is not protected yet");
}

#[test]
fn hours_are_counted_from_the_last_success() {
    let profile = hourly();
    let early = decide(&profile, &succeeded(ago(HOUR - 1)), &noon(), &free());
    assert_eq!(early, wait(Some(ago(-1)), Waiting::NotDue), "and it says exactly when to look again");
    assert_eq!(decide(&profile, &succeeded(ago(HOUR)), &noon(), &free()), Run(Why::Due));
    assert_eq!(decide(&profile, &succeeded(ago(5 * HOUR)), &noon(), &free()), Run(Why::CatchUp));
}

#[test]
fn no_hours_are_one_hour() {
    let profile = profile(Every::Hours(0), "file:///b");
    let decision = decide(&profile, &succeeded(ago(10)), &noon(), &free());
    assert_eq!(
        decision,
        wait(Some(ago(10 - HOUR)), Waiting::NotDue),
        "a mistyped 0 must not run without end"
    );
}

#[test]
fn a_schedule_that_is_off_or_by_hand_never_runs_by_itself() {
    let mut off = hourly();
    off.schedule.enabled = false;
    let by_hand = profile(Every::Manual, "file:///b");
    let no_days = profile(Every::Weekly { days: [].into(), at: "12:00".parse().unwrap() }, "file:///b");
    for profile in [off, by_hand, no_days] {
        let decision = decide(&profile, &Past::default(), &noon(), &free());
        assert_eq!(decision, wait(None, Waiting::Manual), "{:?}", profile.schedule);
        assert_eq!(overdue(&profile, &Past::default(), &noon()), None, "nothing was promised");
    }
}

#[test]
fn each_condition_forbids_and_says_so() {
    let due = succeeded(ago(DAY));
    let drive = hourly();
    let server = profile(Every::Hours(1), "sftp://ann@example.org/backup");
    let mut on_power = hourly();
    on_power.schedule.only_on_power = true;
    let mut at_night = hourly();
    at_night.schedule.quiet_hours = Some(("11:00".parse().unwrap(), "13:30".parse().unwrap()));
    let battery = |percent| Conditions { on_battery: Some(true), battery_percent: percent, ..free() };
    let cases = [
        (&drive, Conditions { running: true, ..free() }, wait(None, Waiting::Running)),
        (&drive, Conditions { held: true, ..free() }, wait(None, Waiting::Held)),
        (&drive, Conditions { destination_here: false, ..free() }, wait(None, Waiting::DriveAway)),
        (&drive, Conditions { secrets_ready: false, ..free() }, wait(None, Waiting::KeyringLocked)),
        (&server, Conditions { online: Some(false), ..free() }, wait(None, Waiting::Offline)),
        (&server, Conditions { metered: Some(true), ..free() }, wait(None, Waiting::Metered)),
        (&drive, Conditions { online: Some(false), metered: Some(true), ..free() }, Run(Why::CatchUp)),
        (&on_power, battery(Some(100)), wait(None, Waiting::OnBattery)),
        (&on_power, Conditions { on_battery: Some(false), ..free() }, Run(Why::CatchUp)),
        (&drive, battery(Some(19)), wait(None, Waiting::BatteryLow)),
        (&drive, battery(Some(20)), Run(Why::CatchUp)),
        (&drive, battery(None), Run(Why::CatchUp)),
        (&at_night, free(), wait(Some(ago(-90 * MINUTE)), Waiting::QuietHours)),
    ];
    for (profile, conditions, expected) in cases {
        assert_eq!(decide(profile, &due, &noon(), &conditions), expected, "{conditions:?}");
    }
    let mut generous = server;
    generous.schedule.metered = true;
    let metered = Conditions { metered: Some(true), ..free() };
    assert_eq!(decide(&generous, &due, &noon(), &metered), Run(Why::CatchUp), "the person allowed it");
}

#[test]
fn a_pause_ends_by_time_or_on_power() {
    let (profile, due) = (hourly(), succeeded(ago(DAY)));
    let paused = |pause, on_battery| {
        decide(&profile, &due, &noon(), &Conditions { paused: Some(pause), on_battery, ..free() })
    };
    let until = Some(ago(-HOUR));
    let for_an_hour = Pause { until, until_on_power: false };
    assert_eq!(paused(for_an_hour, None), wait(until, Waiting::Paused));
    let over = Pause { until: Some(ago(0)), until_on_power: false };
    assert_eq!(paused(over, None), Run(Why::CatchUp), "a pause ends at its end");
    let on_power = Pause { until: None, until_on_power: true };
    assert_eq!(paused(on_power, Some(true)), wait(None, Waiting::Paused));
    assert_eq!(paused(on_power, Some(false)), Run(Why::CatchUp));
    assert_eq!(paused(on_power, None), Run(Why::CatchUp), "a computer without a battery is on power");
    assert_eq!(paused(Pause::default(), None), wait(None, Waiting::Paused), "until the person ends it");
    let wrong_clock = Pause { until: Some(ago(-5 * 365 * DAY)), until_on_power: false };
    assert_eq!(paused(wrong_clock, None), Run(Why::CatchUp), "nobody chose a pause of five years");
}

#[test]
fn failures_double_the_wait_up_to_four_hours() {
    let profile = hourly();
    for (times, minutes) in
        [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 240), (8, 240), (9_999, 240)]
    {
        let last = ago(minutes * MINUTE - 1);
        let decision = decide(&profile, &failed(last, times), &noon(), &free());
        assert_eq!(decision, wait(Some(ago(-1)), Waiting::BackOff), "after {times} failures");
        let decision = decide(&profile, &failed(ago(minutes * MINUTE), times), &noon(), &free());
        assert_eq!(decision, Run(Why::Retry), "after {times} failures");
    }
}

#[test]
fn what_comes_back_ends_the_wait_but_not_with_a_storm() {
    let profile = hourly();
    let back = Conditions { came_back: Some(ago(30)), ..free() };
    let decision = decide(&profile, &failed(ago(10 * MINUTE), 7), &noon(), &back);
    assert_eq!(decision, Run(Why::Retry), "the drive is back: four hours were for its absence");
    // Fails, goes and comes back every few seconds: the wait still grows.
    let decision = decide(&profile, &failed(ago(60), 7), &noon(), &back);
    assert_eq!(decision, wait(Some(ago(60 - 7 * MINUTE)), Waiting::BackOff));
    let before = Conditions { came_back: Some(ago(11 * MINUTE)), ..free() };
    let decision = decide(&profile, &failed(ago(10 * MINUTE), 7), &noon(), &before);
    assert_eq!(decision, wait(Some(ago(10 * MINUTE - 4 * HOUR)), Waiting::BackOff), "it failed after that");
}

#[test]
fn a_run_that_the_person_stopped_is_left_alone_for_an_hour() {
    let stopped = |seconds| Past { stopped: true, last_attempt: Some(ago(seconds)), ..succeeded(ago(DAY)) };
    let early = decide(&hourly(), &stopped(MINUTE), &noon(), &free());
    assert_eq!(early, wait(Some(ago(MINUTE - HOUR)), Waiting::Stopped), "else stopping would be no use");
    assert_eq!(decide(&hourly(), &stopped(HOUR), &noon(), &free()), Run(Why::CatchUp));
}

#[test]
fn a_time_of_day_that_passed_is_made_up_for_where_wanted() {
    let mut profile = daily("09:00");
    let yesterday = succeeded(stamp(&at(ZONE, "2026-11-19T09:05")));
    assert_eq!(decide(&profile, &yesterday, &noon(), &free()), Run(Why::CatchUp));
    profile.schedule.catch_up = false;
    let tomorrow = Some(stamp(&at(ZONE, "2026-11-21T09:00")));
    assert_eq!(decide(&profile, &yesterday, &noon(), &free()), wait(tomorrow, Waiting::NotDue));
    let just_late = at(ZONE, "2026-11-20T09:59");
    assert_eq!(decide(&profile, &yesterday, &just_late, &free()), Run(Why::CatchUp), "waking takes a moment");
    let tried = Past { last_attempt: Some(stamp(&at(ZONE, "2026-11-20T09:10"))), failures: 1, ..yesterday };
    assert_eq!(decide(&profile, &tried, &noon(), &free()), Run(Why::Retry), "it began in time and failed");
}

#[test]
fn a_time_of_day_in_quiet_hours_runs_at_their_end() {
    let mut profile = daily("23:00");
    profile.schedule.quiet_hours = Some(("22:00".parse().unwrap(), "07:00".parse().unwrap()));
    profile.schedule.catch_up = false;
    let morning = succeeded(stamp(&at(ZONE, "2026-11-20T07:10")));
    let end = Some(stamp(&at(ZONE, "2026-11-21T07:00")));
    for now in ["2026-11-20T12:00", "2026-11-20T22:59", "2026-11-20T23:30", "2026-11-21T03:00"] {
        let decision = decide(&profile, &morning, &at(ZONE, now), &free());
        assert_eq!(decision, wait(end, Waiting::NotDue), "at {now}");
    }
    let decision = decide(&profile, &morning, &at(ZONE, "2026-11-21T07:00"), &free());
    assert_eq!(decision, Run(Why::Due), "else the two settings together would never run");
}

#[test]
fn quiet_hours_hold_over_midnight_and_equal_ends_are_none() {
    let mut profile = hourly();
    profile.schedule.quiet_hours = Some(("22:00".parse().unwrap(), "07:00".parse().unwrap()));
    let due = succeeded(ago(3 * DAY));
    for (now, expected) in [
        ("2026-11-20T21:59", Run(Why::CatchUp)),
        ("2026-11-20T22:00", wait(Some(stamp(&at(ZONE, "2026-11-21T07:00"))), Waiting::QuietHours)),
        ("2026-11-21T06:59:59", wait(Some(stamp(&at(ZONE, "2026-11-21T07:00"))), Waiting::QuietHours)),
        ("2026-11-21T07:00", Run(Why::CatchUp)),
    ] {
        assert_eq!(decide(&profile, &due, &at(ZONE, now), &free()), expected, "at {now}");
    }
    profile.schedule.quiet_hours = Some(("07:00".parse().unwrap(), "07:00".parse().unwrap()));
    assert_eq!(decide(&profile, &due, &noon(), &free()), Run(Why::CatchUp), "never to run was not asked for");
}

#[test]
fn what_comes_next_is_not_announced_for_quiet_hours() {
    let mut profile = hourly();
    profile.schedule.quiet_hours = Some(("12:30".parse().unwrap(), "14:00".parse().unwrap()));
    let decision = decide(&profile, &succeeded(ago(10 * MINUTE)), &noon(), &free());
    assert_eq!(decision, wait(Some(ago(-2 * HOUR)), Waiting::NotDue), "at 12:50 it would not run");
}

#[test]
fn a_clock_that_was_wrong_neither_stops_nor_storms() {
    let profile = hourly();
    // The last backup is "in a year": the clock was a year ahead then.
    let ahead = succeeded(ago(-365 * DAY));
    assert_eq!(
        decide(&profile, &ahead, &noon(), &free()),
        Run(Why::Due),
        "else nothing would run for a year"
    );
    assert_eq!(overdue(&profile, &ahead, &noon()), None, "nobody knows how old it is");
    // It ran; the record now stands at the true time.
    let put_right = succeeded(ago(0));
    assert_eq!(decide(&profile, &put_right, &noon(), &free()), wait(Some(ago(-HOUR)), Waiting::NotDue));
    let slightly = decide(&profile, &succeeded(ago(-3)), &noon(), &free());
    assert_eq!(slightly, wait(Some(ago(-3 - HOUR)), Waiting::NotDue), "NTP puts clocks right by seconds");
    let failed_ahead = decide(&profile, &failed(ago(-365 * DAY), 9), &noon(), &free());
    assert!(matches!(failed_ahead, Run(_)), "a wait until next year is none: {failed_ahead:?}");
}

#[test]
fn overdue_is_told_after_a_day_or_the_usual_time() {
    let hourly = hourly();
    assert_eq!(overdue(&hourly, &succeeded(ago(25 * HOUR)), &noon()), None, "a laptop may sleep for a night");
    let since = ago(25 * HOUR);
    let late = overdue(&hourly, &succeeded(ago(26 * HOUR)), &noon());
    assert_eq!(late, Some(Overdue { since }), "its time came an hour after the last");
    let weekly = Every::Weekly {
        days: [super::super::Day::Monday, super::super::Day::Thursday].into(),
        at: "12:00".parse().unwrap(),
    };
    let weekly = profile(weekly, "file:///b");
    // 2026-11-20 is a Friday; the last was on Monday the 16th, so Thursday was missed.
    let monday = succeeded(stamp(&at(ZONE, "2026-11-16T12:10")));
    assert_eq!(overdue(&weekly, &monday, &noon()), None);
    let thursday = stamp(&at(ZONE, "2026-11-19T12:00"));
    assert_eq!(overdue(&weekly, &monday, &at(ZONE, "2026-11-23T12:00")), None, "four days are usual");
    let late = overdue(&weekly, &monday, &at(ZONE, "2026-11-23T12:01"));
    assert_eq!(late, Some(Overdue { since: thursday }), "since the first that was missed");
    let mut new = hourly;
    new.created = ago(DAY + 1);
    assert_eq!(overdue(&new, &Past::default(), &noon()), Some(Overdue { since: new.created }));
}

#[test]
fn a_skipped_run_is_recorded_once_a_day_and_with_its_reason() {
    let profile = hourly();
    let away = Conditions { destination_here: false, ..free() };
    let skip = |past: &Past, conditions: &Conditions| {
        skipped(&profile, past, &noon(), &decide(&profile, past, &noon(), conditions))
    };
    assert_eq!(skip(&succeeded(ago(2 * HOUR)), &away), Some(Waiting::DriveAway));
    assert_eq!(skip(&succeeded(ago(2 * HOUR - 1)), &away), None, "a drive may be plugged in within the hour");
    assert_eq!(skip(&succeeded(ago(2 * HOUR)), &free()), None, "that one runs");
    let told = Past { last_skip: Some(ago(11 * HOUR)), ..succeeded(ago(DAY)) };
    assert_eq!(skip(&told, &away), None, "a cell of the strip is a day");
    let yesterday = Past { last_skip: Some(ago(13 * HOUR)), ..succeeded(ago(DAY)) };
    assert_eq!(skip(&yesterday, &away), Some(Waiting::DriveAway));
    let paused = Conditions { paused: Some(Pause::default()), ..free() };
    assert_eq!(skip(&succeeded(ago(DAY)), &paused), Some(Waiting::Paused));
    assert_eq!(skip(&succeeded(ago(10)), &paused), None, "nothing was due");
    assert_eq!(skip(&failed(ago(1), 3), &free()), None, "a failed run has its own record");
}

#[test]
fn a_proof_follows_the_first_backup_and_then_every_week() {
    let profile = hourly();
    let prove = |past: &Past, conditions: &Conditions| decide_proof(&profile, past, &noon(), conditions);
    assert_eq!(prove(&Past::default(), &free()), wait(None, Waiting::NotDue), "there is nothing to prove");
    let backed_up = succeeded(ago(HOUR));
    assert_eq!(prove(&backed_up, &free()), Run(Why::First));
    let proven = |seconds| Past {
        last_proof: Some(ago(seconds)),
        last_proof_attempt: Some(ago(seconds)),
        ..succeeded(ago(HOUR))
    };
    assert_eq!(prove(&proven(6 * DAY), &free()), wait(Some(ago(-DAY)), Waiting::NotDue));
    assert_eq!(prove(&proven(7 * DAY), &free()), Run(Why::Due));
    let away = Conditions { destination_here: false, ..free() };
    assert_eq!(prove(&proven(7 * DAY), &away), wait(None, Waiting::DriveAway), "the same conditions hold");
    let running = Conditions { running: true, ..free() };
    assert_eq!(prove(&proven(7 * DAY), &running), wait(None, Waiting::Running));
    let failed = Past { last_proof_attempt: Some(ago(HOUR)), ..proven(8 * DAY) };
    assert_eq!(prove(&failed, &free()), wait(Some(ago(HOUR - DAY)), Waiting::NotDue), "once a day is enough");
    let failed = Past { last_proof_attempt: Some(ago(DAY)), ..proven(8 * DAY) };
    assert_eq!(prove(&failed, &free()), Run(Why::Retry));
    let mut never = profile.clone();
    never.proof.enabled = false;
    let decision = decide_proof(&never, &backed_up, &noon(), &free());
    assert_eq!(decision, wait(None, Waiting::Manual));
}

#[test]
fn reasons_keep_their_text() {
    for &reason in Waiting::ALL {
        assert_eq!(Waiting::named(reason.as_str()), Some(reason), "catalogues and histories hold the text");
        let json = serde_json::to_string(&reason).unwrap();
        assert_eq!(json, format!("\"{}\"", reason.as_str()), "one text everywhere");
    }
}
