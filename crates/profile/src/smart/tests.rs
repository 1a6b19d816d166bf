use super::*;
use backtrail_format::EntryPath;

/// Whether the entry at this absolute path, or a folder above it, is left out.
fn left_out(rules: &[Rule], path: &[u8], is_dir: bool, tagged: &str) -> bool {
    let selection = Selection::new(b"/", rules.to_vec()).unwrap();
    let parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').skip(1).collect();
    (1..=parts.len()).any(|depth| {
        let here = parts[..depth].join(&b'/');
        let is_dir = depth < parts.len() || is_dir;
        let info = EntryInfo {
            is_dir,
            is_file: !is_dir,
            is_device: false,
            mtime: Timestamp(0),
            dev: 1,
            root_dev: 1,
        };
        let tag =
            |name: &[u8]| name == b"CACHEDIR.TAG" && format!("/{}", String::from_utf8_lossy(&here)) == tagged;
        let entry = EntryPath::parse(&here).unwrap();
        selection.judge(&entry, &info, &tag) == Verdict::Exclude
    })
}

#[test]
fn each_leaves_out_what_it_says_and_no_more() {
    let home = PersonFolders::at("/home/ann");
    let cases: [(SmartExclude, &[&str], &[&str]); 6] = [
        (
            SmartExclude::Caches,
            &[
                "/home/ann/.cache/x",
                "/home/ann/.config/Slack/Cache/1",
                "/home/ann/snap/firefox/common/.cache/a",
                "/var/cache/apt/x",
            ],
            &[
                "/home/ann/Cache/x",
                "/home/ann/work/.cache",
                "/home/ann/.config/Slack/storage",
                "/home/bob/.cache/x",
            ],
        ),
        (
            SmartExclude::Trash,
            &["/home/ann/.local/share/Trash/files/a", "/media/x/.Trash-1000/files/b", "/home/ann/.Trash/c"],
            &["/home/ann/Trash/a", "/home/ann/.Trash-notes/b"],
        ),
        (
            SmartExclude::Downloads,
            &["/home/ann/Downloads/a.iso"],
            &["/home/ann/Downloads.txt", "/home/ann/work/Downloads/a"],
        ),
        (SmartExclude::NodeModules, &["/home/ann/web/node_modules/a/b.js"], &["/home/ann/node_modules.md"]),
        (
            SmartExclude::BuildFolders,
            &[
                "/home/ann/p/__pycache__/a.pyc",
                "/home/ann/p/target/debug/a",
                "/home/ann/p/cmake-build-debug/a",
            ],
            &[
                "/home/ann/p/target/plan.txt",
                "/home/ann/p/build/a",
                "/home/ann/p/dist/a",
                "/home/ann/p/src/a",
            ],
        ),
        (
            SmartExclude::VirtualMachines,
            &[
                "/home/ann/VirtualBox VMs/w/a",
                "/home/ann/d/win.qcow2",
                "/home/ann/.local/share/containers/storage/x",
            ],
            &["/home/ann/qcow2.txt", "/home/ann/VMs/notes"],
        ),
    ];
    for (exclude, out, stay) in cases {
        let rules = exclude.rules(&home);
        for path in out {
            assert!(left_out(&rules, path.as_bytes(), false, ""), "{exclude:?} is for {path}");
        }
        for path in stay {
            assert!(
                !left_out(&rules, path.as_bytes(), false, ""),
                "{exclude:?} must not cost anybody {path}"
            );
        }
    }
    let tagged = SmartExclude::CacheTagged.rules(&home);
    assert!(left_out(&tagged, b"/home/ann/p/target/debug/a", false, "/home/ann/p/target"));
    assert!(!left_out(&tagged, b"/home/ann/p/src/a", false, "/home/ann/p/target"));
}

#[test]
fn names_in_the_home_stand_for_themselves() {
    let odd = PersonFolders::at("/home/[a-z]*?");
    let rules = SmartExclude::Caches.rules(&odd);
    assert!(left_out(&rules, b"/home/[a-z]*?/.cache/x", false, ""));
    assert!(
        !left_out(&rules, b"/home/bob/.cache/x", false, ""),
        "another person's files are not a cache of ours"
    );
    let downloads = SmartExclude::Downloads.rules(&odd);
    assert!(left_out(&downloads, b"/home/[a-z]*?/Downloads/x", false, ""));
}

#[cfg(unix)]
#[test]
fn a_home_that_is_no_unicode_works() {
    use std::os::unix::ffi::OsStringExt as _;
    let home = PersonFolders::at(std::ffi::OsString::from_vec(b"/home/caf\xe9".to_vec()));
    assert!(left_out(&SmartExclude::Caches.rules(&home), b"/home/caf\xe9/.cache/x", false, ""));
}

#[test]
fn a_home_that_is_the_folder_for_downloads_does_not_vanish() {
    let home = PersonFolders { path: "/home/ann".into(), downloads: Some("/home/ann".into()) };
    assert!(SmartExclude::Downloads.rules(&home).is_empty());
}

#[test]
fn all_together_leave_the_persons_files() {
    let home = PersonFolders::at("/home/ann");
    let mut excludes = Excludes { smart: SmartExclude::ALL.into(), patterns: vec!["**/*.tmp".into()] };
    let rules = excludes.rules(&home);
    for path in [
        "/home/ann/Documents/a.odt",
        "/home/ann/.ssh/id",
        "/home/ann/.config/app/settings",
        "/home/ann/.local/share/x",
    ] {
        assert!(!left_out(&rules, path.as_bytes(), false, ""), "{path} is what a backup is for");
    }
    assert!(left_out(&rules, b"/home/ann/a.tmp", false, ""), "the person's own pattern");
    excludes.smart = SmartExclude::defaults();
    assert!(
        !left_out(&excludes.rules(&home), b"/home/ann/Downloads/deed.pdf", false, ""),
        "off unless asked for"
    );
}

#[test]
fn ids_keep_their_text() {
    for exclude in SmartExclude::ALL {
        assert_eq!(SmartExclude::named(exclude.as_str()), Some(exclude));
        let json = serde_json::to_string(&exclude).unwrap();
        assert_eq!(json, format!("\"{}\"", exclude.as_str()), "files, switches and catalogue share one text");
    }
}

#[test]
fn a_folder_that_was_chosen_is_never_left_out_as_a_whole() {
    let home = PersonFolders::at("/home/ann");
    let count =
        |exclude: SmartExclude, source: &str| exclude.rules_for(&home, &[PathBuf::from(source)]).len();
    let all = |exclude: SmartExclude| exclude.rules(&home).len();
    let chosen = [
        (SmartExclude::Caches, "/tmp/work"),
        (SmartExclude::Caches, "/home/ann/.cache/thumbnails"),
        (SmartExclude::Downloads, "/home/ann/Downloads"),
        (SmartExclude::NodeModules, "/srv/node_modules/x"),
    ];
    for (exclude, source) in chosen {
        let left = count(exclude, source);
        assert_eq!(left, all(exclude) - 1, "{source} would be an empty backup that looks like a good one");
    }
    assert_eq!(
        count(SmartExclude::Caches, "/home/ann"),
        all(SmartExclude::Caches),
        "what lies below still goes"
    );
}
