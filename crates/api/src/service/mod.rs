//! The background's brain: it knows the profiles, runs their backups when they are due or asked for, and answers the
//! window's calls. It promises that a backup needs no window, that a failure is told within a tick, and that no secret
//! leaves it but the words a person asked to see. It leaves the desktop (tray, notices, power, dialogs) to the
//! [`Surroundings`], and what a backup is to `backtrail-profile` and the engine.

mod bus;
mod ids;
mod meter;
mod surroundings;
mod tray;

pub use surroundings::{
    Desktop, Network, Notice, NoticeAction, NoticeKind, NoticeStep, Nudge, Power, Surroundings,
};
pub use tray::{TrayIcon, TrayItem, TrayProfile, TrayState};

use crate::view::Failure;
use crate::{Event, Screen, failure};
use backtrail_base::Clock;
use backtrail_profile::Folders;
use bus::Bus;
use crossbeam_channel::Receiver;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What a service is made of.
pub struct Parts {
    /// Where this person's Backtrail keeps things.
    pub folders: Folders,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The desktop around it.
    pub surroundings: Arc<dyn Surroundings>,
    /// How long the scheduler sleeps at most before it looks again; [`TICK`] but in tests.
    pub tick: Duration,
}

/// How long the scheduler sleeps at most.
pub const TICK: Duration = Duration::from_secs(30);

/// The background's brain. A clone is the same service.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    parts: Parts,
    bus: Bus,
}

impl Service {
    /// Starts it: schedules run from now on.
    ///
    /// # Errors
    /// When its folders cannot be made or its scheduler cannot be started.
    pub fn start(parts: Parts) -> Result<Self, Failure> {
        Ok(Self(Arc::new(Inner { parts, bus: Bus::default() })))
    }

    /// Answers a call by its name. Blocks as long as the call takes; calls may come from several threads.
    ///
    /// # Errors
    /// What went wrong, as a person reads it.
    pub fn answer(&self, name: &str, _with: Value) -> Result<Value, Failure> {
        Err(failure::unknown_call(name))
    }

    /// What happens from now on. A listener that does not keep up finds the channel's end, and subscribes anew.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<Event> {
        self.0.bus.subscribe()
    }

    /// What the tray shows now.
    #[must_use]
    pub fn tray(&self) -> TrayState {
        TrayState {
            icon: TrayIcon::Good,
            line: String::new(),
            reason: None,
            profiles: Vec::new(),
            paused: None,
        }
    }

    /// An item of the tray's menu was chosen.
    pub fn tray_click(&self, item: &TrayItem) {
        match item {
            TrayItem::Restore => self.show(Screen::Restore),
            TrayItem::Open => self.show(Screen::Home),
            TrayItem::Settings => self.show(Screen::Settings),
            TrayItem::Quit => self.0.parts.surroundings.quit(),
            TrayItem::BackUpNow(_) | TrayItem::Pause(_) => (),
        }
    }

    /// A notice or its button was clicked.
    pub fn notice_clicked(&self, notice: &Notice) {
        match notice.action.as_ref().map(|action| action.step) {
            Some(NoticeStep::Show(screen)) => self.show(screen),
            Some(NoticeStep::Next(_)) | None => self.show(Screen::Home),
        }
    }

    /// Brings a window to the front at a screen.
    pub fn show(&self, screen: Screen) {
        self.0.bus.tell(&Event::Show(screen));
        self.0.parts.surroundings.show_window();
    }

    /// Something outside changed: the scheduler looks again at once.
    pub fn nudge(&self, _nudge: Nudge) {}

    /// Stops: what runs is stopped at a safe point and waited for, for up to half a minute. Nothing runs afterwards.
    pub fn stop(&self) {}
}
