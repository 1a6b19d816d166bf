//! The plan of a backup: full or increment, of which time, on top of what. Everything that can refuse a run without
//! reading the source is decided here.

use super::{Mode, Report, Request, commit, compare};
use crate::archive::{self, Listing, Lock, SignatureFile};
use crate::index::{self, Ready};
use crate::output::Stored;
use crate::state::State;
use crate::{Context, EngineError, Warning};
use backtrail_base::{Code, Timestamp};
use backtrail_format::collection::Collection;
use backtrail_format::names::SetId;
use std::collections::BTreeSet;

/// The most the clock may be behind the last backup before a run refuses, in seconds.
const CLOCK_TOLERANCE: i64 = 24 * 60 * 60;

/// Why a set is of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It was asked for.
    Asked,
    /// There is a chain to continue.
    Continues,
    /// There is no backup yet.
    First,
    /// There is a backup, but its signatures or its last full set are missing or unfinished.
    NothingUsable,
    /// The last full set is older than wanted.
    TooOld,
    /// The chain has as many increments as wanted.
    TooManyIncrements,
}

/// A backup that is ready to run. It holds the archive folder's lock.
pub struct Plan<'a> {
    pub(super) ctx: &'a Context,
    pub(super) request: Request,
    pub(super) set: SetId,
    reason: Reason,
    /// The signature files of the chain to continue, oldest first.
    pub(super) base: Vec<SignatureFile>,
    /// The index, current for that chain.
    pub(super) index: Option<Ready>,
    pub(super) lock: Lock,
    pub(super) warnings: Vec<Warning>,
    /// The finished sets when the plan was made.
    known: BTreeSet<SetId>,
}

/// Plans a backup: lists the destination, fetches what an increment needs, and decides.
///
/// # Errors
/// [`EngineError::Locked`], [`EngineError::NoChain`], [`EngineError::HostChanged`], [`EngineError::SourceChanged`],
/// [`EngineError::ClockBehind`], or what the destination, the archive folder or OpenPGP say.
pub fn plan(ctx: &Context, mut request: Request) -> Result<Plan<'_>, EngineError> {
    request.localdir = canonical(&request.localdir);
    archive::create(ctx)?;
    let lock = Lock::take(&ctx.archive_folder)?;
    let listing = archive::tidy(ctx, archive::list(ctx)?)?;
    let now = ctx.clock.now();
    let (reason, start) = decide(ctx, &request, &listing.collection, now)?;
    let mut warnings = Vec::new();
    let time = time_of(ctx, &listing.collection, now, start, &mut warnings)?;
    let mut base = Vec::new();
    let set = match start {
        None => SetId::Full { time },
        Some(start) => {
            base = previous(ctx, &request, &listing.collection)?;
            SetId::Increment { start, end: time }
        }
    };
    let Listing { collection, sizes } = &listing;
    let index = index::prepare(ctx, collection, sizes, &base)?;
    if index.is_none() {
        // Opened once here, so that a damaged file stops the run before anything is stored.
        State::open(&base)?;
    }
    let known = listing.collection.sets().filter(|set| set.is_complete()).map(|set| set.id).collect();
    Ok(Plan { ctx, request, set, reason, base, index, lock, warnings, known })
}

impl Plan<'_> {
    /// The set that will be made.
    #[must_use]
    pub fn set(&self) -> SetId {
        self.set
    }

    /// Why it is full, or an increment.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Walks and compares without storing anything: a dry run.
    ///
    /// # Errors
    /// When the source or the signatures cannot be read.
    pub fn preview(mut self) -> Result<Report, EngineError> {
        compare::run(&mut self, false)
    }

    /// Makes the backup.
    ///
    /// # Errors
    /// Whatever stops it. The destination then holds every earlier backup as before, and volumes without a manifest
    /// that no restore looks at.
    pub fn apply(mut self) -> Result<Report, EngineError> {
        compare::run(&mut self, true)
    }

    /// Fails when somebody else added to the chain, or took the lock, since the plan was made.
    pub(super) fn guard(&self, objects: &[Stored]) -> Result<(), EngineError> {
        commit::guard(self.ctx, &self.lock, self.set, &self.known, objects)
    }
}

