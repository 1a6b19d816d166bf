//! What a file system keeps beyond duplicity's format comes back exactly: times to the nanosecond and before 1970,
//! extended attributes, access lists. Stock duplicity passes over all of it (`tests/tests/interop`).

mod support;

use backtrail_base::{Clock, fs};
use backtrail_engine::backup::{self, Mode, Protection};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, XattrFlags};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use support::{Random, World, read_tree};

const AUTO: Mode = Mode::Auto { full_if_older_than: None, full_if_increments: None };

fn set_time(path: &Path, seconds: i64, nanoseconds: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds as _ };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).expect("time");
}

fn set(path: &Path, name: &str, value: &[u8]) {
    rustix::fs::setxattr(path, name, value, XattrFlags::empty()).unwrap_or_else(|error| {
        panic!("{} needs a file system with attributes: {name}: {error}", path.display())
    });
}

/// An access list in the kernel's form: read and write for the owner, read for user 1000, nothing for others.
fn access_list() -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    let none = u32::MAX;
    for (tag, rights, id) in [(1_u16, 6_u16, none), (2, 4, 1000), (4, 4, none), (16, 4, none), (32, 0, none)]
    {
        list.extend(tag.to_le_bytes());
        list.extend(rights.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

/// Times to the nanosecond and attributes of every entry.
type Fine = BTreeMap<PathBuf, (i64, i64, u32, BTreeMap<Vec<u8>, Vec<u8>>)>;

fn fine(root: &Path) -> Fine {
    let entry = |path: &PathBuf| {
        let full = root.join(path);
        let metadata = fs::symlink_metadata(&full).expect("stat");
        let mut attributes = BTreeMap::new();
        if !metadata.is_symlink() {
            let mut list = vec![0; 4096];
            let length = rustix::fs::listxattr(&full, &mut list[..]).expect("list");
            for name in list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
                let mut value = vec![0; 4096];
                let length = rustix::fs::getxattr(&full, name, &mut value[..]).expect("value");
                value.truncate(length);
                attributes.insert(name.to_vec(), value);
            }
        }
        (path.clone(), (metadata.mtime(), metadata.mtime_nsec(), metadata.mode(), attributes))
    };
    read_tree(root).keys().map(entry).collect()
}

/// Makes a backup and holds the restored tree against the source, to the nanosecond.
fn back_up(world: &World, expected_entries: Option<u64>, what: &str) -> backup::Report {
    world.clock.set(world.clock.now().plus(100));
    let report = world.backup(AUTO).expect("backup");
    assert!(report.warnings.is_empty(), "{what}: {:?}", report.warnings);
    let (restored, tree) = world.restored(None);
    assert!(restored.problems.is_empty(), "{what}: {:?}", restored.problems);
    assert_eq!(tree, read_tree(&world.source()), "{what}");
    let (expected, found) = (fine(&world.source()), fine(&world.folder.path().join("restored")));
    for (path, entry) in &expected {
        assert_eq!(Some(entry), found.get(path), "{what}: {}", path.display());
    }
    if let Some(entries) = expected_entries {
        assert_eq!(report.statistics.delta_entries, entries, "{what}: {:?}", report.statistics);
    }
    report
}

#[test]
fn times_come_back_to_the_nanosecond_and_from_before_1970() {
    let world = World::new(Protection::Gzip, None);
    let source = world.source();
    fs::create_dir(source.join("folder")).expect("folder");
    std::os::unix::fs::symlink("nowhere", source.join("link")).expect("link");
    fs::write(source.join("folder/big"), Random(3).bytes(300_000)).expect("write");
    let times =
        [("a", 0, 1), ("b", -1, 999_999_999), ("c", -2_000_000_000, 5), ("d", 1_500_000_001, 999_999_999)];
    for (name, seconds, nanoseconds) in times {
        fs::write(source.join(name), name).expect("write");
        set_time(&source.join(name), seconds, nanoseconds);
    }
    set_time(&source.join("folder/big"), 1_500_000_000, 123_456_789);
    set_time(&source.join("link"), -7, 7);
    set_time(&source.join("folder"), -8, 8);
    set_time(&source, 1_600_000_000, 9);
    back_up(&world, None, "full");
    // Only the nanoseconds of a file, a folder and a link, and a second before 1970, change.
    set_time(&source.join("a"), 0, 2);
    set_time(&source.join("c"), -2_000_000_001, 5);
    set_time(&source.join("folder"), -8, 9);
    set_time(&source.join("link"), -7, 8);
    back_up(&world, Some(4), "fractions changed");
    set_time(&source.join("folder/big"), 1_500_000_000, 123_456_788);
    back_up(&world, Some(1), "a fraction of a large file changed");
    back_up(&world, Some(0), "nothing changed");
}

#[test]
fn attributes_and_access_lists_come_back() {
    let world = World::new(Protection::Gzip, None);
    let source = world.source();
    fs::create_dir(source.join("folder")).expect("folder");
    for (name, size) in [("plain", 10), ("folder/big", 300_000), ("listed", 20)] {
        fs::write(source.join(name), Random(4).bytes(size)).expect("write");
    }
    set(&source.join("plain"), "user.comment", b"\0binary\n\xff=");
    set(&source.join("plain"), "user.odd=name%3D", b"");
    set(&source.join("folder/big"), "user.big", &[7; 2000]);
    set(&source.join("folder"), "user.folder", b"1");
    set(&source.join("folder"), "system.posix_acl_default", &access_list());
    set(&source.join("listed"), "system.posix_acl_access", &access_list());
    back_up(&world, None, "full");
    back_up(&world, Some(0), "nothing changed");
    set(&source.join("plain"), "user.comment", b"other");
    set(&source.join("folder"), "user.folder", b"2");
    back_up(&world, Some(2), "attributes alone changed");
    rustix::fs::removexattr(source.join("folder/big"), "user.big").expect("remove");
    back_up(&world, Some(1), "an attribute was removed");
    // What stands beside the signatures serves where the index is gone.
    fs::remove_file(world.ctx.archive_folder.join("backtrail-index.sqlite")).expect("lost");
    set(&source.join("folder/big"), "user.new", b"new");
    set(&source.join("folder"), "user.folder", b"3");
    back_up(&world, Some(2), "attributes changed while the index was lost");
    back_up(&world, Some(0), "nothing changed again");
    let mut content = fs::read(source.join("folder/big")).expect("read");
    content[5] ^= 1;
    fs::write(source.join("folder/big"), content).expect("write");
    back_up(&world, Some(1), "the content of a file with attributes changed");
}
