//! The parser against the specification: the how-to commands as they stand, every spelling of actions and options,
//! the order of selections, and what is refused with which words.

use super::*;
use crate::Surroundings;
use backtrail_base::FixedClock;
use std::path::PathBuf;
use std::sync::Arc;

const NOW: i64 = 1_795_323_244;

fn around() -> Surroundings {
    Surroundings::made_up(&[("HOME", "/home/tim")], Arc::new(FixedClock::at(Timestamp(NOW))))
}

fn parse_words(words: &[&str]) -> Result<Invocation, UsageError> {
    parse(&words.iter().map(OsString::from).collect::<Vec<_>>(), &around())
}

/// Splits as a shell would, for words without spaces; quotes only join.
fn parse_line(line: &str) -> Result<Invocation, UsageError> {
    let line = line.replace('"', "");
    parse_words(&line.split_whitespace().collect::<Vec<_>>())
}

#[track_caller]
fn action(line: &str) -> (Action, Settings) {
    match parse_line(line) {
        Ok(Invocation::Action(action, settings)) => (action, *settings),
        other => panic!("{line} is an action, not {other:?}"),
    }
}

#[track_caller]
fn refused(line: &str) -> UsageError {
    match parse_line(line) {
        Err(error) => error,
        other => panic!("{line} must be refused, not {other:?}"),
    }
}

fn backup(source: &str, url: &str) -> Action {
    Action::Backup { source: source.into(), url: url.into() }
}

#[test]
fn the_commands_of_the_how_tos_are_understood_as_printed() {
    let server = "scp://1234@usw-s001.rsync.net/backups";
    let key = vec![("ABAB2AB3".to_owned(), false)];
    for (line, expected, recipients, verbosity, force) in [
        (
            r#"full --encrypt-key="ABAB2AB3" /your/files scp://1234@usw-s001.rsync.net/backups"#,
            Action::Full { source: "/your/files".into(), url: server.into() },
            key.clone(),
            3,
            false,
        ),
        (
            r#"full -v9 --encrypt-key="ABAB2AB3" /your/files scp://1234@usw-s001.rsync.net/backups"#,
            Action::Full { source: "/your/files".into(), url: server.into() },
            key.clone(),
            9,
            false,
        ),
        (
            r#"inc --encrypt-key "ABAB2AB3" /your/files scp://1234@usw-s001.rsync.net/backups"#,
            Action::Incremental { source: "/your/files".into(), url: server.into() },
            key.clone(),
            3,
            false,
        ),
        (
            r#"remove-older-than 30D -v9 --encrypt-key="ABAB2AB3" --force scp://1234@usw-s001.rsync.net/backups"#,
            Action::RemoveOlderThan { time: Timestamp(NOW - 30 * 86_400), url: server.into() },
            key.clone(),
            9,
            true,
        ),
        (
            r#"verify --encrypt-key="ABAB2AB3" scp://1234@usw-s001.rsync.net/backups /your/files"#,
            Action::Verify { url: server.into(), folder: "/your/files".into() },
            key.clone(),
            3,
            false,
        ),
        (
            r#"--encrypt-key="ABAB2AB3" scp://1234@usw-s001.rsync.net/backups /your/restored/files"#,
            Action::Restore { url: server.into(), target: "/your/restored/files".into() },
            key,
            3,
            false,
        ),
        ("cleanup file:///u --force", Action::Cleanup { url: "file:///u".into() }, vec![], 3, true),
        (
            "remove-older-than 30D file:///u",
            Action::RemoveOlderThan { time: Timestamp(NOW - 30 * 86_400), url: "file:///u".into() },
            vec![],
            3,
            false,
        ),
        (
            "inc SOURCE file:///u",
            Action::Incremental { source: "SOURCE".into(), url: "file:///u".into() },
            vec![],
            3,
            false,
        ),
        (
            "--progress /etc scp://dd@example.com//var/backup",
            backup("/etc", "scp://dd@example.com//var/backup"),
            vec![],
            3,
            false,
        ),
        (
            "/etc scp://dd@example.com:2222//var/backup",
            backup("/etc", "scp://dd@example.com:2222//var/backup"),
            vec![],
            3,
            false,
        ),
        (
            "/home/tim ftp://dd@example.com/var/backup",
            backup("/home/tim", "ftp://dd@example.com/var/backup"),
            vec![],
            3,
            false,
        ),
        ("/etc file:///mnt/backup", backup("/etc", "file:///mnt/backup"), vec![], 3, false),
        (
            "--ssh-askpass --encrypt-key 12345678 /etc scp://dd@example.com//var/backup",
            backup("/etc", "scp://dd@example.com//var/backup"),
            vec![("12345678".to_owned(), false)],
            3,
            false,
        ),
    ] {
        let (found, settings) = action(line);
        assert_eq!(found, expected, "{line}");
        assert_eq!(settings.protection.recipients, recipients, "{line}");
        assert_eq!(settings.output.verbosity, verbosity, "{line}");
        assert_eq!(settings.force, force, "{line}");
    }
    let (_, settings) = action("full --tempdir /t --no-compression --no-encryption /etc file:///u");
    assert_eq!(settings.places.temp_folder, PathBuf::from("/t"));
    assert!(!settings.protection.compression && !settings.protection.encryption);
}

