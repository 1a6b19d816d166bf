//! What the engine promises beyond a plain history: nothing unfinished counts, nobody's commit is overrun, damage is
//! named and never taken for success, a hostile backup stays inside the target, and removal leaves what it must.

mod support;

use backtrail_base::{Code, Coded, Timestamp, fs};
use backtrail_engine::backup::{self, Mode, Protection, Reason};
use backtrail_engine::prune::{self, Policy};
use backtrail_engine::{EngineError, Event, Phase, list, restore, status, verify};
use backtrail_format::{EntryPath, Kind, Metadata, difftar};
use std::path::{Path, PathBuf};
use support::{Random, World, difference, read_tree};

const AUTO: Mode = Mode::Auto { full_if_older_than: None, full_if_increments: None };

/// A world with a few files, one of them of several volumes.
fn world() -> World {
    let world = World::new(Protection::Plain, None);
    let source = world.source();
    fs::create_dir_all(source.join("folder/deep")).expect("folders");
    fs::write(source.join("a"), "first").expect("write");
    fs::write(source.join("folder/deep/big"), Random(7).bytes(700_000)).expect("write");
    fs::write(source.join("folder/small"), "small").expect("write");
    fs::write(source.join("z"), "last").expect("write");
    world
}

fn tick(world: &World) {
    use backtrail_base::Clock;
    world.clock.set(world.clock.now().plus(100));
}

/// Names on the destination that contain `part`.
fn objects(world: &World, part: &str) -> Vec<String> {
    let mut names: Vec<String> =
        world.ctx.destination.list().expect("list").into_iter().map(|object| object.name).collect();
    names.retain(|name| name.contains(part));
    names.sort();
    names
}

fn stored(world: &World, name: &str) -> PathBuf {
    world.folder.path().join("destination").join(name)
}

#[test]
fn a_set_without_its_manifest_counts_for_nothing() {
    let world = world();
    world.backup(AUTO).expect("full");
    let before = read_tree(&world.source());
    tick(&world);
    fs::write(world.source().join("folder/deep/big"), Random(8).bytes(900_000)).expect("write");
    let request = backup::Request { fail_after: Some(2), ..world.request(Mode::Increment) };
    let error = backup::plan(&world.ctx, request).expect("plan").apply().expect_err("told to stop");
    assert_eq!(error.code(), Code::StoppedOnRequest);
    assert!(
        !objects(&world, "inc.").is_empty(),
        "an interrupted run leaves volumes, as stock duplicity's does"
    );
    let (_, restored) = world.restored(None);
    assert_eq!(difference(&before, &restored), None, "half an increment must not be restored");
    tick(&world);
    let report = world.backup(Mode::Increment).expect("the next run builds on what is complete");
    let (_, restored) = world.restored(None);
    assert_eq!(difference(&read_tree(&world.source()), &restored), None);
    let plan = prune::plan(&world.ctx, &Policy::Cleanup).expect("plan");
    assert!(plan.objects.iter().all(|name| !name.contains(&report.set.to_string())), "{:?}", plan.objects);
    assert!(!plan.is_empty(), "what the interrupted run left is cleaned up");
    plan.apply().expect("cleanup");
    let (_, restored) = world.restored(None);
    assert_eq!(
        difference(&read_tree(&world.source()), &restored),
        None,
        "cleanup took something that counts"
    );
}

#[test]
fn a_chain_that_moved_stops_the_commit() {
    let world = world();
    world.backup(AUTO).expect("full");
    tick(&world);
    fs::write(world.source().join("a"), "second").expect("write");
    let plan = backup::plan(&world.ctx, world.request(Mode::Increment)).expect("plan");
    // Another computer, with an archive folder of its own, adds to the same chain meanwhile.
    let other = World::new(Protection::Plain, None);
    let ctx = backtrail_engine::Context {
        destination: world.ctx.destination.clone(),
        archive_folder: other.folder.path().join("archive"),
        ..other.ctx
    };
    other.clock.set(Timestamp(1_800_000_050));
    backup::plan(&ctx, world.request(Mode::Increment)).expect("plan").apply().expect("the other's increment");
    let error = plan.apply().expect_err("the chain is not what it was");
    assert_eq!(error.code(), Code::ChainMoved, "{error}");
    assert_eq!(objects(&world, "inc.").iter().filter(|name| name.contains("manifest")).count(), 1);
    let (_, restored) = world.restored(None);
    assert_eq!(difference(&read_tree(&world.source()), &restored), None);
}

