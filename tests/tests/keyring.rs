//! The system's keyring as it really is: gnome-keyring in a session of its own, with its own bus and home, locked,
//! unlocked, ended and started again, and the sessions that have none. What Backtrail asks of it is asked by a process
//! started within that session: this test's own program, whose test `within` does one step there.

use backtrail_base::{Sensitive, fs};
use backtrail_profile::secrets::{Error, Kept, Keyring, KeyringState, Secrets, SystemKeyring};
use backtrail_profile::{Folders, ProfileId};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The profile whose passphrase is kept.
const PROFILE: &str = "kf3n-home";
/// What must be found in the keyring and nowhere else.
const CANARY: &str = "canary-teapot-orbit-velvet-sunrise-anvil";
/// The password of the keyring.
const LOGIN: &str = "the login password";

/// Which step to do; the folder of the session is in `HOME`.
const STEP: &str = "BACKTRAIL_TEST_KEYRING_STEP";

/// One step within a session. Outside of one there is nothing to do: the other tests start it.
#[test]
fn within() {
    let Ok(step) = std::env::var(STEP) else { return };
    let home = PathBuf::from(std::env::var_os("HOME").expect("the session's home"));
    let keyring = Arc::new(SystemKeyring::new());
    let secrets =
        Secrets::new(&Folders::below(&home.join("backtrail")), Arc::clone(&keyring) as Arc<dyn Keyring>);
    let canary = Sensitive::from(CANARY);
    let profile: ProfileId = PROFILE.parse().expect("an id");
    match step.as_str() {
        "keep" => {
            assert_eq!(keyring.state(), KeyringState::Ready);
            let missing = secrets.passphrase(&profile);
            assert!(matches!(missing, Err(Error::Missing { .. })), "an open keyring without it: {missing:?}");
            assert_eq!(secrets.keep_passphrase(&profile, &canary).expect("kept"), Kept::InKeyring);
            secrets.vault().set("sftp://host", &canary).expect("the vault's key is in the keyring");
            secrets
                .make_key("Home of laptop", Some(&canary), None, &backtrail_base::SystemClock)
                .expect("a key");
        }
        "find" => {
            assert_eq!(keyring.state(), KeyringState::Ready);
            assert!(
                secrets.passphrase(&profile).expect("it is kept") == canary,
                "it is the one that was kept"
            );
            assert!(secrets.vault().get("sftp://host").expect("it opens") == Some(canary));
            assert!(
                keyring.get("another").expect("it is open").is_none(),
                "an open keyring says what it lacks"
            );
        }
        "find it locked" => {
            assert_eq!(keyring.state(), KeyringState::Locked);
            for name in ["passphrase of kf3n-home", "another"] {
                let answer = keyring.get(name);
                assert!(
                    matches!(answer, Err(Error::Locked)),
                    "a locked keyring does not lack it: {answer:?}"
                );
            }
            assert!(matches!(secrets.passphrase(&profile), Err(Error::Locked)));
            assert!(matches!(secrets.vault().get("sftp://host"), Err(Error::Locked)));
            assert!(matches!(keyring.set("another", &canary), Err(Error::Locked)));
            assert!(matches!(secrets.forget(&profile), Err(Error::Locked)), "else it would seem to be gone");
        }
        "unlock without a display" => {
            let answer = keyring.unlock();
            assert!(answer.is_err(), "nobody could be asked: {answer:?}");
            assert_eq!(keyring.state(), KeyringState::Locked);
        }
        "forget" => {
            secrets.forget(&profile).expect("forgotten");
            assert!(matches!(secrets.passphrase(&profile), Err(Error::Missing { .. })));
            secrets.forget(&profile).expect("it is forgotten already");
        }
        "have none" => {
            let started = Instant::now();
            assert_eq!(keyring.state(), KeyringState::Absent);
            assert!(matches!(secrets.passphrase(&profile), Err(Error::Absent { .. })));
            assert!(matches!(keyring.unlock(), Err(Error::Absent { .. })), "there is nothing to unlock");
            assert_eq!(secrets.keep_passphrase(&profile, &canary).expect("in memory"), Kept::UntilQuit);
            assert!(secrets.passphrase(&profile).expect("in memory") == canary);
            assert!(matches!(secrets.vault().set("sftp://host", &canary), Err(Error::Absent { .. })));
            let took = started.elapsed();
            assert!(took < Duration::from_secs(1), "five questions took {took:?}, a person would wait");
        }
        "have none any more" => {
            assert_eq!(keyring.state(), KeyringState::Absent);
            assert!(matches!(secrets.passphrase(&profile), Err(Error::Absent { .. })), "a restart forgets");
        }
        "ask from a task" => {
            // The library below ends the program when it is called from a thread that runs tasks.
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let state = runtime.block_on(async move { tokio::spawn(async move { keyring.state() }).await });
            assert_eq!(state.expect("no panic"), KeyringState::Ready);
        }
        other => panic!("there is no step {other}"),
    }
    println!("DONE {step}");
}

