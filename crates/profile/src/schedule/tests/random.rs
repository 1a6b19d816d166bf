//! Random schedules, pasts and conditions: what must hold for every one of them.

use super::super::{
    Conditions, Day, Decision, Past, Schedule, Waiting, decide, decide_proof, overdue, skipped,
};
use super::*;
use crate::settings::Pause;
use jiff::civil::{Time, time};
use proptest::option::of;
use proptest::prelude::*;

/// Zones with whole, half and odd changes, at midnight, in the south, and without any.
const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
];

fn times() -> impl Strategy<Value = Time> {
    (0..24i8, prop_oneof![Just(0i8), Just(30), 0..60i8]).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

fn everies() -> impl Strategy<Value = Every> {
    let all =
        [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday, Day::Saturday, Day::Sunday];
    let days = proptest::sample::subsequence(all.to_vec(), 0..=7);
    prop_oneof![
        (0..200u32).prop_map(Every::Hours),
        times().prop_map(|at| Every::Daily { at }),
        (days, times()).prop_map(|(days, at)| Every::Weekly { days: days.into_iter().collect(), at }),
        Just(Every::Manual),
    ]
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), proptest::bool::weighted(0.9));
    (everies(), of(0..=100u8), of((times(), times())), flags).prop_map(
        |(every, min_battery, quiet_hours, flags)| {
            let (only_on_power, metered, catch_up, enabled) = flags;
            Schedule { enabled, every, only_on_power, min_battery, metered, quiet_hours, catch_up }
        },
    )
}

/// Moments around some changes of the clock in 2026, and anywhere from 1990 to 2060.
fn moments() -> impl Strategy<Value = i64> {
    let near = |moment: i64| (moment - 3 * DAY)..(moment + 3 * DAY);
    prop_oneof![
        near(1_774_746_000), // 29 March
        near(1_792_890_000), // 25 October
        near(1_775_318_400), // 5 April, south
        631_152_000i64..2_840_140_800,
    ]
}

fn pasts(now: i64) -> impl Strategy<Value = Past> {
    let around = move || {
        of(prop_oneof![
            (now - 2 * HOUR)..(now + 600),
            (now - 15 * DAY)..now,
            (now - 900 * DAY)..(now + 900 * DAY)
        ])
        .prop_map(|moment| moment.map(Timestamp))
    };
    (around(), around(), 0..40u32, any::<bool>(), around(), around(), around()).prop_map(
        |(last_success, last_attempt, failures, stopped, last_skip, last_proof, last_proof_attempt)| Past {
            last_success,
            last_attempt,
            failures,
            stopped,
            last_skip,
            last_proof,
            last_proof_attempt,
        },
    )
}

fn conditions(now: i64) -> impl Strategy<Value = Conditions> {
    let moment = move || of((now - 2 * DAY)..(now + 2 * DAY)).prop_map(|moment| moment.map(Timestamp));
    let mostly = || proptest::bool::weighted(0.85);
    let rarely = || proptest::bool::weighted(0.08);
    let power = (of(any::<bool>()), of(0..=100u8));
    let network = (of(any::<bool>()), of(mostly()));
    let pause = proptest::option::weighted(0.15, (moment(), any::<bool>()));
    let rest = (mostly(), moment(), mostly(), rarely(), rarely());
    (power, network, pause, rest).prop_map(|(power, network, pause, rest)| Conditions {
        on_battery: power.0,
        battery_percent: power.1,
        metered: network.0,
        online: network.1,
        destination_here: rest.0,
        came_back: rest.1,
        secrets_ready: rest.2,
        paused: pause.map(|(until, until_on_power)| Pause { until, until_on_power }),
        running: rest.3,
        held: rest.4,
    })
}

#[derive(Debug)]
struct Case {
    profile: Profile,
    past: Past,
    now: Zoned,
    conditions: Conditions,
}

fn cases() -> impl Strategy<Value = Case> {
    moments().prop_flat_map(|now| {
        let address = proptest::sample::select(vec!["file:///b", "sftp://example.org/b"]);
        (
            Just(now),
            schedules(),
            address,
            pasts(now),
            conditions(now),
            proptest::sample::select(ZONES.to_vec()),
        )
            .prop_map(|(now, schedule, address, past, conditions, name)| {
                let profile = Profile { schedule, ..profile(Every::Manual, address) };
                Case { profile, past, now: zoned(Timestamp(now), &zone(name)), conditions }
            })
    })
}

fn is_quiet(schedule: &Schedule, now: &Zoned) -> bool {
    schedule.quiet_hours.is_some_and(|(from, to)| {
        let time = now.time();
        if from <= to { from <= time && time < to } else { from <= time || time < to }
    })
}

