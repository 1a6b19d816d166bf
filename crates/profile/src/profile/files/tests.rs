mod killed;

use super::*;
use crate::{AppSettings, Draft, DriveRef, Every, Pause, Place, Protection, Theme};
use backtrail_base::{Coded as _, FixedClock, Timestamp};
use jiff::civil::time;

fn profiles(folder: &Path) -> Profiles {
    let clock = Arc::new(FixedClock::at(Timestamp(1_795_333_734)));
    Profiles::with_clock(&Folders::below(folder), clock).unwrap()
}

fn sample() -> Profile {
    let drive = DriveRef {
        uuid: Some("1234-ABCD".into()),
        label: Some("Backup".into()),
        path_on_drive: "Backtrail/laptop-home".into(),
    };
    let place = Place {
        address: "file:///media/ann/Backup/Backtrail/laptop-home".into(),
        label: "Backup".into(),
        drive: Some(drive),
    };
    let protection = Protection::Key { fingerprint: "0123456789ABCDEF0123456789ABCDEF01234567".into() };
    Profile::new("Home", Timestamp(1_795_333_000), vec!["/home/ann".into()], place, protection)
}

fn text(profiles: &Profiles, profile: &Profile) -> String {
    fs::read_to_string(profiles.path(&profile.id)).unwrap()
}

/// Writes a text as a person or another version would.
fn put(profiles: &Profiles, profile: &Profile, text: &str) {
    fs::write(profiles.path(&profile.id), text).unwrap();
}

#[test]
fn a_profile_comes_back_as_it_was_saved() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let every = [
        Every::Hours(6),
        Every::Daily { at: time(2, 30, 0, 0) },
        Every::Weekly { days: [crate::Day::Monday, crate::Day::Sunday].into(), at: time(23, 59, 0, 0) },
        Every::Manual,
    ];
    for every in every {
        let mut profile = sample();
        profile.name = "Ann's \"Home\" = #1\n[x]\u{202e}".into();
        profile.schedule.every = every;
        profile.schedule.min_battery = None;
        profile.schedule.quiet_hours = Some((time(22, 0, 0, 0), time(7, 0, 0, 0)));
        profile.excludes.patterns = vec!["**/*.tmp".into(), "/home/ann/[a-z]?".into()];
        profile.excludes.smart.clear();
        profile.limits.compression_level = Some(9);
        profile.protection = Protection::Passphrase;
        profile.place.drive = None;
        profile.kit.saved = Some(Timestamp(1_795_333_001));
        profiles.save(&profile).unwrap();
        assert_eq!(
            profiles.load(&profile.id).unwrap(),
            profile,
            "what was set up must not change by being kept"
        );
    }
}

#[test]
fn the_file_can_be_read_by_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let mut profile = sample();
    profile.id = "home".parse().unwrap();
    profiles.save(&profile).unwrap();
    let expected = r#"# A backup that Backtrail makes: what, where to, when, and what is kept. No secrets.

version = "1.0"
id = "home"
name = "Home"
created = "2026-11-22T07:36:40Z"
sources = ["/home/ann"]

[excludes]
smart = ["caches", "cache-tagged", "trash", "node-modules"]
patterns = []

[place]
address = "file:///media/ann/Backup/Backtrail/laptop-home"
label = "Backup"

[place.drive]
uuid = "1234-ABCD"
label = "Backup"
path_on_drive = "Backtrail/laptop-home"

[protection.key]
fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567"

[schedule]
enabled = true
only_on_power = false
min_battery = 20
metered = false
catch_up = true

[schedule.every]
hours = 1

[retention]
full_every_days = 90
keep_months = 6
keep_fulls_at_least = 2

[limits]
volume_size = 67108864

[proof]
enabled = true
every_days = 7

[kit]
with_words = false
made_words = false
"#;
    assert_eq!(text(&profiles, &profile), expected);
}

#[test]
fn what_a_file_does_not_say_is_the_default_and_none_stays_none() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let profile = sample();
    profiles.save(&profile).unwrap();
    let short = text(&profiles, &profile);
    let short = &short[..short.find("[schedule]").unwrap()];
    put(&profiles, &profile, short);
    assert_eq!(profiles.load(&profile.id).unwrap(), profile, "an older minor version said less");
    put(&profiles, &profile, &format!("{short}[schedule]\nenabled = false\n"));
    let schedule = profiles.load(&profile.id).unwrap().schedule;
    assert!(!schedule.enabled && schedule.every == Every::Hours(1));
    assert_eq!(schedule.min_battery, None, "a person who removed the limit must not find it again");
}

