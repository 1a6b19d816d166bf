//! The promise of the engine: whatever happened to a folder, the backup of each moment is the folder of that moment.
//! Random histories of folders, each step backed up, each moment restored and compared.

mod support;

use backtrail_base::{Timestamp, fs};
use backtrail_engine::backup::{Mode, Protection};
use backtrail_pgp::{Compression, SealPolicy, Sealer};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use support::{Random, World, difference, read_tree};

/// Histories without encryption, gzipped and sealed: 504 in all, each of [`PATHS`] paths and [`STEPS`] backups.
const HISTORIES: [u64; 3] = [252, 180, 72];
const STEPS: usize = 8;
const PATHS: usize = 200;

/// Names that parsers and sorting trip over.
const ODD: &[&[u8]] = &[
    b"new\nline",
    b"quo\"te",
    b"apos'trophe",
    b"back\\slash",
    b"sp ace",
    b"tab\there",
    b"-dash",
    b"\xff\xfe",
    b"a",
    b"a b",
    b"a-",
    b"a.",
    b"a!",
    b"..x",
    b"*?[x]",
    b"\xc3\xa9",
    b"vol1.difftar",
    b"#1",
    b"~",
    b"%41",
];

fn name(random: &mut Random) -> Vec<u8> {
    match random.below(4) {
        0 => ODD[random.below(ODD.len())].to_vec(),
        1 => format!("f{}", random.below(40)).into_bytes(),
        2 if random.one_in(12) => vec![b'n'; 120 + random.below(136)],
        _ => format!("entry-{}", random.below(500)).into_bytes(),
    }
}

fn content(random: &mut Random) -> Vec<u8> {
    let len = match random.below(72) {
        0 => 0,
        1 => 65_536,
        2 => 65_535 + random.below(3),
        3 => 131_072,
        4 => 70_000 + random.below(100_000),
        _ => random.below(3_000),
    };
    if random.one_in(3) { vec![b'z'; len] } else { random.bytes(len) }
}

/// Changes a folder at random; `time` is the next of the distinct times given to half of what is written.
struct Mutator<'r> {
    root: PathBuf,
    random: &'r mut Random,
    time: i64,
}

impl Mutator<'_> {
    fn paths(&self, only_folders: bool) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        let mut waiting = vec![PathBuf::new()];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(self.full(&folder)).expect("list") {
                let entry = entry.expect("entry");
                let path = folder.join(entry.file_name());
                let is_folder = entry.file_type().expect("type").is_dir();
                if is_folder {
                    waiting.push(path.clone());
                }
                if is_folder || !only_folders {
                    paths.push(path);
                }
            }
        }
        if only_folders {
            paths.push(PathBuf::new());
        }
        paths.sort();
        paths
    }

    fn full(&self, path: &Path) -> PathBuf {
        if path == Path::new("") { self.root.clone() } else { self.root.join(path) }
    }

    fn pick(&mut self, from: &[PathBuf]) -> Option<PathBuf> {
        (!from.is_empty()).then(|| from[self.random.below(from.len())].clone())
    }

    fn remove(&mut self, path: &Path) {
        let full = self.full(path);
        match fs::symlink_metadata(&full) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&full).expect("remove"),
            Ok(_) => fs::remove_file(&full).expect("remove"),
            Err(_) => {}
        }
    }

    /// Makes an entry of a random kind where nothing stands.
    fn make(&mut self, path: &Path) {
        let full = self.full(path);
        match self.random.below(20) {
            0..=3 => fs::create_dir(&full).expect("folder"),
            4 => {
                let target = name(self.random);
                std::os::unix::fs::symlink(OsStr::from_bytes(&target), &full).expect("link");
                return;
            }
            5 if self.random.one_in(3) => {
                rustix::fs::mknodat(
                    rustix::fs::CWD,
                    &full,
                    rustix::fs::FileType::Fifo,
                    rustix::fs::Mode::from_raw_mode(0o640),
                    0,
                )
                .expect("fifo");
                return;
            }
            _ => fs::write(&full, content(self.random)).expect("write"),
        }
        self.attributes(&full);
    }

    /// Half of what is written has a time of its own, the rest the present one: changes within one second.
    fn attributes(&mut self, full: &Path) {
        if self.random.one_in(3) {
            let mode = [0o600, 0o644, 0o755, 0o700, 0o4755, 0o2750, 0o1777, 0o400][self.random.below(8)];
            fs::set_permissions(full, PermissionsExt::from_mode(mode)).expect("mode");
        }
        if self.random.one_in(2) {
            self.time += 1 + self.random.below(5) as i64;
            let time =
                rustix::fs::Timespec { tv_sec: self.time, tv_nsec: self.random.below(999_999_999) as _ };
            let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
            rustix::fs::utimensat(rustix::fs::CWD, full, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
                .expect("time");
        }
    }

    fn add(&mut self) {
        let folder = if self.random.one_in(2) {
            PathBuf::new()
        } else {
            let folders = self.paths(true);
            self.pick(&folders).unwrap_or_default()
        };
        self.add_to(&folder);
    }

    fn add_to(&mut self, folder: &Path) {
        let path = folder.join(OsStr::from_bytes(&name(self.random)));
        if path.components().count() < 12 && fs::symlink_metadata(self.full(&path)).is_err() {
            self.make(&path);
        }
    }

    fn step(&mut self) {
        for _ in 0..3 + self.random.below(12) {
            let paths = self.paths(false);
            let Some(path) = self.pick(&paths) else { return self.add() };
            let full = self.full(&path);
            let is_file = fs::symlink_metadata(&full).is_ok_and(|metadata| metadata.is_file());
            match self.random.below(8) {
                0 => self.remove(&path),
                1 => {
                    // Another kind in the same place.
                    self.remove(&path);
                    self.make(&path);
                }
                2 => {
                    let to = name(self.random);
                    let to = self.full(Path::new(OsStr::from_bytes(&to)));
                    if fs::symlink_metadata(&to).is_err() && !to.starts_with(&full) {
                        fs::rename(&full, &to).expect("rename");
                    }
                }
                3 | 4 if is_file => self.edit(&full),
                5 if !fs::symlink_metadata(&full).expect("stat").is_symlink() => self.attributes(&full),
                _ => self.add(),
            }
        }
    }

    fn edit(&mut self, full: &Path) {
        let mut bytes = fs::read(full).expect("read");
        let at = self.random.below(bytes.len() + 1);
        match self.random.below(4) {
            0 => bytes.truncate(at),
            1 => bytes.extend(content(self.random)),
            2 => {
                bytes.splice(at..at, self.random.next().to_le_bytes());
            }
            // The same size, perhaps within the same second as the backup before.
            _ => bytes.iter_mut().skip(at).take(9).for_each(|byte| *byte = byte.wrapping_add(1)),
        }
        fs::write(full, bytes).expect("write");
        self.attributes(full);
    }
}

