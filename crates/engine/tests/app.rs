//! What the app asks of the engine beyond the command: browsing from the archive folder alone, the proof of one file,
//! restoring into folders that have content, and refusing what is not sealed.

mod support;

use backtrail_base::{Clock, Code, Coded, fs};
use backtrail_engine::backup::{Mode, Protection};
use backtrail_engine::{Cancel, EngineError, LazyOpener, list, proof, restore};
use backtrail_format::EntryPath;
use backtrail_format::names::SetId;
use backtrail_pgp::{OpenWith, Opener};
use std::path::PathBuf;
use support::{Random, World};

const AUTO: Mode = Mode::Auto { full_if_older_than: None, full_if_increments: None };

fn world() -> World {
    let world = World::new(Protection::Plain, None);
    fs::create_dir_all(world.source().join("folder")).expect("folder");
    fs::write(world.source().join("a"), "first").expect("write");
    fs::write(world.source().join("folder/big"), Random(7).bytes(700_000)).expect("write");
    world
}

fn tick(world: &World) {
    world.clock.set(world.clock.now().plus(100));
}

fn listed(world: &World, set: SetId) -> Vec<(String, Option<u64>)> {
    let mut found = Vec::new();
    list::local_files(&world.ctx.archive_folder, &world.ctx.prefixes, set, &Cancel::new(), &mut |known| {
        found.push((known.path.to_string(), known.size));
        Ok(())
    })
    .expect("listed");
    found
}

#[test]
fn a_moment_is_listed_with_its_sizes_while_the_destination_is_away() {
    let world = world();
    let first = world.backup(AUTO).expect("full").set;
    tick(&world);
    fs::write(world.source().join("a"), "longer than before").expect("write");
    fs::remove_dir_all(world.source().join("folder")).expect("remove");
    let second = world.backup(AUTO).expect("increment").set;
    fs::remove_dir_all(world.folder.path().join("destination")).expect("away");
    let moments = list::local_moments(&world.ctx.archive_folder, &world.ctx.prefixes).expect("moments");
    assert_eq!(moments, [first, second]);
    let entry = |path: &str, size| (path.to_owned(), size);
    assert_eq!(
        listed(&world, first),
        [entry(".", None), entry("a", Some(5)), entry("folder", None), entry("folder/big", Some(700_000))]
    );
    assert_eq!(
        listed(&world, second),
        [entry(".", None), entry("a", Some(18))],
        "what is deleted by then is not shown"
    );
    let unknown = SetId::Full { time: backtrail_base::Timestamp(5) };
    let error = list::local_files(
        &world.ctx.archive_folder,
        &world.ctx.prefixes,
        unknown,
        &Cancel::new(),
        &mut |_| Ok(()),
    );
    assert_eq!(error.expect_err("no such moment").code(), Code::NoSignatures);
}

#[test]
fn a_proof_passes_on_what_is_whole_and_fails_on_what_is_not() {
    let world = world();
    fs::remove_file(world.source().join("a")).expect("one file only");
    world.backup(AUTO).expect("full");
    tick(&world);
    let mut edited = fs::read(world.source().join("folder/big")).expect("read");
    edited[1000] ^= 1;
    fs::write(world.source().join("folder/big"), edited).expect("write");
    world.backup(AUTO).expect("increment");
    let report = proof::run(&world.ctx, u64::MAX).expect("proof");
    assert_eq!(report.problems, [], "a whole backup is proven");
    assert_eq!(
        (report.path.map(|path| path.to_string()).as_deref(), report.bytes),
        (Some("folder/big"), 700_000)
    );
    assert!(report.fetched > 600_000, "the content comes from the destination: {}", report.fetched);
    assert!(proof::run(&world.ctx, 10).expect("proof").path.is_some(), "a large file is better than none");
    let volumes =
        world.ctx.destination.list().expect("list").into_iter().filter(|object| object.name.contains("vol2"));
    for volume in volumes {
        let path = world.folder.path().join("destination").join(volume.name);
        let mut bytes = fs::read(&path).expect("read");
        bytes[90_000] ^= 1;
        fs::write(&path, bytes).expect("write");
    }
    let report = proof::run(&world.ctx, u64::MAX).expect("proof");
    assert!(
        report.problems.iter().any(|problem| problem.code == Code::HashMismatch),
        "a damaged volume must not be proven: {:?}",
        report.problems
    );
}

#[test]
fn a_proof_of_nothing_is_told_apart() {
    let world = World::new(Protection::Plain, None);
    assert_eq!(proof::run(&world.ctx, 1).expect_err("no backup").code(), Code::NoBackup);
    world.backup(AUTO).expect("full");
    assert_eq!(proof::run(&world.ctx, 1).expect("an empty backup").path, None);
}

#[test]
fn where_everything_is_sealed_what_is_not_is_refused() {
    let mut world = world();
    world.backup(AUTO).expect("full");
    fs::remove_dir_all(&world.ctx.archive_folder).expect("remove");
    world.ctx.opener = LazyOpener::new(|| Opener::new(OpenWith::default())).sealed_only();
    let error = restore::plan(&world.ctx, world.restore_request(None, "out")).err().expect("refused");
    assert!(matches!(error, EngineError::NotSealed { .. }), "{error}");
    assert_eq!(error.code(), Code::Unsigned, "whoever can write there could have made it");
    assert!(!world.folder.path().join("out").exists());
}

#[test]
fn a_restore_beneath_a_folder_keeps_what_is_there_and_follows_no_link() {
    let world = world();
    world.backup(AUTO).expect("full");
    let top = world.folder.path().join("top");
    let elsewhere = world.folder.path().join("elsewhere");
    fs::create_dir_all(top.join("home")).expect("made");
    fs::create_dir_all(&elsewhere).expect("made");
    fs::write(top.join("home/other"), "mine").expect("write");
    let request = |target: PathBuf| restore::Request {
        path: EntryPath::parse(b"a").expect("path"),
        target,
        beneath: Some(top.clone()),
        ..world.restore_request(None, "unused")
    };
    let run = |target: PathBuf| restore::plan(&world.ctx, request(target)).and_then(restore::Plan::apply);
    run(top.join("home/new/deep/a")).expect("missing folders are made");
    assert_eq!(fs::read(top.join("home/new/deep/a")).expect("read"), b"first");
    assert_eq!(fs::read(top.join("home/other")).expect("read"), b"mine");
    let report = run(top.join("home/other")).expect("runs");
    assert!(!report.problems.is_empty(), "what stands there is not replaced, and that is told");
    assert_eq!(fs::read(top.join("home/other")).expect("read"), b"mine");
    std::os::unix::fs::symlink(&elsewhere, top.join("link")).expect("link");
    assert!(run(top.join("link/a")).is_err(), "a link on the way leads out of the folder");
    assert_eq!(fs::read_dir(&elsewhere).expect("list").count(), 0);
    assert!(run(top.join("../elsewhere/a")).is_err());
    // The whole backup into a folder with content: its own things stay.
    let whole = restore::Request { path: EntryPath::root(), ..request(top.clone()) };
    fs::write(top.join("mine"), "mine").expect("write");
    let report = restore::plan(&world.ctx, whole).and_then(restore::Plan::apply).expect("runs");
    assert_eq!(report.problems, []);
    assert_eq!(fs::read(top.join("mine")).expect("read"), b"mine");
    assert!(top.join("folder/big").exists());
}
