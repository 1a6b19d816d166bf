//! A backup: clean up what an interrupted run left, remove what may go, back up. In this order, so that room is made
//! before it is needed and nothing is removed on the word of a backup that then fails: what is removed was replaced by
//! earlier, finished ones.

use super::selection::Selected;
use super::{RunError, Runner, Trust, advice};
use crate::{Outcome, Profile, Record, RecordWarning, What};
use backtrail_base::{Code, Coded, Timestamp};
use backtrail_engine::backup::{self, Report, Request};
use backtrail_engine::prune::{self, Policy};
use backtrail_engine::status::{self, Status};
use backtrail_engine::{Cancel, Context, EngineError, Observer, Silent, list};
use backtrail_format::names::time_text;
use std::sync::Arc;

impl Runner {
    /// Backs up now. Whatever happens becomes the record, which is in the history when this returns; what was removed
    /// before has a record of its own.
    pub fn backup(&self, profile: &Profile, observer: &Arc<dyn Observer>, cancel: &Cancel) -> Record {
        let began = self.now();
        let record = match self.back_up(profile, observer, cancel) {
            Ok(done) => self.record(&done, began),
            Err(error) => {
                let error = self.explained(profile, error);
                if error.code() == Code::NoSpace {
                    self.give_back(profile);
                }
                advice::failed(What::Backup, &error, profile, began, self.now())
            }
        };
        self.keep(profile, record)
    }

    fn back_up(
        &self,
        profile: &Profile,
        observer: &Arc<dyn Observer>,
        cancel: &Cancel,
    ) -> Result<Done, RunError> {
        let place = self.folder(profile)?;
        let Selected { selection, mut warnings } = self.selection(profile, Some(&place))?;
        let (protection, weak) = self.sealing(profile)?;
        warnings.extend(weak.iter().map(|weak| RecordWarning {
            code: Some(Code::KeyUnusable),
            path: None,
            message: weak.to_string(),
        }));
        let destination = self.open(profile, true)?;
        let ctx = self.context(profile, destination, Trust::Pinned, observer, cancel)?;
        let status = status::read(&ctx)?;
        warnings.extend(self.rolled_back(profile, &ctx, &status)?);
        self.check_passphrase(&ctx, profile)?;
        self.make_room(profile, &ctx, &status)?;
        let request = Request {
            root: super::paths::root(),
            localdir: b"/".to_vec(),
            selection,
            mode: profile.retention.mode(),
            protection,
            volume_size: profile.limits.volume_size,
            max_block: None,
            follow_links: false,
            record_changes: true,
            // The folder on the destination is this profile's own, whatever the computer is called today.
            allow_source_mismatch: true,
            skip_if_no_change: true,
            hostname: self.host.clone().into_bytes(),
            count_first: true,
            fail_after: None,
            skip_volume: None,
        };
        let report = backup::plan(&ctx, request)?.apply()?;
        Ok(Done { report, warnings })
    }

    /// Says when the destination does not hold the latest backup that this computer knows of: somebody removed it, or
    /// put an older state back.
    fn rolled_back(
        &self,
        profile: &Profile,
        ctx: &Context,
        status: &Status,
    ) -> Result<Option<RecordWarning>, RunError> {
        let known = list::local_moments(&ctx.archive_folder, &ctx.prefixes)?;
        let Some(known) = known.last() else { return Ok(None) };
        let complete = status.chains.iter().flat_map(|chain| &chain.sets).filter(|set| set.complete);
        let latest = complete.map(|set| set.id.end()).max();
        if latest.is_some_and(|latest| latest >= known.end()) {
            return Ok(None);
        }
        // An empty folder that is not on a drive known by name may be where a share is mounted on other days.
        if latest.is_none() && profile.place.drive.is_none() {
            return Err(RunError::Gone { folder: ctx.destination.address().path.clone() });
        }
        let place = &profile.place.label;
        let message = match latest {
            Some(_) => {
                format!("{place} does not hold the latest backup any more; this one builds on an older one")
            }
            None => format!("{place} does not hold the earlier backups any more; this one begins anew"),
        };
        Ok(Some(RecordWarning { code: Some(Code::RolledBack), path: None, message }))
    }

    /// Cleanup, then removal. What cannot be removed does not stop the backup; it has a record of its own.
    fn make_room(&self, profile: &Profile, ctx: &Context, status: &Status) -> Result<(), RunError> {
        let moment = jiff::Timestamp::from_second(self.now().0).unwrap_or_default();
        for policy in profile.retention.steps(status, &moment.to_zoned(self.zone.clone())) {
            let began = self.now();
            let record = match remove(ctx, &policy) {
                // What an interrupted run left is no backup that anybody would miss.
                Ok(None) => continue,
                Ok(Some(_)) if policy == Policy::Cleanup => continue,
                Ok(Some(removed)) => {
                    let mut record = Record::new(What::Removal, Outcome::Done, began, self.now());
                    record.message = match removed.sets {
                        1 => "an old backup was removed".to_owned(),
                        sets => format!("{sets} old backups were removed"),
                    };
                    record.figures.sent = removed.bytes;
                    record
                }
                Err(error @ (EngineError::Cancelled | EngineError::Locked { .. })) => {
                    return Err(error.into());
                }
                Err(error) => {
                    let error = self.explained(profile, error.into());
                    advice::failed(What::Removal, &error, profile, began, self.now())
                }
            };
            self.keep(profile, record);
        }
        Ok(())
    }

    /// A destination that ran full keeps nothing of the run that filled it.
    fn give_back(&self, profile: &Profile) {
        let quiet: Arc<dyn Observer> = Arc::new(Silent);
        let cleaned = self
            .open(profile, false)
            .and_then(|destination| self.context(profile, destination, Trust::Pinned, &quiet, &Cancel::new()))
            .and_then(|ctx| Ok(prune::plan(&ctx, &Policy::Cleanup)?.apply()?));
        // What cannot be cleaned up now, the next run cleans up first.
        drop(cleaned);
    }

    fn record(&self, done: &Done, began: Timestamp) -> Record {
        let Done { report, warnings } = done;
        let mut record = Record::new(What::Backup, Outcome::Done, began, self.now());
        let statistics = &report.statistics;
        record.figures.files = statistics.source_files;
        record.figures.bytes = statistics.source_bytes;
        record.figures.new = statistics.new_files;
        record.figures.changed = statistics.changed_files;
        record.figures.deleted = statistics.deleted_files;
        record.figures.sent = statistics.stored_bytes;
        record.figures.seconds = advice::seconds(began, record.ended);
        if report.stored {
            record.set = Some(time_text(report.set.end()));
            record.full = report.set.is_full();
        } else {
            record.message = "nothing had changed".to_owned();
        }
        advice::warn_all(&mut record, &report.warnings);
        if !warnings.is_empty() {
            record.outcome = Outcome::Warnings;
        }
        for warning in warnings {
            record.warn(warning.clone());
        }
        record
    }
}

/// What a finished backup left.
struct Done {
    report: Report,
    warnings: Vec<RecordWarning>,
}

struct Removed {
    sets: u64,
    bytes: u64,
}

fn remove(ctx: &Context, policy: &Policy) -> Result<Option<Removed>, EngineError> {
    let plan = prune::plan(ctx, policy)?;
    if plan.is_empty() {
        return Ok(None);
    }
    let sets = plan.sets.len() as u64;
    let report = plan.apply()?;
    Ok(Some(Removed { sets, bytes: report.bytes }))
}
