//! Keeps the tray as the service says: looks after each event, and now and then, since words such as *overdue* come
//! true by time alone.

use super::system::Known;
use super::tray::{Panel, Tray};
use super::{Around, Toolkit};
use crate::messages;
use backtrail_api::service::{Service, TrayItem, TrayState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The least time between two drawings: a backup tells its progress several times a second.
const AT_MOST: Duration = Duration::from_millis(500);
/// The most time between two looks.
const AT_LEAST: Duration = Duration::from_secs(20);
/// How long a desktop that is just starting may take to put up its tray.
const TRAY_COMES: Duration = Duration::from_secs(10);

/// What the tray's clicks go to.
struct Clicks {
    service: Service,
    known: Arc<Known>,
    /// Told whenever a tray comes or goes.
    there: tokio::sync::watch::Sender<bool>,
}

impl Panel for Clicks {
    fn clicked(&self, item: TrayItem) {
        let service = self.service.clone();
        // The service may take its time; the panel waits for an answer.
        tokio::task::spawn_blocking(move || service.tray_click(&item));
    }

    fn there(&self, there: bool) {
        self.there.send_replace(there);
        if there {
            self.known.set_tray(true);
        }
    }
}

/// Runs until it is aborted; the icon goes with it.
pub(super) async fn run(toolkit: Toolkit, service: Service, known: Arc<Known>, around: Arc<Around>) {
    let (there, watched) = tokio::sync::watch::channel(false);
    tokio::spawn(tell_absence(watched, Arc::clone(&known)));
    let panel = Arc::new(Clicks { service: service.clone(), known: Arc::clone(&known), there });
    let mut ground = known.ground();
    let look = Arc::new(Notify::new());
    hear(&service, &look);

    let mut drawn = (state(&service).await, *ground.borrow_and_update());
    let tray = match Tray::add(&toolkit, drawn.0.clone(), drawn.1, panel).await {
        Ok(tray) => tray,
        Err(error) => {
            eprintln!("{}: {}: {error}", messages::NAME, messages::NO_TRAY);
            known.set_tray(false);
            return;
        }
    };
    loop {
        tokio::select! {
            () = look.notified() => (),
            _ = ground.changed() => (),
            () = tokio::time::sleep(AT_LEAST) => (),
        }
        around.look_after_window();
        let now = (state(&service).await, *ground.borrow_and_update());
        if now != drawn {
            tray.draw(now.0.clone(), now.1).await;
            drawn = now;
        }
        tokio::time::sleep(AT_MOST).await;
    }
}

async fn state(service: &Service) -> TrayState {
    let asked = service.clone();
    let state = tokio::task::spawn_blocking(move || asked.tray()).await;
    // Only a panic in the service comes here: an icon without words is better than none.
    state.unwrap_or_else(|_| TrayState {
        icon: backtrail_api::service::TrayIcon::Attention,
        line: messages::BACKGROUND_CRASHED.to_owned(),
        reason: None,
        profiles: Vec::new(),
        paused: None,
    })
}

/// Says *look* at each event.
fn hear(service: &Service, look: &Arc<Notify>) {
    let (service, look) = (service.clone(), Arc::downgrade(look));
    let started =
        std::thread::Builder::new().name("tray".to_owned()).stack_size(128 << 10).spawn(move || {
            loop {
                // Whoever does not keep up finds the channel's end, and listens anew.
                for _ in service.subscribe() {
                    let Some(look) = look.upgrade() else { return };
                    look.notify_one();
                }
                std::thread::sleep(AT_MOST);
            }
        });
    if let Err(error) = started {
        eprintln!("{}: {error}", messages::NAME);
    }
}

/// Says that no tray shows the icon, once that has been so for a while.
async fn tell_absence(mut there: tokio::sync::watch::Receiver<bool>, known: Arc<Known>) {
    loop {
        let gone = there.wait_for(|there| !there).await.is_ok();
        if !gone {
            return;
        }
        let came = tokio::time::timeout(TRAY_COMES, there.wait_for(|there| *there)).await.is_ok();
        if !came {
            known.set_tray(false);
        }
        if there.wait_for(|there| *there).await.is_err() {
            return;
        }
    }
}
