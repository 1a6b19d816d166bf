//! What a person is told when something went wrong.

use crate::view::Failure;

fn asks_amiss(name: &str) -> Failure {
    Failure {
        code: "unsupported".to_owned(),
        message: "The window asked for something that the background does not know.".to_owned(),
        advice: Some(
            "Quit Backtrail from its tray menu and start it again; it may have been updated.".to_owned(),
        ),
        step: None,
        details: Some(format!("call {name}")),
    }
}

/// A call of no known name.
pub(crate) fn unknown_call(name: &str) -> Failure {
    asks_amiss(&name.chars().take(40).collect::<String>())
}

/// A call that does not carry what it must. What it carries is not repeated: it may be a passphrase.
pub(crate) fn unreadable_call(name: &'static str) -> Failure {
    asks_amiss(name)
}
