//! What stock duplicity selects, and what this does: the same, for a tree that has one of everything.

use std::collections::BTreeMap;

use backtrail_base::{Coded, Timestamp};
use backtrail_format::EntryPath;
use proptest::prelude::*;

use super::*;

/// The tree in `src`: `/` marks a folder, `@` a symbolic link to `dir`, `|` a FIFO, `!` a file of the year 1970.
const TREE: &str = "Dir2/ Dir2/F.PY [x] a.txt b.py cache/ cache/.nobackup cache/x dir/ dir/c.py dir/sub/ dir/sub/d.txt \
                    dir/sub/e.py empty/ link@ né old! pipe| é1";

/// One selection: source as typed, options as on the command line, and what is stored below the root: paths, or
/// `all but` paths, or the exit code.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// Observed with `duplicity full --no-encryption OPTIONS SOURCE file://…` and
/// `list-current-files`, 0.8.22 and 3.2.1, which agree on all of these.
#[rustfmt::skip]
const BOTH: &[Case] = &[
    ("src", &[("include", "src/dir/sub"), ("exclude", "**")], "dir dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("include", "src/dir/sub/"), ("exclude", "**")], "dir dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("include", "src/a.txt/"), ("exclude", "**")], ""),
    ("src", &[("include", "src/link/"), ("exclude", "**")], ""),
    ("src", &[("include", "**.py"), ("exclude", "**")], "b.py dir dir/c.py dir/sub dir/sub/e.py"),
    ("src", &[("include", "ignorecase:**.py"), ("exclude", "**")], "Dir2 Dir2/F.PY b.py dir dir/c.py dir/sub dir/sub/e.py"),
    ("src", &[("include", "src/*.py"), ("exclude", "**")], "b.py"),
    ("src", &[("include", "src/*/*.py"), ("exclude", "**")], "dir dir/c.py"),
    ("src", &[("exclude", "src/dir")], "all but dir dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("exclude", "src/d")], "all"),
    ("src", &[("exclude", "src/?.*")], "all but a.txt b.py"),
    ("src", &[("exclude", "src/?1"), ("exclude", "src/n?")], "all but né é1"),
    ("src", &[("exclude", "src/[ab].*")], "all but a.txt b.py"),
    ("src", &[("exclude", "src/[!ab].*")], "all"),
    ("src", &[("exclude", "src/[a-b]*")], "all but a.txt b.py"),
    ("src", &[("exclude", "src/[x]")], "all"),
    ("src", &[("exclude", "src/[[]x]")], "all but [x]"),
    ("src", &[("exclude", "src/[x")], "all"),
    ("src", &[("exclude", "src/dir/*")], "all but dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("exclude", "src/dir/**")], "all but dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("exclude", "**/sub")], "all but dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("exclude", "src/**")], ""),
    ("src", &[("include", "src/dir/sub"), ("exclude", "src/dir")], "all but dir/c.py"),
    ("src", &[("exclude", "src/dir"), ("include", "src/dir/sub"), ("exclude", "src/dir/sub")], "all but dir dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("include", "src/dir/sub"), ("exclude", "src/cache")], "all but cache cache/.nobackup cache/x"),
    ("src", &[("include", "**/sub"), ("exclude", "src/cache")], "dir dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("include", "src/empty/nothing"), ("exclude", "src/cache")], "all but cache cache/.nobackup cache/x empty"),
    ("src", &[("exclude-if-present", ".nobackup")], "all but cache cache/.nobackup cache/x"),
    ("src", &[("include", "src/cache"), ("exclude-if-present", ".nobackup"), ("exclude", "**")], ""),
    ("src", &[("exclude-older-than", "2000")], "all but old"),
    ("src", &[("include", "src/old"), ("exclude-older-than", "2000")], "all"),
    ("src", &[("exclude-regexp", "\\.py$")], "all but b.py dir/c.py dir/sub/e.py"),
    ("src", &[("exclude-regexp", "(?i)\\.PY$")], "all but Dir2/F.PY b.py dir/c.py dir/sub/e.py"),
    ("src", &[("include-regexp", "\\.py$"), ("exclude", "**")], "b.py"),
    ("src", &[("include-regexp", "\\.py$"), ("include-regexp", "/dir$"), ("exclude", "**")], "b.py dir dir/c.py"),
    ("src", &[("exclude-filelist", "# comment\n\n  src/dir \n+ src/cache/x\nsrc/cache\n'src/a.txt'\n")], "all but a.txt cache/.nobackup dir dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("include-filelist", "- src/dir/sub\nsrc/dir\n\"src/b.py\"\n- **\n")], "b.py dir dir/c.py"),
    ("./src/", &[("include", "src/dir/sub"), ("exclude", "src/**")], "dir dir/sub dir/sub/d.txt dir/sub/e.py"),
    (".", &[("exclude", "./dir"), ("exclude", "**.py")], "all but b.py dir dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("/w/src", &[("include", "/w/src/dir/c.py"), ("exclude", "/")], "dir dir/c.py"),
    ("/w//src/.", &[("exclude", "/w/src/*")], ""),
    ("src", &[("exclude", "dir")], "exit 14"),
    ("src", &[("exclude", "/src/dir")], "exit 14"),
    ("src", &[("exclude", "./src/dir")], "exit 14"),
    ("src", &[("exclude", "src//dir")], "exit 15"),
    ("src", &[("include", "src/dir")], "exit 16"),
    ("src", &[("exclude", "src/dir"), ("include", "src/a.txt")], "exit 16"),
    ("src", &[("include", "src/dir"), ("exclude-if-present", ".nobackup")], "exit 16"),
];

