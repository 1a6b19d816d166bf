//! A desktop session of its own: display, buses, window manager, portal, tray, keyring, notifications, home.

use super::appearance::{Appearance, Portal};
use super::drive::Drive;
use super::keyring::Keyring;
use super::services::Services;
use super::tray::Tray;
use super::{panel, wait_for};
use backtrail_base::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// What a session is like.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    /// What its desktop prefers.
    pub appearance: Appearance,
    /// Its keyring.
    pub keyring: Keyring,
    /// Its tray.
    pub tray: TrayKind,
    /// Whether it has a session bus; without one there is no keyring, tray or portal either.
    pub bus: bool,
}

/// Who shows tray icons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayKind {
    /// A watcher of the test's own, without a picture.
    Watcher,
    /// A real panel on the screen.
    Panel,
    /// Nobody.
    None,
}

impl Default for Desk {
    fn default() -> Self {
        Self { appearance: Appearance::Light, keyring: Keyring::Open, tray: TrayKind::Watcher, bus: true }
    }
}

/// The session. All of its programs end with it.
#[derive(Debug)]
pub struct Session {
    root: TempDir,
    environment: Vec<(&'static str, String)>,
    portal: Option<Portal>,
    tray: Option<Tray>,
    services: Option<Services>,
    drives: Vec<Drive>,
    /// Held from the first drive on: a machine's drives are seen by every session on it.
    alone: Option<MutexGuard<'static, ()>>,
    // Ended in this order, so the display is the last.
    programs: Vec<Child>,
}

impl Session {
    /// Starts a usual session whose desktop prefers this appearance.
    ///
    /// # Panics
    /// When one of its programs is missing or does not start.
    #[must_use]
    pub fn start(appearance: Appearance) -> Self {
        Self::with(Desk { appearance, ..Desk::default() })
    }

    /// Starts a session like this.
    ///
    /// # Panics
    /// When one of its programs is missing or does not start.
    #[must_use]
    pub fn with(desk: Desk) -> Self {
        let root = tempfile::tempdir().expect("the temporary folder can be written");
        let mut session = Self {
            root,
            environment: Vec::new(),
            portal: None,
            tray: None,
            services: None,
            drives: Vec::new(),
            alone: None,
            programs: Vec::new(),
        };
        for (name, folder) in [("HOME", "home"), ("XDG_RUNTIME_DIR", "runtime"), ("TMPDIR", "tmp")] {
            let path = session.folder(folder);
            owner_only(&path);
            session.environment.push((name, path.display().to_string()));
        }
        // No accessibility bus: it would be started by name and outlive the session.
        session.environment.extend([("NO_AT_BRIDGE", "1".to_owned()), ("LANG", "C.UTF-8".to_owned())]);
        session.environment.push(("XDG_CURRENT_DESKTOP", "Backtrail-Test".to_owned()));

        let words = ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"];
        let display = session.telling("Xvfb", &words, "xvfb");
        session.environment.push(("DISPLAY", format!(":{display}")));
        let config = session.bus_config(desk.tray);
        let words = ["--config-file", &config, "--nofork", "--print-address"];
        let system = session.telling("dbus-daemon", &words, "dbus");
        session.services = Some(Services::start(&system));
        session.environment.push(("DBUS_SYSTEM_BUS_ADDRESS", system));
        if desk.bus {
            let bus = session.telling("dbus-daemon", &words, "dbus");
            session.environment.push(("DBUS_SESSION_BUS_ADDRESS", bus.clone()));
            session.portal = Some(Portal::start(&bus, desk.appearance));
            desk.keyring.start(&mut session);
            session.keep(session.command("dunst"), "dunst");
            wait_for("a notification daemon", 20, || session.notifications().map(|_| ()));
            match desk.tray {
                TrayKind::Watcher => session.tray = Some(Tray::start(&bus)),
                TrayKind::Panel => {
                    panel::start(&mut session);
                    session.tray = Some(Tray::of(&bus));
                }
                TrayKind::None => (),
            }
        } else {
            // An address that nobody answers at, so that no program starts a bus by itself.
            let nobody = session.path("runtime/no-bus").display().to_string();
            session.environment.push(("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={nobody}")));
        }
        session.keep(session.command("openbox"), "openbox");
        session
    }

