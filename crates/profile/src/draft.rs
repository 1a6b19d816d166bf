//! What a person has chosen so far in the wizard, so that it can be left and taken up again. It holds no secret: words
//! that were shown live in the keyring or nowhere.

use crate::document::{self, Document, durable};
use crate::profile::{Excludes, Kit, Place, ProfileId, Protection};
use crate::retention::Retention;
use crate::schedule::Schedule;
use crate::written::path;
use crate::{Folders, ProfileError};
use backtrail_base::SystemClock;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The wizard's choices up to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The id that the profile will have, so that keys and passphrases made on the way are already its own.
    pub id: ProfileId,
    /// The screen the person was on.
    pub step: DraftStep,
    /// What the backup will be called.
    pub name: String,
    /// The chosen folders; absolute paths.
    #[serde(with = "path::list")]
    pub sources: Vec<PathBuf>,
    /// What of them is left out.
    pub excludes: Excludes,
    /// When it will run.
    pub schedule: Schedule,
    /// What will be kept.
    pub retention: Retention,
    /// What was done with the recovery kit.
    pub kit: Kit,
    /// Where to, once chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// How it is protected, once the key is made or the passphrase chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            id: ProfileId::random(),
            step: DraftStep::default(),
            name: String::new(),
            sources: Vec::new(),
            excludes: Excludes::default(),
            schedule: Schedule::default(),
            retention: Retention::default(),
            kit: Kit::default(),
            place: None,
            protection: None,
        }
    }
}

/// A screen of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DraftStep {
    /// Protect this computer, or continue a backup.
    #[default]
    Welcome,
    /// Which folders.
    What,
    /// Which destination.
    Where,
    /// Key or passphrase.
    Protect,
    /// The recovery kit.
    Kit,
    /// The last look.
    Start,
}

impl Document for Draft {
    const TITLE: &'static str = "A backup that is being set up in Backtrail's wizard. No secrets.";
}

impl Draft {
    /// The draft that was left, if there is one.
    ///
    /// # Errors
    /// [`ProfileError::Damaged`] (the file is then kept aside), [`ProfileError::Newer`], [`ProfileError::Io`].
    pub fn load(folders: &Folders) -> Result<Option<Self>, ProfileError> {
        Ok(document::read(&file(folders), &SystemClock)?.map(|found| found.value))
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`ProfileError::Newer`] when a newer version wrote the file, which is then left; [`ProfileError::Io`].
    pub fn save(&self, folders: &Folders) -> Result<(), ProfileError> {
        document::write(&file(folders), self, &SystemClock)
    }

    /// Removes the draft: the profile is set up, or the person gave it up. No error if there is none.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn discard(folders: &Folders) -> Result<(), ProfileError> {
        Ok(durable::remove(&file(folders))?)
    }
}

fn file(folders: &Folders) -> PathBuf {
    folders.config().join("draft.toml")
}
