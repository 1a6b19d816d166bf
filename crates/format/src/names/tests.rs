use super::*;
use proptest::prelude::*;

const T0: Timestamp = Timestamp(1_767_323_045);
const T1: Timestamp = Timestamp(1_767_409_445);
const FULL: SetId = SetId::Full { time: T0 };
const INC: SetId = SetId::Increment { start: T0, end: T1 };

fn parse(name: &str) -> Option<FileName> {
    FileName::parse(&Prefixes::default(), name, ':')
}

fn volume(set: SetId, number: u32) -> FileKind {
    FileKind::Volume { set, number }
}

#[test]
fn every_form_of_name_is_read() {
    use Encoding::{Gzip, Pgp, Plain, Smime};
    // t87v6t and t89put are to_base36() of stock 3.2.1 for T0 and T1.
    let known = [
        ("duplicity-full.20260102T030405Z.vol1.difftar", volume(FULL, 1), Plain, false),
        ("duplicity-full.20260102T030405Z.vol12.difftar.gpg", volume(FULL, 12), Pgp, false),
        ("duplicity-full.20260102T030405Z.vol007.difftar.gz", volume(FULL, 7), Gzip, false),
        ("duplicity-full.20260102t030405z.vol1.difftar.p7m", volume(FULL, 1), Smime, false),
        ("duplicity-full.2026-01-02T03:04:05+00:00.vol1.difftar.g", volume(FULL, 1), Pgp, false),
        ("duplicity-full.2026-01-02T04:04:05+01:00.manifest", FileKind::Manifest { set: FULL }, Plain, false),
        ("duplicity-full.20260102T030405Z.manifest.part", FileKind::Manifest { set: FULL }, Plain, true),
        ("duplicity-inc.20260102T030405Z.to.20260103T030405Z.vol3.difftar.z", volume(INC, 3), Gzip, false),
        (
            "duplicity-inc.20260102T030405Z.to.20260103T030405Z.manifest.gpg",
            FileKind::Manifest { set: INC },
            Pgp,
            false,
        ),
        (
            "duplicity-full-signatures.20260102T030405Z.sigtar.gz",
            FileKind::Signatures { set: FULL },
            Gzip,
            false,
        ),
        (
            "duplicity-new-signatures.20260102T030405Z.to.20260103T030405Z.sigtar.part",
            FileKind::Signatures { set: INC },
            Plain,
            true,
        ),
        ("duplicity-full.20260102T030405Z.jsonstat.gpg", FileKind::JsonStat { set: FULL }, Pgp, false),
        (
            "duplicity-inc.20260102T030405Z.to.20260103T030405Z.jsonstat",
            FileKind::JsonStat { set: INC },
            Plain,
            false,
        ),
        ("df.t87v6t.1.dt", volume(FULL, 1), Plain, false),
        ("df.t87v6t.10.dt.g", volume(FULL, 36), Pgp, false),
        ("df.t87v6t.m", FileKind::Manifest { set: FULL }, Plain, false),
        ("df.t87v6t.m.p", FileKind::Manifest { set: FULL }, Plain, true),
        ("dfs.t87v6t.st.z", FileKind::Signatures { set: FULL }, Gzip, false),
        ("di.t87v6t.t89put.z.dt", volume(INC, 35), Plain, false),
        ("di.t87v6t.t89put.m.g", FileKind::Manifest { set: INC }, Pgp, false),
        ("dns.t87v6t.t89put.st", FileKind::Signatures { set: INC }, Plain, false),
    ];
    for (name, kind, encoding, partial) in known {
        assert_eq!(
            parse(name),
            Some(FileName { kind, encoding, partial }),
            "{name} is a name stock writes or wrote"
        );
    }
}

#[test]
fn foreign_names_are_none() {
    let names = [
        "",
        "lockfile",
        "duplicity-full",
        "duplicity-full.20260102T030405Z",
        "duplicity-full.20260102T030405Z.vol0.difftar",
        "duplicity-full.20260102T030405Z.vol.difftar",
        "duplicity-full.20260102T030405Z.vol4294967296.difftar",
        "duplicity-full.20260102T030405Z.vol1.difftarx",
        "duplicity-full.20260102T030405Z.vol1.difftar-journal",
        "duplicity-full.20260102T030405Z.manifests",
        "duplicity-full.19700101T000000Z.manifest",
        "duplicity-full.yesterday.manifest",
        "duplicity-inc.20260102T030405Z.manifest",
        "duplicity-inc.20260102T030405Z.to.manifest",
        "xduplicity-full.20260102T030405Z.manifest",
        "Duplicity-full.20260102T030405Z.manifest",
        "df.0.m",
        "df.T87V6T.m",
        "df.+1.m",
        "df.t87v6t.zzzzzzz.dt",
        "df.zzzzzzzzzzzzzzzzzz.m",
        "dfs.t87v6t.sty",
    ];
    for name in names {
        assert_eq!(parse(name), None, "{name:?} is nobody's object");
    }
}

