//! The index is a cache: with it a backup finds every change, however small; without it, with an old one, a damaged
//! one or a foreign one, every backup is the same.

mod support;

use backtrail_base::{Clock, fs};
use backtrail_engine::backup::{self, Mode, Protection};
use backtrail_engine::{Context, EngineError};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{Random, World, difference, read_tree};

const AUTO: Mode = Mode::Auto { full_if_older_than: None, full_if_increments: None };

fn world() -> World {
    let world = World::new(Protection::Plain, None);
    let source = world.source();
    fs::create_dir_all(source.join("folder/deep")).expect("folders");
    for name in ["a", "folder/b", "folder/deep/c", "folder.d", "z"] {
        fs::write(source.join(name), name).expect("write");
    }
    fs::write(source.join("folder/big"), Random(7).bytes(700_000)).expect("write");
    std::os::unix::fs::symlink("a", source.join("link")).expect("link");
    for path in read_tree(&source).keys() {
        set_time(&source.join(path), 1_500_000_000);
    }
    world
}

fn set_time(path: &Path, seconds: i64) {
    let time = rustix::fs::Timespec { tv_sec: seconds, tv_nsec: 5 };
    let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
    let links = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::utimensat(rustix::fs::CWD, path, &times, links).expect("time");
}

/// Writes other content of the same length and sets the time back.
fn sneak(path: &Path, content: &str) {
    let before = fs::metadata(path).expect("stat");
    fs::write(path, content).expect("write");
    let file = fs::File::options().write(true).open(path).expect("open");
    file.set_modified(before.modified().expect("time")).expect("time");
    assert_eq!(before.len(), fs::metadata(path).expect("stat").len(), "the test needs the same size");
}

fn tick(world: &World) {
    world.clock.set(world.clock.now().plus(100));
}

fn index(world: &World) -> PathBuf {
    world.ctx.archive_folder.join("backtrail-index.sqlite")
}

/// Makes a backup, and holds the backup against the source and the index against both.
fn back_up(world: &World) -> backup::Report {
    tick(world);
    let report = world.backup(AUTO).expect("backup");
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    let source = read_tree(&world.source());
    let (restored, tree) = world.restored(None);
    assert!(restored.problems.is_empty(), "{:?}", restored.problems);
    assert_eq!(difference(&source, &tree), None);
    assert_eq!(
        live(world),
        source.keys().cloned().collect::<Vec<_>>(),
        "the index is not the state that was stored"
    );
    report
}

/// The paths that the index holds of the last state, sorted.
fn live(world: &World) -> Vec<PathBuf> {
    let connection =
        Connection::open_with_flags(index(world), OpenFlags::SQLITE_OPEN_READ_ONLY).expect("an index");
    let mut query = connection
        .prepare("SELECT path FROM versions WHERE until IS NULL AND chain = (SELECT max(chain) FROM sets) ORDER BY path")
        .expect("query");
    let paths = query.query_map((), |row| row.get::<_, Vec<u8>>(0)).expect("rows");
    let text = |path: Vec<u8>| String::from_utf8(path).expect("text").replace('\0', "/");
    let mut paths: Vec<PathBuf> = paths.map(|path| text(path.expect("row")).into()).collect();
    paths.sort();
    paths
}

fn count(world: &World, query: &str) -> i64 {
    let connection = Connection::open(index(world)).expect("open");
    connection.query_row(query, (), |row| row.get(0)).expect("a number")
}

/// Waits until what was written is no more of the present.
fn settle() {
    std::thread::sleep(Duration::from_millis(3_100));
}

#[test]
fn an_unchanged_tree_is_not_read_and_a_change_is_a_difference() {
    let world = world();
    back_up(&world);
    settle();
    // What was written just now is looked at once more, and then no more.
    back_up(&world);
    assert_eq!(count(&world, "SELECT count(*) FROM versions WHERE doubt <> 0"), 0);
    struct NoReads;
    impl backtrail_engine::Observer for NoReads {
        fn event(&self, event: backtrail_engine::Event<'_>) {
            assert!(
                !matches!(event, backtrail_engine::Event::Content { .. }),
                "an unchanged file was read: {event:?}"
            );
        }
    }
    let World { ctx, folder, clock, protection } = world;
    let world =
        World { ctx: Context { observer: std::sync::Arc::new(NoReads), ..ctx }, folder, clock, protection };
    tick(&world);
    let report = world.backup(AUTO).expect("backup");
    assert_eq!((report.statistics.delta_entries, report.statistics.raw_delta_bytes), (0, 0));
    let World { ctx, folder, clock, protection } = world;
    let observer = std::sync::Arc::new(backtrail_engine::Silent);
    let world = World { ctx: Context { observer, ..ctx }, folder, clock, protection };
    let big = world.source().join("folder/big");
    let mut content = fs::read(&big).expect("read");
    content[300_000] ^= 1;
    fs::write(&big, content).expect("write");
    let report = back_up(&world);
    assert_eq!(report.statistics.changed_files, 1);
    assert!(
        report.statistics.raw_delta_bytes < 5_000,
        "the old signature was not found: {:?}",
        report.statistics
    );
}

