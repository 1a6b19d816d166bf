//! Keys made, imported, exported, found and changed, and the folder they are kept in.

use crate::support::*;
use backtrail_base::{Clock as _, SystemClock, Timestamp, fs};
use backtrail_pgp::{Error, Key, KeyStore, NewKey, Purpose, SecretState, key};

const YEAR: i64 = 365 * 86400;

fn make(user_id: &str, passphrase: Option<&str>, expires: Option<Timestamp>) -> Key {
    let created = SystemClock.now().plus(-3600);
    Key::make(&NewKey {
        user_id: user_id.to_owned(),
        passphrase: passphrase.and_then(secret),
        created,
        expires,
    })
    .unwrap()
}

#[test]
fn a_new_key_is_what_it_should_be() {
    let key = make("New Key <new@example.org>", Some("pass"), None);
    let info = key.info();
    assert_eq!(info.user_ids, ["New Key <new@example.org>"]);
    assert_eq!((info.expires, info.expired, info.revoked), (None, false, false), "it never expires");
    assert!(info.can.encrypt && info.can.sign && info.can.certify, "{:?}", info.can);
    assert_eq!(info.secret, SecretState::Protected);
    assert_eq!(info.algorithm, "ed25519");
    assert_eq!(info.weak, None);
    key.test_passphrase(secret("pass").as_ref()).unwrap();
    assert!(matches!(key.test_passphrase(secret("no").as_ref()), Err(Error::WrongPassphrase { .. })));
    assert!(matches!(key.test_passphrase(None), Err(Error::PassphraseNeeded { .. })));
    let open = make("Open", None, None);
    assert_eq!(open.info().secret, SecretState::Open);
    open.test_passphrase(None).unwrap();
    for bad in ["", "  ", "two\nlines"] {
        let new = NewKey { user_id: bad.to_owned(), passphrase: None, created: Timestamp(1), expires: None };
        assert!(matches!(Key::make(&new), Err(Error::Invalid { .. })), "{bad:?}");
    }
}

#[test]
fn gpg_sees_a_key_made_here_as_we_do() {
    let until = SystemClock.now().plus(2 * YEAR);
    let key = make("Both <both@example.org>", Some(FIXTURE), Some(until));
    let home = Home::with(&[]);
    home.import(&key.export_public().unwrap());
    let list = |what| String::from_utf8(home.gpg(&["--with-colons", what], b"\n").stdout).unwrap();
    assert!(
        list("--list-keys").contains(&format!("::::::{}:", key.fingerprint())),
        "{}",
        list("--list-keys")
    );
    assert_eq!(list("--list-secret-keys"), "", "the public part has nothing secret in it");
    home.import(key.export_secret().unwrap().reveal());
    let listed = list("--list-secret-keys");
    assert!(listed.contains(&until.0.to_string()), "gpg sees the expiry: {listed}");
    let sec = listed.lines().find(|line| line.starts_with("sec")).unwrap().split(':').nth(11).unwrap();
    assert!(["E", "S", "C"].iter().all(|can| sec.contains(can)), "gpg can use it for all: {sec}");
    let stranger = key::import(&key.export_public().unwrap()).unwrap().keys.remove(0);
    assert!(matches!(stranger.export_secret(), Err(Error::NoSecretKey { .. })));
}

