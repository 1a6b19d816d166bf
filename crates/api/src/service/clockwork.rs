//! The scheduler: it looks at every profile, starts what is due, notes what could not begin and why, and sleeps until
//! the schedule says to look again, something outside changes, or a tick has passed. It decides nothing itself.

use super::jobs::Kind;
use super::{Inner, Service, lock};
use crate::view::WaitReason;
use backtrail_base::Timestamp;
use backtrail_profile::schedule::{self, Decision};
use backtrail_profile::{Profile, Record};
use crossbeam_channel::Receiver;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What the scheduler remembers of a profile between two looks.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Whether the destination was there.
    here: Option<bool>,
    /// When it last came back.
    pub(super) came_back: Option<Timestamp>,
    /// Why it waited.
    waits: Option<WaitReason>,
    /// Since when it was overdue.
    overdue: Option<Timestamp>,
    /// Whether the person was told that a secret is needed.
    pub(super) asked_for_secret: bool,
    /// The room there was when last measured, and when that was.
    pub(super) space: Option<(std::time::Instant, Option<backtrail_profile::run::Space>)>,
}

/// Starts the scheduler's thread, which lasts as long as the service.
pub(super) fn start(inner: &Arc<Inner>, woken: Receiver<()>, tick: Duration) -> std::io::Result<()> {
    let inner = Arc::downgrade(inner);
    std::thread::Builder::new()
        .name("scheduler".to_owned())
        .spawn(move || run(&inner, &woken, tick))
        .map(drop)
}

fn run(inner: &Weak<Inner>, woken: &Receiver<()>, tick: Duration) {
    loop {
        let sleep = match inner.upgrade() {
            Some(inner) if !inner.stopping.load(Ordering::SeqCst) => Service(inner).look(tick),
            _ => return,
        };
        if let Err(crossbeam_channel::RecvTimeoutError::Disconnected) = woken.recv_timeout(sleep) {
            return;
        }
    }
}

impl Service {
    /// Looks at every profile, and says how long to sleep.
    fn look(&self, tick: Duration) -> Duration {
        let now = self.0.now();
        self.0.end_pause();
        // A folder that cannot be read now is looked at again at the next tick.
        let profiles = self.0.profiles.list().map(|listed| listed.profiles).unwrap_or_default();
        lock(&self.0.watches).retain(|id, _| profiles.iter().any(|profile| profile.id == *id));
        let mut sleep = tick;
        for profile in &profiles {
            if let Some(until) = self.look_at(profile) {
                let left = u64::try_from(until.0.saturating_sub(now.0)).unwrap_or(0);
                sleep = sleep.min(Duration::from_secs(left).max(Duration::from_millis(200)));
            }
        }
        sleep
    }

    /// Starts what is due of a profile, and says when to look again.
    fn look_at(&self, profile: &Profile) -> Option<Timestamp> {
        let inner = &self.0;
        inner.notice_return(profile);
        let past = inner.stories.of(&profile.id).map(|records| records.past()).unwrap_or_default();
        let (now, conditions) = (inner.zoned(), inner.conditions(profile));
        let decision = schedule::decide(profile, &past, &now, &conditions);
        inner.note_waiting(profile, decision);
        inner.notice_overdue(profile, schedule::overdue(profile, &past, &now).map(|overdue| overdue.since));
        if let Some(why) = schedule::skipped(profile, &past, &now, &decision) {
            let record = Record::skipped(inner.now(), why);
            if inner.stories.append(&profile.id, &record).is_ok() {
                inner.changed();
            }
        }
        match decision {
            Decision::Run(_) => {
                // Refused only when another began meanwhile, or all stops.
                let _ = self.start_run(profile, Kind::Backup);
                None
            }
            Decision::Wait { until, .. } => {
                match schedule::decide_proof(profile, &past, &now, &conditions) {
                    Decision::Run(_) => drop(self.start_run(profile, Kind::Proof)),
                    Decision::Wait { until: proof, .. } => {
                        return [until, proof].into_iter().flatten().min();
                    }
                }
                until
            }
        }
    }
}

impl Inner {
    /// Ends a pause whose time has come.
    fn end_pause(&self) {
        let on_battery = self.surroundings.power().on_battery;
        let now = self.now();
        let mut settings = lock(&self.settings);
        if settings.paused.is_some_and(|pause| !pause.holds(now, on_battery)) {
            settings.paused = None;
            // One that cannot be written is over all the same; it is found out again at the next start.
            let _ = settings.save(&self.folders);
            drop(settings);
            self.changed();
        }
    }

    /// Notes when a destination goes or comes back.
    fn notice_return(&self, profile: &Profile) {
        let here = self.runner.destination_here(profile);
        let before = {
            let mut watches = lock(&self.watches);
            let watch = watches.entry(profile.id.clone()).or_default();
            let before = watch.here.replace(here);
            if before == Some(false) && here {
                watch.came_back = Some(self.now());
            }
            if before != Some(here) {
                watch.space = None;
            }
            before
        };
        if before.is_some_and(|before| before != here) {
            self.changed();
        }
    }

    /// Tells the screens when the reason to wait is another, and the person when only they can end it.
    fn note_waiting(&self, profile: &Profile, decision: Decision) {
        let waits = match decision {
            Decision::Run(_) => None,
            Decision::Wait { why, .. } => Some(self.wait_reason(profile, why)),
        };
        let needs_secret = matches!(waits, Some(WaitReason::KeyringLocked | WaitReason::PassphraseNeeded));
        let (changed, tell) = {
            let mut watches = lock(&self.watches);
            let watch = watches.entry(profile.id.clone()).or_default();
            let changed = watch.waits != waits;
            watch.waits = waits;
            let tell = needs_secret && !watch.asked_for_secret;
            if needs_secret || waits == Some(WaitReason::NotDue) {
                watch.asked_for_secret = needs_secret;
            }
            (changed, tell)
        };
        if tell {
            self.notify_secret(profile, waits == Some(WaitReason::KeyringLocked));
        }
        if changed {
            self.changed();
        }
    }

    /// Tells of a backup that is overdue, once.
    fn notice_overdue(&self, profile: &Profile, since: Option<Timestamp>) {
        let since = since.filter(|_| !self.backing_up(profile));
        let before = {
            let mut watches = lock(&self.watches);
            let watch = watches.entry(profile.id.clone()).or_default();
            std::mem::replace(&mut watch.overdue, since)
        };
        if before.is_some() != since.is_some() {
            self.changed();
            if since.is_some() {
                self.notify_overdue(profile);
            }
        }
    }
}
