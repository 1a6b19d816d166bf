//! What every test stands on.

use crate::Event;
use crate::call::{Call, FinishSetup, GetHome, GetSetup, Handles, Words};
use crate::service::{Desktop, Network, Notice, NoticeKind, Parts, Power, Service, Surroundings};
use crate::view::{Home, ProfileView, ProtectChoice, SetUp, SetupView};
use backtrail_base::{Clock as _, FixedClock, SystemClock, fs};
use backtrail_profile::Folders;
use backtrail_profile::secrets::{KeyringState, MemoryKeyring};
use backtrail_store::drives::Drive;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything here takes on a busy computer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A desktop that does what a test says.
pub(super) struct Around {
    home: PathBuf,
    pub(super) drives: Mutex<Vec<Drive>>,
    pub(super) power: Mutex<Power>,
    pub(super) network: Mutex<Network>,
    pub(super) notices: Mutex<Vec<Notice>>,
    pub(super) windows: AtomicUsize,
    pub(super) login: Mutex<bool>,
}

impl Surroundings for Around {
    fn power(&self) -> Power {
        *self.power.lock().unwrap()
    }

    fn network(&self) -> Network {
        *self.network.lock().unwrap()
    }

    fn desktop(&self) -> Desktop {
        let home = self.home.clone();
        Desktop { documents: home.clone(), home, host: "Ann's Laptop".to_owned(), tray: Some(true) }
    }

    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    fn drives(&self) -> Vec<Drive> {
        self.drives.lock().unwrap().clone()
    }

    fn find_drives(&self, uuid: Option<&str>, _: Option<&str>) -> Vec<Drive> {
        self.drives().into_iter().filter(|drive| drive.uuid.as_deref() == uuid).collect()
    }

    fn notify(&self, notice: &Notice) {
        self.notices.lock().unwrap().push(notice.clone());
    }

    fn show_window(&self) {
        self.windows.fetch_add(1, Ordering::SeqCst);
    }

    fn quit(&self) {}

    fn starts_at_login(&self) -> Option<bool> {
        Some(*self.login.lock().unwrap())
    }

    fn start_at_login(&self, on: bool) -> Result<(), String> {
        *self.login.lock().unwrap() = on;
        Ok(())
    }
}

/// A computer with a home, a drive and a running service.
pub(super) struct Stage {
    pub(super) root: TempDir,
    pub(super) keyring: Arc<MemoryKeyring>,
    pub(super) clock: Arc<FixedClock>,
    pub(super) around: Arc<Around>,
    pub(super) service: Service,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with_keyring(KeyringState::Ready)
    }

    pub(super) fn with_keyring(state: KeyringState) -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home/Documents", "home/.cache/thumbnails", "drive"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("home/Documents/letter.txt"), "Dear reader,\n").unwrap();
        fs::write(root.path().join("home/.cache/thumbnails/a.png"), vec![7; 5000]).unwrap();
        let drive = Drive {
            uuid: Some("0F0F-1234".to_owned()),
            label: Some("Elements".to_owned()),
            mount: root.path().join("drive"),
            free: Some(1 << 40),
            total: Some(2 << 40),
            removable: true,
            read_only: false,
            system: false,
        };
        let around = Arc::new(Around {
            home: root.path().join("home"),
            drives: Mutex::new(vec![drive]),
            power: Mutex::default(),
            network: Mutex::default(),
            notices: Mutex::default(),
            windows: AtomicUsize::new(0),
            login: Mutex::new(false),
        });
        let keyring = Arc::new(MemoryKeyring::new(state));
        let clock = Arc::new(FixedClock::at(SystemClock.now()));
        let service = start(&root, &keyring, &clock, &around);
        Self { root, keyring, clock, around, service }
    }

    /// The background ends and starts again, as after a login.
    pub(super) fn restart(&mut self) {
        assert!(self.service.stop(), "everything ends when asked to");
        self.service = start(&self.root, &self.keyring, &self.clock, &self.around);
    }

    pub(super) fn call<C: Call>(&self, call: C) -> C::Answer
    where
        Service: Handles<C>,
    {
        self.service.call(call).unwrap_or_else(|failure| panic!("{}: {failure:?}", C::NAME))
    }

    /// What the page sends when nothing is changed.
    pub(super) fn defaults(&self) -> SetUp {
        as_chosen(&self.call(GetSetup {}))
    }

    /// The wizard by defaults; the profile's id.
    pub(super) fn set_up(&self) -> String {
        let setup = self.defaults();
        self.call(Words { again: false });
        self.call(FinishSetup { setup })
    }

    /// The wizard by defaults, and the first backup with its proof done.
    pub(super) fn backed_up(&self) -> String {
        let id = self.set_up();
        self.rests();
        assert!(self.profile().last_good.is_some(), "the first backup is done: {:#?}", self.profile().last);
        id
    }

    pub(super) fn home(&self) -> Home {
        self.call(GetHome {})
    }

    pub(super) fn profile(&self) -> ProfileView {
        self.home().profiles.into_iter().next().expect("one profile")
    }

    /// Waits until something has run and nothing runs any more.
    pub(super) fn rests(&self) {
        until("the runs to end", || {
            let profile = self.profile();
            profile.running.is_none()
                && profile.last.is_some()
                && (profile.proven.is_some() || profile.last_good.is_none())
        });
    }

    pub(super) fn pass(&self, hours: i64) {
        self.clock.set(self.clock.now().plus(hours * 3600));
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// The drive goes, and gives what brings it back.
    pub(super) fn unplug(&self) -> Drive {
        let drive = self.around.drives.lock().unwrap().remove(0);
        fs::rename(self.path("drive"), self.path("elsewhere")).unwrap();
        drive
    }

    pub(super) fn plug(&self, drive: Drive) {
        fs::rename(self.path("elsewhere"), self.path("drive")).unwrap();
        self.around.drives.lock().unwrap().push(drive);
    }

    pub(super) fn noticed(&self, kind: NoticeKind) -> Option<Notice> {
        self.around.notices.lock().unwrap().iter().find(|notice| notice.kind == kind).cloned()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.service.stop();
    }
}

fn start(
    root: &TempDir,
    keyring: &Arc<MemoryKeyring>,
    clock: &Arc<FixedClock>,
    around: &Arc<Around>,
) -> Service {
    let parts = Parts {
        folders: Folders::below(&root.path().join("backtrail")),
        keyring: keyring.clone(),
        clock: clock.clone(),
        surroundings: around.clone(),
        tick: Duration::from_millis(100),
    };
    Service::start(parts).expect("everything it needs is there")
}

/// What was chosen on the screens of the wizard.
pub(super) fn as_chosen(view: &SetupView) -> SetUp {
    SetUp {
        sources: view.sources.iter().filter(|choice| choice.chosen).map(|choice| choice.id.clone()).collect(),
        excludes: view
            .excludes
            .iter()
            .filter(|choice| choice.chosen)
            .map(|choice| choice.id.clone())
            .collect(),
        place: view
            .places
            .iter()
            .find(|choice| choice.chosen)
            .map(|choice| choice.id.clone())
            .unwrap_or_default(),
        protect: ProtectChoice::NewKey,
        when: view.when.clone(),
        keep: view.keep,
    }
}

/// Waits until it holds.
pub(super) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits for an event.
pub(super) fn event<T>(
    events: &crossbeam_channel::Receiver<Event>,
    mut wanted: impl FnMut(Event) -> Option<T>,
) -> T {
    loop {
        let event = events.recv_timeout(PATIENCE).expect("the event comes");
        if let Some(found) = wanted(event) {
            return found;
        }
    }
}

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
