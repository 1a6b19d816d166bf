//! The test of a destination before anything is entrusted to it: a small object of a chance name is written, listed,
//! read, renamed and deleted, free space and the destination's clock are looked at. Each step is a tick; a step that
//! fails leaves out those that need it. Nothing of it stays, if the destination lets it be deleted.

use crate::{Commit, Destination, StoreError, drives};
use backtrail_base::{Clock, random_bytes};
use std::io::Write;

/// The most that a destination's clock may be off before it is worth a word, in seconds.
pub const SKEW: i64 = 300;

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// Write an object.
    Write,
    /// Find it in the listing.
    List,
    /// Read it.
    Read,
    /// Give it another name.
    Rename,
    /// Delete it.
    Delete,
    /// See how much room there is.
    FreeSpace,
    /// Compare the destination's clock with ours.
    ClockSkew,
}

/// A check and its outcome.
#[derive(Debug)]
pub struct Tick {
    /// What was tried.
    pub what: Check,
    /// What came of it.
    pub outcome: Result<Finding, StoreError>,
}

/// What a check that went well found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It works.
    Works,
    /// The destination does not say.
    NotSaid,
    /// Bytes free, and in all.
    Space {
        /// Bytes that may be written.
        free: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Seconds that the destination's clock is ahead of ours.
    Skew(i64),
}

/// Tries a destination. The ticks come in the order they were made in.
#[must_use]
pub fn probe(destination: &Destination, clock: &dyn Clock) -> Vec<Tick> {
    let random: [u8; 16] = random_bytes();
    let name: String = random[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let (name, other) = (format!("backtrail-probe-{name}"), format!("backtrail-probe-{name}-renamed"));
    let mut ticks = Vec::new();
    let mut tick = |what, outcome: Result<Finding, StoreError>| {
        let went_well = outcome.is_ok();
        ticks.push(Tick { what, outcome });
        went_well
    };
    if tick(Check::Write, write(destination, &name, &random)) {
        tick(Check::ClockSkew, skew(destination, &name, clock));
        tick(Check::List, listed(destination, &name));
        tick(Check::Read, read(destination, &name, &random));
        let renamed = tick(Check::Rename, destination.rename(&name, &other).map(|()| Finding::Works));
        let mut deleted = destination.delete(if renamed { &other } else { &name });
        if deleted.is_ok() && listed(destination, if renamed { &other } else { &name }).is_ok() {
            let reason = "it says that an object was deleted, and still lists it".to_owned();
            deleted = Err(StoreError::Failed { name, reason });
        }
        tick(Check::Delete, deleted.map(|()| Finding::Works));
    }
    let space = destination.local_folder().and_then(drives::free_space);
    tick(
        Check::FreeSpace,
        Ok(space.map_or(Finding::NotSaid, |(free, total)| Finding::Space { free, total })),
    );
    ticks
}

fn write(destination: &Destination, name: &str, content: &[u8]) -> Result<Finding, StoreError> {
    let mut upload = destination.create(name)?;
    upload.write_all(content).map_err(|error| StoreError::from_io(name, &error))?;
    upload.commit(Commit::IfAbsent).map(|_| Finding::Works)
}

fn listed(destination: &Destination, name: &str) -> Result<Finding, StoreError> {
    let there = destination.list()?.iter().any(|object| object.name == name);
    if there { Ok(Finding::Works) } else { Err(StoreError::NotFound { name: name.to_owned() }) }
}

fn read(destination: &Destination, name: &str, content: &[u8]) -> Result<Finding, StoreError> {
    if destination.read_all(name, 1 << 10)? == content {
        return Ok(Finding::Works);
    }
    let reason = "what was read is not what was written".to_owned();
    Err(StoreError::Failed { name: name.to_owned(), reason })
}

fn skew(destination: &Destination, name: &str, clock: &dyn Clock) -> Result<Finding, StoreError> {
    Ok(Finding::Skew(destination.modified(name)?.0.saturating_sub(clock.now().0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;
    use backtrail_base::{FixedClock, SystemClock, Timestamp, fs};

    fn destination(folder: &std::path::Path) -> Destination {
        Destination::open(&Address::parse(folder.to_str().expect("text")).expect("address"), false)
            .expect("opens")
    }

    #[test]
    fn a_folder_passes_and_nothing_is_left() {
        let folder = tempfile::tempdir().expect("folder");
        let ticks = probe(&destination(folder.path()), &SystemClock);
        let whats: Vec<Check> = ticks.iter().map(|tick| tick.what).collect();
        use Check::{ClockSkew, Delete, FreeSpace, List, Read, Rename, Write};
        assert_eq!(whats, [Write, ClockSkew, List, Read, Rename, Delete, FreeSpace]);
        for tick in &ticks {
            assert!(tick.outcome.is_ok(), "{tick:?}");
        }
        assert!(matches!(ticks[1].outcome, Ok(Finding::Skew(seconds)) if seconds.abs() < SKEW), "{ticks:?}");
        assert!(matches!(ticks[6].outcome, Ok(Finding::Space { total: 1.., .. })), "{ticks:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 0);
        let slow = FixedClock::at(Timestamp(1_000_000_000));
        let ticks = probe(&destination(folder.path()), &slow);
        assert!(matches!(ticks[1].outcome, Ok(Finding::Skew(SKEW..))), "a clock that is off is told");
    }

    #[test]
    fn a_folder_that_vanished_is_not_made_anew() {
        let folder = tempfile::tempdir().expect("folder");
        let place = folder.path().join("mount/place");
        fs::create_dir_all(&place).expect("made");
        let destination = destination(&place);
        fs::remove_dir(&place).expect("the drive is pulled");
        let ticks = probe(&destination, &SystemClock);
        assert!(matches!(ticks[0].outcome, Err(StoreError::NoFolder { .. })), "{ticks:?}");
        assert!(!place.exists(), "an empty mount point must not get a backup");
    }

    #[test]
    fn a_place_that_is_gone_is_told_once() {
        let folder = tempfile::tempdir().expect("folder");
        let place = folder.path().join("place");
        fs::create_dir(&place).expect("made");
        let destination = destination(&place);
        fs::remove_dir(&place).expect("gone");
        fs::write(&place, "a file in its way").expect("write");
        let ticks = probe(&destination, &SystemClock);
        assert_eq!(ticks[0].what, Check::Write);
        assert!(ticks[0].outcome.is_err(), "{ticks:?}");
        assert_eq!(ticks.len(), 2, "what needs the object is not tried without it");
    }
}
