//! What goes over the link: a line of JSON for each call, for each answer and for each event. Both ends are this same
//! program; a line that is not understood ends the connection, since nothing good follows it.

use backtrail_api::Event;
use backtrail_api::view::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A window's first line: it is there and wants to hear events.
pub(crate) const JOIN: &str = "join";
/// Asks that a window comes to the front, at a screen.
pub(crate) const SHOW: &str = "show";
/// Asks that the background ends.
pub(crate) const QUIT: &str = "quit";

/// The longest line the background takes. What a page sends is small; a list of 10,000 chosen entries fits.
pub(crate) const LONGEST_ASKED: usize = 1 << 20;
/// The longest line the window takes: a folder's 1,000 entries with long names, several times over.
pub(crate) const LONGEST_TOLD: usize = 16 << 20;

/// From the window to the background.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Told again in the answer.
    pub(crate) id: u64,
    /// The call.
    pub(crate) call: Named,
}

/// A call by its name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// One of `backtrail_api::call::CALLS`, or of the link's own three.
    pub(crate) name: String,
    /// What it takes.
    pub(crate) with: Value,
}

/// From the background to the window.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Told {
    /// A call's answer.
    Ok {
        /// The call's.
        id: u64,
        /// What it gives.
        ok: Value,
    },
    /// Why a call has no answer.
    Failure {
        /// The call's.
        id: u64,
        /// Why.
        failure: Failure,
    },
    /// Something happened.
    Event {
        /// What.
        event: Event,
    },
    /// The background ends, because somebody said *Quit*: the window ends with it.
    Quit {
        /// Always true.
        quit: bool,
    },
}

/// A line, its end included.
///
/// # Errors
/// When a value has no form in JSON, which none of ours lacks.
pub(crate) fn line<T: Serialize>(value: &T) -> serde_json::Result<String> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    Ok(line)
}
