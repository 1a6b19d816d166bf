//! Listing folders ahead of the walk. Several threads list and look into the folders that the walk will want next,
//! those it will want first before the others; the walk takes a listing when it comes to its folder, and makes it
//! itself when nobody has begun it. So it never waits for anything but a folder that is being read.

use super::{OpenFolder, Stat};
use crate::select::{EntryInfo, Selection, Verdict};
use backtrail_base::Timestamp;
use backtrail_format::{EntryPath, Kind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Entries of one folder that are looked at before they are wanted.
pub(super) const CHUNK: usize = 4096;
/// Listings that wait for the walk: each is an open folder.
const MOST_FOLDERS: usize = 64;
/// Entries in them, one folder's chunk aside.
const MOST_ENTRIES: usize = 16_384;
/// How far the listings must have gone down before resting threads are woken.
const FEW_FOLDERS: usize = MOST_FOLDERS / 2;

/// What the walk goes by.
pub(super) struct Rules {
    pub(super) selection: Arc<Selection>,
    pub(super) follow: bool,
    pub(super) root_device: u64,
    /// File system and number of folders that are left out.
    pub(super) without: Vec<(u64, u64)>,
}

/// An entry that was looked at and is not excluded.
pub(super) struct Child {
    pub(super) name: Vec<u8>,
    pub(super) path: EntryPath,
    pub(super) seen: io::Result<(Stat, Verdict)>,
}

impl Rules {
    /// Looks at an entry of `parent`; none when it is gone or excluded.
    pub(super) fn look<F: OpenFolder>(&self, parent: &F, name: Vec<u8>, path: EntryPath) -> Option<Child> {
        let stat = match parent.stat(&name, self.follow) {
            Ok(stat) => stat,
            // Gone since the folder was read: as if it had never been there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // With links followed, a dangling one is kept as the link it is.
                self.follow.then(|| parent.stat(&name, false))?.ok()?
            }
            Err(error) => return Some(Child { name, path, seen: Err(error) }),
        };
        let is_dir = stat.kind == Some(Kind::Dir);
        if is_dir && !path.is_root() && self.without.contains(&(stat.device, stat.inode)) {
            return None;
        }
        let info = EntryInfo {
            is_dir,
            is_file: stat.kind == Some(Kind::File),
            is_device: matches!(stat.kind, Some(Kind::CharDevice { .. } | Kind::BlockDevice { .. })),
            mtime: Timestamp(stat.mtime.0),
            dev: stat.device,
            root_dev: self.root_device,
        };
        let opened = std::cell::OnceCell::new();
        let probe = |wanted: &[u8]| {
            let folder = opened.get_or_init(|| parent.folder(&name, self.follow).ok().filter(|_| is_dir));
            folder.as_ref().is_some_and(|folder| folder.stat(wanted, false).is_ok())
        };
        let verdict = self.selection.judge(&path, &info, &probe);
        (verdict != Verdict::Exclude).then_some(Child { name, path, seen: Ok((stat, verdict)) })
    }

    fn list<F: OpenFolder>(&self, parent: &F, name: &[u8], path: &EntryPath) -> io::Result<Listing<F>> {
        let folder = Arc::new(parent.folder(name, self.follow)?);
        let mut names = folder.names()?;
        names.sort_unstable_by(|a, b| a.1.cmp(&b.1));
        let mut listing = Listing { folder, ready: VecDeque::new(), rest: names.into_iter() };
        self.look_on(&mut listing, path);
        Ok(listing)
    }

    /// Looks at the next entries of a listing.
    fn look_on<F: OpenFolder>(&self, listing: &mut Listing<F>, path: &EntryPath) {
        while listing.ready.is_empty() && listing.rest.len() > 0 {
            let mut chunk: Vec<(u64, Vec<u8>)> = listing.rest.by_ref().take(CHUNK).collect();
            // In the order of the disk: on a cold cache that is several times as quick.
            chunk.sort_unstable_by_key(|(number, _)| *number);
            let look = |(_, name): (u64, Vec<u8>)| {
                let path = path.child(&name);
                self.look(&*listing.folder, name, path)
            };
            let mut children: Vec<Child> = chunk.into_iter().filter_map(look).collect();
            children.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            listing.ready = children.into();
        }
    }
}

/// A folder and what is in it, in order.
pub(super) struct Listing<F> {
    pub(super) folder: Arc<F>,
    ready: VecDeque<Child>,
    /// Names that were not looked at yet.
    rest: std::vec::IntoIter<(u64, Vec<u8>)>,
}

