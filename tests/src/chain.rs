//! A chain of backups under test: a hostile tree, what it was at each backup, and the check that a tool brings any of
//! those moments back exactly. All of it lies in a [`Room`], a short-named temporary folder.

use crate::compare::Facts;
use crate::tool::{Outcome, Station, Tool};
use crate::tree::Tree;
use crate::{keys, timing, why};
use backtrail_base::fs;
use std::path::{Path, PathBuf};
use std::thread;
use tempfile::TempDir;

/// A temporary folder with a short name (GnuPG's sockets must fit into 108 bytes). The GnuPG agents in it are ended
/// with it. With `BACKTRAIL_KEEP` set, the room of a failed test stays.
#[derive(Debug)]
pub struct Room(Option<TempDir>);

impl Room {
    /// A new room.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a default that makes a folder would surprise")]
    pub fn new() -> Self {
        Self(Some(tempfile::Builder::new().prefix("bt").tempdir_in("/tmp").expect("a temporary folder")))
    }

    /// Where it is.
    ///
    /// # Panics
    /// Never: the folder is there as long as the room.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.as_ref().expect("a folder until the room is left").path()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let Some(folder) = self.0.take() else { return };
        for entry in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let gnupg = entry.path().join("gnupg");
            if gnupg.is_dir() {
                keys::kill_agent(&gnupg);
            }
        }
        if thread::panicking() && std::env::var_os("BACKTRAIL_KEEP").is_some() {
            eprintln!("kept: {}", folder.keep().display());
        } else if let Err(error) = folder.close() {
            eprintln!("a test's folder stays behind: {error}");
        }
        eprintln!("so far: {}", timing::summary());
    }
}

/// One backup of the chain.
#[derive(Debug)]
pub struct Moment {
    /// When it was made.
    pub time: i64,
    /// By whom.
    pub writer: Tool,
    /// What the folder was.
    pub facts: Facts,
}

/// A chain, its source, and all its moments.
pub struct Chain {
    room: PathBuf,
    /// The source folder.
    pub tree: Tree,
    /// The folder the backups go to.
    pub destination: PathBuf,
    /// Its URL.
    pub url: String,
    /// The backups made so far.
    pub moments: Vec<Moment>,
    /// What the source was when a backup was stopped.
    unfinished: Option<Facts>,
}

impl Chain {
    /// A new source and an empty destination in `room`; the seed is printed.
    ///
    /// # Panics
    /// When the source cannot be made.
    #[must_use]
    pub fn new(room: &Room, seed: u64) -> Self {
        eprintln!("BACKTRAIL_SEED={seed}");
        let tree = Tree::plant(&room.path().join("source"), seed)
            .unwrap_or_else(|error| panic!("seed {seed}: the source cannot be made: {}", why(&error)));
        if !tree.left_out().is_empty() {
            eprintln!("left out of the tree: {}", tree.left_out());
        }
        let destination = room.path().join("destination");
        let url = format!("file://{}", destination.display());
        Self { room: room.path().to_owned(), tree, destination, url, moments: Vec::new(), unfinished: None }
    }

    /// The next backup by `station`: a full at first, then an increment after another step of the history.
    ///
    /// # Panics
    /// When a change or the backup fails.
    pub fn write(&mut self, station: &Station) -> Outcome {
        self.write_after(station, 4000)
    }

    /// The same, `seconds` after the last backup.
    ///
    /// # Panics
    /// When a change or the backup fails.
    pub fn write_after(&mut self, station: &Station, seconds: i64) -> Outcome {
        let facts = self.advance();
        let time = self.time_after(seconds);
        let outcome = self.backup(station, time, &[]).ok();
        self.moments.push(Moment { time, writer: station.tool, facts });
        outcome
    }

    /// A backup that is stopped once volume `volume` is stored: no moment comes of it.
    ///
    /// # Panics
    /// When a change fails, or the backup is not stopped with 30.
    pub fn write_stopped(&mut self, station: &Station, volume: u32) -> Outcome {
        self.advance();
        // Enough for volumes beyond the one it stops at.
        let grown = self.tree.grow(3_000_000).and_then(|()| Facts::of(self.tree.root()));
        self.unfinished =
            Some(grown.unwrap_or_else(|error| panic!("seed {}: {}", self.tree.seed(), why(&error))));
        let time = self.time_after(4000);
        self.backup(station, time, &["--fail", &volume.to_string()]).code(30)
    }

