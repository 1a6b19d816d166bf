//! The system's keyring: the Secret Service on Linux and the BSDs, the Keychain on macOS, the Credential Manager on
//! Windows. Each call runs on a thread of its own, because the libraries below must not be called from a thread that
//! runs tasks, and is given up after a while, because the process behind it may hang; only unlocking waits for the
//! person as long as it takes.

#[cfg(all(unix, not(target_os = "macos")))]
#[path = "system/linux.rs"]
mod platform;
#[cfg(any(windows, target_os = "macos"))]
#[path = "system/native.rs"]
mod platform;

use super::{Error, Keyring, KeyringState, Result};
use backtrail_base::Sensitive;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The name under which everything of ours is kept.
const SERVICE: &str = "org.backtrail.Backtrail";

/// How long a call that asks nobody anything may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The system's keyring. Nothing is remembered between calls: a keyring that appears, or is unlocked, is noticed.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemKeyring;

impl SystemKeyring {
    /// The keyring of the person who runs this process.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Keyring for SystemKeyring {
    fn state(&self) -> KeyringState {
        match apart(Some(PATIENCE), platform::state) {
            Ok(state) => state,
            // Whatever answers with an error or not at all keeps nothing for us.
            Err(_) => KeyringState::Absent,
        }
    }

    fn unlock(&self) -> Result<()> {
        apart(None, platform::unlock)
    }

    fn get(&self, name: &str) -> Result<Option<Sensitive<String>>> {
        let name = name.to_owned();
        apart(Some(PATIENCE), move || platform::get(&name))
    }

    fn set(&self, name: &str, secret: &Sensitive<String>) -> Result<()> {
        let (name, secret) = (name.to_owned(), secret.clone());
        apart(Some(PATIENCE), move || platform::set(&name, &secret))
    }

    fn delete(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        apart(Some(PATIENCE), move || platform::delete(&name))
    }
}

/// Does it on a thread of its own, and waits for it.
fn apart<T: Send + 'static>(
    patience: Option<Duration>,
    call: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (answer, wait) = mpsc::channel();
    thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        // Nobody waits any more after the patience ran out.
        let _ = answer.send(call());
    })?;
    let answer = match patience {
        Some(patience) => {
            wait.recv_timeout(patience).map_err(|error| error == mpsc::RecvTimeoutError::Timeout)
        }
        None => wait.recv().map_err(|_| false),
    };
    answer.unwrap_or_else(|late| {
        let why = if late { "it does not answer" } else { "its call broke off" };
        Err(Error::Keyring { why: why.to_owned() })
    })
}

/// A name as a person meets it in the system's own list of passwords.
fn label(name: &str) -> String {
    format!("Backtrail: {name}")
}
