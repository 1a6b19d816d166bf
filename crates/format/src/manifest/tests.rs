use super::*;
use crate::error::Error;
use proptest::prelude::*;

fn path(text: &str) -> EntryPath {
    EntryPath::parse(text.as_bytes()).unwrap()
}

fn volume(start: &str, end: &str, sha1: &str) -> Volume {
    let position = |text| Position { path: path(text), block: None };
    Volume { start: position(start), end: position(end), hashes: vec![("SHA1".to_owned(), sha1.to_owned())] }
}

#[test]
fn a_manifest_with_both_hashes_has_these_bytes() {
    let start = Position { path: EntryPath::root(), block: None };
    let end = Position { path: path("a b"), block: Some(7) };
    let manifest = Manifest {
        hostname: b"host".to_vec(),
        localdir: b"/my home".to_vec(),
        volumes: [(1, Volume::new(start, end, "a1".to_owned(), "b2".to_owned()))].into(),
        files_changed: Some(vec![
            (Change::New, path("n")),
            (Change::Changed, path("c")),
            (Change::Deleted, path("d\n")),
        ]),
    };
    let expected = concat!(
        "Hostname host\n",
        "Localdir \"/my\\x20home\"\n",
        "Volume 1:\n",
        "    StartingPath   .  \n",
        "    EndingPath     \"a\\x20b\" 7\n",
        "    Hash SHA1 a1\n",
        "    Hash SHA256 b2\n",
        "Filelist 3\n",
        "    new      n\n",
        "    changed  c\n",
        "    deleted  \"d\\x0a\"\n",
    );
    assert_eq!(String::from_utf8(manifest.to_bytes()).unwrap(), expected, "stock reads exactly this");
    assert_eq!(Manifest::parse(expected.as_bytes()).unwrap(), manifest);
    let volume = &manifest.volumes[&1];
    assert_eq!((volume.sha1(), volume.sha256(), volume.hash("MD5")), (Some("a1"), Some("b2"), None));
}

#[test]
fn the_last_of_repeated_volumes_counts() {
    let block = |number: u32, sha1: &str| {
        let manifest = Manifest { volumes: [(number, volume("a", "b", sha1))].into(), ..Manifest::default() };
        manifest.volume_bytes(number)
    };
    let text =
        [block(1, "1"), block(2, "2"), block(3, "3"), block(2, "new"), b"Filelist 0\n".to_vec()].concat();
    let manifest = Manifest::parse(&text).unwrap();
    assert_eq!(manifest.volumes.keys().copied().collect::<Vec<_>>(), [1, 2], "3 was before the restart");
    assert_eq!(manifest.volumes[&2].sha1(), Some("new"), "the restart wrote volume 2 again");
    assert_eq!(manifest.files_changed, Some(vec![]));
}

#[test]
fn what_other_writers_leave_is_tolerated() {
    // Filelist first, lower-case fields, one space or none for the block, unknown lines, a wrong count, MD5 only.
    let text = concat!(
        "something: else\n",
        "hostname h\n",
        "Hostname second\n",
        "LOCALDIR /x\n",
        "Filelist 9\n",
        "    new      a\n",
        "    strange  b\n",
        "    deleted  \"bad\\quote\"\n",
        "    changed  c\n",
        "volume 1:\n",
        "  startingpath a \n",
        "\tEndingPath\tb\n",
        "    Comment hello\n",
        "\n",
        "    hash MD5 m\n",
        "Volume 2: trailing\n",
        "    StartingPath   b 3\n",
        "    EndingPath     c",
    );
    let manifest = Manifest::parse(text.as_bytes()).unwrap();
    assert_eq!(manifest.hostname, b"h", "the first one is the one stock finds");
    assert_eq!(manifest.localdir, b"/x");
    let files = manifest.files_changed.clone().unwrap();
    assert_eq!(files, [(Change::New, path("a")), (Change::Changed, path("c"))], "the list is informational");
    assert_eq!(manifest.volumes[&1].hash("md5"), Some("m"));
    assert_eq!(manifest.volumes[&1].sha1(), None);
    assert_eq!(manifest.volumes[&2].start.block, Some(3));
    assert_eq!(manifest.volumes[&2].end, Position { path: path("c"), block: None });
}

