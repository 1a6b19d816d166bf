//! Rebuilding entries: the streams of a full set and its increments are merged by path; for each path the last whole
//! state is taken and the deltas after it are applied, and what comes out is given to a sink that restores it or
//! compares it.

use super::stream::{PayloadError, SetStream};
use crate::spool::Spool;
use crate::{Context, EngineError, Warning};
use backtrail_base::Code;
use backtrail_delta::{DeltaError, patch};
use backtrail_format::difftar::Member;
use backtrail_format::{EntryPath, Metadata};
use std::collections::HashSet;
use std::io::{BufReader, Seek, SeekFrom, Write};

/// Where rebuilt entries go. Entries come in path order, a folder before what is in it.
pub(crate) trait Sink {
    /// Whether the entry is wanted. What is not is passed over unread.
    fn wants(&mut self, path: &EntryPath, metadata: &Metadata) -> bool;

    /// Takes an entry. A problem with this entry alone is a [`Trouble`]; an error ends everything.
    fn entry(
        &mut self,
        path: &EntryPath,
        metadata: &Metadata,
        content: &mut Content<'_, '_>,
    ) -> Result<Option<Trouble>, EngineError>;
}

/// A problem with one entry.
pub(crate) struct Trouble {
    pub(crate) code: Code,
    pub(crate) message: String,
}

/// The content of an entry, written once.
pub(crate) enum Content<'s, 'c> {
    /// It has none, or it was written.
    Empty,
    /// It lies whole in a set.
    Whole(&'s mut SetStream<'c>),
    /// It is made of an older content and a delta.
    Patched(Box<[Spool; 2]>),
}

impl Content<'_, '_> {
    /// Writes the content to `out` and returns its length.
    pub(crate) fn write_to(&mut self, mut out: &mut dyn Write) -> Result<u64, PayloadError> {
        match std::mem::replace(self, Self::Empty) {
            Self::Empty => Ok(0),
            Self::Whole(stream) => stream.payload(out),
            Self::Patched(mut spools) => {
                let [base, delta] = &mut *spools;
                apply(base, delta, &mut out)
            }
        }
    }
}

fn apply(base: &mut Spool, delta: &mut Spool, out: &mut dyn Write) -> Result<u64, PayloadError> {
    delta.seek(SeekFrom::Start(0)).map_err(PayloadError::Output)?;
    patch(base, BufReader::with_capacity(64 << 10, delta), out, None).map_err(|error| match error {
        DeltaError::Output(error) => PayloadError::Output(error),
        error => PayloadError::Damaged(format!("its change cannot be applied: {error}")),
    })
}

/// What a rebuild met.
pub(crate) struct Outcome {
    pub(crate) problems: Vec<Warning>,
    /// Bytes fetched.
    pub(crate) fetched: u64,
}

/// Rebuilds every entry at or below `under` from `streams`, the full set's first.
pub(crate) fn rebuild<'a>(
    ctx: &'a Context,
    mut streams: Vec<SetStream<'a>>,
    under: &EntryPath,
    sink: &mut dyn Sink,
) -> Result<Outcome, EngineError> {
    let mut rebuild = Rebuild { ctx, problems: Vec::new(), whole: HashSet::new() };
    for stream in &mut streams {
        stream.start()?;
    }
    loop {
        ctx.check_cancelled()?;
        let lowest = streams.iter().filter_map(|stream| stream.head().map(|(_, path, _)| path)).min();
        let Some(path) = lowest.cloned() else { break };
        if path.starts_with(under) {
            rebuild.path(&mut streams, &path, sink)?;
        } else {
            for stream in holders(&streams, &path) {
                streams[stream].pass()?;
            }
        }
    }
    rebuild.report_lost(&streams, under);
    let fetched = streams.first().map_or(0, |stream| stream.meter().fetched());
    let mut outcome = Outcome { problems: rebuild.problems, fetched };
    for stream in streams {
        outcome.problems.extend(stream.problems);
    }
    Ok(outcome)
}

fn holders(streams: &[SetStream<'_>], path: &EntryPath) -> Vec<usize> {
    let holds = |stream: &SetStream<'_>| stream.head().is_some_and(|(_, head, _)| head == path);
    (0..streams.len()).filter(|index| holds(&streams[*index])).collect()
}

struct Rebuild<'a> {
    ctx: &'a Context,
    problems: Vec<Warning>,
    /// Paths inside lost volumes that were rebuilt all the same.
    whole: HashSet<EntryPath>,
}

