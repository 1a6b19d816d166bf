//! The background's brain: it knows the profiles, runs their backups when they are due or asked for, and answers the
//! window's calls. It promises that a backup needs no window, that a failure is told within a tick, and that no secret
//! leaves it but the words a person asked to see. It leaves the desktop (tray, notices, power, dialogs) to the
//! [`Surroundings`], and what a backup is to `backtrail-profile` and the engine.

mod banners;
mod bus;
mod clockwork;
mod conditions;
mod handlers;
mod home;
mod ids;
mod jobs;
mod keyring;
mod kit;
mod meter;
mod notices;
mod restore;
mod runs;
mod settings;
mod shown;
mod stories;
mod surroundings;
#[cfg(test)]
mod tests;
mod tray;
mod wizard;

pub use surroundings::{
    Desktop, Network, Notice, NoticeAction, NoticeKind, NoticeStep, Nudge, Power, Surroundings,
};
pub use tray::{TrayIcon, TrayItem, TrayProfile, TrayState};

use crate::call::{self, Call, Handles};
use crate::failure::{self, About};
use crate::view::Failure;
use crate::{Event, Screen};
use backtrail_base::{Clock, Timestamp, fs};
use backtrail_profile::run::Runner;
use backtrail_profile::secrets::{Keyring, Secrets};
use backtrail_profile::{AppSettings, Folders, PersonFolders, Profile, ProfileId, Profiles};
use bus::Bus;
use clockwork::Watch;
use crossbeam_channel::{Receiver, Sender};
use ids::Ids;
use jiff::Zoned;
use jobs::Jobs;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stories::Stories;
use tray::Brief;
use wizard::Wizard;

/// What a service is made of.
pub struct Parts {
    /// Where this person's Backtrail keeps things.
    pub folders: Folders,
    /// The system's keyring.
    pub keyring: Arc<dyn Keyring>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The desktop around it.
    pub surroundings: Arc<dyn Surroundings>,
    /// How long the scheduler sleeps at most before it looks again; [`TICK`] but in tests.
    pub tick: Duration,
}

/// How long the scheduler sleeps at most.
pub const TICK: Duration = Duration::from_secs(30);

/// How long *Quit* waits for what runs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The background's brain. A clone is the same service.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    folders: Folders,
    clock: Arc<dyn Clock>,
    surroundings: Arc<dyn Surroundings>,
    bus: Arc<Bus>,
    jobs: Arc<Jobs>,
    secrets: Secrets,
    runner: Runner,
    profiles: Profiles,
    settings: Mutex<AppSettings>,
    /// The name under which a damaged file of settings was kept aside.
    settings_damaged: Option<String>,
    stories: Stories,
    watches: Mutex<HashMap<ProfileId, Watch>>,
    wizard: Mutex<Wizard>,
    measuring: wizard::Measuring,
    tables: Mutex<Tables>,
    /// The screen that the next window shows.
    wanted: Mutex<Screen>,
    brief: Mutex<Option<(u64, Brief)>>,
    /// Which words each profile was asked for.
    asked: Mutex<HashMap<ProfileId, Vec<u8>>>,
    wake: Sender<()>,
    stopping: AtomicBool,
}

/// What ids stand for. Each kind has a table of its own, so that none passes for another.
struct Tables {
    sources: Ids<PathBuf>,
    places: Ids<PathBuf>,
    restore_folders: Ids<PathBuf>,
    moments: Ids<restore::MomentRef>,
    entries: Ids<restore::EntryRef>,
    restored: Ids<PathBuf>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            sources: Ids::new(1_000),
            places: Ids::new(1_000),
            restore_folders: Ids::new(100),
            moments: Ids::new(10_000),
            entries: Ids::new(20_000),
            restored: Ids::new(1_000),
        }
    }
}

