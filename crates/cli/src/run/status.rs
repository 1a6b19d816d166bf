//! collection-status, with --file-changed and --show-changes-in-set: duplicity's tables, which scripts read.

use super::{Session, entry_path};
use crate::args::without_password;
use crate::error::CliError;
use crate::exit;
use crate::render::{json, progress, text};
use backtrail_base::{Code, Timestamp};
use backtrail_engine::status::{self, ChainStatus, SetStatus, Status};
use backtrail_engine::{EngineError, list};
use backtrail_format::manifest::Change;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::fmt::Write;

const RULE: &str = "-------------------------";

#[derive(Serialize)]
struct Shown {
    action: &'static str,
    destination: String,
    archive_folder: String,
    chains: Vec<Chain>,
    orphaned_sets: Vec<Set>,
    orphaned_signatures: Vec<String>,
    foreign_objects: u64,
}

#[derive(Serialize)]
struct Chain {
    active: bool,
    start: Timestamp,
    end: Timestamp,
    sets: Vec<Set>,
}

#[derive(Serialize)]
struct Set {
    #[serde(flatten)]
    id: json::Set,
    volumes: u32,
    bytes: u64,
    complete: bool,
    missing_volumes: Vec<u32>,
    encrypted: bool,
}

#[derive(Serialize)]
struct Changes {
    action: &'static str,
    changes: Vec<FileChange>,
}

#[derive(Serialize)]
struct FileChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<json::Set>,
    #[serde(flatten)]
    path: json::Path,
    change: &'static str,
}

impl Session<'_> {
    pub(super) fn collection_status(&self, url: &str) -> Result<u8, CliError> {
        if let Some(number) = self.settings.restoring.show_changes_in_set {
            return self.changes_in_set(url, number);
        }
        if let Some(path) = &self.settings.restoring.file_changed {
            let path = entry_path("file-changed", path)?;
            return self.changes_of(url, &path);
        }
        let ctx = self.context(url, false)?;
        let status = status::read(&ctx)?;
        let archive_folder = ctx.archive_folder.display().to_string();
        let destination = without_password(url);
        let shown = describe(&status, &destination, &archive_folder, self.output.zone());
        self.output.result(shown.as_bytes())?;
        for (one, other) in &status.overlaps {
            self.output.warning(
                Code::Damaged,
                &format!("two chains of backups cover the same time: {one} and {other}"),
                Some("Move one chain's files to another folder, so that a time names one backup."),
            );
        }
        self.output.json(&Shown {
            action: "collection-status",
            destination,
            archive_folder,
            chains: status.chains.iter().map(Chain::new).collect(),
            orphaned_sets: status.orphaned.iter().map(Set::new).collect(),
            orphaned_signatures: status.orphaned_signatures,
            foreign_objects: status.foreign,
        })?;
        Ok(exit::OK)
    }

    fn changes_of(&self, url: &str, path: &backtrail_format::EntryPath) -> Result<u8, CliError> {
        let ctx = self.context(url, false)?;
        let changes = list::file_changes(&ctx, path)?;
        let mut shown = format!(
            "{RULE}\nFile: {}\nTotal number of backup: {}\n{:>20}   {:>30}  {:>20}\n",
            progress::printable(&path.to_string_lossy()),
            changes.len(),
            "Type of backup set:",
            "Time:",
            "Type of file change:"
        );
        for (set, change) in &changes {
            let kind = if set.is_full() { "Full" } else { "Incremental" };
            let mut word = change_word(*change).to_owned();
            word[..1].make_ascii_uppercase();
            let date = text::date(set.end(), self.output.zone());
            let _ = writeln!(shown, "{kind:>20}   {date:>30}  {word:>20}");
        }
        let _ = writeln!(shown, "{RULE}");
        self.output.result(shown.as_bytes())?;
        let changes = changes.iter().map(|(set, change)| FileChange {
            set: Some(json::Set::new(*set)),
            path: json::Path::new(path),
            change: change_word(*change),
        });
        self.output.json(&Changes { action: "collection-status", changes: changes.collect() })?;
        Ok(exit::OK)
    }

    fn changes_in_set(&self, url: &str, number: i64) -> Result<u8, CliError> {
        let ctx = self.context(url, false)?;
        // Duplicity counts from the last set, 0; the engine's negative numbers do too, from -1.
        let (set, changes) = list::set_changes(&ctx, -1 - number).map_err(|error| match error {
            EngineError::NoBackup { .. } if number > 0 => CliError::own(
                Code::NoBackup,
                format!("the last chain has no set {number}"),
                "Count from the last set, 0; collection-status lists them.",
            ),
            other => other.into(),
        })?;
        let paths: Vec<String> =
            changes.iter().map(|(_, path)| progress::printable(&path.to_string_lossy())).collect();
        let width = paths.iter().map(|path| path.chars().count()).max().unwrap_or(0).max(5);
        let mut shown = format!(
            "{RULE}\n Backup set time: {}\nTotal number of changes: {}\n{:<width$}  {:>20}\n",
            text::date(set.end(), self.output.zone()),
            changes.len(),
            "File:",
            "Type of file change:"
        );
        for ((change, _), path) in changes.iter().zip(&paths) {
            let _ = writeln!(shown, "{path:<width$}  {:>20}", change_word(*change));
        }
        let _ = writeln!(shown, "{RULE}");
        self.output.result(shown.as_bytes())?;
        let changes = changes.iter().map(|(change, path)| FileChange {
            set: Some(json::Set::new(set)),
            path: json::Path::new(path),
            change: change_word(*change),
        });
        self.output.json(&Changes { action: "collection-status", changes: changes.collect() })?;
        Ok(exit::OK)
    }
}

