//! From nothing to a scheduled, encrypted backup, as a person does it, and back again without Backtrail.

use crate::look::{Look, open};
use backtrail_base::fs;
use backtrail_tests::window::person::{self, settle_in};
use backtrail_tests::window::words::say;
use backtrail_tests::window::{Appearance, Desk, Page, Session, TrayKind, secrets, wait_for};
use std::time::{Duration, Instant};

#[test]
fn five_clicks_lead_to_a_scheduled_encrypted_backup() {
    let mut session = Session::with(Desk { tray: TrayKind::Panel, ..Desk::default() });
    settle_in(&session);
    let drive = session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    let start = Instant::now();
    let kit = session.path("kit.pdf");
    let counted = person::set_up(&session, &page, &kit, &mut |_, _| ());
    assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
    assert!(counted.clicks <= 5, "{} clicks", counted.clicks);
    assert!(counted.screens <= 3, "{} screens", counted.screens);
    page.wait_for_text(&say("home.backed-up"), 120);

    let objects: Vec<String> = objects_on(&drive);
    assert!(
        objects.iter().any(|name| name.ends_with(".manifest.gpg")),
        "an encrypted, whole set: {objects:?}"
    );
    let profiles =
        fs::read_dir(session.home().join(".config/backtrail/profiles")).expect("a profile was kept");
    let profile = profiles.flatten().next().expect("one profile");
    let text = fs::read_to_string(profile.path()).expect("profiles are for people to read");
    assert!(text.contains("enabled = true"), "the schedule is on: {text}");

    let words = counted.words.as_bytes().to_vec();
    let hyphens = counted.words.replace(' ', "-").into_bytes();
    let found = secrets::places(&session, &[&words, &hyphens]);
    assert_eq!(found, Vec::<String>::new(), "the passphrase is in the keyring alone, and encrypted there");
}

/// Names of all objects below the drive.
fn objects_on(drive: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut left = vec![drive.to_path_buf()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).expect("the drive can be read").flatten() {
            if entry.path().is_dir() {
                left.push(entry.path());
            } else {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    names
}

#[test]
fn the_wizard_goes_on_where_it_was_left() {
    let mut session = Session::start(Appearance::Light);
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    page.wait_for_text(&say("setup.what.title"), 60);
    page.press(&say("setup.continue"));
    page.wait_for_text(&say("protect.title"), 30);
    page.press(&say("setup.back"));
    page.wait_for_text(&say("setup.what.title"), 30);
    page.close();
    drop(page);
    wait_for("the end of the window", 30, || session.windows().is_empty().then_some(()));
    let page = open(&mut session);
    let counted = person::set_up_and_back_up(&session, &page);
    assert!(counted.clicks <= 5);
}

#[test]
#[ignore = "not proven yet: reaching a control by the Tab key takes longer than the test waits"]
fn the_wizard_needs_no_mouse() {
    let mut session = Session::start(Appearance::Light);
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = open(&mut session);
    page.wait_for_text(&say("setup.what.title"), 60);
    tab_to(&page, &say("setup.continue"));
    page.keys(&["Enter"]);
    page.wait_for_text(&say("protect.title"), 30);
    tab_to(&page, &say("protect.without"));
    page.keys(&["Enter"]);
    page.wait_for_text(&say("start.title"), 30);
    tab_to(&page, &say("start.go"));
    page.keys(&["Enter"]);
    page.wait_for_text(&say("home.backed-up"), 120);
    assert_eq!(page.clicks(), 0, "keys alone");
    page.wait_for_text(&say("banner.kit-not-saved.why"), 20);
}

/// Presses Tab until the control of this name has the focus.
fn tab_to(page: &Page, name: &str) {
    for _ in 0..60 {
        if page.focused() == name {
            return;
        }
        page.keys(&["Tab"]);
    }
    panic!("“{name}” is not reached by the Tab key; the focus is on “{}”", page.focused());
}

#[test]
fn every_screen_of_the_wizard_is_fit_to_be_seen() {
    for appearance in [Appearance::Light, Appearance::Dark] {
        let mut session = Session::start(appearance);
        settle_in(&session);
        session.plug("Backup Plus", 4096);
        let page = open(&mut session);
        let look = Look::of(appearance);
        let kit = session.path("kit.pdf");
        person::set_up(&session, &page, &kit, &mut |page, screen| look.at(page, screen));
        page.wait_for_text(&say("home.backed-up"), 120);
        look.at(&page, "home");
    }
}
