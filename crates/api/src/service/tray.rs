//! What the tray shows, and what a click in it does.

use super::{Inner, Service, lock};
use crate::Screen;
use crate::call::PauseFor;
use crate::view::{Home, NextRun, Overall, Pause, Progress, Stage, UnixTime, WaitReason};
use backtrail_profile::ProfileId;
use jiff::Zoned;

/// What the tray shows. The shell asks for it after each event, and draws it when it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayState {
    /// The icon.
    pub icon: TrayIcon,
    /// The first line of the menu: the state in one sentence.
    pub line: String,
    /// The second: the reason, or how far the running backup is.
    pub reason: Option<String>,
    /// The profiles, for *Back up now*.
    pub profiles: Vec<TrayProfile>,
    /// Whether schedules are paused, and until when.
    pub paused: Option<Pause>,
}

/// The icon, told apart by shape and by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayIcon {
    /// Everything is backed up, or nothing is set up yet.
    Good,
    /// Working now.
    Busy,
    /// Backed up, with warnings, or waiting for the first backup.
    Warning,
    /// Needs attention.
    Attention,
    /// Schedules are paused.
    Paused,
}

/// A profile in the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayProfile {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether a job runs for it: then *Back up now* is off.
    pub running: bool,
}

/// An item of the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrayItem {
    /// Back up now: one profile by its id, or all.
    BackUpNow(Option<String>),
    /// Pause, or go on.
    Pause(PauseFor),
    /// Restore a file…
    Restore,
    /// Open.
    Open,
    /// Settings.
    Settings,
    /// Quit. The shell has said that schedules stop.
    Quit,
}

/// What the tray shows of profiles at rest; made anew after each change.
#[derive(Debug, Clone)]
pub(super) struct Brief {
    overall: Overall,
    line: String,
    reason: Option<String>,
    profiles: Vec<(ProfileId, String)>,
    paused: Option<Pause>,
}

impl Service {
    /// What the tray shows now. Cheap: what profiles at rest show is kept between two changes.
    #[must_use]
    pub fn tray(&self) -> TrayState {
        let brief = self.0.brief();
        let jobs: Vec<_> = brief.profiles.iter().map(|(id, _)| self.0.jobs.of(id)).collect();
        let running =
            jobs.iter().zip(&brief.profiles).find_map(|(job, (_, name))| Some((job.as_ref()?, name)));
        let (icon, line, reason) = match running {
            Some((job, name)) => {
                let progress = job.view();
                (TrayIcon::Busy, doing(&progress, name), how_far(&progress))
            }
            None => (icon(brief.overall), brief.line.clone(), brief.reason.clone()),
        };
        let profiles = brief.profiles.iter().zip(&jobs).map(|((id, name), job)| TrayProfile {
            id: id.to_string(),
            name: name.clone(),
            running: job.is_some(),
        });
        TrayState { icon, line, reason, profiles: profiles.collect(), paused: brief.paused }
    }

    /// An item of the tray's menu was chosen. What cannot be done is said by the window.
    pub fn tray_click(&self, item: &TrayItem) {
        match item {
            TrayItem::BackUpNow(profile) => {
                if self.back_up_now(profile.as_deref()).is_err() {
                    self.show(Screen::Home);
                }
            }
            TrayItem::Pause(pause) => {
                if self.pause_schedules(*pause).is_err() {
                    self.show(Screen::Settings);
                }
            }
            TrayItem::Restore => self.show(Screen::Restore),
            TrayItem::Open => self.show(Screen::Home),
            TrayItem::Settings => self.show(Screen::Settings),
            TrayItem::Quit => self.0.surroundings.quit(),
        }
    }
}

impl Inner {
    fn brief(&self) -> Brief {
        // The version is read first: what changes meanwhile is seen the next time.
        let version = self.bus.version();
        if let Some((_, brief)) = lock(&self.brief).as_ref().filter(|(made, _)| *made == version) {
            return brief.clone();
        }
        let brief = match self.home() {
            Ok(home) => {
                let (line, reason) = at_rest(&home, &self.zoned());
                let named = home.profiles.iter().filter_map(|profile| {
                    Some((profile.id.parse::<ProfileId>().ok()?, profile.name.clone()))
                });
                Brief { overall: home.overall, line, reason, profiles: named.collect(), paused: home.paused }
            }
            Err(failure) => Brief {
                overall: Overall::Attention,
                line: "A backup needs attention".to_owned(),
                reason: Some(failure.message),
                profiles: Vec::new(),
                paused: None,
            },
        };
        *lock(&self.brief) = Some((version, brief.clone()));
        brief
    }
}