impl Chain {
    fn new(chain: &ChainStatus) -> Self {
        Self {
            active: chain.active,
            start: chain.start,
            end: chain.end,
            sets: chain.sets.iter().map(Set::new).collect(),
        }
    }
}

impl Set {
    fn new(set: &SetStatus) -> Self {
        Self {
            id: json::Set::new(set.id),
            volumes: set.volumes,
            bytes: set.bytes,
            complete: set.complete,
            missing_volumes: set.missing.clone(),
            encrypted: set.encoding.is_encrypted(),
        }
    }
}

fn change_word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Changed => "changed",
        Change::Deleted => "deleted",
    }
}

/// Duplicity's summary.
fn describe(status: &Status, destination: &str, archive_folder: &str, zone: &TimeZone) -> String {
    let fulls = status.chains.iter().map(|chain| chain.start).max();
    let last_full = fulls.map_or_else(|| "none".to_owned(), |full| text::date(full, zone));
    let mut shown = format!(
        "Last full backup date: {last_full}\nCollection Status\n-----------------\nConnecting with backend: \
         {destination}\nArchive dir: {archive_folder}\n\n"
    );
    let secondary: Vec<_> = status.chains.iter().filter(|chain| !chain.active).collect();
    let count = secondary.len();
    let _ = writeln!(shown, "Found {}.", text::counted(count as u64, "secondary backup chain"));
    for (number, chain) in secondary.iter().enumerate() {
        let _ = writeln!(shown, "Secondary chain {} of {count}:", number + 1);
        describe_chain(&mut shown, chain, zone);
        shown.push('\n');
    }
    match status.chains.iter().find(|chain| chain.active) {
        Some(chain) => {
            shown.push_str("\nFound primary backup chain with matching signature chain:\n");
            describe_chain(&mut shown, chain, zone);
        }
        None => shown.push_str("No backup chains with active signatures found\n"),
    }
    let incomplete = status.chains.iter().flat_map(|chain| &chain.sets).filter(|set| !set.complete).count();
    if status.orphaned.is_empty() && incomplete == 0 {
        shown.push_str("No orphaned or incomplete backup sets found.\n");
    } else {
        let _ = writeln!(
            shown,
            "Also found {} not part of any chain,\nand {}.\nThese may be deleted by running backtrail with the \
             \"cleanup\" command.",
            text::counted(status.orphaned.len() as u64, "backup set"),
            text::counted(incomplete as u64, "incomplete backup set")
        );
    }
    shown
}

fn describe_chain(shown: &mut String, chain: &ChainStatus, zone: &TimeZone) {
    let volumes: u64 = chain.sets.iter().map(|set| u64::from(set.volumes)).sum();
    let _ = writeln!(
        shown,
        "{RULE}\nChain start time: {}\nChain end time: {}\nNumber of contained backup sets: {}\nTotal number of \
         contained volumes: {volumes}\n{:>20}   {:>30}   {:>15}",
        text::date(chain.start, zone),
        text::date(chain.end, zone),
        chain.sets.len(),
        "Type of backup set:",
        "Time:",
        "Num volumes:"
    );
    for set in &chain.sets {
        let kind = if set.id.is_full() { "Full" } else { "Incremental" };
        let date = text::date(set.id.end(), zone);
        let _ = write!(shown, "{kind:>20}   {date:>30}   {:>15}", set.volumes);
        if !set.complete {
            shown.push_str("  unfinished");
        }
        if !set.missing.is_empty() {
            let missing: Vec<_> = set.missing.iter().map(u32::to_string).collect();
            let _ = write!(shown, "  missing: {}", missing.join(", "));
        }
        shown.push('\n');
    }
    let _ = writeln!(shown, "{RULE}");
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
