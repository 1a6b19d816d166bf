//! The words that the app itself shows, outside its windows; those in the windows are in `ui/src/lib/messages`.

/// The program's name.
pub(crate) const NAME: &str = "Backtrail";
/// Tray menu: bring the window to the front.
pub(crate) const OPEN: &str = "Open Backtrail";
/// Tray menu: end the app.
pub(crate) const QUIT: &str = "Quit";
/// On the terminal, when the tray cannot be had.
pub(crate) const NO_TRAY: &str = "no tray icon, since the system's tray library could not be used";

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
