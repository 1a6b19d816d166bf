//! The window role: the web view with its walls, the commands its page may call, and the dialogs of the system. It
//! holds no key and decides nothing about backups: all that goes over the link. It ends with its window, and nothing
//! that runs in the background notices.

mod commands;
mod dialogs;
mod host;
mod told;
mod walls;

use crate::link::{Address, Link, Told};
use crate::lock::Lock;
use crate::{link, messages, start};
use backtrail_api::call::GetSettings;
use backtrail_api::view::ThemeChoice;
use backtrail_api::{Event, Host, Screen};
use host::Desktop;
use std::time::{Duration, Instant};
use tauri::AppHandle;
use tauri_specta::Event as _;
use told::{Happened, Linked};

/// The name of the file whose lock the window holds.
const LOCK: &str = "window.lock";
/// How long another window may take to be brought to the front.
const PATIENCE: Duration = Duration::from_secs(5);

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Runs the window until it is closed. Where there is one already, that one comes to the front instead.
///
/// # Errors
/// When the system has no window or no web view to give.
pub(crate) fn run() -> Result<(), Failed> {
    let host = Desktop::new()?;
    let Some(lock) = Lock::take_soon(host.folders().runtime(), LOCK)? else { return show_other(&host) };
    let address = Address::of(host.folders());
    let link = Link::new();
    let typed = commands::typed();
    let app = tauri::Builder::default()
        .invoke_handler(typed.invoke_handler())
        .manage(host)
        .manage(link.clone())
        .setup(move |app| {
            typed.mount_events(app);
            let page = app.handle().clone();
            tauri::async_runtime::spawn(link.clone().keep(address, move |told| hear(&page, told)));
            tauri::async_runtime::spawn(take_theme(app.handle().clone(), link));
            walls::open(app.handle())?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|_, _| ());
    drop(lock);
    Ok(())
}

/// Asks the background to bring the window that is there to the front.
fn show_other(host: &Desktop) -> Result<(), Failed> {
    let begun = Instant::now();
    loop {
        let screen = serde_json::to_value(Screen::Home)?;
        match start::ask(host.folders(), link::SHOW, screen) {
            Ok(()) => return Ok(()),
            Err(error) if begun.elapsed() > PATIENCE => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Hands on what the background told.
fn hear(app: &AppHandle, told: Told) {
    let emitted = match told {
        Told::Linked(linked) => Linked(linked).emit(app),
        Told::Event(event) => {
            match &event {
                Event::Show(_) => walls::show(app),
                Event::Theme(theme) => dress(app, *theme),
                _ => (),
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

/// Takes the theme that was chosen, as soon as the background says which.
async fn take_theme(app: AppHandle, link: Link) {
    if let Ok(settings) = link.call(GetSettings {}).await {
        dress(&app, settings.app.theme);
    }
}

/// Draws the window's own frame in this theme; the page sees to itself.
#[cfg(not(target_os = "linux"))]
fn dress(app: &AppHandle, theme: ThemeChoice) {
    app.set_theme(match theme {
        ThemeChoice::System => None,
        ThemeChoice::Light => Some(tauri::Theme::Light),
        ThemeChoice::Dark => Some(tauri::Theme::Dark),
    });
}

/// On Linux the frame is the desktop's. Setting a theme there, even the system's, makes the web view light for good:
/// GTK's own setting then hides the portal's from the page.
#[cfg(target_os = "linux")]
fn dress(_: &AppHandle, _: ThemeChoice) {}
