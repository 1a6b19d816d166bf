//! Ctrl-C and SIGTERM: the first asks the engine to stop at the next safe point, the second ends the program at once.
//! At a passphrase prompt the first ends it, with the terminal's echo put back.

use crate::exit;
use backtrail_engine::Cancel;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a passphrase is being asked for.
static ASKING: AtomicBool = AtomicBool::new(false);

/// Lets signals set `cancel`. Only the first call of a process has an effect.
pub(crate) fn listen(cancel: Cancel) {
    let handler = move || {
        if ASKING.load(Ordering::SeqCst) {
            terminal::restore();
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
        if cancel.is_cancelled() {
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
        cancel.cancel();
        eprintln!("Stopping at the next safe point. Press Ctrl-C again to stop at once.");
    };
    // Without a handler the system's own way of ending remains, which a backup survives too.
    let _ = ctrlc::set_handler(handler);
}

/// Says that a passphrase is being asked for, until dropped.
pub(crate) struct Asking(());

impl Asking {
    pub(crate) fn begin() -> Self {
        terminal::remember();
        ASKING.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKING.store(false, Ordering::SeqCst);
    }
}

#[cfg(unix)]
mod terminal {
    //! The terminal's settings before echo was turned off.

    use backtrail_base::fs::File;
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::sync::{Mutex, PoisonError};

    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    pub(super) fn remember() {
        let settings = File::open("/dev/tty").ok().and_then(|terminal| tcgetattr(&terminal).ok());
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub(super) fn restore() {
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(settings), Ok(terminal)) = (&*before, File::open("/dev/tty")) {
            // The program ends now; there is nobody to tell.
            let _ = tcsetattr(&terminal, OptionalActions::Now, settings);
        }
    }
}

#[cfg(not(unix))]
mod terminal {
    //! Consoles elsewhere put themselves back.

    pub(super) fn remember() {}

    pub(super) fn restore() {}
}
