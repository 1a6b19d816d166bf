//! The command as a whole, in made-up surroundings: what each action prints, as text and as JSON, which exit number it
//! has, what it asks for, and that no secret is ever printed.

mod machine;
mod profile;

use backtrail_base::fs;
use machine::{Machine, SECRET};

#[test]
fn a_day_in_the_life_as_it_is_printed() {
    let machine = Machine::new();
    let mut shown = String::new();
    let mut step = |line: &str| {
        let ran = machine.run(line);
        shown.push_str(&format!("$ backtrail {line}\n"));
        shown.push_str(&machine.steady(&ran.out));
        for line in machine.steady(&ran.err).lines() {
            shown.push_str(&format!("! {line}\n"));
        }
        shown.push_str(&format!("[{}]\n\n", ran.exit));
    };
    step("@/src file://@/dst");
    machine.next_day();
    step("inc @/src file://@/dst");
    step("inc --skip-if-no-change --no-print-statistics @/src file://@/dst");
    step("collection-status file://@/dst");
    step("st --file-changed a file://@/dst");
    step("st --show-changes-in-set 0 file://@/dst");
    step("list-current-files -v0 file://@/dst");
    step("ls -t 2026-11-19T12:00:00Z --exclude sub file://@/dst");
    step("verify file://@/dst @/src");
    machine.put("src/a", b"edited");
    step("verify file://@/dst @/src");
    step("verify --compare-data file://@/dst @/src");
    step("restore --dry-run -r sub/b file://@/dst @/out");
    step("restore file://@/dst @/out");
    step("restore file://@/dst @/out");
    step("restore -r nothing file://@/dst @/other");
    machine.next_day();
    step("full --no-print-statistics @/src file://@/dst");
    step("remove-older-than now file://@/dst");
    step("remove-all-inc-of-but-n-full 1 --force file://@/dst");
    step("remove-all-but-n-full 1 --force --dry-run file://@/dst");
    step("remove-all-but-n-full 1 --force file://@/dst");
    step("cleanup file://@/dst");
    insta::assert_snapshot!("a-day", shown);
}

#[test]
fn with_json_everything_that_prints_prints_one_object() {
    let machine = Machine::new();
    for (line, exit, field) in [
        ("full @/src file://@/dst", 0, "/statistics/SourceFiles"),
        ("full --dry-run @/src file://@/other", 0, "/statistics/NewFiles"),
        ("st file://@/dst", 0, "/chains/0/sets/0/volumes"),
        ("st --file-changed a file://@/dst", 0, "/changes/0/change"),
        ("st --show-changes-in-set 0 file://@/dst", 0, "/changes/1/path"),
        ("ls file://@/dst", 0, "/files/0/mtime"),
        ("verify file://@/dst @/src", 0, "/compared"),
        ("restore --dry-run file://@/dst @/out", 0, "/volumes/0/name"),
        ("restore file://@/dst @/out", 0, "/files"),
        ("cleanup file://@/dst", 0, "/objects"),
        ("remove-older-than 1D file://@/dst", 0, "/sets"),
        ("key new --name Tim --no-passphrase", 0, "/fingerprint"),
        ("key list", 0, "/keys/0/fingerprint"),
        ("key test Tim", 0, "/steps/0/ok"),
        ("doctor file://@/dst", 0, "/findings/0/outcome"),
        // What goes wrong is an object too.
        ("restore file://@/dst @/out", 11, "/error/code"),
        ("ls file://@/nothing", 52, "/error/next_step"),
        ("ls", 2, "/error/message"),
        ("key test nobody", 31, "/error/exit"),
    ] {
        let ran = machine.run(&format!("{line} --json"));
        assert_eq!(ran.exit, exit, "{line}: {}{}", ran.out, ran.err);
        let value: serde_json::Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{line}: {error}: {}", ran.out));
        assert!(value.pointer(field).is_some(), "{line} has {field}: {}", ran.out);
    }
}

