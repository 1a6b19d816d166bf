//! The words that the app itself shows, outside its windows; those in the windows are in `ui/src/lib/messages`.

/// The program's name.
pub(crate) const NAME: &str = "Backtrail";
/// Tray menu: bring the window to the front.
pub(crate) const OPEN: &str = "Open Backtrail";
/// Tray menu: end the app.
pub(crate) const QUIT: &str = "Quit";
/// On the terminal, when the tray cannot be had.
pub(crate) const NO_TRAY: &str = "no tray icon, since the system's tray library could not be used";
