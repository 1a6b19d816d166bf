//! The services on a bus of the test's own, where services of the test's own answer.

use super::super::Known;
use super::*;
use crate::background::testing::{Bus, eventually};
use crate::background::tray::Ground;
use backtrail_api::service::{Network, Nudge, Power};
use std::sync::Mutex;
use std::time::Duration;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{fdo, interface};

/// What is known, and what was told.
fn known() -> (Arc<Known>, Arc<Mutex<Vec<Nudge>>>) {
    let (known, told) = (Known::new(), Arc::new(Mutex::new(Vec::new())));
    let hears = Arc::clone(&told);
    known.on_change(move |nudge| hears.lock().expect("no test panics with it").push(nudge));
    (known, told)
}

struct UPower(bool);

#[interface(name = "org.freedesktop.UPower")]
impl UPower {
    #[zbus(property)]
    fn on_battery(&self) -> bool {
        self.0
    }
}

struct Battery {
    percentage: f64,
    present: bool,
}

#[interface(name = "org.freedesktop.UPower.Device")]
impl Battery {
    #[zbus(property)]
    fn percentage(&self) -> f64 {
        self.percentage
    }

    #[zbus(property)]
    fn is_present(&self) -> bool {
        self.present
    }

    #[zbus(property, name = "Type")]
    fn kind(&self) -> u32 {
        2
    }
}

async fn upower(bus: &Bus, battery: Battery) -> Connection {
    let built = bus.builder().serve_at("/org/freedesktop/UPower", UPower(false)).expect("a path");
    let built = built.serve_at("/org/freedesktop/UPower/devices/DisplayDevice", battery).expect("a path");
    built.name("org.freedesktop.UPower").expect("a name").build().await.expect("nobody else has it")
}

#[tokio::test]
async fn power_is_followed_while_upower_comes_changes_and_goes() {
    let bus = Bus::start().await;
    let (known, told) = known();
    tokio::spawn(power::watch(bus.connect().await, Arc::clone(&known)));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(known.power(), Power::default(), "without UPower nothing is known, and nothing fails");
    assert!(told.lock().expect("no panic").is_empty(), "and nothing changed");

    let service = upower(&bus, Battery { percentage: 79.6, present: true }).await;
    let on_power = Power { on_battery: Some(false), battery_percent: Some(80) };
    eventually("on power", || known.power() == on_power).await;
    let power =
        service.object_server().interface::<_, UPower>("/org/freedesktop/UPower").await.expect("served");
    power.get_mut().await.0 = true;
    power.get().await.on_battery_changed(power.signal_emitter()).await.expect("the bus takes it");
    eventually("on battery", || known.power().on_battery == Some(true)).await;
    let device = "/org/freedesktop/UPower/devices/DisplayDevice";
    let device = service.object_server().interface::<_, Battery>(device).await.expect("served");
    device.get_mut().await.percentage = 12.0;
    device.get().await.percentage_changed(device.signal_emitter()).await.expect("the bus takes it");
    eventually("battery low", || known.power().battery_percent == Some(12)).await;
    service.close().await.expect("it was there");
    eventually("unknown again", || known.power() == Power::default()).await;
    let told = told.lock().expect("no panic");
    assert_eq!(*told, vec![Nudge::PowerChanged; 4], "each change once");
}

#[tokio::test]
async fn a_computer_without_a_battery_has_no_percentage() {
    let bus = Bus::start().await;
    let (known, _) = known();
    let _service = upower(&bus, Battery { percentage: 0.0, present: false }).await;
    tokio::spawn(power::watch(bus.connect().await, Arc::clone(&known)));
    let expected = Power { on_battery: Some(false), battery_percent: None };
    eventually("power", || known.power() == expected).await;
}

struct NetworkManager {
    metered: u32,
    connectivity: u32,
    state: u32,
}

#[interface(name = "org.freedesktop.NetworkManager")]
impl NetworkManager {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        self.metered
    }

    #[zbus(property)]
    fn connectivity(&self) -> u32 {
        self.connectivity
    }

    #[zbus(property)]
    fn state(&self) -> u32 {
        self.state
    }
}

#[tokio::test]
async fn the_network_is_followed() {
    const PATH: &str = "/org/freedesktop/NetworkManager";
    let bus = Bus::start().await;
    let (known, told) = known();
    let manager = NetworkManager { metered: 0, connectivity: 0, state: 0 };
    let service = bus.builder().serve_at(PATH, manager).expect("a path");
    let service =
        service.name("org.freedesktop.NetworkManager").expect("a name").build().await.expect("alone");
    tokio::spawn(network::watch(bus.connect().await, Arc::clone(&known)));
    let manager = service.object_server().interface::<_, NetworkManager>(PATH).await.expect("served");
    for (metered, connectivity, state, expected, why) in [
        (1, 4, 70, (Some(true), Some(true)), "a telephone's hotspot"),
        (4, 4, 70, (Some(false), Some(true)), "at home"),
        (4, 2, 70, (Some(false), Some(false)), "a hotel's page to log in at"),
        (2, 3, 60, (Some(false), Some(true)), "a network without the internet, where a server may stand"),
        (0, 0, 20, (None, Some(false)), "the cable is out, and nobody checks"),
        (0, 0, 70, (None, Some(true)), "a network, and nobody checks"),
        (0, 0, 10, (None, None), "asleep"),
    ] {
        *manager.get_mut().await = NetworkManager { metered, connectivity, state };
        manager.get().await.state_changed(manager.signal_emitter()).await.expect("the bus takes it");
        let expected = Network { metered: expected.0, online: expected.1 };
        eventually(why, || known.network() == expected).await;
    }
    service.close().await.expect("it was there");
    eventually("unknown again", || known.network() == Network::default()).await;
    assert!(told.lock().expect("no panic").iter().all(|nudge| *nudge == Nudge::NetworkChanged));
}

