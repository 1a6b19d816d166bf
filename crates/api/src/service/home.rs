//! The home screen: each profile's state, the one sentence over all of them, and what wants attention.

use super::jobs::Kind;
use super::{Inner, Service, lock, shown};
use crate::failure;
use crate::view::{Failure, Home, NextRun, Overall, Pause, ProfileView, Proven, WhereKept, Whole};
use backtrail_profile::run::Space;
use backtrail_profile::schedule::{self, Decision};
use backtrail_profile::{Outcome, Profile, Records, What};
use std::time::{Duration, Instant};

/// Runs that are shown of a profile.
const LATELY: usize = 10;
/// Days of the strip.
const STRIP: u32 = 30;
/// How long a measure of the room on a destination is believed: it lists every object there.
const MEASURED: Duration = Duration::from_secs(120);

impl Service {
    /// What the home screen shows.
    pub(super) fn home(&self) -> Result<Home, Failure> {
        self.0.home()
    }
}

impl Inner {
    /// What the home screen shows.
    pub(super) fn home(&self) -> Result<Home, Failure> {
        let listed = self.profiles.list().map_err(|error| failure::of(&error))?;
        let mut profiles = Vec::new();
        let mut banners = self.banners_of_all(&listed.damaged);
        for profile in &listed.profiles {
            let records = self.stories.of(&profile.id).map_err(|error| failure::of(&error))?;
            profiles.push(self.profile_view(profile, &records));
            banners.extend(self.banners(profile, &records));
        }
        banners.sort_by_key(|banner| banner.kind as u8);
        let paused = self.pause_now();
        Ok(Home {
            overall: overall(&profiles, paused.is_some()),
            profiles,
            banners,
            paused: paused.map(|pause| Pause { until: pause.until.map(shown::time) }),
            unfinished_setup: lock(&self.wizard).is_kept(),
            now: shown::time(self.now()),
        })
    }

    fn profile_view(&self, profile: &Profile, records: &Records) -> ProfileView {
        let good = records.last_success();
        let lately =
            records.newest_first().filter(|record| matches!(record.what, What::Backup | What::Skipped));
        let proof = records
            .last(What::Proof)
            .filter(|proof| matches!(proof.outcome, Outcome::Done | Outcome::Warnings | Outcome::Failed));
        ProfileView {
            id: profile.id.to_string(),
            name: profile.name.clone(),
            state: self.state(profile, records),
            sources: profile.sources.iter().map(|source| source.display().to_string()).collect(),
            files: good.map(|record| Whole(record.figures.files)),
            bytes: good.map(|record| Whole(record.figures.bytes)),
            kept: self.kept(profile),
            last: records.last(What::Backup).map(|record| self.run_view(profile, record)),
            last_good: good.map(|record| shown::time(record.ended)),
            next: self.next(profile, records),
            proven: proof.map(|record| Proven {
                at: shown::time(record.ended),
                file: record.file.clone(),
                good: record.outcome.is_success(),
            }),
            days: records.days(STRIP, &self.zoned()).iter().map(shown::day).collect(),
            lately: lately.take(LATELY).map(|record| self.run_view(profile, record)).collect(),
            running: self.jobs.of(&profile.id).map(|job| job.view()),
            kit_saved: profile.kit.saved.map(shown::time),
        }
    }

    /// The state of one profile, but for a pause.
    pub(super) fn state(&self, profile: &Profile, records: &Records) -> Overall {
        let last = records.last(What::Backup).map(|record| record.outcome);
        let failed_proof = records.last(What::Proof).is_some_and(|proof| proof.outcome == Outcome::Failed);
        let overdue = schedule::overdue(profile, &records.past(), &self.zoned()).is_some();
        match records.last_success().map(|record| record.outcome) {
            _ if self.jobs.of(&profile.id).is_some_and(|job| job.kind == Kind::Backup) => Overall::BackingUp,
            _ if last == Some(Outcome::Failed) || failed_proof || overdue => Overall::Attention,
            None => Overall::WaitingForFirst,
            Some(Outcome::Warnings) => Overall::Warnings,
            Some(_) => Overall::BackedUp,
        }
    }

    fn next(&self, profile: &Profile, records: &Records) -> NextRun {
        let conditions = self.conditions(profile);
        match schedule::decide(profile, &records.past(), &self.zoned(), &conditions) {
            Decision::Run(_) => NextRun { at: Some(shown::time(self.now())), waits: None },
            Decision::Wait { until, why } => {
                NextRun { at: until.map(shown::time), waits: Some(self.wait_reason(profile, why)) }
            }
        }
    }

    /// Where a profile is kept, and how much room there is.
    pub(super) fn kept(&self, profile: &Profile) -> WhereKept {
        let space = self.space(profile);
        WhereKept {
            label: profile.place.label.clone(),
            address: profile.place.address.clone(),
            here: self.runner.destination_here(profile),
            used: space.map(|space| Whole(space.used)),
            free: space.and_then(|space| space.free).map(Whole),
            total: space.and_then(|space| space.total).map(Whole),
        }
    }

    fn space(&self, profile: &Profile) -> Option<Space> {
        let known = lock(&self.watches).get(&profile.id).and_then(|watch| watch.space);
        if let Some((_, space)) = known.filter(|(at, _)| at.elapsed() < MEASURED) {
            return space;
        }
        let space = self.runner.space(profile);
        lock(&self.watches).entry(profile.id.clone()).or_default().space = Some((Instant::now(), space));
        space
    }

    /// The room on destinations is another now.
    pub(super) fn forget_space(&self) {
        lock(&self.watches).values_mut().for_each(|watch| watch.space = None);
    }
}

/// The one sentence over all profiles: what runs, then the gravest.
fn overall(profiles: &[ProfileView], paused: bool) -> Overall {
    let any = |state: Overall| profiles.iter().any(|profile| profile.state == state);
    match () {
        () if profiles.is_empty() => Overall::NotSetUp,
        () if any(Overall::BackingUp) => Overall::BackingUp,
        () if any(Overall::Attention) => Overall::Attention,
        () if paused => Overall::Paused,
        () if any(Overall::WaitingForFirst) => Overall::WaitingForFirst,
        () if any(Overall::Warnings) => Overall::Warnings,
        () => Overall::BackedUp,
    }
}