#[test]
fn volumes_that_somebody_cleaned_up_stop_the_commit() {
    struct Cleaner(PathBuf);
    impl backtrail_engine::Observer for Cleaner {
        fn event(&self, event: Event<'_>) {
            // Another computer's cleanup, just before the commit: a set without a manifest looks abandoned.
            if matches!(event, Event::Phase(Phase::Committing)) {
                for entry in fs::read_dir(&self.0).expect("list") {
                    let path = entry.expect("entry").path();
                    if path.to_string_lossy().contains("vol1.") {
                        fs::remove_file(path).expect("remove");
                    }
                }
            }
        }
    }
    let mut world = world();
    world.ctx.observer = std::sync::Arc::new(Cleaner(world.folder.path().join("destination")));
    assert_eq!(world.backup(AUTO).expect_err("a volume is gone").code(), Code::ChainMoved);
    assert!(
        objects(&world, "manifest").is_empty(),
        "a manifest without its volumes promises what is not there"
    );
}

#[test]
fn two_runs_do_not_share_an_archive_folder() {
    let world = world();
    let _plan = backup::plan(&world.ctx, world.request(AUTO)).expect("plan");
    let error = backup::plan(&world.ctx, world.request(AUTO)).err().expect("the lock is held");
    assert_eq!(error.code(), Code::Locked);
}

#[test]
fn a_stale_part_does_not_outlive_the_set_it_hides() {
    let world = world();
    let set = world.backup(AUTO).expect("full").set;
    for kind in ["manifest", "sigtar"] {
        let stem = if kind == "manifest" { "duplicity-" } else { "duplicity-full-signatures" };
        let name = match kind {
            "manifest" => format!("{stem}{set}.manifest.part"),
            _ => format!("{stem}.{}.sigtar.part", set.to_string().trim_start_matches("full.")),
        };
        fs::write(world.ctx.archive_folder.join(name), "Hostname x\n").expect("write");
    }
    let (_, restored) = world.restored(None);
    assert_eq!(difference(&read_tree(&world.source()), &restored), None, "the finished manifest counts");
    tick(&world);
    world.backup(AUTO).expect("increment");
    let left = fs::read_dir(&world.ctx.archive_folder).expect("list").filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains(".part"))
    });
    assert_eq!(left.count(), 0, "stock duplicity would restore only what the part names");
}

#[test]
fn a_volume_that_is_damaged_or_missing_is_named_and_the_rest_is_restored() {
    let cases = [
        ("flip", Code::HashMismatch),
        ("flip, SHA-1 alone", Code::HashMismatch),
        ("remove", Code::VolumeMissing),
    ];
    for (what, code) in cases {
        let world = world();
        world.backup(AUTO).expect("full");
        if what.contains("SHA-1") {
            // As stock duplicity writes it.
            let manifest = stored(&world, &objects(&world, "manifest")[0]);
            let text = fs::read_to_string(&manifest).expect("read");
            let lines: Vec<&str> = text.lines().filter(|line| !line.contains("SHA256")).collect();
            fs::write(&manifest, lines.join("\n") + "\n").expect("write");
            fs::remove_dir_all(&world.ctx.archive_folder).expect("remove");
        }
        let before = read_tree(&world.source());
        let volumes = objects(&world, "difftar");
        assert!(volumes.len() > 2, "{volumes:?}");
        let victim = stored(&world, &volumes[1]);
        if what.starts_with("flip") {
            let mut bytes = fs::read(&victim).expect("read");
            bytes[60_000] ^= 1;
            fs::write(&victim, bytes).expect("write");
        } else {
            fs::remove_file(&victim).expect("remove");
        }
        let (report, mut restored) = world.restored(None);
        let codes: Vec<Code> = report.problems.iter().map(|problem| problem.code).collect();
        assert!(codes.contains(&code), "{what}: {:?}", report.problems);
        let big = EntryPath::parse(b"folder/deep/big").expect("path");
        assert!(
            report.problems.iter().any(|problem| problem.path.as_ref() == Some(&big)),
            "{what}: the file that is lost is named: {:?}",
            report.problems
        );
        assert!(!restored.contains_key(Path::new("folder/deep/big")), "{what}: half a file is not the file");
        let mut expected = before;
        expected.remove(Path::new("folder/deep/big"));
        // The folder's own time is that of the restore when the volume that held it is the lost one.
        restored.retain(|path, _| expected.contains_key(path));
        for path in ["a", "z", "folder/small"] {
            assert_eq!(restored.get(Path::new(path)), expected.get(Path::new(path)), "{what}: {path}");
        }
    }
}