#[test]
fn exit_numbers_are_duplicitys() {
    let machine = Machine::new();
    machine.good("full @/src file://@/dst");
    fs::create_dir_all(machine.path("src2")).expect("made");
    fs::create_dir_all(machine.path("empty")).expect("made");
    for (line, exit, why) in [
        ("inc @/src file://@/fresh", 17, "nothing to build an increment on, and no folder"),
        ("inc @/src file://@/empty", 17, "nothing to build an increment on"),
        ("inc @/src2 file://@/dst", 42, "another source"),
        ("full @/none file://@/dst", 13, "no source"),
        ("full @/src ftp://h/x", 8, "no such destination yet"),
        ("full @/src nonsense://h/x", 8, "no such scheme"),
        ("restore file://@/dst @/src", 11, "the target has content"),
        ("restore -r nothing file://@/dst @/t1", 19, "no such path"),
        ("restore file://@/empty @/t2", 30, "no backup"),
        ("ls file://@/empty", 30, "no backup"),
        ("st file://@/empty", 0, "an empty place has a status"),
        ("verify file://@/dst @/none", 12, "no folder to compare with"),
        ("full --exclude /elsewhere @/src file://@/dst", 14, "a pattern outside"),
        ("full --exclude-regexp ( @/src file://@/dst", 15, "a bad expression"),
        ("full --include @/src/a @/src file://@/dst", 16, "a redundant include"),
        ("full --exclude-filelist @/none @/src file://@/dst", 7, "no list"),
        ("full --files-from /dev/null @/src file://@/dst", 73, "an empty list"),
        ("full --encrypt-key 12345678 @/src file://@/dst", 31, "no such key"),
        ("full --fail 1 @/src file://@/dst2", 30, "stopped on request"),
        ("full --skip-volume 1 @/src file://@/dst3", 44, "a volume left out"),
        ("full --archive-dir @/src/a @/src file://@/dst", 9, "a file for an archive folder"),
        ("full --nonsense @/src file://@/dst", 2, "no such option"),
    ] {
        let ran = machine.run(line);
        assert_eq!(ran.exit, exit, "{why}: backtrail {line}\n{}{}", ran.out, ran.err);
        if exit != 0 {
            let last = ran.err.lines().last().unwrap_or_default();
            assert!(last.starts_with("Error: ") && last.ends_with(']'), "{line} tells why: {last:?}");
        }
    }
    assert!(!machine.path("fresh").exists(), "a refused increment makes no folder");
}

#[test]
fn a_missing_or_wrong_passphrase_has_its_number() {
    let mut machine = Machine::new();
    machine.good("full @/src file://@/dst");
    machine.variables = vec![("PASSPHRASE", "wrong".to_owned())];
    assert_eq!(machine.run("verify file://@/dst @/src").exit, 31);
    assert_eq!(
        machine.run("inc @/src file://@/dst").exit,
        31,
        "an increment under another passphrase could never be restored with its chain"
    );
    machine.good("full @/src file://@/dst2");
    machine.variables.clear();
    assert_eq!(machine.run("verify file://@/dst @/src").exit, 30);
    assert_eq!(machine.run("full @/src file://@/dst").exit, 30);
    machine.good("collection-status file://@/dst");
    machine.variables = vec![("PASSPHRASE", String::new())];
    assert_eq!(machine.run("full @/src file://@/dst").exit, 30, "nothing is no passphrase of a backup");
}

#[test]
fn passphrases_are_asked_for_when_they_are_needed_and_not_else() {
    let mut machine = Machine::new();
    machine.variables.clear();
    machine.typed = Some(&["pw", "pw"]);
    assert_eq!(machine.good("@/src file://@/dst").prompts.len(), 2, "a new one is typed twice");
    machine.next_day();
    machine.typed = Some(&["pw"]);
    assert_eq!(machine.good("@/src file://@/dst").prompts.len(), 1, "a known one once");
    assert_eq!(machine.good("restore file://@/dst @/out").prompts.len(), 1);
    machine.typed = Some(&[]);
    machine.good("list-current-files file://@/dst");
    machine.good("full --no-encryption @/src file://@/plain");
    machine.good("restore file://@/plain @/out2");

    machine.good("key new --name Tim --no-passphrase");
    machine.good("full --encrypt-sign-key Tim @/src file://@/keyed");
    machine.next_day();
    machine.good("--encrypt-sign-key Tim @/src file://@/keyed");
    machine.good("restore --encrypt-key Tim file://@/keyed @/out3");

    machine.typed = Some(&["kp", "kp"]);
    machine.good("key new --name Eva");
    machine.typed = Some(&[]);
    machine.good("full --encrypt-key Eva @/src file://@/eva");
    machine.next_day();
    machine.good("--encrypt-key Eva @/src file://@/eva");
    machine.typed = Some(&["kp"]);
    assert_eq!(machine.good("restore --encrypt-key Eva file://@/eva @/out4").prompts.len(), 1);
    let signed = machine.good("full --encrypt-key Tim --sign-key Eva @/src file://@/signed");
    assert_eq!(signed.prompts.len(), 1, "signing needs the key's passphrase");
}

#[test]
fn a_dry_run_and_a_listing_change_nothing_on_the_destination() {
    let machine = Machine::new();
    machine.good("full @/src file://@/dst");
    machine.next_day();
    machine.good("full @/src file://@/dst");
    machine.next_day();
    let before = machine.files("dst");
    for line in [
        "full --dry-run @/src file://@/dst",
        "inc --dry-run @/src file://@/dst",
        "restore --dry-run file://@/dst @/out",
        "verify --dry-run file://@/dst @/src",
        "remove-older-than now file://@/dst",
        "remove-all-but-n-full 1 file://@/dst",
        "remove-all-but-n-full 1 --force --dry-run file://@/dst",
        "cleanup --dry-run --force file://@/dst",
        "full --dry-run @/src file://@/not-there",
    ] {
        machine.good(line);
        assert_eq!(machine.files("dst"), before, "{line}");
    }
    assert!(!machine.path("out").exists() && !machine.path("not-there").exists());
    machine.good("remove-all-but-n-full 1 --force file://@/dst");
    assert!(machine.files("dst").len() < before.len(), "with --force alone it is deleted");
}

