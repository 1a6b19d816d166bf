//! Rebuilding entries: the streams of a full set and its increments are merged by path; for each path the last whole
//! state is taken and the deltas after it are applied, and what comes out is given to a sink that restores it or
//! compares it.

use super::patches::Patches;
use super::stream::{PayloadError, SetStream};
use super::supply::Supply;
use crate::{Context, EngineError, Warning};
use backtrail_base::Code;
use backtrail_format::difftar::Member;
use backtrail_format::{EntryPath, Metadata};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::io::Write;
use std::sync::Arc;

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
    /// It is made of an older content, where one is needed, and what changed since.
    Patched(Option<&'s mut SetStream<'c>>, Box<Patches>),
}

impl Content<'_, '_> {
    /// Writes the content to `out` and returns its length.
    pub(crate) fn write_to(&mut self, out: &mut dyn Write) -> Result<u64, PayloadError> {
        match std::mem::replace(self, Self::Empty) {
            Self::Empty => Ok(0),
            Self::Whole(stream) => stream.payload(out),
            Self::Patched(base, patches) => patches.apply(out, |out| match base {
                Some(base) => base.payload(out),
                None => Ok(0),
            }),
        }
    }
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
    if let Some(supply) = streams.first().map(|stream| Arc::clone(stream.supply())) {
        let all = streams.iter().flat_map(SetStream::parcels).map(Arc::clone).collect();
        let first: Vec<_> =
            streams.iter().filter_map(|stream| stream.parcels().next().map(Arc::clone)).collect();
        supply.schedule(all, &first);
        std::thread::scope(|scope| {
            // However the merge ends, the threads go home.
            let _closing = Closing(&supply);
            for number in 0..Supply::threads() {
                let supply = &supply;
                let thread = std::thread::Builder::new().name(format!("open-{number}"));
                // With fewer threads, or none, the merge opens the volumes itself.
                thread.spawn_scoped(scope, move || supply.work()).ok();
            }
            rebuild.merge(&mut streams, under, sink)
        })?;
    }
    rebuild.report_lost(&streams, under);
    let fetched = streams.first().map_or(0, |stream| stream.meter().fetched());
    let mut outcome = Outcome { problems: rebuild.problems, fetched };
    for stream in streams {
        outcome.problems.extend(stream.problems);
    }
    Ok(outcome)
}

struct Closing<'s, 'a>(&'s Supply<'a>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Rebuild<'a> {
    ctx: &'a Context,
    problems: Vec<Warning>,
    /// Paths inside lost volumes that were rebuilt all the same.
    whole: HashSet<EntryPath>,
}

impl Rebuild<'_> {
    /// Goes through the entries of all streams in path order.
    fn merge(
        &mut self,
        streams: &mut [SetStream<'_>],
        under: &EntryPath,
        sink: &mut dyn Sink,
    ) -> Result<(), EngineError> {
        // The path that each stream stands at, lowest first, older sets before newer.
        let mut heads = BinaryHeap::with_capacity(streams.len());
        for (index, stream) in streams.iter_mut().enumerate() {
            stream.start()?;
            heads.extend(stream.head().map(|(_, path, _)| Reverse((path.clone(), index))));
        }
        let mut holders = Vec::new();
        while let Some(Reverse((path, index))) = heads.pop() {
            self.ctx.check_cancelled()?;
            holders.clear();
            holders.push(index);
            while heads.peek().is_some_and(|Reverse((next, _))| *next == path)
                && let Some(Reverse((_, index))) = heads.pop()
            {
                holders.push(index);
            }
            if path.starts_with(under) {
                self.path(streams, &path, &holders, sink)?;
            } else {
                for &stream in &holders {
                    streams[stream].pass()?;
                }
            }
            for &index in &holders {
                // Whatever was made of it, nobody stays behind.
                if streams[index].head().is_some_and(|(_, head, _)| *head == path) {
                    streams[index].pass()?;
                }
                heads.extend(streams[index].head().map(|(_, path, _)| Reverse((path.clone(), index))));
            }
        }
        Ok(())
    }

    /// Rebuilds one path from the streams that stand at it, oldest first.
    fn path(
        &mut self,
        streams: &mut [SetStream<'_>],
        path: &EntryPath,
        holders: &[usize],
        sink: &mut dyn Sink,
    ) -> Result<(), EngineError> {
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
            for stream in holders {
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
                if let Content::Whole(stream) | Content::Patched(Some(stream), _) = content {
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
            return Ok(Ok(Content::Whole(&mut streams[*base])));
        }
        let mut patches = Patches::new(streams[*base].supply().scratch());
        let mut broken = None;
        // The newest first: what it replaces need not be known.
        for &diff in diffs.iter().rev() {
            if broken.is_some() || !patches.need_more() {
                streams[diff].pass()?;
            } else if let Err(error) =
                streams[diff].payload_reader().and_then(|delta| patches.add_older(delta))
            {
                broken = Some(trouble_of(error)?);
            }
        }
        if broken.is_some() || !patches.need_more() {
            streams[*base].pass()?;
            return Ok(broken.map_or(Ok(Content::Patched(None, Box::new(patches))), Err));
        }
        Ok(Ok(Content::Patched(Some(&mut streams[*base]), Box::new(patches))))
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