#[test]
fn an_older_state_is_never_taken_for_the_lost_newer_one() {
    let world = world();
    world.backup(AUTO).expect("full");
    tick(&world);
    fs::write(world.source().join("a"), "changed after the full").expect("write");
    world.backup(AUTO).expect("increment");
    let volume = objects(&world, "inc.").into_iter().find(|name| name.contains("vol1")).expect("a volume");
    fs::remove_file(stored(&world, &volume)).expect("remove");
    let (report, restored) = world.restored(None);
    assert!(!restored.contains_key(Path::new("a")), "the state of the full would pass for the latest");
    assert!(restored.contains_key(Path::new("z")), "what the increment did not change is there");
    assert!(report.problems.iter().any(|problem| problem.path == EntryPath::parse(b"a").ok()));
}

#[test]
fn a_middle_manifest_that_is_gone_is_said_for_the_moments_it_hides() {
    let world = world();
    let mut times = Vec::new();
    for step in 0..3 {
        fs::write(world.source().join("a"), format!("state {step}")).expect("write");
        times.push(world.backup(AUTO).expect("backup").set.end());
        tick(&world);
    }
    let manifest =
        objects(&world, "manifest").into_iter().find(|name| name.contains("inc.")).expect("first inc");
    fs::remove_file(stored(&world, &manifest)).expect("remove");
    fs::remove_dir_all(&world.ctx.archive_folder).expect("remove");
    let error =
        restore::plan(&world.ctx, world.restore_request(None, "x")).err().expect("not the wanted moment");
    assert_eq!(error.code(), Code::ManifestMissing, "{error}");
    restore::plan(&world.ctx, world.restore_request(Some(times[0]), "x")).expect("what is whole can be had");
}

#[test]
fn a_hostile_backup_stays_inside_the_target() {
    let world = world();
    world.backup(AUTO).expect("full");
    let outside = world.folder.path().join("outside");
    fs::create_dir(&outside).expect("outside");
    // A volume that makes a link out of the target and then writes through it, twice.
    let mut tar = Vec::new();
    let link = Kind::Symlink { target: outside.as_os_str().as_encoded_bytes().to_vec() };
    let file = Metadata { mode: 0o644, size: 4, ..Metadata::new(Kind::File) };
    let entries = [
        ("", Metadata { mode: 0o755, ..Metadata::new(Kind::Dir) }, ""),
        ("a", Metadata::new(link), ""),
        ("a/owned", file.clone(), "evil"),
        ("b", file, "good"),
    ];
    for (path, metadata, content) in entries {
        let path = EntryPath::parse(path.as_bytes()).expect("path");
        let member = difftar::Member::Snapshot;
        difftar::header(&mut tar, &member, &path, Some(&metadata), content.len() as u64).expect("header");
        tar.extend_from_slice(content.as_bytes());
        tar.resize(tar.len() + difftar::padding(content.len() as u64), 0);
    }
    let zeros = difftar::end_blocks(tar.len() as u64);
    tar.resize(tar.len() + zeros, 0);
    replace_only_volume(&world, &tar);
    let (report, restored) = world.restored(None);
    assert!(
        fs::read_dir(&outside).expect("list").next().is_none(),
        "something was written outside the target"
    );
    assert!(report.problems.iter().any(|problem| problem.code == Code::PathEscapes), "{:?}", report.problems);
    assert!(restored.contains_key(Path::new("b")), "the rest is restored");
}

