//! The kit: it makes the key, it is proved, and with the words on it it lies in nothing that it opens.

use super::stage::{Stage, as_chosen, files};
use crate::call::*;
use crate::view::*;

const CANARY: &str = "canary-Zf81-passphrase-Qx7";

fn own(stage: &Stage) -> SetUp {
    stage.call(OwnPassphrase { passphrase: Passphrase::to_show(CANARY.to_owned()) });
    stage.defaults()
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
fn the_key_survives_that_the_wizard_is_left_and_its_words_are_in_the_keyring() {
    let mut stage = Stage::new();
    let words = stage.call(Words { again: false }).into_sensitive();
    let setup = stage.defaults();
    let path = stage.path("kit.pdf");
    stage.call(SaveKitTo { profile: None, setup: Some(setup), with_words: false, path });
    stage.restart();
    let view = stage.call(GetSetup {});
    assert!(view.key_made && view.kit_saved.is_some(), "the kit on paper must stay the right one: {view:?}");
    assert_eq!(stage.call(Words { again: false }).into_sensitive(), words, "the words on it too");
    stage.call(FinishSetup { setup: as_chosen(&view) });
    stage.rests();
    assert_eq!(files(&stage.path("backtrail/data/keys")).len(), 2, "one key, its public and its secret part");
    let banners: Vec<BannerKind> = stage.home().banners.iter().map(|banner| banner.kind).collect();
    assert_eq!(banners, [BannerKind::TypeWords], "the kit is saved; the words are asked for");
    let id = stage.profile().id;
    let asked = stage.call(WordsToType { profile: id.clone() });
    let all: Vec<&str> = words.reveal().split('-').collect();
    let typed = |shift: usize| {
        let word =
            |place: &u8| Passphrase::to_show(all[(usize::from(*place) - 1 + shift) % all.len()].to_owned());
        asked.iter().map(word).collect()
    };
    assert_eq!(asked.len(), 3);
    assert!(!stage.call(TypeWords { profile: id.clone(), words: typed(1) }), "others do not pass");
    assert!(stage.call(TypeWords { profile: id, words: typed(0) }));
    assert!(stage.home().banners.is_empty(), "asked once");
}
