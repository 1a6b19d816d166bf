//! The commands that people follow from how-tos, run as printed, with `backtrail` for `duplicity`, a folder in place
//! of the server and this test's key in place of theirs. Stock duplicity is needed only to read what came of it.
//! Addresses of real servers are the business of the servers' suite.

use backtrail_base::fs;
use backtrail_tests::chain::Room;
use backtrail_tests::compare::Facts;
use backtrail_tests::keys::{self, Algorithm, Key};
use backtrail_tests::tool::{Outcome, Station, Tool};
use std::path::PathBuf;

/// A person with a folder to back up, a place for the backup, and the how-to open beside.
struct Reader {
    room: Room,
    station: Station,
    key: Key,
    files: PathBuf,
    server: PathBuf,
}

impl Reader {
    /// Somebody who has used GnuPG: the key `gpg --gen-key` made is in the keyring, under the passphrase that
    /// `PASSPHRASE` holds.
    fn with_key_in_gnupg() -> Self {
        let reader = Self::new(Algorithm::Rsa, "a passphrase for the key");
        assert!(reader.station.gnupg.join("pubring.kbx").is_file(), "the key is in GnuPG and nowhere else");
        reader
    }

    /// Somebody who moved the key: `gpg --export-secret-keys` saved it, `backtrail key import` took it in, and
    /// GnuPG's own keyring here is empty.
    fn with_key_imported() -> Self {
        let mut reader = Self::new(Algorithm::Curve25519, "another one");
        let exported = keys::export_secret(&reader.station.gnupg, &reader.key);
        keys::kill_agent(&reader.station.gnupg);
        reader.station.gnupg = reader.room.path().join("empty gnupg");
        keys::prepare_home(&reader.station.gnupg);
        keys::import_into_backtrail(&reader.station, &reader.key, &exported);
        reader
    }

    fn new(algorithm: Algorithm, passphrase: &str) -> Self {
        let room = Room::new();
        let station = Station::new(Tool::Backtrail, room.path());
        let key = keys::generate(&station.gnupg, algorithm, passphrase);
        let (files, server) = (room.path().join("files"), room.path().join("server"));
        fs::create_dir_all(files.join("sub")).expect("files");
        fs::write(files.join("a letter"), "Dear server").expect("a file");
        fs::write(files.join("sub/numbers"), vec![7; 200_000]).expect("a file");
        let station = station.with_env("PASSPHRASE", passphrase);
        Self { room, station, key, files, server }
    }

    /// Runs a printed line: only the program, the addresses, the key and the folders are this test's.
    fn types(&self, printed: &str) -> Outcome {
        let backtrail = Tool::Backtrail.program();
        let server = format!("file://{}", self.server.display());
        let mut line = String::new();
        for (index, word) in printed.split(' ').enumerate() {
            let word = match word {
                "duplicity" => backtrail.display().to_string(),
                "/your/files" | "/home/tim" | "SOURCE" => self.files.display().to_string(),
                "/your/restored/files" => self.room.path().join("restored").display().to_string(),
                "TARGET_URL" => server.clone(),
                word if ["scp://", "ftp://", "file://"].iter().any(|scheme| word.starts_with(scheme)) => {
                    server.clone()
                }
                word => word.replace("ABAB2AB3", self.key.short()).replace("12345678", self.key.short()),
            };
            line += if index == 0 { "" } else { " " };
            line += &word;
        }
        self.station.shell(&line)
    }

    /// How many sets there are on the server.
    fn sets(&self) -> usize {
        let entries = fs::read_dir(&self.server).expect("the server").flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().contains(".manifest")).count()
    }

    fn edit(&self, text: &str) {
        fs::write(self.files.join("a letter"), text).expect("an edit");
    }

    /// The backup restored with a line of shell, compared with the files exactly.
    fn assert_restored(&self, outcome: &Outcome) {
        let restored = self.room.path().join("restored");
        Facts::of(&self.files).expect("the files").assert_same(&restored, &outcome.to_string());
        fs::remove_dir_all(&restored).expect("it is removed");
    }
}

fn now() -> i64 {
    backtrail_base::Clock::now(&backtrail_base::SystemClock).0
}

