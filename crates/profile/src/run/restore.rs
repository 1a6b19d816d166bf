//! Bringing files back. What is there always stays: a restored thing whose name is taken gets the moment it is from in
//! its name. Missing folders on the way are made; no link on the way is followed, whether the backup holds it or it
//! lies there now.

use super::listing::Opened;
use super::{Child, ChildKind, RunError, Runner, Trust, advice, naming, paths, seal};
use crate::{Outcome, Profile, Record, What};
use backtrail_base::{Code, Coded, fs};
use backtrail_engine::restore::{self, Owners, Request};
use backtrail_engine::select::{Pattern, Rule, Selection};
use backtrail_engine::{Cancel, Context, EngineError, Observer, Silent, Warning};
use backtrail_format::EntryPath;
use backtrail_format::names::{SetId, time_text};
use backtrail_store::free_space;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Up to so many things of one folder are restored one by one, which fetches only the volumes they are in; more are
/// restored in one pass over their folder.
const FEW: usize = 8;
/// Things that one pass looks for: each entry is compared with each of them.
const MANY: usize = 200;

/// Where restored things go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// Where they were.
    Original,
    /// Into a folder, which is made if it is missing.
    Folder(PathBuf),
}

/// What became of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreOutcome {
    /// The record, which is in the history; what could not be restored is among its warnings.
    pub record: Record,
    /// Where the things that were asked for are now, as far as they came back.
    pub places: Vec<PathBuf>,
}

/// What a restore would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Files and links.
    pub files: u64,
    /// Bytes in them, as far as they are known.
    pub bytes: u64,
    /// Bytes to fetch from the destination.
    pub fetch: u64,
    /// Bytes that may be written where they go.
    pub free: Option<u64>,
    /// How many of the things asked for stand in a place that is taken, and get another name.
    pub in_the_way: u64,
    /// The folder they go to: the first of several.
    pub target: PathBuf,
}

/// Things of one folder of the backup that go into one folder here.
struct Group {
    parent: EntryPath,
    /// From this folder on no link is followed.
    top: PathBuf,
    folder: PathBuf,
    items: Vec<Item>,
}

struct Item {
    path: EntryPath,
    /// Its name in the folder it goes to.
    name: OsString,
    renamed: bool,
}

impl Runner {
    /// Restores `paths`, each with everything below it, as they were at `moment`.
    #[expect(clippy::too_many_arguments, reason = "each is a choice of the person's")]
    pub fn restore(
        &self,
        profile: &Profile,
        trust: Trust,
        moment: SetId,
        paths: &[EntryPath],
        to: &Where,
        observer: &Arc<dyn Observer>,
        cancel: &Cancel,
    ) -> RestoreOutcome {
        let began = self.now();
        let mut done = Done::default();
        let result = self.bring_back(profile, trust, moment, paths, to, observer, cancel, &mut done);
        let ended = self.now();
        let mut record = match result {
            Ok(()) => {
                let mut record = Record::new(What::Restore, Outcome::Done, began, ended);
                advice::warn_all(&mut record, &done.problems);
                if let Some(problem) = done.problems.first().filter(|_| done.files == 0) {
                    record.outcome = Outcome::Failed;
                    record.code = Some(problem.code);
                    record.message = "nothing could be restored".to_owned();
                    record.next_step = Some("Try another moment, or another folder.".to_owned());
                } else if !done.problems.is_empty() {
                    record.code = Some(Code::Incomplete);
                    record.message = "some files could not be restored".to_owned();
                    record.next_step = Some("Try another moment for these files.".to_owned());
                }
                record
            }
            Err(error) => {
                let error = self.explained(profile, error);
                let mut record = advice::failed(What::Restore, &error, profile, began, ended);
                if done.files > 0 && record.outcome == Outcome::Skipped {
                    record.outcome = Outcome::Failed;
                }
                record
            }
        };
        record.set = Some(time_text(moment.end()));
        record.full = moment.is_full();
        record.figures.files = done.files;
        record.figures.bytes = done.bytes;
        record.figures.sent = done.fetched;
        record.figures.seconds = advice::seconds(began, ended);
        RestoreOutcome { record: self.keep(profile, record), places: done.places }
    }

    #[expect(clippy::too_many_arguments, reason = "each is a choice of the person's")]
    fn bring_back(
        &self,
        profile: &Profile,
        trust: Trust,
        moment: SetId,
        paths: &[EntryPath],
        to: &Where,
        observer: &Arc<dyn Observer>,
        cancel: &Cancel,
        done: &mut Done,
    ) -> Result<(), RunError> {
        let destination = self.open(profile, false)?;
        self.passphrase(profile)?;
        let ctx = self.context(profile, destination, trust, observer, cancel)?;
        let listing = self.listing(profile, trust, moment)?;
        if let Where::Folder(folder) = to {
            fs::create_dir_all(folder).map_err(RunError::Io)?;
        }
        for group in self.groups(&listing, moment, paths, to)? {
            if group.items.len() <= FEW {
                for item in &group.items {
                    one(&ctx, trust, moment, &group, item, done)?;
                }
            } else {
                for items in group.items.chunks(MANY) {
                    several(&ctx, trust, moment, &group, items, done)?;
                }
            }
        }
        Ok(())
    }

