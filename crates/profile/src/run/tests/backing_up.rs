//! Backups: the first, the next, those that fail, those that do not begin.

use super::machine::{DAY, Machine, WORDS, With, files, noise, silent};
use crate::run::{Trust, Where};
use crate::secrets::KeyringState;
use crate::{Outcome, Waiting, What};
use backtrail_base::{Clock, Code, Sensitive, Timestamp, fs};
use backtrail_engine::{Cancel, Event, Observer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn the_first_backup_is_full_the_next_an_increment_and_then_nothing_has_changed() {
    let machine = Machine::new(With::Key);
    assert_eq!(machine.runner.moments(&machine.profile, Trust::Pinned).expect("none yet"), []);
    let first = machine.good_backup();
    assert!(first.full && first.set.is_some(), "{first:?}");
    assert_eq!(first.outcome, Outcome::Done, "{first:?}");
    assert!(first.figures.bytes >= 300_000 && first.figures.sent >= 300_000, "{first:?}");
    machine.pass(3600);
    machine.put("docs/report.txt", b"second draft\n");
    let second = machine.good_backup();
    assert!(!second.full && second.set.is_some(), "{second:?}");
    assert!(second.figures.changed >= 1 && second.figures.sent < 50_000, "only what changed: {second:?}");
    // Folders above the home may change while other tests run beside this one.
    let same = (0..5).map(|_| {
        machine.pass(3600);
        machine.good_backup()
    });
    assert!(same.into_iter().any(|record| record.set.is_none()), "nothing changed makes no set");
    assert!(machine.objects("node_modules").is_empty());
    let kinds: Vec<What> = machine.history().iter().map(|record| record.what).collect();
    assert!(kinds.len() >= 3 && kinds.iter().all(|what| *what == What::Backup), "{kinds:?}");
    for name in machine.objects("") {
        assert!(name.ends_with(".gpg"), "{name} lies open on the drive");
    }
}

#[test]
fn backtrail_does_not_back_itself_up_nor_what_is_left_out() {
    let mut machine = Machine::new(With::OpenKey);
    // The destination inside the folder that is backed up.
    machine.profile.place.drive = None;
    machine.profile.place.address = format!("file://{}", machine.home("Backtrail/laptop").display());
    machine.profile.excludes.patterns = vec!["*.iso".to_owned()];
    machine.put("docs/film.iso", b"large");
    machine.put("other/CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55");
    machine.good_backup();
    let moment = machine.last_moment();
    let names = |folder: &str| -> Vec<String> {
        let children =
            machine.runner.children(&machine.profile, Trust::Pinned, moment, &machine.entry(folder), 0, 99);
        let entries = children.expect("a folder").entries;
        entries.into_iter().map(|child| String::from_utf8(child.name).expect("text")).collect()
    };
    assert_eq!(names("docs"), ["big.bin", "report.txt"], "the pattern is meant for any folder");
    let home = names("");
    assert!(!home.contains(&"other".to_owned()) && !home.contains(&"node_modules".to_owned()), "{home:?}");
    assert!(names("Backtrail").is_empty(), "a backup must not hold itself");
    let own = names(".backtrail");
    assert!(own.contains(&"data".to_owned()), "keys and settings come back with a new computer: {own:?}");
    for gone in ["cache", "logs", "runtime"] {
        assert!(!own.contains(&gone.to_owned()), "{own:?}");
    }
    assert!(!names(".backtrail/data").contains(&"history".to_owned()), "it changes with every run");
}

#[test]
fn a_drive_that_is_away_is_never_written_to() {
    let machine = Machine::new(With::OpenKey);
    machine.good_backup();
    machine.plug(false);
    // What a desktop leaves behind: the mount point, empty.
    let aside = machine.root().join("aside");
    fs::rename(machine.drive(""), &aside).expect("pulled");
    fs::create_dir(machine.drive("")).expect("mount point");
    assert!(!machine.runner.destination_here(&machine.profile));
    let record = machine.backup();
    assert_eq!((record.outcome, record.skipped), (Outcome::Skipped, Some(Waiting::DriveAway)), "{record:?}");
    assert_eq!(record.code, Some(Code::DriveAway));
    assert_eq!(record.message, "the drive Stick is not plugged in");
    assert!(files(&machine.drive("")).is_empty(), "an empty mount point must not get a backup");
    assert!(!machine.drive("Backtrail").exists());
    // The drive itself comes back as another one of that name: nothing of ours is on it.
    machine.plug(true);
    let record = machine.backup();
    assert_eq!(record.code, Some(Code::DestinationGone), "{record:?}");
    assert!(
        !machine.drive("Backtrail").exists(),
        "a place that lost its backups is not begun anew in silence"
    );
    fs::remove_dir(machine.drive("")).expect("unmounted");
    fs::rename(aside, machine.drive("")).expect("plugged in");
    machine.pass(60);
    machine.good_backup();
}

#[test]
fn what_is_older_than_known_is_told() {
    let machine = Machine::new(With::OpenKey);
    machine.good_backup();
    machine.pass(DAY);
    machine.put("docs/report.txt", b"second draft\n");
    machine.good_backup();
    for name in machine.objects("inc").into_iter().chain(machine.objects("new-signatures")) {
        fs::remove_file(machine.stored().join(name)).expect("taken away");
    }
    machine.pass(DAY);
    let record = machine.good_backup();
    assert_eq!(record.outcome, Outcome::Warnings);
    assert!(record.warnings.iter().any(|warning| warning.code == Some(Code::RolledBack)), "{record:?}");
}

#[test]
fn a_failure_stays_in_the_history_with_a_sentence_a_code_and_a_next_step() {
    let machine = Machine::new(With::OpenKey);
    fs::remove_dir_all(machine.home("")).expect("gone");
    let record = machine.backup();
    assert_eq!((record.outcome, record.code), (Outcome::Failed, Some(Code::SourceMissing)), "{record:?}");
    assert!(record.next_step.is_some() && record.message.starts_with("none of the folders"), "{record:?}");
    assert_eq!(machine.history(), [record]);
    let mut machine = Machine::new(With::OpenKey);
    machine.profile.sources.push(machine.root().join("not-there"));
    let record = machine.good_backup();
    assert_eq!(record.outcome, Outcome::Warnings, "one of two folders is missing: {record:?}");
    assert_eq!(record.warnings[0].code, Some(Code::SourceMissing));
}

#[test]
fn a_passphrase_that_cannot_be_had_is_a_reason_not_a_failure() {
    let machine = Machine::new(With::Key);
    // Another start of the program: nothing is in memory.
    let secrets = crate::secrets::Secrets::new(&machine.folders, Arc::clone(&machine.keyring) as _);
    let clock: Arc<dyn Clock> = machine.clock.clone();
    let drive = machine.drive("");
    let runner = crate::run::Runner::new(&machine.folders, &secrets, clock).with_drives(move |_, _| {
        vec![backtrail_store::Drive {
            uuid: None,
            label: None,
            mount: drive.clone(),
            free: None,
            total: None,
            removable: true,
            read_only: false,
            system: false,
        }]
    });
    machine.keyring.set_state(KeyringState::Locked);
    assert!(runner.secrets_ready(&machine.profile).is_err());
    let record = runner.backup(&machine.profile, &silent(), &Cancel::new());
    assert_eq!((record.outcome, record.code), (Outcome::Skipped, Some(Code::KeyringLocked)), "{record:?}");
    machine.keyring.set_state(KeyringState::Absent);
    let record = runner.backup(&machine.profile, &silent(), &Cancel::new());
    assert_eq!((record.outcome, record.code), (Outcome::Skipped, Some(Code::NoKeyring)), "{record:?}");
    secrets.remember(&machine.profile.id, &Sensitive::from("not the one"));
    let record = runner.backup(&machine.profile, &silent(), &Cancel::new());
    assert_eq!((record.outcome, record.code), (Outcome::Failed, Some(Code::WrongPassphrase)), "{record:?}");
    assert!(machine.objects("").is_empty(), "nothing was written before that was known");
    secrets.remember(&machine.profile.id, &Sensitive::from(WORDS));
    assert!(runner.backup(&machine.profile, &silent(), &Cancel::new()).outcome.is_success());
}

#[test]
fn a_second_passphrase_never_joins_a_chain() {
    let machine = Machine::new(With::Passphrase);
    machine.good_backup();
    machine.pass(DAY);
    machine.put("docs/report.txt", b"second draft\n");
    machine.runner.secrets().remember(&machine.profile.id, &Sensitive::from("another"));
    let record = machine.backup();
    assert_eq!((record.outcome, record.code), (Outcome::Failed, Some(Code::WrongPassphrase)), "{record:?}");
    assert_eq!(machine.objects("inc.").len(), 0, "nobody could restore a chain of two passphrases");
}

/// Asks for something at the first entry.
struct AtFirst(AtomicBool, Box<dyn Fn() + Send + Sync>);

impl Observer for AtFirst {
    fn event(&self, event: Event<'_>) {
        if matches!(event, Event::Content { .. }) && !self.0.swap(true, Ordering::SeqCst) {
            (self.1)();
        }
    }
}

fn at_first(what: impl Fn() + Send + Sync + 'static) -> Arc<dyn Observer> {
    Arc::new(AtFirst(AtomicBool::new(false), Box::new(what)))
}

#[test]
fn a_stopped_backup_counts_for_nothing_and_a_paused_one_goes_on() {
    let machine = Machine::new(With::OpenKey);
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let record = machine.runner.backup(&machine.profile, &at_first(move || stop.cancel()), &cancel);
    assert_eq!((record.outcome, record.code), (Outcome::Cancelled, Some(Code::Cancelled)), "{record:?}");
    assert_eq!(machine.objects("manifest").len(), 0);
    let cancel = Cancel::new();
    let pause = cancel.clone();
    let observer = at_first(move || pause.pause());
    let (runner, profile) = (machine.runner.clone(), machine.profile.clone());
    let working = cancel.clone();
    let run = std::thread::spawn(move || runner.backup(&profile, &observer, &working));
    while !cancel.is_paused() && !run.is_finished() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert!(!run.is_finished(), "a paused run does not end");
    assert_eq!(machine.objects("manifest").len(), 0, "and commits nothing");
    let second = machine.backup();
    assert_eq!(second.code, Some(Code::Locked), "a run beside it is told so: {second:?}");
    assert_eq!(second.message, "another run of the backup home is going on");
    cancel.resume();
    let record = run.join().expect("ends");
    assert!(record.outcome.is_success(), "{record:?}");
    assert_eq!(machine.objects("manifest").len(), 1);
}

#[test]
fn over_a_year_and_a_half_old_chains_go_and_what_was_promised_stays() {
    let machine = Machine::new(With::OpenKey);
    let keep = Timestamp(machine.clock.now().0);
    let mut first_removal = None;
    for day in 0..46 {
        machine.put("docs/report.txt", format!("draft of day {day}").as_bytes());
        machine.good_backup();
        let moments = machine.runner.moments(&machine.profile, Trust::Pinned).expect("moments");
        let fulls = moments.iter().filter(|moment| moment.full).count();
        assert!(fulls >= 2 || day < 8, "never fewer than two fulls once there were two: {moments:?}");
        // Half a year back there is always something to go back to.
        let half_year = machine.clock.now().plus(-182 * DAY);
        if half_year >= keep {
            assert!(
                moments.iter().any(|moment| moment.time <= half_year),
                "the promised half year: {moments:?}"
            );
        }
        if first_removal.is_none() && machine.history().iter().any(|record| record.what == What::Removal) {
            first_removal = Some(day);
        }
        machine.pass(12 * DAY);
    }
    let removal = first_removal.expect("old chains go at last");
    assert!(removal * 12 > 180, "but not before half a year: day {}", removal * 12);
    let fulls = machine.objects("duplicity-full.").iter().filter(|name| name.contains("manifest")).count();
    assert!((2..=5).contains(&fulls), "what is kept is bounded: {fulls}");
    let outcome = machine.restore(
        Trust::Pinned,
        &[machine.entry("docs/report.txt")],
        &Where::Folder(machine.root().join("out")),
    );
    assert!(outcome.record.outcome.is_success(), "{outcome:?}");
    assert_eq!(fs::read(&outcome.places[0]).expect("read"), b"draft of day 45");
}

#[test]
fn a_full_drive_fails_the_run_and_keeps_nothing_of_it() {
    let mut machine = Machine::new(With::OpenKey);
    let small = machine.root().join("small");
    fs::create_dir(&small).expect("made");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "none"])
        .arg(&small)
        .status()
        .is_ok_and(|status| status.success());
    assert!(mounted, "a small file system could not be mounted: run this test as root");
    machine.put("docs/big.bin", &noise(4_000_000));
    machine.profile.place.drive = None;
    machine.profile.place.address = format!("file://{}", small.join("Backtrail/laptop").display());
    let record = machine.backup();
    let left = files(&small);
    let unmounted = std::process::Command::new("umount").arg(&small).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!((record.outcome, record.code), (Outcome::Failed, Some(Code::NoSpace)), "{record:?}");
    assert_eq!(record.message, "Stick is full");
    assert!(record.next_step.is_some_and(|step| step.starts_with("Free some space")));
    assert!(left.is_empty(), "a full drive keeps nothing of the run that filled it");
}