    /// Changes what the desktop prefers, while the app runs.
    ///
    /// # Panics
    /// When the session's bus is gone.
    pub fn change(&self, appearance: Appearance) {
        self.portal.as_ref().expect("it is there until the end").change(appearance);
    }

    /// The tray.
    ///
    /// # Panics
    /// When the session has none.
    #[must_use]
    pub fn tray(&self) -> &Tray {
        self.tray.as_ref().expect("this session was to have a tray")
    }

    /// The system's services: power, network, sleep.
    ///
    /// # Panics
    /// Never while the session lives.
    #[must_use]
    pub fn services(&self) -> &Services {
        self.services.as_ref().expect("it is there until the end")
    }

    /// Plugs a drive in: a file system of its own of so many MiB, under this name.
    ///
    /// # Panics
    /// When this machine cannot mount one; the message says why.
    pub fn plug(&mut self, label: &str, mebibytes: u32) -> PathBuf {
        static DRIVES: Mutex<()> = Mutex::new(());
        // A test that failed with a drive in pulled it out all the same.
        self.alone.get_or_insert_with(|| DRIVES.lock().unwrap_or_else(PoisonError::into_inner));
        let drive = Drive::plug(&self.path("drives"), label, mebibytes);
        let mount = drive.mount().to_path_buf();
        self.drives.push(drive);
        mount
    }

    /// Pulls all drives out, whatever is written to them.
    pub fn unplug(&mut self) {
        for drive in &mut self.drives {
            drive.unplug();
        }
    }

    /// Plugs the drives in again that were pulled out.
    ///
    /// # Panics
    /// As [`Session::plug`].
    pub fn plug_again(&mut self) {
        for drive in &mut self.drives {
            drive.plug_again();
        }
    }

    /// The session's home folder.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// The folder of everything in this session: home, runtime folder, logs, drives' images.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The file systems of the drives.
    #[must_use]
    pub fn drives(&self) -> Vec<PathBuf> {
        self.drives.iter().map(|drive| drive.mount().to_path_buf()).collect()
    }

    /// Something below the session's folder.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// A folder below the session's folder, made when missing.
    fn folder(&self, below: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(&path).expect("one's own folder");
        path
    }

