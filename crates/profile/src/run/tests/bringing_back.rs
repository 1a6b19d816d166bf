//! Proofs, browsing and restores, of what is whole, what is damaged and what somebody else wrote.

use super::machine::{DAY, Machine, With, files, noise};
use crate::run::{ChildKind, Trust, Where};
use crate::{Outcome, Protection, What};
use backtrail_base::{Code, Coded, fs};
use backtrail_format::EntryPath;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn a_proof_passes_and_a_damaged_volume_makes_it_fail() {
    let machine = Machine::new(With::Key);
    machine.good_backup();
    let record = machine.prove();
    assert_eq!((record.what, record.outcome), (What::Proof, Outcome::Done), "{record:?}");
    let file = record.file.clone().expect("a file");
    assert!(std::path::Path::new(&file).is_file(), "{file} is a file that was backed up");
    assert_eq!(machine.history()[0], record);
    for name in machine.objects("difftar") {
        let path = machine.stored().join(name);
        let mut bytes = fs::read(&path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).expect("write");
    }
    let record = machine.prove();
    assert_eq!((record.outcome, record.code), (Outcome::Failed, Some(Code::HashMismatch)), "{record:?}");
    assert!(record.next_step.is_some());
    for folder in ["cache/temp", "runtime"] {
        assert!(files(&machine.folders.cache().join(folder)).is_empty(), "nothing plain is left");
    }
}

#[test]
fn a_folder_is_browsed_while_the_drive_is_away_and_pages() {
    let machine = Machine::new(With::OpenKey);
    for number in 0..300 {
        machine.put(&format!("many/{number:03}.txt"), format!("{number}").as_bytes());
    }
    machine.put("many/Folder/x", b"x");
    machine.good_backup();
    machine.plug(false);
    let moments = machine.runner.moments(&machine.profile, Trust::Pinned).expect("from the archive folder");
    assert_eq!(moments.len(), 1);
    assert!(moments[0].full && moments[0].changes.is_some_and(|changes| changes > 300), "{moments:?}");
    let page = |offset, limit| {
        let folder = machine.entry("many");
        let children =
            machine.runner.children(&machine.profile, Trust::Pinned, moments[0].set, &folder, offset, limit);
        children.expect("a page")
    };
    let first = page(0, 100);
    assert_eq!((first.total, first.entries.len()), (301, 100));
    assert_eq!(
        (first.entries[0].name.as_slice(), first.entries[0].kind),
        (b"Folder".as_slice(), ChildKind::Folder)
    );
    assert_eq!((first.entries[1].name.as_slice(), first.entries[1].size), (b"000.txt".as_slice(), Some(1)));
    assert_eq!(page(300, 100).entries.len(), 1);
    assert_eq!(page(900, 100).entries.len(), 0);
    let missing = machine.entry("nowhere");
    let error = machine.runner.children(&machine.profile, Trust::Pinned, moments[0].set, &missing, 0, 9);
    assert_eq!(error.expect_err("not there").code(), Code::PathNotInBackup);
    let error = machine.restore(Trust::Pinned, &[machine.entry("many")], &Where::Original).record;
    assert_eq!((error.outcome, error.code), (Outcome::Failed, Some(Code::DriveAway)), "{error:?}");
}

#[test]
fn a_new_computer_browses_and_restores_from_the_drive_alone() {
    let machine = Machine::new(With::Key);
    machine.good_backup();
    fs::remove_dir_all(machine.folders.cache()).expect("a cache can be lost");
    let moment = machine.last_moment();
    let docs = machine.entry("docs");
    let children =
        machine.runner.children(&machine.profile, Trust::Pinned, moment, &docs, 0, 9).expect("fetched");
    assert_eq!(children.total, 2);
    let outcome = machine.restore(Trust::Pinned, &[docs], &Where::Folder(machine.root().join("new/place")));
    assert_eq!(outcome.record.outcome, Outcome::Done, "{outcome:?}");
    assert_eq!(fs::read(machine.root().join("new/place/docs/big.bin")).expect("read"), noise(300_000));
}

