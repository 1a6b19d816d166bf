//! No secret in any file, event, answer or debug text.

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
fn a_window_is_told_where_to_begin() {
    let stage = Stage::new();
    let events = stage.service.subscribe();
    stage.service.tray_click(&crate::service::TrayItem::Restore);
    event(&events, |event| (event == Event::Show(crate::Screen::Restore)).then_some(()));
    assert_eq!(stage.call(WindowReady {}), crate::Screen::Restore, "also a window that was not there yet");
    assert_eq!(stage.call(WindowReady {}), crate::Screen::Home, "once");
}