#[test]
fn damage_is_told_counted_and_never_a_success() {
    let machine = Machine::new();
    machine.good("full --no-encryption --no-compression @/src file://@/dst");
    let (volume, _) = machine
        .files("dst")
        .into_iter()
        .find(|(path, _)| path.to_string_lossy().contains("difftar"))
        .expect("a volume");
    let mut content = fs::read(&volume).expect("read");
    content[700] ^= 1;
    fs::write(&volume, content).expect("written");
    for line in [
        "restore file://@/dst @/out",
        "restore --ignore-errors file://@/dst @/out2",
        "verify file://@/dst @/src",
        "verify -v0 file://@/dst @/src",
    ] {
        let ran = machine.run(line);
        assert_eq!(ran.exit, 21, "{line}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("Error: "), "{line} tells it at every verbosity: {}", ran.err);
    }
}

#[test]
fn the_how_to_commands_run_on_a_folder() {
    let mut machine = Machine::new();
    let made = machine.good("key new --name How --json");
    let value: serde_json::Value = serde_json::from_str(&made.out).expect("JSON");
    let fingerprint = value["fingerprint"].as_str().expect("text").to_owned();
    let id = &fingerprint[fingerprint.len() - 8..];
    for line in [
        format!("full --encrypt-key={id} @/src file://@/backups"),
        format!("full -v9 --encrypt-key={id} @/src file://@/backups"),
        format!("inc --encrypt-key {id} @/src file://@/backups"),
        format!("remove-older-than 30D -v9 --encrypt-key={id} --force file://@/backups"),
        format!("verify --encrypt-key={id} file://@/backups @/src"),
        format!("--encrypt-key={id} file://@/backups @/restored"),
        "cleanup file://@/backups --force".to_owned(),
        "remove-older-than 30D file://@/backups".to_owned(),
        "full @/src file://@/other".to_owned(),
        "inc @/src file://@/other".to_owned(),
        "--progress @/src file://@/other".to_owned(),
        "@/src file://@/other".to_owned(),
        format!("--ssh-askpass --encrypt-key {id} @/src file://@/asked"),
        "--tempdir @ --no-compression --no-encryption @/src file://@/plain".to_owned(),
    ] {
        machine.next_day();
        machine.good(&line);
    }
    machine.variables.push(("FTP_PASSWORD", "123".to_owned()));
    machine.good("@/src file://@/other");
    assert!(machine.path("restored/sub/b").exists());
}

#[test]
fn no_secret_is_ever_printed() {
    let machine = Machine::new();
    for line in [
        "full -v9 --log-file @/log @/src file://@/dst",
        "verify -v9 --log-file @/log file://@/dst @/src",
        "key new --name Tim",
        "key test Tim",
        "doctor file://@/dst",
        "restore -v9 --log-file @/log file://@/dst @/src",
    ] {
        let ran = machine.run(line);
        assert!(!ran.out.contains(SECRET) && !ran.err.contains(SECRET), "{line}");
    }
    let log = fs::read_to_string(machine.path("log")).expect("a log");
    assert!(!log.contains(SECRET), "logs are kept and sent around");
    assert!(log.contains("ERROR 11\n. Error: "), "and hold what happened in duplicity's form: {log}");
}

#[test]
fn messages_begin_with_the_time_where_that_is_wanted() {
    let machine = Machine::new();
    let ran = machine.run("ls --log-timestamp file://@/none");
    assert!(ran.err.starts_with("2026-11-19 09:00:00 ERROR  Error: "), "as duplicity writes: {}", ran.err);
}

#[test]
fn a_key_goes_out_and_comes_back() {
    let machine = Machine::new();
    machine.good("key new --name Tim --email tim@example.com");
    machine.good("key export --secret tim@example.com -o @/key.asc");
    let taken = machine.run("key export --secret tim@example.com -o @/key.asc");
    assert_eq!(taken.exit, 30, "an exported key is never overwritten");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(machine.path("key.asc")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "a secret key is its owner's alone");
    }
    machine.good("full --encrypt-key Tim @/src file://@/dst");
    let mut elsewhere = Machine::new();
    let (key, backup) = (machine.path("key.asc"), machine.path("dst"));
    let (key, backup) = (key.display(), backup.display());
    assert_eq!(elsewhere.run(&format!("restore file://{backup} @/out")).exit, 31, "no key, no restore");
    elsewhere.good(&format!("restore --encrypt-secret-keyring {key} file://{backup} @/out0"));
    elsewhere.good(&format!("key import {key}"));
    elsewhere.good(&format!("restore file://{backup} @/out"));
    assert!(machine.good("key export Tim").out.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
    elsewhere.variables.clear();
    assert_eq!(
        elsewhere.run(&format!("restore file://{backup} @/out2")).exit,
        30,
        "the passphrase came along"
    );
}

#[test]
fn a_plain_path_and_its_address_are_one_backup() {
    let machine = Machine::new();
    machine.good("full @/src @/dst");
    machine.next_day();
    machine.good("inc @/src file://@/dst");
    let folders = fs::read_dir(machine.path(".cache/duplicity")).expect("there").count();
    assert_eq!(folders, 1, "both spellings share one archive folder");
}