#[test]
fn every_alias_means_its_action() {
    for (words, name) in
        [("full fb", "full"), ("incremental incr inc ib", "incremental"), ("backup bu", "backup")]
    {
        for word in words.split(' ') {
            assert_eq!(action(&format!("{word} /s file:///u")).0.name(), name, "{word}");
        }
    }
    for (words, name) in [("restore rb", "restore"), ("verify vb", "verify")] {
        for word in words.split(' ') {
            assert_eq!(action(&format!("{word} file:///u /t")).0.name(), name, "{word}");
        }
    }
    for (words, name) in [
        ("collection-status st", "collection-status"),
        ("list-current-files ls", "list-current-files"),
        ("cleanup cl", "cleanup"),
    ] {
        for word in words.split(' ') {
            assert_eq!(action(&format!("{word} file:///u")).0.name(), name, "{word}");
        }
    }
    for (words, name) in [
        ("remove-older-than ro", "remove-older-than"),
        ("remove-all-but-n-full ra", "remove-all-but-n-full"),
        ("remove-all-inc-of-but-n-full ri", "remove-all-inc-of-but-n-full"),
    ] {
        for word in words.split(' ') {
            assert_eq!(action(&format!("{word} 2 file:///u")).0.name(), name, "{word}");
        }
    }
}

#[test]
fn options_and_places_may_stand_in_any_order() {
    let expected = action("full --name x -v 5 /s file:///u");
    for line in [
        "--name x -v 5 full /s file:///u",
        "-v5 full --name=x /s file:///u",
        "full /s --name x file:///u -v5",
        "full /s file:///u --verbosity info --name x",
        "full /s file:///u --verb=5 --na x",
        "full --name y --name x -v9 -v5 /s file:///u",
        "--name x -v5 -- full /s file:///u",
    ] {
        assert_eq!(action(line), expected, "{line}");
    }
}

#[test]
fn both_versions_spellings_mean_the_same() {
    for (old, new) in [
        ("--file-to-restore a/b", "--path-to-restore a/b"),
        ("--file-to-restore a/b", "-r a/b"),
        ("-t 3D", "--time 3D"),
        ("-t3D", "--restore-time 3D"),
        ("--do-not-restore-ownership", "--no-restore-ownership"),
    ] {
        let old = action(&format!("restore {old} file:///u /t"));
        assert_eq!(old, action(&format!("restore {new} file:///u /t")), "{new}");
    }
    for (old, new) in [
        ("--exclude-globbing-filelist f", "--exclude-filelist f"),
        ("--include-globbing-filelist f", "--include-filelist f"),
        ("--exclude-filelist-stdin", "--exclude-filelist /dev/stdin"),
        ("--fail 2", "--fail-on-volume 2"),
    ] {
        let old = action(&format!("full {old} /s file:///u"));
        assert_eq!(old, action(&format!("full {new} /s file:///u")), "{new}");
    }
}

#[test]
fn of_two_opposite_flags_the_last_counts() {
    let compression = |line: &str| action(&format!("full {line} /s file:///u")).1.protection.compression;
    assert!(compression(""), "compression is the default");
    assert!(!compression("--compression --no-compression"));
    assert!(compression("--no-compression --compression"));
    assert!(!compression("--no-compression --compression --no-compression"));
}

