//! The `profile` commands: the backups that were set up in the app, listed, judged and run without a display. What a
//! profile is and how it is carried out, the floor below knows; here one is found by its name, a passphrase is had, and
//! the record of a run becomes text, JSON and an exit number.

mod list;
mod run;
mod status;

use crate::args::ProfileCommand;
use crate::error::CliError;
use crate::passphrase::{self, Ask};
use crate::render::Output;
use crate::surroundings::Surroundings;
use backtrail_base::{Clock, Code};
use backtrail_engine::Cancel;
use backtrail_profile::run::{RunError, Runner};
use backtrail_profile::secrets::{self, Secrets};
use backtrail_profile::{AppSettings, Conditions, Folders, History, Listed, Profile, Profiles, Records};
use jiff::Zoned;
use std::sync::Arc;

/// What every `profile` command works with.
struct Session<'a> {
    around: &'a Surroundings,
    output: &'a Arc<Output>,
    ask: &'a dyn Ask,
    cancel: &'a Cancel,
    folders: Folders,
    runner: Runner,
}

/// Carries out a `profile` command.
pub(crate) fn run(
    command: &ProfileCommand,
    around: &Surroundings,
    output: &Arc<Output>,
    ask: &dyn Ask,
    cancel: &Cancel,
) -> Result<u8, CliError> {
    let folders = around.folders()?;
    let secrets = Secrets::new(&folders, Arc::clone(&around.keyring));
    let clock: Arc<dyn Clock> = Arc::clone(&around.clock);
    let runner = Runner::new(&folders, &secrets, clock).with_zone(around.zone.clone());
    let session = Session { around, output, ask, cancel, folders, runner };
    match command {
        ProfileCommand::List(_) => session.list(),
        ProfileCommand::Status { profile, .. } => session.status(profile.as_deref()),
        ProfileCommand::Run { profile, due, .. } => session.run(profile.as_deref(), *due),
    }
}

impl Session<'_> {
    /// Everything that is set up; what is damaged is told.
    fn listed(&self) -> Result<Listed, CliError> {
        let listed = Profiles::open(&self.folders).and_then(|profiles| profiles.list());
        let listed = listed.map_err(|error| CliError::of(&error))?;
        for damaged in &listed.damaged {
            let code = if damaged.newer { Code::SettingsNewer } else { Code::SettingsDamaged };
            let message =
                format!("the profile in {} cannot be used: {}", damaged.path.display(), damaged.why);
            self.output.warning(code, &message, None);
        }
        Ok(listed)
    }

    /// The profiles that a name or id means; all without one.
    fn wanted(&self, name: Option<&str>) -> Result<Vec<Profile>, CliError> {
        let all = self.listed()?.profiles;
        let Some(name) = name else { return Ok(all) };
        if let Some(one) = all.iter().find(|profile| profile.id.as_str() == name) {
            return Ok(vec![one.clone()]);
        }
        let named: Vec<Profile> =
            all.into_iter().filter(|profile| profile.name.to_lowercase() == name.to_lowercase()).collect();
        match named.len() {
            1 => Ok(named),
            0 => Err(CliError::own(
                Code::NotFound,
                format!("there is no profile {name:?}"),
                "`backtrail profile list` lists them.",
            )),
            _ => Err(CliError::own(
                Code::Usage,
                format!("{} profiles are called {name:?}", named.len()),
                "Give the id that `backtrail profile list` shows.",
            )),
        }
    }

    fn records(&self, profile: &Profile) -> Result<Records, CliError> {
        let history = History::open(&self.folders, &profile.id).and_then(|history| history.read());
        history.map_err(|error| CliError::of(&error))
    }

    /// How things are. What only a desktop knows (power, networks) is not known here and stands in nobody's way.
    fn conditions(&self, profile: &Profile) -> Result<Conditions, CliError> {
        let settings = AppSettings::load(&self.folders).map_err(|error| CliError::of(&error))?;
        Ok(Conditions {
            destination_here: self.runner.destination_here(profile),
            secrets_ready: self.have_passphrase(profile, false).is_ok(),
            paused: settings.paused,
            ..Conditions::default()
        })
    }

    fn now(&self) -> Zoned {
        crate::args::timestamp(self.around.clock.now()).to_zoned(self.around.zone.clone())
    }

    /// Makes sure of the passphrase: from the keyring, else PASSPHRASE, else, with `ask`, a prompt. What is no matter
    /// of a passphrase shows when the run begins.
    fn have_passphrase(&self, profile: &Profile, ask: bool) -> Result<(), CliError> {
        let missing = match self.runner.secrets_ready(profile) {
            Err(RunError::Secrets(
                error @ (secrets::Error::Locked
                | secrets::Error::Dismissed
                | secrets::Error::Absent { .. }
                | secrets::Error::Missing { .. }
                | secrets::Error::Keyring { .. }),
            )) => error,
            _ => return Ok(()),
        };
        let given = match self.around.secret("PASSPHRASE") {
            Some(given) => Some(given),
            None if ask => {
                let prompt = format!("Passphrase of the backup {}: ", profile.name);
                passphrase::once(self.around, self.ask, &prompt)?
            }
            None => None,
        };
        match given {
            Some(given) => {
                self.runner.secrets().remember(&profile.id, &given);
                Ok(())
            }
            None => Err(CliError::own(
                Code::PassphraseNeeded,
                format!(
                    "there is no passphrase for the backup {}: {missing}, and PASSPHRASE is not set",
                    profile.name
                ),
                "Set PASSPHRASE in the environment and run again.",
            )),
        }
    }
}
