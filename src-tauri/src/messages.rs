//! The words that the app itself shows, outside its windows; those in the windows are in `ui/src/lib/messages`.

/// The program's name.
pub(crate) const NAME: &str = "Backtrail";
/// Tray menu: bring the window to the front.
pub(crate) const OPEN: &str = "Open Backtrail";
/// Tray menu: open the settings.
pub(crate) const SETTINGS: &str = "Settings";
/// Tray menu: end the app. It says what that means.
pub(crate) const QUIT: &str = "Quit (schedules stop)";
/// Tray menu: the backups that can be started.
pub(crate) const BACK_UP_NOW: &str = "Back up now";
/// Tray menu, below *Back up now*: every one of them.
pub(crate) const ALL_BACKUPS: &str = "All";
/// Tray menu: for how long schedules may rest.
pub(crate) const PAUSE: &str = "Pause";
/// Tray menu, below *Pause*.
pub(crate) const PAUSE_HOUR: &str = "1 hour";
/// Tray menu, below *Pause*.
pub(crate) const PAUSE_UNTIL_TOMORROW: &str = "Until tomorrow";
/// Tray menu, below *Pause*.
pub(crate) const PAUSE_UNTIL_ON_POWER: &str = "Until on power";
/// Tray menu, while schedules rest.
pub(crate) const GO_ON: &str = "Go on";
/// Tray menu: bring a file back.
pub(crate) const RESTORE_A_FILE: &str = "Restore a file…";

/// On the terminal: how the program is started.
pub(crate) const USAGE: &str = "usage: backtrail-desktop [--background | --window | --quit]";
/// On the terminal: `--quit` waited in vain.
pub(crate) const DOES_NOT_END: &str = "the part of Backtrail that makes the backups does not end";
/// In the log, when the tray cannot be had.
pub(crate) const NO_TRAY: &str = "no tray icon";
/// In the log, when the system shows no notices.
pub(crate) const NO_NOTICES: &str = "no notice on the screen";
/// In the log, when a window could not be started.
pub(crate) const NO_WINDOW: &str = "no window";
/// In the tray and the log, when the background failed in a way nobody foresaw.
pub(crate) const BACKGROUND_CRASHED: &str = "Backtrail has failed and must be started again";

/// Why the start at login cannot be switched: the program lies where no entry can point.
pub(crate) const PROGRAM_PATH: &str = "the program's own path has characters that cannot be written down";
/// Why the start at login cannot be switched.
pub(crate) const NO_HOME: &str = "the home folder of this user is not known";
/// The desktop entry that starts the background at login says what it is for.
pub(crate) const AT_LOGIN: &str = "Backs up at the times you chose";

/// The background is not there.
pub(crate) const BACKGROUND_GONE: &str = "The part of Backtrail that makes the backups is not running.";
/// What to do about it.
pub(crate) const BACKGROUND_GONE_ADVICE: &str = "Start it again; schedules go on from then.";
/// The background could not be started.
pub(crate) const BACKGROUND_NOT_STARTED: &str =
    "The part of Backtrail that makes the backups could not be started.";
/// The window and the background are of different versions.
pub(crate) const LINK_BROKEN: &str =
    "This window and the part of Backtrail that makes the backups do not understand each other.";
/// What to do about it.
pub(crate) const LINK_BROKEN_ADVICE: &str =
    "Quit Backtrail and start it again: it may have been updated while it ran.";

/// Title of the dialog for a folder to back up.
pub(crate) const CHOOSE_SOURCE: &str = "Choose a folder to back up";
/// Title of the dialog for a folder to keep backups in.
pub(crate) const CHOOSE_PLACE: &str = "Choose a folder to keep backups in";
/// Title of the dialog for a folder to restore into.
pub(crate) const CHOOSE_RESTORE_FOLDER: &str = "Choose a folder to restore into";
/// Title of the dialog for the recovery kit.
pub(crate) const SAVE_KIT: &str = "Save the recovery kit";
/// The kind of file that the recovery kit is.
pub(crate) const PDF: &str = "PDF document";
/// The system opened no dialog.
pub(crate) const NO_DIALOG: &str = "The system opened no dialog to choose a file or folder.";

/// A restored file cannot be shown.
pub(crate) fn not_shown(path: &std::path::Path) -> String {
    format!("The file manager did not open for {}.", path.display())
}
/// What to do about it.
pub(crate) const NOT_SHOWN_ADVICE: &str = "Open the folder in your file manager yourself.";
