//! What the tray shows, and what a click in it does.

use crate::call::PauseFor;
use crate::view::Pause;

/// What the tray shows. The shell asks for it after each event, and draws it when it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayState {
    /// The icon.
    pub icon: TrayIcon,
    /// The first line of the menu: the state in one sentence.
    pub line: String,
    /// The second: the reason, or how far the running backup is.
    pub reason: Option<String>,
    /// The profiles, for *Back up now*.
    pub profiles: Vec<TrayProfile>,
    /// Whether schedules are paused, and until when.
    pub paused: Option<Pause>,
}

/// The icon, told apart by shape and by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayIcon {
    /// Everything is backed up, or nothing is set up yet.
    Good,
    /// Working now.
    Busy,
    /// Backed up, with warnings, or waiting for the first backup.
    Warning,
    /// Needs attention.
    Attention,
    /// Schedules are paused.
    Paused,
}

/// A profile in the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayProfile {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether a job runs for it: then *Back up now* is off.
    pub running: bool,
}

/// An item of the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrayItem {
    /// Back up now: one profile by its id, or all.
    BackUpNow(Option<String>),
    /// Pause, or go on.
    Pause(PauseFor),
    /// Restore a file…
    Restore,
    /// Open.
    Open,
    /// Settings.
    Settings,
    /// Quit. The shell has said that schedules stop.
    Quit,
}