impl Service {
    /// Starts it: schedules run from now on.
    ///
    /// # Errors
    /// When its folders cannot be made, its settings cannot be read, or its scheduler cannot be started.
    pub fn start(parts: Parts) -> Result<Self, Failure> {
        let Parts { folders, keyring, clock, surroundings, tick } = parts;
        let io =
            |error: std::io::Error| About::default().failure(backtrail_base::Code::Io, error.to_string());
        for folder in [folders.data(), folders.config(), folders.cache()] {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let profiles =
            Profiles::with_clock(&folders, Arc::clone(&clock)).map_err(|error| failure::of(&error))?;
        let (settings, settings_damaged) = settings::load(&folders);
        let secrets = Secrets::new(&folders, keyring);
        let finder = Arc::clone(&surroundings);
        let runner = Runner::new(&folders, &secrets, Arc::clone(&clock))
            .with_home(person(surroundings.desktop().home))
            .with_zone(surroundings.zone())
            .with_drives(move |uuid, label| finder.find_drives(uuid, label));
        let bus = Arc::<Bus>::default();
        let (wake, woken) = crossbeam_channel::bounded(1);
        let service = Self(Arc::new(Inner {
            jobs: Arc::new(Jobs::new(Arc::clone(&bus))),
            wizard: Mutex::new(Wizard::load(&folders)),
            stories: Stories::new(&folders, Arc::clone(&clock)),
            folders,
            clock,
            surroundings,
            bus,
            secrets,
            runner,
            profiles,
            settings: Mutex::new(settings),
            settings_damaged,
            watches: Mutex::default(),
            measuring: wizard::Measuring::default(),
            tables: Mutex::default(),
            wanted: Mutex::new(Screen::Home),
            brief: Mutex::default(),
            asked: Mutex::default(),
            wake,
            stopping: AtomicBool::new(false),
        }));
        clockwork::start(&service.0, woken, tick).map_err(io)?;
        Ok(service)
    }

    /// Answers a call by its name. Blocks as long as the call takes; calls may come from several threads.
    ///
    /// # Errors
    /// What went wrong, as a person reads it.
    pub fn answer(&self, name: &str, with: Value) -> Result<Value, Failure> {
        call::dispatch(self, name, with)
    }

    /// Answers a call, for callers in the same program.
    ///
    /// # Errors
    /// What went wrong, as a person reads it.
    #[expect(private_bounds, reason = "every call is handled, which is nobody's business outside")]
    pub fn call<C: Call>(&self, call: C) -> Result<C::Answer, Failure>
    where
        Self: Handles<C>,
    {
        self.handle(call)
    }

    /// What happens from now on. A listener that does not keep up finds the channel's end, and subscribes anew.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<Event> {
        self.0.bus.subscribe()
    }

    /// Brings a window to the front at a screen.
    pub fn show(&self, screen: Screen) {
        *lock(&self.0.wanted) = screen;
        self.0.bus.tell(&Event::Show(screen));
        self.0.surroundings.show_window();
    }

    /// Something outside changed: the scheduler looks again at once.
    pub fn nudge(&self, nudge: Nudge) {
        if matches!(
            nudge,
            Nudge::DriveArrived | Nudge::DriveLeft | Nudge::TrayChanged | Nudge::KeyringUnlocked
        ) {
            self.0.forget_space();
            self.0.changed();
        }
        if nudge == Nudge::TrayChanged && self.0.surroundings.desktop().tray == Some(false) {
            self.0.notify_no_tray();
        }
        self.0.wake();
    }

    /// Stops: what runs is stopped at a safe point and waited for, for up to half a minute. Nothing runs afterwards.
    /// Gives whether all that ran has ended.
    pub fn stop(&self) -> bool {
        self.0.stopping.store(true, Ordering::SeqCst);
        self.0.measuring.cancel();
        self.0.wake();
        self.0.jobs.stop(PATIENCE)
    }

    fn window_ready(&self) -> Screen {
        std::mem::replace(&mut *lock(&self.0.wanted), Screen::Home)
    }
}

impl Inner {
    /// The screens show something else now.
    fn changed(&self) {
        self.bus.tell(&Event::Changed);
    }

    /// Lets the scheduler look again.
    fn wake(&self) {
        // Full: it is about to look anyway.
        let _ = self.wake.try_send(());
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time where the person is.
    fn zoned(&self) -> Zoned {
        let now = jiff::Timestamp::from_second(self.now().0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        now.to_zoned(self.surroundings.zone())
    }

    /// The profile with the id that a page sent.
    fn profile(&self, id: &str) -> Result<Profile, Failure> {
        let id: ProfileId = id.parse().map_err(|_| failure::stale())?;
        self.profiles.load(&id).map_err(|error| failure::of(&error))
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        lock(&self.tables)
    }
}

/// What failures about a profile are told with.
fn about(profile: &Profile) -> About {
    About { name: Some(profile.name.clone()), place: Some(profile.place.label.clone()) }
}

/// The folders of the person whose home this is: their names depend on the language.
fn person(home: PathBuf) -> PersonFolders {
    let here = PersonFolders::of_this_person().filter(|person| person.path == home);
    here.unwrap_or_else(|| PersonFolders::at(home))
}

/// A lock; a thread that panicked while it held one has left the value whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
