use super::*;
use proptest::prelude::*;

fn path(text: &str) -> EntryPath {
    EntryPath::parse(text.as_bytes()).unwrap()
}

/// A header block by hand, as other programs write them.
fn block(name: &[u8], kind: u8, size: u64, change: impl FnOnce(&mut [u8; 512])) -> Vec<u8> {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[108..116].copy_from_slice(b"0000001\0");
    block[116..124].copy_from_slice(b"0000002\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"00000000003\0");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar  \0");
    change(&mut block);
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block.to_vec()
}

fn with_payload(mut header: Vec<u8>, payload: &[u8]) -> Vec<u8> {
    header.extend_from_slice(payload);
    header.resize(header.len() + padding(payload.len() as u64), 0);
    header
}

/// A member with its payload.
type Whole = (Member, EntryPath, Metadata, Vec<u8>);

fn read_all(bytes: &[u8]) -> Result<Vec<Whole>> {
    let mut reader = Reader::new(bytes);
    let mut found = Vec::new();
    while let Some((member, path, meta)) = reader.next()? {
        let mut payload = Vec::new();
        reader.read_to_end(&mut payload)?;
        found.push((member, path, meta, payload));
    }
    Ok(found)
}

#[test]
fn names_of_members_are_those_of_stock() {
    let file = Metadata::new(Kind::File);
    let dir = Metadata::new(Kind::Dir);
    let link = Metadata::new(Kind::Symlink { target: b"t".to_vec() });
    let root = EntryPath::root();
    let cases: [(Member, &EntryPath, Option<&Metadata>, &str); 12] = [
        (Member::Snapshot, &root, Some(&dir), "snapshot/./"),
        (Member::Snapshot, &root, Some(&file), "snapshot/"),
        (Member::Snapshot, &root, Some(&link), "snapshot/"),
        (Member::SnapshotPiece(1), &root, Some(&file), "multivol_snapshot/./1"),
        (Member::Diff, &root, Some(&file), "diff/"),
        (Member::DiffPiece(2), &root, Some(&file), "multivol_diff/./2"),
        (Member::Snapshot, &path("a/b"), Some(&dir), "snapshot/a/b/"),
        (Member::Snapshot, &path("a/b"), Some(&file), "snapshot/a/b"),
        (Member::Diff, &path("a/b"), Some(&file), "diff/a/b"),
        (Member::Deleted, &path("a/b"), None, "deleted/a/b"),
        (Member::SnapshotPiece(12), &path("a/b"), Some(&file), "multivol_snapshot/a/b/12"),
        (Member::DiffPiece(u64::MAX), &path("a"), Some(&file), "multivol_diff/a/18446744073709551615"),
    ];
    for (member, path, meta, expected) in cases {
        let mut out = Vec::new();
        header(&mut out, &member, path, meta, 0).unwrap();
        assert_eq!(&out[..expected.len() + 1], format!("{expected}\0").as_bytes(), "{member:?} of {path}");
        let expected = (member, path.clone(), meta.cloned().unwrap_or(file.clone()), vec![]);
        assert_eq!(read_all(&out).unwrap(), [expected], "{member:?} of {path}");
    }
}

#[test]
fn impossible_members_are_refused() {
    let mut out = Vec::new();
    let dir = Metadata::new(Kind::Dir);
    let file = Metadata::new(Kind::File);
    let far = Metadata::new(Kind::CharDevice { major: 1, minor: 1 << 21 });
    let a = path("a");
    assert!(header(&mut out, &Member::Snapshot, &a, None, 0).is_err(), "only a deleted path has no metadata");
    assert!(header(&mut out, &Member::Snapshot, &a, Some(&dir), 1).is_err(), "a folder has no content");
    assert!(header(&mut out, &Member::Diff, &a, Some(&dir), 0).is_err(), "a folder has no delta");
    assert!(header(&mut out, &Member::Deleted, &a, None, 1).is_err(), "what is gone has no content");
    assert!(
        header(&mut out, &Member::Snapshot, &a, Some(&far), 0).is_err(),
        "tar has no room for that device"
    );
    for name in [&b".."[..], b"", b"x\0", b"x/../y"] {
        let bad = a.child(name);
        assert!(
            header(&mut out, &Member::Snapshot, &bad, Some(&file), 0).is_err(),
            "{bad:?} is fatal for stock"
        );
    }
    let huge = Metadata { pax: vec![(b"k".to_vec(), vec![b'v'; 1 << 20])], ..file };
    assert!(
        header(&mut out, &Member::Snapshot, &a, Some(&huge), 0).is_err(),
        "no reader of ours would take it back"
    );
    assert!(out.is_empty(), "a refused header leaves nothing behind");
}

