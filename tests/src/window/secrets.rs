//! The search for a secret where none may lie: every file below folders, and what processes were told.

use super::processes;
use super::session::Session;
use backtrail_base::fs;
use std::path::{Path, PathBuf};

/// Every place in which one of the needles lies: files of the session's home, runtime folder, logs and drives, and
/// arguments and environments of its processes.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn places(session: &Session, needles: &[&[u8]]) -> Vec<String> {
    let mut found = Vec::new();
    // The images of the drives are looked at as what they hold.
    let mut folders = ["home", "runtime", "logs", "tmp"].map(|folder| session.path(folder)).to_vec();
    folders.extend(session.drives());
    let needles = needles.iter().map(|needle| {
        let literal: String = needle.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        regex::bytes::Regex::new(&format!("(?-u){literal}")).expect("bytes, one by one")
    });
    let needles: Vec<regex::bytes::Regex> = needles.collect();
    for folder in folders {
        files(&folder, &mut |file| {
            if fs::read(file).is_ok_and(|content| holds(&content, &needles)) {
                found.push(file.display().to_string());
            }
        });
    }
    for process in processes::of(session) {
        if holds(&process.told(), &needles) {
            found.push(format!("process {}", process.command));
        }
    }
    found
}

fn holds(content: &[u8], needles: &[regex::bytes::Regex]) -> bool {
    needles.iter().any(|needle| needle.is_match(content))
}

/// Every plain file below a folder.
fn files(folder: &Path, each: &mut dyn FnMut(&PathBuf)) {
    let entries = fs::read_dir(folder).expect("the session's own folders can be read");
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&entry.path(), each),
            Ok(kind) if kind.is_file() => each(&entry.path()),
            _ => (),
        }
    }
}
