//! That the session under the tests is what it claims to be: a test that drives an app in a session whose keyring is
//! open although it should be locked would prove nothing.

use backtrail_base::fs;
use backtrail_tests::window::{Desk, Keyring, Session, TrayKind, keyring, wait_for};

fn locked(session: &Session) -> bool {
    let mut ask = session.command("dbus-send");
    ask.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"]);
    ask.args(["/org/freedesktop/secrets/aliases/default", "org.freedesktop.DBus.Properties.Get"]);
    ask.args(["string:org.freedesktop.Secret.Collection", "string:Locked"]);
    let answer = ask.output().expect("dbus-send comes with dbus");
    String::from_utf8_lossy(&answer.stdout).contains("boolean true")
}

#[test]
fn its_keyring_locks_and_unlocks() {
    let session = Session::with(Desk { keyring: Keyring::Locked, ..Desk::default() });
    assert!(locked(&session), "as after a login without a password");
    keyring::unlock(&session);
    wait_for("the unlocked keyring", 10, || (!locked(&session)).then_some(()));
    keyring::lock(&session);
    assert!(locked(&session), "locked again");
}

#[test]
fn its_drives_come_and_go() {
    let mut session = Session::with(Desk { bus: false, ..Desk::default() });
    let drive = session.plug("Backup Plus", 32);
    fs::write(drive.join("kept"), "kept").expect("the drive can be written");
    session.unplug();
    assert!(!drive.exists(), "desktops remove the mount point of a drive that was pulled");
    session.plug_again();
    assert_eq!(fs::read_to_string(drive.join("kept")).expect("it is the same drive"), "kept");
}

#[test]
fn its_panel_shows_a_tray_and_its_notifications_are_kept() {
    let session = Session::with(Desk { tray: TrayKind::Panel, ..Desk::default() });
    assert_eq!(session.tray().icons(), 0, "the panel's watcher answers");
    let sent =
        session.command("dunstify").args(["Summary", "Body"]).output().expect("dunstify comes with dunst");
    let said = String::from_utf8_lossy(&sent.stderr);
    let shown = wait_for(&format!("the notification {said}"), 10, || {
        Some(session.all_notifications()).filter(|notes| !notes.is_empty())
    });
    assert!(shown[0].contains("Summary") && shown[0].contains("Body"), "{shown:?}");
}
