//! The source tree as a sequence of entries in duplicity's path order, under a selection. The walk runs ahead of
//! its reader in threads of its own and never follows a symbolic link unless told to; what it cannot read, it
//! says, and goes on. Folders are listed ahead, in the order they will be wanted; entries and open folders that wait
//! are bounded.

mod ahead;
#[cfg(any(test, not(unix)))]
mod portable;
#[cfg(unix)]
mod unix;

use crate::EngineError;
use crate::extra::Attributes;
use crate::owners::Names;
use crate::scan::Scan;
use crate::select::{Selection, Verdict};
use ahead::{Ahead, Child, Listing, Rules};
use backtrail_format::{EntryPath, Kind, Metadata, tar_mtime};
use crossbeam_channel::Receiver;
use std::io;
use std::path::Path;
use std::sync::Arc;

#[cfg(not(unix))]
pub(crate) use portable::Folder;
#[cfg(unix)]
pub(crate) use unix::Folder;

/// What a system says of an entry, before owner names are looked up.
#[derive(Debug, Clone)]
pub(crate) struct Stat {
    /// Its type; `None` for what the format cannot hold (sockets).
    pub(crate) kind: Option<Kind>,
    pub(crate) mode: u32,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    /// Seconds and nanoseconds of the last change of content.
    pub(crate) mtime: (i64, u32),
    /// Seconds and nanoseconds of the last change of anything; 0 where a system does not tell.
    pub(crate) ctime: (i64, u32),
    pub(crate) size: u64,
    /// Number of the file system, and of the file in it; both 0 where a system has none.
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// An open folder: everything below it is reached from here, so that neither long paths nor a folder renamed
/// meanwhile lead elsewhere.
pub(crate) trait OpenFolder: Sized + Send + Sync + 'static {
    /// The open file type.
    type File: io::Read + Send;
    /// Opens the folder that holds `path`, and gives the last component: how the root itself is reached.
    fn parent_of(path: &Path) -> io::Result<(Self, Vec<u8>)>;
    /// The names in it, in no order, without `.` and `..`, each with a number that entries near each other on the disk
    /// have near each other; 0 where there is none.
    fn names(&self) -> io::Result<Vec<(u64, Vec<u8>)>>;
    /// Looks at an entry; a symbolic link itself unless `follow`.
    fn stat(&self, name: &[u8], follow: bool) -> io::Result<Stat>;
    /// Opens a folder below.
    fn folder(&self, name: &[u8], follow: bool) -> io::Result<Self>;
    /// Opens a regular file below for reading, and looks at what was opened.
    fn file(&self, name: &[u8], follow: bool) -> io::Result<(Self::File, Stat)>;
    /// The extended attributes of this folder. What cannot be had counts as none.
    fn attributes(&self) -> Attributes;
    /// The extended attributes of an open file, likewise.
    fn attributes_of(file: &Self::File) -> Attributes;
}

/// An entry of the source.
pub(crate) struct Found<F = Folder> {
    pub(crate) path: EntryPath,
    pub(crate) metadata: Metadata,
    pub(crate) scan: Scan,
    pub(crate) folder: Arc<F>,
    pub(crate) name: Vec<u8>,
}

/// What the walk yields.
pub(crate) enum Step<F = Folder> {
    /// An entry that is selected.
    Found(Found<F>),
    /// An entry that is there but cannot be read; everything below it is unknown too.
    Unreadable(EntryPath, io::Error),
}

impl<F> Step<F> {
    pub(crate) fn path(&self) -> &EntryPath {
        match self {
            Self::Found(found) => &found.path,
            Self::Unreadable(path, _) => path,
        }
    }
}

/// Walks `root` in threads of its own. Steps arrive in path order; dropping the receiver ends the walk. The folders
/// `without` are left out wherever they lie: the destination itself, which would grow while it is read.
///
/// # Errors
/// [`EngineError::Source`] when the root cannot be looked at.
pub(crate) fn start(
    root: &Path,
    selection: Arc<Selection>,
    follow: bool,
    without: &[&Path],
) -> Result<Receiver<Vec<Step>>, EngineError> {
    let source = |error: io::Error| EngineError::Source { path: root.to_owned(), reason: error.to_string() };
    let (parent, name) = Folder::parent_of(root).map_err(source)?;
    let stat = parent.stat(&name, follow).map_err(source)?;
    if stat.kind == Some(Kind::Dir) {
        // Fails here, before anything is stored, rather than as a warning about an empty backup.
        parent.folder(&name, follow).and_then(|folder| folder.names()).map_err(source)?;
    }
    let without = without.iter().filter_map(|folder| identity(folder)).collect();
    let (send, receive) = crossbeam_channel::bounded(WAITING);
    std::thread::Builder::new()
        .name("walk".into())
        .spawn(move || {
            let rules = Rules { selection, follow, root_device: stat.device, without };
            let mut batch = Batch { steps: Vec::with_capacity(BATCH), folders: 0, last: std::ptr::null() };
            run(&rules, &Arc::new(parent), name, &mut |step| match batch.add(step) {
                Some(full) => send.send(full).is_ok(),
                None => true,
            });
            // A receiver that has gone wants no more.
            send.send(batch.steps).ok();
        })
        .map_err(EngineError::Io)?;
    Ok(receive)
}