#[test]
fn a_damaged_block_names_its_line() {
    let cases = [
        ("Volume x:\n", 1),
        ("Volume 0:\n", 1),
        ("Volume 99999999999:\n", 1),
        ("Volume 1\n", 1),
        ("Hostname h\nVolume 1:\n    StartingPath   a  \n", 2),
        ("Volume 1:\n    StartingPath   a  \n    EndingPath     ../b  \n", 3),
        ("Volume 1:\n    StartingPath   a x\n    EndingPath     b  \n", 2),
        ("Volume 1:\n    StartingPath\n", 2),
        ("Volume 1:\n    StartingPath \"a\n", 2),
        ("Volume 1:\n    Hash SHA1\n", 2),
        ("Localdir \"a\n", 1),
    ];
    for (text, expected) in cases {
        match Manifest::parse(text.as_bytes()) {
            Err(Error::Manifest { line, .. }) => assert_eq!(line, expected, "{text:?}"),
            other => panic!("{text:?} must be refused, not {other:?}"),
        }
    }
    assert_eq!(Manifest::parse(b"").unwrap(), Manifest::default(), "an empty manifest names no volume");
}

#[test]
fn volumes_are_found_as_stock_finds_them() {
    let manifest = Manifest {
        volumes: [
            (1, volume(".", "dir", "1")),
            (2, volume("dir/b", "dir/sub/c", "2")),
            (3, volume("dir x", "z", "3")),
        ]
        .into(),
        ..Manifest::default()
    };
    for (asked, expected) in [
        (".", &[1, 2, 3][..]),
        ("dir", &[1, 2]),
        ("dir/a", &[]),
        ("dir/b", &[2]),
        ("dir/sub", &[2]),
        ("dir/sub/d", &[]),
        ("dir x", &[3]),
        ("zz", &[]),
    ] {
        assert_eq!(manifest.volumes_for(&path(asked)), expected, "start[:len(X)] <= X <= end for {asked}");
    }
}

fn any_path() -> impl Strategy<Value = EntryPath> {
    let byte = prop_oneof![proptest::sample::select(b"\n\r \"'\\.v\xff".to_vec()), 1_u8..=255];
    let name = proptest::collection::vec(byte.prop_filter("a slash", |&byte| byte != b'/'), 1..260);
    let parts = proptest::collection::vec(name, 0..3);
    parts.prop_filter_map("no path", |parts| EntryPath::parse(&parts.join(&b'/')).ok())
}

fn any_position() -> impl Strategy<Value = Position> {
    (any_path(), any::<Option<u64>>()).prop_map(|(path, block)| Position { path, block })
}

prop_compose! {
    fn any_volume()(start in any_position(), end in any_position(), sha1 in "[0-9a-f]{40}", sha256 in "[0-9a-f]{64}")
        -> Volume { Volume::new(start, end, sha1, sha256) }
}

prop_compose! {
    fn any_manifest()(
        hostname in "[a-z.0-9-]{0,20}",
        localdir: Vec<u8>,
        volumes in proptest::collection::btree_map(1..9_u32, any_volume(), 0..4),
        files in proptest::option::of(proptest::collection::vec(
            (proptest::sample::select(vec![Change::New, Change::Changed, Change::Deleted]), any_path()), 0..4)),
    ) -> Manifest {
        Manifest { hostname: hostname.into_bytes(), localdir, volumes, files_changed: files }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn manifests_round_trip(manifest in any_manifest()) {
        prop_assert_eq!(Manifest::parse(&manifest.to_bytes()).unwrap(), manifest);
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, manifest in any_manifest(), at: usize, byte: u8) {
        let _ = Manifest::parse(&bytes);
        let mut damaged = manifest.to_bytes();
        if !damaged.is_empty() {
            let at = at % damaged.len();
            damaged[at] = byte;
            let _ = Manifest::parse(&damaged);
            let _ = Manifest::parse(&damaged[..at]);
        }
    }
}
