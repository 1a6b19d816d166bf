//! The background role: the service with its scheduler, engine and secrets, and the desktop around it: tray, notices,
//! power, network, drives, the start at login. It opens no window and no web view, and on Linux no toolkit; windows
//! reach it over the link. It promises to end at a safe point of what runs, and to leave nothing that would stop the
//! next start.

mod around;
mod brain;
mod login;
mod notices;
mod signals;
mod system;
#[cfg(all(test, target_os = "linux"))]
mod testing;
mod tray;
mod tray_loop;

use crate::link;
use crate::link::{Address, Ending, Windows};
use crate::lock::Lock;
#[cfg(not(target_os = "linux"))]
use crate::messages;
use around::Around;
use backtrail_api::service::{Parts, Service, TICK};
use backtrail_base::SystemClock;
use backtrail_profile::Folders;
use backtrail_profile::secrets::SystemKeyring;
use brain::Brain;
use std::sync::Arc;
use std::time::Duration;
use system::Known;
use tokio::sync::watch;

/// The name of the file whose lock the background holds.
pub(crate) const LOCK: &str = "backtrail.lock";

/// What the tray stands on, where that is the system's own toolkit.
#[cfg(target_os = "linux")]
type Toolkit = ();
#[cfg(not(target_os = "linux"))]
type Toolkit = tauri::AppHandle;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Runs the background until it is told to end. A second one ends at once: the first does all there is to do.
///
/// # Errors
/// When its folders, its socket or its scheduler cannot be had.
pub(crate) fn run() -> Result<(), Failed> {
    let folders = Folders::of_this_person()?;
    let Some(lock) = Lock::take_soon(folders.runtime(), LOCK)? else { return Ok(()) };
    let ended = with_toolkit(folders);
    drop(lock);
    ended
}

#[cfg(target_os = "linux")]
fn with_toolkit(folders: Folders) -> Result<(), Failed> {
    run_here(folders, ())
}

/// The toolkit wants the main thread; all else has one of its own.
#[cfg(not(target_os = "linux"))]
fn with_toolkit(folders: Folders) -> Result<(), Failed> {
    let app = tray::build()?;
    let toolkit = app.handle().clone();
    let worker = std::thread::Builder::new().name("background".to_owned()).spawn(move || {
        let ended = run_here(folders, toolkit.clone());
        toolkit.exit(0);
        ended
    })?;
    app.run(|_, event| {
        // It has no window whose end could be the app's.
        if let tauri::RunEvent::ExitRequested { code: None, api, .. } = event {
            api.prevent_exit();
        }
    });
    worker.join().unwrap_or_else(|_| Err(messages::BACKGROUND_CRASHED.into()))
}

fn run_here(folders: Folders, toolkit: Toolkit) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(live(folders, toolkit));
    // What still blocks has been told to stop and had its time.
    runtime.shutdown_background();
    ended
}

async fn live(folders: Folders, toolkit: Toolkit) -> Result<(), Failed> {
    let mut signals = signals::Signals::listen()?;
    let known = Known::new();
    let windows = Windows::default();
    let around = Around::new(folders.clone(), Arc::clone(&known), windows.clone());
    let session = Session::join(&known).await;
    tokio::spawn(system::watch_clock(Arc::clone(&known)));

    let parts = Parts {
        folders: folders.clone(),
        keyring: Arc::new(SystemKeyring::new()),
        clock: Arc::new(SystemClock),
        surroundings: Arc::clone(&around) as _,
        tick: tick(),
    };
    let started = tokio::task::spawn_blocking(move || Service::start(parts)).await?;
    let service = started.map_err(|failure| failure.message)?;
    let clicked = service.clone();
    around.notices().on_click(move |notice| clicked.notice_clicked(notice));
    let nudged = service.clone();
    known.on_change(move |nudge| nudged.nudge(nudge));

    let (ending, ends) = watch::channel(Ending::NotYet);
    let listener = link::listen(&Address::of(&folders))?;
    let brain = Arc::new(Brain { service: service.clone(), around: Arc::clone(&around) });
    let serving = tokio::spawn(link::serve(listener, brain, windows, ends));
    let tray =
        tokio::spawn(tray_loop::run(toolkit, service.clone(), Arc::clone(&known), Arc::clone(&around)));

    let why = tokio::select! {
        () = around.ended() => Ending::Quit,
        () = signals.end() => Ending::Stopped,
        () = session.gone() => Ending::Stopped,
    };
    // The icon goes first, so that a person sees that it was understood.
    tray.abort();
    let _ = tray.await;
    ending.send_replace(why);
    let _ = serving.await;
    let stopped = tokio::task::spawn_blocking(move || service.stop());
    stopped.await?;
    Ok(())
}

/// How long the scheduler sleeps at most. Tests let it look more often.
fn tick() -> Duration {
    let told = std::env::var("BACKTRAIL_TICK_SECONDS").ok().and_then(|text| text.parse().ok());
    told.map_or(TICK, |seconds: u64| Duration::from_secs(seconds.clamp(1, TICK.as_secs())))
}

/// The session's bus, where there is one.
#[cfg(target_os = "linux")]
struct Session(Option<zbus::Connection>);

#[cfg(target_os = "linux")]
impl Session {
    /// Follows the services of the session's and the system's bus.
    async fn join(known: &Arc<Known>) -> Self {
        const PATIENCE: Duration = Duration::from_secs(5);
        let (of_system, of_session) = tokio::join!(
            tokio::time::timeout(PATIENCE, zbus::Connection::system()),
            tokio::time::timeout(PATIENCE, zbus::Connection::session()),
        );
        let of_system = of_system.ok().and_then(Result::ok);
        let of_session = of_session.ok().and_then(Result::ok);
        system::linux::watch_system(of_system.as_ref(), known);
        if let Some(bus) = &of_session {
            system::linux::watch_session(bus, known);
        }
        Self(of_session)
    }

    /// Waits for the session's end, which takes its bus with it. Without a bus only signals tell.
    async fn gone(&self) {
        match &self.0 {
            Some(bus) => system::linux::gone(bus).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(target_os = "linux"))]
struct Session;

#[cfg(not(target_os = "linux"))]
impl Session {
    /// Follows what the system tells.
    #[expect(clippy::unused_async, reason = "as on Linux")]
    async fn join(known: &Arc<Known>) -> Self {
        system::watch(known);
        Self
    }

    /// These systems end the process with the session.
    async fn gone(&self) {
        std::future::pending().await
    }
}
