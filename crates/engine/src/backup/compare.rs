//! The run of a backup: the walk of the source beside what the chain knows, both in path order, so that one pass
//! finds what is new, changed and gone.

use super::file::{self, Outcome};
use super::plan::Plan;
use super::signatures::Signatures;
use super::unchanged::{Verdict, judge};
use super::volumes::Volumes;
use super::{Report, Statistics, commit};
use crate::doubt;
use crate::error::reason;
use crate::event::{Change as Seen, Event, Phase};
use crate::extra;
use crate::index::{Recorder, Row};
use crate::known::Known;
use crate::owners::Numbers;
use crate::progress::Ticker;
use crate::scan::Scan;
use crate::walk::{self, Found, Step};
use crate::{Context, EngineError, Warning};
use backtrail_base::{Clock, Code, SystemClock};
use backtrail_delta::Signature;
use backtrail_format::difftar::Member;
use backtrail_format::manifest::Change;
use backtrail_format::{EntryPath, Kind, sigtar};
use crossbeam_channel::Receiver;
use std::sync::Arc;
use std::time::Instant;

/// Walks, compares, and with `store` stores and commits.
pub(super) fn run(plan: &mut Plan<'_>, store: bool) -> Result<Report, EngineError> {
    let begun = Instant::now();
    let index = plan.index.take();
    let plan = &*plan;
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
    let looked = SystemClock.now().0;
    let walk = walk()?;
    let (current, recorder) = match index {
        Some(index) if store => index.begin(plan.set),
        Some(index) => (index.only_read(), None),
        None => (None, None),
    };
    let mut run = Run {
        ctx,
        plan,
        known: Known::open(plan.base.clone(), current)?,
        numbers: Numbers::default(),
        volumes: Volumes::new(ctx, &plan.request, plan.set),
        signatures: if store { Some(Signatures::start(ctx, &plan.request, plan.set)?) } else { None },
        recorder,
        begun: looked,
        changes: Vec::new(),
        statistics: Statistics::starting(ctx.clock.now()),
        warnings: plan.warnings.clone(),
        chunk: Vec::new(),
        ticker: Ticker::new(ctx),
    };
    run.merge(&walk)?;
    drop(walk);
    let Run { known, volumes, signatures, recorder, changes, mut statistics, warnings, .. } = run;
    // A recorder that is dropped leaves the index as it was.
    let recorder = recorder.filter(|_| !known.index_failed());
    // Ends the reading of the state before.
    drop(known);
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
        let (bytes, facts) = commit::commit(plan, manifest_volumes, &objects, signatures, changes)?;
        if let (Some(recorder), Some(facts)) = (recorder, facts) {
            recorder.finish(facts);
        }
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
    known: Known,
    numbers: Numbers,
    volumes: Volumes<'a>,
    /// None for a dry run.
    signatures: Option<Signatures>,
    /// None where there is no index, and for a dry run.
    recorder: Option<Recorder>,
    /// When the walk began, in seconds.
    begun: i64,
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
            while self.known.current().is_some_and(|known| known.path < *step.path()) {
                self.gone()?;
            }
            match step {
                Step::Found(found) => self.found(&found)?,
                Step::Unreadable(path, error) => {
                    // What cannot be looked at is not gone: the last good state stays in the backup.
                    while self.known.current().is_some_and(|known| known.path.starts_with(&path)) {
                        self.known.advance()?;
                    }
                    self.unreadable(&path, &reason(&error));
                }
            }
            self.ticker.tick(self.volumes.stored_bytes());
        }
        while self.known.current().is_some() {
            self.gone()?;
        }
        Ok(())
    }

    /// The current entry of the state is no more.
    fn gone(&mut self) -> Result<(), EngineError> {
        let Some(known) = self.known.current() else { return Ok(()) };
        let path = known.path.clone();
        if known.metadata.kind.is_file() {
            self.record(Change::Deleted, &path);
        }
        self.ctx.tell(Event::Entry { path: &path, change: Seen::Deleted });
        self.statistics.deleted_files += 1;
        self.statistics.delta_entries += 1;
        if let Some(signatures) = &mut self.signatures {
            self.volumes.entry(&Member::Deleted, &path, None, &[], None)?;
            signatures.entry(sigtar::Member::Deleted, &path, None, &[])?;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.close(&path);
        }
        self.known.advance()
    }

    fn found(&mut self, found: &Found) -> Result<(), EngineError> {
        self.statistics.source_files += 1;
        self.statistics.source_bytes += found.metadata.size;
        self.ticker.file();
        let known = self.known.current().filter(|known| known.path == found.path);
        let verdict = known.map(|known| judge(&found.metadata, &found.scan, known, &mut self.numbers));
        // What stock duplicity stored has none.
        let attributes = known.and_then(|known| known.scan).map_or(0, |scan| scan.attributes);
        let was_file = known.is_some_and(|known| known.metadata.kind.is_file());
        match verdict {
            Some(Verdict::Same) => {
                self.unchanged(found);
                return self.known.advance();
            }
            // A change of the attributes alone shows nowhere but in them.
            Some(Verdict::Adopt) => {
                let stamp = file::attributes(found, self.plan.request.follow_links).stamp();
                if stamp == attributes {
                    self.unchanged(found);
                    self.touch(found, self.begun, stamp);
                    return self.known.advance();
                }
            }
            Some(Verdict::Look | Verdict::Differs) | None => {}
        }
        let stored = if found.metadata.kind == Kind::File {
            let look = (verdict == Some(Verdict::Look)).then_some(attributes);
            self.store_file(found, was_file, look)?
        } else {
            self.store_other(found)?;
            Stored::Yes
        };
        if stored == Stored::AsBefore {
            self.unchanged(found);
        }
        if stored == Stored::Yes {
            let change = if verdict.is_some() { Seen::Changed } else { Seen::New };
            self.ctx.tell(Event::Entry { path: &found.path, change });
            match (found.metadata.kind == Kind::File, was_file) {
                (true, true) => self.record(Change::Changed, &found.path),
                (true, false) => self.record(Change::New, &found.path),
                (false, _) => {}
            }
            self.statistics.delta_entries += 1;
        }
        if verdict.is_some() { self.known.advance() } else { Ok(()) }
    }

    fn unchanged(&mut self, found: &Found) {
        self.ctx.tell(Event::Entry { path: &found.path, change: Seen::Unchanged });
        self.ticker.bytes(found.metadata.size);
    }

    /// What the walk saw of an entry that stays as it is goes into the index. `now` is a moment before its content
    /// was looked at, if it was.
    fn touch(&mut self, found: &Found, now: i64, attributes: u32) {
        if let Some(recorder) = &mut self.recorder {
            let scan = Scan { attributes, ..found.scan };
            recorder.touch(&found.path, scan, !scan.is_settled(now));
        }
    }

    fn store_other(&mut self, found: &Found) -> Result<(), EngineError> {
        self.statistics.new_files += 1;
        if let Some(signatures) = &mut self.signatures {
            let attributes = file::attributes(found, self.plan.request.follow_links);
            let scan = Scan { attributes: attributes.stamp(), ..found.scan };
            let mut metadata = found.metadata.clone();
            extra::write_time(&mut metadata, &scan);
            if !attributes.write(&mut metadata) {
                let message = file::TOO_MANY.to_owned();
                note(self.ctx, &mut self.warnings, Code::Io, Some(&found.path), message);
            }
            self.volumes.entry(&Member::Snapshot, &found.path, Some(&metadata), &[], None)?;
            let mut recorded = found.metadata.clone();
            if recorded.kind.is_dir() {
                scan.write(&mut recorded);
            }
            signatures.entry(sigtar::Member::Snapshot, &found.path, Some(&recorded), &[])?;
            if let Some(recorder) = &mut self.recorder {
                recorder.put(Row {
                    path: found.path.clone(),
                    metadata: found.metadata.clone(),
                    since: 0,
                    scan: Some(scan),
                    doubt: false,
                    signature: None,
                });
            }
        }
        Ok(())
    }

    /// Stores a regular file. With `look`, what the header says is as it was and only the content is in doubt, and the
    /// extended attributes, of which this is the stamp.
    fn store_file(
        &mut self,
        found: &Found,
        was_file: bool,
        look: Option<u32>,
    ) -> Result<Stored, EngineError> {
        let Some(signatures) = &mut self.signatures else {
            self.count_file(was_file, found.metadata.size, 0);
            return Ok(Stored::Yes);
        };
        let old = if was_file {
            match Signature::parse(self.known.signature()?) {
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
        let now = SystemClock.now().0;
        if let Some(old) = &old
            && let Some(attributes) = look
            && file::has_signature(found, follow, old, attributes).unwrap_or(false)
        {
            self.touch(found, now, attributes);
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
            Outcome::Stored(stored) => {
                // Beside the signature stands what tells an unchanged file, for when there is no index.
                let mut recorded = stored.metadata.clone();
                stored.scan.write(&mut recorded);
                if stored.doubt {
                    doubt::mark(&mut recorded);
                }
                let member = sigtar::Member::Signature;
                let begin = signatures.entry(member, &found.path, Some(&recorded), &stored.signature)?;
                if let Some(recorder) = &mut self.recorder {
                    recorder.put(Row {
                        path: found.path.clone(),
                        metadata: stored.metadata,
                        since: 0,
                        scan: Some(stored.scan),
                        doubt: stored.doubt,
                        signature: Some(begin),
                    });
                }
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