/// The same with 3.2.1 alone, for the options that 0.8.22 does not have.
#[rustfmt::skip]
const NEWER: &[Case] = &[
    ("src", &[("filter-literal", ""), ("exclude", "src/[x]")], "all but [x]"),
    ("src", &[("filter-literal", ""), ("include", "src/dir/sub"), ("exclude", "src")], "dir dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("filter-ignorecase", ""), ("exclude", "SRC/dir*")], "all but Dir2 Dir2/F.PY dir dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("filter-regexp", ""), ("exclude", "/d")], "all but dir dir/c.py dir/sub dir/sub/d.txt dir/sub/e.py"),
    ("src", &[("filter-literal", ""), ("filter-ignorecase", ""), ("exclude", "src/DIR2/"), ("filter-strictcase", ""), ("exclude", "src/DIR")], "all but Dir2 Dir2/F.PY"),
    ("src", &[("files-from", "dir/sub/d.txt\na.txt\nempty\n")], "a.txt dir dir/sub dir/sub/d.txt empty"),
    ("src", &[("files-from", "dir/sub/d.txt\na.txt\n"), ("exclude", "**.txt")], "dir dir/sub"),
    ("src", &[("files-from", "/etc\n")], "exit 72"),
    ("src", &[("files-from", "\n")], "exit 73"),
];

fn tree() -> BTreeMap<EntryPath, EntryInfo> {
    let entry = |word: &str| {
        let name = word.trim_end_matches(['/', '@', '|', '!']);
        let mark = &word[name.len()..];
        let info = EntryInfo {
            is_dir: mark == "/",
            is_file: matches!(mark, "" | "!"),
            is_device: false,
            mtime: Timestamp(if mark == "!" { 1000 } else { 1_700_000_000 }),
            dev: 1,
            root_dev: 1,
        };
        (EntryPath::parse(name.as_bytes()).unwrap(), info)
    };
    TREE.split_whitespace().map(entry).collect()
}

