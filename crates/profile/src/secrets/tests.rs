//! Passphrases and the vault with a keyring in memory, which is locked, taken away and started anew.

use super::*;
use backtrail_base::Coded as _;

const CANARY: &str = "canary-teapot-orbit";

struct Room {
    folder: tempfile::TempDir,
    keyring: Arc<MemoryKeyring>,
}

impl Room {
    fn new(state: KeyringState) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, keyring: Arc::new(MemoryKeyring::new(state)) }
    }

    /// The secrets as a program finds them that has just been started.
    fn started(&self) -> Secrets {
        Secrets::new(&Folders::below(self.folder.path()), Arc::clone(&self.keyring) as Arc<dyn Keyring>)
    }

    fn vault_file(&self) -> std::path::PathBuf {
        self.folder.path().join("data/vault")
    }
}

fn id(text: &str) -> ProfileId {
    text.parse().expect("an id")
}

fn canary() -> Sensitive<String> {
    CANARY.into()
}

#[test]
fn a_passphrase_is_found_again_in_memory_and_after_a_restart() {
    let room = Room::new(KeyringState::Ready);
    let secrets = room.started();
    assert!(matches!(secrets.passphrase(&id("p1")), Err(Error::Missing { .. })), "nothing was kept yet");
    assert_eq!(secrets.keep_passphrase(&id("p1"), &canary()).expect("kept"), Kept::InKeyring);
    assert_eq!(room.started().passphrase(&id("p1")).expect("in the keyring"), canary());
    assert!(
        matches!(room.started().passphrase(&id("p2")), Err(Error::Missing { .. })),
        "each profile has its own"
    );

    // A backup that runs when the screen is locked goes on with what was used before.
    room.keyring.set_state(KeyringState::Locked);
    assert_eq!(secrets.passphrase(&id("p1")).expect("in memory"), canary());
    assert!(matches!(room.started().passphrase(&id("p1")), Err(Error::Locked)), "locked is not missing");
    room.keyring.set_state(KeyringState::Ready);
    secrets.forget(&id("p1")).expect("forgotten");
    assert!(matches!(secrets.passphrase(&id("p1")), Err(Error::Missing { .. })));
    assert_eq!(room.keyring.names(), Vec::<String>::new(), "nothing stays in the keyring");
}

#[test]
fn without_a_keyring_a_passphrase_lives_until_the_program_ends() {
    let room = Room::new(KeyringState::Absent);
    let secrets = room.started();
    let shared = secrets.clone();
    assert!(matches!(secrets.passphrase(&id("p1")), Err(Error::Absent { .. })));
    assert_eq!(secrets.keep_passphrase(&id("p1"), &canary()).expect("kept"), Kept::UntilQuit);
    assert_eq!(shared.passphrase(&id("p1")).expect("in memory"), canary(), "clones share the memory");
    assert!(
        matches!(room.started().passphrase(&id("p1")), Err(Error::Absent { .. })),
        "a restart asks again"
    );
    secrets.forget(&id("p1")).expect("there is no keyring to forget it in");
    assert!(matches!(secrets.vault().set("token", &canary()), Err(Error::Absent { .. })));
    assert!(!room.vault_file().exists(), "a vault whose key nobody keeps is not made");
}

#[test]
fn a_locked_keyring_keeps_nothing_and_says_so() {
    let room = Room::new(KeyringState::Locked);
    let secrets = room.started();
    let answer = secrets.keep_passphrase(&id("p1"), &canary());
    assert!(matches!(answer, Err(Error::Locked)), "{answer:?}");
    assert_eq!(
        secrets.passphrase(&id("p1")).expect("in memory"),
        canary(),
        "the backup can run all the same"
    );
    assert!(matches!(secrets.forget(&id("p1")), Err(Error::Locked)));
}

#[test]
fn the_vault_keeps_tokens_and_gives_them_back() {
    let room = Room::new(KeyringState::Ready);
    let vault = room.started().vault();
    assert_eq!(vault.names().expect("an empty vault"), Vec::<String>::new());
    assert!(!room.vault_file().exists(), "looking makes nothing");
    let long = Sensitive::new("x".repeat(9000));
    vault.set("s3 key", &canary()).expect("kept");
    vault.set("ssh key", &long).expect("longer than some keyrings hold");
    vault.set("s3 key", &"another".into()).expect("in its place");
    let again = room.started().vault();
    assert_eq!(again.names().expect("opens"), ["s3 key", "ssh key"]);
    assert_eq!(again.get("s3 key").expect("opens"), Some("another".into()));
    assert_eq!(again.get("ssh key").expect("opens"), Some(long));
    assert_eq!(again.get("other").expect("opens"), None);
    again.remove("ssh key").expect("removed");
    again.remove("ssh key").expect("removed already");
    assert_eq!(room.started().vault().names().expect("opens"), ["s3 key"]);

    let bytes = fs::read(room.vault_file()).expect("the file");
    assert!(!bytes.windows(7).any(|window| window == b"another"), "nothing is plain in it");
    assert!(!bytes.windows(6).any(|window| window == b"s3 key"), "not even the names");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&room.vault_file()), mode(&room.folder.path().join("data"))), (0o600, 0o700));
    }
}

