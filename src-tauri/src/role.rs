//! The roles of this one program, and how one starts another.

use std::io;
use std::process::{Command, Stdio};

/// What a process of this program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The scheduler, the engine, the secrets and the tray icon, without a window.
    Background,
}

/// Starts this program in another role; it lives on when this process ends.
///
/// # Errors
/// When the program cannot be started.
pub(crate) fn start(role: Role) -> io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    match role {
        Role::Background => command.arg("--background"),
    };
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().map(|_| ())
}
