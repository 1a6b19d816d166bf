//! What stock duplicity 0.8.22 and 3.2.1 wrote (Debian 12, Python 3.11, `--no-encryption --no-compression`), read
//! and written again: every header, every manifest, byte for byte. The fixtures hold a tree of hostile names, every
//! kind of entry, owners and times that do not fit a tar header, and three increments over it, the last without a
//! change. The `large` manifests are of sets with several volumes and files cut into pieces.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails the test that asked for it")]

use backtrail_base::fs;
use backtrail_format::manifest::Manifest;
use backtrail_format::names::{Encoding, FileKind, FileName, Prefixes};
use backtrail_format::{EntryPath, Kind, Metadata, difftar, sigtar};
use std::io::Read;
use std::path::Path;

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut unpacked).unwrap();
    unpacked
}

/// Every fixture whose name ends so, with its bytes. Archives lie gzipped, since they are mostly zeros.
fn fixtures(ending: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found = Vec::new();
    for version in ["0.8.22", "3.2.1"] {
        for entry in fs::read_dir(root.join(version)).unwrap() {
            let path = entry.unwrap().path();
            let mut bytes = fs::read(&path).unwrap();
            let mut name = path.to_string_lossy().into_owned();
            if let Some(plain) = name.strip_suffix(".gz") {
                (name, bytes) = (plain.to_owned(), unpack(&bytes));
            }
            if name.ends_with(ending) {
                found.push((name, bytes));
            }
        }
    }
    assert!(found.len() >= 4, "the fixtures of both versions must be there");
    found
}

/// The written members must begin the original, and only zeros may follow.
fn assert_same(name: &str, written: &[u8], original: &[u8]) {
    let differs = written.iter().zip(original).position(|(a, b)| a != b);
    assert_eq!(differs, None, "{name}: the first differing byte; stock wrote other headers than we do");
    assert!(written.len() <= original.len(), "{name}: we wrote more than stock did");
    let rest = &original[written.len()..];
    assert!(rest.iter().all(|&byte| byte == 0), "{name}: stock has entries after our last");
    let ends = [0, difftar::end_blocks(written.len() as u64)];
    assert!(ends.contains(&rest.len()), "{name}: stock ends with {} zero bytes", rest.len());
}

fn check_order(name: &str, last: &mut Option<EntryPath>, path: &EntryPath) {
    assert!(last.as_ref().is_none_or(|last| last <= path), "{name}: {path} is out of order by our Ord");
    *last = Some(path.clone());
}

#[test]
fn volumes_are_written_again_byte_for_byte() {
    for (name, original) in fixtures(".difftar") {
        let mut reader = difftar::Reader::new(&original[..]);
        let mut written = Vec::new();
        let mut last = None;
        while let Some((member, path, meta)) = reader.next().unwrap() {
            let mut payload = Vec::new();
            reader.read_to_end(&mut payload).unwrap();
            assert_eq!(payload.len() as u64, meta.size, "{name}: the size of {path}");
            let meta: Option<&Metadata> = (member != difftar::Member::Deleted).then_some(&meta);
            difftar::header(&mut written, &member, &path, meta, payload.len() as u64).unwrap();
            written.extend_from_slice(&payload);
            written.resize(written.len() + difftar::padding(payload.len() as u64), 0);
            check_order(&name, &mut last, &path);
        }
        assert_same(&name, &written, &original);
    }
}

#[test]
fn sigtars_are_written_again_byte_for_byte() {
    for (name, original) in fixtures(".sigtar") {
        let mut reader = sigtar::Reader::new(&original[..]);
        let mut written = Vec::new();
        let mut last = None;
        while let Some((member, path, meta)) = reader.next().unwrap() {
            let mut payload = Vec::new();
            reader.read_to_end(&mut payload).unwrap();
            let meta: Option<&Metadata> = (member != sigtar::Member::Deleted).then_some(&meta);
            sigtar::header(&mut written, &member, &path, meta, payload.len() as u64).unwrap();
            written.extend_from_slice(&payload);
            written.resize(written.len() + sigtar::padding(payload.len() as u64), 0);
            check_order(&name, &mut last, &path);
        }
        assert_same(&name, &written, &original);
    }
}

#[test]
fn manifests_are_written_again_byte_for_byte() {
    for (name, original) in fixtures(".manifest") {
        let manifest = Manifest::parse(&original).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&manifest.to_bytes()),
            String::from_utf8_lossy(&original),
            "{name}: stock compares the local with the stored manifest"
        );
        let mut pieces = manifest.header_bytes();
        for &number in manifest.volumes.keys() {
            pieces.extend(manifest.volume_bytes(number));
        }
        pieces.extend(manifest.filelist_bytes());
        assert_eq!(pieces, original, "{name}: the pieces of a .part file make the whole");
        assert!(manifest.volumes.values().all(|volume| volume.sha1().is_some_and(|sha1| sha1.len() == 40)));
    }
}

#[test]
fn names_are_written_again_as_stock_wrote_them() {
    for ending in [".difftar", ".manifest", ".sigtar"] {
        for (path, _) in fixtures(ending) {
            let name = Path::new(&path).file_name().unwrap().to_str().unwrap();
            let name = &name[name.find("duplicity-").unwrap()..];
            let found = FileName::parse(&Prefixes::default(), name, ':').unwrap();
            assert_eq!(
                found.write(&Prefixes::default()),
                name,
                "the objects of a set are found by their names"
            );
            assert_eq!(found.encoding, Encoding::Plain);
            assert_eq!(matches!(found.kind, FileKind::Volume { .. }), ending == ".difftar");
        }
    }
}