/// The index is a cache too: half of the time something happens to it between two backups.
fn wear(world: &World, random: &mut Random, kept: &mut Option<Vec<u8>>) {
    let index = world.ctx.archive_folder.join("backtrail-index.sqlite");
    let Ok(mut content) = fs::read(&index) else { return };
    match random.below(12) {
        0 => fs::remove_file(&index).expect("lost"),
        1 | 2 => *kept = Some(content),
        3 | 4 => {
            if let Some(kept) = kept {
                fs::write(&index, kept).expect("an older state");
            }
        }
        5 => {
            content.truncate(random.below(content.len().max(1)));
            fs::write(&index, content).expect("cut");
        }
        6 => {
            for _ in 0..1 + random.below(40) {
                let at = random.below(content.len().max(1));
                if let Some(byte) = content.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            fs::write(&index, content).expect("flipped");
        }
        _ => {}
    }
}

fn history(seed: u64, protection: &Protection, passphrase: Option<&str>) {
    let mut random = Random(seed);
    let world = World::new(protection.clone(), passphrase);
    let mut mutator = Mutator { root: world.source(), random: &mut random, time: 1_500_000_000 };
    while mutator.paths(false).len() < PATHS {
        let folders = mutator.paths(true);
        for _ in 0..40 {
            let folder = mutator.pick(&folders).unwrap_or_default();
            mutator.add_to(&folder);
        }
    }
    let mut moments = Vec::new();
    let mut kept = None;
    for step in 0..STEPS {
        if step > 0 {
            mutator.step();
        }
        let again = step > 0 && mutator.random.one_in(12);
        let mode = if step == 0 || again { Mode::Full } else { Mode::Increment };
        if mutator.random.one_in(6) {
            // The archive folder is a cache: whoever loses it loses nothing.
            fs::remove_dir_all(&world.ctx.archive_folder).ok();
        }
        wear(&world, mutator.random, &mut kept);
        let report = world.backup(mode).unwrap_or_else(|error| panic!("seed {seed}, step {step}: {error}"));
        assert!(report.warnings.is_empty(), "seed {seed}, step {step}: {:?}", report.warnings);
        moments.push((report.set.end(), read_tree(&world.source())));
        world.clock.set(Timestamp(report.set.end().0 + 10));
    }
    for (step, (time, tree)) in moments.iter().enumerate() {
        let (report, restored) = world.restored(Some(*time));
        assert!(report.problems.is_empty(), "seed {seed}, step {step}: {:?}", report.problems);
        if let Some(difference) = difference(tree, &restored) {
            panic!(
                "seed {seed}, the moment after step {step} is not the folder of that moment: {difference}"
            );
        }
    }
}

/// Runs the histories of one kind, the seed of a failing one in the message. `BACKTRAIL_SEED` runs one alone.
fn histories(kind: u64, count: u64, protection: &Protection, passphrase: Option<&str>) {
    if let Some(seed) = std::env::var("BACKTRAIL_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return history(seed, protection, passphrase);
    }
    for seed in 0..count {
        history(kind << 32 | seed, protection, passphrase);
    }
}

#[test]
fn plain() {
    histories(1, HISTORIES[0], &Protection::Plain, None);
}

#[test]
fn gzipped() {
    histories(2, HISTORIES[1], &Protection::Gzip, None);
}

#[test]
fn sealed_with_a_passphrase() {
    let policy = SealPolicy {
        passphrase: Some("a long passphrase".into()),
        compression: Compression::Deflate { level: 1 },
        ..SealPolicy::default()
    };
    let sealer = Sealer::new(&policy).expect("sealer");
    histories(3, HISTORIES[2], &Protection::Pgp(sealer), Some("a long passphrase"));
}