#[test]
fn selection_options_keep_their_order_across_kinds() {
    let line = "full --include /s/a --exclude-device-files --exclude /s --include /s/b --filter-regexp \
                --exclude x.* --exclude-if-present .no --filter-literal --include /s/[c] --exclude-older-than 2D \
                --include-filelist l --exclude-other-filesystems --exclude-regexp ^/s/d /s file:///u";
    let pattern = |include, text: &str| SelectionOption::Pattern { include, pattern: text.into() };
    assert_eq!(
        action(line).1.selection,
        vec![
            pattern(true, "/s/a"),
            SelectionOption::ExcludeDeviceFiles,
            pattern(false, "/s"),
            pattern(true, "/s/b"),
            SelectionOption::Filter(Filter::Regexp),
            pattern(false, "x.*"),
            SelectionOption::ExcludeIfPresent(".no".into()),
            SelectionOption::Filter(Filter::Literal),
            pattern(true, "/s/[c]"),
            SelectionOption::ExcludeOlderThan(Timestamp(NOW - 2 * 86_400)),
            SelectionOption::Filelist { include: true, file: "l".into() },
            SelectionOption::ExcludeOtherFilesystems,
            SelectionOption::Regexp { include: false, regexp: "^/s/d".into() },
        ],
        "the first rule that matches decides, so the order is the meaning"
    );
}

#[test]
fn values_that_begin_with_a_dash_are_taken_where_they_make_sense() {
    let (_, settings) = action("full --gpg-options --homedir=/g --exclude -x /s file:///u");
    assert_eq!(settings.protection.gpg_home, Some("/g".into()));
    assert_eq!(settings.selection, vec![SelectionOption::Pattern { include: false, pattern: "-x".into() }]);
    assert!(
        refused("full --name --force /s file:///u").message.contains("--name needs a value"),
        "an option must not swallow the next one"
    );
}

#[test]
fn keys_keep_their_order_and_the_signer_is_the_last() {
    let (_, settings) = action(
        "full --encrypt-key A --hidden-encrypt-key B --encrypt-sign-key C --sign-key D --encrypt-key E /s file:///u",
    );
    let expected = [("A", false), ("B", true), ("C", false), ("E", false)];
    let expected: Vec<_> = expected.map(|(key, hidden)| (key.to_owned(), hidden)).into();
    assert_eq!(settings.protection.recipients, expected);
    assert_eq!(settings.protection.signer.as_deref(), Some("D"));
    let (_, settings) = action("full --sign-key D --encrypt-sign-key C /s file:///u");
    assert_eq!(settings.protection.signer.as_deref(), Some("C"));
}

#[test]
fn numbers_and_sizes_are_what_duplicity_takes_them_for() {
    let (_, settings) = action(
        "full --volsize 5 --max-blocksize 1000 --full-if-older-than 1M --full-if-n-inc 7 --progress-rate 9 \
         --rename a b --rename c d/e /s file:///u",
    );
    assert_eq!(settings.backup.volume_size, 5 << 20, "--volsize counts MiB");
    assert_eq!(settings.backup.max_block, Some(1024), "blocks are multiples of 512");
    assert_eq!(settings.backup.full_if_older_than, Some(30 * 86_400), "a month has 30 days");
    assert_eq!(settings.backup.full_if_increments, Some(7));
    assert_eq!(settings.output.progress_rate, 9);
    assert_eq!(settings.restoring.rename, vec![("a".into(), "b".into()), ("c".into(), "d/e".into())]);
    let (_, settings) = action("full /s file:///u");
    assert_eq!(settings.backup.volume_size, 200 << 20, "duplicity's default");
    assert_eq!(settings.places.archive_root, PathBuf::from("/home/tim/.cache/duplicity"));
}

#[test]
fn the_set_clock_is_what_intervals_count_from() {
    let (found, settings) = action("remove-older-than 1D --current-time 1000000 file:///u");
    assert_eq!(found, Action::RemoveOlderThan { time: Timestamp(913_600), url: "file:///u".into() });
    assert_eq!(settings.current_time, Some(Timestamp(1_000_000)));
}

#[test]
fn a_plain_folder_is_a_destination_behind_an_action() {
    assert_eq!(action("full /s /mnt/b").0, Action::Full { source: "/s".into(), url: "/mnt/b".into() });
    assert_eq!(action("restore /mnt/b /t").0, Action::Restore { url: "/mnt/b".into(), target: "/t".into() });
}

#[test]
fn what_has_no_effect_is_accepted_and_said() {
    let (_, settings) = action("full --asynchronous-upload --ssh-options=-oPort=22 /s file:///u");
    assert_eq!(settings.without_effect.len(), 2, "-v5 shows what was passed over: {settings:?}");
    let (_, settings) =
        action("full --gpg-options '--trust-model' --gpg-options=--cipher-algo=AES256 /s file:///u");
    assert_eq!(settings.protection.gpg_home, None);
}

