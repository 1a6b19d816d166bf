//! The real app in its real window: a display, a session bus and a window manager of their own for each test, with a
//! home of their own, and the app driven in it by WebDriver. It promises that nothing of the person's session is
//! touched, that every program it starts has ended when the test has, and that a missing program fails the test with
//! the way to get it.

mod appearance;
pub mod background;
mod dialog;
mod drive;
mod driver;
pub mod keyring;
mod panel;
pub mod person;
pub mod processes;
pub mod secrets;
mod services;
mod session;
mod tray;
pub mod words;

pub use appearance::Appearance;
pub use dialog::Dialog;
pub use driver::Page;
pub use keyring::Keyring;
pub use services::Services;
pub use session::{Desk, Session, TrayKind};
pub use tray::Tray;

use std::time::{Duration, Instant};

/// Waits until `check` gives something, and fails the test when that takes longer than `seconds`.
///
/// # Panics
/// When it takes longer; the message says what was waited for.
pub fn wait_for<T>(what: &str, seconds: u64, mut check: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(seconds), "waited {seconds} s in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
