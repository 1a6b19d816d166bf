//! What holds for the whole app, whatever is backed up: how it looks, whether it starts by itself, whether it speaks up,
//! and whether all schedules pause.

use crate::document::{self, Document};
use crate::written::moment;
use crate::{Folders, ProfileError};
use backtrail_base::{SystemClock, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The app's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppSettings {
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// Whether the background role starts when this person logs in.
    pub start_at_login: bool,
    /// Whether notifications are shown.
    pub notifications: bool,
    /// The pause of all schedules, if there is one. It may be over; see [`Pause::holds`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self { theme: Theme::System, start_at_login: true, notifications: true, paused: None }
    }
}

/// How the app looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the system says, live.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// A pause of all schedules: until a moment, until the computer is on power, whichever comes first; with neither, until
/// the person ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pause {
    /// When it ends by itself.
    #[serde(default, with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether it ends as soon as the computer is on power.
    pub until_on_power: bool,
}

impl Pause {
    /// Whether it still holds. A computer that does not know whether it runs on battery counts as on power: it has
    /// none, and a pause must not last for ever. Neither must one whose end was reckoned with a wrong clock: it is over
    /// when its end is further away than any that can be chosen.
    #[must_use]
    pub fn holds(&self, now: Timestamp, on_battery: Option<bool>) -> bool {
        const LONGEST: i64 = 31 * 24 * 60 * 60;
        let lasts = self.until.is_none_or(|until| now < until && until <= now.plus(LONGEST));
        lasts && !(self.until_on_power && on_battery != Some(true))
    }
}

impl Document for AppSettings {
    const TITLE: &'static str = "Settings of Backtrail that hold for all backups.";
}

impl AppSettings {
    /// The settings; the defaults where there is no file yet.
    ///
    /// # Errors
    /// [`ProfileError::Damaged`] (the file is then kept aside, and the next call gives the defaults),
    /// [`ProfileError::Newer`], [`ProfileError::Io`].
    pub fn load(folders: &Folders) -> Result<Self, ProfileError> {
        let found = document::read(&path(folders), &SystemClock)?;
        Ok(found.map_or_else(Self::default, |found| found.value))
    }

    /// Writes them.
    ///
    /// # Errors
    /// [`ProfileError::Newer`] when a newer version wrote the file, which is then left; [`ProfileError::Io`].
    pub fn save(&self, folders: &Folders) -> Result<(), ProfileError> {
        document::write(&path(folders), self, &SystemClock)
    }
}

fn path(folders: &Folders) -> PathBuf {
    folders.config().join("settings.toml")
}