/// What a session has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With {
    /// A bus and a keyring.
    Keyring,
    /// A bus that knows of no keyring.
    Bus,
    /// Not even a bus.
    Nothing,
}

/// A session: its programs end with it, its home is the caller's.
struct Session {
    home: PathBuf,
    address: Option<String>,
    programs: Vec<Child>,
}

impl Session {
    fn start(home: &Path, with: With) -> Self {
        let mut session = Self { home: home.to_owned(), address: None, programs: Vec::new() };
        for folder in ["", "data", "config", "cache", "runtime"] {
            let folder = home.join(folder);
            fs::create_dir_all(&folder).expect("a folder of the session");
            fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("one's own");
        }
        if with == With::Nothing {
            return session;
        }
        // No service of this machine may be started by name: the bus knows those alone that this test starts.
        let config = home.join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:tmpdir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            home.join("runtime").display()
        );
        fs::write(&config, text).expect("the bus's configuration");
        let mut bus = session.command("dbus-daemon");
        bus.arg("--nofork").arg("--print-address").arg(format!("--config-file={}", config.display()));
        let mut bus = bus.stdout(Stdio::piped()).spawn().expect("dbus-daemon comes with the package dbus");
        let mut line = String::new();
        BufReader::new(bus.stdout.take().expect("piped")).read_line(&mut line).expect("its address");
        session.address = Some(line.trim().to_owned());
        session.programs.push(bus);
        if with == With::Keyring {
            session.start_keyring();
        }
        session
    }

    /// Starts the keyring, unlocked as at a login.
    fn start_keyring(&mut self) {
        let mut daemon = self.command("gnome-keyring-daemon");
        daemon.args(["--foreground", "--unlock", "--components=secrets"]);
        daemon.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut daemon = daemon.spawn().expect("gnome-keyring-daemon comes with the package gnome-keyring");
        daemon.stdin.take().expect("piped").write_all(LOGIN.as_bytes()).expect("it reads its password");
        self.programs.push(daemon);
        let until = Instant::now() + Duration::from_secs(20);
        while self.locked() != Some(false) {
            assert!(Instant::now() < until, "the keyring was not ready within 20 s");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn bus(&self) -> zbus::blocking::Connection {
        let address = self.address.as_deref().expect("a bus");
        let builder = zbus::blocking::connection::Builder::address(address).expect("an address");
        builder.build().expect("the bus of the session")
    }

    /// Whether the login collection is locked, if it is there.
    fn locked(&self) -> Option<bool> {
        let bus = self.bus();
        let path = "/org/freedesktop/secrets/collection/login";
        let service = "org.freedesktop.secrets";
        let proxy =
            zbus::blocking::Proxy::new(&bus, service, path, "org.freedesktop.Secret.Collection").ok()?;
        proxy.get_property("Locked").ok()
    }

    fn lock(&self) {
        let bus = self.bus();
        let path = zbus::zvariant::ObjectPath::try_from("/org/freedesktop/secrets/collection/login")
            .expect("a path");
        let service = "org.freedesktop.secrets";
        bus.call_method(
            Some(service),
            "/org/freedesktop/secrets",
            Some("org.freedesktop.Secret.Service"),
            "Lock",
            &(vec![path],),
        )
        .expect("the keyring can be locked");
        assert_eq!(self.locked(), Some(true));
    }

    /// Unlocks it from outside, as the login screen does.
    fn unlock(&self) {
        use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
        let (bus, service, path) = (self.bus(), "org.freedesktop.secrets", "/org/freedesktop/secrets");
        let session = bus.call_method(
            Some(service),
            path,
            Some("org.freedesktop.Secret.Service"),
            "OpenSession",
            &("plain", Value::from("")),
        );
        let session = session.expect("a session with the keyring");
        let (_, session): (OwnedValue, OwnedObjectPath) = session.body().deserialize().expect("its answer");
        let collection = ObjectPath::try_from("/org/freedesktop/secrets/collection/login").expect("a path");
        bus.call_method(
            Some(service),
            path,
            Some("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"),
            "UnlockWithMasterPassword",
            &(collection, (session, Vec::<u8>::new(), LOGIN.as_bytes(), "text/plain")),
        )
        .expect("the keyring takes its password");
        assert_eq!(self.locked(), Some(false));
    }

    /// A program within the session, with nothing of this test's environment but the path.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let below = |folder: &str| self.home.join(folder);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", &self.home).env("XDG_RUNTIME_DIR", below("runtime"));
        command.env("XDG_DATA_HOME", below("data")).env("XDG_CONFIG_HOME", below("config"));
        command.env("XDG_CACHE_HOME", below("cache")).env("LANG", "C.UTF-8");
        command.envs(self.address.as_ref().map(|address| ("DBUS_SESSION_BUS_ADDRESS", address)));
        command.current_dir(&self.home).stdin(Stdio::null());
        command
    }

    /// Does a step in a process of its own.
    fn step(&self, step: &str) {
        let program = std::env::current_exe().expect("this test");
        let mut command = self.command(program);
        command.args(["--exact", "within", "--nocapture"]).env(STEP, step);
        let output = command.output().expect("this test starts itself");
        let told = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        let told = String::from_utf8_lossy(&told);
        assert!(output.status.success() && told.contains(&format!("DONE {step}")), "{step}: {told}");
        assert!(!told.contains(CANARY), "a secret was printed: {told}");
    }

    /// What another program finds in the keyring under a name of ours.
    fn looked_up(&self, name: &str) -> String {
        let mut tool = self.command("secret-tool");
        tool.args(["lookup", "service", "org.backtrail.Backtrail", "username", name]);
        let found = tool.output().expect("secret-tool comes with the package libsecret-tools");
        String::from_utf8_lossy(&found.stdout).into_owned()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for program in self.programs.iter_mut().rev() {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

/// A short name, since sockets lie below it.
fn home() -> TempDir {
    tempfile::Builder::new().prefix("btk").tempdir_in("/tmp").expect("a temporary folder")
}

/// Every file below that has the canary in it.
fn files_with_canary(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let kind = fs::symlink_metadata(&path).expect("it is there").file_type();
        if kind.is_dir() {
            found.extend(files_with_canary(&path));
        } else if kind.is_file() {
            let mut bytes = Vec::new();
            fs::File::open(&path).expect("readable").read_to_end(&mut bytes).expect("readable");
            if bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_passphrase_is_found_again_after_a_restart_and_never_plain_on_disk() {
    let home = home();
    let session = Session::start(home.path(), With::Keyring);
    session.step("keep");
    session.step("find");
    assert_eq!(
        session.looked_up("passphrase of kf3n-home"),
        CANARY,
        "it is in the keyring, under a name to find it by"
    );
    session.step("ask from a task");
    drop(session);

    assert_eq!(files_with_canary(home.path()), Vec::<PathBuf>::new(), "files hold it only sealed");
    fs::write(home.path().join("control"), format!("…{CANARY}…")).expect("a file");
    assert_eq!(files_with_canary(home.path()).len(), 1, "the search finds what there is");
    let keys = home.path().join("backtrail/data/keys");
    let secret = fs::read_dir(&keys).expect("the key folder").flatten().map(|entry| entry.path());
    let secret: Vec<PathBuf> =
        secret.filter(|path| path.to_string_lossy().ends_with(".secret.asc")).collect();
    assert_eq!(secret.len(), 1, "the key that was made");
    for (path, mode) in
        [(&secret[0], 0o600), (&keys, 0o700), (&home.path().join("backtrail/data/vault"), 0o600)]
    {
        let found = fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(found, mode, "{} is for its owner alone", path.display());
    }

    let session = Session::start(home.path(), With::Keyring);
    session.step("find");
    session.step("forget");
    assert_eq!(session.looked_up("passphrase of kf3n-home"), "", "it is gone from the keyring as well");
}

#[test]
fn a_locked_keyring_is_not_one_without_the_passphrase() {
    let home = home();
    let session = Session::start(home.path(), With::Keyring);
    session.step("keep");
    session.lock();
    session.step("find it locked");
    session.step("unlock without a display");
    assert_eq!(session.locked(), Some(true), "asking for what is locked must not have unlocked it");
    session.unlock();
    session.step("find");
}

#[test]
fn without_a_keyring_the_answer_comes_at_once_and_nothing_is_written() {
    for with in [With::Nothing, With::Bus] {
        let home = home();
        let session = Session::start(home.path(), with);
        session.step("have none");
        session.step("have none any more");
        drop(session);
        assert_eq!(files_with_canary(home.path()), Vec::<PathBuf>::new(), "memory is not a file");
    }
}