#[tokio::test]
async fn waking_up_is_told_and_falling_asleep_is_not() {
    let bus = Bus::start().await;
    let (known, told) = known();
    tokio::spawn(sleep::watch(bus.connect().await, Arc::clone(&known)));
    let logind = bus.builder().name("org.freedesktop.login1").expect("a name").build().await.expect("alone");
    let emitter = SignalEmitter::new(&logind, "/org/freedesktop/login1").expect("a path");
    tokio::time::sleep(Duration::from_millis(200)).await;
    for goes_to_sleep in [true, false] {
        let body = (goes_to_sleep,);
        let said = emitter.emit("org.freedesktop.login1.Manager", "PrepareForSleep", &body);
        said.await.expect("the bus takes it");
    }
    eventually("resumed", || !told.lock().expect("no panic").is_empty()).await;
    assert_eq!(*told.lock().expect("no panic"), [Nudge::Resumed], "once, at the end of the sleep");
}

#[tokio::test]
async fn somebody_else_cannot_pretend_to_be_logind() {
    let bus = Bus::start().await;
    let (known, told) = known();
    let _logind = bus.builder().name("org.freedesktop.login1").expect("a name").build().await.expect("alone");
    tokio::spawn(sleep::watch(bus.connect().await, Arc::clone(&known)));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let other = bus.connect().await;
    let emitter = SignalEmitter::new(&other, "/org/freedesktop/login1").expect("a path");
    let body = (false,);
    let said = emitter.emit("org.freedesktop.login1.Manager", "PrepareForSleep", &body);
    said.await.expect("the bus takes it");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(told.lock().expect("no panic").is_empty(), "it was not logind who said so");
}

#[tokio::test]
async fn the_keyring_s_words_make_the_scheduler_look() {
    let bus = Bus::start().await;
    let (known, told) = known();
    tokio::spawn(keyring::watch(bus.connect().await, Arc::clone(&known)));
    let secrets =
        bus.builder().name("org.freedesktop.secrets").expect("a name").build().await.expect("alone");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let emitter = SignalEmitter::new(&secrets, "/org/freedesktop/secrets").expect("a path");
    let body = ("/org/freedesktop/secrets/x",);
    let said = emitter.emit("org.freedesktop.Secret.Service", "CollectionChanged", &body);
    said.await.expect("the bus takes it");
    eventually("unlocked", || *told.lock().expect("no panic") == [Nudge::KeyringUnlocked]).await;
}

struct Portal(u32);

#[interface(name = "org.freedesktop.portal.Settings")]
impl Portal {
    fn read(&self, _namespace: &str, _key: &str) -> fdo::Result<OwnedValue> {
        let inner = Value::Value(Box::new(Value::from(self.0)));
        OwnedValue::try_from(inner).map_err(|error| fdo::Error::Failed(error.to_string()))
    }

    #[zbus(signal)]
    async fn setting_changed(
        emitter: &SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Value<'_>,
    ) -> zbus::Result<()>;
}

#[tokio::test]
async fn light_and_dark_are_followed_while_it_runs() {
    const PATH: &str = "/org/freedesktop/portal/desktop";
    let bus = Bus::start().await;
    let (known, _) = known();
    let portal = bus.builder().serve_at(PATH, Portal(1)).expect("a path");
    let portal = portal.name("org.freedesktop.portal.Desktop").expect("a name").build().await.expect("alone");
    let ground = known.ground();
    assert_eq!(*ground.borrow(), Ground::Light, "until somebody says otherwise");
    tokio::spawn(appearance::watch(bus.connect().await, Arc::clone(&known)));
    eventually("dark from the start", || *ground.borrow() == Ground::Dark).await;
    let emitter = SignalEmitter::new(&portal, PATH).expect("a path");
    let (namespace, key) = ("org.freedesktop.appearance", "color-scheme");
    Portal::setting_changed(&emitter, namespace, "accent-color", Value::from(0_u32)).await.expect("taken");
    Portal::setting_changed(&emitter, namespace, key, Value::from(2_u32)).await.expect("taken");
    eventually("light", || *ground.borrow() == Ground::Light).await;
}

#[tokio::test]
async fn the_end_of_the_bus_is_the_end_of_the_session() {
    let bus = Bus::start().await;
    let connection = bus.connect().await;
    let gone = tokio::spawn(async move { gone(&connection).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!gone.is_finished(), "the session lasts as long as its bus");
    drop(bus);
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("seen in time").expect("no panic");
}
