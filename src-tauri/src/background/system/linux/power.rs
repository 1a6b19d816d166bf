//! Power, as UPower tells it.

use super::Known;
use super::service::{self, Properties};
use backtrail_api::service::Power;
use std::sync::Arc;
use zbus::Connection;

const SERVICE: &str = "org.freedesktop.UPower";
const PATH: &str = "/org/freedesktop/UPower";
/// All batteries as one, as UPower adds them up.
const BATTERY: &str = "/org/freedesktop/UPower/devices/DisplayDevice";
const DEVICE: &str = "org.freedesktop.UPower.Device";
/// UPower's number for a battery.
const IS_BATTERY: u32 = 2;

/// Follows it.
pub(super) async fn watch(bus: Connection, known: Arc<Known>) {
    let read = |there| {
        let (bus, known) = (bus.clone(), Arc::clone(&known));
        async move {
            let mut power = Power::default();
            if there {
                let (of_all, of_battery) = tokio::join!(
                    service::properties(&bus, SERVICE, PATH, SERVICE),
                    service::properties(&bus, SERVICE, BATTERY, DEVICE),
                );
                power = understood(&of_all.unwrap_or_default(), &of_battery.unwrap_or_default());
            }
            known.set_power(power);
        }
    };
    if service::follow(&bus, SERVICE, read).await.is_err() {
        known.set_power(Power::default());
    }
}

fn understood(of_all: &Properties, of_battery: &Properties) -> Power {
    let battery = service::get(of_battery, "Type") == Some(IS_BATTERY)
        && service::get(of_battery, "IsPresent").unwrap_or(false);
    let percent: Option<f64> = service::get(of_battery, "Percentage");
    Power {
        on_battery: service::get(of_all, "OnBattery"),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
        battery_percent: percent.filter(|_| battery).map(|percent| percent.round().clamp(0.0, 100.0) as u8),
    }
}
