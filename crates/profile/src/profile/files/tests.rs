use super::*;
use crate::{DriveRef, Every, Place, Protection};
use backtrail_base::{FixedClock, Timestamp};

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

#[test]
fn a_profile_comes_back_as_it_was_saved() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = profiles(dir.path());
    let mut profile = sample();
    profile.schedule.every = Every::Daily { at: jiff::civil::time(2, 30, 0, 0) };
    profile.schedule.min_battery = None;
    profile.schedule.quiet_hours = Some((jiff::civil::time(22, 0, 0, 0), jiff::civil::time(7, 0, 0, 0)));
    profiles.save(&profile).unwrap();
    println!("{}", fs::read_to_string(profiles.path(&profile.id)).unwrap());
    assert_eq!(profiles.load(&profile.id).unwrap(), profile, "what was set up must not change by being kept");
}
