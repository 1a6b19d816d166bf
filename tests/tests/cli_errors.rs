//! What `backtrail` says when something is wrong: the exit code that scripts written for duplicity test for, one
//! sentence with the object on standard error, never a panic, and never a secret in anything it prints or writes.

use backtrail_base::fs;
use backtrail_tests::chain::Room;
use backtrail_tests::compare::Facts;
use backtrail_tests::tool::{Outcome, Station, Tool};
use std::path::{Path, PathBuf};

/// A small folder and a place for its backup.
struct Desk {
    room: Room,
    station: Station,
    source: PathBuf,
    destination: PathBuf,
    url: String,
}

impl Desk {
    /// Without encryption; the source has three files of about a volume each.
    fn open() -> Self {
        let desk = Self::sealed();
        let station = desk.station.clone().with_options(&["--no-encryption", "--no-compression"]);
        Self { station, ..desk }
    }

    /// Encrypted by a passphrase that the test still has to give.
    fn sealed() -> Self {
        let room = Room::new();
        let station = Station::new(Tool::Backtrail, room.path());
        let (source, destination) = (room.path().join("source"), room.path().join("destination"));
        fs::create_dir(&source).expect("a source");
        for (name, byte) in [("first", 1_u8), ("second", 2), ("third", 3)] {
            let noise: Vec<u8> =
                (0..1_100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 ^ byte).collect();
            fs::write(source.join(name), noise).expect("a file");
        }
        let url = format!("file://{}", destination.display());
        Self { room, station, source, destination, url }
    }

