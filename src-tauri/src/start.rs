//! Starting and ending the background from another process of this program.

use crate::link::{self, Address};
use crate::lock::Lock;
use crate::role::{self, Role};
use crate::{background, messages};
use backtrail_profile::Folders;
use std::time::{Duration, Instant};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// How long a background may take to end: it brings what runs to a safe point first.
const ENDS: Duration = Duration::from_secs(40);
/// The time between two looks.
const AGAIN: Duration = Duration::from_millis(100);

/// Sees that a background runs; does not wait until it answers.
///
/// # Errors
/// When none runs and none can be started.
pub(crate) fn background() -> Result<(), Failed> {
    let folders = Folders::of_this_person()?;
    if !runs(&folders)? {
        role::start(Role::Background, &folders)?;
    }
    Ok(())
}

/// Ends the background, and the window with it; waits until it has ended.
///
/// # Errors
/// When it cannot be reached, or does not end in time.
pub(crate) fn quit() -> Result<(), Failed> {
    let folders = Folders::of_this_person()?;
    let begun = Instant::now();
    let mut told = false;
    while runs(&folders)? {
        if begun.elapsed() > ENDS {
            return Err(messages::DOES_NOT_END.into());
        }
        // One that is just starting does not listen yet.
        told = told || ask(&folders, link::QUIT, serde_json::Value::Null).is_ok();
        std::thread::sleep(AGAIN);
    }
    Ok(())
}

/// Asks the background for one of the link's own calls.
///
/// # Errors
/// When no background answers.
pub(crate) fn ask(folders: &Folders, name: &str, with: serde_json::Value) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = async {
        let address = Address::of(folders);
        tokio::time::timeout(Duration::from_secs(5), link::tell(&address, name, with)).await
    };
    runtime.block_on(asked)?
}

/// Whether a background runs, or is just starting.
fn runs(folders: &Folders) -> std::io::Result<bool> {
    Ok(Lock::take(folders.runtime(), background::LOCK)?.is_none())
}