#[test]
fn a_change_that_leaves_size_and_time_as_they_were_is_found() {
    let world = world();
    back_up(&world);
    settle();
    sneak(&world.source().join("folder/b"), "FOLDER/B");
    assert_eq!(back_up(&world).statistics.changed_files, 1);
    // The stamps beside the signatures serve where the index is gone.
    fs::remove_file(index(&world)).expect("lost");
    sneak(&world.source().join("folder/deep/c"), "FOLDER/DEEP/C");
    assert_eq!(back_up(&world).statistics.changed_files, 1);
    // And where there cannot be one.
    fs::remove_file(index(&world)).expect("lost");
    fs::create_dir(index(&world)).expect("in the way");
    sneak(&world.source().join("folder/deep/c"), "Folder/Deep/C");
    tick(&world);
    assert_eq!(world.backup(AUTO).expect("no index is needed").statistics.changed_files, 1);
    fs::remove_dir(index(&world)).expect("clear");
    assert_eq!(back_up(&world).statistics.changed_files, 0);
}

#[test]
fn edits_within_the_same_instant_are_found() {
    let world = world();
    for step in 0..8 {
        // Written as fast as can be: the times may be those of the look before.
        fs::write(world.source().join("a"), format!("{step}")).expect("write");
        sneak(&world.source().join("z"), &format!("{step}"));
        back_up(&world);
    }
}

#[test]
fn another_file_moved_into_a_place_is_found() {
    let world = world();
    let other = world.folder.path().join("other");
    fs::write(&other, "A").expect("write");
    set_time(&other, 1_500_000_000);
    back_up(&world);
    settle();
    back_up(&world);
    fs::rename(&other, world.source().join("a")).expect("move");
    set_time(&world.source(), 1_500_000_000);
    assert_eq!(back_up(&world).statistics.changed_files, 1, "size and time are those of the file before");
}

#[test]
fn an_index_that_is_lost_old_or_torn_is_made_again() {
    let world = world();
    back_up(&world);
    let first = fs::read(index(&world)).expect("index");
    let mut random = Random(11);
    for step in 0..30 {
        match step % 6 {
            0 => fs::remove_file(index(&world)).expect("lost"),
            1 => fs::write(index(&world), &first).expect("an old one"),
            2 => fs::write(index(&world), random.bytes(20_000)).expect("no database"),
            3 => {
                let mut content = fs::read(index(&world)).expect("index");
                content.truncate(random.below(content.len()));
                fs::write(index(&world), content).expect("truncated");
            }
            4 => {
                let connection = Connection::open(index(&world)).expect("open");
                connection.pragma_update(None, "user_version", 0).expect("of an old version");
            }
            _ => {
                let mut content = fs::read(index(&world)).expect("index");
                for _ in 0..1 + random.below(30) {
                    let at = random.below(content.len());
                    content[at] ^= 1 << random.below(8);
                }
                fs::write(index(&world), content).expect("flipped");
            }
        }
        fs::write(world.source().join("a"), format!("{step}")).expect("write");
        let moving = world.source().join(format!("new {step}"));
        fs::write(moving, "new").expect("write");
        if step > 0 {
            fs::remove_file(world.source().join(format!("new {}", step - 1))).expect("remove");
        }
        back_up(&world);
    }
}

/// A flipped bit inside a value breaks no structure. Were it believed, a file that is gone could stay for ever.
#[test]
fn a_row_that_is_not_what_was_written_is_never_believed() {
    for change in [
        "UPDATE versions SET path = x'7a7a' WHERE path = x'7a'",
        "DELETE FROM versions WHERE path = x'7a'",
        "UPDATE versions SET until = 1 WHERE path = x'7a'",
        "UPDATE versions SET ctime_ns = 1, doubt = 0 WHERE path = x'61'",
        "UPDATE versions SET owner = 99 WHERE path = x'61'",
        "UPDATE chains SET live = live + 1",
    ] {
        let world = world();
        back_up(&world);
        let connection = Connection::open(index(&world)).expect("open");
        assert_eq!(connection.execute(change, ()).expect("change"), 1);
        drop(connection);
        fs::remove_file(world.source().join("z")).expect("remove");
        let report = back_up(&world);
        assert_eq!(report.statistics.deleted_files, 1, "{change}");
    }
}

#[test]
fn an_index_of_another_destination_is_not_believed() {
    let (world, other) = (world(), World::new(Protection::Plain, None));
    back_up(&world);
    settle();
    // The same source, the same second, the same sizes, another content: only the destination tells them apart.
    sneak(&world.source().join("a"), "A");
    other.clock.set(world.clock.now());
    backup::plan(&other.ctx, world.request(AUTO)).expect("plan").apply().expect("backup");
    fs::copy(index(&other), index(&world)).expect("copy");
    assert_eq!(back_up(&world).statistics.changed_files, 1);
}

fn run(ctx: &Context, world: &World) -> Result<backup::Report, EngineError> {
    tick(world);
    backup::plan(ctx, world.request(AUTO))?.apply()
}