    fn backed_up(self) -> Self {
        self.station.full(&self.source, &self.url, 1_700_000_000).ok();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    /// The stored file whose name holds `part`.
    fn stored(&self, part: &str) -> PathBuf {
        let mut entries = fs::read_dir(&self.destination).expect("the destination").flatten();
        let found = entries.find(|entry| entry.file_name().to_string_lossy().contains(part));
        found.unwrap_or_else(|| panic!("nothing stored is named like {part}")).path()
    }
}

/// The run must have failed with `code` and a sentence that names `object`.
#[track_caller]
fn refused(outcome: &Outcome, code: i32, object: &str) {
    assert_eq!(outcome.code, Some(code), "exit code (left) of {outcome}");
    sentence(outcome, object);
}

#[track_caller]
fn sentence(outcome: &Outcome, object: &str) {
    let said = outcome.stderr.trim();
    assert!(!said.is_empty(), "a failure says why, on standard error: {outcome}");
    assert!(said.contains(object), "the message names {object:?}: {outcome}");
    assert!(said.lines().count() <= 4, "a sentence and a next step, not a report: {outcome}");
    for word in ["panicked", "Traceback", "RUST_BACKTRACE", "unwrap", "Os {", "Error {"] {
        assert!(!said.contains(word), "a person reads this, not a programmer ({word}): {outcome}");
    }
    assert_tidy(outcome);
}

/// Whatever happened, the message is no crash.
#[track_caller]
fn assert_tidy(outcome: &Outcome) {
    let both = outcome.stdout.clone() + &outcome.stderr;
    assert!(!both.contains("panicked at"), "{outcome}");
    assert_ne!(outcome.code, Some(101), "a panic's exit code: {outcome}");
    assert!(outcome.code.is_some(), "ended by a signal: {outcome}");
}

#[test]
fn a_wrong_passphrase_is_31() {
    let desk = Desk::sealed();
    let right = desk.station.clone().with_env("PASSPHRASE", "the right one");
    right.full(&desk.source, &desk.url, 1_700_000_000).ok();
    let wrong = desk.station.clone().with_env("PASSPHRASE", "the wrong one");
    fs::remove_dir_all(wrong.archives()).expect("as on another machine");
    for outcome in [
        wrong.restore(&desk.url, &desk.path("target"), None),
        wrong.verify(&desk.url, &desk.source),
        wrong.incremental(&desk.source, &desk.url, 1_700_009_000),
    ] {
        assert_eq!(outcome.code, Some(31), "exit code (left) of {outcome}");
        sentence(&outcome, "passphrase");
        assert!(
            !outcome.stderr.contains("the wrong one"),
            "a mistyped passphrase is a secret too: {outcome}"
        );
    }
    let target = desk.path("target");
    let left = if target.exists() { fs::read_dir(&target).expect("the target").count() } else { 0 };
    assert_eq!(left, 0, "nothing is restored with the wrong passphrase");
}

#[test]
fn no_passphrase_and_no_terminal_is_said() {
    let desk = Desk::sealed();
    let outcome = desk.station.full(&desk.source, &desk.url, 1_700_000_000);
    assert_ne!(outcome.code, Some(0), "nothing may be stored in the clear: {outcome}");
    sentence(&outcome, "PASSPHRASE");
    let stored =
        if desk.destination.exists() { fs::read_dir(&desk.destination).expect("it").count() } else { 0 };
    assert_eq!(stored, 0, "nothing is stored without a passphrase");
}

#[test]
fn a_missing_source_is_said() {
    let desk = Desk::open();
    let missing = desk.path("no such folder");
    let outcome = desk.station.full(&missing, &desk.url, 1_700_000_000);
    assert!(matches!(outcome.code, Some(13 | 23)), "13 in 0.8, 23 in 3.2.1: {outcome}");
    sentence(&outcome, "no such folder");
}

#[test]
fn a_folder_in_the_way_of_a_restore_is_11() {
    let desk = Desk::open().backed_up();
    let target = desk.path("target");
    fs::create_dir(&target).expect("a folder");
    fs::write(target.join("mine"), "keep").expect("a file");
    refused(&desk.station.restore(&desk.url, &target, None), 11, "target");
    assert_eq!(
        fs::read_to_string(target.join("mine")).expect("my file"),
        "keep",
        "what was there is untouched"
    );
    assert_eq!(fs::read_dir(&target).expect("the target").count(), 1, "and nothing came to it");
}

#[test]
fn an_increment_without_a_backup_is_17() {
    let desk = Desk::open();
    refused(&desk.station.incremental(&desk.source, &desk.url, 1_700_000_000), 17, "full");
}

#[test]
fn an_unknown_option_is_2() {
    let desk = Desk::open();
    let words = ["full".as_ref(), "--no-such-option".as_ref(), desk.source.as_os_str(), desk.url.as_ref()];
    refused(&desk.station.run(&words), 2, "--no-such-option");
    refused(&desk.station.run(&["full".as_ref(), desk.source.as_os_str()]), 2, "full");
    refused(&desk.station.run_plain(&["no-such-action", "a", "b", "c"]), 2, "no-such-action");
    let words =
        ["full".as_ref(), "--volsize".as_ref(), "x".as_ref(), desk.source.as_os_str(), desk.url.as_ref()];
    refused(&desk.station.run(&words), 2, "volsize");
}

#[test]
fn a_path_that_was_never_backed_up_is_19() {
    let desk = Desk::open().backed_up();
    let outcome = desk.station.restore_path(&desk.url, b"never/was", &desk.path("target"), None);
    refused(&outcome, 19, "never/was");
}

#[test]
fn verify_with_a_missing_folder_is_12_and_makes_none() {
    let desk = Desk::open().backed_up();
    let missing = desk.path("no such folder");
    refused(&desk.station.verify(&desk.url, &missing), 12, "no such folder");
    assert!(!missing.exists(), "verify makes no folder");
}

#[test]
fn an_address_that_is_none_is_8() {
    let desk = Desk::open();
    for url in ["nosuchscheme://host/folder", "sftp://", "://"] {
        let words = ["full".as_ref(), desk.source.as_os_str(), url.as_ref()];
        let outcome = desk.station.run(&words);
        assert_eq!(outcome.code, Some(8), "exit code (left) for {url}: {outcome}");
        sentence(&outcome, url.split(':').next().unwrap_or_default());
    }
}

#[test]
fn an_address_with_a_password_is_never_printed() {
    let desk = Desk::open();
    for url in ["nosuchscheme://tim:canary-in-url@host/folder", "sftp://tim:canary-in-url@127.0.0.1:1/folder"]
    {
        for verbosity in ["-v3", "-v9"] {
            let words = ["full".as_ref(), verbosity.as_ref(), desk.source.as_os_str(), url.as_ref()];
            let outcome = desk.station.run(&words);
            assert_ne!(outcome.code, Some(0), "{outcome}");
            let both = outcome.stdout.clone() + &outcome.stderr;
            assert!(!both.contains("canary-in-url"), "a password in an address is a secret: {both}");
            assert_tidy(&outcome);
        }
    }
}

#[test]
fn a_destination_without_backups_is_said() {
    let desk = Desk::open();
    for missing in [false, true] {
        if !missing {
            fs::create_dir(&desk.destination).expect("an empty destination");
        } else {
            fs::remove_dir(&desk.destination).expect("no destination");
        }
        let target = desk.path("target");
        for outcome in [
            desk.station.run(&["list-current-files", &desk.url]),
            desk.station.restore(&desk.url, &target, None),
            desk.station.verify(&desk.url, &desk.source),
        ] {
            assert!(!matches!(outcome.code, Some(0)), "scripts must notice that there is nothing: {outcome}");
            sentence(&outcome, "destination");
        }
        assert!(!desk.destination.exists() || !missing, "reading makes no destination");
    }
}

#[test]
fn a_destination_that_is_a_file_is_said() {
    let desk = Desk::open();
    fs::write(&desk.destination, "I am a file").expect("a file");
    for outcome in [
        desk.station.full(&desk.source, &desk.url, 1_700_000_000),
        desk.station.run(&["list-current-files", &desk.url]),
        desk.station.restore(&desk.url, &desk.path("target"), None),
    ] {
        assert!(!matches!(outcome.code, Some(0)), "{outcome}");
        sentence(&outcome, "destination");
    }
    assert_eq!(fs::read_to_string(&desk.destination).expect("the file"), "I am a file", "it is left alone");
}

/// One bit flipped in the second volume: 21, the damaged files named, the others restored.
#[test]
fn a_damaged_volume_is_21_and_spares_the_rest() {
    let desk = Desk::open().backed_up();
    let volume = desk.stored(".vol2.");
    let mut bytes = fs::read(&volume).expect("the volume");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&volume, bytes).expect("the damage");
    damaged(&desk);
}

