use super::*;
use crate::metadata::Kind;
use proptest::prelude::*;

fn path(text: &str) -> EntryPath {
    EntryPath::parse(text.as_bytes()).unwrap()
}

#[test]
fn names_of_members_are_those_of_stock() {
    let file = Metadata::new(Kind::File);
    let dir = Metadata::new(Kind::Dir);
    let link = Metadata::new(Kind::Symlink { target: b"t".to_vec() });
    let root = EntryPath::root();
    let cases: [(Member, &EntryPath, Option<&Metadata>, &str); 7] = [
        (Member::Snapshot, &root, Some(&dir), "snapshot/"),
        (Member::Signature, &root, Some(&file), "signature/"),
        (Member::Snapshot, &root, Some(&link), "snapshot/"),
        (Member::Signature, &path("a/b"), Some(&file), "signature/a/b"),
        (Member::Snapshot, &path("a/b"), Some(&dir), "snapshot/a/b/"),
        (Member::Snapshot, &path("a/b"), Some(&link), "snapshot/a/b"),
        (Member::Deleted, &path("a/b"), None, "deleted/a/b"),
    ];
    for (member, path, meta, expected) in cases {
        let mut out = Vec::new();
        header(&mut out, &member, path, meta, 0).unwrap();
        assert_eq!(&out[..expected.len() + 1], format!("{expected}\0").as_bytes(), "{member:?} of {path}");
        let found = Reader::new(&out[..]).next().unwrap();
        assert_eq!(found, Some((member, path.clone(), meta.cloned().unwrap_or(file.clone()))));
    }
}

#[test]
fn members_of_volumes_are_not_members_of_sigtars() {
    let file = Metadata::new(Kind::File);
    let mut out = Vec::new();
    crate::difftar::header(&mut out, &crate::difftar::Member::Diff, &path("a"), Some(&file), 0).unwrap();
    assert!(Reader::new(&out[..]).next().is_err(), "a volume was handed in for a sigtar");
    let dir = Metadata::new(Kind::Dir);
    assert!(
        header(&mut Vec::new(), &Member::Signature, &path("a"), Some(&dir), 0).is_err(),
        "folders have none"
    );
    assert!(header(&mut Vec::new(), &Member::Signature, &path("a"), None, 0).is_err());
    assert!(header(&mut Vec::new(), &Member::Signature, &path("a").child(b".."), Some(&file), 0).is_err());
}

#[test]
fn payloads_are_found_by_their_offset() {
    let file = Metadata::new(Kind::File);
    let mut out = Vec::new();
    let mut begins = Vec::new();
    for name in ["a", &"long".repeat(50)] {
        begins.push(out.len());
        header(&mut out, &Member::Signature, &path(name), Some(&file), 4).unwrap();
        out.extend_from_slice(&name.as_bytes()[..1].repeat(4));
        out.resize(out.len() + padding(4), 0);
    }
    let mut reader = Reader::new(&out[..]);
    for expected in [b"aaaa", b"llll"] {
        reader.next().unwrap().unwrap();
        let start = usize::try_from(reader.offset()).unwrap();
        assert_eq!(&out[start..start + 4], expected, "the index keeps where a signature begins");
        let begin = usize::try_from(reader.member_offset()).unwrap();
        assert_eq!(begin, begins.remove(0), "and where its member does");
        let mut alone = Reader::new(&out[begin..]);
        alone.next().unwrap().unwrap();
        let mut read = [0; 4];
        alone.read_exact(&mut read).unwrap();
        assert_eq!(&read, expected, "a member is read without those before it");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, name in "[a-z/.]{0,30}", kind: u8) {
        let _ = Reader::new(&bytes[..]).next();
        let mut block = [0; 512];
        block[..10].copy_from_slice(b"signature/");
        block[10..10 + name.len()].copy_from_slice(name.as_bytes());
        block[156] = kind;
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let _ = Reader::new(&block[..]).next();
    }
}
