//! The wizard.

use super::stage::{Stage, as_chosen, files, until};
use crate::call::*;
use crate::service::NoticeKind;
use crate::view::*;
use backtrail_base::fs;
use backtrail_profile::secrets::KeyringState;

#[test]
fn by_defaults_home_goes_to_the_drive_and_the_first_backup_runs() {
    let stage = Stage::new();
    assert_eq!(stage.home().overall, Overall::NotSetUp);
    let view = stage.call(GetSetup {});
    assert!(view.sources[0].home && view.sources[0].chosen, "Home is preselected: {:?}", view.sources);
    let place = &view.places[0];
    assert_eq!((place.label.as_str(), place.kind, place.chosen), ("Elements", PlaceKind::Drive, true));
    assert!(place.path.ends_with("drive/Backtrail/ann-s-laptop-home"), "a folder of its own: {}", place.path);
    assert_eq!(place.caution, None);
    let words = stage.call(Words { again: false }).into_sensitive();
    let same = stage.call(Words { again: false }).into_sensitive();
    assert_eq!(words, same, "going back and forth must not change the words that were written down");
    let id = stage.call(FinishSetup { setup: as_chosen(&view) });
    stage.rests();
    let home = stage.home();
    assert_eq!(home.overall, Overall::BackedUp, "{home:#?}");
    assert!(!home.unfinished_setup, "the draft is gone");
    let profile = stage.profile();
    assert_eq!((profile.id, profile.name.as_str()), (id, "Home"));
    assert_eq!(profile.bytes, Some(Whole(13)), "the letter, and not the cache");
    assert!(profile.proven.is_some_and(|proven| proven.good), "proved right after the first backup");
    assert!(matches!(profile.next.waits, Some(WaitReason::NotDue)), "the schedule is on: {:?}", profile.next);
    assert!(stage.noticed(NoticeKind::FirstBackup).is_some());
    let stored = files(&stage.path("drive/Backtrail/ann-s-laptop-home"));
    assert!(
        !stored.is_empty() && stored.iter().all(|file| file.to_string_lossy().ends_with(".gpg")),
        "{stored:?}"
    );
}

#[test]
fn a_wizard_that_was_left_goes_on_where_it_was() {
    let mut stage = Stage::new();
    let extra = stage.path("photos");
    fs::create_dir_all(&extra).unwrap();
    let added = stage.call(AddSource { path: extra.clone() });
    let mut setup = stage.defaults();
    setup.sources.push(added.id);
    setup.excludes.retain(|exclude| exclude != "trash");
    setup.when.every = Every::Daily("18:30".to_owned());
    setup.keep.months = 12;
    stage.call(KeepSetup { setup });
    assert!(stage.home().unfinished_setup, "home offers to go on");
    stage.restart();
    assert!(stage.home().unfinished_setup, "also after a login");
    let view = stage.call(GetSetup {});
    let chosen: Vec<&str> =
        view.sources.iter().filter(|choice| choice.chosen).map(|choice| choice.path.as_str()).collect();
    assert_eq!(chosen, [stage.path("home").to_str().unwrap(), extra.to_str().unwrap()]);
    assert!(
        view.excludes.iter().any(|exclude| exclude.id == "trash" && !exclude.chosen),
        "{:?}",
        view.excludes
    );
    assert_eq!((view.when.every, view.keep.months), (Every::Daily("18:30".to_owned()), 12));
    assert!(view.places[0].chosen, "the drive is still chosen");
    stage.call(ForgetSetup {});
    assert!(!stage.home().unfinished_setup, "given up is given up");
}

#[test]
fn sizes_are_counted_with_what_is_left_out() {
    let stage = Stage::new();
    let setup = stage.defaults();
    let measure = |excludes: &[String]| {
        let mut measured = None;
        until("the sizes", || {
            let answer = stage.call(Measure { sources: setup.sources.clone(), excludes: excludes.to_vec() });
            measured = Some(answer.clone());
            answer.done
        });
        measured.expect("counted")
    };
    let with = measure(&setup.excludes);
    assert_eq!((with.files, with.bytes), (Whole(1), Whole(13)), "the letter alone: {with:?}");
    let caches = with.excludes.iter().find(|exclude| exclude.label == "caches").expect("each has a size");
    assert_eq!(caches.bytes, Whole(5000), "what a switch saves is told also while it is on");
    assert_eq!(measure(&[]).bytes, Whole(5013), "switched off, it counts");
}

