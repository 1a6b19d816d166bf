//! Looking into the backups: the moments that one can go back to, and a folder as it was at one of them. What the
//! archive folder knows is answered without the destination, so that it works while the drive is away.

use super::listing::{Making, Opened};
use super::{RunError, Runner, Trust};
use crate::Profile;
use backtrail_base::{Timestamp, fs};
use backtrail_engine::{Cancel, EngineError, Observer, Silent, list, status};
use backtrail_format::EntryPath;
use backtrail_format::names::{SetId, time_text};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// Listings that are kept of a profile: the moments somebody looked at last.
const KEPT: usize = 4;

/// A moment that one can go back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The set that ends there.
    pub set: SetId,
    /// The moment.
    pub time: Timestamp,
    /// Whether the set is a full one.
    pub full: bool,
    /// Entries that were new, changed or gone, where the history knows.
    pub changes: Option<u64>,
    /// Bytes that the set added to the destination, where that is known.
    pub bytes: Option<u64>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChildKind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A pipe or a device.
    Special,
}

/// An entry of a folder at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Its name: bytes, because names are.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: ChildKind,
    /// A regular file's bytes; none where stock duplicity backed it up.
    pub size: Option<u64>,
    /// When it was last changed, in seconds since 1970.
    pub mtime: i64,
}

/// A part of a folder's entries, folders first, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Children {
    /// How many the folder has in all.
    pub total: u64,
    /// Those that were asked for.
    pub entries: Vec<Child>,
}

impl Runner {
    /// The moments of a profile, oldest first. From the archive folder, and where that knows none, as on a new computer,
    /// from the destination.
    ///
    /// # Errors
    /// When the archive folder cannot be read, or it knows nothing and the destination is away.
    pub fn moments(&self, profile: &Profile, trust: Trust) -> Result<Vec<Moment>, RunError> {
        let archive = self.archive_folder(profile, trust);
        let mut sets: Vec<(SetId, Option<u64>)> =
            list::local_moments(&archive, &Default::default())?.into_iter().map(|set| (set, None)).collect();
        if sets.is_empty() {
            let destination = match self.open(profile, false) {
                // A profile that has never run has no moments.
                Err(RunError::Gone { .. } | RunError::Store(_)) if !self.has_backups(profile)? => {
                    return Ok(Vec::new());
                }
                other => other?,
            };
            let ctx = self.context(profile, destination, trust, &silent(), &Cancel::new())?;
            let chains = status::read(&ctx)?.chains;
            let complete = chains.iter().flat_map(|chain| &chain.sets).filter(|set| set.complete);
            sets = complete.map(|set| (set.id, Some(set.bytes))).collect();
            sets.sort_by_key(|(set, _)| set.end());
        }
        let mut figures = HashMap::new();
        for record in self.history(profile)?.newest_first()? {
            if let Some(set) = record.set.clone().filter(|_| record.what == crate::What::Backup) {
                figures.entry(set).or_insert(record.figures);
            }
        }
        Ok(sets
            .into_iter()
            .map(|(set, bytes)| {
                let known = figures.get(&time_text(set.end()));
                Moment {
                    set,
                    time: set.end(),
                    full: set.is_full(),
                    changes: known.map(|known| known.new + known.changed + known.deleted),
                    bytes: bytes.or(known.map(|known| known.sent)),
                }
            })
            .collect())
    }

    /// The entries of a folder at a moment from the `offset`th on, at most `limit`; a path that is no folder then has
    /// none. Only what the archive folder does not know is fetched.
    ///
    /// # Errors
    /// [`EngineError::PathNotInBackup`] for a path that was not there; what reading the signatures meets; when they
    /// have to be fetched, [`RunError::DriveAway`] and what opening them meets.
    pub fn children(
        &self,
        profile: &Profile,
        trust: Trust,
        moment: SetId,
        folder: &EntryPath,
        offset: u64,
        limit: usize,
    ) -> Result<Children, RunError> {
        let listing = self.listing(profile, trust, moment)?;
        match listing.children(folder, offset, limit)? {
            Some((total, entries)) => Ok(Children { total, entries }),
            None => match self.child(&listing, folder)? {
                Some(_) => Ok(Children { total: 0, entries: Vec::new() }),
                None => Err(EngineError::PathNotInBackup { path: folder.clone() }.into()),
            },
        }
    }

    /// One entry as its folder lists it.
    pub(super) fn child(&self, listing: &Opened, path: &EntryPath) -> Result<Option<Child>, RunError> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Ok(None) };
        let siblings = listing.children(&parent, 0, usize::MAX)?;
        Ok(siblings.and_then(|(_, siblings)| siblings.into_iter().find(|child| child.name == name)))
    }

    /// The listing of a moment, made when nobody has looked at it lately.
    pub(super) fn listing(
        &self,
        profile: &Profile,
        trust: Trust,
        moment: SetId,
    ) -> Result<Arc<Opened>, RunError> {
        let archive = self.archive_folder(profile, trust);
        let name = archive.file_name().unwrap_or_default();
        let folder = self.folders.cache().join("listings").join(name);
        let path = folder.join(format!("{moment}.list"));
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = opened.as_ref().filter(|listing| listing.path() == path) {
            return Ok(Arc::clone(listing));
        }
        let listing = match Opened::open(&path) {
            Some(listing) => listing,
            None => {
                crate::secrets::private_folder(&folder).map_err(RunError::Io)?;
                self.make_listing(profile, trust, moment, &folder, &path)?;
                thin_out(&folder, &path);
                Opened::open(&path).ok_or_else(|| {
                    let message = format!("{}: it cannot be read again", path.display());
                    RunError::Io(std::io::Error::other(message))
                })?
            }
        };
        let listing = Arc::new(listing);
        *opened = Some(Arc::clone(&listing));
        Ok(listing)
    }

    fn make_listing(
        &self,
        profile: &Profile,
        trust: Trust,
        moment: SetId,
        folder: &Path,
        path: &Path,
    ) -> Result<(), RunError> {
        let archive = self.archive_folder(profile, trust);
        let write = || -> Result<(), RunError> {
            let mut making = Making::begin(folder).map_err(RunError::Io)?;
            list::local_files(&archive, &Default::default(), moment, &Cancel::new(), &mut |known| {
                Ok(making.add(known)?)
            })?;
            making.finish(path).map_err(RunError::Io)
        };
        match write() {
            Err(RunError::Engine(EngineError::NoSignatures { .. })) => {
                // A new computer, or a cache that was emptied: fetch what is missing, and look again.
                let destination = self.open(profile, false)?;
                self.passphrase(profile)?;
                let ctx = self.context(profile, destination, trust, &silent(), &Cancel::new())?;
                list::current_files(&ctx, Some(moment.end()), None, &mut |_, _| {})?;
                write()
            }
            other => other,
        }
    }
}

fn silent() -> Arc<dyn Observer> {
    Arc::new(Silent)
}

/// Removes all listings of a folder but the latest few. What cannot be removed is removed another time.
fn thin_out(folder: &Path, newest: &Path) {
    let mut others: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path() != newest)
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    others.sort();
    let surplus = others.len().saturating_sub(KEPT - 1);
    for (_, path) in others.into_iter().take(surplus) {
        drop(fs::remove_file(path));
    }
}
