//! The run of a backup: the walk of the source beside what the chain knows, both in path order, so that one pass
//! finds what is new, changed and gone.

use super::file::{self, Outcome};
use super::plan::Plan;
use super::signatures::Signatures;
use super::volumes::Volumes;
use super::{Report, Statistics, commit};
use crate::doubt;
use crate::error::reason;
use crate::event::{Change as Seen, Event, Phase};
use crate::owners::Numbers;
use crate::progress::Ticker;
use crate::size;
use crate::state::State;
use crate::walk::{self, Found, Step};
use crate::{Context, EngineError, Warning};
use backtrail_base::Code;
use backtrail_delta::Signature;
use backtrail_format::difftar::Member;
use backtrail_format::manifest::Change;
use backtrail_format::{EntryPath, Kind, Metadata, sigtar};
use crossbeam_channel::Receiver;
use std::sync::Arc;
use std::time::Instant;

/// Walks, compares, and with `store` stores and commits.
pub(super) fn run(plan: &Plan<'_>, store: bool) -> Result<Report, EngineError> {
    let begun = Instant::now();
    let ctx = plan.ctx;
    let follow = plan.request.follow_links;
    let mut without = vec![ctx.archive_folder.as_path()];
    without.extend(ctx.destination.local_folder());
    let walk = || walk::start(&plan.request.root, Arc::clone(&plan.request.selection), follow, &without);
    if plan.request.count_first {
        ctx.tell(Event::Phase(Phase::Counting));
        let (mut files, mut bytes) = (0, 0);
        for step in walk()?.iter().flatten() {
            ctx.check_cancelled()?;
            if let Step::Found(found) = step {
                files += 1;
                bytes += found.metadata.size;
            }
        }
        ctx.tell(Event::Total { files, bytes });
    }
    ctx.tell(Event::Phase(Phase::BackingUp));
    let walk = walk()?;
    let mut run = Run {
        ctx,
        plan,
        state: State::open(&plan.base)?,
        numbers: Numbers::default(),
        volumes: Volumes::new(ctx, &plan.request, plan.set),
        signatures: if store { Some(Signatures::start(ctx, &plan.request, plan.set)?) } else { None },
        changes: Vec::new(),
        statistics: Statistics::starting(ctx.clock.now()),
        warnings: plan.warnings.clone(),
        chunk: Vec::new(),
        ticker: Ticker::new(ctx),
    };
    run.merge(&walk)?;
    drop(walk);
    let Run { volumes, signatures, changes, mut statistics, warnings, .. } = run;
    let unchanged = statistics.delta_entries == 0;
    let mut count = 0;
    let mut stored = false;
    if let Some(signatures) = signatures
        && !(unchanged && plan.request.skip_if_no_change && !plan.set.is_full())
    {
        let (manifest_volumes, objects) = volumes.finish()?;
        count = u32::try_from(objects.len()).unwrap_or(u32::MAX);
        let signatures = signatures.finish()?;
        ctx.tell(Event::Phase(Phase::Committing));
        let bytes = commit::commit(plan, manifest_volumes, &objects, signatures, changes)?;
        statistics.stored_bytes = bytes;
        stored = true;
    }
    statistics.end = ctx.clock.now();
    statistics.elapsed = begun.elapsed().as_secs_f64();
    Ok(Report { set: plan.set, stored, statistics, warnings, volumes: count })
}

/// What became of a regular file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stored {
    Yes,
    /// It was in doubt, and is as the backup has it.
    AsBefore,
    /// The backup keeps what it has.
    Unreadable,
}

struct Run<'a> {
    ctx: &'a Context,
    plan: &'a Plan<'a>,
    state: State,
    numbers: Numbers,
    volumes: Volumes<'a>,
    /// None for a dry run.
    signatures: Option<Signatures>,
    changes: Vec<(Change, EntryPath)>,
    statistics: Statistics,
    warnings: Vec<Warning>,
    chunk: Vec<u8>,
    ticker: Ticker<'a>,
}

