//! The `profile` commands on a computer without a keyring: what they print, which exit number they have, and that the
//! passphrase from the environment is enough.

use super::machine::{Machine, SECRET};
use backtrail_base::{Timestamp, fs};
use backtrail_profile::{Folders, Place, Profile, Profiles, Protection};
use std::path::PathBuf;

fn folders(machine: &Machine) -> Folders {
    Folders::below(&machine.path(".backtrail"))
}

/// A profile of the machine's source, to a folder beside it.
fn set_up(machine: &Machine, id: &str, name: &str) -> Profile {
    let source = fs::canonicalize(machine.path("src")).expect("real");
    let place = Place {
        address: format!("file://{}", machine.path(&format!("dst/{id}")).display()),
        label: "the folder dst".to_owned(),
        drive: None,
    };
    let mut profile = Profile::new(name, Timestamp(1), vec![source], place, Protection::Passphrase);
    profile.id = id.parse().expect("an id");
    Profiles::open(&folders(machine)).and_then(|all| all.save(&profile)).expect("saved");
    profile
}

#[test]
fn a_profile_runs_from_an_empty_home_with_a_passphrase_in_the_environment() {
    let machine = Machine::new();
    set_up(&machine, "aaaa", "Home");
    let listed = machine.good("profile list").out;
    assert!(
        listed.contains("aaaa") && listed.contains("Home") && listed.contains("to the folder dst"),
        "{listed}"
    );
    let status = machine.good("profile status").out;
    assert!(status.contains("Last backup: never") && status.contains("Next:        due now"), "{status}");
    let ran = machine.good("profile run home");
    assert!(ran.out.starts_with("Home: backed up in full. "), "{}", ran.out);
    assert!(ran.prompts.is_empty() && !ran.out.contains(SECRET) && !ran.err.contains(SECRET));
    machine.next_day();
    let ran = machine.good("profile run --due");
    assert!(ran.out.contains("Home: backed up. ") && ran.out.contains("Home: proven, "), "{}", ran.out);
    let again = machine.good("profile run --due");
    assert!(again.out.contains("Home: nothing to do, its time has not come."), "{}", again.out);
    let status = machine.good("profile status aaaa").out;
    assert!(status.contains("came back as it was backed up"), "{status}");
    // What it wrote is a backup like any other.
    machine.good("st file://@/dst/aaaa");
    machine.good("restore file://@/dst/aaaa @/out");
    assert_eq!(
        fs::read(machine.path("out").join(inside(&machine, "src/a"))).expect("read"),
        b"first\nsecond\n"
    );
}

/// A path of the machine as a backup of the root holds it.
fn inside(machine: &Machine, below: &str) -> PathBuf {
    let path = fs::canonicalize(machine.path(below)).expect("real");
    path.strip_prefix("/").expect("absolute").to_path_buf()
}

#[test]
fn what_stops_a_profile_says_so() {
    let mut machine = Machine::new();
    let mut shown = String::new();
    let step = |machine: &Machine, shown: &mut String, line: &str| {
        let ran = machine.run(line);
        shown.push_str(&format!("$ backtrail {line}\n{}", machine.steady(&ran.out)));
        for line in machine.steady(&ran.err).lines() {
            shown.push_str(&format!("! {line}\n"));
        }
        shown.push_str(&format!("[{}]\n\n", ran.exit));
    };
    step(&machine, &mut shown, "profile");
    step(&machine, &mut shown, "profile list");
    step(&machine, &mut shown, "profile run");
    step(&machine, &mut shown, "profile run --due");
    step(&machine, &mut shown, "profile run nobody");
    step(&machine, &mut shown, "profile run --now --due");
    set_up(&machine, "aaaa", "Home");
    set_up(&machine, "bbbb", "home");
    step(&machine, &mut shown, "profile run Home");
    let profiles = Profiles::open(&folders(&machine)).expect("profiles");
    profiles.remove(&"bbbb".parse().expect("an id")).expect("removed");
    let secret = std::mem::take(&mut machine.variables);
    step(&machine, &mut shown, "profile run aaaa");
    step(&machine, &mut shown, "profile run --due");
    machine.variables = secret;
    fs::rename(machine.path("src"), machine.path("away")).expect("gone");
    step(&machine, &mut shown, "profile run aaaa");
    fs::rename(machine.path("away"), machine.path("src")).expect("back");
    machine.good("profile run aaaa");
    machine.variables = vec![("PASSPHRASE", "not the one".to_owned())];
    machine.next_day();
    step(&machine, &mut shown, "profile run aaaa");
    fs::remove_dir_all(machine.path("dst")).expect("pulled out");
    step(&machine, &mut shown, "profile run aaaa");
    fs::write(folders(&machine).config().join("profiles/cccc.toml"), "version = \"1.0\"\nname = [")
        .expect("damaged");
    let listed = machine.run("profile list");
    assert_eq!(listed.exit, 0);
    assert!(
        listed.err.contains("cannot be used") && listed.err.contains("[settings-damaged]"),
        "{}",
        listed.err
    );
    insta::assert_snapshot!("profile-errors", shown);
}

#[test]
fn a_passphrase_is_asked_for_where_somebody_is_there() {
    let mut machine = Machine::new();
    set_up(&machine, "aaaa", "Home");
    machine.variables.clear();
    machine.typed = Some(&["typed"]);
    let ran = machine.good("profile run");
    assert_eq!(ran.prompts, ["Passphrase of the backup Home: "]);
    let ran = machine.good("profile run --due");
    assert!(ran.prompts.is_empty(), "nobody is waited for by a timer");
}

#[test]
fn with_json_a_profile_prints_one_object() {
    let machine = Machine::new();
    set_up(&machine, "aaaa", "Home");
    for (line, exit, field) in [
        ("profile list", 0, "/profiles/0/id"),
        ("profile status", 0, "/profiles/0/due"),
        ("profile run", 0, "/profiles/0/backup/set"),
        ("profile run --due", 0, "/profiles/0/waits"),
        ("profile run nobody", 52, "/error/code"),
    ] {
        let ran = machine.run(&format!("{line} --json"));
        assert_eq!(ran.exit, exit, "{line}: {}{}", ran.out, ran.err);
        let value: serde_json::Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{line}: {error}: {}", ran.out));
        assert!(value.pointer(field).is_some(), "{line} has {field}: {}", ran.out);
    }
}
