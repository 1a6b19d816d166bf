//! The front end: its packages as the lock file says, and its pages built into `ui/dist`, where the desktop app takes
//! them from. Both are left alone while nothing they are made from changed, so that cargo builds nothing again.

use crate::say::{Done, failure, step};
use crate::{places, shell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The front end's folder.
pub(crate) fn folder() -> PathBuf {
    places::root().join("ui")
}

/// One of npm's commands, in the front end's folder.
pub(crate) fn npm(words: &[&str]) -> Command {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = shell::command(name, &folder());
    command.args(words).env("npm_config_update_notifier", "false").env("npm_config_fund", "false");
    command
}

/// Installs the packages if the lock file is not the one they were installed from.
///
/// # Errors
/// When npm is missing or fails.
pub(crate) fn packages() -> Done {
    let ui = folder();
    let mark = ui.join("node_modules/.backtrail");
    let state = digest(&[ui.join("package.json"), ui.join("package-lock.json")])?;
    if fs_err::read_to_string(&mark).is_ok_and(|mark| mark == state) {
        return Ok(());
    }
    step("Installing the front end's packages");
    if !shell::succeeds(&mut npm(&["--version"])) {
        return failure("npm is missing: install Node 20 or newer, then start again.");
    }
    shell::run(&mut npm(&["ci", "--no-audit", "--loglevel=error"]))?;
    Ok(fs_err::write(mark, state)?)
}

/// Builds the pages if anything they are made from changed.
///
/// # Errors
/// When npm or the build fails.
pub(crate) fn build() -> Done {
    packages()?;
    let ui = folder();
    let mark = ui.join("node_modules/.backtrail-dist");
    let state = digest(&sources(&ui)?)?;
    let built = ui.join("dist/index.html").is_file();
    if built && fs_err::read_to_string(&mark).is_ok_and(|mark| mark == state) {
        return Ok(());
    }
    step("Building the front end");
    shell::run(&mut npm(&["run", "--silent", "build"]))?;
    Ok(fs_err::write(mark, state)?)
}

/// Every file the pages are made from.
fn sources(ui: &Path) -> Done<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![ui.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if entry.file_type()?.is_file() {
                files.push(entry.path());
            } else if name != "node_modules" && name != "dist" {
                folders.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn digest(files: &[PathBuf]) -> Done<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs_err::read(file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
