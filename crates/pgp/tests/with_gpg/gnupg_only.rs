//! Keys that only GnuPG has, and algorithms that only it knows.

use crate::support::*;
use backtrail_pgp::{Error, Gnupg, KeyStore, OpenWith, Opener, Purpose, Sealer, Signer, Warning};

#[test]
fn keys_in_gnupg_are_found_and_described() {
    let home = Home::with(&["rsa", "expired"]);
    home.import(&public("curve").export_public().unwrap());
    let store = home.store();
    let keys = store.list().unwrap();
    assert_eq!(keys.len(), 3);
    let rsa = find(&store, "rosa", Purpose::Sign);
    assert_eq!(rsa.info().secret, backtrail_pgp::SecretState::InGnupg);
    let curve = find(&store, "curve@example.org", Purpose::Encrypt);
    assert_eq!(curve.info().secret, backtrail_pgp::SecretState::None);
    assert!(matches!(store.find("nobody", Purpose::Any), Err(Error::KeyNotFound { .. })));
    assert!(matches!(store.find("ella", Purpose::Encrypt), Err(Error::KeyUnusable { .. })));
}

#[test]
fn a_store_without_a_gpg_program_or_folder_still_works() {
    let missing = Gnupg { program: "/nonexistent/gpg".into(), home: Some("/tmp".into()), ..Gnupg::default() };
    assert!(KeyStore::new(None, Some(missing.clone())).list().unwrap().is_empty());
    assert!(matches!(missing.version(), Err(Error::GpgMissing { .. })));
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("none");
    let unused = Gnupg { home: Some(elsewhere.clone()), ..Gnupg::default() };
    assert!(KeyStore::new(None, Some(unused)).list().unwrap().is_empty());
    assert!(!elsewhere.exists(), "looking for keys makes no GnuPG folder");
    assert!(Gnupg::default().version().unwrap().starts_with("2."));
}

#[test]
fn a_secret_key_in_gnupg_opens_and_signs() {
    let home = Home::with(&["rsa", "curve", "open"]);
    let store = home.store();
    let data = text(3_000_000);
    for name in ["rsa", "curve", "open"] {
        let key = find(&store, &format!("{name}@example.org"), Purpose::Sign);
        assert!(!key.has_secret());
        let sealer = Sealer::new(&signed(to(std::slice::from_ref(&key)), key)).unwrap();
        assert!(sealer.warnings().is_empty(), "fetched once, it signs here: {:?}", sealer.warnings());
        let message = seal_with(&sealer, &data);
        assert!(home.decrypt(FIXTURE, &message).stderr.contains("Good signature"), "{name}");
        let (content, signature) = open(&opener(Some(FIXTURE), home.store()), &message).unwrap();
        assert!(content == data && signature.is_good(), "{name}");
        if name != "open" {
            let wrong = open(&opener(Some("wrong"), home.store()), &message);
            assert!(matches!(wrong, Err(Error::WrongPassphrase { .. })), "{name}: {wrong:?}");
            let none = open(&opener(None, home.store()), &message);
            assert!(matches!(none, Err(Error::PassphraseNeeded { .. })), "{name}: {none:?}");
        }
    }
}

#[test]
fn the_agent_serves_where_no_passphrase_is_given() {
    // A key without a passphrase stands for one that the agent has unlocked.
    let home = Home::with(&["open"]);
    let agent = Gnupg { use_agent: true, ..home.gnupg() };
    let store = KeyStore::new(None, Some(agent));
    let data = text(3_000_000);
    let key = find(&store, "open@example.org", Purpose::Sign);
    let mut policy = to(std::slice::from_ref(&key));
    policy.recipients[0].hidden = true;
    policy.signer = Some(Signer { key, passphrase: None });
    for policy in [policy.clone(), uncompressed(policy)] {
        let sealer = Sealer::new(&policy).unwrap();
        assert!(matches!(sealer.warnings(), [Warning::ThroughGpg { .. }]), "{:?}", sealer.warnings());
        let message = seal_with(&sealer, &data);
        assert!(home.decrypt("", &message).stderr.contains("Good signature"));
        let (content, signature) = open(&opener(None, store.clone()), &message).unwrap();
        assert!(content == data);
        assert!(signature.is_good(), "{signature:?}");
    }
}

#[test]
fn elgamal_and_dsa_go_through_gpg() {
    let home = Home::with(&["elgamal", "weak"]);
    let store = home.store();
    let data = text(2_000_000);
    for (name, weak) in [("elgamal", false), ("weak", true)] {
        let key = find(&store, &format!("{name}@example.org"), Purpose::Sign);
        let sealer = Sealer::new(&signed(to(std::slice::from_ref(&key)), key.clone())).unwrap();
        let named = sealer.warnings().iter().any(|warning| matches!(warning, Warning::WeakKey { .. }));
        assert_eq!(named, weak, "{name}: {:?}", sealer.warnings());
        assert!(sealer.warnings().iter().any(|w| matches!(w, Warning::ThroughGpg { .. })), "{name}");
        let message = seal_with(&sealer, &data);
        assert!(home.decrypt(FIXTURE, &message).stdout == data);
        let opener = opener(Some(FIXTURE), home.store());
        let (content, signature) = open(&opener, &message).unwrap();
        assert!(content == data, "{name}");
        assert!(signature.is_good(), "{name}: {signature:?}");
        let with = OpenWith {
            passphrase: secret(FIXTURE),
            keys: home.store(),
            expected_signer: Some(key.key_id()),
            ..OpenWith::default()
        };
        assert!(open(&Opener::new(with).unwrap(), &message).is_ok(), "{name}");
        let wrong = Sealer::new(&{
            let mut policy = to(std::slice::from_ref(&key));
            policy.signer = Some(Signer { key, passphrase: secret("wrong") });
            policy
        });
        assert!(matches!(wrong, Err(Error::WrongPassphrase { .. })), "{name}: {wrong:?}");
    }
    let native = Sealer::new(&to(&[public("elgamal")]));
    assert!(matches!(native, Err(Error::Unsupported { .. })), "without GnuPG: {native:?}");
}

#[test]
fn a_damaged_message_through_gpg_is_an_error() {
    let home = Home::with(&["elgamal"]);
    let message = home.encrypt(
        "pass",
        &["--cipher-algo", "TWOFISH", "--s2k-count", "65536", "--symmetric"],
        &noise(300_000),
    );
    let opener = opener(Some("pass"), home.store());
    assert!(open(&opener, &message).is_ok());
    for cut in [40, 1000, 100_000, message.len() - 1] {
        let result = open(&opener, &message[..cut]);
        assert!(result.is_err(), "cut after {cut}");
    }
    for place in [60, 5000, 200_000, message.len() - 10] {
        let mut damaged = message.clone();
        damaged[place] ^= 1;
        let result = open(&opener, &damaged);
        assert!(matches!(result, Err(Error::Damaged { .. } | Error::Gpg { .. })), "bit {place}: {result:?}");
    }
}