    /// The stopped backup, run again a little later, from the same source.
    ///
    /// # Panics
    /// When nothing was stopped, or the backup fails.
    pub fn write_again(&mut self, station: &Station) -> Outcome {
        let facts = self.unfinished.take().expect("a stopped backup");
        let time = self.time_after(4100);
        let outcome = self.backup(station, time, &[]).ok();
        self.moments.push(Moment { time, writer: station.tool, facts });
        outcome
    }

    /// The source at the next moment.
    fn advance(&mut self) -> Facts {
        let facts = match self.unfinished.take().as_ref().or(self.moments.last().map(|last| &last.facts)) {
            None => Facts::of(self.tree.root()),
            Some(before) => self.tree.step(before),
        };
        facts.unwrap_or_else(|error| panic!("seed {}: the source: {}", self.tree.seed(), why(&error)))
    }

    /// A full backup, whatever there is.
    ///
    /// # Panics
    /// When a change or the backup fails.
    pub fn write_full(&mut self, station: &Station) -> Outcome {
        let facts = self.advance();
        let time = self.time_after(4000);
        let outcome = station.full(self.tree.root(), &self.url, time).ok();
        self.moments.push(Moment { time, writer: station.tool, facts });
        outcome
    }

    fn backup(&self, station: &Station, time: i64, options: &[&str]) -> Outcome {
        let station = station.clone().with_options(options);
        let source = self.tree.root();
        if self.moments.is_empty() {
            station.full(source, &self.url, time)
        } else {
            station.incremental(source, &self.url, time)
        }
    }

    /// Hours apart, and long ago, so that no clock interferes.
    fn time_after(&self, seconds: i64) -> i64 {
        self.moments.last().map_or(1_700_000_000, |last| last.time) + seconds
    }

    /// Restores the end of the backup with `station` and compares it exactly with the last moment.
    ///
    /// # Panics
    /// When the restore fails or anything differs.
    pub fn check_end(&self, station: &Station) {
        self.compare(station, self.moments.len() - 1, None);
    }

    /// Restores moment `index` with `station` and compares it exactly.
    ///
    /// # Panics
    /// When the restore fails or anything differs.
    pub fn check(&self, station: &Station, index: usize) {
        self.compare(station, index, Some(self.moments[index].time));
    }

    fn compare(&self, station: &Station, index: usize, time: Option<i64>) {
        let moment = &self.moments[index];
        let target = self.room.join(format!("restored by {}", station.tool.name()));
        let outcome = station.restore(&self.url, &target, time).ok();
        moment.facts.assert_same(&target, &self.story(station, index, &outcome));
        fs::remove_dir_all(&target).expect("what was restored is removed");
    }

    /// Restores every moment with `station`.
    ///
    /// # Panics
    /// As [`check`](Self::check).
    pub fn check_all(&self, station: &Station) {
        for index in 0..self.moments.len() {
            self.check(station, index);
        }
    }

    /// Restores one path of moment `index` with `station` and compares it exactly.
    ///
    /// # Panics
    /// When the restore fails or anything differs.
    pub fn check_path(&self, station: &Station, index: usize, path: &[u8]) {
        let moment = &self.moments[index];
        let target = self.room.join(format!("one path by {}", station.tool.name()));
        let outcome = station.restore_path(&self.url, path, &target, Some(moment.time)).ok();
        moment.facts.below(path).assert_same(&target, &self.story(station, index, &outcome));
        if target.is_dir() { fs::remove_dir_all(&target) } else { fs::remove_file(&target) }
            .expect("it is removed");
    }

    fn story(&self, station: &Station, index: usize, outcome: &Outcome) -> String {
        let writers: Vec<&str> = self.moments[..=index].iter().map(|moment| moment.writer.name()).collect();
        let seed = self.tree.seed();
        format!(
            "seed {seed}, written by {}, restored by {}: {outcome}",
            writers.join(", "),
            station.tool.name()
        )
    }

    /// How many volumes each backup has, from the names on the destination, oldest first. Long names only.
    ///
    /// # Panics
    /// When the destination cannot be listed.
    #[must_use]
    pub fn volumes(&self) -> Vec<usize> {
        let names: Vec<String> = fs::read_dir(&self.destination)
            .expect("the destination")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let ends = self.moments.iter().map(|moment| timestamp(moment.time));
        ends.map(|end| names.iter().filter(|name| name.contains(&format!("{end}.vol"))).count()).collect()
    }
}

/// `YYYYMMDDTHHMMSSZ`, for the days the tests use (November 2023).
fn timestamp(time: i64) -> String {
    let since = time - 1_698_796_800; // 2023-11-01 00:00:00
    let (day, second) = (since / 86400 + 1, since % 86400);
    format!("202311{day:02}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
}