#[test]
fn a_place_is_tried_and_nothing_of_it_stays() {
    let stage = Stage::new();
    let place = stage.defaults().place;
    let ticks = stage.call(CheckPlace { place });
    assert!(ticks.len() >= 6 && ticks.iter().all(|tick| tick.failure.is_none()), "{ticks:?}");
    assert!(files(&stage.path("drive")).is_empty() && !stage.path("drive/Backtrail").exists(), "no trace");
}

#[test]
fn places_are_told_with_what_speaks_against_them() {
    let stage = Stage::new();
    let folder = stage.path("somewhere");
    fs::create_dir_all(&folder).unwrap();
    let added = stage.call(AddPlace { path: folder });
    assert_eq!(added.caution, Some(PlaceCaution::SameDisk), "a broken disk would take both");
    stage.around.drives.lock().unwrap()[0].free = Some(1000);
    assert_eq!(stage.call(GetSetup {}).places[0].caution, Some(PlaceCaution::LittleSpace));
    stage.around.drives.lock().unwrap()[0].read_only = true;
    assert_eq!(stage.call(GetSetup {}).places[0].caution, Some(PlaceCaution::ReadOnly));
    let old = stage.path("drive/Backtrail/ann-s-laptop-home");
    fs::create_dir_all(&old).unwrap();
    fs::write(old.join("duplicity-full.20200101T000000Z.manifest.gpg"), "x").unwrap();
    {
        let mut drives = stage.around.drives.lock().unwrap();
        (drives[0].free, drives[0].read_only) = (Some(1 << 40), false);
    }
    let place = stage.call(GetSetup {}).places.remove(0);
    assert_eq!(place.caution, Some(PlaceCaution::HasBackup));
    assert!(place.path.ends_with("ann-s-laptop-home-2"), "neither harms the other: {}", place.path);
}

#[test]
fn with_a_passphrase_only_no_key_stays_behind() {
    let stage = Stage::new();
    let strength = stage
        .call(OwnPassphrase { passphrase: Passphrase::to_show("correct horse battery staple 9".into()) });
    assert!(strength.score >= 3, "{strength:?}");
    let setup = SetUp { protect: ProtectChoice::PassphraseOnly, ..stage.defaults() };
    stage.call(FinishSetup { setup });
    stage.rests();
    assert_eq!(stage.home().overall, Overall::BackedUp, "{:#?}", stage.profile().last);
    assert!(files(&stage.path("backtrail/data/keys")).is_empty());
    assert_eq!(stage.call(WordsToType { profile: stage.profile().id }), Vec::<u8>::new(), "not made here");
}

#[test]
fn without_words_or_place_the_wizard_does_not_end() {
    let stage = Stage::new();
    let setup = stage.defaults();
    let failure = stage.service.call(FinishSetup { setup: setup.clone() }).unwrap_err();
    assert_eq!(failure.code, "passphrase-needed", "nobody has seen any words: {failure:?}");
    stage.call(Words { again: false });
    let failure = stage.service.call(FinishSetup { setup: SetUp { place: String::new(), ..setup.clone() } });
    assert!(failure.unwrap_err().advice.is_some(), "says what to do");
    let made_up = SetUp { sources: vec!["/etc".to_owned()], ..setup };
    assert!(stage.service.call(FinishSetup { setup: made_up }).is_err(), "a path is no id");
    assert!(stage.home().profiles.is_empty());
}

#[test]
fn with_no_keyring_the_passphrase_is_asked_for_after_each_start() {
    let mut stage = Stage::with_keyring(KeyringState::Absent);
    assert_eq!(stage.call(GetSetup {}).keyring, KeyringView::Absent, "the wizard says so");
    let setup = stage.defaults();
    let words = stage.call(Words { again: false }).into_sensitive();
    stage.call(FinishSetup { setup });
    stage.rests();
    assert_eq!(stage.home().overall, Overall::BackedUp, "{:#?}", stage.profile().last);
    stage.restart();
    stage.pass(2);
    until("the banner", || {
        stage.home().banners.iter().any(|banner| banner.kind == BannerKind::PassphraseNeeded)
    });
    assert_eq!(stage.profile().next.waits, Some(WaitReason::PassphraseNeeded));
    until("the notice", || stage.noticed(NoticeKind::SecretNeeded).is_some());
    let id = stage.profile().id;
    let wrong = Passphrase::to_show("mistyped".to_owned());
    let failure = stage.service.call(GivePassphrase { profile: id.clone(), passphrase: wrong }).unwrap_err();
    assert_eq!(failure.code, "wrong-passphrase", "told now, and not by the next backup");
    let before = stage.profile().last_good;
    let right = Passphrase::to_show(words.reveal().clone());
    stage.call(GivePassphrase { profile: id, passphrase: right });
    until("the backup that was due", || stage.profile().last_good > before);
}
