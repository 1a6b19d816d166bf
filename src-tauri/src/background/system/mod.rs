//! What the system's own services say: power, network, sleep, drives, the keyring, light and dark. What no service
//! tells is unknown, which is never an error; what changes is told to the scheduler, which then looks again.

mod awake;
#[cfg(target_os = "linux")]
pub(super) mod linux;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod others;
#[cfg(windows)]
#[path = "windows.rs"]
mod others;
#[cfg(not(target_os = "linux"))]
mod polled;

pub(super) use awake::watch_clock;
#[cfg(not(target_os = "linux"))]
pub(super) use polled::watch;

use super::tray::Ground;
use backtrail_api::service::{Network, Nudge, Power};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::watch;

/// Who is told that something changed.
type Told = Box<dyn Fn(Nudge) + Send + Sync>;

/// What is known of the system.
#[derive(Default)]
pub(crate) struct Known {
    power: Mutex<Power>,
    network: Mutex<Network>,
    tray: Mutex<Option<bool>>,
    ground: watch::Sender<Ground>,
    told: OnceLock<Told>,
}

impl Known {
    /// Nothing is known yet.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Tells whom changes are told to. The first word counts; what changed before needs no telling.
    pub(super) fn on_change(&self, told: impl Fn(Nudge) + Send + Sync + 'static) {
        let _ = self.told.set(Box::new(told));
    }

    /// The state of power.
    pub(super) fn power(&self) -> Power {
        *self.power.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state of the network.
    pub(super) fn network(&self) -> Network {
        *self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a tray shows the icon.
    pub(super) fn tray(&self) -> Option<bool> {
        *self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the tray icon stands on, now and from now on.
    pub(super) fn ground(&self) -> watch::Receiver<Ground> {
        self.ground.subscribe()
    }

    /// Something happened that the scheduler wants to know.
    pub(super) fn tell(&self, nudge: Nudge) {
        if let Some(told) = self.told.get() {
            told(nudge);
        }
    }

    fn set_power(&self, power: Power) {
        self.set(&self.power, power, Nudge::PowerChanged);
    }

    fn set_network(&self, network: Network) {
        self.set(&self.network, network, Nudge::NetworkChanged);
    }

    /// Whether a tray shows the icon.
    pub(super) fn set_tray(&self, there: bool) {
        self.set(&self.tray, Some(there), Nudge::TrayChanged);
    }

    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "those systems colour the icon themselves")
    )]
    fn set_ground(&self, ground: Ground) {
        self.ground.send_if_modified(|now| std::mem::replace(now, ground) != ground);
    }

    fn set<T: PartialEq>(&self, place: &Mutex<T>, now: T, nudge: Nudge) {
        let before = std::mem::replace(&mut *place.lock().unwrap_or_else(PoisonError::into_inner), now);
        let changed = before != *place.lock().unwrap_or_else(PoisonError::into_inner);
        if changed {
            self.tell(nudge);
        }
    }
}
