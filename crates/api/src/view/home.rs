//! The home screen.

use super::{Failure, NextStep, Progress, UnixTime, Whole};
use serde::{Deserialize, Serialize};

/// All that the home screen shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Home {
    /// The one sentence.
    pub overall: Overall,
    /// The profiles, in the order they were made.
    pub profiles: Vec<ProfileView>,
    /// What wants attention, the gravest first.
    pub banners: Vec<Banner>,
    /// Until when all schedules rest; absent when they do not.
    pub paused: Option<Pause>,
    /// Whether the wizard was begun and not ended.
    pub unfinished_setup: bool,
    /// The time by the app's clock.
    pub now: UnixTime,
}

/// Schedules at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Pause {
    /// Until this moment; none until the computer is on power.
    pub until: Option<UnixTime>,
}

/// The one sentence of reassurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum Overall {
    /// Nothing is set up.
    NotSetUp,
    /// Everything is backed up.
    BackedUp,
    /// Backing up now.
    BackingUp,
    /// Backed up, with warnings.
    Warnings,
    /// A backup needs attention.
    Attention,
    /// Waiting for the first backup.
    WaitingForFirst,
    /// Schedules are paused.
    Paused,
}

/// A profile on the home screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its own state.
    pub state: Overall,
    /// What is protected, for reading.
    pub sources: Vec<String>,
    /// Files in the latest backup.
    pub files: Option<Whole>,
    /// Bytes in them.
    pub bytes: Option<Whole>,
    /// Where it is kept.
    pub kept: WhereKept,
    /// The latest backup that was tried.
    pub last: Option<RunView>,
    /// The latest backup that succeeded.
    pub last_good: Option<UnixTime>,
    /// The next backup.
    pub next: NextRun,
    /// The latest proof that a file comes back.
    pub proven: Option<Proven>,
    /// The last 30 days, oldest first.
    pub days: Vec<Day>,
    /// The latest runs, newest first.
    pub lately: Vec<RunView>,
    /// The job that runs for it.
    pub running: Option<Progress>,
    /// Whether its recovery kit was saved and proved.
    pub kit_saved: Option<UnixTime>,
}

/// Where a profile's backup is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct WhereKept {
    /// What a person calls it: the drive's or the server's name.
    pub label: String,
    /// The address, without credentials.
    pub address: String,
    /// Whether it can be reached now.
    pub here: bool,
    /// Bytes the backup takes there.
    pub used: Option<Whole>,
    /// Bytes free there.
    pub free: Option<Whole>,
    /// Bytes there altogether.
    pub total: Option<Whole>,
}

/// The next backup, and why it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct NextRun {
    /// When, where that can be told.
    pub at: Option<UnixTime>,
    /// Why not now.
    pub waits: Option<WaitReason>,
}

/// Why a backup waits, or was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum WaitReason {
    /// It is not due.
    NotDue,
    /// Schedules are paused.
    Paused,
    /// The computer is on battery.
    OnBattery,
    /// The battery is low.
    BatteryLow,
    /// The network is metered.
    Metered,
    /// There is no network.
    Offline,
    /// The drive is not plugged in.
    DriveAway,
    /// It is a quiet hour.
    QuietHours,
    /// It failed, and is tried again later.
    BackOff,
    /// The keyring is locked.
    KeyringLocked,
    /// The passphrase must be typed.
    PassphraseNeeded,
    /// It is only started by hand.
    Manual,
    /// Another backup is running.
    Busy,
    /// The person has to look at it first.
    Held,
    /// The person stopped the last run a short while ago.
    Stopped,
}

/// A run in the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// When it began.
    pub at: UnixTime,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What it did.
    pub figures: Option<RunFigures>,
    /// Why it was skipped.
    pub skipped: Option<WaitReason>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// Its warnings, the first of them.
    pub warnings: Vec<Warned>,
    /// How many warnings there were.
    pub warning_count: Whole,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Well.
    Done,
    /// Well, with warnings.
    Warnings,
    /// It failed.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// It was not begun.
    Skipped,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RunFigures {
    /// Whether a full set was made.
    pub full: bool,
    /// New files.
    pub new: Whole,
    /// Changed files.
    pub changed: Whole,
    /// Deleted files.
    pub deleted: Whole,
    /// Bytes sent.
    pub sent: Whole,
    /// Seconds it took.
    pub seconds: Whole,
}

/// A warning of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Warned {
    /// The stable code of its cause.
    pub code: String,
    /// The path, for reading.
    pub path: Option<String>,
    /// One sentence.
    pub message: String,
}

/// A proof that a file comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Proven {
    /// When.
    pub at: UnixTime,
    /// The file that was restored and compared, for reading.
    pub file: Option<String>,
    /// Whether it came back as it was.
    pub good: bool,
}

/// A day in the strip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// The day where the person is, as `2026-11-22`.
    pub date: String,
    /// The worst that matters of its runs.
    pub outcome: DayOutcome,
    /// How many runs succeeded.
    pub runs: u32,
}

/// How a day went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum DayOutcome {
    /// Backed up.
    Ok,
    /// Backed up, with warnings.
    Warnings,
    /// Failed, and not made good.
    Failed,
    /// Skipped, for a reason.
    Skipped,
    /// Nothing ran.
    None,
}

/// Something that wants attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Banner {
    /// What it is about.
    pub kind: BannerKind,
    /// The profile it concerns.
    pub profile: Option<String>,
    /// The profile's name, or the file's.
    pub name: Option<String>,
    /// What went wrong, where something did.
    pub failure: Option<Failure>,
    /// What its button does.
    pub step: Option<BannerStep>,
}

/// What a banner is about, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum BannerKind {
    /// The latest backup failed.
    Failed,
    /// No backup for too long.
    Overdue,
    /// A proof failed: what is stored may not come back.
    ProofFailed,
    /// A profile's file is damaged; it was kept aside.
    ProfileDamaged,
    /// The keyring is locked.
    KeyringLocked,
    /// There is no keyring: the passphrase is asked for each time the app starts.
    PassphraseNeeded,
    /// The recovery kit was not saved.
    KitNotSaved,
    /// Asks for three words of the passphrase, to see that they were written down.
    TypeWords,
    /// The system shows no tray icon.
    NoTray,
    /// The key expires soon.
    KeyExpires,
}

/// What a banner's button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case", tag = "do", content = "how")]
pub enum BannerStep {
    /// Saves the kit.
    SaveKit,
    /// Asks for the three words.
    TypeWords,
    /// Sets up again.
    SetUp,
    /// What the failure offers.
    Next(NextStep),
}
