//! The system's services on a bus of the session's own: sleep (logind), power (UPower), network (NetworkManager). They
//! answer what the test says, and tell its changes.

use zbus::blocking::{Connection, connection};
use zbus::interface;
use zbus::zvariant::OwnedObjectPath;

const LOGIND: &str = "/org/freedesktop/login1";
const POWER: &str = "/org/freedesktop/UPower";
const BATTERY: &str = "/org/freedesktop/UPower/devices/DisplayDevice";
const NETWORK: &str = "/org/freedesktop/NetworkManager";

struct Logind;

#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    #[zbus(property)]
    fn preparing_for_sleep(&self) -> bool {
        false
    }
}

struct Power {
    on_battery: bool,
}

#[interface(name = "org.freedesktop.UPower")]
impl Power {
    fn get_display_device(&self) -> OwnedObjectPath {
        OwnedObjectPath::try_from(BATTERY).expect("a path")
    }

    #[zbus(property)]
    fn on_battery(&self) -> bool {
        self.on_battery
    }
}

struct Battery {
    percentage: f64,
}

#[interface(name = "org.freedesktop.UPower.Device")]
impl Battery {
    #[zbus(property)]
    fn percentage(&self) -> f64 {
        self.percentage
    }

    #[zbus(property)]
    fn is_present(&self) -> bool {
        true
    }

    #[zbus(property, name = "Type")]
    fn kind(&self) -> u32 {
        2 // a battery
    }
}

struct Network {
    metered: bool,
    online: bool,
}

#[interface(name = "org.freedesktop.NetworkManager")]
impl Network {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        if self.metered { 1 } else { 2 }
    }

    #[zbus(property)]
    fn connectivity(&self) -> u32 {
        if self.online { 4 } else { 1 }
    }

    #[zbus(property)]
    fn state(&self) -> u32 {
        if self.online { 70 } else { 20 }
    }
}

/// The services.
#[derive(Debug)]
pub struct Services(Connection);

impl Services {
    pub(super) fn start(bus: &str) -> Self {
        let start = || {
            connection::Builder::address(bus)?
                .name("org.freedesktop.login1")?
                .name("org.freedesktop.UPower")?
                .name("org.freedesktop.NetworkManager")?
                .serve_at(LOGIND, Logind)?
                .serve_at(POWER, Power { on_battery: false })?
                .serve_at(BATTERY, Battery { percentage: 80.0 })?
                .serve_at(NETWORK, Network { metered: false, online: true })?
                .build()
        };
        Self(start().expect("the session's bus was just started and nobody else answers there"))
    }

    /// The computer goes to sleep, or wakes up.
    ///
    /// # Panics
    /// When the bus is gone.
    pub fn sleep(&self, asleep: bool) {
        let manager = "org.freedesktop.login1.Manager";
        let told = self.0.emit_signal(None::<&str>, LOGIND, manager, "PrepareForSleep", &(asleep,));
        told.expect("the bus takes a signal");
    }

    /// The power cord is pulled or plugged in.
    ///
    /// # Panics
    /// When the bus is gone.
    pub fn on_battery(&self, on_battery: bool) {
        let power = self.0.object_server().interface::<_, Power>(POWER).expect("it was served");
        power.get_mut().on_battery = on_battery;
        let now = power.get();
        zbus::block_on(now.on_battery_changed(power.signal_emitter())).expect("the bus takes a signal");
    }
}