#[test]
fn sets_that_others_add_and_remove_are_followed() {
    let world = world();
    back_up(&world);
    // Another computer that adopted the same backup.
    let elsewhere = World::new(Protection::Plain, None);
    let clock: std::sync::Arc<dyn Clock> = std::sync::Arc::clone(&world.clock) as _;
    let theirs = Context { destination: world.ctx.destination.clone(), clock, ..elsewhere.ctx };
    let mut sets = Vec::new();
    for step in 0..6 {
        fs::write(world.source().join("a"), format!("theirs {step}")).expect("write");
        fs::write(world.source().join(format!("theirs {step}")), "new").expect("write");
        sets.push(run(&theirs, &world).expect("theirs").set);
        fs::write(world.source().join("a"), format!("ours {step}")).expect("write");
        fs::remove_file(world.source().join(format!("theirs {step}"))).expect("remove");
        sets.push(back_up(&world).set);
    }
    assert_eq!(count(&world, "SELECT count(*) FROM sets"), 13, "theirs are in the index too");
    // The last increments are taken away behind our back.
    for set in &sets[9..] {
        for object in world.ctx.destination.list().expect("list") {
            let mark = set.to_string().replace("inc.", "");
            if object.name.contains(&mark) {
                world.ctx.destination.delete(&object.name).expect("delete");
            }
        }
    }
    fs::write(world.source().join("a"), "after").expect("write");
    back_up(&world);
    assert_eq!(count(&world, "SELECT count(*) FROM sets"), 11);
}

#[test]
fn every_version_has_its_set_and_its_volumes() {
    let world = world();
    back_up(&world);
    for text in ["1", "22"] {
        fs::write(world.source().join("a"), text).expect("write");
        back_up(&world);
    }
    fs::remove_file(world.source().join("a")).expect("remove");
    back_up(&world);
    let connection = Connection::open(index(&world)).expect("open");
    let mut query = connection
        .prepare(
            "SELECT s.end_time, v.size, u.end_time FROM versions v JOIN sets s ON s.id = v.since
             LEFT JOIN sets u ON u.id = v.until WHERE v.path = x'61' ORDER BY v.since",
        )
        .expect("query");
    let found: Vec<(i64, i64, i64)> = query
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("rows")
        .map(|row| row.expect("row"))
        .collect();
    let first = 1_800_000_100;
    let expected = [(first, 1, first + 100), (first + 100, 1, first + 200), (first + 200, 2, first + 300)];
    assert_eq!(found, expected, "appeared, changed, changed, gone");
    let holding = "SELECT count(*) FROM volumes JOIN sets ON sets.id = set_id
                   WHERE end_time = 1800000100 AND start_path <= x'666f6c64657200626967' AND end_path >= x'666f6c64657200626967'";
    let volumes = count(
        &world,
        "SELECT count(*) FROM volumes JOIN sets ON sets.id = set_id WHERE end_time = 1800000100",
    );
    assert!(volumes > 3 && count(&world, holding) >= 3, "the big file is in several volumes: {volumes}");
    assert_eq!(count(&world, "SELECT count(*) FROM names WHERE name = x'62'"), 1, "names are findable");
}

#[test]
fn a_full_backup_begins_a_chain_and_removal_ends_one() {
    let world = world();
    back_up(&world);
    tick(&world);
    world.backup(Mode::Full).expect("full");
    back_up(&world);
    assert_eq!(count(&world, "SELECT count(*) FROM chains"), 2);
    let policy = backtrail_engine::prune::Policy::AllButFulls(1);
    backtrail_engine::prune::plan(&world.ctx, &policy).expect("plan").apply().expect("removal");
    back_up(&world);
    assert_eq!(count(&world, "SELECT count(*) FROM chains"), 1);
    assert_eq!(count(&world, "SELECT count(DISTINCT chain) FROM versions"), 1, "its rows went with it");
}

#[test]
fn a_dry_run_and_a_stopped_run_leave_the_index_as_it_was() {
    let world = world();
    back_up(&world);
    let before = live(&world);
    fs::write(world.source().join("new"), "new").expect("write");
    tick(&world);
    backup::plan(&world.ctx, world.request(AUTO)).expect("plan").preview().expect("preview");
    let request = backup::Request { fail_after: Some(1), ..world.request(AUTO) };
    backup::plan(&world.ctx, request).expect("plan").apply().expect_err("told to stop");
    assert_eq!(live(&world), before);
    back_up(&world);
}

#[test]
fn times_before_1970_and_far_ahead_do_not_trouble_it() {
    let world = world();
    for (name, time) in [("a", -5), ("z", 4_000_000_000), ("folder", -2_000_000_000)] {
        set_time(&world.source().join(name), time);
    }
    tick(&world);
    world.backup(AUTO).expect("full");
    settle();
    tick(&world);
    world.backup(AUTO).expect("looked at once more");
    tick(&world);
    let report = world.backup(AUTO).expect("increment");
    assert_eq!(report.statistics.delta_entries, 0);
    assert_eq!(live(&world).len(), read_tree(&world.source()).len());
}