/// The long how-to, in its order, for a key.
fn the_long_one(reader: &Reader) {
    // A chain of three months ago, for remove-older-than to find.
    let (files, url) = (&reader.files, format!("file://{}", reader.server.display()));
    let old = reader.station.clone().with_options(&["--encrypt-key", reader.key.short()]);
    old.full(files, &url, now() - 90 * 86400).ok();

    reader
        .types(r#"duplicity full --encrypt-key="ABAB2AB3" /your/files scp://1234@usw-s001.rsync.net/backups"#)
        .ok();
    reader.types(r#"duplicity full -v9 --encrypt-key="ABAB2AB3" /your/files scp://1234@usw-s001.rsync.net/backups"#).ok();
    reader.edit("Dear server, and its keeper");
    reader
        .types(r#"duplicity inc --encrypt-key "ABAB2AB3" /your/files scp://1234@usw-s001.rsync.net/backups"#)
        .ok();
    assert_eq!(
        reader.sets(),
        4,
        "three fulls and an increment: no full may overwrite one of the same second"
    );

    reader.types("duplicity remove-older-than 30D TARGET_URL").ok();
    assert_eq!(reader.sets(), 4, "without --force nothing is deleted");
    let line = r#"duplicity remove-older-than 30D -v9 --encrypt-key="ABAB2AB3" --force scp://1234@usw-s001.rsync.net/backups"#;
    reader.types(line).ok();
    assert_eq!(reader.sets(), 3, "the chain of three months ago is gone, the others are not");

    reader
        .types(
            r#"duplicity verify --encrypt-key="ABAB2AB3" scp://1234@usw-s001.rsync.net/backups /your/files"#,
        )
        .ok();
    let line =
        r#"duplicity --encrypt-key="ABAB2AB3" scp://1234@usw-s001.rsync.net/backups /your/restored/files"#;
    let restored = reader.types(line).ok();
    reader.assert_restored(&restored);
    reader.types("duplicity cleanup TARGET_URL --force").ok();
    assert_eq!(reader.sets(), 3, "there is nothing to clean up");
}

#[test]
fn the_long_one_with_a_key_in_gnupg() {
    the_long_one(&Reader::with_key_in_gnupg());
}

#[test]
fn the_long_one_with_an_imported_key() {
    the_long_one(&Reader::with_key_imported());
}

#[test]
fn the_short_ones() {
    let reader = Reader::with_key_in_gnupg();
    reader.types("duplicity full SOURCE TARGET_URL").ok();
    reader.edit("a second version");
    reader.types("duplicity inc SOURCE TARGET_URL").ok();
    reader.edit("a third version");
    reader.types("FTP_PASSWORD=123 duplicity /home/tim ftp://dd@example.com/var/backup").ok();
    assert_eq!(reader.sets(), 3, "a full, an increment, and one without an action that must be an increment");
    let restored = reader.types("duplicity scp://dd@example.com//var/backup /your/restored/files").ok();
    reader.assert_restored(&restored);
    reader.types("duplicity remove-older-than 30D TARGET_URL").ok();
    reader.types("duplicity cleanup TARGET_URL --force").ok();
}

/// These name `/etc`, so `/etc` it is.
#[test]
fn the_ones_that_back_up_etc() {
    for line in [
        "duplicity --progress /etc scp://dd@example.com//var/backup",
        "duplicity /etc scp://dd@example.com:2222//var/backup",
        "duplicity /etc file:///mnt/backup",
        "duplicity --ssh-askpass --encrypt-key 12345678 /etc scp://dd@example.com//var/backup",
    ] {
        let reader = Reader::with_key_in_gnupg();
        let before = Facts::of("/etc".as_ref()).expect("/etc");
        reader.types(line).ok();
        let again = Facts::of("/etc".as_ref()).expect("/etc");
        let restored = reader.types("duplicity --tempdir . TARGET_URL /your/restored/files").ok();
        let target = reader.room.path().join("restored");
        assert!(target.join("passwd").is_file(), "{line}: {restored}");
        if before == again {
            before.assert_same(&target, line);
        }
    }
}

/// What a cron job runs: a script that exports the passphrase, with almost no environment around it.
#[test]
fn a_cron_script() {
    let reader = Reader::with_key_imported();
    let temporary = reader.room.path().join("temporary");
    fs::create_dir(&temporary).expect("a temporary folder");
    let program = Tool::Backtrail.program();
    let script = format!(
        "#!/bin/sh\nset -e\nexport PASSPHRASE='from the script'\n\
         {0} full --tempdir {1} {2} file://{3}/a\n\
         {0} full --no-compression {2} file://{3}/b\n\
         {0} full --no-encryption {2} file://{3}/c\n\
         {0} inc --no-encryption {2} file://{3}/c\n\
         unset PASSPHRASE\n",
        program.display(),
        temporary.display(),
        reader.files.display(),
        reader.server.display()
    );
    let path = reader.room.path().join("backup.sh");
    fs::write(&path, script).expect("a script");
    let mut bare = reader.station.clone();
    bare.environment.clear();
    let home = bare.home.display();
    bare.shell(&format!("env -i PATH=/usr/bin:/bin HOME={home} /bin/sh {}", path.display())).ok();
    let left = fs::read_dir(&temporary).expect("the temporary folder").count();
    assert_eq!(left, 0, "nothing stays in --tempdir");

    let reading =
        Station::new(Tool::Duplicity3, reader.room.path()).with_env("PASSPHRASE", "from the script");
    let facts = Facts::of(&reader.files).expect("the files");
    for (backup, options) in [("a", ""), ("b", ""), ("c", "--no-encryption")] {
        let reading =
            if options.is_empty() { reading.clone() } else { reading.clone().with_options(&[options]) };
        let target = reader.room.path().join(format!("restored {backup}"));
        let outcome =
            reading.restore(&format!("file://{}/{backup}", reader.server.display()), &target, None).ok();
        facts.assert_same(&target, &outcome.to_string());
    }
}

/// The key made by Backtrail is imported by `gpg --import`, and plain gpg and tar open a volume with it.
#[test]
fn gpg_and_tar_open_a_volume_with_a_key_made_by_us() {
    let reader = Reader::with_key_in_gnupg();
    let mut station = reader.station.clone();
    station.environment.remove(std::ffi::OsStr::new("PASSPHRASE"));
    if Tool::is_stand_in() {
        station = station.with_env("PASSPHRASE", "");
    }
    let key = keys::make_with_backtrail(&station, "Made for gpg");
    let exported = keys::export_from_backtrail(&station, &key);
    let sealing = station.clone().with_options(&["--encrypt-key", key.short()]);
    sealing.full(&reader.files, &format!("file://{}", reader.server.display()), 1_700_000_000).ok();

    let elsewhere = reader.room.path().join("elsewhere/gnupg");
    keys::prepare_home(&elsewhere);
    keys::import(&elsewhere, &key, &exported);
    let line = format!(
        "gpg --homedir {} --batch --decrypt {}/duplicity-full.*.vol1.difftar.gpg | tar -t",
        elsewhere.display(),
        reader.server.display()
    );
    let listing = station.shell(&line).ok();
    keys::kill_agent(&elsewhere);
    assert!(listing.stdout.contains("snapshot/a letter"), "tar lists the members: {listing}");
}
