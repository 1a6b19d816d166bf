//! A random folder that is as unkind as a file system allows, and its random history. The same seed makes the same
//! names, contents and changes (times of folders aside, which the system sets). It promises that over five steps
//! every change of type is met, that at no step a change hides from duplicity's rule of what is unchanged
//! (`format.md` 5), and that it leaves out only what this user may not make: [`Tree::left_out`] says what.

mod changes;
mod names;
mod objects;

use crate::compare::{Facts, Object};
use backtrail_base::{fs, random_bytes};
use changes::Change;
pub use names::NAME_MAX;
pub use objects::{Kind, PIECE, set_time};
use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How long a path below the root may be: Linux takes 4095 bytes, and the folder it is restored into has a name too.
const PATH_MAX: usize = 3600;

/// The steps after which every change in the deck has been played once.
const STEPS: usize = 5;

/// The seed of this run: `BACKTRAIL_SEED`, else a new one. Whoever uses it prints it when something fails.
#[must_use]
pub fn seed() -> u64 {
    match std::env::var("BACKTRAIL_SEED") {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("BACKTRAIL_SEED={text} is not a number")),
        Err(_) => u64::from_le_bytes(random_bytes()) >> 16,
    }
}

/// A folder with a random history.
pub struct Tree {
    root: PathBuf,
    rng: SmallRng,
    seed: u64,
    superuser: bool,
    devices: bool,
    deck: Vec<Change>,
    /// Paths changed in this step: a second change would hide the first.
    busy: Vec<Vec<u8>>,
    /// Where something was deleted, to be made again later.
    gone: Vec<Vec<u8>>,
}

impl Tree {
    /// Makes the folder `root` with at least 200 paths and about 6 MiB.
    ///
    /// # Errors
    /// When an object cannot be made.
    pub fn plant(root: &Path, seed: u64) -> io::Result<Self> {
        fs::create_dir(root)?;
        let superuser = rustix::process::geteuid().is_root();
        let devices = superuser && objects::devices_possible(root);
        let rng = SmallRng::seed_from_u64(seed);
        let deck = Vec::new();
        let (busy, gone) = (Vec::new(), Vec::new());
        let mut tree = Self { root: root.to_owned(), rng, seed, superuser, devices, deck, busy, gone };
        tree.plant_traps()?;
        tree.plant_crowd()?;
        for (path, kind) in tree.listing()? {
            if !path.is_empty() {
                tree.dress(&path, kind)?;
            }
        }
        Ok(tree)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The seed it was made from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What this user cannot make and the tree therefore lacks, in words; empty for root.
    #[must_use]
    pub fn left_out(&self) -> &'static str {
        match (self.superuser, self.devices) {
            (true, true) => "",
            (true, false) => "devices (mknod is refused here)",
            (false, _) => "devices, foreign owners and unreadable files (not root)",
        }
    }

    /// One step of the history: about twenty changes. `before` are the facts at the last backup; the facts now are
    /// given back.
    ///
    /// # Errors
    /// When a change cannot be made.
    pub fn step(&mut self, before: &Facts) -> io::Result<Facts> {
        self.busy.clear();
        if self.deck.is_empty() {
            self.deck = Change::deck(&Kind::available(self.devices), self.superuser);
            self.deck.shuffle(&mut self.rng);
        }
        let whole = Change::deck(&Kind::available(self.devices), self.superuser).len();
        let rest = self.deck.len().saturating_sub(whole.div_ceil(STEPS));
        for change in self.deck.split_off(rest) {
            self.apply(change)?;
        }
        self.settle(before)
    }

