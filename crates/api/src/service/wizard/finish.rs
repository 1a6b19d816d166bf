//! The end of the wizard: a profile with its schedule on, its first backup begun, and no draft left.

use super::Wizard;
use crate::failure;
use crate::service::jobs::Kind;
use crate::service::settings::nothing_chosen;
use crate::service::{Service, lock};
use crate::view::{Failure, ProtectChoice, SetUp};
use backtrail_base::Code;
use backtrail_profile::{Draft, Profile};

impl Service {
    /// Makes the profile, and starts its first backup. Gives its id.
    pub(in crate::service) fn finish_setup(&self, setup: &SetUp) -> Result<String, Failure> {
        let profile = {
            let mut wizard = lock(&self.0.wizard);
            self.take(&mut wizard, setup)?;
            wizard.keep(&self.0.folders)?;
            let profile = self.profile_of(&mut wizard, setup.protect)?;
            self.0.profiles.save(&profile).map_err(|error| failure::of(&error))?;
            if setup.protect == ProtectChoice::PassphraseOnly
                && let Some(fingerprint) = wizard.key.take()
            {
                self.drop_key(&fingerprint);
            }
            // The profile is there: a draft that cannot be removed must not make a second one of it.
            *wizard = Wizard::default();
            Draft::discard(&self.0.folders).map_err(|error| failure::of(&error))?;
            profile
        };
        self.0.measuring.cancel();
        // Refused only when all stops; then the schedule begins it.
        let _ = self.start_run(&profile, Kind::Backup);
        self.0.changed();
        self.0.wake();
        Ok(profile.id.to_string())
    }

    /// The profile that comes of the draft. The key is made if it is not there yet.
    pub(in crate::service) fn profile_of(
        &self,
        wizard: &mut Wizard,
        protect: ProtectChoice,
    ) -> Result<Profile, Failure> {
        if wizard.draft.sources.is_empty() {
            return Err(nothing_chosen());
        }
        let Some(place) = wizard.draft.place.clone() else {
            let advice = "Plug a drive in, or choose a folder to keep the backup in.";
            return Err(failure::plain(Code::BadUrl, "No place for the backup is chosen.", advice));
        };
        let protection = self.protected(wizard, protect)?;
        let draft = &wizard.draft;
        let name = self.free_name(&draft.name);
        let mut profile = Profile::new(name, self.0.now(), draft.sources.clone(), place, protection);
        profile.id = draft.id.clone();
        profile.excludes = draft.excludes.clone();
        profile.schedule = draft.schedule.clone();
        profile.retention = draft.retention.clone();
        profile.kit = draft.kit;
        Ok(profile)
    }

    /// A name that no other profile has.
    fn free_name(&self, name: &str) -> String {
        let taken = self.0.profiles.list().map(|listed| listed.profiles).unwrap_or_default();
        let free = |name: &String| taken.iter().all(|profile| profile.name != *name);
        let mut names =
            std::iter::once(name.to_owned()).chain((2..1000).map(|number| format!("{name} {number}")));
        names.find(free).unwrap_or_else(|| name.to_owned())
    }

    /// Forgets the draft, and the key and the passphrase that were made for it: nothing was sealed with them yet.
    pub(in crate::service) fn forget_setup(&self) -> Result<(), Failure> {
        let mut wizard = lock(&self.0.wizard);
        if let Some(fingerprint) = wizard.key.take() {
            self.drop_key(&fingerprint);
        }
        // A keyring that is locked keeps a passphrase that opens nothing.
        let _ = self.0.secrets.forget(&wizard.draft.id);
        *wizard = Wizard::default();
        Draft::discard(&self.0.folders).map_err(|error| failure::of(&error))?;
        drop(wizard);
        self.0.measuring.cancel();
        self.0.changed();
        Ok(())
    }
}
