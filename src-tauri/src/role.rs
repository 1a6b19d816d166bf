//! The roles of this one program, and how one starts another.

use crate::own_folder;
use backtrail_base::fs;
use backtrail_profile::Folders;
use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, Stdio};

/// What a process of this program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// What a person starts: sees that a background runs, and is the window unless there is one.
    Start,
    /// The scheduler, the engine, the secrets and the tray icon, without a window.
    Background,
    /// The window.
    Window,
    /// Ends a running background, and the window with it.
    Quit,
}

const BACKGROUND: &str = "--background";
const WINDOW: &str = "--window";
const QUIT: &str = "--quit";

impl Role {
    /// What the program was started as; none when its arguments say nothing.
    pub(crate) fn of(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let role = match arguments.next() {
            None => Self::Start,
            Some(word) if word == BACKGROUND => Self::Background,
            Some(word) if word == WINDOW => Self::Window,
            Some(word) if word == QUIT => Self::Quit,
            // Finder adds one to what it starts.
            #[cfg(target_os = "macos")]
            Some(word) if word.to_string_lossy().starts_with("-psn_") => Self::Start,
            Some(_) => return None,
        };
        arguments.next().is_none().then_some(role)
    }
}

/// What belongs to one window and not to those that the background opens later: who is waiting for it to appear, and
/// who drives it.
const NOT_FOR_THE_BACKGROUND: [&str; 5] = [
    "DESKTOP_STARTUP_ID",
    "XDG_ACTIVATION_TOKEN",
    "TAURI_AUTOMATION",
    "TAURI_WEBVIEW_AUTOMATION",
    "WEBKIT_INSPECTOR_SERVER",
];

/// A log that is longer is begun anew.
const LONGEST_LOG: u64 = 1 << 20;

/// Starts this program in another role; it lives on when this process ends. What it has to say goes to a file among
/// the logs.
///
/// # Errors
/// When the program cannot be started.
pub(crate) fn start(role: Role, folders: &Folders) -> io::Result<Child> {
    let mut command = Command::new(program()?);
    match role {
        Role::Background => command.arg(BACKGROUND),
        Role::Window => command.arg(WINDOW),
        Role::Quit => command.arg(QUIT),
        Role::Start => &mut command,
    };
    if role == Role::Background {
        for name in NOT_FOR_THE_BACKGROUND {
            command.env_remove(name);
        }
    }
    // A log that cannot be had is no reason not to back up.
    let log = log(folders).unwrap_or_else(|_| Stdio::null());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0); // no Ctrl-C of the terminal's reaches it
    command.spawn()
}

/// The program as it is started again: after an update it is another file under the same name.
///
/// # Errors
/// When the system does not say.
pub(crate) fn program() -> io::Result<std::path::PathBuf> {
    let program = std::env::current_exe()?;
    // Linux says this of a file that was replaced, as updates do.
    let replaced = program.to_str().and_then(|text| text.strip_suffix(" (deleted)")).map(Into::into);
    Ok(replaced.unwrap_or(program))
}

fn log(folders: &Folders) -> io::Result<Stdio> {
    own_folder::make(folders.logs())?;
    let path = folders.logs().join("desktop.log");
    let long = fs::metadata(&path).is_ok_and(|log| log.len() > LONGEST_LOG);
    let mut options = fs::OpenOptions::new();
    let log = options.create(true).append(true).open(&path)?;
    if long {
        log.set_len(0)?;
    }
    Ok(log.into_file().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(words: &[&str]) -> Option<Role> {
        Role::of(words.iter().map(OsString::from))
    }

    #[test]
    fn the_arguments_say_the_role() {
        assert_eq!(role(&[]), Some(Role::Start), "a person's start");
        assert_eq!(role(&["--background"]), Some(Role::Background));
        assert_eq!(role(&["--window"]), Some(Role::Window));
        assert_eq!(role(&["--quit"]), Some(Role::Quit));
        assert_eq!(role(&["--help"]), None, "what is not known is refused, and not taken for a start");
        assert_eq!(role(&["--background", "x"]), None, "one word alone");
    }
}
