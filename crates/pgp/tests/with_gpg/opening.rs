//! What gpg makes, in every form that backups were ever written in, is opened here.

use crate::support::*;
use backtrail_pgp::{Error, OpenWith, Opener, SignatureState, Warning};
use std::io::Read;

/// A message of gpg's with these options.
fn theirs(home: &Home, options: &[&str], data: &[u8]) -> Vec<u8> {
    home.encrypt("pass", &[options, &["--symmetric"]].concat(), data)
}

#[test]
fn every_compression_and_cipher_of_gpg_opens() {
    let home = Home::with(&[]);
    let opener = opener(Some("pass"), home.store());
    let data = [text(200_000), noise(1000)].concat();
    for compression in ["none", "zip", "zlib", "bzip2"] {
        let message = theirs(&home, &["--compress-algo", compression], &data);
        assert!(open(&opener, &message).unwrap().0 == data, "{compression}");
    }
    for cipher in ["AES", "AES192", "AES256", "TWOFISH", "CAMELLIA256", "CAST5", "3DES", "BLOWFISH"] {
        let message = theirs(&home, &["--cipher-algo", cipher, "--force-mdc"], &data);
        let (content, reader) = open_reader(&opener, &message).unwrap_or_else(|e| panic!("{cipher}: {e}"));
        assert!(content == data, "{cipher}");
        let old = reader.warnings().iter().any(|warning| matches!(warning, Warning::OldCipher { .. }));
        assert_eq!(old, ["CAST5", "3DES", "BLOWFISH"].contains(&cipher), "{cipher}: {:?}", reader.warnings());
    }
    for options in
        [&["--armor"][..], &["--s2k-mode", "1"], &["--s2k-mode", "0"], &["--s2k-digest-algo", "SHA512"]]
    {
        let message = theirs(&home, options, &data);
        assert!(open(&opener, &message).unwrap().0 == data, "{options:?}");
    }
}

#[test]
fn every_length_opens() {
    let home = Home::with(&[]);
    let opener = opener(Some("pass"), only([]));
    for data in samples() {
        let message = theirs(&home, &["--s2k-count", "65536"], &data);
        assert!(open(&opener, &message).unwrap().0 == data, "{} bytes", data.len());
    }
    let data = noise(20 << 20);
    assert!(open(&opener, &theirs(&home, &[], &data)).unwrap().0 == data, "20 MiB");
}

#[test]
fn messages_without_protection_open_through_gpg_with_a_warning() {
    let home = Home::with(&[]);
    let data = text(300_000);
    // What programs wrote before there was integrity protection, as far as gpg 2.2 still writes it.
    let options = ["--rfc2440", "--disable-mdc", "--cipher-algo", "3DES"];
    let message = theirs(&home, &options, &data);
    let listed = home.gpg(&["--list-packets"], &[b"pass\n", message.as_slice()].concat());
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("tag=9"), "this is a message without protection: {listed}");
    let (content, reader) = open_reader(&opener(Some("pass"), home.store()), &message).unwrap();
    assert!(content == data);
    assert!(reader.warnings().contains(&Warning::Unprotected), "{:?}", reader.warnings());

    let refuse = OpenWith {
        passphrase: secret("pass"),
        keys: home.store(),
        accept_unprotected: false,
        ..OpenWith::default()
    };
    assert!(matches!(open(&Opener::new(refuse).unwrap(), &message), Err(Error::Damaged { .. })));
    for cut in [30, 1000, message.len() / 2, message.len() - 1] {
        let result = open(&opener(Some("pass"), home.store()), &message[..cut]);
        assert!(result.is_err(), "cut after {cut} of {}", message.len());
    }
    let wrong = open(&opener(Some("wrong"), home.store()), &message);
    assert!(matches!(wrong, Err(Error::WrongPassphrase { .. })), "{wrong:?}");
    assert!(
        matches!(open(&opener(Some("pass"), only([])), &message), Err(Error::Unsupported { .. })),
        "without GnuPG it is said to be unsupported"
    );
}

#[test]
fn keys_of_gpg_open_what_gpg_encrypted_to_them() {
    let names = ["rsa", "curve", "open"];
    let home = Home::with(&names);
    let data = text(100_000);
    for name in names {
        let address = format!("{name}@example.org");
        for hidden in ["-r", "-R"] {
            let message =
                home.encrypt(FIXTURE, &[hidden, &address, "-u", &address, "--sign", "--encrypt"], &data);
            let (content, signature) = open(&opener(Some(FIXTURE), only([fixture(name)])), &message).unwrap();
            assert!(content == data, "{name} {hidden}");
            assert!(
                matches!(&signature, SignatureState::Good { fingerprint, user_id: Some(id), .. }
                    if *fingerprint == fixture(name).fingerprint() && id.contains(&address)),
                "{name}: {signature:?}"
            );
        }
    }
}

