//! Schedules, jobs, drives, power, pauses.

use super::stage::{Stage, event, until};
use crate::Event;
use crate::call::*;
use crate::service::{NoticeKind, Nudge, TrayIcon, TrayItem};
use crate::view::*;
use backtrail_base::fs;
use backtrail_profile::secrets::KeyringState;

/// Files that take a while to be backed up.
fn fill(stage: &Stage, megabytes: u8) {
    for number in 0..megabytes {
        let noise: Vec<u8> = (0_u32..1 << 20)
            .map(|at| (at.wrapping_mul(2_654_435_761).wrapping_add(u32::from(number) * 97) >> 13) as u8)
            .collect();
        fs::write(stage.path(&format!("home/Documents/{number}.bin")), noise).unwrap();
    }
}

#[test]
fn a_due_backup_starts_by_itself_and_a_missed_one_after_waking_up() {
    let stage = Stage::new();
    stage.backed_up();
    let first = stage.profile().last_good;
    fs::write(stage.path("home/Documents/new.txt"), "new").unwrap();
    stage.pass(2);
    until("the backup that is due", || stage.profile().last_good > first);
    let second = stage.profile().last_good;
    fs::write(stage.path("home/Documents/newer.txt"), "newer").unwrap();
    stage.pass(30);
    stage.service.nudge(Nudge::Resumed);
    until("the backup that was missed", || stage.profile().last_good > second);
    assert_eq!(stage.profile().bytes, Some(Whole(13 + 3 + 5)), "both are in it");
}

#[test]
fn a_job_rests_goes_on_and_is_stopped_and_a_second_one_does_not_begin() {
    let stage = Stage::new();
    fill(&stage, 24);
    let events = stage.service.subscribe();
    let id = stage.set_up();
    let job = event(&events, |event| match event {
        Event::Progress(progress) => Some(progress.job),
        _ => None,
    });
    stage.call(PauseJob { job: job.clone(), paused: true });
    assert!(stage.profile().running.expect("it runs").paused);
    let tray = stage.service.tray();
    assert_eq!((tray.icon, tray.line.as_str()), (TrayIcon::Busy, "“Home” is paused"));
    assert!(tray.profiles[0].running, "*Back up now* is off meanwhile");
    let busy = stage.service.call(BackUpNow { profile: Some(id) }).unwrap_err();
    assert_eq!(busy.code, "locked", "{busy:?}");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(stage.profile().last_good.is_none(), "it rests");
    stage.call(PauseJob { job: job.clone(), paused: false });
    stage.call(StopJob { job: job.clone() });
    until("the job to end", || stage.profile().running.is_none());
    stage.call(StopJob { job: job.clone() });
    assert!(stage.service.call(PauseJob { job, paused: true }).is_err(), "over is over");
    let profile = stage.profile();
    assert_eq!(profile.last.map(|last| last.outcome), Some(RunOutcome::Cancelled));
    assert_eq!(profile.state, Overall::WaitingForFirst, "stopped by a person is no failure");
    assert!(stage.noticed(NoticeKind::Failed).is_none(), "nor is it noticed as one");
    stage.service.tray_click(&TrayItem::BackUpNow(None));
    until("the backup", || stage.profile().last_good.is_some());
}

#[test]
fn quitting_stops_a_backup_and_the_next_start_makes_it() {
    let mut stage = Stage::new();
    fill(&stage, 24);
    let events = stage.service.subscribe();
    stage.set_up();
    event(&events, |event| matches!(event, Event::Progress(_)).then_some(()));
    stage.restart();
    stage.pass(3);
    until("the backup", || stage.profile().last_good.is_some());
}

#[test]
fn a_drive_that_is_away_is_waited_for_and_its_return_begins_the_backup() {
    let stage = Stage::new();
    let id = stage.backed_up();
    let before = stage.profile().last_good;
    let drive = stage.unplug();
    stage.service.nudge(Nudge::DriveLeft);
    stage.pass(2);
    until("the reason", || stage.profile().next.waits == Some(WaitReason::DriveAway));
    assert!(!stage.profile().kept.here);
    let failure = stage.service.call(BackUpNow { profile: Some(id) }).unwrap_err();
    assert_eq!(
        (failure.code.as_str(), failure.step),
        ("drive-away", Some(NextStep::PlugDrive)),
        "{failure:?}"
    );
    assert!(failure.message.contains("Elements"), "named as the person knows it: {}", failure.message);
    until("the skipped run in the history", || {
        stage.profile().lately.iter().any(|run| run.skipped == Some(WaitReason::DriveAway))
    });
    let skipped = || stage.profile().lately.iter().filter(|run| run.skipped.is_some()).count();
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert_eq!(skipped(), 1, "once, not at every look");
    assert!(!stage.path("drive").exists(), "nothing is made where the drive was");
    stage.pass(40);
    until("the overdue notice", || stage.noticed(NoticeKind::Overdue).is_some());
    let banner = stage.home().banners.into_iter().find(|banner| banner.kind == BannerKind::Overdue);
    assert_eq!(banner.and_then(|banner| banner.step), Some(BannerStep::Next(NextStep::PlugDrive)));
    assert_eq!(stage.service.tray().icon, TrayIcon::Attention);
    stage.plug(drive);
    stage.service.nudge(Nudge::DriveArrived);
    until("the backup", || stage.profile().last_good > before);
    until("all well", || stage.home().overall == Overall::BackedUp);
}