/// Makes `tar` the one volume of the world's one set, with a manifest that says so.
fn replace_only_volume(world: &World, tar: &[u8]) {
    use sha1::Digest;
    let volumes = objects(world, "difftar");
    for name in &volumes[1..] {
        fs::remove_file(stored(world, name)).expect("remove");
    }
    fs::write(stored(world, &volumes[0]), tar).expect("write");
    let sha1: String = sha1::Sha1::digest(tar).iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = format!(
        "Hostname host\nLocaldir /x\nVolume 1:\n    StartingPath   .  \n    EndingPath     zz  \n    Hash SHA1 {sha1}\n"
    );
    fs::write(stored(world, &objects(world, "manifest")[0]), manifest).expect("write");
    fs::remove_dir_all(&world.ctx.archive_folder).expect("remove");
}

#[test]
fn one_path_comes_alone_and_a_wrong_one_is_an_error() {
    let world = world();
    world.backup(AUTO).expect("full");
    let path = |text: &str| EntryPath::parse(text.as_bytes()).expect("path");
    let request = restore::Request { path: path("folder/small"), ..world.restore_request(None, "one") };
    let plan = restore::plan(&world.ctx, request).expect("plan");
    assert!(
        plan.volumes.len() < objects(&world, "difftar").len(),
        "only the volumes that may hold it are fetched"
    );
    assert_eq!(plan.apply().expect("restore").files, 1);
    assert_eq!(fs::read(world.folder.path().join("one")).expect("read"), b"small");
    let request = restore::Request { path: path("folder/deep"), ..world.restore_request(None, "two") };
    restore::plan(&world.ctx, request).expect("plan").apply().expect("restore");
    assert_eq!(fs::read(world.folder.path().join("two/big")).expect("read"), Random(7).bytes(700_000));
    let request = restore::Request { path: path("nothing"), ..world.restore_request(None, "three") };
    let error = restore::plan(&world.ctx, request).expect("plan").apply().expect_err("no such path");
    assert_eq!(error.code(), Code::PathNotInBackup);
    let error = restore::plan(&world.ctx, world.restore_request(None, "two")).err().expect("not empty");
    assert_eq!(error.code(), Code::TargetNotEmpty);
}

#[test]
fn verify_tells_damage_from_difference() {
    let world = world();
    world.backup(AUTO).expect("full");
    let request = |compare_data| verify::Request {
        path: EntryPath::root(),
        time: None,
        folder: world.source(),
        compare_data,
        selection: None,
        follow_links: false,
    };
    let report = verify::run(&world.ctx, &request(true)).expect("verify");
    assert_eq!((report.compared, report.differences.len(), report.problems.len()), (7, 0, 0));
    let file = world.source().join("z");
    let time = fs::metadata(&file).expect("stat").modified().expect("time");
    fs::write(&file, "LAST").expect("write");
    fs::File::options().write(true).open(&file).expect("open").set_modified(time).expect("time");
    assert_eq!(verify::run(&world.ctx, &request(false)).expect("verify").differences.len(), 0);
    let report = verify::run(&world.ctx, &request(true)).expect("verify");
    assert_eq!(report.differences.len(), 1, "{:?}", report.differences);
    fs::remove_file(&file).expect("remove");
    let report = verify::run(&world.ctx, &request(false)).expect("verify");
    assert!(report.differences.iter().any(|difference| difference.what.contains("missing")));
    let missing = verify::Request { folder: world.folder.path().join("gone"), ..request(true) };
    let error = verify::run(&world.ctx, &missing).expect_err("nothing to compare with");
    assert_eq!(error.code(), Code::VerifyFolderMissing);
    assert!(!world.folder.path().join("gone").exists(), "verify makes nothing");
}

