use super::*;
use backtrail_engine::status::SetStatus;
use backtrail_format::names::{Encoding, SetId};
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn set(id: SetId) -> SetStatus {
    SetStatus { id, volumes: 1, bytes: 1, complete: true, missing: vec![], encoding: Encoding::Plain }
}

/// A chain of sets at these days; the first is full.
fn chain(days: &[i64]) -> ChainStatus {
    let time = |day: i64| Timestamp(day * DAY);
    let full = set(SetId::Full { time: time(days[0]) });
    let increments =
        days.windows(2).map(|pair| set(SetId::Increment { start: time(pair[0]), end: time(pair[1]) }));
    ChainStatus {
        start: time(days[0]),
        end: time(days[days.len() - 1]),
        sets: std::iter::once(full).chain(increments).collect(),
        active: false,
    }
}

fn status(chains: Vec<ChainStatus>) -> Status {
    Status {
        chains,
        orphaned: vec![],
        orphaned_signatures: vec![],
        foreign: 0,
        signature_chains: (0, 0),
        overlaps: vec![],
    }
}

fn on(day: i64) -> Zoned {
    jiff::Timestamp::from_second(day * DAY).unwrap().to_zoned(TimeZone::UTC)
}

/// What the engine keeps of `chains` under these steps (`prune::plan`: a usable chain that ended before the moment, but
/// never the latest one).
fn kept(retention: &Retention, chains: &[ChainStatus], day: i64) -> Vec<ChainStatus> {
    let steps = retention.steps(&status(chains.to_vec()), &on(day));
    assert_eq!(steps.first(), Some(&Policy::Cleanup), "what belongs to nothing goes first");
    let older = match steps.get(1) {
        Some(Policy::OlderThan(time)) => *time,
        None => Timestamp(i64::MIN),
        Some(other) => panic!("{other:?} is more than was asked for"),
    };
    let latest = chains.iter().rev().find(|chain| chain.sets[0].complete).map(|chain| chain.start);
    let goes =
        |chain: &&ChainStatus| chain.sets[0].complete && chain.end < older && Some(chain.start) != latest;
    chains.iter().filter(|chain| !goes(chain)).cloned().collect()
}

#[test]
fn two_fulls_stay_however_old() {
    let chains = [chain(&[0, 1, 2]), chain(&[90, 91])];
    assert_eq!(
        kept(&Retention::default(), &chains, 5_000).len(),
        2,
        "there must be another when one is damaged"
    );
    let reckless = Retention { keep_fulls_at_least: 0, keep_months: 1, ..Retention::default() };
    assert_eq!(kept(&reckless, &chains, 5_000).len(), 2, "two is not a matter of taste");
}

#[test]
fn a_chain_goes_when_its_successors_reach_back_far_enough() {
    let chains = [chain(&[0, 80]), chain(&[90, 170]), chain(&[180, 260]), chain(&[270, 290])];
    let starts =
        |day| kept(&Retention::default(), &chains, day).iter().map(|c| c.start.0 / DAY).collect::<Vec<_>>();
    // Six months before day 290 (18 October 1970) is 18 April, day 107.
    assert_eq!(starts(290), [90, 180, 270], "the chain of day 90 still gives day 107");
    let chains = [chain(&[0, 80]), chain(&[110, 170]), chain(&[180, 260]), chain(&[270, 290])];
    let starts =
        |day| kept(&Retention::default(), &chains, day).iter().map(|c| c.start.0 / DAY).collect::<Vec<_>>();
    assert_eq!(
        starts(290),
        [0, 110, 180, 270],
        "day 107 is only in the chain of day 0, though it ended before"
    );
}

#[test]
fn a_full_that_is_not_whole_does_not_count() {
    let mut torn = chain(&[180, 181]);
    torn.sets[0].missing = vec![3];
    let mut unfinished = chain(&[270]);
    unfinished.sets[0].complete = false;
    let chains = [chain(&[0, 80]), chain(&[90, 91]), torn, unfinished];
    let kept = kept(&Retention::default(), &chains, 3_000);
    assert_eq!(kept.len(), 4, "only two of them are good for anything");
}

#[test]
fn a_break_or_a_wrong_clock_lets_nothing_go() {
    let chains = [chain(&[0, 80]), chain(&[90, 170]), chain(&[180, 200])];
    let before = kept(&Retention::default(), &chains, 200).len();
    assert_eq!(before, 3);
    let later = kept(&Retention::default(), &chains, 20_000);
    assert_eq!(later.len(), 3, "six months back from the last backup, not from a clock that stands in 2024");
    assert_eq!(kept(&Retention::default(), &chains, -5_000).len(), 3, "nor from one before all backups");
}