#[test]
fn what_does_not_open_says_why() {
    let home = Home::with(&["curve", "rsa"]);
    let data = text(5000);
    let message = theirs(&home, &[], &data);
    assert!(matches!(open(&opener(Some("wrong"), only([])), &message), Err(Error::WrongPassphrase { .. })));
    assert!(matches!(open(&opener(None, only([])), &message), Err(Error::PassphraseNeeded { .. })));
    let ours = seal(&symmetric("pass"), &data);
    assert!(matches!(open(&opener(Some("wrong"), only([])), &ours), Err(Error::WrongPassphrase { .. })));
    let message = home.encrypt("", &["-r", "curve@example.org", "--encrypt"], &data);
    match open(&opener(Some("pass"), only([fixture("rsa")])), &message) {
        Err(Error::NoSecretKey { ids }) => assert_eq!(ids.len(), 1, "the key id is named"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        open(&opener(None, only([fixture("curve")])), &message),
        Err(Error::PassphraseNeeded { .. })
    ));
    assert!(matches!(
        open(&opener(Some("wrong"), only([fixture("curve")])), &message),
        Err(Error::WrongPassphrase { .. })
    ));
    let mut plain = home.encrypt("", &["--store"], &data);
    assert!(
        matches!(open(&opener(Some("x"), only([])), &plain), Err(Error::Invalid { .. })),
        "not encrypted"
    );
    plain.clear();
    assert!(matches!(open(&opener(Some("x"), only([])), &plain), Err(Error::Invalid { .. })), "empty");
}

#[test]
fn the_expected_signer_must_have_signed() {
    let home = Home::with(&["curve", "rsa"]);
    let data = text(3_000_000);
    let expecting = |id: &str, keys: &[&str]| {
        let keys = only(keys.iter().map(|name| fixture(name)));
        let with = OpenWith {
            passphrase: secret(FIXTURE),
            keys,
            expected_signer: Some(id.to_owned()),
            ..OpenWith::default()
        };
        Opener::new(with).unwrap()
    };
    let id = fixture("curve").fingerprint();
    for length in [8, 16, 40] {
        let by_curve = seal(&signed(symmetric(FIXTURE), fixture("curve")), &data);
        let opener = expecting(&format!("0x{}", &id[40 - length..]), &["curve"]);
        assert!(open(&opener, &by_curve).unwrap().1.is_good(), "{length} digits of the signer");
    }
    let by_rsa = seal(&signed(symmetric(FIXTURE), fixture("rsa")), &data);
    assert!(matches!(open(&expecting(&id, &["curve", "rsa"]), &by_rsa), Err(Error::OtherSigner { .. })));
    assert!(
        matches!(open(&expecting(&id, &["curve"]), &by_rsa), Err(Error::OtherSigner { found, .. }) if found.contains("not here")),
        "a signer whose key is not here is another signer"
    );
    let unsigned = seal(&symmetric(FIXTURE), &data);
    assert!(matches!(open(&expecting(&id, &["curve"]), &unsigned), Err(Error::Unsigned { .. })));
    assert!(matches!(
        open(&opener(Some(FIXTURE), only([])), &by_rsa).unwrap().1,
        SignatureState::Unknown { .. }
    ));
    // The same through gpg, for a message that only it reads.
    let by_curve = home.encrypt(
        FIXTURE,
        &["--cipher-algo", "TWOFISH", "-u", "curve@example.org", "--sign", "--symmetric"],
        &data,
    );
    let with = |id: &str| {
        let with = OpenWith {
            passphrase: secret(FIXTURE),
            keys: home.store(),
            expected_signer: Some(id.to_owned()),
            ..OpenWith::default()
        };
        open(&Opener::new(with).unwrap(), &by_curve)
    };
    assert!(with(&id).unwrap().1.is_good());
    assert!(matches!(with(&fixture("rsa").fingerprint()), Err(Error::OtherSigner { .. })));
    let wrong = OpenWith { expected_signer: Some("nobody@example.org".to_owned()), ..OpenWith::default() };
    assert!(matches!(Opener::new(wrong), Err(Error::Invalid { .. })));
}

#[test]
fn after_the_end_and_after_an_error_nothing_changes() {
    let message = seal(&symmetric("x"), b"content");
    let mut reader = opener(Some("x"), only([])).open(std::io::Cursor::new(message)).unwrap();
    let mut data = Vec::new();
    reader.read_to_end(&mut data).unwrap();
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0);
    let mut long = seal(&symmetric("x"), &noise(5 << 20));
    let last = long.len() - 3;
    long[last] ^= 1;
    let mut reader = opener(Some("x"), only([])).open(std::io::Cursor::new(long)).unwrap();
    assert!(reader.read_to_end(&mut data).is_err());
    assert!(reader.read(&mut [0; 9]).is_err(), "a failed message never comes to a clean end");
}