fn rules(options: &[(&str, &str)]) -> Vec<Rule> {
    let (mut syntax, mut ignore_case) = (Syntax::Glob, false);
    let mut rules = Vec::new();
    for &(option, value) in options {
        let include = option.starts_with("include");
        let text = value.as_bytes().to_vec();
        rules.push(match option {
            "include" | "exclude" => Rule::Match { include, pattern: Pattern { text, syntax, ignore_case } },
            "include-regexp" | "exclude-regexp" => {
                let pattern = Pattern { text, syntax: Syntax::Regexp, ignore_case };
                Rule::Match { include, pattern }
            }
            "include-filelist" | "exclude-filelist" => {
                Rule::List { include, text, syntax, ignore_case, separator: b'\n' }
            }
            "files-from" => Rule::FilesFrom { text, separator: b'\n' },
            "exclude-if-present" => Rule::ExcludeIfPresent(text),
            "exclude-older-than" => Rule::ExcludeOlderThan(Timestamp(value.parse().unwrap())),
            "exclude-device-files" => Rule::ExcludeDeviceFiles,
            "exclude-other-filesystems" => Rule::ExcludeOtherFilesystems,
            filter => {
                match filter {
                    "filter-literal" => syntax = Syntax::Literal,
                    "filter-regexp" => syntax = Syntax::Regexp,
                    "filter-ignorecase" => ignore_case = true,
                    "filter-strictcase" => ignore_case = false,
                    _ => panic!("no option {option}"),
                }
                continue;
            }
        });
    }
    rules
}

/// What a walk stores, and whether the root itself is.
fn selected(selection: &Selection, tree: &BTreeMap<EntryPath, EntryInfo>) -> Vec<String> {
    let mut stored = Vec::new();
    let mut waiting: Vec<EntryPath> = Vec::new();
    let mut excluded: Option<EntryPath> = None;
    for (path, info) in tree {
        if excluded.as_ref().is_some_and(|above| path.starts_with(above)) {
            continue;
        }
        waiting.retain(|folder| path.starts_with(folder));
        let probe = |name: &[u8]| {
            assert!(info.is_dir, "only folders hold anything");
            tree.contains_key(&path.child(name))
        };
        match selection.judge(path, info, &probe) {
            Verdict::Exclude => excluded = Some(path.clone()),
            Verdict::Scan => {
                assert!(info.is_dir, "only a folder can be scanned");
                waiting.push(path.clone());
            }
            Verdict::Include => stored.extend(waiting.drain(..).chain([path.clone()]).map(|p| p.to_string())),
        }
    }
    stored
}

fn exit(error: &SelectError) -> String {
    let code = match error {
        SelectError::FileList { .. } => 7,
        SelectError::PatternOutside { .. } => 14,
        SelectError::PatternInvalid { .. } => 15,
        SelectError::RedundantInclude { .. } => 16,
        SelectError::FilesFromAbsolute { .. } => 72,
        SelectError::FilesFromEmpty => 73,
    };
    assert!(error.next_step().is_some(), "every error says what to do: {error}");
    format!("exit {code}")
}

#[test]
fn selects_what_stock_duplicity_selects() {
    let tree = tree();
    for (source, options, expected) in BOTH.iter().chain(NEWER) {
        let got = match Selection::new(source.as_bytes(), rules(options)) {
            Ok(selection) => selected(&selection, &tree).join(" "),
            Err(error) => exit(&error),
        };
        let expected = match expected.strip_prefix("all") {
            Some(but) => {
                let but: Vec<&str> = but.split_whitespace().skip(1).collect();
                let all = tree.keys().map(ToString::to_string);
                all.filter(|path| !but.contains(&path.as_str())).collect::<Vec<_>>().join(" ")
            }
            None => (*expected).to_owned(),
        };
        assert_eq!(got, expected, "{source} with {options:?}: stock duplicity stores other entries");
    }
}

#[test]
fn without_rules_everything_is_included() {
    let selection = Selection::new(b"src", Vec::new()).unwrap();
    assert_eq!(selected(&selection, &tree()).len(), tree().len());
    assert_eq!(selected(&Selection::in_archive(Vec::new()).unwrap(), &tree()).len(), tree().len());
}