#[test]
fn what_stands_beside_an_object_is_told_apart() {
    let recognise = |name: &str| FileName::recognise(&Prefixes::default(), name, ':').map(|(_, exact)| exact);
    for suffix in ["", ".gpg", ".gz", ".p7m", ".g", ".z", ".part", ".part.gpg"] {
        let name = format!("duplicity-full.20260102T030405Z.vol1.difftar{suffix}");
        assert_eq!(recognise(&name), Some(true), "{name} is the object");
    }
    for suffix in [".par2", ".gpg.par2", ".vol000+01.par2", ".gpg.tmp-1234", ".gz.gpg"] {
        let name = format!("duplicity-full.20260102T030405Z.vol1.difftar{suffix}");
        assert_eq!(recognise(&name), Some(false), "{name} only stands beside it");
    }
}

#[test]
fn prefixes_stand_first() {
    let prefixes = Prefixes {
        all: "all-".to_owned(),
        archive: "a/".to_owned(),
        manifest: "m.".to_owned(),
        signature: "s".to_owned(),
        jsonstat: "j".to_owned(),
    };
    let names = [
        (volume(INC, 2), "all-a/duplicity-inc.20260102T030405Z.to.20260103T030405Z.vol2.difftar.gpg"),
        (FileKind::Manifest { set: FULL }, "all-m.duplicity-full.20260102T030405Z.manifest.gpg"),
        (FileKind::Signatures { set: FULL }, "all-sduplicity-full-signatures.20260102T030405Z.sigtar.gpg"),
        (FileKind::JsonStat { set: FULL }, "all-jduplicity-full.20260102T030405Z.jsonstat.gpg"),
    ];
    for (kind, expected) in names {
        let name = FileName { kind, encoding: Encoding::Pgp, partial: false };
        assert_eq!(name.write(&prefixes), expected);
        assert_eq!(FileName::parse(&prefixes, expected, ':'), Some(name));
        assert_eq!(parse(expected), None, "without its prefix an object is another backup's");
    }
}

#[test]
fn sets_are_ordered_by_their_end() {
    let later = SetId::Full { time: T1 };
    let mut sets = [INC, later, FULL];
    sets.sort();
    assert_eq!(sets, [FULL, later, INC], "of two that end together the full one opens its chain first");
    assert_eq!((INC.start(), INC.end(), FULL.start(), FULL.end()), (T0, T1, T0, T0));
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (-2_177_452_800_i64..4_102_444_800).prop_filter("no time", |&t| t != 0).prop_map(Timestamp)
}

fn any_set() -> impl Strategy<Value = SetId> {
    prop_oneof![
        any_time().prop_map(|time| SetId::Full { time }),
        (any_time(), any_time()).prop_map(|(start, end)| SetId::Increment { start, end }),
    ]
}

fn any_kind() -> impl Strategy<Value = FileKind> {
    (any_set(), 1..=u32::MAX, 0..4).prop_map(|(set, number, kind)| match kind {
        0 => FileKind::Volume { set, number },
        1 => FileKind::Manifest { set },
        2 => FileKind::Signatures { set },
        _ => FileKind::JsonStat { set },
    })
}

fn any_encoding() -> impl Strategy<Value = Encoding> {
    prop_oneof![Just(Encoding::Plain), Just(Encoding::Gzip), Just(Encoding::Pgp), Just(Encoding::Smime)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_round_trip(
        kind in any_kind(), encoding in any_encoding(), partial: bool, texts in proptest::array::uniform5("[a-z.0-9é]{0,6}"),
    ) {
        let [all, archive, manifest, signature, jsonstat] = texts;
        let prefixes = Prefixes { all, archive, manifest, signature, jsonstat };
        let name = FileName { kind, encoding, partial };
        prop_assert_eq!(FileName::recognise(&prefixes, &name.write(&prefixes), ':'), Some((name, true)));
    }

    #[test]
    fn any_text_is_survived(text in "\\PC*", separator: char) {
        let _ = FileName::parse(&Prefixes::default(), &text, separator);
    }

    #[test]
    fn damaged_names_are_survived(
        kind in any_kind(), at in 0..100_usize, with in "[.0-9a-zTZé]{0,4}", cut in 0..5_usize,
    ) {
        let name = FileName { kind, encoding: Encoding::Pgp, partial: false }.write(&Prefixes::default());
        let at = at.min(name.len());
        let text = format!("{}{with}{}", &name[..at], &name[(at + cut).min(name.len())..]);
        if let Some((found, true)) = FileName::recognise(&Prefixes::default(), &text, ':') {
            // What is taken for an object has a long name of its own that means the same.
            prop_assert_eq!(parse(&found.write(&Prefixes::default())), Some(found));
        }
    }
}
