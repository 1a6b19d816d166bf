use super::*;
use proptest::prelude::*;

fn path(text: &str) -> EntryPath {
    EntryPath::parse(text.as_bytes()).unwrap()
}

#[test]
fn the_order_is_the_one_stock_was_seen_to_write() {
    let sorted = ["", "dir", "dir/b", "dir/sub", "dir/sub/c", "dir x", "dir-x", "dir-x/y", "dir.y"];
    let mut paths: Vec<_> = sorted.iter().rev().map(|text| path(text)).collect();
    paths.sort();
    let found: Vec<_> = paths.iter().map(|path| String::from_utf8_lossy(path.as_bytes())).collect();
    assert_eq!(found, sorted, "stock skips an entry that is not greater than the one before");
}

#[test]
fn roots_and_slashes() {
    for text in ["", ".", "./"] {
        assert!(path(text).is_root(), "{text:?} is the root");
    }
    assert_eq!(path("a/b/").as_bytes(), b"a/b", "a folder's name may end in a slash");
    assert_eq!(path("").to_string(), ".");
    assert_eq!(path("").name(), None);
    assert_eq!(path("").parent(), None);
    assert_eq!(path("").components().count(), 0);
    assert_eq!(path("a").parent(), Some(EntryPath::root()));
    assert_eq!(path("a/b").parent(), Some(path("a")));
    assert_eq!(path("a/b").name(), Some(&b"b"[..]));
}

#[test]
fn what_could_leave_the_folder_is_refused() {
    for (text, escapes) in [
        ("..", true),
        ("a/../b", true),
        ("a/..", true),
        ("/a", true),
        ("/", true),
        ("//", true),
        ("a//b", false),
        ("a/./b", false),
        ("./a", false),
        ("a\0b", false),
    ] {
        let error = EntryPath::parse(text.as_bytes()).unwrap_err();
        let Error::Path { escapes: found, .. } = error else { panic!("{text:?}: {error}") };
        assert_eq!(found, escapes, "{text:?}: {error}");
    }
    let root = EntryPath::root();
    for name in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0"] {
        assert!(root.try_child(name).is_err(), "{name:?} is no component");
    }
    assert_eq!(root.try_child(b"a").unwrap().try_child(b"...").unwrap(), path("a/..."));
}

#[test]
fn below_means_below() {
    assert!(path("a/b").starts_with(&path("a")));
    assert!(path("a").starts_with(&path("a")));
    assert!(path("a").starts_with(&EntryPath::root()));
    assert!(!path("ab").starts_with(&path("a")), "a name that begins alike is another folder");
    assert!(!path("a").starts_with(&path("a/b")));
    assert_eq!(path("a/b/c").strip_prefix(&path("a")), Some(path("b/c")));
    assert_eq!(path("a").strip_prefix(&path("a")), Some(EntryPath::root()));
    assert_eq!(path("ab").strip_prefix(&path("a")), None);
}

#[test]
fn the_root_is_quoted_as_a_dot() {
    assert_eq!(EntryPath::root().quote(), b".");
    assert_eq!(path("a b").quote(), br#""a\x20b""#);
    assert!(EntryPath::unquote(br#""a\x2f..\x2fb""#).is_err(), "quoting hides no way out");
}

fn component() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => proptest::sample::select(b"\n \"'\\.-a\x01\xff\xe9".to_vec()),
        1 => (1_u8..=255).prop_filter("a slash", |&byte| byte != b'/'),
    ];
    proptest::collection::vec(byte, 1..8).prop_filter("no component", |name| name != b"." && name != b"..")
}

fn components() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(component(), 0..5)
}

/// Short components of few bytes on both sides of the slash, so that names that begin alike are common.
fn alike() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let component = proptest::collection::vec(proptest::sample::select(b" -0\xff\x01".to_vec()), 1..4);
    proptest::collection::vec(component, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn order_is_that_of_tuples(a in alike(), b in alike()) {
        let joined = |names: &[Vec<u8>]| EntryPath::parse(&names.join(&b'/')).unwrap();
        prop_assert_eq!(joined(&a).cmp(&joined(&b)), a.cmp(&b), "stock compares tuples of bytes");
    }

    #[test]
    fn paths_round_trip(names in components(), cut in 0..6_usize) {
        let path = EntryPath::parse(&names.join(&b'/')).unwrap();
        prop_assert_eq!(path.components().map(<[u8]>::to_vec).collect::<Vec<_>>(), &names[..]);
        prop_assert_eq!(path.depth(), names.len());
        prop_assert_eq!(&EntryPath::unquote(&path.quote()).unwrap(), &path);
        let built = names.iter().fold(EntryPath::root(), |path, name| path.child(name));
        prop_assert_eq!(&built, &path);
        let cut_path = path.cut_to(cut);
        prop_assert_eq!(cut_path.components().collect::<Vec<_>>(), names.iter().take(cut).collect::<Vec<_>>());
        prop_assert_eq!(cut_path.join(&path.strip_prefix(&cut_path).unwrap()), path);
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, near in proptest::collection::vec(proptest::sample::select(b"./a\0\\x\"".to_vec()), 0..9)) {
        for bytes in [bytes, near] {
            if let Ok(path) = EntryPath::parse(&bytes) {
                prop_assert!(path.components().all(|name| !matches!(name, b"" | b"." | b"..")));
                prop_assert!(!path.as_bytes().contains(&0));
            }
            let _ = EntryPath::unquote(&bytes);
        }
    }
}