#[test]
fn the_kind_of_a_set_follows_from_what_is_there() {
    let world = world();
    let reason = |mode| backup::plan(&world.ctx, world.request(mode)).map(|plan| plan.reason());
    assert!(matches!(reason(Mode::Increment), Err(EngineError::NoChain { .. })));
    assert_eq!(reason(AUTO).expect("plan"), Reason::First);
    world.backup(AUTO).expect("full");
    tick(&world);
    assert_eq!(reason(AUTO).expect("plan"), Reason::Continues);
    let old = Mode::Auto { full_if_older_than: Some(50), full_if_increments: None };
    assert_eq!(reason(old).expect("plan"), Reason::TooOld);
    let many = Mode::Auto { full_if_older_than: None, full_if_increments: Some(0) };
    assert_eq!(reason(many).expect("plan"), Reason::TooManyIncrements);
    let elsewhere = backup::Request { hostname: b"other".to_vec(), ..world.request(AUTO) };
    assert_eq!(backup::plan(&world.ctx, elsewhere).err().expect("host").code(), Code::HostChanged);
    let elsewhere = backup::Request { localdir: b"/other".to_vec(), ..world.request(AUTO) };
    assert_eq!(backup::plan(&world.ctx, elsewhere).err().expect("folder").code(), Code::SourceChanged);
}

#[test]
fn sets_never_share_a_second_and_a_clock_far_behind_stops_the_run() {
    let world = world();
    let first = world.backup(Mode::Full).expect("full").set;
    let second = world.backup(Mode::Full).expect("a second full at once").set;
    assert!(second.end() > first.end(), "the later full would overwrite the earlier one's objects");
    world.clock.set(first.end().plus(-60));
    let report = world.backup(AUTO).expect("a little behind");
    assert!(report.set.end() > second.end());
    assert_eq!(report.warnings.len(), 1, "the person should know: {:?}", report.warnings);
    world.clock.set(first.end().plus(-200_000));
    assert_eq!(world.backup(AUTO).expect_err("far behind").code(), Code::ClockBehind);
}

#[test]
fn a_dry_run_counts_and_stores_nothing() {
    let world = world();
    let report = backup::plan(&world.ctx, world.request(AUTO)).expect("plan").preview().expect("preview");
    assert_eq!((report.stored, report.statistics.new_files), (false, 7));
    assert!(objects(&world, "").is_empty(), "{:?}", objects(&world, ""));
}

#[test]
fn a_destination_inside_the_source_is_not_backed_up_into_itself() {
    let world = world();
    let request = backup::Request {
        root: world.folder.path().to_owned(),
        localdir: world.folder.path().as_os_str().as_encoded_bytes().to_vec(),
        ..world.request(AUTO)
    };
    backup::plan(&world.ctx, request).expect("plan").apply().expect("full");
    let (_, restored) = world.restored(None);
    assert!(restored.contains_key(Path::new("source/a")));
    assert!(!restored.contains_key(Path::new("destination")), "it would grow while it is read");
    assert!(!restored.contains_key(Path::new("archive")));
}

#[test]
fn a_run_that_is_stopped_leaves_no_half_volume() {
    let world = world();
    let plan = backup::plan(&world.ctx, world.request(AUTO)).expect("plan");
    world.ctx.cancel.cancel();
    assert_eq!(plan.apply().expect_err("stopped").code(), Code::Cancelled);
    assert!(objects(&world, "").is_empty(), "{:?}", objects(&world, ""));
}

#[test]
fn nothing_changed_makes_an_empty_increment_or_none() {
    let world = world();
    world.backup(AUTO).expect("full");
    tick(&world);
    let request = backup::Request { skip_if_no_change: true, ..world.request(AUTO) };
    let report = backup::plan(&world.ctx, request).expect("plan").apply().expect("run");
    assert!(!report.stored && objects(&world, "inc.").is_empty(), "{:?}", report.statistics);
    let report = world.backup(AUTO).expect("increment");
    assert_eq!((report.volumes, report.statistics.delta_entries), (1, 0));
    let (_, restored) = world.restored(None);
    assert_eq!(difference(&read_tree(&world.source()), &restored), None);
}

