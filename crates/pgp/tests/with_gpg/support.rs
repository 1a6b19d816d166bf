//! A GnuPG folder for a test, the keys of `tests/keys`, and data of several kinds.

use backtrail_base::Sensitive;
use backtrail_pgp::{
    Compression, Error, Gnupg, Key, KeyStore, OpenWith, OpenedReader, Opener, Purpose, Recipient, SealPolicy,
    Sealer, SignatureState, Signer, key,
};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The passphrase of the keys in `tests/keys`.
pub(crate) const FIXTURE: &str = "fixture";

/// The file of a key in `tests/keys`.
pub(crate) fn key_file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(format!("{name}.asc"));
    backtrail_base::fs::read(path).unwrap()
}

/// A key of `tests/keys`, read here.
pub(crate) fn fixture(name: &str) -> Key {
    key::import(&key_file(name)).unwrap().keys.remove(0)
}

/// Its public part.
pub(crate) fn public(name: &str) -> Key {
    key::import(&fixture(name).export_public().unwrap()).unwrap().keys.remove(0)
}

pub(crate) fn secret(text: &str) -> Option<Sensitive<String>> {
    Some(Sensitive::from(text))
}

/// A GnuPG folder and its agent.
pub(crate) struct Home(TempDir);

/// What a call of gpg gave.
pub(crate) struct Called {
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Home {
    /// A folder with these secret keys of `tests/keys`.
    pub(crate) fn with(keys: &[&str]) -> Self {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(<std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700));
        let folder = builder.prefix("bt").tempdir_in("/tmp").unwrap();
        // Less stretching, which would take 0.1 s at each import and use, and no passphrase remembered.
        backtrail_base::fs::write(
            folder.path().join("gpg-agent.conf"),
            "s2k-count 65536\ndefault-cache-ttl 0\nmax-cache-ttl 0\n",
        )
        .unwrap();
        let home = Self(folder);
        for name in keys {
            home.import(&key_file(name));
        }
        home
    }

    pub(crate) fn import(&self, key: &[u8]) {
        let called = self.call(&["--import"], &[format!("{FIXTURE}\n").as_bytes(), key].concat());
        assert!(called.success, "gpg imports the key: {}", called.stderr);
    }

    /// Calls gpg as stock duplicity does: the passphrase is the first line of the input.
    pub(crate) fn gpg(&self, arguments: &[&str], input: &[u8]) -> Called {
        self.call(&[&["--trust-model", "always"], arguments].concat(), input)
    }

    fn call(&self, arguments: &[&str], input: &[u8]) -> Called {
        let mut child = Command::new("gpg")
            .arg("--homedir")
            .arg(self.0.path())
            .args(["--batch", "--no-tty", "--no-secmem-warning"])
            .args(["--pinentry-mode", "loopback", "--passphrase-fd", "0"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gpg is on the path");
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeding = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        Called {
            success: output.status.success(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What `gpg --decrypt` makes of a message; it must not complain.
    pub(crate) fn decrypt(&self, passphrase: &str, message: &[u8]) -> Called {
        let called = self.gpg(&["--decrypt"], &[passphrase.as_bytes(), b"\n", message].concat());
        assert!(called.success, "gpg opens the message: {}", called.stderr);
        let complaint =
            called.stderr.lines().find(|line| line.contains("WARNING") && !line.contains("untrusted key"));
        assert_eq!(complaint, None, "gpg has nothing to complain about: {}", called.stderr);
        called
    }

    /// A message that gpg makes.
    pub(crate) fn encrypt(&self, passphrase: &str, arguments: &[&str], data: &[u8]) -> Vec<u8> {
        let called = self.gpg(arguments, &[passphrase.as_bytes(), b"\n", data].concat());
        assert!(called.success, "gpg makes the message: {}", called.stderr);
        called.stdout
    }

    /// How the crate reaches it.
    pub(crate) fn gnupg(&self) -> Gnupg {
        Gnupg { home: Some(self.0.path().to_owned()), ..Gnupg::default() }
    }

    pub(crate) fn store(&self) -> KeyStore {
        KeyStore::new(None, Some(self.gnupg()))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.0.path()).args(["--kill", "all"]).status();
    }
}

/// A policy for these recipients.
pub(crate) fn to(keys: &[Key]) -> SealPolicy {
    SealPolicy {
        recipients: keys.iter().map(|key| Recipient { key: key.clone(), hidden: false }).collect(),
        ..SealPolicy::default()
    }
}

/// A policy for a passphrase.
pub(crate) fn symmetric(passphrase: &str) -> SealPolicy {
    SealPolicy { passphrase: secret(passphrase), ..SealPolicy::default() }
}

/// Signed by a key with the fixture's passphrase.
pub(crate) fn signed(mut policy: SealPolicy, key: Key) -> SealPolicy {
    policy.signer = Some(Signer { key, passphrase: secret(FIXTURE) });
    policy
}

pub(crate) fn uncompressed(mut policy: SealPolicy) -> SealPolicy {
    policy.compression = Compression::None;
    policy
}

/// One sealed message.
pub(crate) fn seal(policy: &SealPolicy, data: &[u8]) -> Vec<u8> {
    seal_with(&Sealer::new(policy).unwrap(), data)
}

pub(crate) fn seal_with(sealer: &Sealer, data: &[u8]) -> Vec<u8> {
    let mut writer = sealer.seal(Vec::new()).unwrap();
    // Pieces of odd lengths, as tar makes them.
    for piece in data.chunks(100_003) {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap()
}

pub(crate) fn opener(passphrase: Option<&str>, keys: KeyStore) -> Opener {
    Opener::new(OpenWith { passphrase: passphrase.map(Sensitive::from), keys, ..OpenWith::default() })
        .unwrap()
}

/// Only these keys.
pub(crate) fn only(keys: impl IntoIterator<Item = Key>) -> KeyStore {
    KeyStore::new(None, None).with_keys(keys)
}

/// The content of a message, and what is known of its signature.
pub(crate) fn open(opener: &Opener, message: &[u8]) -> Result<(Vec<u8>, SignatureState), Error> {
    let (data, reader) = open_reader(opener, message)?;
    Ok((data, reader.signature().clone()))
}

pub(crate) fn open_reader(opener: &Opener, message: &[u8]) -> Result<(Vec<u8>, OpenedReader), Error> {
    let mut reader = opener.open(Cursor::new(message.to_vec()))?;
    let mut data = Vec::new();
    reader.read_to_end(&mut data)?;
    Ok((data, reader))
}

/// Bytes that do not compress.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut data = Vec::with_capacity(length + 8);
    while data.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data.extend(state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    data.truncate(length);
    data
}

/// Lines that compress well.
pub(crate) fn text(length: usize) -> Vec<u8> {
    let mut data = Vec::with_capacity(length + 64);
    let mut line = 0u64;
    while data.len() < length {
        let word = line.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        data.extend(format!("{line}: the quick brown fox number {word} jumps\n").bytes());
        line += 1;
    }
    data.truncate(length);
    data
}

/// Data of all the lengths at which something changes: nothing, tiny, around packet lengths and blocks, large,
/// and mixed.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<Vec<u8>> =
        [0, 1, 185, 186, 191, 192, 8376, 8383, 65_529, 65_530, 65_531, 65_535, 65_536, 262_138, 262_144]
            .map(text)
            .into();
    samples.push([text(700_000), noise(700_000), text(3)].concat());
    samples
}

/// The key of the store with this name.
pub(crate) fn find(store: &KeyStore, name: &str, purpose: Purpose) -> Key {
    store.find(name, purpose).unwrap()
}