    /// Adds a file of `size` bytes that do not compress, in the root.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn grow(&mut self, size: usize) -> io::Result<()> {
        let path = self.free_name(b"");
        let bytes = objects::noise(&mut self.rng, size);
        fs::write(self.at(&path), bytes)
    }

    /// Moves the time of every file whose content changed but whose permissions, owner and whole seconds did not:
    /// duplicity cannot see such a change, and a restore would rightly differ.
    fn settle(&self, before: &Facts) -> io::Result<Facts> {
        loop {
            let now = Facts::of(&self.root)?;
            let mut settled = true;
            for (path, fact) in &now.0 {
                let Some(old) = before.0.get(path) else { continue };
                let (Object::File(content), Object::File(previous)) = (&fact.object, &old.object) else {
                    continue;
                };
                let unseen =
                    (fact.mode, fact.uid, fact.gid, fact.mtime) == (old.mode, old.uid, old.gid, old.mtime);
                if unseen && content != previous {
                    set_time(&self.at(path), fact.mtime + 7, 0)?;
                    settled = false;
                }
            }
            if settled {
                return Ok(now);
            }
        }
    }

    /// The traps that must be there whatever the seed: sorting, deep and long paths, sizes, holes, large files.
    fn plant_traps(&mut self) -> io::Result<()> {
        for folder in ["dir", "dir/sub", "dir-x", "empty folder"] {
            fs::create_dir(self.at(folder.as_bytes()))?;
        }
        for file in [
            "dir/b",
            "dir/sub/c",
            "dir x",
            "dir-x/y",
            "dir.y",
            "-leading dash",
            "new\nline",
            "dir/\"quo'ted\"",
        ] {
            self.make(file.as_bytes(), Kind::File, Some(100))?;
        }
        self.make(b"dir/not utf-8 \xff\xfe\x80", Kind::File, Some(3000))?;
        self.make(b"\xe4 folder", Kind::Dir, None)?;
        self.make(b"\xe4 folder/\xfc", Kind::Symlink, None)?;
        for &size in objects::SIZES {
            let name = format!("size {size}");
            self.make(name.as_bytes(), Kind::File, Some(size))?;
        }
        for (name, size) in [("large 1", 1_700_000), ("large 2", 16 * PIECE), ("large 3", 700_001)] {
            let bytes = objects::noise(&mut self.rng, size);
            fs::write(self.at(name.as_bytes()), bytes)?;
        }
        objects::make_sparse(&mut self.rng, &self.root.join("sparse"), 1_500_000)?;
        // A folder forty deep, and one whose path is thousands of bytes long.
        let mut deep = b"deep".to_vec();
        let mut long = b"long".to_vec();
        self.make(&deep, Kind::Dir, None)?;
        self.make(&long, Kind::Dir, None)?;
        for level in 0..40 {
            deep.extend_from_slice(b"/d");
            self.make(&deep, Kind::Dir, None)?;
            if level < 12 {
                long.push(b'/');
                long.extend_from_slice(&names::long(&mut self.rng));
                self.make(&long, Kind::Dir, None)?;
            }
        }
        for place in [deep, long] {
            for kind in [Kind::File, Kind::Symlink, Kind::Fifo] {
                self.make_in(&place, kind)?;
            }
        }
        // Paths around the 100 bytes that a tar header holds, whatever prefix stands before them.
        for length in 80..=101 {
            self.make(&vec![b'n'; length], Kind::File, Some(length))?;
        }
        Ok(())
    }

    /// Enough of every kind that each change of type finds one, at random places with random names.
    fn plant_crowd(&mut self) -> io::Result<()> {
        for kind in Kind::available(self.devices) {
            let count = if matches!(kind, Kind::Dir | Kind::File) { 20 } else { 10 };
            for _ in 0..count {
                let place = self.any_folder()?;
                self.make_in(&place, kind)?;
            }
        }
        while self.listing()?.len() < 210 {
            let place = self.any_folder()?;
            self.make_in(&place, Kind::File)?;
        }
        for _ in 0..3 {
            self.apply(Change::HardLink)?;
        }
        self.busy.clear();
        Ok(())
    }

    /// The absolute path of a path below the root.
    fn at(&self, path: &[u8]) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(OsStr::from_bytes(path)) }
    }

    fn exists(&self, path: &[u8]) -> bool {
        fs::symlink_metadata(self.at(path)).is_ok()
    }

    fn make(&mut self, path: &[u8], kind: Kind, size: Option<usize>) -> io::Result<()> {
        objects::make(&mut self.rng, &self.root.join(OsStr::from_bytes(path)), kind, size)
    }

    /// Makes an object with a random free name in `folder` and says where.
    fn make_in(&mut self, folder: &[u8], kind: Kind) -> io::Result<Vec<u8>> {
        let path = self.free_name(folder);
        self.make(&path, kind, None)?;
        Ok(path)
    }

    fn free_name(&mut self, folder: &[u8]) -> Vec<u8> {
        loop {
            let mut name = names::random(&mut self.rng);
            let room = PATH_MAX.saturating_sub(folder.len() + 1);
            name.truncate(room.max(1));
            let mut path = folder.to_vec();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&name);
            if !self.exists(&path) && !name.starts_with(b".") || name.len() > 2 && !self.exists(&path) {
                return path;
            }
        }
    }

    fn any_folder(&mut self) -> io::Result<Vec<u8>> {
        let folders: Vec<Vec<u8>> = self
            .listing()?
            .into_iter()
            .filter(|(path, kind)| {
                *kind == Kind::Dir && path.len() < PATH_MAX - NAME_MAX && !self.is_busy(path)
            })
            .map(|(path, _)| path)
            .collect();
        Ok(folders.choose(&mut self.rng).cloned().unwrap_or_default())
    }

    /// Whether a change of this step touched the path, something above it or something below it.
    fn is_busy(&self, path: &[u8]) -> bool {
        self.busy.iter().any(|busy| inside(path, busy) || inside(busy, path) && !path.is_empty())
    }

    /// Random permissions, owner and time, each with a good chance of staying as it is.
    fn dress(&mut self, path: &[u8], kind: Kind) -> io::Result<()> {
        let place = self.at(path);
        if self.superuser && self.rng.random_bool(0.5) {
            objects::chown(&mut self.rng, &place)?;
        }
        if kind != Kind::Symlink && self.rng.random_bool(0.6) {
            objects::chmod(&mut self.rng, &place, kind, self.superuser)?;
        }
        if self.rng.random_bool(0.7) {
            objects::touch(&mut self.rng, &place)?;
        }
        Ok(())
    }

    /// Everything in the folder, sorted, so that a random choice depends on the seed alone.
    fn listing(&self) -> io::Result<Vec<(Vec<u8>, Kind)>> {
        let mut found = Vec::new();
        let mut folders = vec![Vec::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.at(&folder))? {
                let entry = entry?;
                let mut path = folder.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(entry.file_name().as_bytes());
                let kind = kind_of(&entry.file_type()?);
                if kind == Kind::Dir {
                    folders.push(path.clone());
                }
                found.push((path, kind));
            }
            found.push((folder, Kind::Dir));
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn size(&self, path: &[u8]) -> u64 {
        fs::symlink_metadata(self.at(path)).map_or(0, |metadata| metadata.size())
    }
}

/// Whether `path` is `folder` or lies below it.
fn inside(path: &[u8], folder: &[u8]) -> bool {
    match path.strip_prefix(folder) {
        Some(rest) => rest.is_empty() || folder.is_empty() || rest[0] == b'/',
        None => false,
    }
}

fn kind_of(kind: &std::fs::FileType) -> Kind {
    if kind.is_dir() {
        Kind::Dir
    } else if kind.is_symlink() {
        Kind::Symlink
    } else if kind.is_fifo() {
        Kind::Fifo
    } else if kind.is_char_device() {
        Kind::CharDevice
    } else if kind.is_block_device() {
        Kind::BlockDevice
    } else if kind.is_socket() {
        Kind::Socket
    } else {
        Kind::File
    }
}