impl Run<'_> {
    fn merge(&mut self, walk: &Receiver<Vec<Step>>) -> Result<(), EngineError> {
        for step in walk.iter().flatten() {
            self.ctx.check_cancelled()?;
            while self.state.current().is_some_and(|(path, _)| path < step.path()) {
                self.gone()?;
            }
            match step {
                Step::Found(found) => self.found(&found)?,
                Step::Unreadable(path, error) => {
                    // What cannot be looked at is not gone: the last good state stays in the backup.
                    while self.state.current().is_some_and(|(known, _)| known.starts_with(&path)) {
                        self.state.advance()?;
                    }
                    self.unreadable(&path, &reason(&error));
                }
            }
            self.ticker.tick(self.volumes.stored_bytes());
        }
        while self.state.current().is_some() {
            self.gone()?;
        }
        Ok(())
    }

    /// The current entry of the state is no more.
    fn gone(&mut self) -> Result<(), EngineError> {
        let Some((path, metadata)) = self.state.current() else { return Ok(()) };
        let path = path.clone();
        if metadata.kind.is_file() {
            self.record(Change::Deleted, &path);
        }
        self.ctx.tell(Event::Entry { path: &path, change: Seen::Deleted });
        self.statistics.deleted_files += 1;
        self.statistics.delta_entries += 1;
        if let Some(signatures) = &mut self.signatures {
            self.volumes.entry(&Member::Deleted, &path, None, &[], None)?;
            signatures.entry(sigtar::Member::Deleted, &path, None, &[])?;
        }
        self.state.advance()
    }

    fn found(&mut self, found: &Found) -> Result<(), EngineError> {
        self.statistics.source_files += 1;
        self.statistics.source_bytes += found.metadata.size;
        self.ticker.file();
        let known = match self.state.current() {
            Some((path, metadata)) if *path == found.path => Some(metadata.clone()),
            _ => None,
        };
        let doubted = known.as_ref().is_some_and(doubt::is_marked);
        let same = match &known {
            Some(known) if doubted => self.unchanged(&found.metadata, &doubt::without(known)),
            Some(known) => self.unchanged(&found.metadata, known),
            None => false,
        };
        // Where the content is in doubt, the same attributes say nothing of it.
        if same && !doubted {
            self.ctx.tell(Event::Entry { path: &found.path, change: Seen::Unchanged });
            self.ticker.bytes(found.metadata.size);
            return self.state.advance();
        }
        let was_file = known.as_ref().is_some_and(|known| known.kind.is_file());
        let stored = if found.metadata.kind == Kind::File {
            self.store_file(found, was_file, same)?
        } else {
            self.store_other(found)?;
            Stored::Yes
        };
        if stored == Stored::AsBefore {
            self.ctx.tell(Event::Entry { path: &found.path, change: Seen::Unchanged });
            self.ticker.bytes(found.metadata.size);
        }
        if stored == Stored::Yes {
            let change = if known.is_some() { Seen::Changed } else { Seen::New };
            self.ctx.tell(Event::Entry { path: &found.path, change });
            match (found.metadata.kind == Kind::File, was_file) {
                (true, true) => self.record(Change::Changed, &found.path),
                (true, false) => self.record(Change::New, &found.path),
                (false, _) => {}
            }
            self.statistics.delta_entries += 1;
        }
        if known.is_some() { self.state.advance() } else { Ok(()) }
    }

    /// Duplicity's rule, with owners of the backup meaning those of this computer that have their names.
    fn unchanged(&mut self, now: &Metadata, known: &Metadata) -> bool {
        if now.unchanged_since(known) {
            return true;
        }
        let uid = self.numbers.user(&known.uname, known.uid);
        let gid = self.numbers.group(&known.gname, known.gid);
        (uid, gid) != (known.uid, known.gid) && now.unchanged_since(&Metadata { uid, gid, ..known.clone() })
    }

    fn store_other(&mut self, found: &Found) -> Result<(), EngineError> {
        self.statistics.new_files += 1;
        if let Some(signatures) = &mut self.signatures {
            let metadata = Some(&found.metadata);
            self.volumes.entry(&Member::Snapshot, &found.path, metadata, &[], None)?;
            signatures.entry(sigtar::Member::Snapshot, &found.path, metadata, &[])?;
        }
        Ok(())
    }

    /// Stores a regular file. `same`: its attributes are as they were, only its content is in doubt.
    fn store_file(&mut self, found: &Found, was_file: bool, same: bool) -> Result<Stored, EngineError> {
        let Some(signatures) = &mut self.signatures else {
            self.count_file(was_file, found.metadata.size, 0);
            return Ok(Stored::Yes);
        };
        let old = if was_file {
            match Signature::parse(self.state.signature()?) {
                Ok(signature) => Some(signature),
                // An unreadable signature costs a whole copy, not the backup.
                Err(error) => {
                    let message =
                        format!("the old signature cannot be used, the file is stored whole: {error}");
                    note(self.ctx, &mut self.warnings, Code::Damaged, Some(&found.path), message);
                    None
                }
            }
        } else {
            None
        };
        let follow = self.plan.request.follow_links;
        if let Some(old) = &old
            && same
            && file::has_signature(found, follow, old).unwrap_or(false)
        {
            return Ok(Stored::AsBefore);
        }
        self.ctx.tell(Event::Content { path: &found.path });
        let ticker = &mut self.ticker;
        let outcome = file::store(
            self.ctx,
            &self.plan.request,
            &mut self.volumes,
            found,
            old.as_ref(),
            &mut self.chunk,
            &mut |bytes| ticker.bytes(bytes),
        )?;
        match outcome {
            Outcome::Stored(mut stored) => {
                size::note(&mut stored.metadata, stored.read);
                signatures.entry(
                    sigtar::Member::Signature,
                    &found.path,
                    Some(&stored.metadata),
                    &stored.signature,
                )?;
                if let Some(problem) = stored.problem {
                    self.statistics.errors += 1;
                    note(self.ctx, &mut self.warnings, Code::Io, Some(&found.path), problem);
                }
                self.count_file(old.is_some(), stored.read, stored.payload);
                Ok(Stored::Yes)
            }
            Outcome::Unreadable(error) => {
                self.unreadable(&found.path, &reason(&error));
                Ok(Stored::Unreadable)
            }
        }
    }

    fn count_file(&mut self, diff: bool, read: u64, payload: u64) {
        let statistics = &mut self.statistics;
        if diff {
            statistics.changed_files += 1;
            statistics.changed_bytes += read;
            statistics.changed_delta_bytes += payload;
        } else {
            statistics.new_files += 1;
            statistics.new_bytes += read;
        }
        statistics.raw_delta_bytes += payload;
    }

    fn record(&mut self, change: Change, path: &EntryPath) {
        if self.plan.request.record_changes {
            self.changes.push((change, path.clone()));
        }
    }

    fn unreadable(&mut self, path: &EntryPath, reason: &str) {
        self.statistics.errors += 1;
        let message = format!("it cannot be read: {reason}");
        note(self.ctx, &mut self.warnings, Code::Denied, Some(path), message);
    }
}

/// Sends a warning and keeps it for the report.
fn note(ctx: &Context, warnings: &mut Vec<Warning>, code: Code, path: Option<&EntryPath>, message: String) {
    let warning = Warning { code, path: path.cloned(), message };
    ctx.warn(&warning);
    warnings.push(warning);
}