fn info() -> EntryInfo {
    EntryInfo { is_dir: false, is_file: true, is_device: false, mtime: Timestamp(5000), dev: 1, root_dev: 1 }
}

fn verdict(selection: &Selection, path: &[u8], info: &EntryInfo) -> Verdict {
    selection.judge(&EntryPath::parse(path).unwrap(), info, &|_| true)
}

#[test]
fn the_root_is_stored_whatever_the_rules_are() {
    let folder = EntryInfo { is_dir: true, is_file: false, ..info() };
    let rules = vec![Rule::exclude(Pattern::glob("src")), Rule::ExcludeIfPresent(b".nobackup".to_vec())];
    let selection = Selection::new(b"src", rules).unwrap();
    assert_eq!(verdict(&selection, b"", &folder), Verdict::Include, "stock never judges the root");
    assert_eq!(verdict(&selection, b"a", &info()), Verdict::Exclude);
}

#[test]
fn devices_and_other_file_systems_are_left_out() {
    let selection =
        Selection::new(b"/", rules(&[("exclude-other-filesystems", ""), ("exclude-device-files", "")]))
            .unwrap();
    assert_eq!(verdict(&selection, b"dev/sda", &EntryInfo { is_device: true, ..info() }), Verdict::Exclude);
    assert_eq!(verdict(&selection, b"proc", &EntryInfo { dev: 2, ..info() }), Verdict::Exclude);
    assert_eq!(verdict(&selection, b"etc", &info()), Verdict::Include);
    // Devices come first wherever the rule stands; file systems in their turn.
    let first = [("include", "/dev"), ("exclude-other-filesystems", ""), ("exclude-device-files", "")];
    let selection = Selection::new(b"/", rules(&first)).unwrap();
    let device = EntryInfo { is_device: true, dev: 2, ..info() };
    assert_eq!(verdict(&selection, b"dev/sda", &device), Verdict::Exclude);
    assert_eq!(verdict(&selection, b"dev/x", &EntryInfo { dev: 2, ..info() }), Verdict::Include);
}

#[test]
fn only_regular_files_grow_old() {
    let selection = Selection::new(b"src", vec![Rule::ExcludeOlderThan(Timestamp(6000))]).unwrap();
    assert_eq!(verdict(&selection, b"file", &info()), Verdict::Exclude);
    assert_eq!(
        verdict(&selection, b"file", &EntryInfo { mtime: Timestamp(6000), ..info() }),
        Verdict::Include
    );
    for is_dir in [true, false] {
        let other = EntryInfo { is_dir, is_file: false, ..info() };
        assert_eq!(verdict(&selection, b"old", &other), Verdict::Include, "stock asks for a regular file");
    }
}

#[test]
fn a_backup_of_everything_is_selected_from_the_root() {
    // How a profile does it: the source is `/`, its folders are includes, and the rest is excluded.
    for syntax in [Syntax::Glob, Syntax::Literal] {
        let rule = |include, text: &str| Rule::Match {
            include,
            pattern: Pattern { text: text.into(), syntax, ignore_case: false },
        };
        let rules = vec![rule(false, "/home/me/.cache"), rule(true, "/home/me"), rule(false, "/")];
        let selection = Selection::new(b"/", rules).unwrap();
        let folder = EntryInfo { is_dir: true, is_file: false, ..info() };
        assert_eq!(verdict(&selection, b"home", &folder), Verdict::Scan, "{syntax:?}: it leads to /home/me");
        assert_eq!(verdict(&selection, b"home/me", &folder), Verdict::Include);
        assert_eq!(verdict(&selection, b"home/me/.cache", &folder), Verdict::Exclude);
        assert_eq!(verdict(&selection, b"home/me/.cached", &folder), Verdict::Include);
        assert_eq!(verdict(&selection, b"home/you", &folder), Verdict::Exclude);
        assert_eq!(verdict(&selection, b"home/me2", &folder), Verdict::Exclude);
    }
}