#[test]
fn keys_of_a_newer_minor_version_outlive_a_save() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let mut profile = sample();
    profiles.save(&profile).unwrap();
    let newer = text(&profiles, &profile)
        .replace("version = \"1.0\"", "version = \"1.7\"\nmood = \"good\"")
        .replace("catch_up = true", "catch_up = true\nmoon = [\"full\", \"new\"]")
        + "\n[orbit]\nplanets = 8\n";
    put(&profiles, &profile, &newer);
    assert_eq!(profiles.load(&profile.id).unwrap(), profile, "what we know is read all the same");
    let mut unknown = profiles.unknown_keys(&profile.id).unwrap();
    unknown.sort();
    assert_eq!(unknown, ["mood", "orbit", "schedule.moon"], "and the rest is told");
    profile.schedule.metered = true;
    profiles.save(&profile).unwrap();
    let saved = text(&profiles, &profile);
    for kept in ["version = \"1.7\"", "mood = \"good\"", "moon = [\"full\", \"new\"]", "[orbit]\nplanets = 8"]
    {
        assert!(saved.contains(kept), "a program that goes back to 1.7 must find {kept} in:\n{saved}");
    }
    assert_eq!(profiles.load(&profile.id).unwrap(), profile);
}

#[test]
fn what_only_a_newer_version_understands_is_left_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let profile = sample();
    profiles.save(&profile).unwrap();
    let good = text(&profiles, &profile);
    let by_moon = good.replace("hours = 1", "moon = 4");
    for newer in [
        good.replace("\"1.0\"", "\"2.0\""),
        "version = \"9.1\"\nnothing = \"else\"\n".to_owned(),
        by_moon.replace("\"1.0\"", "\"1.1\""),
    ] {
        put(&profiles, &profile, &newer);
        let error = profiles.load(&profile.id).unwrap_err();
        assert!(matches!(error, ProfileError::Newer { .. }), "{error}");
        assert!(error.next_step().is_some());
        let error = profiles.save(&profile).unwrap_err();
        assert!(
            matches!(error, ProfileError::Newer { .. }),
            "an old program must not write over it: {error}"
        );
        assert_eq!(text(&profiles, &profile), newer);
        let listed = profiles.list().unwrap();
        assert!(listed.profiles.is_empty() && listed.damaged.len() == 1 && listed.damaged[0].newer);
    }
    put(&profiles, &profile, &by_moon);
    let error = profiles.load(&profile.id).unwrap_err();
    assert!(
        matches!(error, ProfileError::Damaged { .. }),
        "in a file of our own version it is damage: {error}"
    );
}

#[test]
fn a_damaged_file_is_kept_aside_and_reported_until_it_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let profile = sample();
    profiles.save(&profile).unwrap();
    let good = text(&profiles, &profile);
    let bad_ones = [
        good[..good.len() / 2].to_owned(),
        String::new(),
        "\0".repeat(400),
        good.replace("hours = 1", "hours = \"one\""),
        good.replace("version = \"1.0\"", "version = 1"),
        good.replace("version = \"1.0\"", ""),
        good.replace("\"1.0\"", "\"one\""),
        good.replace("[schedule]", "[schedule"),
        good.replace(&format!("id = \"{}\"", profile.id), "id = \"../../etc\""),
        good.replace(&format!("id = \"{}\"", profile.id), "id = \"another\""),
        good.replace("2026-11-22T07:36:40Z", "yesterday"),
    ];
    for (number, bad) in bad_ones.iter().enumerate() {
        put(&profiles, &profile, bad);
        let listed = profiles.list().unwrap();
        assert!(listed.profiles.is_empty(), "{bad}");
        let damaged = listed.damaged.iter().find(|d| fs::read_to_string(&d.path).unwrap() == *bad);
        let damaged = damaged.unwrap_or_else(|| panic!("kept byte for byte, none is written over: {bad}"));
        assert!(!damaged.why.is_empty() && damaged.id == profile.id && !damaged.newer, "{damaged:?}");
        assert!(!profiles.path(&profile.id).exists());
        assert_eq!(profiles.list().unwrap().damaged.len(), number + 1, "and told again after the next start");
    }
    profiles.save(&profile).unwrap();
    let listed = profiles.list().unwrap();
    assert_eq!(
        (listed.profiles.len(), listed.damaged.len()),
        (1, 0),
        "it was set up again: nothing is missing"
    );
    let kept = fs::read_dir(profiles.folder()).unwrap().count();
    assert_eq!(kept, bad_ones.len() + 1, "the damaged ones are the person's to remove");
}

#[test]
fn saving_never_writes_over_what_it_cannot_understand() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let profile = sample();
    profiles.save(&profile).unwrap();
    put(&profiles, &profile, "half a profi");
    profiles.save(&profile).unwrap();
    assert_eq!(profiles.load(&profile.id).unwrap(), profile);
    let kept = profiles.folder().join(format!("{}.toml.damaged-20261122T074854Z", profile.id));
    assert_eq!(fs::read_to_string(kept).unwrap(), "half a profi");
}

#[test]
fn a_mistyped_line_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let profile = sample();
    profiles.save(&profile).unwrap();
    put(&profiles, &profile, &text(&profiles, &profile).replace("label = \"Backup\"", "label = Backup"));
    let error = profiles.load(&profile.id).unwrap_err().to_string();
    assert!(error.contains("line 15"), "a person mends it by hand: {error}");
}

