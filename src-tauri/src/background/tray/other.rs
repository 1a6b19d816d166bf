//! The tray of macOS and Windows, by Tauri: an app without windows, so that no web view ever exists in it.

use super::Panel;
use super::icon::{self, Ground};
use super::menu::{self, Entry};
use crate::messages;
use backtrail_api::service::{TrayItem, TrayState};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::TrayIconBuilder;
use tauri::{App, AppHandle, Wry};

const ID: &str = "main";

/// The app whose toolkit has the tray.
///
/// # Errors
/// When the toolkit cannot be started.
pub(in crate::background) fn build() -> tauri::Result<App> {
    let app = tauri::Builder::default().build(tauri::generate_context!())?;
    #[cfg(target_os = "macos")]
    let app = {
        let mut app = app;
        app.set_activation_policy(tauri::ActivationPolicy::Accessory); // no icon in the dock
        app
    };
    Ok(app)
}

/// What each entry of the menu does, by the id that the toolkit tells.
type Items = Arc<Mutex<HashMap<String, TrayItem>>>;

/// The tray icon, as long as the program runs.
pub(crate) struct Tray {
    app: AppHandle,
    items: Items,
}

impl Tray {
    /// Puts the icon into the tray.
    ///
    /// # Errors
    /// When the toolkit has none.
    #[expect(clippy::unused_async, reason = "as on Linux")]
    pub(crate) async fn add(
        app: &AppHandle,
        state: TrayState,
        ground: Ground,
        panel: Arc<dyn Panel>,
    ) -> tauri::Result<Self> {
        let tray = Self { app: app.clone(), items: Items::default() };
        panel.there(true);
        let (items, runtime) = (Arc::clone(&tray.items), tokio::runtime::Handle::current());
        let (picture, menu) = (icon::picture(state.icon, ground)?, tray.menu(&state)?);
        TrayIconBuilder::with_id(ID)
            .icon(picture)
            .icon_as_template(true) // macOS colours it for its menu bar
            .tooltip(&state.line)
            .menu(&menu)
            .on_menu_event(move |_, event| {
                let item =
                    items.lock().unwrap_or_else(PoisonError::into_inner).get(event.id().as_ref()).cloned();
                if let Some(item) = item {
                    let _inside = runtime.enter();
                    panel.clicked(item);
                }
            })
            .build(app)?;
        Ok(tray)
    }

    /// Draws what it shows now.
    #[expect(clippy::unused_async, reason = "as on Linux")]
    pub(crate) async fn draw(&self, state: TrayState, ground: Ground) {
        if let Err(error) = self.try_draw(&state, ground) {
            eprintln!("{}: {}: {error}", messages::NAME, messages::NO_TRAY);
        }
    }

    fn try_draw(&self, state: &TrayState, ground: Ground) -> tauri::Result<()> {
        let Some(tray) = self.app.tray_by_id(ID) else { return Ok(()) };
        tray.set_icon(Some(icon::picture(state.icon, ground)?))?;
        tray.set_icon_as_template(true)?;
        tray.set_tooltip(Some(&state.line))?;
        tray.set_menu(Some(self.menu(state)?))
    }

    fn menu(&self, state: &TrayState) -> tauri::Result<Menu<Wry>> {
        let mut items = HashMap::new();
        let menu = Menu::new(&self.app)?;
        for entry in menu::entries(state) {
            menu.append(&*self.entry(entry, &mut items)?)?;
        }
        *self.items.lock().unwrap_or_else(PoisonError::into_inner) = items;
        Ok(menu)
    }

    fn entry(
        &self,
        entry: Entry,
        items: &mut HashMap<String, TrayItem>,
    ) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
        Ok(match entry {
            Entry::Line(words) => Box::new(MenuItem::new(&self.app, label(&words), false, None::<&str>)?),
            Entry::Between => Box::new(PredefinedMenuItem::separator(&self.app)?),
            Entry::Item { label: words, item, enabled } => {
                let id = format!("{item:?}");
                let entry = MenuItem::with_id(&self.app, &id, label(&words), enabled, None::<&str>)?;
                items.insert(id, item);
                Box::new(entry)
            }
            Entry::Below { label: words, entries } => {
                let below = Submenu::new(&self.app, label(&words), true)?;
                for entry in entries {
                    below.append(&*self.entry(entry, items)?)?;
                }
                Box::new(below)
            }
        })
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        drop(self.app.remove_tray_by_id(ID));
    }
}

/// Words for a menu, where a single `&` would mark a letter.
fn label(words: &str) -> String {
    words.replace('&', "&&")
}
