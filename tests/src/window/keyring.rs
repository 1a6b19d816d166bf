//! The session's keyring: gnome-keyring, as most desktops have it.

use super::session::Session;
use super::wait_for;
use backtrail_base::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use zbus::blocking::Proxy;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

/// The password that unlocks the keyring, as the person's login would.
const LOGIN: &str = "the login password";

const SECRETS: &str = "org.freedesktop.secrets";

/// What a session's keyring is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyring {
    /// Unlocked, as after a usual login.
    Open,
    /// Locked, as after a login without a password.
    Locked,
    /// There is none.
    Absent,
}

impl Keyring {
    pub(super) fn start(self, session: &mut Session) {
        match self {
            Self::Absent => (),
            Self::Open => daemon(session),
            Self::Locked => {
                daemon(session);
                lock(session);
            }
        }
    }
}

/// Locks the session's keyring.
///
/// # Panics
/// When it does not lock.
pub fn lock(session: &Session) {
    let mut command = session.command("dbus-send");
    command.args([
        "--session",
        "--print-reply",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets",
    ]);
    command.arg("org.freedesktop.Secret.Service.Lock");
    command.arg("array:objpath:/org/freedesktop/secrets/collection/login");
    let output = command.output().expect("dbus-send comes with dbus");
    assert!(output.status.success(), "the keyring locks: {}", String::from_utf8_lossy(&output.stderr));
}

/// Unlocks the session's keyring, as logging in does.
///
/// # Panics
/// When it does not unlock.
pub fn unlock(session: &Session) {
    let unlocked = session.on_bus().and_then(|bus| {
        let service =
            Proxy::new(&bus, SECRETS, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service")?;
        let opened: (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", Value::from("")))?;
        let interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        let keyring = Proxy::new(&bus, SECRETS, "/org/freedesktop/secrets", interface)?;
        let secret = (&opened.1, Vec::<u8>::new(), LOGIN.as_bytes(), "text/plain");
        let login = ObjectPath::try_from("/org/freedesktop/secrets/collection/login")?;
        keyring.call::<_, _, ()>("UnlockWithMasterPassword", &(login, secret))
    });
    unlocked.expect("gnome-keyring takes the login password");
}

fn program(session: &Session) -> Command {
    let mut command = session.command("gnome-keyring-daemon");
    command.args(["--unlock", "--components=secrets"]).stdin(Stdio::piped());
    command
}

fn daemon(session: &mut Session) {
    let mut command = program(session);
    command.arg("--foreground").stdout(Stdio::null());
    let mut child = session.spawn(command, "gnome-keyring");
    child.stdin.take().expect("it was piped").write_all(LOGIN.as_bytes()).expect("it reads");
    session.adopt(child);
    let file = session.home().join(".local/share/keyrings/login.keyring");
    wait_for("the keyring", 20, || {
        let mut ask = session.command("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"]);
        ask.args(["/org/freedesktop/secrets/aliases/default", "org.freedesktop.DBus.Properties.Get"]);
        ask.args(["string:org.freedesktop.Secret.Collection", "string:Locked"]);
        let answer = ask.output().ok()?;
        let open = String::from_utf8_lossy(&answer.stdout).contains("boolean false");
        (open && fs::metadata(&file).is_ok()).then_some(())
    });
}
