//! What `backtrail profile run` writes, from an empty home with nothing but a profile's file, no keyring, and the
//! passphrase in the environment: stock duplicity restores it, and every file lies at its absolute path below the
//! target.

use backtrail_base::fs;
use backtrail_tests::chain::Room;
use backtrail_tests::compare::Facts;
use backtrail_tests::keys;
use backtrail_tests::tool::{Station, Tool};
use std::path::Path;

const WORDS: &str = "correct horse battery staple";

/// Writes a profile's file as the app writes it.
fn set_up(station: &Station, source: &Path, destination: &Path, protection: &str) {
    let folder = station.home.join("config/backtrail/profiles");
    fs::create_dir_all(&folder).expect("the folder of settings");
    let text = format!(
        "version = \"1.0\"\nid = \"everyday\"\nname = \"Home\"\ncreated = \"2026-11-22T08:00:00Z\"\nsources = [{source:?}]\n\
         {protection}\n[place]\naddress = \"file://{}\"\nlabel = \"the stick\"\n\n[excludes]\nsmart = [\"node-modules\"]\n\
         patterns = [\"*.iso\"]\n",
        destination.display()
    );
    fs::write(folder.join("everyday.toml"), text).expect("the profile");
}

/// A source, backed up twice by the profile and then restored by stock duplicity 3.2.1.
fn round_trip(room: &Room, ours: &Station, stock: &Station, protection: &str) {
    let source = room.path().join("home of tim");
    let destination = room.path().join("stick/Backtrail/laptop-home");
    fs::create_dir_all(source.join("docs/deep")).expect("made");
    fs::create_dir_all(room.path().join("stick")).expect("made");
    fs::create_dir_all(source.join("node_modules")).expect("made");
    fs::write(source.join("docs/report \u{e4}.txt"), "first draft").expect("written");
    fs::write(source.join("docs/deep/big"), vec![7; 200_000]).expect("written");
    set_up(ours, &source, &destination, protection);
    let first = ours.run_plain(&["profile", "run"]).ok();
    assert!(first.stdout.contains("Home: backed up in full."), "{first}");
    // Two sets in one second are a second apart all the same; stock would then look before the later one.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    fs::write(source.join("docs/report \u{e4}.txt"), "second draft, longer").expect("written");
    fs::write(source.join("film.iso"), "left out").expect("written");
    fs::write(source.join("node_modules/x"), "left out").expect("written");
    let second = ours.run_plain(&["profile", "run", "everyday"]).ok();
    assert!(second.stdout.contains("Home: backed up. "), "an increment: {second}");
    let expected = Facts::of(&source.join("docs")).expect("read");
    let target = room.path().join("restored");
    stock.restore(&format!("file://{}", destination.display()), &target, None).ok();
    let below = |path: &Path| target.join(path.strip_prefix("/").expect("absolute"));
    expected
        .assert_same(&below(&source.join("docs")), "stock restores a profile's backup at the absolute paths");
    assert!(!below(&source.join("film.iso")).exists() && !below(&source.join("node_modules")).exists());
    assert!(!below(&ours.home).exists(), "nothing but the profile's folders is in it");
    let one = room.path().join("one");
    let inside = source.join("docs/report \u{e4}.txt");
    let inside = inside.strip_prefix("/").expect("absolute").to_str().expect("text");
    stock.restore_path(&format!("file://{}", destination.display()), inside.as_bytes(), &one, None).ok();
    assert_eq!(fs::read_to_string(one).expect("restored"), "second draft, longer");
}

#[test]
fn stock_restores_what_a_profile_with_a_passphrase_wrote() {
    let room = Room::new();
    let ours = Station::new(Tool::Backtrail, room.path()).with_env("PASSPHRASE", WORDS);
    let stock = Station::new(Tool::Duplicity3, room.path()).with_env("PASSPHRASE", WORDS);
    round_trip(&room, &ours, &stock, "protection = \"passphrase\"\n");
}

#[test]
fn stock_restores_what_a_profile_with_a_key_wrote() {
    let room = Room::new();
    let ours = Station::new(Tool::Backtrail, room.path());
    let key = keys::make_with_backtrail(&ours, "Tim");
    let stock = Station::new(Tool::Duplicity3, room.path()).with_env("PASSPHRASE", &key.passphrase);
    keys::import(&stock.gnupg, &key, &keys::export_from_backtrail(&ours, &key));
    let ours = ours.with_env("PASSPHRASE", &key.passphrase);
    let stock = stock.with_options(&["--encrypt-sign-key", &key.fingerprint[24..]]);
    let protection = format!("[protection.key]\nfingerprint = \"{}\"\n", key.fingerprint);
    round_trip(&room, &ours, &stock, &protection);
}
