//! Restoring: a [`plan`] says which set answers, which volumes must be fetched and how many bytes that is; applying
//! it rebuilds every entry and puts it in place. What is damaged is named, and everything else is restored.

mod fetch;
mod patches;
mod rebuild;
mod stream;
mod supply;
mod target;

pub(crate) use rebuild::{Content, Sink, Trouble, rebuild};
pub(crate) use stream::{PayloadError, SetStream, open_sets};
pub(crate) use target::selected;

use crate::event::{Event, Phase};
use crate::select::Selection;
use crate::{Context, EngineError, Warning, archive};
use backtrail_base::{Timestamp, fs};
use backtrail_format::EntryPath;
use backtrail_format::names::SetId;
use std::path::PathBuf;
use std::sync::Arc;

/// What to restore, and where to.
pub struct Request {
    /// The path in the backup, with everything below it; the root for all.
    pub path: EntryPath,
    /// The moment; none for the latest.
    pub time: Option<Timestamp>,
    /// What the restored path becomes. It must not exist, or be an empty folder, unless `overwrite`.
    pub target: PathBuf,
    /// What to do about owners.
    pub owners: Owners,
    /// Leading paths to rewrite, first match first.
    pub rename: Vec<(EntryPath, EntryPath)>,
    /// What of it is wanted; none for everything.
    pub selection: Option<Arc<Selection>>,
    /// Whether existing files are replaced.
    pub overwrite: bool,
    /// A folder above the target, or the target itself. From it on no link is followed, not even one that lies there
    /// already; folders that are missing on the way are made, and the target may be a folder with content, of which
    /// nothing is replaced unless `overwrite`. None when the target is what a person typed.
    pub beneath: Option<PathBuf>,
}

/// What to do about the owners that a backup records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owners {
    /// By name where the name exists here, else by number.
    ByName,
    /// By number.
    ByNumber,
    /// Not restored: everything belongs to who restores.
    Ignore,
}

/// What a restore did.
#[derive(Debug, Clone)]
pub struct Report {
    /// The set that answered.
    pub set: SetId,
    /// Entries restored.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Bytes fetched from the destination.
    pub fetched: u64,
    /// What could not be restored, or not fully. A restore with any of these did not succeed.
    pub problems: Vec<Warning>,
}

/// A restore that is ready to run.
pub struct Plan<'a> {
    ctx: &'a Context,
    request: Request,
    streams: Vec<SetStream<'a>>,
    set: SetId,
    /// The volumes to fetch, object name and bytes.
    pub volumes: Vec<(String, u64)>,
}

/// Plans a restore.
///
/// # Errors
/// [`EngineError::TargetNotEmpty`], [`EngineError::NoBackup`], or what the destination or OpenPGP say.
pub fn plan(ctx: &Context, request: Request) -> Result<Plan<'_>, EngineError> {
    if !request.overwrite && request.beneath.is_none() && fs::symlink_metadata(&request.target).is_ok() {
        let empty = fs::read_dir(&request.target).is_ok_and(|mut entries| entries.next().is_none());
        if !empty {
            return Err(EngineError::TargetNotEmpty { path: request.target });
        }
    }
    archive::create(ctx)?;
    let (streams, set) = open_sets(ctx, request.time, &request.path)?;
    let volumes = streams.iter().flat_map(SetStream::wanted).collect();
    Ok(Plan { ctx, request, streams, set, volumes })
}

impl Plan<'_> {
    /// The set that answers.
    #[must_use]
    pub fn set(&self) -> SetId {
        self.set
    }

    /// Bytes to fetch.
    #[must_use]
    pub fn bytes_to_fetch(&self) -> u64 {
        self.volumes.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Restores.
    ///
    /// # Errors
    /// What stops the whole restore; damage to single entries is in the report.
    pub fn apply(self) -> Result<Report, EngineError> {
        let Self { ctx, request, streams, set, .. } = self;
        ctx.tell(Event::Phase(Phase::Restoring));
        let mut target = target::Target::new(ctx, &request)?;
        let outcome = rebuild(ctx, streams, &request.path, &mut target)?;
        let (files, bytes) = target.finish()?;
        // A path that was asked for and is not there is an error, unless damage explains it.
        if files == 0 && outcome.problems.is_empty() && !request.path.is_root() {
            return Err(EngineError::PathNotInBackup { path: request.path });
        }
        Ok(Report { set, files, bytes, fetched: outcome.fetched, problems: outcome.problems })
    }
}