/// Full (no start) or an increment from the end of the active chain, and why.
fn decide(
    ctx: &Context,
    request: &Request,
    collection: &Collection,
    now: Timestamp,
) -> Result<(Reason, Option<Timestamp>), EngineError> {
    let active = collection.active;
    match request.mode {
        Mode::Full => Ok((Reason::Asked, None)),
        Mode::Increment => match active {
            Some(active) => Ok((Reason::Asked, Some(active.end))),
            None => Err(EngineError::NoChain { destination: ctx.destination.address().text.clone() }),
        },
        Mode::Auto { full_if_older_than, full_if_increments } => {
            let Some(active) = active else {
                let first = collection.chains.is_empty();
                return Ok((if first { Reason::First } else { Reason::NothingUsable }, None));
            };
            let chain = &collection.chains[active.chain];
            if full_if_older_than.is_some_and(|age| chain.start().plus(age) < now) {
                return Ok((Reason::TooOld, None));
            }
            let increments = u32::try_from(chain.increments.len()).unwrap_or(u32::MAX);
            if full_if_increments.is_some_and(|most| increments >= most) {
                return Ok((Reason::TooManyIncrements, None));
            }
            Ok((Reason::Continues, Some(active.end)))
        }
    }
}

/// The time of the new set: now, or just after the last set where the clock does not stand behind it by much. Two
/// sets never share a second, since the later one would overwrite the earlier one's objects.
fn time_of(
    ctx: &Context,
    collection: &Collection,
    now: Timestamp,
    start: Option<Timestamp>,
    warnings: &mut Vec<Warning>,
) -> Result<Timestamp, EngineError> {
    let taken: BTreeSet<Timestamp> = collection
        .sets()
        .map(|set| set.id.end())
        .chain(collection.signature_chains.iter().flat_map(|chain| chain.all().map(|(id, _)| id.end())))
        .collect();
    let finished = collection.chains.iter().filter_map(|chain| chain.complete_end());
    let last = finished.chain(start).max();
    let Some(last) = last else {
        let mut time = now;
        while taken.contains(&time) {
            time = time.plus(1);
        }
        return Ok(time);
    };
    let mut time = now;
    if now <= last {
        if now.plus(CLOCK_TOLERANCE) < last {
            return Err(EngineError::ClockBehind { now, last });
        }
        time = last.plus(1);
        if now < last {
            let warning = Warning {
                code: Code::ClockBehind,
                path: None,
                message: format!(
                    "the clock stands {} s behind the last backup, so this one is dated a second after it",
                    last.0 - now.0
                ),
            };
            ctx.warn(&warning);
            warnings.push(warning);
        }
    }
    while taken.contains(&time) {
        time = time.plus(1);
    }
    Ok(time)
}

/// The signatures an increment is made against, after checking that the chain is of this host and folder.
fn previous(
    ctx: &Context,
    request: &Request,
    collection: &Collection,
) -> Result<Vec<SignatureFile>, EngineError> {
    let no_chain = || EngineError::NoChain { destination: ctx.destination.address().text.clone() };
    let active = collection.active.ok_or_else(no_chain)?;
    let chain = &collection.chains[active.chain];
    let signatures = &collection.signature_chains[active.signatures];
    let last = chain.complete_sets().filter(|set| set.id.end() <= active.end).last().ok_or_else(no_chain)?;
    if !request.allow_source_mismatch {
        let manifest = archive::manifest(ctx, last)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if !manifest.hostname.is_empty() && manifest.hostname != request.hostname {
            return Err(EngineError::HostChanged {
                there: text(&manifest.hostname),
                here: text(&request.hostname),
            });
        }
        if !manifest.localdir.is_empty() && canonical(&manifest.localdir) != request.localdir {
            return Err(EngineError::SourceChanged {
                there: text(&manifest.localdir),
                here: text(&request.localdir),
            });
        }
    }
    archive::signatures(ctx, signatures, |set| set.end() <= active.end)
}

/// Removes repeated and trailing slashes and `.` parts, as duplicity does before it records a folder.
fn canonical(path: &[u8]) -> Vec<u8> {
    let absolute = path.first() == Some(&b'/');
    let parts: Vec<&[u8]> =
        path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    let joined = parts.join(&b'/');
    match (absolute, joined.is_empty()) {
        (true, _) => [b"/".as_slice(), &joined].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn folders_are_recorded_as_stock_duplicity_records_them() {
        for (typed, recorded) in [
            ("/home//tim/./x/", "/home/tim/x"),
            ("./a/b", "a/b"),
            ("/", "/"),
            (".", "."),
            ("a/../b", "a/../b"),
        ] {
            assert_eq!(String::from_utf8_lossy(&canonical(typed.as_bytes())), recorded, "{typed}");
        }
    }
}
