//! A desktop session of its own: display, bus, window manager, portal, tray, home.

use super::appearance::{Appearance, Portal};
use super::tray::Tray;
use super::wait_for;
use backtrail_base::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The session. All of its programs end with it.
#[derive(Debug)]
pub struct Session {
    home: TempDir,
    environment: Vec<(&'static str, String)>,
    portal: Option<Portal>,
    tray: Option<Tray>,
    // Ended in this order, so the display is the last.
    programs: Vec<Child>,
}

impl Session {
    /// Starts a session whose desktop prefers this appearance.
    ///
    /// # Panics
    /// When one of its programs is missing or does not start.
    #[must_use]
    pub fn start(appearance: Appearance) -> Self {
        let home = tempfile::tempdir().expect("the temporary folder can be written");
        let mut session =
            Self { home, environment: Vec::new(), portal: None, tray: None, programs: Vec::new() };
        for (name, folder) in [
            ("HOME", ""),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_RUNTIME_DIR", "runtime"),
        ] {
            let path = session.home.path().join(folder);
            fs::create_dir_all(&path).expect("as above");
            owner_only(&path);
            session.environment.push((name, path.display().to_string()));
        }
        // No accessibility bus: it would be started by name and outlive the session.
        session.environment.extend([("NO_AT_BRIDGE", "1".to_owned()), ("LANG", "C.UTF-8".to_owned())]);
        session.environment.push(("XDG_CURRENT_DESKTOP", "Backtrail-Test".to_owned()));

        let display = session.telling(
            "Xvfb",
            &["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            "xvfb",
        );
        session.environment.push(("DISPLAY", format!(":{display}")));
        let bus = session.telling("dbus-daemon", &["--session", "--nofork", "--print-address"], "dbus");
        session.environment.push(("DBUS_SESSION_BUS_ADDRESS", bus.clone()));
        session.portal = Some(Portal::start(&bus, appearance));
        session.tray = Some(Tray::start(&bus));
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
    /// Never while the session lives.
    #[must_use]
    pub fn tray(&self) -> &Tray {
        self.tray.as_ref().expect("it is there until the end")
    }

    /// The session's home folder.
    #[must_use]
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// A program within the session, with nothing of the test's own environment but the path.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.home.path()).stdin(Stdio::null());
        command
    }

    /// The titles of the windows on the display, as the window manager lists them.
    ///
    /// # Panics
    /// When xprop is missing.
    #[must_use]
    pub fn windows(&self) -> Vec<String> {
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
            name.split_once(" = ").map_or("", |(_, name)| name.trim().trim_matches('"')).to_owned()
        })
        .collect()
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

    fn spawn(&self, mut command: Command, package: &str) -> Child {
        // What it says would stand among the test's own words.
        let log = fs::File::create(self.home.path().join(format!("{package}.log"))).expect("one's own home");
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
        fs::read_to_string(self.home.path().join(format!("{package}.log"))).unwrap_or_default()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.portal = None;
        self.tray = None;
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
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
