//! Linux: the services on the system's bus (logind, UPower, NetworkManager), those on the session's (the portal's light
//! and dark, the keyring), and the kernel's own list of mounts. A service that is absent, comes later or goes away is
//! unknown meanwhile.

mod appearance;
mod keyring;
mod mounts;
mod network;
mod power;
mod service;
mod sleep;
#[cfg(test)]
mod tests;

use super::Known;
use std::sync::Arc;
use zbus::Connection;

/// Follows the services of the system's bus, and the mounts.
pub(in crate::background) fn watch_system(bus: Option<&Connection>, known: &Arc<Known>) {
    mounts::watch(known);
    if let Some(bus) = bus {
        tokio::spawn(power::watch(bus.clone(), Arc::clone(known)));
        tokio::spawn(network::watch(bus.clone(), Arc::clone(known)));
        tokio::spawn(sleep::watch(bus.clone(), Arc::clone(known)));
    }
}

/// Follows the services of the session's bus.
pub(in crate::background) fn watch_session(bus: &Connection, known: &Arc<Known>) {
    tokio::spawn(appearance::watch(bus.clone(), Arc::clone(known)));
    tokio::spawn(keyring::watch(bus.clone(), Arc::clone(known)));
}

/// Waits until the bus is gone: with the session's bus the session has ended.
pub(in crate::background) async fn gone(bus: &Connection) {
    use futures::StreamExt;
    let mut said = zbus::MessageStream::from(bus);
    while let Some(Ok(_)) = said.next().await {}
}
