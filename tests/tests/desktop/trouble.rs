//! What a person meets when something is not as it should be: each with its screen or message, and a way on.

use crate::look::{Look, open};
use backtrail_base::fs;
use backtrail_tests::window::person::{set_up_and_back_up, settle_in};
use backtrail_tests::window::words::say;
use backtrail_tests::window::{
    Appearance, Desk, Keyring, Page, Session, TrayKind, background, keyring, wait_for,
};
use std::process::Stdio;

/// What the catalogue says after the name that it begins with.
fn after_name(key: &str) -> String {
    let text = say(key);
    text.rsplit('}').next().unwrap_or_default().trim().to_owned()
}

#[test]
#[ignore = "not proven yet: expects no change, though the keyring lies in the home that is backed up"]
fn a_locked_keyring_is_said_and_waited_for() {
    let mut session = Session::start(Appearance::Light);
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    set_up_and_back_up(&session, &page);
    drop(page);
    background::end(&session);
    keyring::lock(&session);
    let page = open(&mut session);
    page.wait_for_text(&say("banner.keyring-locked"), 60);
    Look::of(Appearance::Light).at(&page, "home-keyring-locked");
    keyring::unlock(&session);
    page.press(&say("home.back-up-now"));
    page.wait_for_text(&say("run.nothing"), 60);
}

#[test]
#[ignore = "not proven yet: the test does not get through the window that asks for the passphrase"]
fn without_a_keyring_the_passphrase_is_asked_for_after_each_start() {
    let mut session = Session::with(Desk { keyring: Keyring::Absent, ..Desk::default() });
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    let counted = set_up_and_back_up(&session, &page);
    drop(page);
    background::end(&session);
    let page = open(&mut session);
    page.wait_for_text(&after_name("banner.passphrase-needed"), 60);
    Look::of(Appearance::Light).at(&page, "home-passphrase-needed");
    page.press(&say("step.give-passphrase"));
    page.fill(&say("passphrase.field"), "not these words");
    page.press(&say("passphrase.give"));
    wait_for("a refusal", 30, || page.text().contains("passphrase").then_some(()));
    assert!(page.offers(&say("passphrase.give")), "it asks again");
    page.run("document.querySelector('dialog input, [role=dialog] input').value = ''");
    page.fill(&say("passphrase.field"), &counted.words);
    page.press(&say("passphrase.give"));
    page.press(&say("home.back-up-now"));
    page.wait_for_text(&say("run.nothing"), 60);
}

#[test]
fn without_a_bus_it_works_all_the_same() {
    let mut session =
        Session::with(Desk { bus: false, tray: TrayKind::None, keyring: Keyring::Absent, ..Desk::default() });
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    set_up_and_back_up(&session, &page);
}

#[test]
fn without_a_tray_it_says_so_and_stays() {
    let mut session = Session::with(Desk { tray: TrayKind::None, ..Desk::default() });
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    set_up_and_back_up(&session, &page);
    page.close();
    drop(page);
    wait_for("the end of the window", 30, || session.windows().is_empty().then_some(()));
    assert!(background::find(&session).is_some(), "the app goes on in the background");
    wait_for("a notification about the tray", 60, || {
        session.all_notifications().into_iter().find(|note| note.contains("tray")).map(|_| ())
    });
}

#[test]
fn a_drive_that_is_pulled_out_is_waited_for() {
    let mut session = Session::start(Appearance::Light);
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    set_up_and_back_up(&session, &page);
    session.unplug();
    page.wait_for_text(&say("figures.away"), 60);
    Look::of(Appearance::Light).at(&page, "home-drive-away");
    page.press(&say("home.back-up-now"));
    wait_for("why it does not run", 30, || {
        let text = page.text();
        (text.contains("plug") || text.contains("Plug")).then_some(())
    });
    session.plug_again();
    wait_for("the drive", 60, || (!page.text().contains(&say("figures.away"))).then_some(()));
}

#[test]
#[ignore = "known fault: where the damaged profile is the only one, the wizard is shown and says nothing of it"]
fn a_damaged_profile_is_kept_aside_and_told() {
    let mut session = Session::start(Appearance::Light);
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    set_up_and_back_up(&session, &page);
    drop(page);
    background::end(&session);
    let file = background::files(&session, ".config/backtrail/profiles").remove(0);
    fs::write(&file, b"version = \"what?\n\0").expect("one's own settings");
    let page = open(&mut session);
    page.wait_for_text(&after_name("banner.profile-damaged"), 60);
    let kept = background::files(&session, ".config/backtrail/profiles");
    let kept = kept
        .iter()
        .find_map(|file| fs::read(file).ok().filter(|bytes| bytes.starts_with(b"version = \"what?")));
    assert!(kept.is_some(), "what was damaged is still there to look at");
    Look::of(Appearance::Light).at(&page, "home-profile-damaged");
}

#[test]
fn a_second_start_opens_no_second_window() {
    let mut session = Session::start(Appearance::Light);
    let _page = open(&mut session);
    assert_eq!(session.windows().len(), 1);
    let mut second =
        session.command(Page::application()).stdout(Stdio::null()).spawn().expect("it started before");
    let status = wait_for("the end of the second start", 60, || second.try_wait().expect("our own child"));
    assert!(status.success(), "handing over to the first is no failure: {status}");
    assert_eq!(session.windows().len(), 1, "the first window is the only one");
    let backgrounds = backtrail_tests::window::processes::of(&session);
    let backgrounds = backgrounds.iter().filter(|process| process.command.ends_with(" --background")).count();
    assert_eq!(backgrounds, 1, "and so is the background");
}

#[test]
fn a_folder_that_is_gone_is_told() {
    let mut session = Session::start(Appearance::Light);
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    set_up_and_back_up(&session, &page);
    drop(page);
    background::end(&session);
    let profile = background::files(&session, ".config/backtrail/profiles").remove(0);
    let text = fs::read_to_string(&profile).expect("one's own settings");
    let home = session.home().display().to_string();
    fs::write(&profile, text.replace(&format!("\"{home}\""), &format!("\"{home}/gone\"")))
        .expect("one's own settings");
    let page = open(&mut session);
    page.press(&say("home.back-up-now"));
    page.wait_for_text(&say("home.attention"), 60);
    assert!(page.text().contains("gone"), "the folder is named: {}", page.text());
}
