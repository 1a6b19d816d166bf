//! GnuPG homes and keys for the tests: made by gpg, or made by `backtrail` and imported into gpg, and carried from
//! one home to another as a person would, by export and import. The passphrases are test values; the agents that gpg
//! starts are ended with the room they live in.

use crate::tool::{Station, Tool};
use backtrail_base::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What gpg shall make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, 3072 bits: what `gpg --gen-key` made by default for years.
    Rsa,
    /// Ed25519 to sign, Curve25519 to encrypt.
    Curve25519,
    /// DSA to sign, ElGamal to encrypt: the default of the GnuPG of the 2000s.
    Elgamal,
}

/// A key, by what is needed to use it.
#[derive(Debug, Clone)]
pub struct Key {
    /// 40 hex digits.
    pub fingerprint: String,
    /// Empty when it has none.
    pub passphrase: String,
}

impl Key {
    /// The 8 hex digits the how-tos use.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.fingerprint[self.fingerprint.len() - 8..]
    }
}

/// Makes an empty GnuPG home, in which passphrases are stretched little: a chain is hundreds of gpg's runs, and the
/// usual count takes a third of a second each.
///
/// # Panics
/// When it cannot be made.
pub fn prepare_home(home: &Path) {
    fs::create_dir_all(home).expect("a GnuPG home");
    fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).expect("a private GnuPG home");
    fs::write(home.join(AGENT_SETTINGS), "s2k-count 65536\n").expect("the agent's settings");
}

/// Lets GnuPG stretch passphrases as it does by itself.
///
/// # Panics
/// When the home was not made by [`prepare_home`].
pub fn stretch_as_usual(home: &Path) {
    kill_agent(home);
    fs::remove_file(home.join(AGENT_SETTINGS)).expect("the agent's settings");
}

const AGENT_SETTINGS: &str = "gpg-agent.conf";

/// Ends the agent that serves a home, if there is one.
pub fn kill_agent(home: &Path) {
    let _ = Command::new("gpgconf").arg("--homedir").arg(home).args(["--kill", "all"]).output();
}

/// Lets gpg make a key in `home`, never expiring, with a subkey to encrypt.
///
/// # Panics
/// When gpg is missing or fails.
#[must_use]
pub fn generate(home: &Path, algorithm: Algorithm, passphrase: &str) -> Key {
    let (primary, sub) = match algorithm {
        Algorithm::Rsa => ("Key-Type: RSA\nKey-Length: 3072", "Subkey-Type: RSA\nSubkey-Length: 3072"),
        Algorithm::Elgamal => ("Key-Type: DSA\nKey-Length: 1024", "Subkey-Type: ELG-E\nSubkey-Length: 2048"),
        Algorithm::Curve25519 => {
            ("Key-Type: eddsa\nKey-Curve: ed25519", "Subkey-Type: ecdh\nSubkey-Curve: cv25519")
        }
    };
    let protection =
        if passphrase.is_empty() { "%no-protection".to_owned() } else { format!("Passphrase: {passphrase}") };
    let parameters = format!(
        "{primary}\n{protection}\nKey-Usage: sign\n{sub}\nSubkey-Usage: encrypt\nName-Real: Tessa Tester\n\
         Name-Email: tessa@example.org\nExpire-Date: 0\n%commit\n"
    );
    gpg(home, &["--gen-key"], parameters.as_bytes());
    Key { fingerprint: last_fingerprint(home), passphrase: passphrase.to_owned() }
}

/// The public half, armored.
///
/// # Panics
/// When gpg fails.
#[must_use]
pub fn export_public(home: &Path, key: &Key) -> Vec<u8> {
    gpg(home, &["--armor", "--export", &key.fingerprint], b"")
}

/// The secret key, armored, still under its passphrase.
///
/// # Panics
/// When gpg fails.
#[must_use]
pub fn export_secret(home: &Path, key: &Key) -> Vec<u8> {
    let words = ["--passphrase", &key.passphrase, "--armor", "--export-secret-keys", &key.fingerprint];
    gpg(home, &words, b"")
}

/// Imports what was exported into a GnuPG home and trusts it: 0.8.22 encrypts to no key that gpg does not trust.
///
/// # Panics
/// When gpg fails.
pub fn import(home: &Path, key: &Key, exported: &[u8]) {
    gpg(home, &["--import"], exported);
    gpg(home, &["--import-ownertrust"], format!("{}:6:\n", key.fingerprint).as_bytes());
}

/// Lets `backtrail` make a key without a passphrase, in its own store.
///
/// # Panics
/// When it fails, or its answer holds no fingerprint.
#[must_use]
pub fn make_with_backtrail(station: &Station, name: &str) -> Key {
    if Tool::is_stand_in() {
        return generate(&station.gnupg, Algorithm::Curve25519, "");
    }
    let words = ["key", "new", "--name", name, "--email", "own@example.org", "--no-passphrase", "--json"];
    let answer = station.run_plain(&words).ok();
    let digits = regex::Regex::new(r"\b[0-9A-Fa-f]{40}\b").expect("a pattern");
    let found =
        digits.find(&answer.stdout).unwrap_or_else(|| panic!("no fingerprint in the answer of {answer}"));
    Key { fingerprint: found.as_str().to_uppercase(), passphrase: String::new() }
}

/// The secret key as `backtrail key export` gives it.
///
/// # Panics
/// When it fails.
#[must_use]
pub fn export_from_backtrail(station: &Station, key: &Key) -> Vec<u8> {
    if Tool::is_stand_in() {
        return export_secret(&station.gnupg, key);
    }
    let answer = station.run_plain(&["key", "export", "--secret", &key.fingerprint]).ok();
    assert!(
        answer.stdout.contains("BEGIN PGP PRIVATE KEY"),
        "no armored secret key on standard output: {answer}"
    );
    answer.stdout.into_bytes()
}

/// Gives `backtrail` a key that gpg exported, through `backtrail key import`.
///
/// # Panics
/// When it fails.
pub fn import_into_backtrail(station: &Station, key: &Key, exported: &[u8]) {
    if Tool::is_stand_in() {
        return import(&station.gnupg, key, exported);
    }
    let file = station.home.join("exported.asc");
    fs::write(&file, exported).expect("the exported key as a file");
    station.run_plain(&["key".as_ref(), "import".as_ref(), file.as_os_str()]).ok();
    fs::remove_file(&file).expect("the exported key is removed");
}

fn last_fingerprint(home: &Path) -> String {
    let listing = gpg(home, &["--with-colons", "--list-secret-keys"], b"");
    let listing = String::from_utf8_lossy(&listing);
    let mut fingerprint = None;
    let mut primary = false;
    for line in listing.lines() {
        let mut fields = line.split(':');
        match fields.next() {
            Some("sec") => primary = true,
            Some("fpr") if primary => {
                fingerprint = fields.nth(8).map(str::to_owned);
                primary = false;
            }
            _ => {}
        }
    }
    fingerprint.unwrap_or_else(|| panic!("gpg lists no key: {listing}"))
}

fn gpg(home: &Path, words: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("gpg");
    command
        .arg("--homedir")
        .arg(home)
        .args(["--batch", "--no-tty", "--pinentry-mode", "loopback"])
        .args(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("gpg (`apt-get install gnupg`): {error}"));
    child.stdin.take().expect("a pipe to gpg").write_all(input).expect("gpg reads");
    let output = child.wait_with_output().expect("gpg ends");
    assert!(output.status.success(), "gpg {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
