//! The tray icon and its menu. Everything it offers is in the menu, since a Linux tray delivers no click.

use crate::{messages, window};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Theme};

const ID: &str = "main";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// Adds the tray icon, for windows of this theme. A system without a tray has the window all the same, so a failure is
/// only told.
pub(crate) fn add(app: &AppHandle, theme: Theme) {
    // The library that draws trays on Linux is loaded by name, and its crate panics where it is not installed.
    let added = catch_unwind(AssertUnwindSafe(|| build(app, theme)));
    match added {
        Ok(Ok(())) => (),
        Ok(Err(error)) => eprintln!("{}: {}: {error}", messages::NAME, messages::NO_TRAY),
        Err(_) => eprintln!("{}: {}", messages::NAME, messages::NO_TRAY),
    }
}

fn build(app: &AppHandle, theme: Theme) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, OPEN, messages::OPEN, true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, messages::QUIT, true, None::<&str>)?;
    TrayIconBuilder::with_id(ID)
        .icon(icon(theme)?)
        .icon_as_template(true) // macOS colours it for its menu bar
        .tooltip(messages::NAME)
        .menu(&Menu::with_items(app, &[&open, &quit])?)
        .on_menu_event(|app, event| match event.id().as_ref() {
            OPEN => window::show(app),
            QUIT => app.exit(0),
            _ => (),
        })
        .build(app)?;
    Ok(())
}

/// Draws the icon for windows of this theme.
pub(crate) fn follow(app: &AppHandle, theme: Theme) {
    let Some(tray) = app.tray_by_id(ID) else { return };
    if let Err(error) = icon(theme).and_then(|icon| tray.set_icon(Some(icon))) {
        eprintln!("{}: {error}", messages::NAME);
    }
}

fn icon(theme: Theme) -> tauri::Result<Image<'static>> {
    // GNOME's panel is dark whatever the windows are.
    let dark_panel = std::env::var("XDG_CURRENT_DESKTOP").is_ok_and(|desktop| desktop.contains("GNOME"));
    Image::from_bytes(if theme == Theme::Light && !dark_panel {
        include_bytes!("../../icons/generated/tray-light.png")
    } else {
        include_bytes!("../../icons/generated/tray-dark.png")
    })
}