#[test]
fn a_missing_volume_is_21_and_spares_the_rest() {
    let desk = Desk::open().backed_up();
    fs::remove_file(desk.stored(".vol2.")).expect("the volume is gone");
    damaged(&desk);
}

#[test]
fn an_empty_volume_in_the_middle_is_found() {
    let desk = Desk::open().backed_up();
    fs::write(desk.stored(".vol2."), vec![0; 10240]).expect("a volume of nothing");
    damaged(&desk);
}

fn damaged(desk: &Desk) {
    let target = desk.path("target");
    let outcome = desk.station.restore(&desk.url, &target, None);
    assert_eq!(outcome.code, Some(21), "exit code (left) of {outcome}");
    assert!(names_volume_2(&outcome), "the volume is named: {outcome}");
    assert!(outcome.stderr.contains("second"), "the file that is damaged is named: {outcome}");
    assert_tidy(&outcome);
    // Volumes are cut near 1 MiB: the second holds the end of the first file or none of it, never the third's end.
    let (wanted, found) = (fs::read(desk.source.join("third")), fs::read(target.join("third")));
    let spared = desk.stored(".vol4.").exists() && wanted.is_ok() && found.is_ok();
    assert!(spared, "files outside of the damaged volume are restored: {outcome}");
    assert_eq!(wanted.expect("the file"), found.expect("restored"), "and restored exactly");
    let verify = desk.station.run(&["verify".as_ref(), desk.url.as_ref(), desk.source.as_os_str()]);
    assert_eq!(verify.code, Some(21), "plain verify reads everything too, exit code (left) of {verify}");
}

