//! The settings screen.

use super::{ExcludeChoice, SourceChoice, UnixTime, WhereKept};
use serde::{Deserialize, Serialize};

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// Those of the app.
    pub app: AppSettingsView,
    /// Those of each profile.
    pub profiles: Vec<ProfileSettings>,
}

/// Settings of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct AppSettingsView {
    /// The theme.
    pub theme: ThemeChoice,
    /// Whether the background starts at login.
    pub start_at_login: bool,
    /// Whether it notifies of failures and first successes.
    pub notifications: bool,
}

/// The theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    /// As the system.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Settings of a profile. Ids in it are sent back to change it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ProfileSettings {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is backed up.
    pub sources: Vec<SourceChoice>,
    /// What is left out.
    pub excludes: Vec<ExcludeChoice>,
    /// Further patterns that are left out, for reading.
    pub patterns: Vec<String>,
    /// Where it is kept.
    pub kept: WhereKept,
    /// When it runs.
    pub when: When,
    /// What is kept.
    pub keep: Keep,
    /// Whether a random file is proved each week.
    pub prove_weekly: bool,
    /// The key's fingerprint in groups of four; none when only a passphrase protects.
    pub fingerprint: Option<String>,
    /// When the kit was saved and proved.
    pub kit_saved: Option<UnixTime>,
}

/// When a profile runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct When {
    /// How often.
    pub every: Every,
    /// Only while on power.
    pub only_on_power: bool,
    /// Not below this percentage of the battery.
    pub min_battery: Option<u8>,
    /// Also on metered networks.
    pub metered: bool,
    /// Not between these times of day, as `22:00` and `07:00`.
    pub quiet_hours: Option<(String, String)>,
}

/// How often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case", tag = "kind", content = "at")]
pub enum Every {
    /// Every so many hours.
    Hours(u32),
    /// Daily at a time of day, as `18:00`.
    Daily(String),
    /// On days of the week (1 is Monday) at a time of day.
    Weekly {
        /// The days.
        days: Vec<u8>,
        /// The time of day.
        time: String,
    },
    /// Only by hand.
    Manual,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Keep {
    /// Backups are kept at least so many months.
    pub months: u32,
    /// A full backup is made every so many days.
    pub full_every_days: u32,
}