    /// A program within the session, with nothing of the test's own environment but the path.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.home()).stdin(Stdio::null());
        command
    }

    /// The titles of the windows on the display, as the window manager lists them.
    ///
    /// # Panics
    /// When xprop is missing.
    #[must_use]
    pub fn windows(&self) -> Vec<String> {
        self.window_ids().into_iter().map(|(_, title)| title).collect()
    }

    /// The windows on the display: id and title.
    ///
    /// # Panics
    /// When xprop is missing.
    #[must_use]
    pub fn window_ids(&self) -> Vec<(String, String)> {
        let property = |words: &[&str]| {
            let answer =
                self.command("xprop").args(words).output().expect("xprop comes from the package x11-utils");
            String::from_utf8_lossy(&answer.stdout).into_owned()
        };
        let list = property(&["-root", "_NET_CLIENT_LIST"]);
        let (_, ids) = list.split_once('#').unwrap_or_default();
        let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
        ids.map(|id| {
            let name = property(&["-id", id, "_NET_WM_NAME"]);
            let title = name.split_once(" = ").map_or("", |(_, name)| name.trim().trim_matches('"'));
            (id.to_owned(), title.to_owned())
        })
        .collect()
    }

    /// The notifications shown so far, as dunst keeps them: summary and body in one text each, newest first. None
    /// while there is no notification daemon.
    #[must_use]
    pub fn notifications(&self) -> Option<Vec<String>> {
        let output = self.command("dunstctl").arg("history").output().ok()?;
        let history: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
        // What is on the screen now is moved to the history by being closed.
        let text = |note: &serde_json::Value| note["message"]["data"].as_str().unwrap_or_default().to_owned();
        Some(history["data"][0].as_array()?.iter().map(text).collect())
    }

    /// Closes what notifications are on the screen, and gives all that were shown.
    ///
    /// # Panics
    /// When there is no notification daemon.
    #[must_use]
    pub fn all_notifications(&self) -> Vec<String> {
        let _ = self.command("dunstctl").arg("close-all").output();
        self.notifications().expect("this session has dunst")
    }

    /// The buses' configuration: nothing is started by being asked for, since what this machine has installed must not
    /// answer for what the session lacks. A panel's own settings service is the one exception.
    fn bus_config(&self, tray: TrayKind) -> String {
        let services = self.folder("services");
        if tray == TrayKind::Panel {
            let name = "org.xfce.Xfconf.service";
            let installed = Path::new("/usr/share/dbus-1/services").join(name);
            fs::copy(installed, services.join(name)).expect("it comes with xfce4-panel");
        }
        let config = self.path("bus.conf");
        let sockets = self.path("runtime");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><servicedir>{}</servicedir>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
             <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            sockets.display(),
            services.display(),
        );
        fs::write(&config, text).expect("one's own folder");
        config.display().to_string()
    }

    /// Whether somebody owns this name on the session's bus. Asking starts nobody.
    #[must_use]
    pub fn has_on_bus(&self, name: &str) -> bool {
        let mut ask = self.command("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]);
        ask.arg("org.freedesktop.DBus.NameHasOwner").arg(format!("string:{name}"));
        ask.output().is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains("boolean true"))
    }

    /// A connection to the session's bus.
    ///
    /// # Errors
    /// When there is none.
    pub fn on_bus(&self) -> zbus::Result<zbus::blocking::Connection> {
        let address = self.environment.iter().find(|(name, _)| *name == "DBUS_SESSION_BUS_ADDRESS");
        let (_, address) = address.ok_or(zbus::Error::Unsupported)?;
        zbus::blocking::connection::Builder::address(address.as_str())?.build()
    }

    /// Starts a program that lives until the session ends.
    ///
    /// # Panics
    /// When it is missing.
    pub fn keep(&mut self, mut command: Command, package: &str) {
        command.stdout(Stdio::null());
        let child = self.spawn(command, package);
        self.programs.insert(0, child);
    }

    /// Keeps a program that was started, until the session ends.
    pub(super) fn adopt(&mut self, child: Child) {
        self.programs.insert(0, child);
    }

    pub(super) fn spawn(&self, mut command: Command, package: &str) -> Child {
        // What it says would stand among the test's own words.
        let log = self.folder("logs").join(format!("{package}.log"));
        let log = fs::OpenOptions::new().create(true).append(true).open(log).expect("one's own folder");
        command.stderr(Stdio::from(log.into_file()));
        match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                panic!("{:?} did not start: {error}. It comes with {package}.", command.get_program())
            }
        }
    }

    /// Starts a program that tells where it is found in its first line.
    fn telling(&mut self, program: &str, words: &[&str], package: &str) -> String {
        let mut command = self.command(program);
        command.args(words).stdout(Stdio::piped());
        let mut child = self.spawn(command, package);
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it was piped");
        BufReader::new(stdout).read_line(&mut line).expect("the pipe can be read");
        self.programs.insert(0, child);
        assert!(!line.trim().is_empty(), "{program} ended before it was ready: {}", self.log(package));
        line.trim().to_owned()
    }

    /// What a program of the session complained of.
    #[must_use]
    pub fn log(&self, package: &str) -> String {
        fs::read_to_string(self.path("logs").join(format!("{package}.log"))).unwrap_or_default()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.portal = None;
        self.tray = None;
        self.services = None;
        // What the app started by itself, such as its background, is no child of the test's.
        for process in super::processes::of(self) {
            process.end();
        }
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
        self.drives.clear();
    }
}

/// A port on this machine that nobody listens on.
///
/// # Panics
/// When the machine has none left.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// Waits until somebody listens on a port.
pub(super) fn wait_for_port(port: u16, who: &str) {
    wait_for(who, 60, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
}

fn owner_only(path: &PathBuf) {
    let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
    fs::set_permissions(path, mode).expect("one's own folder");
}