#[test]
fn a_changed_key_is_one_that_gpg_takes() {
    let key = make("Changing <changing@example.org>", Some("one"), Some(SystemClock.now().plus(YEAR)));
    let one = secret("one");
    let changed = key.change_passphrase(one.as_ref(), secret(FIXTURE).as_ref()).unwrap();
    changed.test_passphrase(secret(FIXTURE).as_ref()).unwrap();
    assert!(matches!(changed.test_passphrase(one.as_ref()), Err(Error::WrongPassphrase { .. })));
    assert!(matches!(key.change_passphrase(secret("no").as_ref(), None), Err(Error::WrongPassphrase { .. })));
    assert_eq!(key.change_passphrase(one.as_ref(), None).unwrap().info().secret, SecretState::Open);

    let for_ever = changed.change_expiry(None, secret(FIXTURE).as_ref()).unwrap();
    assert_eq!(for_ever.info().expires, None);
    let later = SystemClock.now().plus(3 * YEAR);
    let longer = changed.change_expiry(Some(later), secret(FIXTURE).as_ref()).unwrap();
    assert_eq!(longer.info().expires, Some(later));

    let home = Home::with(&[]);
    home.import(for_ever.export_secret().unwrap().reveal());
    let message = home.encrypt(FIXTURE, &["-r", "changing@example.org", "--sign", "--encrypt"], b"content");
    assert!(open(&opener(Some(FIXTURE), only([for_ever.clone()])), &message).unwrap().1.is_good());
    home.import(&for_ever.revocation(secret(FIXTURE).as_ref()).unwrap());
    let listed = String::from_utf8(home.gpg(&["--with-colons", "--list-keys"], b"\n").stdout).unwrap();
    assert!(listed.contains("pub:r:"), "gpg takes the revocation: {listed}");
    let file = [for_ever.export_public().unwrap(), home.gpg(&["--export"], b"\n").stdout].concat();
    assert!(!file.is_empty());
}

#[test]
fn a_renewed_key_of_gpg_is_usable_again() {
    let expired = fixture("expired");
    assert!(expired.info().expired);
    let renewed = expired.change_expiry(None, secret(FIXTURE).as_ref()).unwrap();
    let info = renewed.info();
    assert!(!info.expired && info.can.encrypt && info.can.sign, "{info:?}");
    let home = Home::with(&[]);
    home.import(renewed.export_secret().unwrap().reveal());
    let message = seal(&signed(to(std::slice::from_ref(&renewed)), renewed), b"content");
    assert_eq!(home.decrypt(FIXTURE, &message).stdout, b"content");
}