#[cfg(unix)]
#[test]
fn paths_that_are_no_unicode_survive() {
    use std::os::unix::ffi::OsStringExt as _;
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let mut profile = sample();
    let all: Vec<u8> = (1..=255).collect();
    for bytes in [&b"/home/ann/caf\xe9"[..], b"/home/100%41", b"/\xf0\x9f\x92", b"/a\xff%FF\"\\\n", &all] {
        profile.sources.push(std::ffi::OsString::from_vec(bytes.to_vec()).into());
    }
    profile.sources.push("/home/日本語/100%".into());
    profile.place.drive.as_mut().unwrap().path_on_drive =
        std::ffi::OsString::from_vec(b"x\xe9".to_vec()).into();
    profiles.save(&profile).unwrap();
    assert_eq!(profiles.load(&profile.id).unwrap(), profile, "a folder with an odd name is backed up too");
    let text = text(&profiles, &profile);
    assert!(text.contains("\"/home/日本語/100%\""), "{text}");
    assert!(text.contains("escaped = \"/home/ann/caf%E9\""), "{text}");
}

#[cfg(unix)]
#[test]
fn only_this_person_may_read_a_profile() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let profile = sample();
    profiles.save(&profile).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&profiles.path(&profile.id)), 0o600);
    assert_eq!(mode(profiles.folder()), 0o700);
    fs::set_permissions(profiles.path(&profile.id), std::fs::Permissions::from_mode(0o644)).unwrap();
    profiles.save(&profile).unwrap();
    assert_eq!(mode(&profiles.path(&profile.id)), 0o600, "a save puts that right");
}

#[test]
fn profiles_are_listed_oldest_first_and_other_files_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    assert!(profiles.list().unwrap().profiles.is_empty(), "no folder is no profiles");
    let mut ids = Vec::new();
    for created in [300, 100, 200] {
        let mut profile = sample();
        profile.created = Timestamp(created);
        profiles.save(&profile).unwrap();
        ids.push((created, profile.id));
    }
    ids.sort();
    for other in ["notes.txt", "UPPER.toml", ".toml", "a.toml~", ".backtrail-x.tmp"] {
        fs::write(profiles.folder().join(other), "x").unwrap();
    }
    let listed = profiles.list().unwrap();
    assert!(listed.damaged.is_empty(), "{:?}", listed.damaged);
    let order: Vec<_> = listed.profiles.into_iter().map(|profile| profile.id).collect();
    assert_eq!(order, ids.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>());
    profiles.remove(&order[0]).unwrap();
    profiles.remove(&order[0]).unwrap();
    let error = profiles.load(&order[0]).unwrap_err();
    assert!(matches!(error, ProfileError::NoProfile { .. }), "{error}");
    assert_eq!(profiles.list().unwrap().profiles.len(), 2);
}

#[test]
fn settings_and_draft_are_kept_and_damage_does_not_stop_the_app() {
    let dir = tempfile::tempdir().unwrap();
    let folders = Folders::below(dir.path());
    assert_eq!(AppSettings::load(&folders).unwrap(), AppSettings::default());
    let until = Some(Timestamp(1_795_340_000));
    let settings = AppSettings {
        theme: Theme::Dark,
        start_at_login: false,
        notifications: false,
        paused: Some(Pause { until, until_on_power: true }),
    };
    settings.save(&folders).unwrap();
    assert_eq!(AppSettings::load(&folders).unwrap(), settings);
    AppSettings::default().save(&folders).unwrap();
    assert_eq!(AppSettings::load(&folders).unwrap().paused, None, "a pause that is over must not come back");
    fs::write(folders.config().join("settings.toml"), "theme = dark").unwrap();
    assert!(matches!(AppSettings::load(&folders), Err(ProfileError::Damaged { .. })));
    assert_eq!(
        AppSettings::load(&folders).unwrap(),
        AppSettings::default(),
        "told once, then the defaults hold"
    );

    assert_eq!(Draft::load(&folders).unwrap(), None);
    let mut draft = Draft { name: "Home".into(), sources: vec!["/home/ann".into()], ..Draft::default() };
    draft.save(&folders).unwrap();
    assert_eq!(Draft::load(&folders).unwrap(), Some(draft.clone()), "the wizard can be left");
    draft.place = Some(sample().place);
    draft.protection = Some(sample().protection);
    draft.save(&folders).unwrap();
    assert_eq!(Draft::load(&folders).unwrap(), Some(draft));
    Draft::discard(&folders).unwrap();
    Draft::discard(&folders).unwrap();
    assert_eq!(Draft::load(&folders).unwrap(), None);
}

#[test]
fn what_killed_writers_left_is_swept_away() {
    let dir = tempfile::tempdir().unwrap();
    let folder = profiles(dir.path()).folder().to_owned();
    fs::create_dir_all(&folder).unwrap();
    let left = folder.join(".backtrail-abc.tmp");
    fs::write(&left, "half").unwrap();
    profiles(dir.path());
    let now = fs::metadata(&left).map(|left| left.modified().unwrap());
    let now = now.expect("it may belong to a writer that lives");
    let now = i64::try_from(now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let later = Arc::new(FixedClock::at(Timestamp(now + 2 * 24 * 60 * 60)));
    Profiles::with_clock(&Folders::below(dir.path()), later).unwrap();
    assert!(!left.exists(), "after a day nobody writes it any more");
}
