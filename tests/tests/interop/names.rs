//! Names on the destination other than the usual: the short names of old versions, and prefixes.

use backtrail_base::fs;
use backtrail_tests::chain::{Chain, Room};
use backtrail_tests::mode::Mode;
use backtrail_tests::tool::Tool::{Backtrail, Duplicity3, Duplicity08};
use backtrail_tests::tree::seed;

#[test]
fn short_names_are_read_and_continued() {
    let room = Room::new();
    let stations = Mode::Passphrase.stations(&room);
    let old = stations.of(Duplicity08).clone().with_options(&["--short-filenames"]);
    let mut chain = Chain::new(&room, seed());
    chain.write(&old);
    chain.write(&old);
    let short = fs::read_dir(&chain.destination).expect("the destination").flatten();
    let long = short.filter(|entry| entry.file_name().to_string_lossy().starts_with("duplicity")).count();
    assert_eq!(long, 0, "0.8.22 shall have written short names only");
    chain.check_all(stations.of(Backtrail));
    chain.write(stations.of(Backtrail));
    chain.check_all(stations.of(Backtrail));
    chain.check(stations.of(Duplicity3), 2);
}

#[test]
fn prefixes_are_written_and_read() {
    let room = Room::new();
    let stations = Mode::Compressed.stations(&room);
    let prefixes = [
        "--file-prefix=all of them ",
        "--file-prefix-archive=a_",
        "--file-prefix-manifest=m.",
        "--file-prefix-signature=s-",
    ];
    let stations =
        [Backtrail, Duplicity3, Duplicity08].map(|tool| stations.of(tool).clone().with_options(&prefixes));
    let mut chain = Chain::new(&room, seed());
    for turn in 0..5 {
        chain.write(&stations[turn % 3]);
    }
    for entry in fs::read_dir(&chain.destination).expect("the destination").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let right = match name.strip_prefix("all of them ") {
            Some(rest) if rest.contains(".difftar") => rest.starts_with("a_duplicity-"),
            Some(rest) if rest.contains(".manifest") => rest.starts_with("m.duplicity-"),
            Some(rest) if rest.contains(".sigtar") => rest.starts_with("s-duplicity-"),
            _ => false,
        };
        assert!(right, "{name} does not have the prefixes asked for");
    }
    for station in &stations {
        chain.check_all(station);
    }
}