#[test]
fn keys_of_gpg_are_imported_in_every_form() {
    let names = ["rsa", "curve", "open", "elgamal", "weak", "sha1", "expired", "revoked"];
    let home = Home::with(&["rsa", "curve"]);
    let binary = home.gpg(&["--export"], b"\n").stdout;
    assert_eq!(key::import(&binary).unwrap().keys.len(), 2, "many keys in one binary file");
    let armoured = home.gpg(&["--armor", "--export"], b"\n").stdout;
    assert_eq!(key::import(&armoured).unwrap().keys.len(), 2, "many keys in one armoured block");
    let joined: Vec<u8> = names.iter().flat_map(|name| key_file(name)).collect();
    let imported = key::import(&joined).unwrap();
    assert_eq!(imported.keys.len(), names.len(), "many armoured blocks in one file: {:?}", imported.skipped);
    let both = [key_file("rsa"), public("rsa").export_public().unwrap()].concat();
    let keys = key::import(&both).unwrap().keys;
    assert!(keys.len() == 1 && keys[0].has_secret(), "both parts of a key are one key");
    for name in names {
        let info = fixture(name).info();
        let expected = if name == "open" { SecretState::Open } else { SecretState::Protected };
        assert_eq!(info.secret, expected, "{name}");
        assert_eq!(info.revoked, name == "revoked", "{name}");
        assert_eq!(info.expired, name == "expired", "{name}");
        assert_eq!(info.weak.is_some(), ["weak", "sha1"].contains(&name), "{name}: {:?}", info.weak);
        assert_eq!(info.created, Timestamp(1_577_934_245), "{name}: when gpg made it");
        assert_eq!(info.can.encrypt, !["expired", "revoked"].contains(&name), "{name}");
        if name != "elgamal" && name != "weak" {
            let passphrase = if name == "open" { None } else { secret(FIXTURE) };
            fixture(name).test_passphrase(passphrase.as_ref()).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
    assert!(matches!(key::import(b"no key"), Err(Error::Invalid { .. })));
}

#[test]
fn a_secret_keyring_file_serves_for_a_run() {
    let home = Home::with(&["curve"]);
    let data = text(1000);
    let message = home.encrypt("", &["-r", "curve@example.org", "--encrypt"], &data);
    let ring = home.path().join("secring.gpg");
    let called = home.gpg(&["--export-secret-keys"], format!("{FIXTURE}\n").as_bytes());
    fs::write(&ring, called.stdout).unwrap();
    let store = KeyStore::new(None, None).with_keyring(&ring).unwrap();
    assert!(open(&opener(Some(FIXTURE), store), &message).unwrap().0 == data);
}

#[test]
fn a_name_means_one_key() {
    let store = only(["rsa", "curve", "expired", "revoked", "open"].map(fixture));
    let rsa = fixture("rsa");
    let fingerprint = rsa.fingerprint();
    let spaced =
        fingerprint.as_bytes().chunks(4).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>();
    for name in [
        &fingerprint[32..],
        &fingerprint[24..],
        &fingerprint,
        &fingerprint.to_lowercase(),
        &format!("0x{}", &fingerprint[32..]),
        &spaced.join(" "),
        "rsa@example.org",
        "<rsa@example.org>",
        "=Rosa RSA <rsa@example.org>",
        "ROSA",
    ] {
        assert_eq!(find(&store, name, Purpose::Encrypt), rsa, "{name}");
    }
    for name in ["rsa@example.or", "<sa@example.org>", "=Rosa RSA", "DEADBEEF", "", "="] {
        let expect = name == "rsa@example.or";
        assert_eq!(store.find(name, Purpose::Encrypt).is_ok(), expect, "{name:?}: only a part may be a part");
    }
    match store.find("example.org", Purpose::Encrypt) {
        Err(Error::KeyAmbiguous { matches, .. }) => assert_eq!(matches.len(), 5),
        other => panic!("{other:?}"),
    }
    assert!(matches!(store.find("ella", Purpose::Encrypt), Err(Error::KeyUnusable { .. })));
    assert!(find(&store, "ella", Purpose::Decrypt).info().expired, "an expired key still opens");
}

#[test]
fn of_two_keys_with_one_name_the_usable_one_is_meant() {
    let old = Key::make(&NewKey {
        user_id: "Twin <twin@example.org>".to_owned(),
        passphrase: None,
        created: Timestamp(1_500_000_000),
        expires: Some(Timestamp(1_500_000_000 + YEAR)),
    })
    .unwrap();
    let new = make("Twin <twin@example.org>", None, None);
    let store = only([old, new.clone()]);
    assert_eq!(find(&store, "twin@example.org", Purpose::Encrypt), new);
    let twins = only([new, make("Twin <twin@example.org>", None, None)]);
    assert!(matches!(twins.find("twin", Purpose::Encrypt), Err(Error::KeyAmbiguous { .. })));
}

#[test]
fn the_folder_keeps_keys_privately() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/keys");
    let store = KeyStore::new(Some(path.clone()), None);
    assert!(store.list().unwrap().is_empty(), "a folder that is not there is an empty store");
    let key = make("Kept <kept@example.org>", Some("one"), None);
    store.add(&key).unwrap();
    store.add(&public("rsa")).unwrap();
    store.add(&fixture("curve")).unwrap();
    store.add(&public("curve")).unwrap();
    assert_eq!(store.list().unwrap().len(), 3);
    assert_eq!(
        find(&store, "curve", Purpose::Sign).info().secret,
        SecretState::Protected,
        "a secret is not lost"
    );
    assert_eq!(find(&store, "rsa", Purpose::Encrypt).info().secret, SecretState::None);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        for entry in fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        }
    }
    let public_file = fs::read_to_string(path.join(format!("{}.asc", key.fingerprint()))).unwrap();
    assert!(public_file.contains("BEGIN PGP PUBLIC KEY BLOCK") && !public_file.contains("PRIVATE"));

    let changed = key.change_passphrase(secret("one").as_ref(), secret("two").as_ref()).unwrap();
    store.add(&changed).unwrap();
    find(&store, "kept", Purpose::Sign).test_passphrase(secret("two").as_ref()).unwrap();

    fs::write(path.join("rubbish.asc"), "no key").unwrap();
    assert_eq!(store.list().unwrap().len(), 3, "a foreign file hides no key");
    assert!(store.remove(&key).unwrap());
    assert!(!store.remove(&key).unwrap());
    assert_eq!(store.list().unwrap().len(), 2);
    assert!(matches!(KeyStore::new(None, None).add(&key), Err(Error::Unsupported { .. })));
}
