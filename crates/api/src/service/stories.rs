//! What became of each profile so far, from its history, read again only when the file has changed: the command may
//! have run a backup meanwhile.

use super::lock;
use backtrail_base::{Clock, fs};
use backtrail_profile::{Folders, History, ProfileError, ProfileId, Record, Records};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// The histories.
pub(super) struct Stories {
    folders: Folders,
    clock: Arc<dyn Clock>,
    read: Mutex<HashMap<ProfileId, Read>>,
}

struct Read {
    stamp: Option<(u64, SystemTime)>,
    records: Arc<Records>,
}

impl Stories {
    pub(super) fn new(folders: &Folders, clock: Arc<dyn Clock>) -> Self {
        Self { folders: folders.clone(), clock, read: Mutex::default() }
    }

    /// All records of a profile.
    pub(super) fn of(&self, profile: &ProfileId) -> Result<Arc<Records>, ProfileError> {
        let history = self.history(profile)?;
        let stamp =
            fs::metadata(history.path()).ok().and_then(|file| Some((file.len(), file.modified().ok()?)));
        if let Some(read) = lock(&self.read).get(profile).filter(|read| read.stamp == stamp) {
            return Ok(Arc::clone(&read.records));
        }
        let records = Arc::new(history.read()?);
        lock(&self.read).insert(profile.clone(), Read { stamp, records: Arc::clone(&records) });
        Ok(records)
    }

    /// Adds a record.
    pub(super) fn append(&self, profile: &ProfileId, record: &Record) -> Result<(), ProfileError> {
        self.history(profile)?.append(record)
    }

    /// Forgets a profile's history.
    pub(super) fn remove(&self, profile: &ProfileId) -> Result<(), ProfileError> {
        lock(&self.read).remove(profile);
        self.history(profile)?.remove()
    }

    fn history(&self, profile: &ProfileId) -> Result<History, ProfileError> {
        History::with_clock(&self.folders, profile, Arc::clone(&self.clock))
    }
}