/// What is listed ahead.
pub(super) struct Ahead<'r, F> {
    rules: &'r Rules,
    shared: Mutex<Shared<F>>,
    /// A listing is there that the walk waits for.
    listed: Condvar,
    /// There is work for a thread that rests.
    wanted: Condvar,
}

struct Shared<F> {
    /// Folders to list, with the folder each is in and its name there, in the order the walk will come to them.
    waiting: BTreeMap<EntryPath, (Arc<F>, Vec<u8>)>,
    running: BTreeSet<EntryPath>,
    done: BTreeMap<EntryPath, io::Result<Listing<F>>>,
    /// Entries in `done`.
    entries: usize,
    resting: usize,
    stopped: bool,
}

impl<'r, F: OpenFolder> Ahead<'r, F> {
    pub(super) fn new(rules: &'r Rules) -> Self {
        let shared = Shared {
            waiting: BTreeMap::new(),
            running: BTreeSet::new(),
            done: BTreeMap::new(),
            entries: 0,
            resting: 0,
            stopped: false,
        };
        Self { rules, shared: Mutex::new(shared), listed: Condvar::new(), wanted: Condvar::new() }
    }

    /// Starts the threads. Where none can be had, the walk does it all.
    pub(super) fn start<'s>(&'s self, scope: &'s std::thread::Scope<'s, '_>) {
        let count = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8));
        for _ in 0..count {
            let thread = std::thread::Builder::new().name("walk ahead".into());
            thread.spawn_scoped(scope, || self.work()).ok();
        }
    }

    /// Lets the threads end when the result is dropped.
    pub(super) fn stop_at_end(&self) -> Stop<'_, 'r, F> {
        Stop(self)
    }

    /// The next entry of a listing.
    pub(super) fn next(&self, listing: &mut Listing<F>, path: &EntryPath) -> Option<Child> {
        if listing.ready.is_empty() && listing.rest.len() > 0 {
            self.rules.look_on(listing, path);
            self.announce(&mut self.lock(), listing);
        }
        listing.ready.pop_front()
    }

    /// The listing of a folder that the walk has come to.
    pub(super) fn take(&self, parent: &Arc<F>, name: &[u8], path: &EntryPath) -> io::Result<Listing<F>> {
        let mut shared = self.lock();
        shared.waiting.remove(path);
        loop {
            if let Some(listing) = shared.done.remove(path) {
                shared.entries -= listing.as_ref().map_or(0, |listing| listing.ready.len());
                if shared.resting > 0 && shared.has_room(FEW_FOLDERS) {
                    self.wanted.notify_all();
                }
                return listing;
            }
            if !shared.running.contains(path) {
                break;
            }
            shared = self.listed.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
        drop(shared);
        let listing = self.rules.list(&**parent, name, path)?;
        self.announce(&mut self.lock(), &listing);
        Ok(listing)
    }

    /// The folders in a listing are to be listed too. Not where links are followed: one could lead back up.
    fn announce(&self, shared: &mut Shared<F>, listing: &Listing<F>) {
        if self.rules.follow {
            return;
        }
        for child in &listing.ready {
            if let Ok((stat, _)) = &child.seen
                && stat.kind == Some(Kind::Dir)
            {
                shared.waiting.insert(child.path.clone(), (Arc::clone(&listing.folder), child.name.clone()));
            }
        }
        if shared.resting > 0 && !shared.waiting.is_empty() && shared.has_room(FEW_FOLDERS) {
            self.wanted.notify_all();
        }
    }

    fn work(&self) {
        let mut shared = self.lock();
        while !shared.stopped {
            let next = if shared.has_room(MOST_FOLDERS) { shared.waiting.pop_first() } else { None };
            let Some((path, (parent, name))) = next else {
                shared.resting += 1;
                shared = self.wanted.wait(shared).unwrap_or_else(PoisonError::into_inner);
                shared.resting -= 1;
                continue;
            };
            shared.running.insert(path.clone());
            drop(shared);
            let listing = self.rules.list(&*parent, &name, &path);
            drop(parent);
            shared = self.lock();
            shared.running.remove(&path);
            if let Ok(listing) = &listing {
                shared.entries += listing.ready.len();
                self.announce(&mut shared, listing);
            }
            shared.done.insert(path, listing);
            self.listed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared<F>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the threads.
pub(super) struct Stop<'a, 'r, F: OpenFolder>(&'a Ahead<'r, F>);

impl<F: OpenFolder> Drop for Stop<'_, '_, F> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.wanted.notify_all();
    }
}

impl<F> Shared<F> {
    /// Whether fewer than `folders` listings wait, and not too many entries.
    fn has_room(&self, folders: usize) -> bool {
        self.done.len() + self.running.len() < folders && self.entries < MOST_ENTRIES
    }
}