    /// What a restore would do, without doing it.
    ///
    /// # Errors
    /// As a restore.
    pub fn restore_sheet(
        &self,
        profile: &Profile,
        trust: Trust,
        moment: SetId,
        paths: &[EntryPath],
        to: &Where,
    ) -> Result<Sheet, RunError> {
        let listing = self.listing(profile, trust, moment)?;
        let groups = self.groups(&listing, moment, paths, to)?;
        let target = groups.first().map_or_else(paths::root, |group| group.folder.clone());
        let existing = target.ancestors().find(|path| path.is_dir()).map(Path::to_path_buf);
        let free = existing.as_deref().and_then(free_space).map(|(free, _)| free);
        let mut sheet = Sheet { files: 0, bytes: 0, fetch: 0, free, in_the_way: 0, target };
        let mut count = |child: &Child| {
            sheet.files += 1;
            sheet.bytes += child.size.unwrap_or(0);
        };
        for path in groups.iter().flat_map(|group| &group.items).map(|item| &item.path) {
            match self.child(&listing, path)? {
                Some(child) if child.kind != ChildKind::Folder => count(&child),
                _ => listing.below(path, &mut count)?,
            }
        }
        sheet.in_the_way =
            groups.iter().flat_map(|group| &group.items).filter(|item| item.renamed).count() as u64;
        let destination = self.open(profile, false)?;
        self.passphrase(profile)?;
        let quiet: Arc<dyn Observer> = Arc::new(Silent);
        let ctx = self.context(profile, destination, trust, &quiet, &Cancel::new())?;
        // A volume that holds several of them is counted once, as far as they are restored in one pass.
        let mut volumes = BTreeMap::new();
        for group in &groups {
            let whole = group.items.len() > FEW;
            let wanted = group.items.iter().map(|item| if whole { &group.parent } else { &item.path });
            for path in wanted.collect::<BTreeSet<_>>() {
                let item = Item { path: path.clone(), name: OsString::from("x"), renamed: false };
                let plan = restore::plan(&ctx, request(trust, moment, group, &item)?)?;
                volumes.extend(plan.volumes.iter().cloned());
            }
        }
        sheet.fetch = volumes.values().sum();
        Ok(sheet)
    }

    /// What goes where, and under which name. Something that lies in another of the paths comes with it.
    fn groups(
        &self,
        listing: &Opened,
        moment: SetId,
        paths: &[EntryPath],
        to: &Where,
    ) -> Result<Vec<Group>, RunError> {
        let mut wanted: BTreeSet<EntryPath> = paths.iter().cloned().collect();
        if wanted.remove(&EntryPath::root()) {
            let all = listing.children(&EntryPath::root(), 0, usize::MAX)?;
            let all = all.into_iter().flat_map(|(_, children)| children);
            wanted = all.map(|child| EntryPath::root().child(&child.name)).collect();
        }
        let mut tops: Vec<EntryPath> = Vec::new();
        for path in wanted {
            // In path order a folder stands before what is in it.
            if !tops.last().is_some_and(|top| path.starts_with(top)) {
                tops.push(path);
            }
        }
        let mut by_parent: BTreeMap<EntryPath, Vec<EntryPath>> = BTreeMap::new();
        for path in tops {
            by_parent.entry(path.parent().unwrap_or_default()).or_default().push(path);
        }
        let mut groups = Vec::new();
        // Names that were given to others of this restore: two folders may have things of one name.
        let mut given: BTreeSet<PathBuf> = BTreeSet::new();
        for (parent, items) in by_parent {
            let refused = || EngineError::PathNotInBackup { path: parent.clone() };
            let (top, folder) = match to {
                Where::Original => {
                    let folder = paths::to_path(&parent).ok_or_else(refused)?;
                    (paths::top_of(&folder), folder)
                }
                Where::Folder(folder) => {
                    // The person chose it, whatever links lead there.
                    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
                    (folder.clone(), folder)
                }
            };
            let folders: BTreeSet<Vec<u8>> = listing
                .children(&parent, 0, usize::MAX)?
                .into_iter()
                .flat_map(|(_, children)| children)
                .filter(|child| child.kind == ChildKind::Folder)
                .map(|child| child.name)
                .collect();
            let mut group = Group { parent: parent.clone(), top, folder, items: Vec::new() };
            for path in items {
                let name = paths::to_path(&path).and_then(|path| path.file_name().map(OsStr::to_owned));
                let (Some(name), Some(raw)) = (name, path.name()) else { continue };
                let taken = |name: &OsStr| {
                    let place = group.folder.join(name);
                    given.contains(&place) || fs::symlink_metadata(&place).is_ok()
                };
                let free = naming::free(&name, folders.contains(raw), moment.end(), &self.zone, &taken);
                let free = free.ok_or_else(|| RunError::InTheWay { path: group.folder.join(&name) })?;
                given.insert(group.folder.join(&free));
                group.items.push(Item { path, renamed: free != name, name: free });
            }
            groups.push(group);
        }
        Ok(groups)
    }
}

