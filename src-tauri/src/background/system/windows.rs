//! The network of Windows: the connection that leads to the internet and what it costs, by `NetworkInformation` of the
//! Windows Runtime, whose calls are safe.

use backtrail_api::service::Network;
use windows::Networking::Connectivity::{NetworkConnectivityLevel, NetworkCostType, NetworkInformation};

/// The state of the network, where it is known.
pub(super) fn network() -> Network {
    // Without a connection the profile is missing, which the binding tells as an error.
    let Ok(profile) = NetworkInformation::GetInternetConnectionProfile() else {
        return Network { metered: None, online: Some(false) };
    };
    let level = profile.GetNetworkConnectivityLevel().ok();
    let cost = profile.GetConnectionCost().and_then(|cost| cost.NetworkCostType()).ok();
    Network {
        online: level.map(|level| {
            level == NetworkConnectivityLevel::InternetAccess
                || level == NetworkConnectivityLevel::LocalAccess
        }),
        metered: cost
            .filter(|cost| *cost != NetworkCostType::Unknown)
            .map(|cost| cost != NetworkCostType::Unrestricted),
    }
}
