//! What the background tells the window without being asked.

use crate::view::{Progress, RestoreResult, ThemeChoice};
use serde::{Deserialize, Serialize};

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case", tag = "kind", content = "with")]
pub enum Event {
    /// What the screens show changed: ask again.
    Changed,
    /// How far a job is.
    Progress(Progress),
    /// A restore ended.
    Restored(RestoreResult),
    /// The theme was chosen.
    Theme(ThemeChoice),
    /// Come to the front, at this screen.
    Show(Screen),
}

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum Screen {
    /// Home, or the wizard when nothing is set up.
    Home,
    /// Restore.
    Restore,
    /// Settings.
    Settings,
}
