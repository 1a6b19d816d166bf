//! full, incremental and backup.

use super::Session;
use crate::args::{Action, without_password};
use crate::error::CliError;
use crate::exit;
use crate::render::{json, text};
use backtrail_base::{Code, fs};
use backtrail_engine::backup::{self, Mode, Reason, Report, Request};
use backtrail_engine::{Context, EngineError};
use backtrail_format::names::{Encoding, FileKind, FileName};
use backtrail_store::{Address, Destination, StoreError};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

#[derive(Serialize)]
struct Done {
    action: &'static str,
    set: json::Set,
    /// Why it is full or not.
    reason: &'static str,
    dry_run: bool,
    stored: bool,
    volumes: u32,
    statistics: json::Figures,
    warnings: Vec<json::Problem>,
}

impl Session<'_> {
    pub(super) fn back_up(&self, action: &Action, source: &Path, url: &str) -> Result<u8, CliError> {
        let settings = self.settings;
        if let Err(error) = fs::metadata(source) {
            return Err(
                EngineError::Source { path: source.to_owned(), reason: text::io_cause(&error) }.into()
            );
        }
        // Everything that can be wrong with the command is found out before a folder is made.
        let selection = Arc::new(self.selection_below(source)?);
        let mode = match action {
            Action::Full { .. } => Mode::Full,
            // As in duplicity, a full that is due is made though an increment was asked for.
            Action::Incremental { .. }
                if settings.backup.full_if_older_than.is_none()
                    && settings.backup.full_if_increments.is_none() =>
            {
                Mode::Increment
            }
            _ => Mode::Auto {
                full_if_older_than: settings.backup.full_if_older_than,
                full_if_increments: settings.backup.full_if_increments,
            },
        };
        let only_increments = mode == Mode::Increment;
        let stand_in;
        let ctx = match self.context(url, !settings.dry_run && !only_increments) {
            Err(CliError::Store(StoreError::NoFolder { .. })) if only_increments => {
                return Err(EngineError::NoChain { destination: without_password(url) }.into());
            }
            Err(CliError::Store(StoreError::NoFolder { path })) if settings.dry_run => {
                self.output.notice(&format!("{path} does not exist yet; a real run makes it."));
                stand_in = tempfile::tempdir_in(&settings.places.temp_folder)?;
                let empty = Address::parse(&stand_in.path().to_string_lossy())?;
                self.context_at(Destination::open(&empty, false)?, url)?
            }
            other => other?,
        };
        // Only a passphrase can be mistyped or changed; what keys seal needs no look at the destination.
        let last_manifest = if self.secrets.is_symmetric() { last_manifest(&ctx)? } else { None };
        let fresh = mode == Mode::Full || last_manifest.is_none();
        let request = Request {
            root: source.to_owned(),
            localdir: source.as_os_str().as_encoded_bytes().to_vec(),
            selection,
            mode,
            protection: self.secrets.protection(fresh)?,
            volume_size: settings.backup.volume_size,
            max_block: settings.backup.max_block,
            follow_links: settings.backup.follow_links,
            record_changes: settings.backup.record_changes,
            allow_source_mismatch: settings.backup.allow_source_mismatch,
            skip_if_no_change: settings.backup.skip_if_no_change,
            hostname: host_name(),
            count_first: settings.output.progress,
            fail_after: settings.backup.fail_after,
            skip_volume: settings.backup.skip_volume,
        };
        let plan = backup::plan(&ctx, request)?;
        if let Some(why) = explain(plan.reason()) {
            self.output.notice(why);
        }
        if !plan.set().is_full()
            && let Some(name) = &last_manifest
        {
            check_passphrase(&ctx, name)?;
        }
        let reason = plan.reason();
        let report = if settings.dry_run { plan.preview() } else { plan.apply() }?;
        self.progress.finish();
        self.report_backup(action, reason, &report)
    }

    fn report_backup(&self, action: &Action, reason: Reason, report: &Report) -> Result<u8, CliError> {
        let settings = self.settings;
        if settings.dry_run {
            self.output.notice("Dry run: nothing was stored. A real run would find this:");
        } else if !report.stored {
            self.output.notice("Nothing changed since the last backup, so nothing was stored.");
        }
        if settings.backup.print_statistics {
            let figures = text::statistics(&report.statistics, self.output.zone());
            self.output.result(format!("{figures}\n").as_bytes())?;
        }
        self.output.json(&Done {
            action: action.name(),
            set: json::Set::new(report.set),
            reason: reason_word(reason),
            dry_run: settings.dry_run,
            stored: report.stored,
            volumes: report.volumes,
            statistics: (&report.statistics).into(),
            warnings: json::Problem::list(&report.warnings),
        })?;
        // Files that could not be read are warnings and a figure; the backup of the others is good.
        Ok(exit::OK)
    }
}

/// This computer's name up to the first dot, as manifests have it.
fn host_name() -> Vec<u8> {
    let name = gethostname::gethostname();
    let name = name.as_encoded_bytes();
    name.split(|byte| *byte == b'.').next().unwrap_or(name).to_vec()
}

/// The newest manifest on the destination that OpenPGP protects, if there is one.
fn last_manifest(ctx: &Context) -> Result<Option<String>, CliError> {
    let manifests = ctx.destination.list()?.into_iter().filter_map(|object| {
        let parsed = FileName::parse(&ctx.prefixes, &object.name, ctx.time_separator)?;
        match parsed.kind {
            FileKind::Manifest { set } if parsed.encoding == Encoding::Pgp => Some((set, object.name)),
            _ => None,
        }
    });
    Ok(manifests.max_by_key(|(set, _)| *set).map(|(_, name)| name))
}

/// Refuses to add an increment under another passphrase than the chain has: nobody could restore it with one. An
/// increment reads nothing encrypted by itself when the archive folder is current.
fn check_passphrase(ctx: &Context, manifest: &str) -> Result<(), CliError> {
    match ctx.opener.get()?.open(ctx.destination.read(manifest)?) {
        Err(backtrail_pgp::Error::WrongPassphrase { .. }) => Err(CliError::own(
            Code::WrongPassphrase,
            "the passphrase is not the one of the backup that this increment continues",
            "Give the same passphrase, or make a full backup with the new one.",
        )),
        // Anything else is no mistake of the person's; what matters shows when the manifest is needed.
        _ => Ok(()),
    }
}

/// What a person may not expect.
fn explain(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::First => Some("There is no backup yet, so this is a full one."),
        Reason::NothingUsable => Some("No earlier backup can be continued, so this is a full one."),
        Reason::TooOld => Some("The last full backup is too old, so this is a full one."),
        Reason::TooManyIncrements => Some("The chain has enough increments, so this is a full backup."),
        _ => None,
    }
}

fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Asked => "asked",
        Reason::Continues => "continues",
        Reason::First => "first",
        Reason::NothingUsable => "nothing-usable",
        Reason::TooOld => "too-old",
        Reason::TooManyIncrements => "too-many-increments",
        _ => "other",
    }
}