fn icon(overall: Overall) -> TrayIcon {
    match overall {
        Overall::NotSetUp | Overall::BackedUp => TrayIcon::Good,
        Overall::BackingUp => TrayIcon::Busy,
        Overall::Warnings | Overall::WaitingForFirst => TrayIcon::Warning,
        Overall::Attention => TrayIcon::Attention,
        Overall::Paused => TrayIcon::Paused,
    }
}

/// The lines of profiles at rest: the state, and the reason of the gravest, or when the next backup runs.
fn at_rest(home: &Home, now: &Zoned) -> (String, Option<String>) {
    let line = match home.overall {
        Overall::NotSetUp => "Nothing is backed up yet",
        Overall::BackedUp | Overall::BackingUp => "Everything is backed up",
        Overall::Warnings => "Backed up, with warnings",
        Overall::Attention => "A backup needs attention",
        Overall::WaitingForFirst => "Waiting for the first backup",
        Overall::Paused => "Schedules are paused",
    };
    let reason = match home.overall {
        Overall::Attention => home
            .banners
            .iter()
            .find_map(|banner| banner.failure.as_ref())
            .map(|failure| failure.message.clone()),
        Overall::Paused => home.paused.map(|pause| match pause.until {
            Some(until) => format!("Until {}", clock(until, now)),
            None => "Until the computer is on power".to_owned(),
        }),
        _ => home.profiles.iter().find_map(|profile| waiting(&profile.next, now)),
    };
    (line.to_owned(), reason)
}

/// What a waiting profile waits for.
fn waiting(next: &NextRun, now: &Zoned) -> Option<String> {
    let text = match next.waits? {
        WaitReason::NotDue => return next.at.map(|at| format!("Next backup: {}", clock(at, now))),
        WaitReason::Manual | WaitReason::Busy => return None,
        WaitReason::Paused => "Schedules are paused",
        WaitReason::OnBattery => "Waiting until the computer is on power",
        WaitReason::BatteryLow => "Waiting until the battery is charged",
        WaitReason::Metered => "Waiting for a network that is not metered",
        WaitReason::Offline => "Waiting for the network",
        WaitReason::DriveAway => "Waiting for the drive",
        WaitReason::QuietHours => "Waiting for the quiet hours to end",
        WaitReason::BackOff => "Tries again soon",
        WaitReason::KeyringLocked => "Waiting for the keyring to be unlocked",
        WaitReason::PassphraseNeeded => "Waiting for the passphrase",
        WaitReason::Held => "Held until you have looked at it",
        WaitReason::Stopped => "Stopped; goes on later",
    };
    Some(text.to_owned())
}

fn clock(at: UnixTime, now: &Zoned) -> String {
    let Ok(at) = jiff::Timestamp::from_second(at.0) else { return String::new() };
    let at = at.to_zoned(now.time_zone().clone());
    let form = if at.date() == now.date() { "%H:%M" } else { "%a %H:%M" };
    at.strftime(form).to_string()
}

fn doing(progress: &Progress, name: &str) -> String {
    match (progress.stage, progress.paused) {
        (_, true) => format!("“{name}” is paused"),
        (Stage::Restoring, _) => format!("Restoring files of “{name}”"),
        (Stage::Proving, _) => format!("Checking that “{name}” can be restored"),
        _ => format!("Backing up “{name}”"),
    }
}

fn how_far(progress: &Progress) -> Option<String> {
    let percent = progress.percent.map(|percent| format!("{} %", percent.floor()));
    let left = progress.seconds_left.map(|left| match left.0 {
        0..=90 => "about a minute left".to_owned(),
        seconds if seconds < 2 * 60 * 60 => format!("{} minutes left", seconds.div_ceil(60)),
        seconds => format!("{} hours left", seconds.div_ceil(60 * 60)),
    });
    let parts: Vec<String> = [percent, left].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
