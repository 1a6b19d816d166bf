//! The source tree as a sequence of entries in duplicity's path order, under a selection. The walk runs ahead of
//! its reader in a thread of its own and never follows a symbolic link unless told to; what it cannot read, it
//! says, and goes on.

#[cfg(any(test, not(unix)))]
mod portable;
#[cfg(unix)]
mod unix;

use crate::EngineError;
use crate::owners::Names;
use crate::scan::Scan;
use crate::select::{EntryInfo, Selection, Verdict};
use backtrail_base::Timestamp;
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
    /// The names in it, in no order, without `.` and `..`.
    fn names(&self) -> io::Result<Vec<Vec<u8>>>;
    /// Looks at an entry; a symbolic link itself unless `follow`.
    fn stat(&self, name: &[u8], follow: bool) -> io::Result<Stat>;
    /// Opens a folder below.
    fn folder(&self, name: &[u8], follow: bool) -> io::Result<Self>;
    /// Opens a regular file below for reading, and looks at what was opened.
    fn file(&self, name: &[u8], follow: bool) -> io::Result<(Self::File, Stat)>;
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

/// Walks `root` in a thread of its own. Steps arrive in path order; dropping the receiver ends the walk. The folders
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
    // Batches, because a channel operation costs as much as looking at an entry. The bound keeps at most
    // 16 * 64 folders open through the entries that wait.
    let (send, receive) = crossbeam_channel::bounded(8);
    std::thread::Builder::new()
        .name("walk".into())
        .spawn(move || {
            let mut batch = Vec::with_capacity(BATCH);
            let walk = Walk { selection, follow, root_device: stat.device, without, names: Names::default() };
            walk.run(&Arc::new(parent), name, &mut |step| {
                batch.push(step);
                batch.len() < BATCH
                    || send.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))).is_ok()
            });
            // A receiver that has gone wants no more.
            send.send(batch).ok();
        })
        .map_err(EngineError::Io)?;
    Ok(receive)
}

const BATCH: usize = 64;

struct Walk {
    selection: Arc<Selection>,
    follow: bool,
    root_device: u64,
    /// File system and number of folders that are left out.
    without: Vec<(u64, u64)>,
    names: Names,
}

/// What a folder is known by, where the system has such a thing.
fn identity(folder: &Path) -> Option<(u64, u64)> {
    let (parent, name) = Folder::parent_of(folder).ok()?;
    let stat = parent.stat(&name, true).ok()?;
    (stat.inode != 0).then_some((stat.device, stat.inode))
}

/// A folder being walked.
struct Frame<F> {
    folder: Arc<F>,
    path: EntryPath,
    names: std::vec::IntoIter<Vec<u8>>,
    /// Identity, to notice a link that leads back up.
    identity: (u64, u64),
}

impl Walk {
    /// Walks until the end, or until `yield_step` returns false.
    fn run<F: OpenFolder>(
        mut self,
        parent: &Arc<F>,
        name: Vec<u8>,
        yield_step: &mut dyn FnMut(Step<F>) -> bool,
    ) {
        // Folders that are stored only if something below them is.
        let mut waiting: Vec<Found<F>> = Vec::new();
        let mut frames: Vec<Frame<F>> = Vec::new();
        if !self.visit(parent, name, EntryPath::root(), &mut frames, &mut waiting, yield_step) {
            return;
        }
        while let Some(frame) = frames.last_mut() {
            let Some(name) = frame.names.next() else {
                let path = &frame.path;
                if waiting.last().is_some_and(|found| found.path == *path) {
                    waiting.pop();
                }
                frames.pop();
                continue;
            };
            let folder = Arc::clone(&frame.folder);
            let path = frame.path.child(&name);
            if !self.visit(&folder, name, path, &mut frames, &mut waiting, yield_step) {
                return;
            }
        }
    }

    fn visit<F: OpenFolder>(
        &mut self,
        parent: &Arc<F>,
        name: Vec<u8>,
        path: EntryPath,
        frames: &mut Vec<Frame<F>>,
        waiting: &mut Vec<Found<F>>,
        yield_step: &mut dyn FnMut(Step<F>) -> bool,
    ) -> bool {
        let stat = match parent.stat(&name, self.follow) {
            Ok(stat) => stat,
            // Gone since the folder was read: as if it had never been there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // With links followed, a dangling one is kept as the link it is.
                match self.follow.then(|| parent.stat(&name, false)) {
                    Some(Ok(stat)) => stat,
                    _ => return true,
                }
            }
            Err(error) => return yield_step(Step::Unreadable(path, error)),
        };
        let identity = (stat.device, stat.inode);
        let is_dir = stat.kind == Some(Kind::Dir);
        if is_dir && !path.is_root() && self.without.contains(&identity) {
            return true;
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
        let open = || {
            opened
                .get_or_init(|| if is_dir { parent.folder(&name, self.follow).ok() } else { None })
                .is_some()
        };
        let probe = |wanted: &[u8]| {
            open() && opened.get().and_then(Option::as_ref).is_some_and(|f| f.stat(wanted, false).is_ok())
        };
        let verdict = self.selection.judge(&path, &info, &probe);
        let Some(metadata) = to_metadata(&stat, &mut self.names) else { return true };
        if verdict == Verdict::Exclude {
            return true;
        }
        let listed = if is_dir {
            let folder = match opened.into_inner().flatten() {
                Some(folder) => Ok(folder),
                None => parent.folder(&name, self.follow),
            };
            match folder.and_then(|folder| Ok((folder.names()?, folder))) {
                Ok(listed) => Some(listed),
                Err(error) => return yield_step(Step::Unreadable(path, error)),
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
            waiting.push(found);
        } else {
            for folder in waiting.drain(..) {
                if !yield_step(Step::Found(folder)) {
                    return false;
                }
            }
            if !yield_step(Step::Found(found)) {
                return false;
            }
        }
        if let Some((mut names, folder)) = listed {
            let loops = self.follow && frames.iter().any(|frame| frame.identity == identity);
            if !loops {
                names.sort_unstable();
                frames.push(Frame { folder: Arc::new(folder), path, names: names.into_iter(), identity });
            }
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
        let walk = Walk {
            selection: Arc::new(selection),
            follow: false,
            root_device: 0,
            without: Vec::new(),
            names: Names::default(),
        };
        let mut seen = Vec::new();
        walk.run(&Arc::new(parent), name, &mut |step| {
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
}