/// Steps handed over at once, because a channel operation costs as much as looking at an entry.
const BATCH: usize = 64;
/// Folders whose entries are in one batch: each is an open file as long as an entry of it waits.
const FOLDERS: usize = 6;
/// Batches that wait.
const WAITING: usize = 8;

struct Batch {
    steps: Vec<Step>,
    folders: usize,
    /// The folder of the last entry, to tell it from another; never looked into.
    last: *const Folder,
}

impl Batch {
    /// Adds a step; gives the batch when it is full.
    fn add(&mut self, step: Step) -> Option<Vec<Step>> {
        if let Step::Found(found) = &step
            && !std::ptr::eq(self.last, Arc::as_ptr(&found.folder))
        {
            self.last = Arc::as_ptr(&found.folder);
            self.folders += 1;
        }
        self.steps.push(step);
        if self.steps.len() < BATCH && self.folders < FOLDERS {
            return None;
        }
        self.folders = 0;
        Some(std::mem::replace(&mut self.steps, Vec::with_capacity(BATCH)))
    }
}

/// What a folder is known by, where the system has such a thing.
fn identity(folder: &Path) -> Option<(u64, u64)> {
    let (parent, name) = Folder::parent_of(folder).ok()?;
    let stat = parent.stat(&name, true).ok()?;
    (stat.inode != 0).then_some((stat.device, stat.inode))
}

/// A folder being walked.
struct Frame<F> {
    path: EntryPath,
    listing: Listing<F>,
    /// Identity, to notice a link that leads back up.
    identity: (u64, u64),
}

/// Walks until the end, or until `yield_step` returns false.
fn run<F: OpenFolder>(
    rules: &Rules,
    parent: &Arc<F>,
    name: Vec<u8>,
    yield_step: &mut dyn FnMut(Step<F>) -> bool,
) {
    let ahead = Ahead::new(rules);
    std::thread::scope(|scope| {
        ahead.start(scope);
        let mut walk = Walk {
            rules,
            ahead: &ahead,
            names: Names::default(),
            waiting: Vec::new(),
            frames: Vec::new(),
            yield_step,
        };
        // Whatever ends the walk ends the threads.
        let _stop = ahead.stop_at_end();
        walk.all(parent, name);
    });
}

struct Walk<'w, F> {
    rules: &'w Rules,
    ahead: &'w Ahead<'w, F>,
    names: Names,
    /// Folders that are stored only if something below them is.
    waiting: Vec<Found<F>>,
    frames: Vec<Frame<F>>,
    yield_step: &'w mut dyn FnMut(Step<F>) -> bool,
}

impl<F: OpenFolder> Walk<'_, F> {
    fn all(&mut self, parent: &Arc<F>, name: Vec<u8>) {
        if let Some(root) = self.rules.look(&**parent, name, EntryPath::root())
            && !self.visit(parent, root)
        {
            return;
        }
        while let Some(frame) = self.frames.last_mut() {
            let Some(child) = self.ahead.next(&mut frame.listing, &frame.path) else {
                let path = &frame.path;
                if self.waiting.last().is_some_and(|found| found.path == *path) {
                    self.waiting.pop();
                }
                self.frames.pop();
                continue;
            };
            let folder = Arc::clone(&frame.listing.folder);
            if !self.visit(&folder, child) {
                return;
            }
        }
    }

    /// Deals with an entry of `parent`; false when no more is wanted.
    fn visit(&mut self, parent: &Arc<F>, child: Child) -> bool {
        let Child { name, path, seen } = child;
        let (stat, verdict) = match seen {
            Ok(seen) => seen,
            Err(error) => return (self.yield_step)(Step::Unreadable(path, error)),
        };
        let Some(metadata) = to_metadata(&stat, &mut self.names) else { return true };
        let identity = (stat.device, stat.inode);
        let is_dir = metadata.kind.is_dir();
        let loops = is_dir && self.rules.follow && self.frames.iter().any(|frame| frame.identity == identity);
        let listing = if is_dir && !loops {
            match self.ahead.take(parent, &name, &path) {
                Ok(listing) => Some(listing),
                Err(error) => return (self.yield_step)(Step::Unreadable(path, error)),
            }
        } else {
            None
        };
        let scan = Scan::of(&stat);
        let found = Found { path: path.clone(), metadata, scan, folder: Arc::clone(parent), name };
        if verdict == Verdict::Scan {
            if !is_dir {
                return true;
            }
            self.waiting.push(found);
        } else {
            for folder in self.waiting.drain(..) {
                if !(self.yield_step)(Step::Found(folder)) {
                    return false;
                }
            }
            if !(self.yield_step)(Step::Found(found)) {
                return false;
            }
        }
        if let Some(listing) = listing {
            self.frames.push(Frame { path, listing, identity });
        }
        true
    }
}

