//! How things are now, for one profile: power, network, drive, secrets, pauses, and what runs.

use super::jobs::Kind;
use super::{Inner, lock};
use backtrail_base::Code;
use backtrail_profile::schedule::Conditions;
use backtrail_profile::{Pause, Profile};

impl Inner {
    /// The conditions for a profile now.
    pub(super) fn conditions(&self, profile: &Profile) -> Conditions {
        let power = self.surroundings.power();
        let network = self.surroundings.network();
        let came_back = lock(&self.watches).get(&profile.id).and_then(|watch| watch.came_back);
        Conditions {
            on_battery: power.on_battery,
            battery_percent: power.battery_percent,
            metered: network.metered,
            online: network.online,
            destination_here: self.runner.destination_here(profile),
            came_back,
            secrets_ready: self.runner.secrets_ready(profile).is_ok(),
            paused: self.pause_now(),
            // A restore is soon over, and what it reads must not be removed under it.
            running: self.jobs.all().iter().any(|job| job.profile == profile.id),
            held: false,
        }
    }

    /// The pause of all schedules, if one holds.
    pub(super) fn pause_now(&self) -> Option<Pause> {
        let (now, on_battery) = (self.now(), self.surroundings.power().on_battery);
        lock(&self.settings).paused.filter(|pause| pause.holds(now, on_battery))
    }

    /// Whether a backup or a proof of a profile runs.
    pub(super) fn backing_up(&self, profile: &Profile) -> bool {
        self.jobs.of(&profile.id).is_some_and(|job| job.kind != Kind::Restore)
    }

    /// What keeps the passphrase of a profile from being had without asking.
    pub(super) fn secret_missing(&self, profile: &Profile) -> Option<Code> {
        use backtrail_base::Coded as _;
        use backtrail_profile::run::RunError;
        use backtrail_profile::secrets::Error;
        Some(match self.runner.secrets_ready(profile).err()? {
            RunError::Secrets(Error::Absent { .. } | Error::Missing { .. }) => Code::PassphraseNeeded,
            RunError::Secrets(Error::Locked | Error::Dismissed) => Code::KeyringLocked,
            other => other.code(),
        })
    }
}
