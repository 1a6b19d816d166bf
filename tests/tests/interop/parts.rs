//! More than whole restores: verify with contents, single paths, and listings, each across the tools.

use backtrail_base::fs;
use backtrail_tests::chain::{Chain, Room};
use backtrail_tests::compare::{Facts, Object};
use backtrail_tests::mode::{Mode, Stations};
use backtrail_tests::tool::Tool::{self, Backtrail, Duplicity3, Duplicity08};
use backtrail_tests::tree::{seed, set_time};

const TIME: i64 = 1_700_000_000;

/// A full and two increments by one writer.
fn short_chain(room: &Room, stations: &Stations, writer: Tool) -> Chain {
    let mut chain = Chain::new(room, seed());
    for _ in 0..3 {
        chain.write(stations.of(writer));
    }
    chain
}

/// Verify with contents must find the source equal, and then one changed byte under an unchanged time.
fn verifies(chain: &Chain, stations: &Stations, verifier: Tool) {
    let station = stations.of(verifier);
    let source = chain.tree.root();
    station.verify(&chain.url, source).ok();
    let last = &chain.moments[chain.moments.len() - 1].facts;
    let Some((path, fact)) =
        last.0.iter().find(|(_, fact)| matches!(&fact.object, Object::File(c) if c.len() > 10))
    else {
        panic!("a tree without a file of ten bytes");
    };
    let (Object::File(content), place) = (&fact.object, join(source, path)) else {
        unreachable!("it is a file")
    };
    let mut changed = content.clone();
    changed[5] ^= 0x20;
    fs::write(&place, &changed).expect("one byte changed");
    set_time(&place, fact.mtime, 0).expect("the time as it was");
    station.verify(&chain.url, source).code(1);
    fs::write(&place, content).expect("the byte as it was");
    set_time(&place, fact.mtime, 0).expect("the time as it was");
}

fn join(root: &std::path::Path, path: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt;
    root.join(std::ffi::OsStr::from_bytes(path))
}

#[test]
fn ours_is_verified_and_listed_by_both() {
    let room = Room::new();
    let stations = Mode::Passphrase.stations(&room);
    let chain = short_chain(&room, &stations, Backtrail);
    for tool in [Duplicity3, Duplicity08] {
        verifies(&chain, &stations, tool);
        let status = stations.of(tool).run(&["collection-status", &chain.url]).ok();
        let complete = status.stdout.contains("No orphaned or incomplete backup sets found");
        assert!(complete, "our sets are complete: {status}");
        let listing = stations.of(tool).run(&["list-current-files", &chain.url]).ok();
        let listed = listing.stdout.lines().filter(|line| line.ends_with(" size 2049")).count();
        assert_eq!(
            listed,
            usize::from(exists(&chain, b"size 2049")),
            "a file is listed while it exists: {listing}"
        );
    }
}

fn exists(chain: &Chain, path: &[u8]) -> bool {
    chain.moments[chain.moments.len() - 1].facts.0.contains_key(path)
}

#[test]
fn theirs_is_verified_by_us() {
    for writer in [Duplicity3, Duplicity08] {
        let room = Room::new();
        let stations = Mode::Plain.stations(&room);
        let chain = short_chain(&room, &stations, writer);
        verifies(&chain, &stations, Backtrail);
    }
}

/// Up to eight paths worth restoring alone: a folder with things in it, the largest file, links, pipes, odd names.
fn telling_paths(facts: &Facts) -> Vec<Vec<u8>> {
    let kind = |wanted: fn(&Object) -> bool| {
        facts
            .0
            .iter()
            .filter(move |(path, fact)| !path.is_empty() && wanted(&fact.object))
            .map(|(path, _)| path.clone())
    };
    let size = |path: &Vec<u8>| match &facts.0[path].object {
        Object::File(content) => content.len(),
        _ => 0,
    };
    let mut paths: Vec<Vec<u8>> = Vec::new();
    paths.extend(kind(|object| *object == Object::Dir).max_by_key(|path| facts.below(path).0.len()));
    paths.extend(kind(|object| matches!(object, Object::File(_))).max_by_key(size));
    paths.extend(kind(|object| matches!(object, Object::File(_))).max_by_key(Vec::len));
    paths.extend(kind(|object| matches!(object, Object::File(_))).find(|path| path.contains(&b'\n')));
    paths.extend(
        kind(|object| matches!(object, Object::File(_))).find(|path| std::str::from_utf8(path).is_err()),
    );
    paths.extend(kind(|object| matches!(object, Object::Symlink(_))).next());
    paths.extend(kind(|object| *object == Object::Fifo).next());
    // 3.2.1 expands these as a shell would.
    paths.retain(|path| !path.contains(&b'$') && !path.starts_with(b"~"));
    paths.sort();
    paths.dedup();
    paths
}