#[test]
fn a_restore_keeps_both_always() {
    let machine = Machine::new(With::OpenKey);
    machine.good_backup();
    machine.put("docs/report.txt", b"mine, newer\n");
    let report = machine.entry("docs/report.txt");
    let sheet = machine
        .runner
        .restore_sheet(
            &machine.profile,
            Trust::Pinned,
            machine.last_moment(),
            std::slice::from_ref(&report),
            &Where::Original,
        )
        .expect("a sheet");
    assert_eq!((sheet.files, sheet.bytes, sheet.in_the_way), (1, 12, 1));
    assert!(sheet.fetch > 0 && sheet.free.is_some(), "{sheet:?}");
    let outcome = machine.restore(Trust::Pinned, std::slice::from_ref(&report), &Where::Original);
    let beside = machine.home("docs/report (from 2026-11-22 14.00).txt");
    assert_eq!(outcome.places, std::slice::from_ref(&beside), "{outcome:?}");
    assert_eq!(fs::read(&beside).expect("read"), b"first draft\n");
    assert_eq!(fs::read(machine.home("docs/report.txt")).expect("read"), b"mine, newer\n");
    let again = machine.restore(Trust::Pinned, &[report, machine.entry("docs")], &Where::Original);
    let folder = machine.home("docs (from 2026-11-22 14.00)");
    assert_eq!(
        again.places,
        std::slice::from_ref(&folder),
        "what lies in a folder comes with it once: {again:?}"
    );
    assert_eq!(fs::read(folder.join("report.txt")).expect("read"), b"first draft\n");
    fs::remove_dir_all(machine.home("docs")).expect("deleted by mistake");
    let outcome = machine.restore(Trust::Pinned, &[machine.entry("docs/big.bin")], &Where::Original);
    assert_eq!(outcome.places, [machine.home("docs/big.bin")], "the folder it was in is made again");
    assert_eq!(machine.history()[0].what, What::Restore);
}

#[test]
fn many_things_of_one_folder_come_back_in_one_pass() {
    let machine = Machine::new(With::OpenKey);
    for number in 0..30 {
        machine.put(&format!("many/{number:02}.txt"), format!("number {number}").as_bytes());
    }
    machine.good_backup();
    let out = machine.root().join("out");
    fs::create_dir(&out).expect("made");
    fs::write(out.join("07.txt"), "mine").expect("write");
    let wanted: Vec<EntryPath> =
        (0..20).map(|number| machine.entry(&format!("many/{number:02}.txt"))).collect();
    let outcome = machine.restore(Trust::Pinned, &wanted, &Where::Folder(out.clone()));
    assert_eq!(outcome.record.outcome, Outcome::Done, "{outcome:?}");
    assert_eq!(outcome.places.len(), 20);
    assert_eq!(fs::read(out.join("07.txt")).expect("read"), b"mine");
    assert_eq!(fs::read(out.join("07 (from 2026-11-22 14.00).txt")).expect("read"), b"number 7");
    assert_eq!(fs::read(out.join("19.txt")).expect("read"), b"number 19");
    assert_eq!(fs::read_dir(&out).expect("list").count(), 21, "nothing that was not asked for");
    let everything =
        machine.restore(Trust::Pinned, &[EntryPath::root()], &Where::Folder(machine.root().join("all")));
    assert_eq!(everything.record.outcome, Outcome::Done, "{everything:?}");
    let all = files(&machine.root().join("all"));
    assert!(all.iter().any(|path| path.ends_with("home/many/29.txt")), "{all:?}");
}

