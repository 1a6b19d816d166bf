//! The main job, told with the real command: a key, a backup, a change, a second backup, the first moment back.

use super::tree::{self, Measure};
use crate::say::{self, Done, failure, note, step};
use crate::{places, shell};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Where the story takes place: one fresh folder.
struct Stage {
    base: PathBuf,
    backtrail: PathBuf,
}

/// Tells it, and removes what it made unless asked to keep it.
pub(super) fn tell(keep: bool) -> Done {
    let base = std::env::temp_dir().join(format!("backtrail-run-{}", std::process::id()));
    fs_err::create_dir_all(&base)?;
    let stage = Stage { base, backtrail: places::program("backtrail")? };
    let told = stage.play();
    if keep {
        note(&format!("Everything the run made is in {}.", stage.base.display()));
    } else {
        fs_err::remove_dir_all(&stage.base)?;
    }
    told
}

impl Stage {
    fn play(&self) -> Done {
        fs_err::create_dir_all(self.base.join("home"))?;
        let (sources, first, stored) =
            (self.base.join("sources"), self.base.join("first"), self.base.join("stored"));
        step("Copying this checkout's own sources: the folder to back up");
        let checkout = places::root();
        tree::copy_files(&checkout, &own_sources(&checkout)?, &sources)?;
        tree::copy_all(&sources, &first)?;
        let before = tree::measure(&sources)?;
        note(&format!("{} files, {}, in {}", before.files, say::bytes(before.bytes), sources.display()));

        step("Making an OpenPGP key");
        let made = shell::output(&mut self.backtrail(&[
            "key",
            "new",
            "--name",
            "Backtrail Newcomer",
            "--email",
            "newcomer@localhost",
            "--no-passphrase",
            "--json",
        ]))?;
        let Some(fingerprint) = json_text(&made, "fingerprint") else {
            return failure(format!("`backtrail key new --json` printed no fingerprint: {}", made.trim()));
        };
        note(&format!("Fingerprint {fingerprint}"));

        let url = format!("file://{}", stored.display());
        fs_err::create_dir_all(&stored)?;
        step("Backing up, encrypted to that key");
        let full = self.timed(&["full", "--encrypt-key", &fingerprint, &text(&sources), &url])?;
        let after_full = tree::measure(&stored)?;
        let moment = first_moment(&stored)?;

        step("Changing the folder: one file edited, one deleted, one added, one renamed");
        change(&sources)?;
        let changed = tree::measure(&sources)?;
        std::thread::sleep(Duration::from_millis(1100)); // moments are whole seconds apart

        step("Backing up again: only what changed is stored");
        let increment = self.timed(&["incremental", "--encrypt-key", &fingerprint, &text(&sources), &url])?;
        let after_increment = tree::measure(&stored)?;

        step("Both moments");
        self.timed(&["collection-status", &url])?;

        step("Restoring the first moment");
        let restored = self.base.join("restored");
        let restore = self.timed(&["restore", "--time", &moment, &url, &text(&restored)])?;

        step("Comparing it with the folder as it was: names, contents, modes, times");
        tree::compare(&first, &restored)?;
        let back = tree::measure(&restored)?;
        note("Identical.");

        step("What happened");
        let stored_by_increment = after_increment.bytes.saturating_sub(after_full.bytes);
        let row = |what: &str, measure: &Measure, stored: &str, time: Duration| {
            let seconds = format!("{:.1}", time.as_secs_f64());
            vec![
                what.to_owned(),
                measure.files.to_string(),
                say::bytes(measure.bytes),
                stored.to_owned(),
                seconds,
            ]
        };
        say::table(&[
            ["", "files", "bytes", "bytes stored", "seconds"].map(str::to_owned).to_vec(),
            row("first backup", &before, &say::bytes(after_full.bytes), full),
            row("second backup", &changed, &say::bytes(stored_by_increment), increment),
            row("first moment restored", &back, "", restore),
        ]);
        Ok(())
    }

    /// The command with a home of its own.
    fn backtrail(&self, words: &[&str]) -> Command {
        let mut command = shell::command(&self.backtrail, &self.base);
        command.args(words).env("HOME", self.base.join("home"));
        for (name, folder) in [
            ("XDG_DATA_HOME", "home/data"),
            ("XDG_CONFIG_HOME", "home/config"),
            ("XDG_CACHE_HOME", "home/cache"),
            ("XDG_STATE_HOME", "home/state"),
        ] {
            command.env(name, self.base.join(folder));
        }
        for name in ["GNUPGHOME", "PASSPHRASE", "SIGN_PASSPHRASE"] {
            command.env_remove(name); // the person's own, for their own backups
        }
        if words.first() == Some(&"key") {
            println!("    $ {}", shell::shown(&command));
        }
        command
    }

