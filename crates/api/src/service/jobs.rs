//! What runs now: at most one backup or proof for a profile, restores beside it, each on a thread of its own. A job
//! tells how far it is, can be paused and stopped, and is forgotten the moment its thread ends, however it ends.

use super::bus::Bus;
use super::meter::Meter;
use crate::Event;
use crate::view::{Progress, Stage};
use backtrail_base::Timestamp;
use backtrail_engine::{Cancel, Event as EngineEvent, Observer};
use backtrail_profile::ProfileId;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A backup, with the proof that may follow it.
    Backup,
    /// A proof alone.
    Proof,
    /// A restore.
    Restore,
}

/// A running job.
pub(super) struct Job {
    pub(super) id: String,
    pub(super) profile: ProfileId,
    pub(super) kind: Kind,
    pub(super) cancel: Cancel,
    began: Instant,
    meter: Mutex<Meter>,
    bus: Arc<Bus>,
}

impl Job {
    /// How far it is.
    pub(super) fn view(&self) -> Progress {
        self.meter().view(self.began.elapsed())
    }

    /// Lets it rest, or go on.
    pub(super) fn pause(&self, paused: bool) {
        if paused {
            self.cancel.pause();
        } else {
            self.cancel.resume();
        }
        let view = self.meter().pause(paused, self.began.elapsed());
        self.bus.tell(&Event::Progress(view));
    }

    fn tell(&self, told: Option<Progress>) {
        if let Some(progress) = told {
            self.bus.tell(&Event::Progress(progress));
        }
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Job {
    fn event(&self, event: EngineEvent<'_>) {
        let told = self.meter().event(&event, self.began.elapsed());
        self.tell(told);
    }
}

/// Why a job cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// One of its kind runs for this profile.
    Busy,
    /// The service stops.
    Stopping,
}

/// The jobs.
pub(super) struct Jobs {
    table: Mutex<Table>,
    ended: Condvar,
    bus: Arc<Bus>,
}

#[derive(Default)]
struct Table {
    running: BTreeMap<u64, Arc<Job>>,
    next: u64,
    stopping: bool,
}

impl Jobs {
    pub(super) fn new(bus: Arc<Bus>) -> Self {
        Self { table: Mutex::default(), ended: Condvar::new(), bus }
    }

    /// Begins a job, which lasts until what is given is dropped.
    pub(super) fn begin(
        self: &Arc<Self>,
        profile: &ProfileId,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Running, Refused> {
        let mut table = self.table();
        if table.stopping {
            return Err(Refused::Stopping);
        }
        let excludes =
            |job: &Job| job.profile == *profile && kind != Kind::Restore && job.kind != Kind::Restore;
        if table.running.values().any(|job| excludes(job)) {
            return Err(Refused::Busy);
        }
        table.next += 1;
        let number = table.next;
        let id = format!("job-{number}");
        let stage = match kind {
            Kind::Backup | Kind::Restore => Stage::Preparing,
            Kind::Proof => Stage::Proving,
        };
        let job = Arc::new(Job {
            meter: Mutex::new(Meter::new(&id, profile.as_str(), now, stage)),
            id,
            profile: profile.clone(),
            kind,
            cancel: Cancel::new(),
            began: Instant::now(),
            bus: Arc::clone(&self.bus),
        });
        table.running.insert(number, Arc::clone(&job));
        Ok(Running { jobs: Arc::clone(self), number, job })
    }

    /// The job with this id.
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Job>> {
        self.table().running.values().find(|job| job.id == id).cloned()
    }

    /// The job that the screens show for a profile: its backup or proof, else a restore.
    pub(super) fn of(&self, profile: &ProfileId) -> Option<Arc<Job>> {
        let table = self.table();
        let mut jobs: Vec<&Arc<Job>> = table.running.values().filter(|job| job.profile == *profile).collect();
        jobs.sort_by_key(|job| job.kind == Kind::Restore);
        jobs.first().map(|job| Arc::clone(job))
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<Job>> {
        self.table().running.values().cloned().collect()
    }

    /// Stops all of them at their next safe points, lets none begin, and waits until they have ended, at most so long.
    /// Gives whether all have.
    pub(super) fn stop(&self, patience: Duration) -> bool {
        let mut table = self.table();
        table.stopping = true;
        table.running.values().for_each(|job| job.cancel.cancel());
        let still = |table: &mut Table| !table.running.is_empty();
        let (table, _) =
            self.ended.wait_timeout_while(table, patience, still).unwrap_or_else(PoisonError::into_inner);
        table.running.is_empty()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that runs as long as this lives.
pub(super) struct Running {
    jobs: Arc<Jobs>,
    number: u64,
    pub(super) job: Arc<Job>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.jobs.table().running.remove(&self.number);
        self.jobs.ended.notify_all();
        self.jobs.bus.tell(&Event::Changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs() -> Arc<Jobs> {
        Arc::new(Jobs::new(Arc::default()))
    }

    #[test]
    fn one_backup_for_a_profile_at_a_time_and_restores_beside_it() {
        let (jobs, one, other) = (jobs(), ProfileId::random(), ProfileId::random());
        let begin = |profile, kind| jobs.begin(profile, kind, Timestamp(0));
        let backup = begin(&one, Kind::Backup).unwrap();
        assert_eq!(begin(&one, Kind::Backup).err(), Some(Refused::Busy), "two would take each other's lock");
        assert_eq!(
            begin(&one, Kind::Proof).err(),
            Some(Refused::Busy),
            "a proof writes the archive folder too"
        );
        let restore = begin(&one, Kind::Restore).expect("a lost file does not wait for an hour's backup");
        let second = begin(&other, Kind::Backup).expect("another profile has its own lock");
        assert_eq!(jobs.of(&one).unwrap().id, backup.job.id, "the screen shows the backup");
        drop(backup);
        assert_eq!(jobs.of(&one).unwrap().id, restore.job.id, "a job ends with its guard");
        drop((restore, second));
        assert!(begin(&one, Kind::Backup).is_ok());
    }

    #[test]
    fn stopping_cancels_what_runs_waits_for_it_and_lets_nothing_begin() {
        let jobs = jobs();
        let running = jobs.begin(&ProfileId::random(), Kind::Backup, Timestamp(0)).unwrap();
        running.job.pause(true);
        assert!(!jobs.stop(Duration::from_millis(20)), "a job that goes on is not called ended");
        assert!(running.job.cancel.is_cancelled(), "even one at rest is stopped");
        let worker = std::thread::spawn(move || drop(running));
        assert!(jobs.stop(Duration::from_secs(20)), "the program ends only once the job has");
        worker.join().unwrap();
        let refused = jobs.begin(&ProfileId::random(), Kind::Backup, Timestamp(0)).err();
        assert_eq!(refused, Some(Refused::Stopping), "a backup begun while quitting would be cut off");
    }
}
