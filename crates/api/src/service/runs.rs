//! Runs: backups and proofs, begun by the schedule or by hand, paused and stopped. Each has a thread of its own; what
//! became of it is in the history before anybody is told.

use super::jobs::{Job, Kind, Refused, Running};
use super::{Service, about, lock};
use crate::call::PauseFor;
use crate::failure;
use crate::view::Failure;
use backtrail_base::{Code, Timestamp};
use backtrail_engine::Observer;
use backtrail_profile::{Outcome, Pause, Profile, Record, What};
use jiff::ToSpan as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// When *until tomorrow* ends: before most people are at work.
const MORNING: i8 = 6;

impl Service {
    /// Backs up one profile now, or all that do not run already.
    pub(super) fn back_up_now(&self, profile: Option<&str>) -> Result<(), Failure> {
        let profiles = match profile {
            Some(id) => vec![self.0.profile(id)?],
            None => self.0.profiles.list().map_err(|error| failure::of(&error))?.profiles,
        };
        let mut refused = None;
        let mut begun = false;
        for profile in &profiles {
            match self.begin_by_hand(profile, Kind::Backup) {
                Ok(()) => begun = true,
                Err(failure) => refused = refused.or(Some(failure)),
            }
        }
        match refused {
            Some(failure) if !begun => Err(failure),
            _ => Ok(()),
        }
    }

    /// Proves now that a file comes back.
    pub(super) fn prove_now(&self, profile: &str) -> Result<(), Failure> {
        self.begin_by_hand(&self.0.profile(profile)?, Kind::Proof)
    }

    /// What could be known beforehand is said at once, and not as a failed run.
    fn begin_by_hand(&self, profile: &Profile, kind: Kind) -> Result<(), Failure> {
        if !self.0.runner.destination_here(profile) {
            return Err(self.0.place_away(profile));
        }
        if let Some(code) = self.0.secret_missing(profile) {
            return Err(about(profile).failure(code, ""));
        }
        self.start_run(profile, kind).map_err(|refused| match refused {
            Refused::Busy => about(profile).failure(Code::Locked, ""),
            Refused::Stopping => failure::stopping(),
        })
    }

    /// Starts a backup or a proof on a thread of its own.
    pub(super) fn start_run(&self, profile: &Profile, kind: Kind) -> Result<(), Refused> {
        let running = self.0.jobs.begin(&profile.id, kind, self.0.now())?;
        let (service, profile) = (self.clone(), profile.clone());
        self.0.changed();
        let name = if kind == Kind::Backup { "backup" } else { "proof" };
        // Where no thread can be had, the guard ends the job, and the next look tries again.
        let _ =
            std::thread::Builder::new().name(name.to_owned()).spawn(move || service.run(&profile, running));
        Ok(())
    }

    fn run(&self, profile: &Profile, running: Running) {
        let job = Arc::clone(&running.job);
        let observer: Arc<dyn Observer> = Arc::clone(&job) as Arc<dyn Observer>;
        let before = self.0.stories.of(&profile.id).map(|records| records.past()).unwrap_or_default();
        let began = self.0.now();
        let what = if job.kind == Kind::Backup { What::Backup } else { What::Proof };
        let run = || match what {
            What::Backup => self.0.runner.backup(profile, &observer, &job.cancel),
            _ => self.0.runner.prove(profile, &observer, &job.cancel),
        };
        // No code here panics on purpose; if some does all the same, it is a failed run and not a silent one.
        let record = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
            let record = self.broken(what, began);
            let _ = self.0.stories.append(&profile.id, &record);
            record
        });
        self.0.forget_space();
        // Ended before anybody is told, so that whoever asks finds it ended.
        drop(running);
        match what {
            What::Backup => self.0.notify_backup(profile, &record, &before),
            _ => self.0.notify_proof(profile, &record),
        }
        self.0.wake();
    }

    fn broken(&self, what: What, began: Timestamp) -> Record {
        let mut record = Record::new(what, Outcome::Failed, began, self.0.now());
        record.code = Some(Code::Io);
        record.message = "the run ended in a way that it should not; this is a fault in Backtrail".to_owned();
        record
    }

    /// Lets a job rest, or go on.
    pub(super) fn pause_job(&self, job: &str, paused: bool) -> Result<(), Failure> {
        self.job(job)?.pause(paused);
        self.0.changed();
        Ok(())
    }

    /// Stops a job at the next safe point. One that has ended is stopped already.
    pub(super) fn stop_job(&self, job: &str) -> Result<(), Failure> {
        if let Ok(job) = self.job(job) {
            job.cancel.cancel();
        }
        Ok(())
    }

    fn job(&self, id: &str) -> Result<Arc<Job>, Failure> {
        self.0.jobs.by_id(id).ok_or_else(failure::job_over)
    }

    /// Lets all schedules rest, or go on.
    pub(super) fn pause_schedules(&self, pause: PauseFor) -> Result<(), Failure> {
        let until = |until| Some(Pause { until: Some(until), until_on_power: false });
        let paused = match pause {
            PauseFor::Not => None,
            PauseFor::Hour => until(self.0.now().plus(60 * 60)),
            PauseFor::UntilTomorrow => until(self.tomorrow()),
            PauseFor::UntilOnPower => Some(Pause { until: None, until_on_power: true }),
        };
        self.0.change_settings(|settings| settings.paused = paused)?;
        self.0.changed();
        self.0.wake();
        Ok(())
    }

    fn tomorrow(&self) -> Timestamp {
        let now = self.0.zoned();
        let morning = now
            .date()
            .checked_add(1.day())
            .and_then(|date| date.at(MORNING, 0, 0, 0).to_zoned(now.time_zone().clone()));
        let morning = morning.map(|morning| morning.timestamp().as_second());
        Timestamp(morning.unwrap_or_else(|_| self.0.now().plus(24 * 60 * 60).0))
    }
}

impl super::Inner {
    /// Why the place of a profile cannot be used now.
    pub(super) fn place_away(&self, profile: &Profile) -> Failure {
        match self.runner.folder(profile) {
            Err(error) => about(profile).error(&error),
            Ok(folder) => about(profile).failure(Code::Unreachable, folder.display().to_string()),
        }
    }

    /// Changes the settings of the app, on disk and then here.
    pub(super) fn change_settings(
        &self,
        change: impl FnOnce(&mut backtrail_profile::AppSettings),
    ) -> Result<(), Failure> {
        let mut settings = lock(&self.settings);
        let mut changed = settings.clone();
        change(&mut changed);
        changed.save(&self.folders).map_err(|error| failure::of(&error))?;
        *settings = changed;
        Ok(())
    }
}
