//! restore.

use super::{Session, entry_path, exit_for};
use crate::error::CliError;
use crate::exit;
use crate::render::{json, text};
use backtrail_base::{Code, fs};
use backtrail_engine::restore::{self, Owners, Request};
use backtrail_format::EntryPath;
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Planned {
    action: &'static str,
    dry_run: bool,
    set: json::Set,
    volumes: Vec<Volume>,
    bytes_to_fetch: u64,
}

#[derive(Serialize)]
struct Volume {
    name: String,
    bytes: u64,
}

#[derive(Serialize)]
struct Done {
    action: &'static str,
    dry_run: bool,
    set: json::Set,
    ok: bool,
    files: u64,
    bytes: u64,
    bytes_fetched: u64,
    problems: Vec<json::Problem>,
}

impl Session<'_> {
    pub(super) fn restore(&self, url: &str, target: &Path) -> Result<u8, CliError> {
        let wanted = &self.settings.restoring;
        if is_current_folder(target) {
            return Err(CliError::own(
                Code::TargetNotEmpty,
                format!("{} is the folder in which this command runs", target.display()),
                "Name another folder, new or empty.",
            ));
        }
        let rename = wanted.rename.iter().map(|(from, to)| {
            Ok::<(EntryPath, EntryPath), CliError>((entry_path("rename", from)?, entry_path("rename", to)?))
        });
        let request = Request {
            path: self.path()?,
            time: wanted.time,
            target: target.to_owned(),
            owners: match (wanted.restore_ownership, wanted.numeric_owner) {
                (false, _) => Owners::Ignore,
                (true, true) => Owners::ByNumber,
                (true, false) => Owners::ByName,
            },
            rename: rename.collect::<Result<_, _>>()?,
            selection: self.selection_in_backup()?,
            overwrite: self.settings.force,
            beneath: None,
        };
        let ctx = self.context(url, false)?;
        let zone = self.output.zone().clone();
        let plan = restore::plan(&ctx, request)?;
        let moment = text::date(plan.set().end(), &zone);
        let volumes = text::counted(plan.volumes.len() as u64, "volume");
        if self.settings.dry_run {
            return self.show_plan(&plan, &moment, &volumes);
        }
        self.output.info(&format!(
            "Restoring the backup of {moment} from {volumes} ({}).",
            text::size(plan.bytes_to_fetch())
        ));
        self.progress.fetching(plan.bytes_to_fetch());
        let report = plan.apply()?;
        self.progress.finish();
        let files = text::counted(report.files, "file");
        let bytes = text::size(report.bytes);
        if report.problems.is_empty() {
            self.output
                .notice(&format!("Restored {files} ({bytes}) as of {moment} into {}.", target.display()));
        } else {
            self.output.failure(
                Code::Incomplete,
                &format!(
                    "restored {files} ({bytes}) as of {moment} into {}, with {}",
                    target.display(),
                    text::counted(report.problems.len() as u64, "problem")
                ),
                "What is named above is missing or damaged; an earlier --time may still have it.",
            );
        }
        self.output.json(&Done {
            action: "restore",
            dry_run: false,
            set: json::Set::new(report.set),
            ok: report.problems.is_empty(),
            files: report.files,
            bytes: report.bytes,
            bytes_fetched: report.fetched,
            problems: json::Problem::list(&report.problems),
        })?;
        Ok(exit_for(&report.problems))
    }

    fn show_plan(&self, plan: &restore::Plan<'_>, moment: &str, volumes: &str) -> Result<u8, CliError> {
        let mut shown = format!(
            "Dry run: nothing was restored. The backup of {moment} needs {volumes} ({}):\n",
            text::size(plan.bytes_to_fetch())
        );
        for (name, _) in &plan.volumes {
            shown.push_str(&format!("\t{name}\n"));
        }
        self.output.result(shown.as_bytes())?;
        let volumes = plan.volumes.iter().map(|(name, bytes)| Volume { name: name.clone(), bytes: *bytes });
        self.output.json(&Planned {
            action: "restore",
            dry_run: true,
            set: json::Set::new(plan.set()),
            volumes: volumes.collect(),
            bytes_to_fetch: plan.bytes_to_fetch(),
        })?;
        Ok(exit::OK)
    }
}

/// Whether the target is the folder that the command runs in, which a restore would replace under the shell's feet.
fn is_current_folder(target: &Path) -> bool {
    let current = std::env::current_dir().ok().and_then(|folder| fs::canonicalize(folder).ok());
    current.is_some() && fs::canonicalize(target).ok() == current
}
