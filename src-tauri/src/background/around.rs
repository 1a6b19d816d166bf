//! The desktop around the service: what the system's services say of power and network, notices, the start at login,
//! and the window process.

use super::system::Known;
use super::{login, notices::Notices};
use crate::link::Windows;
use crate::role::{self, Role};
use crate::{messages, own_folder};
use backtrail_api::service::{Desktop, Network, Notice, Power, Surroundings};
use backtrail_profile::Folders;
use directories::UserDirs;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// The desktop around the service.
pub(crate) struct Around {
    folders: Folders,
    known: Arc<Known>,
    notices: Notices,
    windows: Windows,
    /// The window that was started last, until it was seen to have ended.
    started: Mutex<Option<Child>>,
    ended: Notify,
}

impl Around {
    /// The desktop of the person who runs this process.
    pub(super) fn new(folders: Folders, known: Arc<Known>, windows: Windows) -> Arc<Self> {
        Arc::new(Self {
            folders,
            known,
            notices: Notices::default(),
            windows,
            started: Mutex::new(None),
            ended: Notify::new(),
        })
    }

    /// The notices, to tell whom a click on one goes to.
    pub(super) fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Ends the background and the window.
    pub(super) fn end(&self) {
        self.ended.notify_one();
    }

    /// Waits until the person said *Quit*.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Starts a window, unless one is there or on its way: that one asks for its screen when it is ready.
    fn start_window(&self) -> std::io::Result<()> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let on_its_way = started.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
        if !on_its_way && !self.windows.any() {
            own_folder::make(self.folders.runtime())?;
            *started = Some(role::start(Role::Window, &self.folders)?);
        }
        Ok(())
    }

    /// Takes note of a window that has ended, so that the system forgets its process.
    pub(super) fn look_after_window(&self) {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if started.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None))) {
            *started = None;
        }
    }
}

impl Surroundings for Around {
    fn power(&self) -> Power {
        self.known.power()
    }

    fn network(&self) -> Network {
        self.known.network()
    }

    fn desktop(&self) -> Desktop {
        let people = UserDirs::new();
        let home = people.as_ref().map(|dirs| dirs.home_dir().to_path_buf()).unwrap_or_default();
        let documents = people.as_ref().and_then(|dirs| dirs.document_dir()).filter(|folder| folder.is_dir());
        Desktop {
            documents: documents.map_or_else(|| home.clone(), std::path::Path::to_path_buf),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            home,
            tray: self.known.tray(),
        }
    }

    fn notify(&self, notice: &Notice) {
        self.notices.show(notice);
    }

    fn show_window(&self) {
        if let Err(error) = self.start_window() {
            eprintln!("{}: {}: {error}", messages::NAME, messages::NO_WINDOW);
        }
    }

    fn quit(&self) {
        self.end();
    }

    fn starts_at_login(&self) -> Option<bool> {
        login::is_on()
    }

    fn start_at_login(&self, on: bool) -> Result<(), String> {
        login::switch(on)
    }
}
