//! Long chains: every moment of one is restored as it was, with few open files, few threads, and no more volumes than
//! a path needs, however many increments there are.

mod support;

use backtrail_base::{Clock, fs};
use backtrail_engine::backup::{Mode, Protection};
use backtrail_engine::{Event, Observer, restore};
use backtrail_format::EntryPath;
use backtrail_pgp::{Compression, SealPolicy, Sealer};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Node, Random, What, World, difference, read_tree};

const AUTO: Mode = Mode::Auto { full_if_older_than: None, full_if_increments: None };

fn sealed() -> World {
    let passphrase = Some(backtrail_base::Sensitive::from("a passphrase"));
    let compression = Compression::default();
    let policy = SealPolicy { recipients: Vec::new(), passphrase, signer: None, compression };
    World::new(Protection::Pgp(Sealer::new(&policy).expect("sealer")), Some("a passphrase"))
}

/// A file that lives long: edited in place, added to, cut, its parts moved, and once written anew.
fn age(content: &mut Vec<u8>, random: &mut Random, step: usize) {
    for _ in 0..3 {
        let at = random.below(content.len());
        let new = random.bytes(100);
        match random.below(4) {
            0 => drop(content.splice(at..at, new)),
            1 => drop(content.drain(at..content.len().min(at + 50))),
            2 => content.extend(new),
            _ => content.rotate_left(at / 8),
        }
    }
    if step % 20 == 13 {
        *content = random.bytes(150_000);
    }
}

fn chain(
    world: &World,
    increments: usize,
    big: usize,
) -> Vec<(backtrail_base::Timestamp, std::collections::BTreeMap<std::path::PathBuf, Node>)> {
    let mut random = Random(11);
    let source = world.source();
    fs::create_dir(source.join("folder")).expect("folder");
    let mut content = random.bytes(big);
    let mut moments = Vec::new();
    for step in 0..=increments {
        fs::write(source.join("folder/old"), &content).expect("write");
        fs::write(source.join(format!("folder/new {}", step % 7)), random.bytes(500)).expect("write");
        fs::write(source.join("z"), format!("state {step}")).expect("write");
        let set = world.backup(AUTO).expect("backup").set;
        moments.push((set.end(), read_tree(&source)));
        world.clock.set(world.clock.now().plus(100));
        age(&mut content, &mut random, step);
    }
    moments
}

#[test]
fn every_moment_of_a_chain_is_restored() {
    for world in [World::new(Protection::Gzip, None), sealed()] {
        let moments = chain(&world, 30, 300_000);
        for (time, tree) in moments.iter().step_by(5) {
            let (report, restored) = world.restored(Some(*time));
            assert!(report.problems.is_empty(), "{:?}", report.problems);
            assert_eq!(difference(tree, &restored), None, "at {time:?}");
        }
        // Nothing is left in the temporary folder.
        assert!(fs::read_dir(world.folder.path().join("temp")).expect("list").next().is_none());
    }
}

/// Counts the open files and the threads of this process while entries are restored.
#[derive(Default)]
struct Counting {
    files: AtomicUsize,
    threads: AtomicUsize,
}

impl Observer for Counting {
    fn event(&self, event: Event<'_>) {
        if matches!(event, Event::Entry { .. } | Event::VolumeFetched { .. } | Event::Content { .. }) {
            let count = |folder| fs::read_dir(folder).map_or(0, Iterator::count);
            self.files.fetch_max(count("/proc/self/fd"), Ordering::Relaxed);
            self.threads.fetch_max(count("/proc/self/task"), Ordering::Relaxed);
        }
    }
}

#[test]
fn a_hundred_increments_take_few_files_and_threads() {
    if !Path::new("/proc/self/fd").is_dir() {
        return; // no way to count on this system
    }
    let mut world = World::new(Protection::Plain, None);
    let moments = chain(&world, 120, 300_000);
    let counting = Arc::new(Counting::default());
    world.ctx.observer = Arc::clone(&counting) as _;
    let (_, tree) = &moments[120];
    let (report, restored) = world.restored(None);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!(difference(tree, &restored), None);
    let (files, threads) = (counting.files.load(Ordering::Relaxed), counting.threads.load(Ordering::Relaxed));
    assert!(files > 0 && files < 80, "{files} open files for 120 increments");
    // The tests of this file run beside, each with threads of its own.
    assert!(threads > 0 && threads < 40, "{threads} threads for 120 increments");
}

#[test]
fn one_path_of_a_chain_is_restored_at_any_moment() {
    let world = World::new(Protection::Gzip, None);
    let moments = chain(&world, 12, 300_000);
    for (index, (time, tree)) in moments.iter().enumerate().step_by(4) {
        for name in ["folder/old", "z", "folder/new 0"] {
            let path = EntryPath::parse(name.as_bytes()).expect("path");
            let to = format!("one {index} {}", name.replace('/', "-"));
            let request = restore::Request { path, ..world.restore_request(Some(*time), &to) };
            restore::plan(&world.ctx, request).expect("plan").apply().expect("restore");
            let What::File(expected) = &tree[Path::new(name)].what else { unreachable!("it is a file") };
            let restored = fs::read(world.folder.path().join(&to)).expect("read");
            assert!(restored == *expected, "{to}");
        }
    }
}
