//! Bringing files back: moments, folders as they were, what a restore would do, and the restore itself. The page names
//! everything by ids; what they stand for never leaves the background.

use super::jobs::{Kind, Refused, Running};
use super::wizard::a_folder;
use super::{Inner, Service, about, shown};
use crate::Event;
use crate::call::FolderChoice;
use crate::failure;
use crate::view::{
    Entry, EntryKind, Failure, Listing, MomentView, Moments, RestoreResult, RestoreSheet, RestoreWhere,
    RestoredPlace, UnixTime, Whole,
};
use backtrail_base::Coded as _;
use backtrail_engine::{Cancel, Observer};
use backtrail_format::EntryPath;
use backtrail_format::names::SetId;
use backtrail_profile::run::{Child, ChildKind, RestoreOutcome, RunError, Trust, Where, to_path};
use backtrail_profile::{Outcome, Profile, ProfileId};
use std::path::PathBuf;
use std::sync::Arc;

/// Entries that one answer holds at most.
const MOST: u32 = 1_000;

/// A moment of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MomentRef {
    profile: ProfileId,
    set: SetId,
}

/// An entry at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct EntryRef {
    moment: MomentRef,
    path: EntryPath,
    folder: bool,
}

/// What a page asked to restore, understood.
struct Wanted {
    profile: Profile,
    set: SetId,
    paths: Vec<EntryPath>,
    to: Where,
}

impl Service {
    /// The moments of a profile, newest first.
    pub(super) fn moments(&self, profile: &str) -> Result<Moments, Failure> {
        let profile = self.0.profile(profile)?;
        let moments = self
            .0
            .runner
            .moments(&profile, Trust::Pinned)
            .map_err(|error| self.0.run_error(&profile, &error))?;
        let mut tables = self.0.tables();
        let view = |moment: &backtrail_profile::run::Moment| MomentView {
            id: tables.moments.id(MomentRef { profile: profile.id.clone(), set: moment.set }),
            at: shown::time(moment.time),
            full: moment.full,
            changes: moment.changes.map(Whole),
            stored: Whole(moment.bytes.unwrap_or(0)),
        };
        Ok(Moments { moments: moments.iter().rev().map(view).collect() })
    }

    /// A part of a folder at a moment. Without a folder it is the outermost that more than one thing lies in: nobody
    /// wants to click through `/` and `home` first.
    pub(super) fn browse(
        &self,
        moment: &str,
        folder: Option<&str>,
        offset: u32,
        limit: u32,
    ) -> Result<Listing, Failure> {
        let moment = self.moment(moment)?;
        let profile = self.0.profile(moment.profile.as_str())?;
        let path = match folder {
            Some(id) => self.entry(&moment, id)?.path.clone(),
            None => self.outermost(&profile, &moment)?,
        };
        let limit = usize::try_from(limit.min(MOST)).unwrap_or(usize::MAX);
        let children = self.children(&profile, &moment, &path, offset.into(), limit)?;
        let mut tables = self.0.tables();
        let mut entry = |child: &Child, path: EntryPath| Entry {
            id: tables.entries.id(EntryRef {
                moment: (*moment).clone(),
                path,
                folder: child.kind == ChildKind::Folder,
            }),
            name: String::from_utf8_lossy(&child.name).into_owned(),
            kind: match child.kind {
                ChildKind::Folder => EntryKind::Folder,
                ChildKind::File => EntryKind::File,
                ChildKind::Link => EntryKind::Link,
                ChildKind::Special => EntryKind::Special,
            },
            size: child.size.map(Whole),
            modified: (child.mtime != 0).then_some(UnixTime(child.mtime)),
        };
        let entries = children.entries.iter().map(|child| entry(child, path.child(&child.name))).collect();
        let mut trail = Vec::new();
        let mut above = Some(path);
        while let Some(folder) = above {
            let name = folder.name().unwrap_or(b"/").to_vec();
            let child = Child { name, kind: ChildKind::Folder, size: None, mtime: 0 };
            trail.push(entry(&child, folder.clone()));
            above = folder.parent();
        }
        trail.reverse();
        Ok(Listing { trail, entries, total: Whole(children.total), offset: Whole(offset.into()) })
    }

    fn children(
        &self,
        profile: &Profile,
        moment: &MomentRef,
        path: &EntryPath,
        offset: u64,
        limit: usize,
    ) -> Result<backtrail_profile::run::Children, Failure> {
        let runner = &self.0.runner;
        let children = runner.children(profile, Trust::Pinned, moment.set, path, offset, limit);
        children.map_err(|error| self.0.run_error(profile, &error))
    }

    fn outermost(&self, profile: &Profile, moment: &MomentRef) -> Result<EntryPath, Failure> {
        let mut path = EntryPath::root();
        loop {
            let children = self.children(profile, moment, &path, 0, 2)?;
            let is_source = to_path(&path).is_some_and(|path| profile.sources.contains(&path));
            match children.entries.as_slice() {
                [only] if only.kind == ChildKind::Folder && !is_source => path = path.child(&only.name),
                _ => return Ok(path),
            }
        }
    }

    fn moment(&self, id: &str) -> Result<Arc<MomentRef>, Failure> {
        self.0.tables().moments.value(id).ok_or_else(failure::stale)
    }

    fn entry(&self, moment: &MomentRef, id: &str) -> Result<Arc<EntryRef>, Failure> {
        let entry = self.0.tables().entries.value(id);
        entry.filter(|entry| entry.moment == *moment).ok_or_else(failure::stale)
    }

