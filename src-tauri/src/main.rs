//! The desktop app: a window, a tray icon, and the calls of `backtrail-api` behind typed commands. It is thin: it opens
//! what is on the screen and decides nothing about backups.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod link;
mod messages;
mod role;
mod tray;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    match window::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", messages::NAME);
            ExitCode::FAILURE
        }
    }
}
