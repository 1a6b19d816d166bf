#![allow(unreachable_pub, dead_code, clippy::unwrap_used, reason = "each test binary uses a part of it")]
//! A source tree that is kept both on disk and in memory, changed at random, and a backup of it to work with.

use backtrail_base::{FixedClock, Timestamp, fs};
use backtrail_engine::backup::{self, Mode, Protection};
use backtrail_engine::select::Selection;
use backtrail_engine::{Cancel, Context, EngineError, LazyOpener, Silent, restore};
use backtrail_format::EntryPath;
use backtrail_pgp::{OpenWith, Opener};
use backtrail_store::{Address, Destination};
use std::collections::BTreeMap;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A small seeded generator (SplitMix64): a failing case is its seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }
}

/// What an entry is, as far as the format keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub what: What,
    pub mode: u32,
    /// Whole seconds; not looked at for links.
    pub mtime: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    File(Vec<u8>),
    Folder,
    Link(PathBuf),
    Fifo,
}

/// Reads a tree from disk.
pub fn read_tree(root: &Path) -> BTreeMap<PathBuf, Node> {
    let mut tree = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(path) = waiting.pop() {
        let full = root.join(&path);
        let metadata = fs::symlink_metadata(&full).expect("stat");
        let kind = metadata.file_type();
        let what = if kind.is_dir() {
            for entry in fs::read_dir(&full).expect("list") {
                waiting.push(path.join(entry.expect("entry").file_name()));
            }
            What::Folder
        } else if kind.is_symlink() {
            What::Link(fs::read_link(&full).expect("link"))
        } else if kind.is_fifo() {
            What::Fifo
        } else {
            What::File(fs::read(&full).expect("read"))
        };
        let link = matches!(what, What::Link(_));
        let node = Node {
            mode: if link { 0 } else { metadata.permissions().mode() & 0o7777 },
            mtime: if link { 0 } else { metadata.mtime() },
            what,
        };
        tree.insert(path, node);
    }
    tree
}

/// The first difference between two trees, in words.
pub fn difference(expected: &BTreeMap<PathBuf, Node>, found: &BTreeMap<PathBuf, Node>) -> Option<String> {
    let short = |node: Option<&Node>| match node {
        Some(Node { what: What::File(content), mode, mtime }) => {
            format!("file of {} bytes, mode {mode:o}, time {mtime}", content.len())
        }
        other => format!("{other:?}"),
    };
    let paths: std::collections::BTreeSet<&PathBuf> = expected.keys().chain(found.keys()).collect();
    paths.into_iter().find(|path| expected.get(*path) != found.get(*path)).map(|path| {
        let (expected, found) = (short(expected.get(path)), short(found.get(path)));
        format!("{}: expected {expected}, found {found}", path.display())
    })
}

/// A backup in a folder of its own, on a file system in memory where there is one.
pub struct World {
    pub folder: tempfile::TempDir,
    pub ctx: Context,
    pub clock: Arc<FixedClock>,
    pub protection: Protection,
}

impl World {
    pub fn new(protection: Protection, passphrase: Option<&str>) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        fs::create_dir(folder.path().join("source")).expect("source");
        fs::create_dir(folder.path().join("temp")).expect("temp");
        let clock = Arc::new(FixedClock::at(Timestamp(1_800_000_000)));
        let address = folder.path().join("destination");
        let address = Address::parse(address.to_str().expect("text")).expect("address");
        let passphrase = passphrase.map(backtrail_base::Sensitive::from);
        let ctx = Context {
            destination: Destination::open(&address, true).expect("destination"),
            archive_folder: folder.path().join("archive"),
            temp_folder: folder.path().join("temp"),
            prefixes: Default::default(),
            time_separator: ':',
            opener: LazyOpener::new(move || {
                Opener::new(OpenWith { passphrase: passphrase.clone(), ..OpenWith::default() })
            }),
            clock: Arc::clone(&clock) as _,
            observer: Arc::new(Silent),
            cancel: Cancel::new(),
        };
        Self { folder, ctx, clock, protection }
    }

    pub fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    pub fn request(&self, mode: Mode) -> backup::Request {
        let root = self.source();
        let typed = root.as_os_str().as_encoded_bytes().to_vec();
        backup::Request {
            selection: Arc::new(Selection::new(&typed, Vec::new()).expect("no rules")),
            localdir: typed,
            root,
            mode,
            protection: self.protection.clone(),
            volume_size: 200 << 10,
            max_block: None,
            follow_links: false,
            record_changes: true,
            allow_source_mismatch: false,
            skip_if_no_change: false,
            hostname: b"host".to_vec(),
            count_first: false,
            fail_after: None,
            skip_volume: None,
        }
    }

    pub fn backup(&self, mode: Mode) -> Result<backup::Report, EngineError> {
        backup::plan(&self.ctx, self.request(mode))?.apply()
    }

    pub fn restore_request(&self, time: Option<Timestamp>, to: &str) -> restore::Request {
        restore::Request {
            path: EntryPath::root(),
            time,
            target: self.folder.path().join(to),
            owners: restore::Owners::ByName,
            rename: Vec::new(),
            selection: None,
            overwrite: false,
            beneath: None,
        }
    }

    /// Restores a moment into a new folder and reads it.
    pub fn restored(&self, time: Option<Timestamp>) -> (restore::Report, BTreeMap<PathBuf, Node>) {
        let target = self.folder.path().join("restored");
        fs::remove_dir_all(&target).ok();
        let request = self.restore_request(time, "restored");
        let report = restore::plan(&self.ctx, request).expect("plan").apply().expect("restore");
        (report, read_tree(&target))
    }
}
