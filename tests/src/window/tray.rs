//! The tray, read and clicked as a panel does it: the icons that programs register, and their menus over the bus.

use super::wait_for;
use std::collections::HashMap;
use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::{OwnedValue, Value};
use zbus::{interface, message::Header};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const MENU: &str = "com.canonical.dbusmenu";

/// What programs register their icons with.
#[derive(Default)]
struct Watcher {
    items: Vec<String>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// A program tells its icon: a bus name, or an object of its own connection.
    #[expect(clippy::needless_pass_by_value, reason = "zbus hands a message's head by value")]
    fn register_status_notifier_item(&mut self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        self.items.push(if service.starts_with('/') {
            format!("{sender}{service}")
        } else {
            service.to_owned()
        });
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A session's tray.
#[derive(Debug)]
pub struct Tray(Connection);

/// An entry of a tray menu.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    id: i32,
    label: String,
    enabled: bool,
}

/// A node of the menu as dbusmenu tells it: id, properties, nodes below.
type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Tray {
    pub(super) fn start(bus: &str) -> Self {
        let start = || {
            connection::Builder::address(bus)?
                .name(WATCHER)?
                .serve_at("/StatusNotifierWatcher", Watcher::default())?
                .build()
        };
        Self(start().expect("the session's bus was just started and has no other tray"))
    }

    /// The tray that a panel of the session shows.
    pub(super) fn of(bus: &str) -> Self {
        let connect = || connection::Builder::address(bus)?.build();
        Self(connect().expect("the session's bus was just started"))
    }

    /// How many icons are in the tray.
    ///
    /// # Panics
    /// When the tray is gone from the bus.
    #[must_use]
    pub fn icons(&self) -> usize {
        self.items().len()
    }

    /// The texts of the first icon's menu, in order; an entry below another as `Pause › 1 hour`.
    ///
    /// # Panics
    /// When there is no icon in time, or its menu cannot be read.
    #[must_use]
    pub fn menu(&self) -> Vec<String> {
        self.entries().into_iter().map(|entry| entry.label).collect()
    }

    /// Clicks an entry of the first icon's menu.
    ///
    /// # Panics
    /// When the entry is not there, or cannot be clicked.
    pub fn click(&self, label: &str) {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.label == label);
        let entry = entry.unwrap_or_else(|| panic!("{label} is not in the tray's menu: {entries:?}"));
        assert!(entry.enabled, "{label} cannot be clicked now: {entries:?}");
        let body = (entry.id, "clicked", Value::from(""), 0_u32);
        // An entry that ends the program may end it before the answer.
        let _: zbus::Result<()> = self.menu_of_first().call("Event", &body);
    }

    /// The name or the pixels of the first icon, whichever it has, to see that it changed.
    ///
    /// # Panics
    /// When there is no icon in time.
    #[must_use]
    pub fn icon(&self) -> String {
        let icon = self.first();
        let name: String = icon.get_property("IconName").unwrap_or_default();
        let pixels: Vec<(i32, i32, Vec<u8>)> = icon.get_property("IconPixmap").unwrap_or_default();
        format!("{name} {pixels:?}")
    }

    fn items(&self) -> Vec<String> {
        let watcher = Proxy::new(&self.0, WATCHER, "/StatusNotifierWatcher", WATCHER).expect("a bus name");
        watcher.get_property("RegisteredStatusNotifierItems").unwrap_or_default()
    }

    fn first(&self) -> Proxy<'_> {
        let item = wait_for("an icon in the tray", 30, || self.items().first().cloned());
        let (name, path) = item.split_once('/').unwrap_or((&item, "StatusNotifierItem"));
        let path = format!("/{path}");
        Proxy::new(&self.0, name.to_owned(), path, "org.kde.StatusNotifierItem").expect("a bus name")
    }

    fn menu_of_first(&self) -> Proxy<'_> {
        let icon = self.first();
        let menu: zbus::zvariant::OwnedObjectPath = icon.get_property("Menu").expect("the icon has a menu");
        let name = icon.destination().to_string();
        Proxy::new(&self.0, name, menu, MENU).expect("a bus name")
    }

    fn entries(&self) -> Vec<Entry> {
        // The menu is filled a moment after the icon is there.
        wait_for("a menu with entries", 30, || {
            let body = (0_i32, -1_i32, Vec::<&str>::new());
            let (_, (_, _, below)): (u32, Node) =
                self.menu_of_first().call("GetLayout", &body).expect("dbusmenu's layout");
            let mut entries = Vec::new();
            below.iter().for_each(|node| read(node, "", &mut entries));
            Some(entries).filter(|entries| !entries.is_empty())
        })
    }
}

/// Reads a node and those below it.
fn read(node: &Value<'_>, above: &str, entries: &mut Vec<Entry>) {
    let Value::Structure(fields) = (match node {
        Value::Value(inner) => inner,
        other => other,
    }) else {
        return;
    };
    let [Value::I32(id), Value::Dict(properties), Value::Array(below)] = fields.fields() else { return };
    let label: Option<String> = properties.get(&"label").ok().flatten();
    let visible: Option<bool> = properties.get(&"visible").ok().flatten();
    let enabled: Option<bool> = properties.get(&"enabled").ok().flatten();
    let Some(label) = label.filter(|_| visible != Some(false)) else { return };
    let label = format!("{above}{}", label.replace('_', ""));
    let prefix = format!("{label} › ");
    entries.push(Entry { id: *id, label, enabled: enabled != Some(false) });
    below.iter().for_each(|node| read(node, &prefix, entries));
}