#[test]
fn names_of_any_bytes_are_matched() {
    let exclude =
        |pattern: &[u8]| Selection::new(b"src", vec![Rule::exclude(Pattern::glob(pattern))]).unwrap();
    for (pattern, path, out) in [
        (b"src/\xff?".as_slice(), b"\xff\xfe".as_slice(), true),
        (b"src/??", b"\xff\xfe", true),
        (b"src/?", b"\xff\xfe", false),
        (b"src/?", "é".as_bytes(), true),
        (b"src/??", "é".as_bytes(), false),
        (b"src/[\xf0-\xff]", b"\xfe", true),
        (b"src/[!\xfe]", b"\xfe", false),
        (b"ignorecase:src/\xc3\x89", "é".as_bytes(), true),
        (b"src/[]a]", b"]", true),
        (b"src/[]a]", b"b]", false),
        (b"src/[!]]x", b"yx", true),
        (b"src/[!]]x", b"]x", false),
        (b"src/a*c", b"a\nb\xffc", true),
        (b"src/foo", b"foo\n", false), // stock would say true: Python's `$`
    ] {
        let got = verdict(&exclude(pattern), path, &info()) == Verdict::Exclude;
        assert_eq!(got, out, "{:?} on {:?}", String::from_utf8_lossy(pattern), String::from_utf8_lossy(path));
    }
    let regexp = Rule::exclude(Pattern::regexp(b"^src/.\xfe$".as_slice()));
    let regexp = Selection::new(b"src", vec![regexp]).unwrap();
    assert_eq!(verdict(&regexp, b"\xff\xfe", &info()), Verdict::Exclude, "regular expressions too");
}

#[test]
fn restores_are_selected_by_paths_as_they_are_listed() {
    let tree = tree();
    let select = |options: &[(&str, &str)]| match Selection::in_archive(rules(options)) {
        Ok(selection) => selected(&selection, &tree).join(" "),
        Err(error) => exit(&error),
    };
    // Observed with 3.2.1's ArchiveSelect and filter_restore_path_iter.
    assert_eq!(
        select(&[("include", "dir/sub"), ("exclude", "**")]),
        "dir dir/sub dir/sub/d.txt dir/sub/e.py"
    );
    assert_eq!(select(&[("include", "./*.py"), ("exclude", "**")]), "b.py");
    assert_eq!(select(&[("include", "nowhere"), ("exclude", "**")]), "");
    for outside in ["/dir", "dir/../etc", "dir/./sub"] {
        assert_eq!(select(&[("exclude", outside)]), "exit 14", "{outside} is no path of a backup");
    }
    assert_eq!(select(&[("exclude", "./")]), "exit 15");
    let selection = Selection::in_archive(rules(&[("exclude", "**")])).unwrap();
    let folder = EntryInfo { is_dir: true, is_file: false, ..info() };
    assert_eq!(verdict(&selection, b"", &folder), Verdict::Scan, "nothing selected, nothing restored");
}

