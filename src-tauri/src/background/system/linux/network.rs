//! The network, as NetworkManager tells it.

use super::Known;
use super::service::{self, Properties};
use backtrail_api::service::Network;
use std::sync::Arc;
use zbus::Connection;

const SERVICE: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";

/// Follows it.
pub(super) async fn watch(bus: Connection, known: Arc<Known>) {
    let read = |there| {
        let (bus, known) = (bus.clone(), Arc::clone(&known));
        async move {
            let mut network = Network::default();
            if there {
                let properties = service::properties(&bus, SERVICE, PATH, SERVICE).await;
                network = understood(&properties.unwrap_or_default());
            }
            known.set_network(network);
        }
    };
    if service::follow(&bus, SERVICE, read).await.is_err() {
        known.set_network(Network::default());
    }
}

/// The numbers are those of NetworkManager's `NMMetered`, `NMConnectivityState` and `NMState`.
fn understood(properties: &Properties) -> Network {
    let metered = match service::get(properties, "Metered") {
        Some(1_u32 | 3) => Some(true), // yes, and a guess that it is
        Some(2 | 4) => Some(false),
        _ => None,
    };
    let state = match service::get(properties, "State") {
        Some(60_u32..) => Some(true), // a site's network, or all of them
        Some(20..60) => Some(false),
        _ => None, // asleep, or not known
    };
    let online = match service::get(properties, "Connectivity") {
        Some(1_u32 | 2) => Some(false), // none, or a page to log in at
        Some(3 | 4) => Some(true),      // a network, whether or not the internet lies behind it
        _ => state,
    };
    Network { metered, online }
}
