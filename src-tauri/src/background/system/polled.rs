//! macOS and Windows: power by `starship-battery`, drives by the list that the store keeps, and the network by each
//! system's own module, looked at every few seconds. No watcher of these systems can be had without unsafe code, and
//! looking costs less than a millisecond.

use super::{Known, others};
use backtrail_api::service::{Nudge, Power};
use starship_battery::{Manager, State};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often power, network and drives are looked at.
const EVERY: Duration = Duration::from_secs(10);

/// Looks for as long as the program runs.
pub(in crate::background) fn watch(known: &Arc<Known>) {
    let known = Arc::clone(known);
    let started = std::thread::Builder::new().name("system".to_owned()).spawn(move || {
        let mut drives = drives();
        loop {
            known.set_power(power());
            known.set_network(others::network());
            let now = self::drives();
            if now.difference(&drives).next().is_some() {
                known.tell(Nudge::DriveArrived);
            }
            if drives.difference(&now).next().is_some() {
                known.tell(Nudge::DriveLeft);
            }
            drives = now;
            std::thread::sleep(EVERY);
        }
    });
    if let Err(error) = started {
        eprintln!("{}: {error}", crate::messages::NAME);
    }
}

fn drives() -> BTreeSet<PathBuf> {
    backtrail_store::drives::list().into_iter().map(|drive| drive.mount).collect()
}

/// A computer without a battery says nothing of power; neither do we.
fn power() -> Power {
    let batteries = Manager::new().and_then(|manager| manager.batteries());
    let batteries: Vec<_> = batteries.map(|all| all.flatten().collect()).unwrap_or_default();
    let Some(first) = batteries.first() else { return Power::default() };
    let percent = first.state_of_charge().value * 100.0;
    Power {
        on_battery: Some(batteries.iter().any(|battery| battery.state() == State::Discharging)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
        battery_percent: Some(percent.round().clamp(0.0, 100.0) as u8),
    }
}
