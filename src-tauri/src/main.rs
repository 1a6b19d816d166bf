//! The desktop app, one program in two roles. The background has the scheduler, the engine, the secrets and the tray
//! icon, and never a web view; the window has the web view and never a secret. They talk over the link. Both are thin:
//! what happens to backups is decided in `backtrail-api` and below.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod background;
mod link;
mod lock;
mod messages;
mod own_folder;
mod role;
mod start;
mod window;

use role::Role;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(role) = Role::of(std::env::args_os().skip(1)) else {
        eprintln!("{}", messages::USAGE);
        return ExitCode::from(2);
    };
    let ended = match role {
        Role::Start => start::background().and_then(|()| window::run()),
        Role::Background => background::run(),
        Role::Window => window::run(),
        Role::Quit => start::quit(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", messages::NAME);
            ExitCode::FAILURE
        }
    }
}