#[test]
fn for_all_time_is_for_all_time() {
    let for_ever = Retention { keep_months: 0, ..Retention::default() };
    let chains: Vec<ChainStatus> = (0..40).map(|n| chain(&[n * 90, n * 90 + 80])).collect();
    assert_eq!(kept(&for_ever, &chains, 3_600).len(), 40);
    assert_eq!(kept(&Retention::default(), &[], 3_600).len(), 0, "and nothing is nothing");
}

#[test]
fn a_full_backup_comes_every_ninety_days_unless_never() {
    let expected = Mode::Auto { full_if_older_than: Some(90 * DAY), full_if_increments: None };
    assert_eq!(Retention::default().mode(), expected);
    let never = Retention { full_every_days: 0, ..Retention::default() };
    assert_eq!(never.mode(), Mode::Auto { full_if_older_than: None, full_if_increments: None });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Years of backups with gaps, failed fulls and damage: after every removal the promises hold.
    #[test]
    fn years_of_chains_keep_what_was_promised(
        months in 1..24u32,
        fulls in 0..5u32,
        full_every in 5..120u32,
        // Days from one backup to the next, and what becomes of it.
        runs in proptest::collection::vec((1..20i64, 0..12u8), 20..250),
    ) {
        let retention = Retention { full_every_days: full_every, keep_months: months, keep_fulls_at_least: fulls };
        let mut chains: Vec<ChainStatus> = Vec::new();
        let mut day = 10_000;
        let mut moments: Vec<i64> = Vec::new();
        for (gap, fate) in runs {
            day += gap;
            // Cleanup, then remove, then back up.
            let before = chains.clone();
            chains = kept(&retention, &chains, day);
            check(&retention, &before, &chains, &moments, day)?;
            let Mode::Auto { full_if_older_than: Some(age), .. } = retention.mode() else { unreachable!() };
            let last = chains.iter_mut().rev().find(|chain| chain.sets[0].complete);
            match last {
                Some(last) if (day * DAY - last.start.0) <= age => {
                    let end = Timestamp(day * DAY);
                    last.sets.push(set(SetId::Increment { start: last.end, end }));
                    last.end = end;
                    moments.push(day);
                }
                _ => {
                    let mut new = chain(&[day]);
                    // Some fulls are never finished, some lose a volume.
                    new.sets[0].complete = fate > 1;
                    new.sets[0].missing = if fate == 2 { vec![1] } else { vec![] };
                    if fate > 2 {
                        moments.push(day);
                    }
                    // Cleanup takes the unfinished ones before the next.
                    chains.retain(|chain| chain.sets[0].complete);
                    chains.push(new);
                }
            }
        }
    }
}

fn check(
    retention: &Retention,
    before: &[ChainStatus],
    after: &[ChainStatus],
    moments: &[i64],
    day: i64,
) -> Result<(), TestCaseError> {
    let sound = |chains: &[ChainStatus]| chains.iter().filter(|chain| is_sound(chain)).count();
    let least = sound(before).min(retention.keep_fulls_at_least.max(2) as usize);
    prop_assert!(sound(after) >= least, "fewer whole fulls than promised");
    for chain in after {
        let was = before.iter().find(|old| old.start == chain.start);
        let whole = was.is_some_and(|old| old.sets.len() == chain.sets.len());
        prop_assert!(whole, "a kept increment needs every set before it");
    }
    // Every moment of the promised time can be gone back to: the state on any day of it is in what stays.
    let Some(&last) = moments.last() else { return Ok(()) };
    let promised = on(last.min(day)).checked_sub(i64::from(retention.keep_months).months()).unwrap();
    let promised = promised.timestamp().as_second();
    let there = |day: i64, chains: &[ChainStatus]| {
        chains.iter().any(|chain| is_sound(chain) && chain.sets.iter().any(|set| set.id.end().0 == day * DAY))
    };
    let oldest = moments.iter().rposition(|day| day * DAY <= promised).unwrap_or(0);
    for &moment in &moments[oldest..] {
        if there(moment, before) {
            prop_assert!(there(moment, after), "day {moment} was promised and is gone on day {day}");
        }
    }
    Ok(())
}
