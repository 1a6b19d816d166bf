//! A file comes back.

use super::stage::{Stage, event, until};
use crate::Event;
use crate::call::*;
use crate::view::*;
use backtrail_base::fs;

/// The folder `Documents` of the newest moment: the moment's id, and its entries.
fn documents(stage: &Stage, profile: &str) -> (String, Vec<Entry>) {
    let moments = stage.call(GetMoments { profile: profile.to_owned() }).moments;
    let moment = moments[0].id.clone();
    let browse = |folder| stage.call(Browse { moment: moment.clone(), folder, offset: 0, limit: 100 });
    let home = browse(None);
    assert_eq!(home.trail.last().unwrap().name, "home", "begins where the files are: {home:?}");
    let folder = home.entries.iter().find(|entry| entry.name == "Documents").expect("it was backed up");
    let entries = browse(Some(folder.id.clone())).entries;
    (moment, entries)
}

#[test]
fn a_lost_file_comes_back_to_its_place_and_a_changed_one_beside_itself() {
    let stage = Stage::new();
    let profile = stage.backed_up();
    let letter = stage.path("home/Documents/letter.txt");
    let (moment, entries) = documents(&stage, &profile);
    assert_eq!((entries[0].name.as_str(), entries[0].size), ("letter.txt", Some(Whole(13))));
    let wanted = vec![entries[0].id.clone()];
    let restore = || {
        let events = stage.service.subscribe();
        let (moment, entries) = (moment.clone(), wanted.clone());
        let job =
            stage.call(Restore { moment, entries, target: RestoreWhere::Original, accept_signer: false });
        event(&events, |event| match event {
            Event::Restored(result) if result.job == job => Some(result),
            _ => None,
        })
    };
    fs::remove_file(&letter).unwrap();
    let result = restore();
    assert_eq!((result.files, result.failure), (Whole(1), None));
    assert_eq!(fs::read_to_string(&letter).unwrap(), "Dear reader,\n");
    assert_eq!(
        stage.call(RestoredPath { place: result.places[0].id.clone() }),
        letter,
        "shown in its folder"
    );
    fs::write(&letter, "Dear editor,\n").unwrap();
    let sheet = stage.call(GetRestoreSheet {
        moment: moment.clone(),
        entries: wanted.clone(),
        target: RestoreWhere::Original,
    });
    assert_eq!((sheet.files, sheet.bytes, sheet.in_the_way), (Whole(1), Whole(13), Whole(1)), "{sheet:?}");
    let result = restore();
    assert_eq!(fs::read_to_string(&letter).unwrap(), "Dear editor,\n", "what is there stays");
    let beside = stage.call(RestoredPath { place: result.places[0].id.clone() });
    assert_ne!(beside, letter);
    assert_eq!(fs::read_to_string(beside).unwrap(), "Dear reader,\n");
}

#[test]
fn folders_go_where_a_dialog_said_and_ids_cannot_be_made_up() {
    let stage = Stage::new();
    let profile = stage.backed_up();
    let (moment, entries) = documents(&stage, &profile);
    let out = stage.path("out");
    fs::create_dir_all(&out).unwrap();
    let folder = stage.call(AddRestoreFolder { path: out.clone() });
    let try_it = |entries: Vec<String>, target: RestoreWhere| {
        stage.service.call(Restore { moment: moment.clone(), entries, target, accept_signer: false })
    };
    let entry = entries[0].id.clone();
    let made_up = RestoreWhere::Folder("/root".to_owned());
    assert!(try_it(vec![entry.clone()], made_up).is_err(), "a path is no id");
    assert!(try_it(vec!["Documents".to_owned()], RestoreWhere::Original).is_err());
    assert!(try_it(Vec::new(), RestoreWhere::Original).is_err(), "nothing is not everything");
    assert!(stage.service.call(RestoredPath { place: folder.id.clone() }).is_err(), "ids of one kind only");
    try_it(vec![entry], RestoreWhere::Folder(folder.id)).unwrap();
    until("the file", || out.join("letter.txt").exists());
}

#[test]
fn looking_into_a_backup_needs_no_drive_and_restoring_says_that_it_does() {
    let stage = Stage::new();
    let profile = stage.backed_up();
    let drive = stage.unplug();
    let (moment, entries) = documents(&stage, &profile);
    let events = stage.service.subscribe();
    let entries = vec![entries[0].id.clone()];
    stage.call(Restore { moment, entries, target: RestoreWhere::Original, accept_signer: false });
    let result = event(&events, |event| match event {
        Event::Restored(result) => Some(result),
        _ => None,
    });
    let failure = result.failure.expect("the drive is away");
    assert_eq!((failure.code.as_str(), failure.step), ("drive-away", Some(NextStep::PlugDrive)));
    stage.plug(drive);
}