impl Rebuild<'_> {
    fn path(
        &mut self,
        streams: &mut [SetStream<'_>],
        path: &EntryPath,
        sink: &mut dyn Sink,
    ) -> Result<(), EngineError> {
        let holders = holders(streams, path);
        let member = |stream: usize| streams[stream].head().map(|(member, ..)| *member);
        let is_diff = |stream: &usize| matches!(member(*stream), Some(Member::Diff | Member::DiffPiece(_)));
        let base = holders.iter().rposition(|stream| !is_diff(stream));
        let newest = holders.last().and_then(|last| streams[*last].head().cloned());
        let Some((newest_member, _, metadata)) = newest else { return Ok(()) };
        let base_set = base.map_or(0, |base| holders[base]);
        let deleted = base.is_some_and(|base| member(holders[base]) == Some(Member::Deleted));
        // A set after the last whole state whose word on this path is lost makes the path doubtful.
        let is_file = metadata.kind.is_file() && newest_member != Member::Deleted;
        let mut doubtful = false;
        for (index, stream) in streams.iter_mut().enumerate().skip(base_set) {
            if stream.has_losses() && !holders.contains(&index) && stream.may_have_lost(path, is_file) {
                doubtful = true;
            }
        }
        let wanted = !(newest_member == Member::Deleted) && sink.wants(path, &metadata);
        let broken = if base.is_none() {
            Some("the content that its changes build on is missing from the backup")
        } else if deleted && newest_member != Member::Deleted {
            Some("the backup holds changes of it after its deletion")
        } else if doubtful && is_file {
            Some("a damaged volume may hold a newer state of it, so the older one was not taken")
        } else {
            None
        };
        if !wanted || broken.is_some() {
            for stream in &holders {
                streams[*stream].pass()?;
            }
            if let Some(reason) = broken.filter(|_| wanted) {
                self.problem(Code::Damaged, path, reason.to_owned());
            }
            if newest_member == Member::Deleted {
                self.note_whole(streams, path);
            }
            return Ok(());
        }
        let base = base.unwrap_or(0);
        for stream in &holders[..base] {
            streams[*stream].pass()?;
        }
        let trouble = match self.content(streams, &holders[base..])? {
            Ok(mut content) => {
                let trouble = sink.entry(path, &metadata, &mut content)?;
                // A sink that did not want the content leaves the stream where it was.
                if let Content::Whole(stream) = content {
                    stream.pass()?;
                }
                trouble
            }
            Err(trouble) => Some(trouble),
        };
        match trouble {
            Some(trouble) => self.problem(trouble.code, path, trouble.message),
            None => {
                self.note_whole(streams, path);
                if doubtful {
                    let message = "a damaged volume may hold a newer state of its attributes".to_owned();
                    self.problem(Code::Damaged, path, message);
                }
            }
        }
        let meter = streams[0].meter();
        meter.file();
        meter.tick(self.ctx);
        Ok(())
    }

    /// The content that the first of `holders` has whole and the others change.
    fn content<'s, 'c>(
        &mut self,
        streams: &'s mut [SetStream<'c>],
        holders: &[usize],
    ) -> Result<Result<Content<'s, 'c>, Trouble>, EngineError> {
        let [base, diffs @ ..] = holders else { return Ok(Ok(Content::Empty)) };
        if diffs.is_empty() {
            let stream = &mut streams[*base];
            return Ok(Ok(Content::Whole(stream)));
        }
        let folder = &self.ctx.temp_folder;
        let mut content = Spool::new(folder);
        let mut broken = self.spooled(&mut streams[*base], &mut content)?;
        let mut pending: Option<Spool> = None;
        for diff in diffs {
            let mut delta = Spool::new(folder);
            let trouble = self.spooled(&mut streams[*diff], &mut delta)?;
            broken = broken.or(trouble);
            if broken.is_some() {
                continue;
            }
            if let Some(mut before) = pending.replace(delta) {
                let mut next = Spool::new(folder);
                match apply(&mut content, &mut before, &mut next) {
                    Ok(_) => content = next,
                    Err(error) => broken = Some(trouble_of(error)?),
                }
            }
        }
        if let Some(trouble) = broken {
            return Ok(Err(trouble));
        }
        let delta = pending.unwrap_or_else(|| Spool::new(folder));
        Ok(Ok(Content::Patched(Box::new([content, delta]))))
    }

    fn spooled(
        &mut self,
        stream: &mut SetStream<'_>,
        spool: &mut Spool,
    ) -> Result<Option<Trouble>, EngineError> {
        match stream.payload(spool) {
            Ok(_) => Ok(None),
            Err(error) => trouble_of(error).map(Some),
        }
    }

    fn note_whole(&mut self, streams: &[SetStream<'_>], path: &EntryPath) {
        if streams.iter().any(SetStream::has_losses) {
            self.whole.insert(path.clone());
        }
    }

    fn problem(&mut self, code: Code, path: &EntryPath, message: String) {
        let warning = Warning { code, path: Some(path.clone()), message };
        self.ctx.warn(&warning);
        self.problems.push(warning);
    }

    /// Names the files that lost volumes held and that nothing else brought back.
    fn report_lost(&mut self, streams: &[SetStream<'_>], under: &EntryPath) {
        let named: HashSet<EntryPath> = self.problems.iter().filter_map(|p| p.path.clone()).collect();
        let mut lost = std::collections::BTreeSet::new();
        for stream in streams {
            for (path, deleted) in stream.lost_files() {
                let back = deleted || self.whole.contains(path) || named.contains(path);
                if !back && path.starts_with(under) {
                    lost.insert(path.clone());
                }
            }
        }
        for path in lost {
            self.problem(Code::Damaged, &path, "it was in a damaged or missing volume".to_owned());
        }
    }
}

fn trouble_of(error: PayloadError) -> Result<Trouble, EngineError> {
    match error {
        PayloadError::Damaged(message) => Ok(Trouble { code: Code::Damaged, message }),
        PayloadError::Output(error) => Err(EngineError::Io(error)),
        PayloadError::Stream(error) => Err(error),
    }
}