#[test]
fn each_thing_that_is_wrong_with_a_vault_is_told_apart() {
    let room = Room::new(KeyringState::Ready);
    let vault = room.started().vault();
    vault.set("token", &canary()).expect("kept");
    let older = fs::read(room.vault_file()).expect("the first file");
    vault.set("token", &"newer".into()).expect("kept");
    let whole = fs::read(room.vault_file()).expect("the second file");
    let put = |bytes: &[u8]| fs::write(room.vault_file(), bytes).expect("a file");
    let problem = || vault.get("token").expect_err("it must not open");

    for cut in 0..whole.len() {
        put(&whole[..cut]);
        let error = problem();
        assert!(matches!(error, Error::VaultDamaged { .. }), "cut to {cut} bytes: {error:?}");
    }
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x11;
        put(&damaged);
        let error = problem();
        let told =
            matches!(error, Error::VaultDamaged { .. } | Error::VaultKey { .. } | Error::VaultNewer { .. });
        assert!(told, "byte {at} changed: {error:?}");
        assert!(!format!("{error} {error:?}").contains("newer-"), "an error tells no secret");
    }
    put(&older);
    assert!(matches!(problem(), Error::VaultOlder { found: 1, expected: 2, .. }), "{:?}", problem());
    assert!(vault.set("token", &canary()).is_err(), "nothing is written over a vault that does not open");
    assert_eq!(fs::read(room.vault_file()).expect("it is there"), older);
    fs::remove_file(room.vault_file()).expect("removed");
    assert!(matches!(problem(), Error::VaultGone { .. }), "{:?}", problem());

    put(&whole);
    assert_eq!(vault.get("token").expect("it is whole again"), Some("newer".into()));
    let other = Room::new(KeyringState::Ready);
    other.started().vault().set("token", &canary()).expect("kept");
    fs::copy(room.vault_file(), other.vault_file()).expect("copied");
    let error = other.started().vault().get("token").expect_err("it is another vault");
    assert!(matches!(error, Error::VaultKey { .. }), "{error:?}");
    assert!(error.next_step().is_some(), "there is a way on");
}

#[test]
fn a_crash_between_file_and_keyring_loses_nothing() {
    let room = Room::new(KeyringState::Ready);
    let vault = room.started().vault();
    vault.set("token", &canary()).expect("kept");
    let before = room.keyring.get("key of the vault").expect("open").expect("kept");
    vault.set("token", &"newer".into()).expect("kept");
    // The file was renamed, and the power went before the keyring knew.
    room.keyring.set("key of the vault", &before).expect("open");
    assert_eq!(vault.get("token").expect("it opens"), Some("newer".into()));
    vault.set("token", &"newest".into()).expect("kept");
    assert_eq!(vault.get("token").expect("it opens"), Some("newest".into()));
}

#[test]
fn a_vault_that_is_lost_can_be_begun_anew() {
    let room = Room::new(KeyringState::Ready);
    let vault = room.started().vault();
    vault.set("token", &canary()).expect("kept");
    fs::write(room.vault_file(), "broken").expect("a file");
    assert!(vault.get("token").is_err());
    let aside = vault.begin_anew(Timestamp(17)).expect("begun anew").expect("the old one is kept");
    assert_eq!(fs::read_to_string(aside).expect("it is there"), "broken", "nothing is thrown away");
    vault.set("token", &canary()).expect("kept");
    assert_eq!(vault.get("token").expect("it opens"), Some(canary()));
}

#[test]
fn two_writers_do_not_lose_each_others_secrets() {
    let room = Room::new(KeyringState::Ready);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let vault = room.started().vault();
            scope.spawn(move || {
                for number in 0..5 {
                    vault.set(&format!("{writer}.{number}"), &canary()).expect("kept");
                }
            });
        }
    });
    assert_eq!(room.started().vault().names().expect("it opens").len(), 20, "every one is in it");
}

#[test]
fn a_key_is_made_under_its_passphrase_for_its_owner_alone() {
    let room = Room::new(KeyringState::Ready);
    let secrets = room.started();
    let clock = backtrail_base::FixedClock::at(Timestamp(1_763_800_000));
    let key = secrets.make_key("Home of laptop", Some(&canary()), None, &clock).expect("made");
    let kept = secrets.keys().list().expect("the folder");
    assert_eq!(kept, std::slice::from_ref(&key));
    let info = kept[0].info();
    assert_eq!(info.algorithm, "ed25519");
    assert_eq!(info.secret, backtrail_pgp::SecretState::Protected, "never open where a passphrase was given");
    assert!(info.expires.is_none() && info.can.encrypt && info.can.sign);
    assert!(info.created < Timestamp(1_763_800_000), "a slow clock elsewhere accepts it");
    kept[0].test_passphrase(Some(&canary())).expect("it is the one that was given");
    assert!(kept[0].test_passphrase(Some(&"other".into())).is_err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        let folder = room.folder.path().join("data/keys");
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join(format!("{}.secret.asc", key.fingerprint()))), 0o600);
    }
}

#[test]
fn nothing_secret_prints() {
    let room = Room::new(KeyringState::Ready);
    let secrets = room.started();
    secrets.keep_passphrase(&id("p1"), &canary()).expect("kept");
    secrets.vault().set("token", &canary()).expect("kept");
    let printed = format!("{secrets:?} {:?} {:?}", secrets.vault(), room.keyring);
    assert!(!printed.contains(CANARY), "{printed}");
}
