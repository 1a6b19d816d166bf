//! The window role: the web view with its walls, the commands its page may call, and the dialogs of the system. It
//! holds no key and decides nothing about backups: all that goes over the link.

mod commands;
mod dialogs;
mod host;
mod told;
mod walls;

use crate::link::{Address, Link, Told};
use crate::{messages, tray};
use backtrail_api::{Event, Host};
use host::Desktop;
use tauri::AppHandle;
use tauri_specta::Event as _;
use told::{Happened, Linked};
pub(crate) use walls::show;

/// Runs the window until it is closed.
///
/// # Errors
/// When the system has no window or no web view to give.
pub(crate) fn run() -> Result<(), Box<dyn std::error::Error>> {
    let host = Desktop::new()?;
    let address = Address::of(host.folders());
    let link = Link::new();
    let typed = commands::typed();
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show(app)))
        .invoke_handler(typed.invoke_handler())
        .manage(host)
        .manage(link.clone())
        .setup(move |app| {
            typed.mount_events(app);
            let page = app.handle().clone();
            tauri::async_runtime::spawn(link.keep(address, move |told| hear(&page, told)));
            let theme = walls::open(app.handle())?;
            tray::add(app.handle(), theme);
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

/// Hands on what the background told.
fn hear(app: &AppHandle, told: Told) {
    let emitted = match told {
        Told::Linked(linked) => Linked(linked).emit(app),
        Told::Event(event) => {
            if let Event::Show(_) = event {
                show(app);
            }
            Happened(event).emit(app)
        }
        Told::Quit => {
            app.exit(0);
            Ok(())
        }
    };
    if let Err(error) = emitted {
        eprintln!("{}: {error}", messages::NAME);
    }
}
