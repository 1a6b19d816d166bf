//! What is sealed here is read by gpg, and by ourselves.

use crate::support::*;
use backtrail_base::{Clock as _, SystemClock};
use backtrail_pgp::{Compression, Error, Key, NewKey, Purpose, Recipient, SealPolicy, Sealer, Signer};
use backtrail_pgp::{SignatureState, Warning};
use std::io::{self, Write};

/// A key made here.
fn made(passphrase: Option<&str>) -> Key {
    Key::make(&NewKey {
        user_id: "Made Here <made@example.org>".to_owned(),
        passphrase: passphrase.and_then(secret),
        created: SystemClock.now().plus(-60),
        expires: None,
    })
    .unwrap()
}

#[test]
fn gpg_reads_messages_for_a_passphrase() {
    let home = Home::with(&[]);
    for policy in [symmetric("päss wörd"), uncompressed(symmetric("päss wörd"))] {
        let sealer = Sealer::new(&policy).unwrap();
        let opener = opener(Some("päss wörd"), only([]));
        for data in samples() {
            let message = seal_with(&sealer, &data);
            let length = data.len();
            assert!(home.decrypt("päss wörd", &message).stdout == data, "gpg reads {length} bytes");
            assert!(open(&opener, &message).unwrap().0 == data, "we read {length} bytes");
        }
    }
}

#[test]
fn gpg_reads_a_large_message_in_every_mode() {
    let home = Home::with(&["curve"]);
    let data = [text(12 << 20), noise(8 << 20)].concat();
    let everything =
        signed(SealPolicy { passphrase: secret(FIXTURE), ..to(&[fixture("curve")]) }, fixture("curve"));
    for policy in [symmetric(FIXTURE), uncompressed(to(&[fixture("curve")])), everything] {
        let message = seal(&policy, &data);
        assert!(home.decrypt(FIXTURE, &message).stdout == data);
        assert!(open(&opener(Some(FIXTURE), only([fixture("curve")])), &message).unwrap().0 == data);
    }
}

#[test]
fn every_kind_of_key_receives_and_signs() {
    let names = ["rsa", "curve", "open", "sha1"];
    let home = Home::with(&names);
    let data = text(300_000);
    for name in names {
        let message = seal(&signed(to(&[public(name)]), fixture(name)), &data);
        let called = home.decrypt(FIXTURE, &message);
        assert!(called.stdout == data, "{name}");
        assert!(called.stderr.contains("Good signature"), "{name}: {}", called.stderr);
        let (content, signature) = open(&opener(Some(FIXTURE), only([fixture(name)])), &message).unwrap();
        assert!(content == data, "{name}");
        let SignatureState::Good { fingerprint, .. } = signature else { panic!("{name}: {signature:?}") };
        assert_eq!(fingerprint, fixture(name).fingerprint());
    }
}

#[test]
fn a_key_made_here_works_in_gpg() {
    for passphrase in [None, Some(FIXTURE)] {
        let key = made(passphrase);
        let home = Home::with(&[]);
        home.import(key.export_secret().unwrap().reveal());
        let data = noise(100_000);
        let message = seal(&signed(to(std::slice::from_ref(&key)), key.clone()), &data);
        let called = home.decrypt(FIXTURE, &message);
        assert!(called.stdout == data);
        assert!(called.stderr.contains("Good signature"), "{}", called.stderr);
        let theirs = home.encrypt(FIXTURE, &["-r", "made@example.org", "--sign", "--encrypt"], &data);
        let (content, signature) = open(&opener(Some(FIXTURE), only([key])), &theirs).unwrap();
        assert!(content == data);
        assert!(signature.is_good(), "{signature:?}");
    }
}

#[test]
fn several_and_hidden_recipients_each_open_it() {
    let data = text(10_000);
    let mut policy = to(&[public("rsa"), public("curve")]);
    policy.recipients.push(Recipient { key: public("open"), hidden: true });
    policy.passphrase = secret("and a passphrase");
    let message = seal(&policy, &data);
    for name in ["rsa", "curve", "open"] {
        let home = Home::with(&[name]);
        assert!(home.decrypt(FIXTURE, &message).stdout == data, "gpg with {name} only");
        let ours = open(&opener(Some(FIXTURE), only([fixture(name)])), &message).unwrap();
        assert!(ours.0 == data, "we with {name} only");
    }
    assert!(Home::with(&[]).decrypt("and a passphrase", &message).stdout == data);
    assert!(open(&opener(Some("and a passphrase"), only([])), &message).unwrap().0 == data);

    let packets = Home::with(&[]).gpg(&["--list-packets"], &[b"x\n", message.as_slice()].concat()).stderr;
    let listed = Home::with(&[]).gpg(&["--list-packets", "-v"], &[b"x\n", message.as_slice()].concat());
    let listed = format!("{packets}{}{}", listed.stderr, String::from_utf8_lossy(&listed.stdout));
    assert!(listed.contains("keyid 0000000000000000"), "a hidden recipient has no key id: {listed}");
}

#[test]
fn a_passphrase_and_a_signature_go_together() {
    let home = Home::with(&["curve"]);
    let data = text(1000);
    let message = seal(&signed(symmetric(FIXTURE), fixture("curve")), &data);
    let called = home.decrypt(FIXTURE, &message);
    assert!(called.stdout == data);
    assert!(called.stderr.contains("Good signature"), "{}", called.stderr);
}

