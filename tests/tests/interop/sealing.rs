//! Sealing beyond the six usual ways: several and hidden recipients, foreign signers, what GnuPG was told to use
//! years ago, and keys that only GnuPG can handle. A small folder, one full each.

use backtrail_base::fs;
use backtrail_tests::chain::Room;
use backtrail_tests::compare::Facts;
use backtrail_tests::keys::{self, Algorithm, Key};
use backtrail_tests::tool::Station;
use backtrail_tests::tool::Tool::{self, Backtrail, Duplicity3, Duplicity08};
use std::path::PathBuf;

const TIME: i64 = 1_700_000_000;

/// A small folder to back up, and a home in which the keys are made.
struct Workshop {
    room: Room,
    source: PathBuf,
    maker: PathBuf,
}

impl Workshop {
    fn new() -> Self {
        let room = Room::new();
        let source = room.path().join("source");
        fs::create_dir(&source).expect("a source");
        let noise: Vec<u8> = (0..150_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
        fs::write(source.join("noise"), noise).expect("a file");
        fs::write(source.join("text"), "the same words again\n".repeat(2000)).expect("a file");
        let maker = room.path().join("maker/gnupg");
        keys::prepare_home(&maker);
        Self { room, source, maker }
    }

    fn key(&self, algorithm: Algorithm) -> Key {
        keys::generate(&self.maker, algorithm, "open")
    }

    /// A tool on a machine that holds these secret keys and those public ones.
    fn station(&self, tool: Tool, name: &str, secret: &[&Key], public: &[&Key]) -> Station {
        let station = Station::new(tool, &self.room.path().join(name)).with_env("PASSPHRASE", "open");
        let secret = secret.iter().map(|key| (*key, keys::export_secret(&self.maker, key)));
        let public = public.iter().map(|key| (*key, keys::export_public(&self.maker, key)));
        for (key, exported) in secret.chain(public) {
            match tool {
                Backtrail => keys::import_into_backtrail(&station, key, &exported),
                _ => keys::import(&station.gnupg, key, &exported),
            }
        }
        station
    }

    fn url(&self, name: &str) -> String {
        format!("file://{}", self.room.path().join(name).display())
    }

    fn restores(&self, station: &Station, url: &str) {
        let target = self.room.path().join("restored");
        let outcome = station.restore(url, &target, None).ok();
        Facts::of(&self.source).expect("the source").assert_same(&target, &outcome.to_string());
        fs::remove_dir_all(&target).expect("it is removed");
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        keys::kill_agent(&self.maker);
        for entry in fs::read_dir(self.room.path()).into_iter().flatten().flatten() {
            for tool in Tool::ALL {
                let gnupg = entry.path().join(tool.name()).join("gnupg");
                if gnupg.is_dir() {
                    keys::kill_agent(&gnupg);
                }
            }
        }
    }
}

#[test]
fn each_recipient_opens_it_named_or_hidden() {
    let shop = Workshop::new();
    let (named, hidden) = (shop.key(Algorithm::Rsa), shop.key(Algorithm::Curve25519));
    let recipients = ["--encrypt-key", &named.fingerprint, "--hidden-encrypt-key", &hidden.fingerprint];
    // 0.8.22 cannot write this (`format.md` 10), so it only reads.
    for writer in [Backtrail, Duplicity3] {
        let url = shop.url(writer.name());
        let station = shop.station(writer, "writer", &[], &[&named, &hidden]).with_options(&recipients);
        station.full(&shop.source, &url, TIME).ok();
        for reader in Tool::ALL {
            for (index, key) in [&named, &hidden].into_iter().enumerate() {
                let name = format!("{} {index} {}", writer.name(), reader.name());
                shop.restores(&shop.station(reader, &name, &[key], &[]), &url);
            }
        }
    }
}

/// With `--sign-key` on reading, what is unsigned or signed by another is refused with 22, by stock and by us.
#[test]
fn unsigned_and_foreign_sets_are_22() {
    let shop = Workshop::new();
    let (own, other) = (shop.key(Algorithm::Curve25519), shop.key(Algorithm::Curve25519));
    for (writer, reader) in [(Backtrail, Duplicity3), (Duplicity3, Backtrail), (Duplicity08, Backtrail)] {
        let name = format!("{} {}", writer.name(), reader.name());
        let writing = shop.station(writer, &format!("{name} w"), &[&own, &other], &[]);
        let writing = writing.with_env("SIGN_PASSPHRASE", "open");
        let reading = shop.station(reader, &format!("{name} r"), &[&own, &other], &[]);
        let reading = reading.with_options(&["--encrypt-key", own.short(), "--sign-key", own.short()]);
        let ways = [
            ("right", vec!["--encrypt-key", own.short(), "--sign-key", own.short()], 0),
            ("unsigned", vec!["--encrypt-key", own.short()], 22),
            ("foreign", vec!["--encrypt-key", own.short(), "--sign-key", other.short()], 22),
        ];
        for (way, options, code) in ways {
            let url = shop.url(&format!("{name} {way}"));
            writing.clone().with_options(&options).full(&shop.source, &url, TIME).ok();
            if code == 0 {
                shop.restores(&reading, &url);
            } else {
                let target = shop.room.path().join(format!("{name} {way} refused"));
                reading.restore(&url, &target, None).code(code);
            }
        }
    }
}

/// What stock wrote under odd `--gpg-options`, with a passphrase stretched as usual or a key, we read.
#[test]
fn old_ciphers_and_other_compressions_are_read() {
    let shop = Workshop::new();
    let key = shop.key(Algorithm::Rsa);
    let ours = shop.station(Backtrail, "reader", &[&key], &[]);
    let options = [
        "--compress-algo=bzip2 --cipher-algo=TWOFISH",
        "--compress-algo=zlib --cipher-algo=AES192",
        "--compress-algo=none --cipher-algo=AES --s2k-digest-algo=SHA512 --s2k-count=65536",
        "--cipher-algo=3DES --allow-old-cipher-algos",
        "--cipher-algo=CAST5 --allow-old-cipher-algos",
        "--cipher-algo=BLOWFISH --allow-old-cipher-algos --s2k-mode=1",
        "--cipher-algo=CAMELLIA256 --armor",
    ];
    for (index, options) in options.into_iter().enumerate() {
        // GnuPG 2.2, that these tests run with, needs no leave for old ciphers.
        let options = options.replace(" --allow-old-cipher-algos", "");
        let writer = if index % 2 == 0 { Duplicity3 } else { Duplicity08 };
        let mut writing = shop.station(writer, &format!("writer {index}"), &[], &[&key]);
        keys::stretch_as_usual(&writing.gnupg);
        if index % 3 == 0 {
            writing = writing.with_options(&["--encrypt-key", &key.fingerprint]);
        }
        let writing = writing.with_options(&[format!("--gpg-options={options}")]);
        let url = shop.url(&format!("odd {index}"));
        writing.full(&shop.source, &url, TIME).ok();
        shop.restores(&ours, &url);
    }
}

/// DSA and ElGamal, which `gpg --gen-key` offered for a decade: only GnuPG opens it, so we go through GnuPG, where
/// the key has always been.
#[test]
fn an_elgamal_key_in_gnupg_is_used() {
    let shop = Workshop::new();
    let key = shop.key(Algorithm::Elgamal);
    let stock =
        shop.station(Duplicity08, "stock", &[&key], &[]).with_options(&["--encrypt-key", key.short()]);
    let url = shop.url("elgamal");
    stock.full(&shop.source, &url, TIME).ok();
    let ours = shop.station(Backtrail, "ours", &[], &[]).with_options(&["--encrypt-key", key.short()]);
    keys::import(&ours.gnupg, &key, &keys::export_secret(&shop.maker, &key));
    shop.restores(&ours, &url);
    fs::write(shop.source.join("new"), "after").expect("a change");
    ours.incremental(&shop.source, &url, TIME + 5000).ok();
    shop.restores(&stock, &url);
    shop.restores(&ours, &url);
}
