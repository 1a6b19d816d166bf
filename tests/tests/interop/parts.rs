//! More than whole restores: verify with contents, single paths, and listings, each across the tools.

use backtrail_base::fs;
use backtrail_tests::chain::{Chain, Room};
use backtrail_tests::compare::{Facts, Object};
use backtrail_tests::mode::{Mode, Stations};
use backtrail_tests::tool::Tool::{self, Backtrail, Duplicity3, Duplicity08};
use backtrail_tests::tree::{seed, set_time};

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
    let mut paths = Vec::new();
    paths.extend(kind(|object| *object == Object::Dir).max_by_key(|path| facts.below(path).0.len()));
    paths.extend(kind(|object| matches!(object, Object::File(_))).max_by_key(size));
    paths.extend(kind(|object| matches!(object, Object::File(_))).max_by_key(Vec::len));
    paths.extend(kind(|object| matches!(object, Object::File(_))).find(|path| path.contains(&b'\n')));
    paths.extend(
        kind(|object| matches!(object, Object::File(_))).find(|path| std::str::from_utf8(path).is_err()),
    );
    paths.extend(kind(|object| matches!(object, Object::Symlink(_))).next());
    paths.extend(kind(|object| *object == Object::Fifo).next());
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
