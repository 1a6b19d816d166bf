//! The test of the tests: a hostile tree is what it says it is, the same seed makes the same tree, and the comparison
//! sees every kind of difference. It needs no backup program.

use backtrail_base::fs;
use backtrail_tests::chain::Room;
use backtrail_tests::compare::{Facts, Object, whole_seconds};
use backtrail_tests::tree::{PIECE, Tree, seed, set_time};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

/// The kind of an object as one letter; a folder's time is set by the system, so it is left out.
fn essence(facts: &Facts) -> Vec<(Vec<u8>, Object, u32, u32, u32)> {
    let one = |(path, fact): (&Vec<u8>, &backtrail_tests::compare::Fact)| {
        (path.clone(), fact.object.clone(), fact.mode, fact.uid, fact.gid)
    };
    facts.0.iter().map(one).collect()
}

fn letter(object: &Object) -> char {
    match object {
        Object::File(_) => 'f',
        Object::Dir => 'd',
        Object::Symlink(_) => 'l',
        Object::Fifo => 'p',
        Object::CharDevice(..) => 'c',
        Object::BlockDevice(..) => 'b',
    }
}

#[test]
fn the_same_seed_makes_the_same_history() {
    let seed = seed();
    eprintln!("BACKTRAIL_SEED={seed}");
    let history = || {
        let room = Room::new();
        let mut tree = Tree::plant(&room.path().join("tree"), seed).expect("a tree");
        let mut all = vec![Facts::of(tree.root()).expect("facts")];
        for _ in 0..5 {
            let next = tree.step(&all[all.len() - 1]).expect("a step");
            all.push(next);
        }
        all
    };
    let (first, second) = (history(), history());
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(essence(first), essence(second), "a failure must be repeatable from its seed");
    }
}

#[test]
fn a_history_meets_every_trap_and_every_change_of_type() {
    let seed = seed();
    eprintln!("BACKTRAIL_SEED={seed}");
    let room = Room::new();
    let mut tree = Tree::plant(&room.path().join("tree"), seed).expect("a tree");
    let mut before = Facts::of(tree.root()).expect("facts");
    let paths: Vec<&Vec<u8>> = before.0.keys().collect();
    assert!(paths.len() >= 200, "a small tree proves little: {}", paths.len());
    let names: Vec<&[u8]> =
        paths.iter().filter_map(|path| path.rsplit(|byte| *byte == b'/').next()).collect();
    assert!(names.iter().any(|name| name.len() == 255), "the longest name");
    assert!(names.iter().any(|name| name.contains(&b'\n')), "a newline");
    assert!(names.iter().any(|name| name.contains(&b'"')), "a quote");
    assert!(names.iter().any(|name| std::str::from_utf8(name).is_err()), "a name that is not UTF-8");
    assert!(names.iter().any(|name| name.starts_with(b"-")), "a name like an option");
    assert!(paths.iter().any(|path| path.len() > 3000), "a long path");
    assert!(paths.iter().any(|path| path.iter().filter(|byte| **byte == b'/').count() > 40), "a deep path");
    let mut sizes = BTreeSet::new();
    for fact in before.0.values() {
        if let Object::File(content) = &fact.object {
            sizes.insert(content.len());
        }
    }
    for size in [0, PIECE - 1, PIECE, PIECE + 1, 16 * PIECE, 1_700_000] {
        assert!(sizes.contains(&size), "a file of {size} bytes");
    }
    let mut met = BTreeSet::new();
    for _ in 0..5 {
        let now = tree.step(&before).expect("a step");
        assert!(!before.differences(&now).is_empty(), "a step changes something");
        for (path, old) in &before.0 {
            let new = now.0.get(path).map_or('-', |new| letter(&new.object));
            met.insert((letter(&old.object), new));
        }
        before = now;
    }
    let kinds = if tree.left_out().is_empty() { "fdlpcb" } else { "fdlp" };
    let mut lacking = Vec::new();
    for from in kinds.chars() {
        for to in kinds.chars().chain(['-']).filter(|to| *to != from) {
            if !met.contains(&(from, to)) {
                lacking.push((from, to));
            }
        }
    }
    // A card finds nothing to be played on when all of a kind have been changed in the same step: rare.
    assert!(lacking.len() <= 1, "changes of type that five steps did not meet: {lacking:?}");
}

#[test]
fn the_comparison_sees_every_difference() {
    let room = Room::new();
    let tree = Tree::plant(&room.path().join("tree"), 1).expect("a tree");
    let root = tree.root();
    for name in ["size 1", "size 2049"] {
        // Writing takes a setuid bit away from those who are not root.
        fs::set_permissions(root.join(name), std::fs::Permissions::from_mode(0o644)).expect("chmod");
    }
    let before = Facts::of(root).expect("facts");
    let differences = |what: &str, count: usize| {
        let now = Facts::of(root).expect("facts");
        let lines = before.differences(&now);
        assert_eq!(lines.len(), count, "{what}: {lines:#?}");
    };
    differences("nothing was changed", 0);
    let file = root.join("size 2049");
    let dressed = fs::symlink_metadata(&file).expect("its metadata");
    let mode = dressed.permissions().mode();
    fs::set_permissions(&file, std::fs::Permissions::from_mode(mode ^ 0o010)).expect("chmod");
    differences("one permission bit", 1);
    fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("chmod");
    differences("and back", 0);
    let time = before.0[b"size 2049".as_slice()].mtime;
    set_time(&file, time + 1, 0).expect("touch");
    differences("one second", 1);
    let mut content = fs::read(&file).expect("its content");
    content[1000] ^= 1;
    fs::write(&file, &content).expect("one bit");
    set_time(&file, time, 0).expect("touch");
    differences("one bit of content", 1);
    fs::write(root.join("size 1"), b"").expect("a shorter file");
    set_time(&root.join("size 1"), before.0[b"size 1".as_slice()].mtime, 0).expect("touch");
    differences("a shorter file", 2);
    fs::remove_file(root.join("dir.y")).expect("removed");
    set_time(root, before.0[b"".as_slice()].mtime, 0).expect("touch");
    differences("a missing file", 3);
    fs::write(root.join("dir.z"), b"").expect("made");
    set_time(root, before.0[b"".as_slice()].mtime, 0).expect("touch");
    differences("one too many", 4);
}

#[test]
fn seconds_round_as_duplicity_rounds_them() {
    assert_eq!(
        whole_seconds(1_500_000_001, 999_999_999),
        1_500_000_002,
        "format.md 3.2: this fraction rounds up"
    );
    assert_eq!(whole_seconds(1_500_000_001, 999_999_000), 1_500_000_001, "and this one down");
    assert_eq!(whole_seconds(0, 500_000_000), 0, "half a second is none");
}
