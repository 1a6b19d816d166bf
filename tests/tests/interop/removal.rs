//! Removing old backups: what we delete is what stock deletes, file for file, and what remains is restored by all.

use backtrail_base::fs;
use backtrail_tests::chain::{Chain, Room};
use backtrail_tests::mode::Mode;
use backtrail_tests::tool::Station;
use backtrail_tests::tool::Tool::{Backtrail, Duplicity3, Duplicity08};
use backtrail_tests::tree::seed;
use std::collections::BTreeSet;
use std::path::Path;

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a destination").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// A copy of the destination beside it.
fn copy(chain: &Chain, name: &str) -> (std::path::PathBuf, String) {
    let folder = chain.destination.with_file_name(name);
    fs::create_dir(&folder).expect("a folder for the copy");
    for entry in fs::read_dir(&chain.destination).expect("the destination").flatten() {
        fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
    }
    let url = format!("file://{}", folder.display());
    (folder, url)
}

/// Runs the same removal with all three, each on a copy of its own, and gives back our copy's name.
fn removes_alike(chain: &Chain, stations: &[&Station; 3], words: &[&str]) {
    let [ours, three, old] = stations.map(|station| {
        let name = format!("{} {} {}", words[0], words[1], station.tool.name());
        let (folder, url) = copy(chain, &name);
        let listed = station.run(&[words, &[&url]].concat()).ok();
        assert_eq!(names(&folder), names(&chain.destination), "without --force nothing goes: {listed}");
        let outcome = station.run(&[words, &["--force", &url]].concat()).ok();
        (names(&folder), outcome)
    });
    let story = format!("{words:?}, seed {}: {}", chain.tree.seed(), ours.1);
    assert_eq!(ours.0, three.0, "we must keep what 3.2.1 keeps (right): {story}");
    assert_eq!(ours.0, old.0, "we must keep what 0.8.22 keeps (right): {story}");
}

#[test]
fn the_same_sets_are_removed() {
    let room = Room::new();
    let stations = Mode::Compressed.stations(&room);
    let mut chain = Chain::new(&room, seed());
    // Three chains: full, inc, inc; full, inc; full, inc.
    for (index, writer) in
        [Backtrail, Duplicity3, Backtrail, Duplicity08, Backtrail, Backtrail, Duplicity3].iter().enumerate()
    {
        if [3, 5].contains(&index) {
            chain.write_full(stations.of(*writer));
        } else {
            chain.write(stations.of(*writer));
        }
    }
    let all = [Backtrail, Duplicity3, Duplicity08].map(|tool| stations.of(tool));
    removes_alike(&chain, &all, &["remove-all-but-n-full", "2"]);
    removes_alike(&chain, &all, &["remove-all-but-n-full", "1"]);
    removes_alike(&chain, &all, &["remove-all-inc-of-but-n-full", "1"]);
    removes_alike(&chain, &all, &["remove-all-inc-of-but-n-full", "2"]);
    for moment in [1, 2, 4, 5, 6] {
        let time = (chain.moments[moment].time + 1).to_string();
        removes_alike(&chain, &all, &["remove-older-than", &time]);
    }
    // And on the chain itself: what is left is whole.
    stations.of(Backtrail).run(&["remove-all-inc-of-but-n-full", "1", "--force", &chain.url]).ok();
    stations.of(Backtrail).run(&["remove-all-but-n-full", "2", "--force", &chain.url]).ok();
    for station in all {
        for index in [3, 5, 6] {
            chain.check(station, index);
        }
    }
}
