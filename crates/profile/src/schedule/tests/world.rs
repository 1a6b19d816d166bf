//! A computer and its surroundings, minute by minute, on a fake clock: it sleeps and is switched off, drives and networks
//! come and go, batteries run down, keyrings lock, the clock jumps, and backups take their time and fail. Beside every
//! decision stands what it must be, reckoned in the plainest way.

use super::super::{Conditions, Decision, Every, Past, Waiting, decide, overdue};
use super::*;
use crate::settings::Pause;
use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use std::collections::BTreeMap;

/// What a simulated time showed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) started: u32,
    pub(super) succeeded: u32,
    pub(super) failed: u32,
    pub(super) jumps: u32,
    /// Minutes in which the computer was awake.
    pub(super) awake: u32,
    /// Minutes that were spent waiting, by reason.
    pub(super) waits: BTreeMap<&'static str, u32>,
    /// The most runs that began within ten minutes without a jump of the clock.
    pub(super) busiest: usize,
    /// Hours in which a backup was overdue.
    pub(super) overdue: u32,
}

pub(super) struct World {
    profile: Profile,
    zone: TimeZone,
    random: u64,
    /// Seconds since the simulation began, as they really pass, and what the clock shows.
    passed: i64,
    clock: Timestamp,
    away: Option<(i64, i64)>,
    conditions: Conditions,
    /// The server does not answer though the network is up, or the drive is full.
    broken: bool,
    past: Past,
    /// When the run that is going on ends.
    run: Option<i64>,
    /// The last decision to wait: until when nothing may change by itself.
    promised: Option<Option<Timestamp>>,
    starts: Vec<i64>,
    /// The times of day reckoned so far, each moved out of the quiet hours.
    slots: BTreeMap<Date, Timestamp>,
    seen: Seen,
}