fn names_volume_2(outcome: &Outcome) -> bool {
    outcome.stderr.contains(".vol2.") || outcome.stderr.contains("olume 2 ")
}

#[test]
fn a_damaged_sealed_volume_is_21() {
    let desk = Desk::sealed();
    let station = desk.station.clone().with_env("PASSPHRASE", "the right one");
    station.full(&desk.source, &desk.url, 1_700_000_000).ok();
    let volume = desk.stored(".vol2.");
    let bytes = fs::read(&volume).expect("the volume");
    fs::write(&volume, &bytes[..bytes.len() / 2]).expect("half of it");
    let outcome = station.restore(&desk.url, &desk.path("target"), None);
    assert_eq!(outcome.code, Some(21), "exit code (left) of {outcome}");
    assert!(names_volume_2(&outcome), "the volume is named: {outcome}");
    assert_tidy(&outcome);
}

#[test]
fn a_manifest_that_is_no_manifest_is_said() {
    for garbage in
        [&b"\xff\xfe\x00 not a manifest"[..], b"", b"Volume 99999999999999999999:\n", b"Hostname \"\\x"]
    {
        let desk = Desk::open().backed_up();
        fs::write(desk.stored(".manifest"), garbage).expect("garbage");
        fs::remove_dir_all(desk.station.archives()).expect("as on another machine");
        let outcome = desk.station.restore(&desk.url, &desk.path("target"), None);
        assert_ne!(outcome.code, Some(0), "for {:?}: {outcome}", garbage.escape_ascii().to_string());
        sentence(&outcome, "manifest");
    }
}

/// A manifest that lost its end names fewer volumes than there are: half a restore must not look like a whole one.
#[test]
fn a_manifest_that_was_cut_is_said() {
    let desk = Desk::open().backed_up();
    let path = desk.stored(".manifest");
    let manifest = fs::read_to_string(&path).expect("the manifest");
    let (kept, _) = manifest.split_once("Volume 3:").expect("a third volume");
    fs::write(&path, kept).expect("the cut");
    fs::remove_dir_all(desk.station.archives()).expect("as on another machine");
    let restored = desk.station.restore(&desk.url, &desk.path("target"), None);
    assert_ne!(restored.code, Some(0), "what volumes 3 and 4 hold is missing: {restored}");
    assert_tidy(&restored);
    let verify = desk.station.run(&["verify".as_ref(), desk.url.as_ref(), desk.source.as_os_str()]);
    assert_ne!(verify.code, Some(0), "a backup that cannot be restored is not verified: {verify}");
}

#[test]
fn selections_that_cannot_be_are_said() {
    let desk = Desk::open();
    let run = |options: &[&str]| {
        let words = ["full".into(), desk.source.clone().into_os_string(), desk.url.clone().into()];
        desk.station.clone().with_options(options).run(&words)
    };
    refused(&run(&["--include", "/somewhere/else"]), 14, "/somewhere/else");
    let inside = desk.source.join("first");
    let last_include = run(&["--include", &inside.to_string_lossy()]);
    assert_eq!(last_include.code, Some(16), "exit code (left) of {last_include}");
    let list = desk.path("no such list");
    let outcome = run(&["--exclude-filelist", &list.to_string_lossy()]);
    assert_ne!(outcome.code, Some(0), "{outcome}");
    sentence(&outcome, "no such list");
}