#[test]
fn lists_are_read_as_stock_reads_them() {
    let read = |text: &str| -> Vec<String> {
        let lines = filelist::patterns(text.as_bytes(), b'\n', true);
        lines
            .into_iter()
            .map(|(i, p)| format!("{}{}", if i { '+' } else { '-' }, String::from_utf8_lossy(&p)))
            .collect()
    };
    assert_eq!(
        read(" \u{3000}a b \t\r\n\n#c\n  # d\n+ e\n- f\n-g\n+  h\n"),
        ["+a b", "+e", "-f", "+-g", "+ h"]
    );
    assert_eq!(read("'i j'\n\"k\"\n- ' l'\n'm\n'\n\"\"\n'n\"\n"), ["+i j", "+k", "- l", "+'m", "+'n\""]);
    let null = filelist::patterns(b"a\nb\0 - c\0\xff ", b'\0', false);
    let expected = [(false, b"a\nb".to_vec()), (false, b"c".to_vec()), (false, b"\xff".to_vec())];
    assert_eq!(null, expected, "a line break is part of a name when lines end in NUL");

    let paths = |text: &[u8]| {
        filelist::paths(text, b'\n').map(|paths| paths.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(paths(b"a/b/\r\n./ c\n#d\n").unwrap(), [" c", "#d", "a", "a/b"], "each byte counts");
    assert!(matches!(paths(b"a/../b"), Err(SelectError::FileList { .. })), "a path that leaves the source");
}

#[test]
fn a_pattern_that_cannot_be_read_is_named() {
    for (pattern, why) in [
        (Pattern::regexp("("), "unclosed"),
        (Pattern::regexp("(?!look)"), "look-around"),
        (Pattern::glob("src//a"), "two slashes"),
        (Pattern::glob("src/[b-a]"), "range"), // stock ends with a traceback, exit 30
        (Pattern::glob(""), "empty"),
    ] {
        let text = String::from_utf8_lossy(&pattern.text).into_owned();
        let error = Selection::new(b"src", vec![Rule::exclude(pattern)]).expect_err("it cannot be read");
        let message = error.to_string();
        assert!(matches!(error, SelectError::PatternInvalid { .. }), "{message}");
        assert!(message.contains(why) && message.contains(&text), "{message} should name {text} and {why}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn globs_agree_with_regular_expressions(
        pattern in "(a|b|/a|\\*|\\*\\*|\\?|\\[ab\\]|\\[!a\\]){1,7}", path in "[ab/é]{1,9}",
    ) {
        // Globmatch.py's own translation, for patterns without its special cases.
        prop_assume!(!pattern.ends_with('/'));
        let tokens = pattern.replace("**", "\0").replace('*', "[^/]*").replace('?', "[^/]").replace('\0', "(?s:.*)");
        let regexp = regex::Regex::new(&format!("^{}($|/)", tokens.replace("[!", "[^"))).unwrap();
        let Ok(glob) = glob::Glob::new(&Text::new(pattern.as_bytes()), false) else { return Ok(()) };
        let covers = glob.covers(&Text::new(path.as_bytes()), true, false) == glob::Covers::Yes;
        prop_assert_eq!(covers, regexp.is_match(&path), "{} on {}", pattern, path);
    }

    #[test]
    fn no_pattern_panics(pattern in proptest::collection::vec(any::<u8>(), 0..20), list in any::<Vec<u8>>()) {
        let rules = vec![
            Rule::exclude(Pattern::glob(pattern.clone())),
            Rule::List { include: false, text: list, syntax: Syntax::Glob, ignore_case: true, separator: b'\n' },
        ];
        for rule in rules {
            if let Ok(selection) = Selection::in_archive(vec![rule]) {
                let _ = verdict(&selection, &b"a/b"[..], &info());
            }
        }
        let _ = Selection::new(&pattern, vec![Rule::exclude(Pattern::literal("/a"))]);
    }
}

#[test]
fn patterns_made_to_be_slow_are_not() {
    // A backtracking matcher would take longer than the universe on the first.
    let slow = format!("src/{}b", "*a".repeat(60));
    let begun = std::time::Instant::now();
    let selection = Selection::new(b"src", vec![Rule::exclude(Pattern::glob(slow))]).unwrap();
    assert_eq!(verdict(&selection, "a".repeat(250).as_bytes(), &info()), Verdict::Include);
    let many = (0..20_000).map(|i| Rule::exclude(Pattern::glob(format!("src/folder{i}/*"))));
    let selection = Selection::new(b"src", many.collect()).unwrap();
    for i in 0..100 {
        assert_eq!(verdict(&selection, format!("folder{i}/x").as_bytes(), &info()), Verdict::Exclude);
        assert_eq!(verdict(&selection, format!("folder{i}").as_bytes(), &info()), Verdict::Include);
    }
    assert!(begun.elapsed().as_secs() < 30, "took {:?}", begun.elapsed());
}
