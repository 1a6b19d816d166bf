//! A writer that is killed at any moment leaves the old file or the new one. The writer is this test program itself,
//! started again with a folder in its environment.

use super::*;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FOLDER: &str = "BACKTRAIL_TEST_KILLED_WRITER";

/// Long enough that a part of it would be seen.
fn long(number: usize) -> Profile {
    let mut profile = sample();
    profile.id = "killed".parse().unwrap();
    profile.name = format!("number {number}");
    profile.excludes.patterns = (0..2_000).map(|n| format!("/home/ann/{number}/{n}")).collect();
    profile
}

/// Not a test of its own: writes until it is killed, when it was started for that.
#[test]
fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let profiles = profiles(Path::new(&folder));
    for number in 1.. {
        profiles.save(&long(number)).unwrap();
    }
}

#[test]
fn a_writer_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    profiles.save(&long(0)).unwrap();
    let mut numbers = BTreeSet::new();
    for round in 0..12 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "profile::files::tests::killed::writes_until_it_is_killed"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let before = profiles.load(&"killed".parse().unwrap()).unwrap();
        // Once it writes, it is killed somewhere in the midst of that.
        let started = Instant::now();
        while profiles.load(&before.id).unwrap() == before && started.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(700 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let after = profiles.load(&before.id).expect("never a part of a file");
        let number: usize = after.name.trim_start_matches("number ").parse().unwrap();
        assert_eq!(after.excludes, long(number).excludes, "nor two files mixed");
        numbers.insert(number);
    }
    assert!(numbers.len() > 1, "the writers were killed before they wrote: {numbers:?}");
    assert!(profiles.list().unwrap().damaged.is_empty());
}