#[test]
fn no_link_leads_a_restore_elsewhere() {
    let machine = Machine::new(With::OpenKey);
    machine.good_backup();
    let elsewhere = machine.root().join("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    fs::remove_dir_all(machine.home("docs")).expect("gone");
    symlink(&elsewhere, machine.home("docs")).expect("a link in its place");
    let outcome = machine.restore(Trust::Pinned, &[machine.entry("docs/report.txt")], &Where::Original);
    assert_eq!(outcome.record.outcome, Outcome::Failed, "{outcome:?}");
    assert_eq!(outcome.record.code, Some(Code::PathEscapes));
    assert!(outcome.places.is_empty());
    assert!(files(&elsewhere).is_empty(), "a link that lies there now must not be followed");
}

#[test]
fn what_somebody_else_wrote_is_told_and_goes_on_only_when_asked() {
    let machine = Machine::new(With::OpenKey);
    machine.good_backup();
    machine.pass(DAY);
    // Somebody with access to the drive, who has the public key, puts a backup of their own there: signed by another
    // key, by nobody, or not encrypted at all.
    for (signer, code) in [(true, Code::OtherSigner), (false, Code::Unsigned)] {
        let theirs = Machine::new(With::OpenKey);
        theirs.put("docs/evil", b"run me");
        fs::set_permissions(theirs.home("docs/evil"), PermissionsExt::from_mode(0o4755)).expect("mode");
        if signer {
            theirs.good_backup();
        } else {
            plain_backup(&theirs);
        }
        let mut victim = Machine::new(With::OpenKey);
        victim.profile.sources = theirs.profile.sources.clone();
        fs::create_dir_all(victim.stored().parent().expect("parent")).expect("made");
        fs::rename(theirs.stored(), victim.stored()).expect("put there");
        if signer {
            // The thief's key stands for one that the victim can open with.
            let keys = theirs.folders.data().join("keys");
            for entry in fs::read_dir(keys).expect("keys").flatten() {
                let to = victim.folders.data().join("keys").join(entry.file_name());
                fs::copy(entry.path(), to).expect("copied");
            }
        }
        let record = victim.prove();
        assert_eq!((record.outcome, record.code), (Outcome::Failed, Some(code)), "{record:?}");
        let path = theirs.entry("docs/evil");
        let to = Where::Folder(victim.root().join("out"));
        let refused = victim.restore(Trust::Pinned, std::slice::from_ref(&path), &to);
        assert_eq!(
            (refused.record.outcome, refused.record.code),
            (Outcome::Failed, Some(code)),
            "{refused:?}"
        );
        assert!(files(&victim.root().join("out")).is_empty());
        let asked = victim.restore(Trust::Anyone, &[path], &to);
        assert_eq!(asked.record.outcome, Outcome::Done, "{asked:?}");
        let mode = fs::metadata(victim.root().join("out/evil")).expect("there").permissions().mode();
        assert_eq!(mode & 0o7000, 0, "a stranger's program must not run as its owner");
        let pinned = victim.runner.archive_folder(&victim.profile, Trust::Pinned);
        let kept: Vec<_> = files(&pinned).into_iter().filter(|path| !path.ends_with("lockfile")).collect();
        assert!(kept.is_empty(), "what was read on trust is never taken for our own later");
    }
}

/// A backup that is not encrypted, put where a profile's would be.
fn plain_backup(machine: &Machine) {
    use backtrail_engine::backup::{self, Mode, Protection as Sealing, Request};
    use backtrail_engine::select::{Pattern, Rule, Selection};
    use backtrail_engine::{Cancel, Context, LazyOpener};
    use backtrail_pgp::{OpenWith, Opener};
    use backtrail_store::{Address, Destination};
    fs::create_dir_all(machine.stored()).expect("made");
    let address = Address::parse(machine.stored().to_str().expect("text")).expect("address");
    let home = machine.home("");
    let home = home.to_str().expect("text").trim_end_matches('/');
    let rules = vec![Rule::include(Pattern::literal(home)), Rule::exclude(Pattern::glob("**"))];
    let ctx = Context {
        destination: Destination::open(&address, false).expect("opens"),
        archive_folder: machine.root().join("plain-archive"),
        temp_folder: machine.root(),
        prefixes: Default::default(),
        time_separator: ':',
        opener: LazyOpener::new(|| Opener::new(OpenWith::default())),
        clock: machine.clock.clone(),
        observer: super::machine::silent(),
        cancel: Cancel::new(),
    };
    let request = Request {
        root: "/".into(),
        localdir: b"/".to_vec(),
        selection: Selection::new(b"/", rules).expect("rules").into(),
        mode: Mode::Full,
        protection: Sealing::Plain,
        volume_size: 1 << 20,
        max_block: None,
        follow_links: false,
        record_changes: true,
        allow_source_mismatch: true,
        skip_if_no_change: false,
        hostname: b"theirs".to_vec(),
        count_first: false,
        fail_after: None,
        skip_volume: None,
    };
    backup::plan(&ctx, request).expect("plan").apply().expect("backup");
    assert!(matches!(machine.profile.protection, Protection::Key { .. }));
}
