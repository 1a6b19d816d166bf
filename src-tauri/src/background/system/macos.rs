//! The network of macOS: whether the system has a route to the internet, by System Configuration. Whether it is metered
//! (*Low Data Mode*, a telephone's hotspot) only `NWPathMonitor` knows, which cannot be asked without unsafe code: so it
//! is unknown.

use backtrail_api::service::Network;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use system_configuration::network_reachability::{ReachabilityFlags, SCNetworkReachability};

/// The state of the network, where it is known.
pub(super) fn network() -> Network {
    // The address that stands for any: the question is about the default route, and nothing is sent.
    let anywhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let flags = SCNetworkReachability::from(anywhere).reachability().ok();
    let online = flags.map(|flags| {
        flags.contains(ReachabilityFlags::REACHABLE)
            && !flags.contains(ReachabilityFlags::CONNECTION_REQUIRED)
    });
    Network { metered: None, online }
}
