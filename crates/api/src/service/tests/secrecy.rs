//! No secret in any file, event, answer or debug text; and the kit, which may hold it only where it was asked for.

use super::stage::{Stage, event, files};
use crate::Event;
use crate::call::*;
use crate::view::*;
use backtrail_base::fs;

const CANARY: &str = "canary-Zf81-passphrase-Qx7";

fn own(stage: &Stage) -> SetUp {
    stage.call(OwnPassphrase { passphrase: Passphrase::to_show(CANARY.to_owned()) });
    stage.defaults()
}

#[test]
fn a_passphrase_is_in_no_file_event_answer_or_debug_text() {
    let stage = Stage::new();
    let events = stage.service.subscribe();
    let setup = own(&stage);
    stage.call(KeepSetup { setup: setup.clone() });
    stage.call(FinishSetup { setup });
    stage.rests();
    let profile = stage.profile().id;
    let again = Passphrase::to_show(CANARY.to_owned());
    assert!(!format!("{again:?}").contains(CANARY), "a call's debug text reaches logs");
    stage.call(GivePassphrase { profile: profile.clone(), passphrase: again });
    for (name, with) in [
        ("home", serde_json::json!({})),
        ("setup", serde_json::json!({})),
        ("settings", serde_json::json!({})),
        ("moments", serde_json::json!({"profile": profile})),
        ("words_to_type", serde_json::json!({"profile": profile})),
    ] {
        let answer = stage.service.answer(name, with).unwrap().to_string();
        assert!(!answer.contains(CANARY), "{name} answers with it");
    }
    let told: Vec<Event> = events.try_iter().collect();
    assert!(!told.is_empty() && !format!("{told:?}").contains(CANARY));
    let all = files(stage.root.path());
    assert!(all.len() > 5, "{all:?}");
    for file in all {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!found, "{} holds the passphrase", file.display());
    }
}

#[test]
fn the_kit_is_proved_and_kept_out_of_what_it_opens() {
    let stage = Stage::new();
    let setup = own(&stage);
    let save = |with_words, path: &str| {
        let (setup, path) = (Some(setup.clone()), stage.path(path));
        stage.service.call(SaveKitTo { profile: None, setup, with_words, path })
    };
    for inside in ["home/kit.pdf", "home/Documents/kit.pdf"] {
        let failure = save(true, inside).unwrap_err();
        assert_eq!(failure.code, "kit", "{failure:?}");
        assert!(
            failure.advice.is_some() && !stage.path(inside).exists(),
            "the backup would hold its own key"
        );
    }
    let saved = save(true, "drive/kit.pdf").expect("the drive itself is not the backup's folder");
    assert!(saved.with_words && stage.path("drive/kit.pdf").exists());
    let saved = save(false, "home/kit.pdf").expect("without the words it may lie anywhere");
    assert!(!saved.with_words);
    assert_eq!(stage.call(GetSetup {}).kit_saved, Some(saved));
    let other = SetUp { protect: ProtectChoice::PassphraseOnly, ..setup.clone() };
    stage.call(KeepSetup { setup: other });
    assert_eq!(stage.call(GetSetup {}).kit_saved, None, "a kit for a key does not open a backup without one");
    stage.call(KeepSetup { setup: setup.clone() });
    let id = stage.call(FinishSetup { setup });
    stage.rests();
    let kinds = || stage.home().banners.iter().map(|banner| banner.kind).collect::<Vec<_>>();
    assert_eq!(kinds(), [BannerKind::KitNotSaved]);
    let proposed = stage.call(KitProposal { profile: Some(id.clone()) });
    assert_eq!(proposed.name, "Backtrail recovery kit Ann's Laptop Home.pdf");
    let path = proposed.folder.join(proposed.name);
    stage.call(SaveKitTo { profile: Some(id), setup: None, with_words: false, path });
    assert!(kinds().is_empty(), "saved, and there are no words to ask for: {:?}", kinds());
}

#[test]
fn a_window_is_told_where_to_begin() {
    let stage = Stage::new();
    let events = stage.service.subscribe();
    stage.service.tray_click(&crate::service::TrayItem::Restore);
    event(&events, |event| (event == Event::Show(crate::Screen::Restore)).then_some(()));
    assert_eq!(stage.call(WindowReady {}), crate::Screen::Restore, "also a window that was not there yet");
    assert_eq!(stage.call(WindowReady {}), crate::Screen::Home, "once");
}
