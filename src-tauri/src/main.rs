//! The desktop app: a window, a tray icon, and the commands of `backtrail-api` behind typed calls. It is thin: it opens
//! what is on the screen and decides nothing about backups.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod commands;
mod host;
mod messages;
mod tray;
mod window;

use host::Desktop;
use std::process::ExitCode;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", messages::NAME);
            ExitCode::FAILURE
        }
    }
}

/// Runs the app until its window is closed.
fn start() -> Result<(), Box<dyn std::error::Error>> {
    let host = Desktop::new()?;
    tauri::Builder::default()
        // First, so that a second start ends before it opens anything.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::show(app)))
        .invoke_handler(commands::typed().invoke_handler())
        .manage(host)
        .setup(|app| {
            let theme = window::open(app.handle())?;
            tray::add(app.handle(), theme);
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}
