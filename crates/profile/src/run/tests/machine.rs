//! A computer of its own for each test: a home, Backtrail's folders, a drive that can be pulled out, a clock.

use crate::run::{Runner, Trust, Where};
use crate::secrets::{MemoryKeyring, Secrets};
use crate::{Folders, History, PersonFolders, Place, Profile, Protection, Record};
use backtrail_base::{Clock, FixedClock, Sensitive, SystemClock, Timestamp, fs};
use backtrail_engine::{Cancel, Observer, Silent};
use backtrail_format::EntryPath;
use backtrail_format::names::SetId;
use backtrail_store::Drive;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// 2026-11-22 14:00:00 UTC.
pub(super) const NOW: i64 = 1_795_356_000;
pub(super) const DAY: i64 = 86_400;
pub(super) const WORDS: &str = "correct-horse";

pub(super) struct Machine {
    pub(super) folder: TempDir,
    pub(super) clock: Arc<FixedClock>,
    pub(super) keyring: Arc<MemoryKeyring>,
    pub(super) folders: Folders,
    pub(super) runner: Runner,
    pub(super) profile: Profile,
    plugged: Arc<AtomicBool>,
}

/// How the profile of a machine is protected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    /// A key under a passphrase that the keyring holds.
    Key,
    /// A key without a passphrase: quicker.
    OpenKey,
    /// A passphrase alone.
    Passphrase,
}

impl Machine {
    pub(super) fn new(with: With) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Links on the way (as on macOS) are no part of these tests.
        let root = fs::canonicalize(folder.path()).expect("real");
        let (home, mount) = (root.join("home"), root.join("drive"));
        fs::create_dir_all(home.join("docs")).expect("home");
        fs::create_dir(&mount).expect("drive");
        let folders = Folders::below(&home.join(".backtrail"));
        let keyring = Arc::new(MemoryKeyring::default());
        let secrets = Secrets::new(&folders, Arc::clone(&keyring) as _);
        let clock = Arc::new(FixedClock::at(Timestamp(NOW)));
        let words = Sensitive::from(WORDS);
        let protection = match with {
            With::Passphrase => Protection::Passphrase,
            With::Key | With::OpenKey => {
                let words = (with == With::Key).then_some(&words);
                let key = secrets.make_key("Tim", words, None, &SystemClock).expect("a key");
                Protection::Key { fingerprint: key.fingerprint() }
            }
        };
        let drive = Drive {
            uuid: Some("AAAA-1111".to_owned()),
            label: Some("Stick".to_owned()),
            mount,
            free: None,
            total: None,
            removable: true,
            read_only: false,
            system: false,
        };
        let place = Place::on_drive(&drive, PathBuf::from("Backtrail/laptop-home"));
        let profile = Profile::new("home", Timestamp(NOW), vec![home.clone()], place, protection);
        secrets.keep_passphrase(&profile.id, &words).expect("kept");
        let plugged = Arc::new(AtomicBool::new(true));
        let here = Arc::clone(&plugged);
        let runner = Runner::new(&folders, &secrets, Arc::clone(&clock) as _)
            .with_home(PersonFolders::at(home))
            .with_zone(TimeZone::UTC)
            .with_drives(move |uuid, label| {
                let same = match uuid {
                    Some(uuid) => drive.uuid.as_deref() == Some(uuid),
                    None => drive.label.as_deref() == label,
                };
                if here.load(Ordering::SeqCst) && same { vec![drive.clone()] } else { Vec::new() }
            });
        let machine = Self { folder, clock, keyring, folders, runner, profile, plugged };
        machine.put("docs/report.txt", b"first draft\n");
        machine.put("docs/big.bin", &noise(300_000));
        machine.put("node_modules/x/index.js", b"made again\n");
        machine
    }

    pub(super) fn root(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).expect("real")
    }

    pub(super) fn home(&self, below: &str) -> PathBuf {
        self.root().join("home").join(below)
    }

    pub(super) fn drive(&self, below: &str) -> PathBuf {
        self.root().join("drive").join(below)
    }

    pub(super) fn stored(&self) -> PathBuf {
        self.drive("Backtrail/laptop-home")
    }

    /// The names of the stored objects that hold `part`.
    pub(super) fn objects(&self, part: &str) -> Vec<String> {
        let entries = fs::read_dir(self.stored()).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.contains(part)).collect();
        names.sort();
        names
    }

    pub(super) fn put(&self, below: &str, content: &[u8]) {
        let path = self.home(below);
        fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        fs::write(path, content).expect("written");
    }

    pub(super) fn plug(&self, plugged: bool) {
        self.plugged.store(plugged, Ordering::SeqCst);
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus(seconds));
    }

    pub(super) fn backup(&self) -> Record {
        self.runner.backup(&self.profile, &silent(), &Cancel::new())
    }

    #[track_caller]
    pub(super) fn good_backup(&self) -> Record {
        let record = self.backup();
        assert!(record.outcome.is_success(), "{record:?}");
        record
    }

    pub(super) fn prove(&self) -> Record {
        self.runner.prove(&self.profile, &silent(), &Cancel::new())
    }

    pub(super) fn history(&self) -> Vec<Record> {
        let history = History::open(&self.folders, &self.profile.id).expect("history");
        history.newest_first().expect("read").collect()
    }

    pub(super) fn last_moment(&self) -> SetId {
        self.runner.moments(&self.profile, Trust::Pinned).expect("moments").last().expect("one").set
    }

    pub(super) fn entry(&self, below: &str) -> EntryPath {
        crate::run::to_entry(&self.home(below)).expect("absolute")
    }

    pub(super) fn restore(
        &self,
        trust: Trust,
        paths: &[EntryPath],
        to: &Where,
    ) -> crate::run::RestoreOutcome {
        let moment = self.runner.moments(&self.profile, trust).expect("moments").last().expect("one").set;
        self.runner.restore(&self.profile, trust, moment, paths, to, &silent(), &Cancel::new())
    }
}

pub(super) fn silent() -> Arc<dyn Observer> {
    Arc::new(Silent)
}

/// Bytes that do not compress.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
