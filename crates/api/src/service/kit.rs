//! The recovery kit: what is printed, where it may be saved, and that it was. In the wizard it makes the key, since
//! there is nothing to print without it.

use super::{Service, about, lock, shown};
use crate::call::KitProposed;
use crate::failure;
use crate::view::{Failure, KitSaved, SetUp};
use backtrail_base::{Code, Sensitive};
use backtrail_pgp::Purpose;
use backtrail_profile::kit::{self, KitContents, Opens, Paper};
use backtrail_profile::{Profile, Protection};
use std::path::{Path, PathBuf};

impl Service {
    /// The name and the folder that the save dialog proposes.
    pub(super) fn kit_proposal(&self, profile: Option<&str>) -> Result<KitProposed, Failure> {
        let desktop = self.0.surroundings.desktop();
        let profile = profile.map(|id| self.0.profile(id)).transpose()?;
        let name = match &profile {
            Some(profile) => profile.name.clone(),
            None => lock(&self.0.wizard).draft.name.clone(),
        };
        let name = if name.is_empty() { desktop.host.clone() } else { format!("{} {name}", desktop.host) };
        let plain =
            |letter: char| if r#"/\:*?"<>|"#.contains(letter) || letter.is_control() { '-' } else { letter };
        let name: String = name.chars().map(plain).collect();
        Ok(KitProposed { folder: desktop.documents, name: format!("Backtrail recovery kit {name}.pdf") })
    }

    /// Saves the kit, reads it back and proves it. For the profile that is being set up the key is made now.
    pub(super) fn save_kit(
        &self,
        profile: Option<&str>,
        setup: Option<&SetUp>,
        with_words: bool,
        path: &Path,
    ) -> Result<KitSaved, Failure> {
        if !path.is_absolute() || path.file_name().is_none() {
            return Err(failure::plain(Code::Kit, "The kit needs a file to be saved in.", "Choose a file."));
        }
        match profile {
            Some(id) => {
                let mut profile = self.0.profile(id)?;
                let saved = self.save_and_prove(&profile, None, with_words, path)?;
                profile.kit.saved = Some(self.0.now());
                profile.kit.with_words = with_words;
                self.0.profiles.save(&profile).map_err(|error| failure::of(&error))?;
                self.0.changed();
                Ok(saved)
            }
            None => {
                let mut wizard = lock(&self.0.wizard);
                if let Some(setup) = setup {
                    self.take(&mut wizard, setup)?;
                    wizard.keep(&self.0.folders)?;
                }
                let protect = setup.map_or(crate::view::ProtectChoice::NewKey, |setup| setup.protect);
                let profile = self.profile_of(&mut wizard, protect)?;
                let passphrase = self.known_passphrase(&wizard);
                let saved = self.save_and_prove(&profile, passphrase, with_words, path)?;
                wizard.draft.kit.saved = Some(self.0.now());
                wizard.draft.kit.with_words = with_words;
                wizard.kit = Some(saved.clone());
                wizard.keep(&self.0.folders)?;
                Ok(saved)
            }
        }
    }

    fn save_and_prove(
        &self,
        profile: &Profile,
        passphrase: Option<Sensitive<String>>,
        with_words: bool,
        path: &Path,
    ) -> Result<KitSaved, Failure> {
        let passphrase = match passphrase {
            Some(passphrase) => passphrase,
            None => self.0.secrets.passphrase(&profile.id).map_err(|error| {
                let code = self.0.secret_missing(profile).unwrap_or(Code::PassphraseNeeded);
                about(profile).failure(code, error.to_string())
            })?,
        };
        let contents = self.kit_contents(profile, with_words.then(|| passphrase.clone()))?;
        let mut keep_out = profile.sources.clone();
        keep_out.extend(self.0.runner.folder(profile).ok());
        let proved = kit::save_and_prove(path, &contents, Some(&passphrase), &keep_out)
            .map_err(|error| kit_failure(profile, &error))?;
        Ok(KitSaved {
            path: proved.path.display().to_string(),
            proved: shown::time(self.0.now()),
            with_words,
        })
    }

    fn kit_contents(
        &self,
        profile: &Profile,
        passphrase: Option<Sensitive<String>>,
    ) -> Result<KitContents, Failure> {
        let opens = match &profile.protection {
            Protection::Passphrase => Opens::Passphrase,
            Protection::Key { fingerprint } => {
                let key = self.0.secrets.keys().find(fingerprint, Purpose::Any);
                let key = key.map_err(|error| about(profile).error(&error))?;
                let secret = key.export_secret().map_err(|error| about(profile).error(&error))?;
                let protected = key.test_passphrase(None).is_err();
                Opens::Key { fingerprint: fingerprint.clone(), secret, protected }
            }
        };
        let place = &profile.place;
        let folder: PathBuf = match &place.drive {
            Some(drive) => drive.path_on_drive.clone(),
            None => self.0.runner.folder(profile).unwrap_or_default(),
        };
        let reach = match &place.drive {
            Some(_) => format!("the drive “{}”, folder {}", place.label, folder.display()),
            None => format!("the folder {}", folder.display()),
        };
        Ok(KitContents {
            profile: profile.name.clone(),
            computer: self.0.surroundings.desktop().host,
            address: place.address.clone(),
            reach,
            sources: profile.sources.clone(),
            opens,
            passphrase,
            made: self.0.now(),
            paper: Paper::default(),
        })
    }
}

/// A kit that may not lie where it was to be saved is told apart from one that cannot be made.
fn kit_failure(profile: &Profile, error: &kit::Error) -> Failure {
    use backtrail_base::Coded as _;
    let failure = about(profile).error(error);
    match error {
        kit::Error::Inside { folder } => Failure {
            message: format!(
                "A kit with the words on it must not lie in {}: the backup would hold its own key.",
                folder.display()
            ),
            advice: error.next_step(),
            ..failure
        },
        kit::Error::Layout { .. } => Failure {
            message: "The recovery kit cannot be printed.".to_owned(),
            advice: Some("Look at the details for what is in the way.".to_owned()),
            ..failure
        },
        _ => failure,
    }
}