    fn wanted(&self, moment: &str, entries: &[String], target: &RestoreWhere) -> Result<Wanted, Failure> {
        let moment = self.moment(moment)?;
        let paths = entries.iter().map(|id| Ok(self.entry(&moment, id)?.path.clone()));
        let paths = paths.collect::<Result<Vec<_>, Failure>>()?;
        if paths.is_empty() {
            let advice = "Choose at least one file or folder.";
            return Err(failure::plain(backtrail_base::Code::PathNotInBackup, "Nothing is chosen.", advice));
        }
        let to = match target {
            RestoreWhere::Original => Where::Original,
            RestoreWhere::Folder(id) => {
                let folder = self.0.tables().restore_folders.value(id).ok_or_else(failure::stale)?;
                Where::Folder((*folder).clone())
            }
        };
        Ok(Wanted { profile: self.0.profile(moment.profile.as_str())?, set: moment.set, paths, to })
    }

    /// What a restore would do.
    pub(super) fn restore_sheet(
        &self,
        moment: &str,
        entries: &[String],
        target: &RestoreWhere,
    ) -> Result<RestoreSheet, Failure> {
        let wanted = self.wanted(moment, entries, target)?;
        let runner = &self.0.runner;
        let sheet =
            runner.restore_sheet(&wanted.profile, Trust::Pinned, wanted.set, &wanted.paths, &wanted.to);
        let sheet = sheet.map_err(|error| self.0.run_error(&wanted.profile, &error))?;
        Ok(RestoreSheet {
            files: Whole(sheet.files),
            bytes: Whole(sheet.bytes),
            fetch: Whole(sheet.fetch),
            free: sheet.free.map(Whole),
            in_the_way: Whole(sheet.in_the_way),
            target: sheet.target.display().to_string(),
        })
    }

    /// Restores on a thread of its own; the job's id.
    pub(super) fn restore(
        &self,
        moment: &str,
        entries: &[String],
        target: &RestoreWhere,
        accept_signer: bool,
    ) -> Result<String, Failure> {
        let wanted = self.wanted(moment, entries, target)?;
        if let Some(code) = self.0.secret_missing(&wanted.profile) {
            return Err(about(&wanted.profile).failure(code, ""));
        }
        let running = self.0.jobs.begin(&wanted.profile.id, Kind::Restore, self.0.now());
        let running = running.map_err(|refused| match refused {
            Refused::Busy => about(&wanted.profile).failure(backtrail_base::Code::Locked, ""),
            Refused::Stopping => failure::stopping(),
        })?;
        let id = running.job.id.clone();
        let trust = if accept_signer { Trust::Anyone } else { Trust::Pinned };
        let service = self.clone();
        self.0.changed();
        let thread = std::thread::Builder::new().name("restore".to_owned());
        let begun = thread.spawn(move || service.run_restore(&wanted, trust, running));
        begun.map_err(|error| failure::begin(&error))?;
        Ok(id)
    }

    fn run_restore(&self, wanted: &Wanted, trust: Trust, running: Running) {
        let job = Arc::clone(&running.job);
        let observer: Arc<dyn Observer> = Arc::clone(&job) as Arc<dyn Observer>;
        let cancel: &Cancel = &job.cancel;
        let Wanted { profile, set, paths, to } = wanted;
        let RestoreOutcome { record, places } =
            self.0.runner.restore(profile, trust, *set, paths, to, &observer, cancel);
        let failed = matches!(record.outcome, Outcome::Failed | Outcome::Cancelled);
        let result = RestoreResult {
            job: job.id.clone(),
            files: Whole(record.figures.files),
            bytes: Whole(record.figures.bytes),
            places: self.0.restored(places),
            problems: record.warnings.iter().map(shown::warned).collect(),
            failure: failed.then(|| self.0.record_failure(profile, &record)),
        };
        drop(running);
        let (files, failure) = (result.files.0, result.failure.clone());
        self.0.bus.tell(&Event::Restored(result));
        if record.outcome != Outcome::Cancelled {
            self.0.notify_restored(profile, files, failure);
        }
        self.0.wake();
    }

    /// A folder that a dialog gave, to restore into.
    pub(super) fn add_restore_folder(&self, path: PathBuf) -> Result<FolderChoice, Failure> {
        let path = a_folder(path)?;
        let shown = path.display().to_string();
        Ok(FolderChoice { id: self.0.tables().restore_folders.id(path), path: shown })
    }

    /// The path of a restored place, for the file manager.
    pub(super) fn restored_path(&self, place: &str) -> Result<PathBuf, Failure> {
        self.0.tables().restored.value(place).map(|path| (*path).clone()).ok_or_else(failure::stale)
    }
}

impl Inner {
    fn restored(&self, places: Vec<PathBuf>) -> Vec<RestoredPlace> {
        let mut tables = self.tables();
        places
            .into_iter()
            .map(|path| {
                let shown = path.display().to_string();
                RestoredPlace { id: tables.restored.id(path), path: shown }
            })
            .collect()
    }

    /// An error of a run as a person reads it.
    pub(super) fn run_error(&self, profile: &Profile, error: &RunError) -> Failure {
        let code = self.secret_missing(profile).filter(|_| matches!(error, RunError::Secrets(_)));
        about(profile).failure(code.unwrap_or_else(|| error.code()), error.to_string())
    }
}