    fn timed(&self, words: &[&str]) -> Done<Duration> {
        let start = Instant::now();
        shell::run(&mut self.backtrail(words))?;
        Ok(start.elapsed())
    }
}

/// The checkout's own files: what git knows, or without git all but what builds leave.
fn own_sources(checkout: &Path) -> Done<Vec<PathBuf>> {
    let mut git = shell::command("git", checkout);
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .stderr(std::process::Stdio::null());
    let listed = git.output().ok().filter(|listed| listed.status.success());
    let mut names: Vec<PathBuf> = match listed {
        Some(listed) => String::from_utf8_lossy(&listed.stdout).split('\0').map(PathBuf::from).collect(),
        None => {
            let ours = |path: &Path| !path.iter().any(|part| part == "target" || part == "node_modules");
            tree::walk(checkout)?.into_keys().filter(|path| ours(path)).collect()
        }
    };
    names.retain(|name| fs_err::symlink_metadata(checkout.join(name)).is_ok_and(|found| !found.is_dir()));
    if names.len() < 4 {
        return failure(format!("{} holds too few files for this.", checkout.display()));
    }
    Ok(names)
}

/// Edits the largest file in its middle, deletes the second largest, renames the third, and adds one.
fn change(folder: &Path) -> Done {
    let mut files: Vec<(u64, PathBuf)> = Vec::new();
    for (path, metadata) in tree::walk(folder)? {
        if metadata.is_file() {
            files.push((metadata.len(), folder.join(path)));
        }
    }
    files.sort();
    let mut largest = files.into_iter().rev().map(|(_, path)| path);
    let (Some(edited), Some(deleted), Some(renamed)) = (largest.next(), largest.next(), largest.next())
    else {
        return failure("the folder holds too few files to change.");
    };
    let mut content = fs_err::read(&edited)?;
    content.splice(content.len() / 2..content.len() / 2, *b"a line that was not there before\n");
    fs_err::write(&edited, content)?;
    fs_err::remove_file(&deleted)?;
    fs_err::rename(&renamed, renamed.with_extension("renamed"))?;
    fs_err::write(folder.join("added.txt"), "This file is new.\n")?;
    for (what, path) in [("edited", &edited), ("deleted", &deleted), ("renamed", &renamed)] {
        note(&format!("{what} {}", path.strip_prefix(folder).unwrap_or(path).display()));
    }
    note("added added.txt");
    Ok(())
}

/// The moment of the first backup, as its manifest's name tells it: `20260131T120000Z`, in the form `--time` takes.
fn first_moment(stored: &Path) -> Done<String> {
    for entry in fs_err::read_dir(stored)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let time = name.strip_prefix("duplicity-full.").and_then(|rest| rest.split_once(".manifest"));
        if let Some(moment) = time.and_then(|(time, _)| with_separators(time)) {
            return Ok(moment);
        }
    }
    failure(format!("the first backup left no manifest in {}.", stored.display()))
}

fn with_separators(time: &str) -> Option<String> {
    let part = |range| time.get(range);
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    (date.len() == 8 && clock.len() == 6).then_some(())?;
    Some(format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    ))
}

/// The text that a JSON object gives for a key, where neither has escapes.
fn json_text(json: &str, key: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{key}\""))?;
    let (_, rest) = rest.trim_start().strip_prefix(':')?.split_once('"')?;
    rest.split_once('"').map(|(text, _)| text.to_owned())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_comes_from_the_manifest_s_name() {
        assert_eq!(with_separators("20260131T120506Z").as_deref(), Some("2026-01-31T12:05:06Z"));
        assert_eq!(with_separators("2026-01-31"), None, "only the form of stored names is taken");
    }

    #[test]
    fn the_fingerprint_is_found_in_json() {
        assert_eq!(
            json_text("{\n \"fingerprint\" : \"ABCD\", \"x\": 1}", "fingerprint").as_deref(),
            Some("ABCD")
        );
        assert_eq!(json_text("{}", "fingerprint"), None);
    }
}