#[test]
fn removal_keeps_the_last_chain_and_says_what_goes() {
    let world = world();
    let mut ends = Vec::new();
    for mode in [Mode::Full, AUTO, Mode::Full, AUTO, Mode::Full, AUTO] {
        fs::write(world.source().join("a"), format!("{}", ends.len())).expect("write");
        ends.push(world.backup(mode).expect("backup").set.end());
        tick(&world);
    }
    let plan = |policy| prune::plan(&world.ctx, &policy).expect("plan");
    let sets = |plan: &prune::Plan<'_>| plan.sets.iter().map(|set| set.id.end()).collect::<Vec<_>>();
    assert_eq!(sets(&plan(Policy::OlderThan(ends[3]))), [ends[1], ends[0]], "only chains that ended before");
    assert_eq!(sets(&plan(Policy::OlderThan(Timestamp(i64::MAX)))), [ends[3], ends[2], ends[1], ends[0]]);
    assert_eq!(sets(&plan(Policy::AllButFulls(2))), [ends[1], ends[0]]);
    assert_eq!(
        sets(&plan(Policy::AllButFulls(0))),
        [ends[3], ends[2], ends[1], ends[0]],
        "the last chain stays"
    );
    assert_eq!(sets(&plan(Policy::IncrementsOfAllButFulls(1))), [ends[3], ends[1]]);
    plan(Policy::IncrementsOfAllButFulls(1)).apply().expect("apply");
    let (report, restored) = world.restored(Some(ends[3]));
    assert_eq!(report.set.end(), ends[2], "the increment is gone, its full is not");
    assert!(matches!(&restored[Path::new("a")].what, support::What::File(content) if content == b"2"));
    plan(Policy::AllButFulls(1)).apply().expect("apply");
    let status = status::read(&world.ctx).expect("status");
    assert_eq!((status.chains.len(), status.orphaned.len(), status.orphaned_signatures.len()), (1, 0, 0));
    assert!(plan(Policy::Cleanup).is_empty(), "removal leaves nothing behind");
    let (_, restored) = world.restored(None);
    assert_eq!(difference(&read_tree(&world.source()), &restored), None);
}

#[test]
fn a_change_whose_time_is_near_the_doubtful_one_is_kept() {
    let world = world();
    let file = world.source().join("a");
    world.backup(AUTO).expect("full");
    let time = fs::metadata(&file).expect("stat").modified().expect("time");
    for (step, back) in [0, 1, 2].into_iter().enumerate() {
        // The same size, and the same time or one just before it.
        fs::write(&file, format!("fir{step}t")).expect("write");
        let time = time - std::time::Duration::from_secs(back);
        fs::File::options().write(true).open(&file).expect("open").set_modified(time).expect("time");
        tick(&world);
        world.backup(AUTO).expect("increment");
        let (_, restored) = world.restored(None);
        assert_eq!(difference(&read_tree(&world.source()), &restored), None, "step {step}");
    }
}

#[test]
fn listings_come_from_signatures_and_manifests() {
    let world = world();
    world.backup(AUTO).expect("full");
    tick(&world);
    fs::remove_file(world.source().join("z")).expect("remove");
    fs::write(world.source().join("new"), "x").expect("write");
    world.backup(AUTO).expect("increment");
    fs::remove_dir_all(&world.ctx.archive_folder).expect("the cache is lost");
    let mut names = Vec::new();
    list::current_files(&world.ctx, None, None, &mut |path, _| names.push(path.to_string())).expect("list");
    assert_eq!(names, [".", "a", "folder", "folder/deep", "folder/deep/big", "folder/small", "new"]);
    let path = EntryPath::parse(b"z").expect("path");
    let changes = list::file_changes(&world.ctx, &path).expect("changes");
    assert_eq!(changes.len(), 2, "made and deleted: {changes:?}");
    assert_eq!(list::set_changes(&world.ctx, -1).expect("last").1.len(), 2);
}