#[test]
fn further_records_cannot_override_the_header() {
    let pax =
        [("path", "snapshot/../etc"), ("size", "9"), ("uid", "0"), ("a=b", "c"), ("", "x"), ("user.k", "v")];
    let pax = pax.map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).to_vec();
    let meta = Metadata { uid: 7, pax, ..Metadata::new(Kind::File) };
    let mut out = Vec::new();
    header(&mut out, &Member::Snapshot, &path("a"), Some(&meta), 0).unwrap();
    let found = read_all(&out).unwrap();
    assert_eq!(found[0].1, path("a"));
    assert_eq!((found[0].2.uid, found[0].2.size), (7, 0));
    assert_eq!(found[0].2.pax, [(b"user.k".to_vec(), b"v".to_vec())]);
    assert_eq!(found[0].2.pax_value(b"user.k"), Some(&b"v"[..]));
}

#[test]
fn gnu_long_names_and_large_numbers_are_read() {
    let name = format!("snapshot/{}", "n".repeat(200));
    let target = "t".repeat(300);
    let long = |kind, text: &str| {
        let text = format!("{text}\0");
        with_payload(block(b"././@LongLink", kind, text.len() as u64, |_| ()), text.as_bytes())
    };
    let numbers = |block: &mut [u8; 512]| {
        block[108..116].copy_from_slice(&[0x80, 0, 0, 0, 0, 0x2d, 0xc6, 0xc0]); // 3,000,000
        block[136..148].copy_from_slice(&[0xff; 12]); // -1
        // GNU keeps times here, where POSIX has the name's prefix.
        block[345..357].copy_from_slice(b"14000000000\0");
    };
    let bytes = [
        long(b'L', &name),
        long(b'K', &target),
        block(b"snapshot/nnn", b'2', 0, numbers),
        with_payload(block(b"snapshot/next", b'0', 3, |_| ()), b"abc"),
    ]
    .concat();
    let found = read_all(&bytes).unwrap();
    assert_eq!(found[0].1, path(&"n".repeat(200)));
    assert_eq!(found[0].2.kind, Kind::Symlink { target: target.into_bytes() });
    assert_eq!((found[0].2.uid, found[0].2.mtime), (3_000_000, -1));
    assert_eq!(
        (&found[1].1, &found[1].3[..]),
        (&path("next"), &b"abc"[..]),
        "a long name is for one entry only"
    );
}

#[test]
fn ustar_prefixes_old_folders_and_pax_records_are_read() {
    let posix = |block: &mut [u8; 512]| {
        block[257..265].copy_from_slice(b"ustar\x0000");
        block[345..358].copy_from_slice(b"snapshot/some");
    };
    let record = |text: &str| format!("{} {text}\n", text.len() + if text.len() > 6 { 4 } else { 3 });
    let records =
        [record("mtime=1234567890.5"), record("uid=5000000"), record("ctime=1"), record("size=2")].concat();
    let bytes = [
        block(b"name", b'0', 0, posix),
        block(b"snapshot/old/", 0, 0, |_| ()),
        with_payload(block(b"pax_global", b'g', 9, |_| ()), b"9 path=x\n"),
        with_payload(block(b"pax", b'x', records.len() as u64, |_| ()), records.as_bytes()),
        with_payload(block(b"snapshot/p", b'0', 0, |_| ()), b"ab"),
        block(b"snapshot/dir/", b'5', 999, |_| ()),
        block(b"deleted/last", b'0', 0, |_| ()),
    ]
    .concat();
    let found = read_all(&bytes).unwrap();
    assert_eq!(found[0].1, path("some/name"));
    assert_eq!((&found[1].1, &found[1].2.kind), (&path("old"), &Kind::Dir));
    assert_eq!((found[2].2.mtime, found[2].2.uid, found[2].2.size), (1_234_567_890, 5_000_000, 2));
    assert_eq!(found[2].2.pax, [(b"ctime".to_vec(), b"1".to_vec())], "what we do not know is kept");
    assert_eq!(found[2].3, b"ab", "the size of the record counts");
    assert_eq!(found[3].2.size, 0, "a folder's size is no payload");
    assert_eq!(found[4].0, Member::Deleted);
}