/// What a restore did so far.
#[derive(Default)]
struct Done {
    files: u64,
    bytes: u64,
    fetched: u64,
    problems: Vec<Warning>,
    places: Vec<PathBuf>,
}

/// The request for one thing, which gets its name in the folder of its group.
fn request(trust: Trust, moment: SetId, group: &Group, item: &Item) -> Result<Request, RunError> {
    Ok(Request {
        path: item.path.clone(),
        time: Some(moment.end()),
        target: group.folder.join(&item.name),
        owners: owners(trust),
        rename: Vec::new(),
        selection: selection(trust, &[])?,
        overwrite: false,
        beneath: Some(group.top.clone()),
    })
}

fn owners(trust: Trust) -> Owners {
    match trust {
        Trust::Pinned => Owners::ByName,
        // With owners the setuid bits go too: nothing runs as somebody else on the word of a stranger.
        Trust::Anyone => Owners::Ignore,
    }
}

/// What of it is restored: of a stranger's backup no devices; with `only`, nothing but those.
fn selection(trust: Trust, only: &[&EntryPath]) -> Result<Option<Arc<Selection>>, RunError> {
    let mut rules = Vec::new();
    if trust == Trust::Anyone {
        rules.push(Rule::ExcludeDeviceFiles);
    }
    rules.extend(only.iter().map(|path| Rule::include(Pattern::literal(path.as_bytes()))));
    if !only.is_empty() {
        rules.push(Rule::exclude(Pattern::glob("**")));
    }
    Ok(if rules.is_empty() { None } else { Some(Arc::new(Selection::in_archive(rules)?)) })
}

fn one(
    ctx: &Context,
    trust: Trust,
    moment: SetId,
    group: &Group,
    item: &Item,
    done: &mut Done,
) -> Result<(), RunError> {
    let request = request(trust, moment, group, item)?;
    apply(ctx, request, &item.path, done)?;
    note_place(group, item, done);
    Ok(())
}

fn several(
    ctx: &Context,
    trust: Trust,
    moment: SetId,
    group: &Group,
    items: &[Item],
    done: &mut Done,
) -> Result<(), RunError> {
    let only: Vec<&EntryPath> = items.iter().map(|item| &item.path).collect();
    let renamed = items.iter().filter(|item| item.renamed);
    let request = Request {
        path: group.parent.clone(),
        time: Some(moment.end()),
        target: group.folder.clone(),
        owners: owners(trust),
        rename: renamed
            .map(|item| (item.path.clone(), group.parent.child(item.name.as_encoded_bytes())))
            .collect(),
        selection: selection(trust, &only)?,
        overwrite: false,
        beneath: Some(group.top.clone()),
    };
    apply(ctx, request, &group.parent, done)?;
    for item in items {
        note_place(group, item, done);
    }
    Ok(())
}

fn apply(ctx: &Context, request: Request, path: &EntryPath, done: &mut Done) -> Result<(), RunError> {
    let target = request.target.clone();
    match restore::plan(ctx, request).and_then(restore::Plan::apply) {
        Ok(report) => {
            done.files += report.files;
            done.bytes += report.bytes;
            done.fetched += report.fetched;
            done.problems.extend(report.problems);
            Ok(())
        }
        Err(error) if is_of_one(&error) && !seal::is_distrust(&error) => {
            let message = match &error {
                EngineError::Io(_) => RunError::InTheWay { path: target }.to_string(),
                other => other.to_string(),
            };
            let code = if matches!(error, EngineError::Io(_)) { Code::PathEscapes } else { error.code() };
            done.problems.push(Warning { code, path: Some(path.clone()), message });
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether an error concerns one of the things to restore, and the others may come back all the same.
fn is_of_one(error: &EngineError) -> bool {
    match error {
        EngineError::PathNotInBackup { .. } => true,
        EngineError::Io(error) => error.kind() == std::io::ErrorKind::NotADirectory,
        _ => false,
    }
}

fn note_place(group: &Group, item: &Item, done: &mut Done) {
    let place = group.folder.join(&item.name);
    if fs::symlink_metadata(&place).is_ok() {
        done.places.push(place);
    }
}