impl World {
    pub(super) fn new(profile: Profile, zone_name: &str, seed: u64) -> Self {
        let clock = stamp(&at(zone_name, "2026-01-01T08:00"));
        let profile = Profile { created: clock, ..profile };
        Self {
            profile,
            zone: zone(zone_name),
            random: seed | 1,
            passed: 0,
            clock,
            away: None,
            conditions: free(),
            broken: false,
            past: Past::default(),
            run: None,
            promised: None,
            starts: Vec::new(),
            slots: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    /// Lives through so many days.
    pub(super) fn live(mut self, days: i64) -> Seen {
        while self.passed < days * DAY {
            self.end_run();
            if self.happens(10 * 60) {
                // Asleep, or switched off for days.
                let minutes = if self.happens(12) { 60 * self.up_to(24 * 9) } else { self.up_to(60 * 14) };
                self.pass(minutes * MINUTE);
                self.conditions.came_back = None;
                self.promised = None;
                continue;
            }
            self.surroundings();
            self.jump();
            self.look();
            self.seen.awake += 1;
            self.pass(MINUTE);
        }
        self.seen
    }

    fn look(&mut self) {
        let now = zoned(self.clock, &self.zone);
        let decision = decide(&self.profile, &self.past, &now, &self.conditions);
        let must = self.must_run(&now);
        let told = || format!("at {now}: {decision:?}, past {:?}, {:?}", self.past, self.conditions);
        assert_eq!(matches!(decision, Decision::Run(_)), must, "{}", told());
        match decision {
            Decision::Run(_) => {
                if let Some(promised) = self.promised {
                    let until =
                        promised.unwrap_or_else(|| panic!("only an event could end this wait, {}", told()));
                    assert!(until <= self.clock, "the loop would sleep until {until:?}, {}", told());
                }
                self.start();
            }
            Decision::Wait { until, why } => {
                assert!(until.is_none_or(|until| until > self.clock), "the loop would spin, {}", told());
                *self.seen.waits.entry(why.as_str()).or_default() += 1;
                self.promised = Some(until);
            }
        }
        if self.seen.awake.is_multiple_of(60) {
            self.seen.overdue += u32::from(overdue(&self.profile, &self.past, &now).is_some());
        }
    }

    fn start(&mut self) {
        self.seen.started += 1;
        self.starts.retain(|start| self.passed - start < 10 * MINUTE);
        self.starts.push(self.passed);
        self.seen.busiest = self.seen.busiest.max(self.starts.len());
        let minutes = if self.broken { 0 } else { self.up_to(40) };
        self.run = Some(self.passed + minutes * MINUTE + 1);
        self.conditions.running = true;
        self.promised = None;
    }

    fn end_run(&mut self) {
        let lost =
            !self.conditions.destination_here || self.conditions.online == Some(false) && self.is_remote();
        let Some(end) = self.run.filter(|end| *end <= self.passed || lost) else { return };
        self.run = None;
        self.conditions.running = false;
        self.promised = None;
        let ended = self.clock.plus((end - self.passed).clamp(-MINUTE, 0));
        self.past.last_attempt = Some(ended);
        self.past.stopped = false;
        if lost || self.broken {
            self.past.failures += 1;
            self.seen.failed += 1;
        } else if self.happens(50) {
            self.past.stopped = true;
        } else {
            self.past = Past { last_success: Some(ended), failures: 0, ..self.past };
            self.seen.succeeded += 1;
        }
    }

    /// What must happen, reckoned apart from the code under test.
    fn must_run(&mut self, now: &Zoned) -> bool {
        let (schedule, c) = (self.profile.schedule.clone(), self.conditions);
        let battery = c.on_battery == Some(true);
        let low =
            schedule.min_battery.is_some_and(|least| c.battery_percent.is_some_and(|left| left < least));
        let paused = c.paused.is_some_and(|pause| {
            pause.until.is_none_or(|until| self.clock < until && until.0 - self.clock.0 <= 31 * DAY)
                && (battery || !pause.until_on_power)
        });
        let network = c.online != Some(false) && (c.metered != Some(true) || schedule.metered);
        let allowed = !c.running
            && !paused
            && c.destination_here
            && c.secrets_ready
            && (network || !self.is_remote())
            && !(battery && (schedule.only_on_power || low))
            && !in_hours(schedule.quiet_hours, now.time());
        allowed && self.is_due(now) && !self.waits_after_last()
    }

    fn is_due(&mut self, now: &Zoned) -> bool {
        let Some(last) = self.past.last_success.filter(|last| last.0 <= self.clock.0 + 300) else {
            return true;
        };
        let every = self.profile.schedule.every.clone();
        let (at, all) = match &every {
            Every::Hours(hours) => return self.clock.0 - last.0 >= i64::from(*hours) * HOUR,
            Every::Daily { at } => (*at, None),
            Every::Weekly { days, at } => (*at, Some(days)),
            Every::Manual => return false,
        };
        (-9..=0).any(|day: i64| {
            let date = now.date().checked_add(day.days()).unwrap();
            if all.is_some_and(|days| !days.contains(&date.weekday().into())) {
                return false;
            }
            let (zone, quiet) = (&self.zone, self.profile.schedule.quiet_hours);
            let slot = *self.slots.entry(date).or_insert_with(|| {
                let mut slot = stamp(&date.to_datetime(at).to_zoned(zone.clone()).unwrap());
                while in_hours(quiet, zoned(slot, zone).time()) {
                    slot = slot.plus(MINUTE);
                }
                slot
            });
            last < slot && slot <= self.clock
        })
    }

    fn waits_after_last(&self) -> bool {
        let Some(attempt) = self.past.last_attempt.filter(|last| last.0 <= self.clock.0 + 300) else {
            return false;
        };
        let gone = self.clock.0 - attempt.0;
        if self.past.stopped {
            return gone < HOUR;
        }
        let failures = i64::from(self.past.failures);
        let doubled =
            [0, 5, 10, 20, 40, 80, 160].get(failures as usize).map_or(4 * HOUR, |minutes| minutes * MINUTE);
        let back = self.conditions.came_back.is_some_and(|back| back >= attempt && back <= self.clock);
        gone < if back { doubled.min(failures * MINUTE) } else { doubled }
    }

    fn is_remote(&self) -> bool {
        !self.profile.place.address.starts_with("file:")
    }

    fn surroundings(&mut self) {
        let mut changed = true;
        match self.up_to(1500) {
            0 | 1 => {
                self.conditions.destination_here = !self.conditions.destination_here || self.is_remote();
                if self.conditions.destination_here {
                    self.conditions.came_back = Some(self.clock);
                }
            }
            2 | 3 => {
                self.conditions.online = Some(self.conditions.online == Some(false));
                if self.conditions.online == Some(true) {
                    self.conditions.came_back = Some(self.clock);
                }
            }
            4 => self.conditions.metered = [None, Some(false), Some(true)][self.up_to(3) as usize],
            5 | 6 => self.conditions.on_battery = [None, Some(false), Some(true)][self.up_to(3) as usize],
            7 | 8 => {
                self.conditions.battery_percent = [None, Some(self.up_to(101) as u8)][self.up_to(2) as usize];
            }
            9 => self.conditions.secrets_ready = !self.conditions.secrets_ready,
            10..=12 => self.conditions.secrets_ready = true,
            13 => {
                let until = self.clock.plus(self.up_to(26 * 60) * MINUTE);
                self.conditions.paused = match self.up_to(3) {
                    0 => Some(Pause { until: Some(until), until_on_power: false }),
                    1 => Some(Pause { until: None, until_on_power: true }),
                    _ => Some(Pause { until: Some(until), until_on_power: true }),
                };
            }
            14 | 15 => self.conditions.paused = None,
            16 => self.broken = true,
            17..=19 => self.broken = false,
            20..=22 => self.conditions.destination_here = true,
            23..=25 => self.conditions.online = None,
            _ => changed = false,
        }
        if changed {
            self.promised = None;
            self.end_run();
        }
    }

    /// About every ten days awake the clock is wrong, by minutes or years, for a while.
    fn jump(&mut self) {
        let away = self.away;
        match away {
            None if self.happens(10 * 24 * 60) => {
                let most = [HOUR, DAY, 400 * DAY][self.up_to(3) as usize];
                let by = self.up_to(2 * most) - most;
                self.clock = self.clock.plus(by);
                self.away = Some((by, self.passed + self.up_to(3 * DAY)));
            }
            Some((by, until)) if until <= self.passed => {
                self.clock = self.clock.plus(-by);
                self.away = None;
            }
            _ => return,
        }
        self.seen.jumps += 1;
        self.starts.clear();
        self.promised = None;
    }

    fn pass(&mut self, seconds: i64) {
        self.passed += seconds;
        self.clock = self.clock.plus(seconds);
    }

    fn happens(&mut self, once_in: u64) -> bool {
        self.next().is_multiple_of(once_in)
    }

    fn up_to(&mut self, most: i64) -> i64 {
        (self.next() % most.max(1) as u64) as i64
    }

    /// Xorshift: the same years on every machine.
    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}

fn in_hours(hours: Option<(Time, Time)>, time: Time) -> bool {
    match hours {
        None => false,
        Some((from, to)) if from <= to => from <= time && time < to,
        Some((from, to)) => from <= time || time < to,
    }
}

/// Keeps the list of reasons that a year must have met next to the world that makes them.
pub(super) const MET: [Waiting; 5] =
    [Waiting::Running, Waiting::Paused, Waiting::NotDue, Waiting::KeyringLocked, Waiting::BackOff];