#[test]
fn schedules_rest_until_their_time_and_on_a_low_battery() {
    let stage = Stage::new();
    stage.backed_up();
    let before = stage.profile().last_good;
    stage.service.tray_click(&TrayItem::Pause(PauseFor::UntilTomorrow));
    assert!(stage.home().paused.is_some_and(|pause| pause.until.is_some()));
    assert_eq!((stage.home().overall, stage.service.tray().icon), (Overall::Paused, TrayIcon::Paused));
    stage.call(PauseSchedules { pause: PauseFor::Hour });
    *stage.around.power.lock().unwrap() =
        crate::service::Power { on_battery: Some(true), battery_percent: Some(9) };
    stage.pass(3);
    until("the pause to end", || stage.home().paused.is_none());
    until("the reason", || stage.profile().next.waits == Some(WaitReason::BatteryLow));
    stage.call(PauseSchedules { pause: PauseFor::UntilOnPower });
    assert_eq!(stage.profile().next.waits, Some(WaitReason::Paused));
    *stage.around.power.lock().unwrap() = crate::service::Power::default();
    stage.service.nudge(Nudge::PowerChanged);
    until("the backup", || stage.profile().last_good > before);
}

#[test]
fn a_locked_keyring_is_a_banner_and_unlocking_it_goes_on() {
    let mut stage = Stage::new();
    stage.backed_up();
    let before = stage.profile().last_good;
    stage.keyring.set_state(KeyringState::Locked);
    stage.restart();
    stage.pass(2);
    until("the banner", || {
        let banner = stage.home().banners.into_iter().find(|banner| banner.kind == BannerKind::KeyringLocked);
        banner.and_then(|banner| banner.step) == Some(BannerStep::Next(NextStep::UnlockKeyring))
    });
    until("the notice", || stage.noticed(NoticeKind::SecretNeeded).is_some());
    let notice = stage.noticed(NoticeKind::SecretNeeded).unwrap();
    stage.service.notice_clicked(&notice);
    until("the backup", || stage.profile().last_good > before);
    assert!(stage.home().banners.iter().all(|banner| banner.kind != BannerKind::KeyringLocked));
}

#[test]
fn settings_are_kept_and_their_changes_told() {
    let mut stage = Stage::new();
    stage.backed_up();
    let events = stage.service.subscribe();
    let app = AppSettingsView { theme: ThemeChoice::Dark, start_at_login: true, notifications: false };
    stage.call(ChangeAppSettings { settings: app });
    event(&events, |event| (event == Event::Theme(ThemeChoice::Dark)).then_some(()));
    assert!(*stage.around.login.lock().unwrap(), "the system was told");
    let mut settings = stage.call(GetSettings {}).profiles.remove(0);
    settings.name = "Everything".to_owned();
    settings.when.every = Every::Weekly { days: vec![1, 5], time: "08:00".to_owned() };
    settings.keep.months = 24;
    stage.call(ChangeProfile { settings: settings.clone() });
    stage.restart();
    let after = stage.call(GetSettings {});
    let [profile] = after.profiles.as_slice() else { panic!("one profile: {after:?}") };
    assert_eq!(after.app, app);
    assert_eq!((&profile.name, &profile.when, profile.keep), (&settings.name, &settings.when, settings.keep));
    assert!(profile.fingerprint.as_ref().is_some_and(|text| text.len() == 49), "forty letters in groups");
    settings.sources.iter_mut().for_each(|source| source.chosen = false);
    assert!(stage.service.call(ChangeProfile { settings }).is_err(), "a backup of nothing is none");
    stage.call(RemoveProfile { profile: profile.id.clone() });
    assert_eq!(stage.home().overall, Overall::NotSetUp);
    assert!(!super::stage::files(&stage.path("drive")).is_empty(), "the backup stays where it is");
}