#[test]
fn messages_of_a_run_share_the_stretched_passphrase_and_nothing_else() {
    let home = Home::with(&[]);
    let sealer = Sealer::new(&symmetric("shared")).unwrap();
    let list = |message: &[u8]| {
        let called = home.gpg(&["--list-packets", "--show-session-key"], &[b"shared\n", message].concat());
        format!("{}\n{}", String::from_utf8_lossy(&called.stdout), called.stderr)
    };
    let one = list(&seal_with(&sealer, b"the same content"));
    let other = list(&seal_with(&sealer, b"the same content"));
    let field = |text: &str, name: &str| -> String {
        let line =
            text.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name} in {text}"));
        line.trim().to_owned()
    };
    assert_eq!(field(&one, "salt"), field(&other, "salt"), "one stretching serves the run");
    assert!(field(&one, "salt").contains("65011712"), "the most rounds there are: {one}");
    assert!(
        field(&one, "symkey enc packet").contains("cipher 9, aead 0,s2k 3, hash 8"),
        "AES-256, SHA-256: {one}"
    );
    assert_ne!(field(&one, "session key:"), field(&other, "session key:"), "each message has its own key");
    let fresh = list(&seal(&symmetric("shared"), b"the same content"));
    assert_ne!(field(&one, "salt"), field(&fresh, "salt"), "another run has another salt");
}

#[test]
fn unusable_recipients_are_refused_with_the_reason() {
    for (name, reason) in [("expired", "expired"), ("revoked", "revoked")] {
        match Sealer::new(&to(&[public(name)])) {
            Err(Error::KeyUnusable { reason: said, .. }) => {
                assert!(said.contains(reason), "{name}: the reason is named, not \"{said}\"");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(matches!(Sealer::new(&SealPolicy::default()), Err(Error::Invalid { .. })), "for nobody");
    assert!(matches!(Sealer::new(&symmetric("")), Err(Error::Invalid { .. })), "an empty passphrase");
    let wrong = Signer { key: fixture("curve"), passphrase: secret("wrong") };
    let policy = SealPolicy { signer: Some(wrong), ..symmetric("x") };
    assert!(matches!(Sealer::new(&policy), Err(Error::WrongPassphrase { .. })));
    let none = Signer { key: fixture("curve"), passphrase: None };
    let policy = SealPolicy { signer: Some(none), ..symmetric("x") };
    assert!(matches!(Sealer::new(&policy), Err(Error::PassphraseNeeded { .. })));
    let policy =
        SealPolicy { signer: Some(Signer { key: public("curve"), passphrase: None }), ..symmetric("x") };
    assert!(matches!(Sealer::new(&policy), Err(Error::NoSecretKey { .. })));
}

#[test]
fn weak_keys_are_named() {
    let sealer = Sealer::new(&to(&[public("sha1")])).unwrap();
    assert!(
        matches!(sealer.warnings(), [Warning::WeakKey { reason, .. }] if reason.contains("SHA-1")),
        "{:?}",
        sealer.warnings()
    );
    assert!(Sealer::new(&to(&[public("curve")])).unwrap().warnings().is_empty());
    assert!(public("curve").usable_for(Purpose::Sign).is_err(), "a public key cannot sign");
}

/// Fails after some bytes, like a full disk.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.0 < data.len() {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is full"));
        }
        self.0 -= data.len();
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_writing_meets_comes_back() {
    let data = noise(1 << 20);
    for compression in [Compression::None, Compression::default()] {
        let sealer = Sealer::new(&SealPolicy { compression, ..symmetric("x") }).unwrap();
        for room in [0, 200, 100_000, 900_000] {
            let error = match sealer.seal(Full(room)) {
                Err(error) => error,
                Ok(mut writer) => match (0..4).try_for_each(|_| writer.write_all(&data)) {
                    Err(error) => error.into(),
                    Ok(()) => writer.finish().err().expect("there is no room for it"),
                },
            };
            let Error::Io(error) = error else { panic!("{error:?}") };
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "room for {room}: {error}");
        }
    }
}

#[test]
fn a_message_that_is_given_up_neither_hangs_nor_passes_for_whole() {
    let sealer = Sealer::new(&symmetric("x")).unwrap();
    for written in [0, 1, 3 << 20] {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = sealer.seal(file.reopen().unwrap()).unwrap();
        writer.write_all(&text(written)).unwrap();
        drop(writer);
        // The next message is made by the same threads.
        assert!(open(&opener(Some("x"), only([])), &seal_with(&sealer, b"next")).unwrap().0 == b"next");
        let left = backtrail_base::fs::read(file.path()).unwrap();
        assert!(
            open(&opener(Some("x"), only([])), &left).is_err(),
            "{written} bytes were written, then given up"
        );
    }
}

#[test]
fn one_sealer_serves_many_threads() {
    let sealer = Sealer::new(&symmetric("x")).unwrap();
    let opener = opener(Some("x"), only([]));
    std::thread::scope(|scope| {
        for number in 0..6 {
            let (sealer, opener) = (sealer.clone(), opener.clone());
            scope.spawn(move || {
                let data = [text(600_000 + number), noise(300_000)].concat();
                assert!(open(&opener, &seal_with(&sealer, &data)).unwrap().0 == data);
            });
        }
    });
}
