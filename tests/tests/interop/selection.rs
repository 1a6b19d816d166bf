//! What is chosen for a backup: random lists of rules, given to stock and to us over the same small folder, must
//! choose the same paths, or be refused by both.

use backtrail_base::fs;
use backtrail_tests::chain::Room;
use backtrail_tests::mode::{Mode, Stations};
use backtrail_tests::tool::Tool::{self, Backtrail, Duplicity3, Duplicity08};
use backtrail_tests::tree::seed;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::path::{Path, PathBuf};

const NAMES: [&str; 6] = ["a", "b", "ab", "a b", "B", "c.txt"];

/// A folder three deep in which every name has files and folders of every other name.
fn plant(root: &Path) {
    fs::create_dir(root).expect("the source");
    for folder in ["a", "b", "ab", "a b"] {
        for inner in ["a", "b", "B"] {
            fs::create_dir_all(root.join(folder).join(inner)).expect("a folder");
            for name in ["ab", "c.txt", "a b"] {
                fs::write(root.join(folder).join(inner).join(name), name).expect("a file");
            }
        }
        fs::write(root.join(folder).join("c.txt"), "text").expect("a file");
    }
    fs::write(root.join("b/a/.nobackup"), "").expect("a mark");
    fs::write(root.join("B"), "a file").expect("a file");
    fs::write(root.join("c.txt"), "old").expect("a file");
    backtrail_tests::tree::set_time(&root.join("c.txt"), 1_000_000_000, 0).expect("an old time");
    fs::os::unix::fs::symlink("a", root.join("link")).expect("a link");
}

fn component(rng: &mut SmallRng) -> String {
    match rng.random_range(0..8) {
        0 => "*".into(),
        1 => "?".into(),
        2 => "[ab]".into(),
        3 => "[!a]*".into(),
        4 => "a*".into(),
        5 => "**".into(),
        _ => (*NAMES.choose(rng).unwrap_or(&"a")).into(),
    }
}

/// A glob below the source. `case` allows `ignorecase:`, which 0.8.22 refuses when the source has capitals in its
/// path, as this one has.
fn glob(rng: &mut SmallRng, root: &str, case: bool) -> String {
    let mut pattern = match rng.random_range(0..10) {
        0 => "**".to_owned(),
        1 if case => format!("ignorecase:{root}"),
        _ => root.to_owned(),
    };
    for _ in 0..rng.random_range(1..=3) {
        pattern += "/";
        pattern += &component(rng);
    }
    if rng.random_range(0..6) == 0 {
        pattern += "/";
    }
    pattern
}

/// A list of rules as words of a command line; the last one excludes, else it is redundant. `case` allows what
/// 0.8.22 has not: `--filter-…` before a rule, and `ignorecase:`.
fn rules(rng: &mut SmallRng, root: &str, lists: &Path, case: bool) -> Vec<String> {
    let count = rng.random_range(1..=4);
    let mut words = Vec::new();
    for index in 0..count {
        let includes = index + 1 < count && rng.random_bool(0.5);
        let kind = if includes { "--include" } else { "--exclude" };
        let regexp = ["/a/b", r".*\.txt$", "a b", "/[Bb]/"].choose(rng).copied().unwrap_or("x");
        match rng.random_range(0..10) {
            0 => words.extend([format!("{kind}-regexp"), regexp.to_owned()]),
            1 => {
                let list = lists.join(format!("list {index}"));
                let (first, second) = (glob(rng, root, case), glob(rng, root, case));
                let text = format!("# a comment\n\n- {first}\n  {second}  \n+ {root}/a/b\n");
                fs::write(&list, text).expect("a file list");
                words.extend([format!("{kind}-filelist"), list.display().to_string()]);
            }
            2 if case => {
                let flag =
                    ["--filter-literal", "--filter-regexp", "--filter-ignorecase", "--filter-strictcase"];
                words.push(flag.choose(rng).copied().unwrap_or("--filter-globbing").into());
                words.extend([kind.into(), format!("{root}/{}/c.txt", NAMES.choose(rng).unwrap_or(&"a"))]);
                words.push("--filter-globbing".into());
            }
            3 if !includes => words.extend(["--exclude-if-present".into(), ".nobackup".into()]),
            4 if !includes => words.extend(["--exclude-older-than".into(), "2005-01-01".into()]),
            _ => words.extend([kind.into(), glob(rng, root, case)]),
        }
    }
    words.extend([
        "--exclude".into(),
        [format!("{root}/a b"), "**".into(), format!("{root}/*/?")][count % 3].clone(),
    ]);
    words
}

/// The paths a tool chooses, as we list them, or nothing if it refuses.
fn chosen(
    stations: &Stations,
    tool: Tool,
    root: &Path,
    place: &Path,
    rules: &[String],
) -> (Option<Vec<String>>, String) {
    let station = stations.of(tool).clone().with_options(rules);
    let url = format!("file://{}", place.display());
    let outcome = station.full(root, &url, 1_700_000_000);
    if outcome.code != Some(0) {
        return (None, outcome.to_string());
    }
    let listing = stations.of(Backtrail).run(&["list-current-files", &url]).ok();
    let dates = regex::Regex::new(r"^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} ").expect("a pattern");
    let lines = listing.stdout.lines().filter(|line| dates.is_match(line));
    (Some(lines.map(|line| dates.replace(line, "").into_owned()).collect()), outcome.to_string())
}

fn choose_alike(stock: Tool, rounds: usize) {
    let room = Room::new();
    let stations = Mode::Plain.stations(&room);
    let root: PathBuf = room.path().join("s");
    plant(&root);
    let seed = seed();
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut taken = 0;
    for round in 0..rounds {
        let rules = rules(&mut rng, &root.display().to_string(), room.path(), stock == Duplicity3);
        let (theirs, their_story) =
            chosen(&stations, stock, &root, &room.path().join(format!("t{round}")), &rules);
        let (ours, our_story) =
            chosen(&stations, Backtrail, &root, &room.path().join(format!("o{round}")), &rules);
        taken += usize::from(theirs.is_some());
        assert_eq!(
            ours, theirs,
            "seed {seed}, round {round}, ours (left), theirs: {our_story}\n{their_story}"
        );
    }
    assert!(taken * 2 > rounds, "most lists must be valid, or nothing is compared: {taken} of {rounds}");
}

#[test]
fn the_same_paths_are_chosen_as_by_3() {
    choose_alike(Duplicity3, 20);
}

#[test]
fn the_same_paths_are_chosen_as_by_08() {
    choose_alike(Duplicity08, 20);
}
