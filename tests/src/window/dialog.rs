//! A native file dialog on the screen, used by mouse and keyboard as a person does. Each click is counted by the
//! caller.

use super::session::Session;
use super::wait_for;
use std::path::Path;
use std::time::Duration;

/// A dialog on the screen.
#[derive(Debug)]
pub struct Dialog<'a> {
    session: &'a Session,
    window: String,
}

impl<'a> Dialog<'a> {
    /// Waits for a dialog with this title.
    ///
    /// # Panics
    /// When none comes.
    #[must_use]
    pub fn wait(session: &'a Session, title: &str) -> Self {
        let window = wait_for(&format!("the dialog “{title}”"), 30, || {
            session.window_ids().into_iter().find_map(|(id, found)| (found == title).then_some(id))
        });
        // It takes keys once it has the focus.
        let dialog = Self { session, window };
        dialog.xdotool(&["windowactivate", "--sync", &dialog.window]);
        std::thread::sleep(Duration::from_millis(300));
        dialog
    }

    /// Types a path where a name or a place is typed. A person would click on folders; this is as many actions.
    ///
    /// # Panics
    /// When xdotool is missing.
    pub fn type_path(&self, path: &Path) {
        // With a dialog that saves the name is selected; typing replaces it, an absolute path names the folder too.
        self.xdotool(&["key", "--clearmodifiers", "ctrl+a"]);
        self.xdotool(&["type", "--clearmodifiers", "--delay", "5", &path.display().to_string()]);
        std::thread::sleep(Duration::from_millis(300));
    }

    /// Presses the dialog's default button, and waits until the dialog is gone.
    ///
    /// # Panics
    /// When it stays.
    pub fn accept(self) {
        self.xdotool(&["key", "--clearmodifiers", "Return"]);
        self.wait_until_gone();
    }

    /// Closes the dialog without choosing.
    ///
    /// # Panics
    /// When it stays.
    pub fn cancel(self) {
        self.xdotool(&["key", "--clearmodifiers", "Escape"]);
        self.wait_until_gone();
    }

    fn wait_until_gone(&self) {
        wait_for("the end of the dialog", 20, || {
            self.session.window_ids().iter().all(|(id, _)| *id != self.window).then_some(())
        });
    }

    fn xdotool(&self, words: &[&str]) {
        let output = self.session.command("xdotool").args(words).output();
        let output =
            output.unwrap_or_else(|error| panic!("xdotool did not start: {error}. It is a package."));
        assert!(output.status.success(), "xdotool {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