/// The metadata that the format keeps, with owner names; `None` for what it cannot hold.
pub(crate) fn to_metadata(stat: &Stat, names: &mut Names) -> Option<Metadata> {
    let kind = stat.kind.clone()?;
    let size = if kind == Kind::File { stat.size } else { 0 };
    Some(Metadata {
        kind,
        mode: stat.mode,
        uid: stat.uid,
        gid: stat.gid,
        uname: names.user(stat.uid).to_vec(),
        gname: names.group(stat.gid).to_vec(),
        // Times before 1970 are kept as 1970, as stock duplicity keeps them.
        mtime: tar_mtime(stat.mtime.0, stat.mtime.1).max(0),
        size,
        pax: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_base::fs;

    fn paths<F: OpenFolder>(root: &Path) -> Vec<(EntryPath, Kind, u64)> {
        let (parent, name) = F::parent_of(root).expect("parent");
        let selection = Selection::new(root.as_os_str().as_encoded_bytes(), Vec::new()).expect("no rules");
        let rules =
            Rules { selection: Arc::new(selection), follow: false, root_device: 0, without: Vec::new() };
        let mut seen = Vec::new();
        run(&rules, &Arc::new(parent), name, &mut |step| {
            if let Step::Found(found) = step {
                seen.push((found.path, found.metadata.kind, found.metadata.size));
            }
            true
        });
        seen
    }

    #[test]
    fn entries_come_in_the_formats_order_and_every_system_agrees() {
        let root = tempfile::tempdir().expect("folder");
        for file in ["dir/b", "dir/sub/c", "dir x", "dir-x/y", "dir.y", "a"] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().expect("parent")).expect("dirs");
            fs::write(path, file).expect("write");
        }
        let seen = paths::<Folder>(root.path());
        let names: Vec<String> = seen.iter().map(|(path, ..)| path.to_string()).collect();
        // The order that stock duplicity writes (`format.md` 3.4): as if '/' stood below every byte.
        assert_eq!(
            names,
            [".", "a", "dir", "dir/b", "dir/sub", "dir/sub/c", "dir x", "dir-x", "dir-x/y", "dir.y"]
        );
        assert!(seen.is_sorted_by(|a, b| a.0 < b.0), "the merge with signatures needs ascending paths");
        let portable = paths::<portable::Folder>(root.path());
        assert_eq!(seen, portable, "the portable walk sees what the Unix one sees");
    }

    #[test]
    fn wide_and_deep_trees_come_whole_and_in_order_whoever_lists_them() {
        let root = tempfile::tempdir().expect("folder");
        let mut expected = 1;
        for wide in 0..40 {
            let folder = root.path().join(format!("d{wide}/x/y"));
            fs::create_dir_all(&folder).expect("folders");
            for file in 0..wide % 7 {
                fs::write(folder.join(format!("{file}")), "x").expect("write");
            }
            expected += 3 + wide % 7;
        }
        // More than one listing holds at once.
        for file in 0..ahead::CHUNK + 100 {
            fs::write(root.path().join(format!("d7/x/{file:05}")), "").expect("write");
        }
        expected += ahead::CHUNK + 100;
        for _ in 0..20 {
            let seen = paths::<Folder>(root.path());
            assert_eq!(seen.len(), expected);
            assert!(seen.is_sorted_by(|a, b| a.0 < b.0), "the order does not depend on the threads");
        }
    }

    #[test]
    fn a_walk_that_nobody_wants_any_more_ends() {
        let root = tempfile::tempdir().expect("folder");
        for folder in 0..300 {
            let folder = root.path().join(format!("{folder}"));
            fs::create_dir(&folder).expect("folder");
            fs::write(folder.join("file"), "").expect("write");
        }
        let selection =
            Selection::new(root.path().as_os_str().as_encoded_bytes(), Vec::new()).expect("no rules");
        let selection = Arc::new(selection);
        for _ in 0..20 {
            let steps = start(root.path(), Arc::clone(&selection), false, &[]).expect("walk");
            drop(steps.recv().expect("a batch"));
        }
        let (parent, name) = Folder::parent_of(root.path()).expect("parent");
        let rules = Rules { selection, follow: false, root_device: 0, without: Vec::new() };
        let mut count = 0;
        // Returns, which it can only when its threads have ended.
        run(&rules, &Arc::new(parent), name, &mut |_| {
            count += 1;
            count < 10
        });
        assert_eq!(count, 10);
    }
}
