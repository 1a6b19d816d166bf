//! What the service needs from the desktop around it: power, network, the person's folders, notices, the window. The
//! shell answers from the system's own services, a test from what it sets up. All calls are quick and block on nothing
//! longer than a local service's answer; they come from several threads.

use crate::Screen;
use crate::view::NextStep;
use backtrail_store::drives::{self, Drive};
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// The desktop around the service.
pub trait Surroundings: Send + Sync {
    /// The state of power, where it is known.
    fn power(&self) -> Power;

    /// The state of the network, where it is known.
    fn network(&self) -> Network;

    /// What is known of the computer and the person.
    fn desktop(&self) -> Desktop;

    /// Where the person is, for times of day.
    fn zone(&self) -> TimeZone {
        TimeZone::system()
    }

    /// The drives that a backup can be put on.
    fn drives(&self) -> Vec<Drive> {
        drives::list()
    }

    /// Every place where the drive of this UUID, or without one of this label, is mounted now.
    fn find_drives(&self, uuid: Option<&str>, label: Option<&str>) -> Vec<Drive> {
        drives::find(uuid, label)
    }

    /// Shows a notice. Where it has an action and the system shows it, [`crate::Service::notice_clicked`] is called
    /// once it is taken. Only called when notices are switched on.
    fn notify(&self, notice: &Notice);

    /// A window must come to the front: one is started if none is there. It asks by `window_ready` which screen is
    /// wanted; one that is there has been told by [`crate::Event::Show`].
    fn show_window(&self);

    /// The person chose *Quit* in the tray: the program calls [`crate::Service::stop`] and ends.
    fn quit(&self);

    /// Whether the background starts at login; none where the system does not say.
    fn starts_at_login(&self) -> Option<bool>;

    /// Switches the start at login.
    ///
    /// # Errors
    /// What the system said, in words.
    fn start_at_login(&self, on: bool) -> Result<(), String>;
}

/// The state of power.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Power {
    /// Whether the computer runs on battery; none where that is not known, as on a desktop computer.
    pub on_battery: Option<bool>,
    /// Percent of the battery.
    pub battery_percent: Option<u8>,
}

/// The state of the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Network {
    /// Whether it is metered.
    pub metered: Option<bool>,
    /// Whether there is one.
    pub online: Option<bool>,
}

/// What is known of the computer and the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desktop {
    /// The person's home folder.
    pub home: PathBuf,
    /// The computer's name.
    pub host: String,
    /// The folder that the kit's save dialog starts in: the person's documents, else the home.
    pub documents: PathBuf,
    /// Whether a tray shows the icon; none while that is not known.
    pub tray: Option<bool>,
}

/// Something a person should know although no window is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about. A notice takes the place of an earlier one of the same kind and profile.
    pub kind: NoticeKind,
    /// The profile it concerns, by its id.
    pub profile: Option<String>,
    /// Its first line.
    pub title: String,
    /// One or two plain sentences: what happened, and what to do.
    pub body: String,
    /// What its button does, where the system shows buttons; a click on the notice itself does the same.
    pub action: Option<NoticeAction>,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// The first backup is done.
    FirstBackup,
    /// A backup failed.
    Failed,
    /// No backup for too long.
    Overdue,
    /// A proof failed: what is stored may not come back.
    ProofFailed,
    /// The keyring is locked, or the passphrase must be typed, and a backup is due.
    SecretNeeded,
    /// A restore ended while no window was open.
    Restored,
    /// There is no tray: the app stays in the background all the same.
    NoTray,
}

/// What a notice's button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeAction {
    /// Its label.
    pub label: String,
    /// What it does.
    pub step: NoticeStep,
}

/// What a click on a notice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeStep {
    /// Opens the window at a screen.
    Show(Screen),
    /// Takes the step that a failure offers.
    Next(NextStep),
}

/// Something outside changed: the scheduler looks again at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nudge {
    /// The computer woke up.
    Resumed,
    /// It went on power or on battery.
    PowerChanged,
    /// The network came, went, or became metered.
    NetworkChanged,
    /// A drive was plugged in.
    DriveArrived,
    /// A drive was taken away.
    DriveLeft,
    /// The clock was set, or the zone changed.
    ClockChanged,
    /// The keyring was unlocked.
    KeyringUnlocked,
    /// The tray came or went.
    TrayChanged,
}
