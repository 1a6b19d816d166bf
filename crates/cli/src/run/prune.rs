//! cleanup and remove-…: they list what would go, and delete it only with --force.

use super::Session;
use crate::args::Action;
use crate::error::CliError;
use crate::exit;
use crate::render::{json, text};
use backtrail_engine::prune::{self, Plan, Policy};
use backtrail_engine::status::SetStatus;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Done {
    action: &'static str,
    /// Whether it was deleted, or only listed.
    deleted: bool,
    sets: Vec<json::Set>,
    objects: Vec<String>,
    bytes: u64,
    /// Sets older than asked for that stay, because newer ones build on them.
    needed: Vec<json::Set>,
}

impl Session<'_> {
    pub(super) fn prune(&self, action: &Action) -> Result<u8, CliError> {
        let policy = match action {
            Action::RemoveOlderThan { time, .. } => Policy::OlderThan(*time),
            Action::RemoveAllButNFull { count, .. } => Policy::AllButFulls(*count),
            Action::RemoveAllIncOfButNFull { count, .. } => Policy::IncrementsOfAllButFulls(*count),
            _ => Policy::Cleanup,
        };
        let ctx = self.context(action.url(), false)?;
        let plan = prune::plan(&ctx, &policy)?;
        let delete = self.settings.force && !self.settings.dry_run && !plan.is_empty();
        let zone = self.output.zone();
        let mood = match (self.settings.force, self.settings.dry_run) {
            (false, _) => Mood::Found,
            (true, false) => Mood::Deleting,
            (true, true) => Mood::WouldDelete,
        };
        let shown = if policy == Policy::Cleanup {
            describe_cleanup(&plan, mood)
        } else {
            describe_removal(&plan, action, mood, zone)
        };
        self.output.result(shown.as_bytes())?;
        let ids = |sets: &[SetStatus]| sets.iter().map(|set| json::Set::new(set.id)).collect();
        let done = Done {
            action: action.name(),
            deleted: delete,
            sets: ids(&plan.sets),
            objects: plan.objects.clone(),
            bytes: plan.bytes,
            needed: ids(&plan.needed),
        };
        if delete {
            let report = plan.apply()?;
            self.progress.finish();
            self.output.notice(&format!(
                "Deleted {} ({}).",
                text::counted(report.objects, "file"),
                text::size(report.bytes)
            ));
        }
        self.output.json(&done)?;
        Ok(exit::OK)
    }
}

/// What is said of the same list.
#[derive(Clone, Copy)]
enum Mood {
    /// Without --force.
    Found,
    /// With it.
    Deleting,
    /// With it, in a dry run.
    WouldDelete,
}

fn describe_cleanup(plan: &Plan<'_>, mood: Mood) -> String {
    if plan.is_empty() {
        return "No extraneous files found, nothing deleted in cleanup.\n".to_owned();
    }
    let list = plan.objects.join("\n");
    match mood {
        Mood::Found => format!(
            "Found the following files to delete:\n{list}\nRun backtrail again with the --force option to actually \
             delete.\n"
        ),
        Mood::Deleting => format!("Deleting these files from backend:\n{list}\n"),
        Mood::WouldDelete => format!("Dry run: without it, these files would be deleted:\n{list}\n"),
    }
}

fn describe_removal(plan: &Plan<'_>, action: &Action, mood: Mood, zone: &TimeZone) -> String {
    let dates = |sets: &mut dyn Iterator<Item = &SetStatus>| -> String {
        sets.map(|set| text::date(set.id.end(), zone)).collect::<Vec<_>>().join("\n")
    };
    let mut shown = String::new();
    if !plan.needed.is_empty() {
        let _ = writeln!(
            shown,
            "There are backup sets at times:\n{}\nWhich can't be deleted because newer sets depend on them.",
            dates(&mut plan.needed.iter())
        );
    }
    if plan.is_empty() {
        shown.push_str("No old backup sets found, nothing deleted.\n");
        return shown;
    }
    let what = if matches!(action, Action::RemoveAllIncOfButNFull { .. }) {
        "incremental backup sets"
    } else {
        "backup sets"
    };
    // Oldest first, as people read.
    let list = dates(&mut plan.sets.iter().rev());
    let _ = match mood {
        Mood::Found => writeln!(
            shown,
            "Found old {what} at the following times:\n{list}\nRerun command with --force option to actually delete."
        ),
        Mood::Deleting => writeln!(shown, "Deleting {what} at times:\n{list}"),
        Mood::WouldDelete => {
            writeln!(shown, "Dry run: without it, {what} at these times would be deleted:\n{list}")
        }
    };
    shown
}
