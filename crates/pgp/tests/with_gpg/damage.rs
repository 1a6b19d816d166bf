//! Damaged, cut and hostile messages: an error every time, never wrong data with a clean end, never a panic.

use crate::support::*;
use backtrail_pgp::{Error, Opener, SealPolicy, key};
use proptest::prelude::*;

/// Opening must not end well with other data than was sealed.
fn check(opener: &Opener, message: &[u8], data: &[u8], what: &str) {
    match open(opener, message) {
        Err(Error::Io(error)) => panic!("{what}: damage is not an I/O error: {error}"),
        Err(_) => {}
        Ok((content, _)) => assert!(content == data, "{what}: wrong data, and no error"),
    }
}

/// The messages to damage: made here and by gpg, small (held back whole) and large (given out as it goes).
fn messages() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let home = Home::with(&[]);
    let small = text(3000);
    let large = [text(500_000), noise(3 << 20)].concat();
    let sign = |policy: SealPolicy| signed(policy, fixture("open"));
    let policy = sign(SealPolicy { passphrase: secret("x"), ..to(&[public("open")]) });
    vec![
        ("small", seal(&policy, &small), small.clone()),
        ("small, not compressed", seal(&uncompressed(symmetric("x")), &small), small.clone()),
        ("large", seal(&symmetric("x"), &large), large.clone()),
        ("large, not compressed", seal(&uncompressed(policy), &large), large),
        ("gpg's", home.encrypt("x", &["--s2k-count", "65536", "--symmetric"], &small), small),
    ]
}

/// How many places to try at each end and in between: each costs reading the message.
fn edge(length: usize) -> usize {
    if length > 1 << 20 { 10 } else { 80 }
}

#[test]
fn a_message_cut_anywhere_is_an_error() {
    let opener = opener(Some("x"), only([fixture("open")]));
    for (name, message, _) in messages() {
        let length = message.len();
        let edge = edge(length);
        let step = (length / edge).max(1);
        let places = (0..edge).chain((edge..length).step_by(step)).chain(length.saturating_sub(edge)..length);
        for cut in places.filter(|cut| *cut < length) {
            let result = open(&opener, &message[..cut]);
            assert!(result.is_err(), "{name}: cut after {cut} of {length} bytes");
            assert!(!matches!(result, Err(Error::Io(_))), "{name}: cut after {cut}: {result:?}");
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_an_error() {
    let opener = opener(Some("x"), only([fixture("open")]));
    for (name, message, data) in messages() {
        let length = message.len();
        let edge = edge(length);
        let step = (length / edge).max(1);
        for place in (0..edge).chain((edge..length).step_by(step)).chain(length - edge..length) {
            let mut damaged = message.clone();
            damaged[place] ^= 1 << (place % 8);
            check(&opener, &damaged, &data, &format!("{name}: bit flipped at {place} of {length}"));
        }
        // A flip in the encrypted data itself must always be noticed; the last 22 bytes are the integrity code.
        for place in length - edge.min(40)..length {
            let mut damaged = message.clone();
            damaged[place] ^= 0x10;
            assert!(open(&opener, &damaged).is_err(), "{name}: the end is protected, {place} of {length}");
        }
    }
}

#[test]
fn messages_joined_or_followed_by_something_are_not_taken_for_one() {
    let message = seal(&symmetric("x"), b"content");
    let opener = opener(Some("x"), only([]));
    for tail in [&message[..], b"\0", b"rubbish", &[0xCB, 3, b'b', 0, 0]] {
        let joined = [&message[..], tail].concat();
        match open(&opener, &joined) {
            Err(error) => assert!(!matches!(error, Error::Io(_)), "{error:?}"),
            Ok((content, _)) => assert_eq!(content, b"content", "what follows a message is never content"),
        }
    }
}

/// Fails in the middle, like a lost connection.
struct Lost(std::io::Cursor<Vec<u8>>, u64);

impl std::io::Read for Lost {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0.position() >= self.1 {
            return Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the connection is lost"));
        }
        let length = buffer.len().min(1000);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn what_reading_meets_comes_back_as_it_was() {
    let message = seal(&symmetric("x"), &noise(5 << 20));
    let opener = opener(Some("x"), only([]));
    for place in [0, 50, 100_000, 4 << 20] {
        let error = opener
            .open(Lost(std::io::Cursor::new(message.clone()), place))
            .and_then(|mut reader| std::io::copy(&mut reader, &mut std::io::sink()).map_err(Error::from));
        match error {
            Err(Error::Io(error)) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "at {place}");
            }
            other => panic!("at {place}: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let opener = opener(Some("x"), only([fixture("open")]));
        prop_assert!(open(&opener, &bytes).is_err());
        let _ = key::import(&bytes);
    }

    #[test]
    fn a_message_changed_at_random_is_refused_or_unchanged(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let (message, opener) = shared();
        let mut changed = message.clone();
        for (place, byte) in changes {
            changed[place.index(message.len())] = byte;
        }
        if cut.index(4) == 0 {
            changed.truncate(cut.index(message.len()));
        }
        if let Ok((content, _)) = open(opener, &changed) {
            prop_assert_eq!(content, text(2000));
        }
    }

    #[test]
    fn a_key_changed_at_random_does_not_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = fixture("open").export_secret().unwrap().reveal().clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(imported) = key::import(&bytes) {
            for key in imported.keys {
                let _ = (key.info(), key.test_passphrase(None), key.export_public());
            }
        }
    }
}

/// A message for a key without a passphrase, which costs no stretching.
fn shared() -> &'static (Vec<u8>, Opener) {
    static SHARED: std::sync::OnceLock<(Vec<u8>, Opener)> = std::sync::OnceLock::new();
    SHARED.get_or_init(|| (seal(&to(&[public("open")]), &text(2000)), opener(None, only([fixture("open")]))))
}