/// Whether anything of the surroundings forbids a run.
fn forbids(case: &Case) -> bool {
    let (schedule, c) = (&case.profile.schedule, &case.conditions);
    let battery = c.on_battery == Some(true);
    let low = schedule.min_battery.is_some_and(|least| c.battery_percent.is_some_and(|left| left < least));
    let remote = !case.profile.place.is_local();
    c.running
        || c.held
        || c.paused.is_some_and(|pause| pause.holds(stamp(&case.now), c.on_battery))
        || !c.destination_here
        || !c.secrets_ready
        || (remote && (c.online == Some(false) || c.metered == Some(true) && !schedule.metered))
        || (battery && (schedule.only_on_power || low))
        || is_quiet(schedule, &case.now)
}

fn at_moment(case: &Case, moment: Timestamp) -> Decision {
    decide(&case.profile, &case.past, &zoned(moment, case.now.time_zone()), &case.conditions)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Never against a condition, never a schedule that is off.
    #[test]
    fn a_run_is_never_forbidden(case in cases()) {
        if let Decision::Run(_) = decide(&case.profile, &case.past, &case.now, &case.conditions) {
            prop_assert!(!forbids(&case));
            prop_assert!(case.profile.schedule.enabled && case.profile.schedule.every != Every::Manual);
        }
        if let Decision::Run(_) = decide_proof(&case.profile, &case.past, &case.now, &case.conditions) {
            prop_assert!(!forbids(&case));
            prop_assert!(case.past.last_success.is_some());
        }
    }

    /// A wait ends in the future, stays one until it ends, and without a moment nothing but an event ends it.
    #[test]
    fn a_wait_lasts_as_long_as_it_says(case in cases(), share in 0.0..1.0f64) {
        let now = stamp(&case.now);
        let Decision::Wait { until, why } = at_moment(&case, now) else { return Ok(()) };
        prop_assert!(until.is_none_or(|until| until > now), "the loop would spin: {why:?} until {until:?}");
        let end = until.map_or(now.0 + 10 * DAY, |until| until.0 - 1);
        // Only the hours of the day may end a wait for an event, and then in another wait or run; not before.
        let between = Timestamp(now.0 + ((end - now.0) as f64 * share) as i64);
        let paused = case.conditions.paused.is_some();
        let came_back = case.conditions.came_back.is_some_and(|back| back > now);
        if !paused && !came_back {
            let later = at_moment(&case, between);
            prop_assert!(matches!(later, Decision::Wait { .. }), "{why:?} until {until:?}, but {later:?} at {between:?}");
        }
        if why == Waiting::NotDue && until.is_none() {
            prop_assert!(false, "its time must come");
        }
    }

    /// When nothing forbids, a run begins within the usual time, looked at only when the waits say so.
    #[test]
    fn a_run_comes_when_nothing_forbids(case in cases()) {
        let schedule = &case.profile.schedule;
        let never = !schedule.enabled || match &schedule.every {
            Every::Manual => true,
            Every::Weekly { days, .. } => days.is_empty(),
            _ => false,
        };
        let free = Case { conditions: free(), profile: case.profile.clone(), past: case.past, now: case.now.clone() };
        let mut now = stamp(&free.now);
        let start = now;
        let mut looks = 0;
        loop {
            match at_moment(&free, now) {
                Decision::Run(_) => break,
                Decision::Wait { until: Some(until), .. } => now = until,
                Decision::Wait { until: None, why } => {
                    prop_assert!(never && why == Waiting::Manual, "{why:?}");
                    return Ok(());
                }
            }
            looks += 1;
            prop_assert!(looks < 6, "it is looked at again and again");
        }
        let usual = match &schedule.every {
            Every::Hours(hours) => i64::from(*hours).max(1) * HOUR,
            Every::Daily { .. } => DAY,
            _ => 7 * DAY,
        };
        // The time itself, then quiet hours, the wait after a failure, and a day that a change of the clock moves.
        let most = usual + DAY + 4 * HOUR + 2 * DAY;
        prop_assert!(now.0 - start.0 <= most, "it took {} hours", (now.0 - start.0) / HOUR);
    }

    /// After a run, the next is not at once: no storm, whatever the clock did.
    #[test]
    fn after_a_success_there_is_a_rest(case in cases()) {
        let now = stamp(&case.now);
        let ran = Case { past: Past { last_success: Some(now), last_attempt: Some(now), failures: 0, stopped: false, ..case.past }, ..case };
        let decision = at_moment(&ran, now);
        prop_assert!(matches!(decision, Decision::Wait { .. }), "{decision:?}");
        prop_assert_eq!(overdue(&ran.profile, &ran.past, &ran.now), None);
        prop_assert_eq!(skipped(&ran.profile, &ran.past, &ran.now, &decision), None);
        let failed = Case { past: Past { failures: 1, last_success: None, ..ran.past }, ..ran };
        let decision = at_moment(&failed, now);
        prop_assert!(matches!(decision, Decision::Wait { .. }), "a failed run is not tried at once: {decision:?}");
    }
}