#[test]
fn what_no_archive_of_duplicitys_holds_is_refused() {
    use Error::{Archive, Path, Unsupported};
    type Check = fn(&Error) -> bool;
    let cases: [(&str, Vec<u8>, Check); 13] = [
        ("hard link", block(b"snapshot/a", b'1', 0, |_| ()), |e| matches!(e, Unsupported { .. })),
        ("sparse", block(b"snapshot/a", b'S', 0, |_| ()), |e| matches!(e, Unsupported { .. })),
        ("prefix", block(b"other/a", b'0', 0, |_| ()), |e| matches!(e, Archive { .. })),
        ("no prefix", block(b"snapshot", b'0', 0, |_| ()), |e| matches!(e, Archive { .. })),
        ("no number", block(b"multivol_diff/a/b", b'0', 0, |_| ()), |e| matches!(e, Archive { .. })),
        ("sign", block(b"multivol_diff/a/+1", b'0', 0, |_| ()), |e| matches!(e, Archive { .. })),
        ("folder piece", block(b"multivol_diff/a/1", b'5', 0, |_| ()), |e| matches!(e, Archive { .. })),
        ("dots", block(b"snapshot/a/../../b", b'0', 0, |_| ()), |e| matches!(e, Path { escapes: true, .. })),
        ("dots piece", block(b"multivol_snapshot/../1", b'0', 0, |_| ()), |e| matches!(e, Path { .. })),
        ("absolute", block(b"snapshot//etc/x", b'0', 0, |_| ()), |e| matches!(e, Path { .. })),
        (
            "checksum",
            {
                let mut b = block(b"snapshot/a", b'0', 0, |_| ());
                b[0] = b'x';
                b
            },
            |e| matches!(e, Archive { .. }),
        ),
        ("half a header", block(b"snapshot/a", b'0', 0, |_| ())[..300].to_vec(), |e| {
            matches!(e, Archive { .. })
        }),
        ("only a long name", with_payload(block(b"x", b'L', 2, |_| ()), b"a\0"), |e| {
            matches!(e, Archive { .. })
        }),
    ];
    for (what, bytes, check) in cases {
        let error = read_all(&bytes).unwrap_err();
        assert!(check(&error), "{what}: {error:?}");
    }
    let cut = with_payload(block(b"snapshot/a", b'0', 1000, |_| ()), b"only this");
    assert!(
        matches!(read_all(&cut), Err(Error::Io(_))),
        "an entry that is cut off is never taken for a whole one"
    );
    assert!(Reader::new(&cut[..]).next().unwrap().is_some());
    let mut skipping = Reader::new(&cut[..]);
    skipping.next().unwrap();
    assert!(skipping.next().is_err(), "nor when its payload is passed over");
}

#[test]
fn extension_headers_are_bounded() {
    let two_mib = block(b"pax", b'x', 2 << 20, |_| ());
    assert!(
        matches!(read_all(&two_mib), Err(Error::Archive { .. })),
        "refused before anything is read into memory"
    );
    let endless: Vec<u8> =
        std::iter::repeat_n(with_payload(block(b"x", b'L', 1 << 16, |_| ()), &[b'a'; 1 << 16]), 20)
            .flatten()
            .collect();
    assert!(matches!(read_all(&endless), Err(Error::Archive { .. })), "nor in many small parts");
}

#[test]
fn the_end_is_zeros_or_the_end_of_data() {
    let mut out = Vec::new();
    header(&mut out, &Member::Deleted, &path("a"), None, 0).unwrap();
    for end in [0, 512, 1024, end_blocks(512)] {
        let bytes = [&out[..], &vec![0; end]].concat();
        assert_eq!(read_all(&bytes).unwrap().len(), 1, "{end} bytes of zeros");
    }
    assert_eq!(read_all(&[]).unwrap(), [], "0.8.22 writes a volume of no bytes");
    assert_eq!(read_all(&[0; 10_240]).unwrap(), [], "3.2.1 writes one of zeros");
    let mut junk = Reader::new(&[&[0; 1024][..], b"junk after the end"].concat()[..]).next();
    assert_eq!(junk.as_mut().unwrap(), &None, "what fills a gpg volume after the end is not looked at");
    assert_eq!((end_blocks(0), end_blocks(512), end_blocks(10_240)), (10_240, 9_728, 10_240));
    assert_eq!((padding(0), padding(1), padding(512), padding(u64::MAX)), (0, 511, 0, 1));
}

fn any_path() -> impl Strategy<Value = EntryPath> {
    let byte = prop_oneof![proptest::sample::select(b"\n \"'\\.\xff\xc3\xa9".to_vec()), 1_u8..=255];
    let name = proptest::collection::vec(byte.prop_filter("a slash", |&byte| byte != b'/'), 1..256);
    proptest::collection::vec(name, 0..3)
        .prop_filter_map("no path", |parts| EntryPath::parse(&parts.join(&b'/')).ok())
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let text = || proptest::collection::vec(1_u8..=255, 0..200);
    let number = || 0..1_u32 << 21;
    prop_oneof![
        Just(Kind::File),
        Just(Kind::Dir),
        Just(Kind::Fifo),
        text().prop_map(|target| Kind::Symlink { target }),
        (number(), number()).prop_map(|(major, minor)| Kind::CharDevice { major, minor }),
        (number(), number()).prop_map(|(major, minor)| Kind::BlockDevice { major, minor }),
    ]
}

