//! The app's background process in a session: found, started, ended, and told that time has passed.

use super::driver::Page;
use super::processes::{self, Process};
use super::session::Session;
use super::wait_for;
use backtrail_base::fs;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use std::process::Stdio;

/// The background, when one runs.
#[must_use]
pub fn find(session: &Session) -> Option<Process> {
    processes::of(session).into_iter().find(|process| process.command.ends_with(" --background"))
}

/// Starts the background, as logging in does, and waits until it answers.
///
/// # Panics
/// When it does not start.
pub fn start(session: &mut Session) -> Process {
    let mut command = session.command(Page::application());
    command.arg("--background").stdout(Stdio::null());
    let child = session.spawn(command, "background");
    session.adopt(child);
    let socket = session.path("runtime");
    wait_for("the background's socket", 60, || find_socket(&socket).then_some(()));
    wait_for("the background", 60, || find(session))
}

fn find_socket(folder: &std::path::Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        entry.file_name() == "backtrail.sock" || path.is_dir() && find_socket(&path)
    })
}

/// Ends the background, as logging out does, and waits until it is gone.
///
/// # Panics
/// When it stays, or there is none.
pub fn end(session: &Session) {
    let background = find(session).expect("a background runs");
    background.terminate();
    wait_for("the end of the background", 60, || (!background.is_alive()).then_some(()));
}

/// The files of a folder among the session's own data or settings, such as `.config/backtrail/profiles`.
///
/// # Panics
/// When the folder is not there.
#[must_use]
pub fn files(session: &Session, below: &str) -> Vec<PathBuf> {
    let folder = session.home().join(below);
    let entries = fs::read_dir(&folder).expect("the app made it");
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// Makes every run in the history older by so many hours, as if the computer had been off since. The background must
/// not run.
///
/// # Panics
/// When there is no history.
pub fn let_time_pass(session: &Session, hours: i64) {
    let moment = regex::Regex::new(r#""(at|ended)":"([^"]+)""#).expect("a pattern");
    let files = files(session, ".local/share/backtrail/history").into_iter();
    for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "jsonl")) {
        let text = fs::read_to_string(&file).expect("one's own history");
        let older = moment.replace_all(&text, |found: &regex::Captures<'_>| {
            let at: Timestamp = found[2].parse().expect("a moment of the history");
            format!(r#""{}":"{}""#, &found[1], at - SignedDuration::from_hours(hours))
        });
        assert_ne!(older, text, "the history has times");
        fs::write(&file, older.as_bytes()).expect("one's own history");
    }
}