#[test]
fn every_option_is_accepted_with_a_value_or_refused_with_advice() {
    for row in options::all() {
        let values: String = row
            .values
            .iter()
            .map(|value| match *value {
                "NUMBER" | "MIB" | "SECONDS" | "BYTES" | "LEVEL" | "EPOCH" | "KIB" | "PERCENT" => " 5",
                "TIME" => " 5D",
                "CHAR" => " _",
                "OPTIONS" => " --homedir=/x",
                _ => " x",
            })
            .collect();
        for name in row.spellings() {
            // A filter needs something to filter.
            let line = format!("full --{name}{values} --filter-ignorecase --exclude x /s file:///u");
            match (row.standing, parse_line(&line)) {
                (options::Standing::Refused(_), Err(error)) => {
                    assert!(error.message.contains("is not supported"), "{line}: {error}");
                }
                (options::Standing::Refused(_), Ok(_)) => panic!("{line} must be refused"),
                (_, Ok(_)) => {}
                (_, Err(error)) => panic!("{line}: {error}"),
            }
        }
    }
}

#[test]
fn help_and_version_need_no_places() {
    assert_eq!(parse_line("--version"), Ok(Invocation::Version));
    assert_eq!(parse_line("-V"), Ok(Invocation::Version));
    for line in ["--help", "-h", "full --help", "--help-full", "verify -h /x", "--help-urls", "key --help"] {
        match parse_line(line) {
            Ok(Invocation::Help(page)) => assert!(page.len() > 100, "{line}: {page}"),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn own_commands_are_understood() {
    assert_eq!(parse_line("man"), Ok(Invocation::Own(OwnCommand::Man)));
    assert_eq!(
        parse_line("completions zsh"),
        Ok(Invocation::Own(OwnCommand::Completions { shell: Shell::Zsh }))
    );
    assert_eq!(
        parse_words(&["key", "new", "--name", "Tim Test", "--expires=2y", "--no-passphrase"]),
        Ok(Invocation::Own(OwnCommand::Key(KeyCommand::New(own::NewArguments {
            name: "Tim Test".to_owned(),
            email: None,
            expires: own::Expiry(Some(2)),
            no_passphrase: true,
            json: false,
        }))))
    );
    assert!(matches!(action("./key file:///u").0, Action::Backup { .. }), "a folder of that name");
}

/// What a person reads after a mistake; the exit number is 2 but for the cases that duplicity numbers.
#[test]
fn mistakes_are_told_in_one_sentence_with_a_next_step() {
    let lines = [
        "",
        "/etc",
        "/etc /var",
        "file:///a file:///b",
        "ful /etc file:///u",
        "full /etc",
        "full file:///u /etc",
        "cleanup",
        "replicate file:///a file:///b",
        "full --nonsense /s file:///u",
        "full --encrpt-key A /s file:///u",
        "full --enc A /s file:///u",
        "full --s3-use /s file:///u",
        "full /s file:///u --name",
        "full --force=yes /s file:///u",
        "full --rename a",
        "full -q /s file:///u",
        "full --volsize big /s file:///u",
        "full --volsize 0 /s file:///u",
        "full --full-if-older-than soon /s file:///u",
        "full -v11 /s file:///u",
        "full --name a/b /s file:///u",
        "full --time-separator :: /s file:///u",
        "full --use-gpgsm /s file:///u",
        "full --jsonstat /s file:///u",
        "full --gpg-options=--throw-keyids /s file:///u",
        "full --exclude /x --filter-literal /s file:///u",
        "full --filter-globbing --exclude /x /s file:///u",
        "restore -r a --include b file:///u /t",
        "restore --files-from l file:///u /t",
        "remove-older-than never file:///u",
        "remove-all-but-n-full 0 file:///u",
        "--help-nothing",
        "key",
        "key new",
        "key new --name a --expires soon",
        "key frob",
        "completions tcsh",
    ];
    let shown: Vec<String> = lines
        .iter()
        .map(|line| {
            let error = refused(line);
            format!("$ backtrail {line}\n{}. {} [{}]\n", error.message, error.next_step, error.exit)
        })
        .collect();
    insta::assert_snapshot!("mistakes", shown.join("\n"));
}

#[test]
fn a_password_in_an_address_is_not_repeated() {
    let error = refused("ftp://tim:geheim@example.com/a ftp://tim:geheim@example.com/b");
    assert!(!error.message.contains("geheim"), "messages end up in logs: {}", error.message);
}

#[test]
fn help_pages_are_as_they_are() {
    let Ok(Invocation::Help(page)) = parse_line("--help") else { panic!("help is a page") };
    insta::assert_snapshot!("help", page);
    let Ok(Invocation::Help(page)) = parse_line("full --help") else { panic!("help is a page") };
    insta::assert_snapshot!("help-full", page);
}