#[test]
fn a_time_that_is_none_is_said() {
    let desk = Desk::open().backed_up();
    let words = ["restore".as_ref(), "-t".as_ref(), "the day before".as_ref(), desk.url.as_ref()];
    let target = desk.path("target");
    let words: Vec<&std::ffi::OsStr> = words.into_iter().chain([target.as_os_str()]).collect();
    let outcome = desk.station.run(&words);
    assert!(matches!(outcome.code, Some(2 | 23)), "{outcome}");
    sentence(&outcome, "the day before");
}

/// A whole life of a backup under canaries: no file written and nothing printed may hold one.
#[test]
fn secrets_stay_secret() {
    let canaries =
        ["canary-passphrase-7f3a91", "canary-sign-c04e55", "canary-ftp-91b2dd", "canary-backend-0d6e17"];
    let desk = Desk::sealed();
    fs::write(desk.source.join("diary"), "canary-content-5ad08c").expect("a file");
    let names = ["PASSPHRASE", "SIGN_PASSPHRASE", "FTP_PASSWORD", "BACKEND_PASSWORD"];
    let mut station = desk.station.clone();
    for (name, canary) in names.iter().zip(canaries) {
        station = station.with_env(name, canary);
    }
    let verbose = station.clone().with_options(&["-v9"]);
    let wrong = desk.station.clone().with_env("PASSPHRASE", "canary-wrong-66e2b0");
    let target = desk.path("restored");
    let mut outcomes = vec![verbose.full(&desk.source, &desk.url, 1_700_000_000).ok()];
    fs::write(desk.source.join("diary"), "canary-content-5ad08c, and more").expect("an edit");
    outcomes.push(verbose.incremental(&desk.source, &desk.url, 1_700_009_000).ok());
    outcomes.push(verbose.restore(&desk.url, &target, None).ok());
    outcomes.push(verbose.verify(&desk.url, &desk.source).ok());
    outcomes.push(verbose.run(&["collection-status", &desk.url]).ok());
    outcomes.push(verbose.run(&["list-current-files", &desk.url]).ok());
    fs::remove_file(desk.stored(".vol1.")).expect("a volume is gone");
    outcomes.push(verbose.restore(&desk.url, &desk.path("broken"), None));
    fs::remove_dir_all(station.archives()).expect("as on another machine");
    let wrong = wrong.with_options(&["-v9"]);
    outcomes.push(wrong.restore(&desk.url, &desk.path("never"), None));
    assert_ne!(outcomes[outcomes.len() - 1].code, Some(0), "the wrong passphrase opens nothing");
    if !Tool::is_stand_in() {
        let words = ["key", "new", "--name", "Canary", "--email", "c@example.org"];
        outcomes.push(station.run_plain(&words).ok());
    }
    let secrets: Vec<&str> = canaries.into_iter().chain(["canary-wrong-66e2b0"]).collect();
    for outcome in &outcomes {
        for secret in secrets.iter().chain(["canary-content-5ad08c"].iter()) {
            let printed = outcome.stdout.contains(secret) || outcome.stderr.contains(secret);
            assert!(!printed, "{secret} was printed by {outcome}");
        }
    }
    for place in [&station.home, &desk.destination] {
        assert_without(place, &secrets);
        assert_without(place, &["canary-content-5ad08c"]);
    }
    let left = fs::read_dir(station.home.join("tmp")).expect("the temporary folder").count();
    assert_eq!(left, 0, "nothing stays in the temporary folder");
    let facts = Facts::of(&desk.source).expect("the source");
    facts.assert_same(&target, "the backup under canaries is a good backup");
}

/// No file below `folder` holds one of `secrets`.
fn assert_without(folder: &Path, secrets: &[&str]) {
    for (path, fact) in &Facts::of(folder).expect("what was written").0 {
        if let backtrail_tests::compare::Object::File(content) = &fact.object {
            for secret in secrets {
                let held = content.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(
                    !held,
                    "{secret} lies in {}/{}",
                    folder.display(),
                    backtrail_tests::compare::shown(path)
                );
            }
        }
    }
}