#[test]
fn the_fixtures_hold_every_kind_of_entry() {
    for version in ["0.8.22", "3.2.1"] {
        let mut kinds = std::collections::HashMap::new();
        for (name, bytes) in fixtures(".difftar").iter().filter(|(name, _)| name.contains(version)) {
            let mut reader = difftar::Reader::new(&bytes[..]);
            while let Some((member, path, meta)) = reader.next().unwrap() {
                kinds.insert((name.clone(), path.as_bytes().to_vec()), (member, meta));
            }
        }
        let has = |what: &dyn Fn(&difftar::Member, &Metadata) -> bool| {
            kinds.values().any(|(member, meta)| what(member, meta))
        };
        assert!(has(&|_, meta| meta.kind == Kind::Fifo), "{version}: a pipe");
        assert!(has(&|_, meta| meta.kind == Kind::CharDevice { major: 1, minor: 3 }), "{version}: a device");
        assert!(
            has(&|_, meta| meta.kind == Kind::BlockDevice { major: 259, minor: 70_000 }),
            "{version}: a disk"
        );
        assert!(
            has(&|_, meta| meta.kind == Kind::Symlink { target: b"t\xff".repeat(60) }),
            "{version}: a link"
        );
        assert!(has(&|_, meta| meta.uid == 3_000_000 && meta.gid == 2_097_152), "{version}: large owners");
        assert!(has(&|_, meta| meta.mtime == 9_000_000_000), "{version}: a late time");
        assert!(has(&|_, meta| meta.mtime == 1_500_000_002), "{version}: a time that rounds up");
        assert!(has(&|_, meta| meta.mode == 0o4755), "{version}: setuid");
        assert!(has(&|member, _| *member == difftar::Member::Deleted), "{version}: a deleted path");
        assert!(has(&|member, _| *member == difftar::Member::Diff), "{version}: a delta");
        for name in [&b"bad\xff\xfe\xe2\x82 n\xc3\xa9"[..], b"new\nline", &[b'l'; 91], &[b'm'; 92]] {
            assert!(
                kinds.keys().any(|(_, path)| path == name),
                "{version}: {}",
                String::from_utf8_lossy(name)
            );
        }
        let deep = kinds.keys().find(|(_, path)| path.len() > 340);
        assert!(deep.is_some(), "{version}: a name of 255 bytes in a deep folder");
    }
}

#[test]
fn large_manifests_tell_the_volumes_of_a_path() {
    let large = fixtures(".manifest").into_iter().filter(|(name, _)| name.contains("large-duplicity-inc"));
    for (name, bytes) in large {
        let manifest = Manifest::parse(&bytes).unwrap();
        let volumes = |path: &[u8]| manifest.volumes_for(&EntryPath::parse(path).unwrap());
        assert_eq!(manifest.volumes.len(), 4, "{name}");
        assert_eq!(volumes(b"."), [1, 2, 3, 4], "{name}: the root is everywhere");
        assert_eq!(volumes(b"huge"), [1, 2, 3, 4], "{name}: a file cut over volumes is in each of them");
        assert_eq!(volumes(b"gone"), [1], "{name}");
        assert_eq!(volumes(b"new1"), [4], "{name}");
        assert_eq!(volumes(b"zzz"), [0; 0], "{name}: after the last path");
    }
}

/// One line of `tarfile_headers.txt.gz`, which `tarfile_headers.py` beside it made.
fn python_case(line: &str) -> (EntryPath, Metadata, u64, Vec<u8>) {
    let fields: Vec<&str> = line.split('\t').collect();
    let bytes = |index: usize| -> Vec<u8> {
        let digits = fields[index].as_bytes().chunks(2);
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    };
    let number = |index: usize| fields[index].parse::<u64>().unwrap();
    let (major, minor) = (u32::try_from(number(10)).unwrap(), u32::try_from(number(11)).unwrap());
    let kind = match fields[0] {
        "0" => Kind::File,
        "2" => Kind::Symlink { target: bytes(2) },
        "3" => Kind::CharDevice { major, minor },
        "4" => Kind::BlockDevice { major, minor },
        "5" => Kind::Dir,
        _ => Kind::Fifo,
    };
    let meta = Metadata {
        mode: u32::try_from(number(3)).unwrap(),
        uid: number(4),
        gid: number(5),
        uname: bytes(6),
        gname: bytes(7),
        mtime: i64::try_from(number(8)).unwrap(),
        size: number(9),
        pax: if fields[12].is_empty() { vec![] } else { vec![(bytes(12), bytes(13))] },
        ..Metadata::new(kind)
    };
    (EntryPath::parse(&bytes(1)).unwrap(), meta, number(9), bytes(14))
}

#[test]
fn headers_equal_those_of_pythons_tarfile() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tarfile_headers.txt.gz");
    let cases = String::from_utf8(unpack(&fs::read(path).unwrap())).unwrap();
    assert!(cases.lines().count() >= 100, "the cases are there");
    for (index, line) in cases.lines().enumerate() {
        let (path, meta, size, expected) = python_case(line);
        let mut header = Vec::new();
        difftar::header(&mut header, &difftar::Member::Snapshot, &path, Some(&meta), size).unwrap();
        let [ours, theirs] =
            [&header, &expected].map(|bytes| String::from_utf8_lossy(bytes).replace('\0', "·"));
        assert_eq!(ours, theirs, "case {index}: {path}, {meta:?}");
        assert_eq!(header, expected, "case {index}: {path}, {meta:?}");
        let found = difftar::Reader::new(&expected[..]).next().unwrap();
        assert_eq!(found, Some((difftar::Member::Snapshot, path, meta)), "case {index} reads back");
    }
}
