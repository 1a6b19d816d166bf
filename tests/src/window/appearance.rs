//! Light or dark, as a desktop tells it: the settings of the desktop portal, which every current desktop answers and
//! tells the changes of.

use zbus::blocking::{Connection, connection};
use zbus::zvariant::{OwnedValue, Value};
use zbus::{fdo, interface};

const PATH: &str = "/org/freedesktop/portal/desktop";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

/// What the desktop prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appearance {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Appearance {
    /// The portal's number for it.
    fn number(self) -> u32 {
        match self {
            Self::Dark => 1,
            Self::Light => 2,
        }
    }
}

struct Settings(Appearance);

#[interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    /// The portal's first way to ask, whose answer is wrapped twice.
    fn read(&self, namespace: &str, key: &str) -> fdo::Result<OwnedValue> {
        if (namespace, key) != (NAMESPACE, KEY) {
            return Err(fdo::Error::Failed("there is no such setting".into()));
        }
        let inner = Value::Value(Box::new(Value::from(self.0.number())));
        OwnedValue::try_from(inner).map_err(|error| fdo::Error::Failed(error.to_string()))
    }
}

/// The portal, on a session's bus.
#[derive(Debug)]
pub(super) struct Portal(Connection);

impl Portal {
    pub(super) fn start(bus: &str, appearance: Appearance) -> Self {
        let start = || {
            connection::Builder::address(bus)?
                .name("org.freedesktop.portal.Desktop")?
                .serve_at(PATH, Settings(appearance))?
                .build()
        };
        Self(start().expect("the session's bus was just started and nobody else answers for the portal"))
    }

    pub(super) fn change(&self, appearance: Appearance) {
        let settings =
            self.0.object_server().interface::<_, Settings>(PATH).expect("it was served at the start");
        settings.get_mut().0 = appearance;
        let body = (NAMESPACE, KEY, Value::from(appearance.number()));
        self.0
            .emit_signal(None::<&str>, PATH, "org.freedesktop.portal.Settings", "SettingChanged", &body)
            .expect("the bus takes a signal");
    }
}