prop_compose! {
    fn any_metadata()(
        kind in any_kind(),
        mode in 0..0o10000_u32,
        owner in (0..=i64::MAX as u64, 0..5_000_000_u64),
        names in proptest::array::uniform2(proptest::collection::vec(1_u8..=255, 0..40)),
        mtime in prop_oneof![0..=i64::MAX, 0..20_000_000_000_i64],
        pax in proptest::collection::vec(("[A-Z][a-zA-Z.]{0,20}", any::<Vec<u8>>()), 0..3),
    ) -> Metadata {
        let [uname, gname] = names;
        let pax = pax.into_iter().map(|(key, value)| (key.into_bytes(), value)).collect();
        Metadata { kind, mode, uid: owner.0, gid: owner.1, uname, gname, mtime, size: 0, pax }
    }
}

fn any_entry() -> impl Strategy<Value = Whole> {
    let payload = proptest::collection::vec(any::<u8>(), 0..1500);
    (any_path(), any_metadata(), 0..6, any::<u64>(), payload).prop_map(
        |(path, meta, member, piece, payload)| {
            let file = Metadata { kind: Kind::File, ..meta.clone() };
            let sized =
                |meta: Metadata, payload: Vec<u8>| (Metadata { size: payload.len() as u64, ..meta }, payload);
            let (member, (meta, payload)) = match member {
                0 => (Member::Diff, sized(file, payload)),
                1 => (Member::SnapshotPiece(piece), sized(file, payload)),
                2 => (Member::DiffPiece(piece), sized(file, payload)),
                3 => (Member::Snapshot, sized(file, payload)),
                4 => (Member::Deleted, (Metadata::new(Kind::File), Vec::new())),
                _ if meta.kind.is_file() => (Member::Snapshot, sized(file, payload)),
                _ => (Member::Snapshot, (meta, Vec::new())),
            };
            (member, path, meta, payload)
        },
    )
}

fn write_all(entries: &[Whole]) -> Vec<u8> {
    let mut out = Vec::new();
    for (member, path, meta, payload) in entries {
        let meta = (*member != Member::Deleted).then_some(meta);
        header(&mut out, member, path, meta, payload.len() as u64).unwrap();
        out.extend_from_slice(payload);
        out.resize(out.len() + padding(payload.len() as u64), 0);
    }
    out.resize(out.len() + end_blocks(out.len() as u64), 0);
    out
}

/// Gives its bytes one to three at a time, with interruptions.
struct Drip<'a>(&'a [u8], u8);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1.wrapping_add(1);
        if self.1.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let few = buffer.len().min(usize::from(self.1 % 3) + 1);
        self.0.read(&mut buffer[..few])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn members_round_trip(entries in proptest::collection::vec(any_entry(), 0..4), dripping: bool) {
        let bytes = write_all(&entries);
        prop_assert_eq!(bytes.len() % 10_240, 0);
        if dripping {
            let mut reader = Reader::new(Drip(&bytes, 0));
            // Payloads are passed over here: the next header is found all the same.
            for (member, path, meta, payload) in entries {
                prop_assert_eq!(reader.next().unwrap(), Some((member, path, meta)));
                prop_assert_eq!(reader.payload_left(), payload.len() as u64);
            }
            prop_assert_eq!(reader.next().unwrap(), None);
            prop_assert_eq!(reader.next().unwrap(), None, "the end stays the end");
        } else {
            prop_assert_eq!(read_all(&bytes).unwrap(), entries);
        }
    }

    #[test]
    fn any_bytes_are_survived(
        bytes: Vec<u8>, entries in proptest::collection::vec(any_entry(), 1..3), at: usize, with: Vec<u8>, fix: bool,
    ) {
        let _ = read_all(&bytes);
        let mut damaged = write_all(&entries);
        let at = at % damaged.len();
        let end = (at + with.len()).min(damaged.len());
        damaged[at..end].copy_from_slice(&with[..end - at]);
        let _ = read_all(&damaged[..end]);
        if fix {
            // Checksums that hold, so that the damage reaches what is behind them.
            for block in damaged.chunks_mut(512) {
                block[148..156].fill(b' ');
                let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
                block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
        }
        let _ = read_all(&damaged);
    }

    #[test]
    fn any_header_is_survived(mut block in proptest::collection::vec(any::<u8>(), 512), kind in proptest::sample::select(b"\x000123456xgLK".to_vec()), rest: Vec<u8>) {
        block[..9].copy_from_slice(b"snapshot/");
        block[124..136].copy_from_slice(format!("{:011o}\0", rest.len()).as_bytes());
        block[156] = kind;
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let _ = read_all(&with_payload(block, &rest));
    }
}
