//! The tray of Linux desktops: a StatusNotifierItem on the session's bus, without a toolkit.

use super::Panel;
use super::icon::{self, Ground};
use super::menu::{self, Entry};
use crate::messages;
use backtrail_api::service::TrayState;
use ksni::menu::{MenuItem, StandardItem, SubMenu};
use ksni::{Category, Handle, OfflineReason, Status, ToolTip, TrayMethods};
use std::sync::Arc;

/// The tray icon, as long as the program runs.
pub(crate) struct Tray(Handle<Item>);

impl Drop for Tray {
    fn drop(&mut self) {
        // The panel forgets the icon at once, not only when the connection ends.
        drop(self.0.shutdown());
    }
}

impl Tray {
    /// Puts the icon into the tray. Where there is none, it appears as soon as there is one.
    ///
    /// # Errors
    /// When there is no session bus.
    pub(crate) async fn add(
        _toolkit: &(),
        state: TrayState,
        ground: Ground,
        panel: Arc<dyn Panel>,
    ) -> Result<Self, ksni::Error> {
        panel.there(true); // unless it says otherwise
        let item = Item { state, ground, panel };
        item.assume_sni_available(true).spawn().await.map(Self)
    }

    /// Draws what it shows now.
    pub(crate) async fn draw(&self, state: TrayState, ground: Ground) {
        self.0
            .update(|item| {
                item.state = state;
                item.ground = ground;
            })
            .await;
    }
}

struct Item {
    state: TrayState,
    ground: Ground,
    panel: Arc<dyn Panel>,
}

impl ksni::Tray for Item {
    const MENU_ON_ACTIVATE: bool = true;

    fn id(&self) -> String {
        "backtrail".to_owned()
    }

    fn title(&self) -> String {
        messages::NAME.to_owned()
    }

    fn category(&self) -> Category {
        Category::ApplicationStatus
    }

    fn status(&self) -> Status {
        Status::Active
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        icon::picture(self.state.icon, self.ground).map(|picture| vec![pixels(&picture)]).unwrap_or_default()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: self.state.line.clone(),
            description: self.state.reason.clone().unwrap_or_default(),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        menu::entries(&self.state).into_iter().map(entry).collect()
    }

    fn watcher_online(&self) {
        self.panel.there(true);
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.panel.there(false);
        true
    }
}

/// As the tray wants it: alpha first, in network order.
fn pixels(picture: &tauri::image::Image<'_>) -> ksni::Icon {
    let side = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
    let mut data = picture.rgba().to_vec();
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    ksni::Icon { width: side(picture.width()), height: side(picture.height()), data }
}

fn entry(entry: Entry) -> MenuItem<Item> {
    match entry {
        Entry::Line(words) => {
            StandardItem { label: label(&words), enabled: false, ..Default::default() }.into()
        }
        Entry::Between => MenuItem::Separator,
        Entry::Item { label: words, item, enabled } => StandardItem {
            label: label(&words),
            enabled,
            activate: Box::new(move |tray: &mut Item| tray.panel.clicked(item.clone())),
            ..Default::default()
        }
        .into(),
        Entry::Below { label: words, entries } => SubMenu {
            label: label(&words),
            submenu: entries.into_iter().map(self::entry).collect(),
            ..Default::default()
        }
        .into(),
    }
}

/// Words for a menu, where a single underscore would mark a letter.
fn label(words: &str) -> String {
    words.replace('_', "__")
}