fn single_paths(writer: Tool, readers: &[Tool]) {
    let room = Room::new();
    let stations = Mode::Compressed.stations(&room);
    let chain = short_chain(&room, &stations, writer);
    for &reader in readers {
        for index in [0, 2] {
            for path in telling_paths(&chain.moments[index].facts) {
                chain.check_path(stations.of(reader), index, &path);
            }
        }
    }
}

#[test]
fn single_paths_of_ours() {
    single_paths(Backtrail, &[Duplicity3, Duplicity08, Backtrail]);
}

#[test]
fn single_paths_of_theirs() {
    single_paths(Duplicity3, &[Backtrail]);
    single_paths(Duplicity08, &[Backtrail]);
}

/// 0.8.22 takes the word after `--file-to-restore` whatever it is, 3.2.1 when it has a space; scripts that work with
/// both must work with us.
#[test]
fn a_path_like_an_option_is_taken_as_a_path() {
    let room = Room::new();
    let stations = Mode::Plain.stations(&room);
    let mut chain = Chain::new(&room, seed());
    chain.write(stations.of(Backtrail));
    let file = &chain.moments[0].facts.below(b"-leading dash");
    for (tool, option) in [
        (Duplicity08, "--file-to-restore"),
        (Duplicity3, "--path-to-restore"),
        (Backtrail, "--file-to-restore"),
        (Backtrail, "--path-to-restore"),
    ] {
        if tool == Backtrail && Tool::is_stand_in() {
            continue; // each stock version knows one of the spellings
        }
        let target = room.path().join(format!("{} {option}", tool.name()));
        let place = target.to_string_lossy();
        let outcome = stations.of(tool).run(&["restore", option, "-leading dash", &chain.url, &place]).ok();
        file.assert_same(&target, &outcome.to_string());
    }
}

/// A file written just before the backup may change again within the same second, and any file may be given a time near
/// the one it had. Neither may be missed by the next increment, whoever writes it.
#[test]
fn a_change_to_a_time_near_by_is_kept() {
    for writer in [Backtrail, Duplicity3, Duplicity08] {
        let room = Room::new();
        let stations = Mode::Compressed.stations(&room);
        let source = room.path().join("source");
        fs::create_dir(&source).expect("a source");
        // Stock as the writer of the full leaves nothing by which to see a change within the second.
        let moves: &[i64] = if Tool::is_stand_in() { &[-2, -1, 1, 2] } else { &[-2, -1, 0, 1, 2] };
        // Just written; one in the future, which every clock calls just written; and one long ago.
        let times = [("now", now()), ("future", 4_102_444_800), ("old", 1_000_000_000)];
        let files: Vec<(std::path::PathBuf, i64, i64)> = times
            .iter()
            .flat_map(|(name, time)| moves.iter().map(move |by| (format!("{name} {by}"), *time, *by)))
            .filter(|(name, _, by)| !(name.starts_with("old") && *by == 0)) // nobody can see that one
            .map(|(name, time, by)| (source.join(name), time, by))
            .collect();
        for (file, time, _) in &files {
            fs::write(file, "before").expect("a file");
            set_time(file, *time, 0).expect("its time");
        }
        let url = format!("file://{}", room.path().join("destination").display());
        stations.of(Backtrail).full(&source, &url, TIME).ok();
        for (file, time, by) in &files {
            fs::write(file, "after!").expect("the change");
            set_time(file, time + by, 0).expect("its time");
        }
        let incremental = stations.of(writer).incremental(&source, &url, TIME + 1000).ok();
        let target = room.path().join("target");
        stations.of(Duplicity3).restore(&url, &target, None).ok();
        let facts = Facts::of(&source).expect("the source");
        facts.assert_same(&target, &format!("full by backtrail, then {incremental}"));
    }
}

fn now() -> i64 {
    backtrail_base::Clock::now(&backtrail_base::SystemClock).0
}
