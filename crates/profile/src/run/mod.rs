//! Carrying out what a profile says: back up, prove, browse and restore, each as one call that the desktop app and the
//! command make alike. It promises that every run of a backup, a removal, a proof or a restore leaves a record in the
//! history, that nothing is written where the profile's own drive is not, that old backups go only in the order
//! cleanup, removal, backup, and that what comes back was sealed and signed for this profile. When to run, and what a
//! person is shown, is left to the caller. All calls block; they may come from several threads.

mod advice;
mod backup;
mod browse;
mod error;
mod listing;
mod naming;
mod paths;
mod place;
mod proof;
mod restore;
mod seal;
mod selection;
#[cfg(test)]
mod tests;

pub use browse::{Child, ChildKind, Children, Moment};
pub use error::RunError;
pub use paths::{to_entry, to_path};
pub use place::Space;
pub use restore::{RestoreOutcome, Sheet, Where};
pub use seal::Trust;

use crate::secrets::Secrets;
use crate::{Folders, History, PersonFolders, Profile, Record};
use backtrail_base::{Clock, Timestamp};
use backtrail_engine::{Cancel, Context, Observer};
use backtrail_store::{Destination, Drive};
use jiff::tz::TimeZone;
use listing::Opened;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

type FindDrives = dyn Fn(Option<&str>, Option<&str>) -> Vec<Drive> + Send + Sync;

/// Carries out profiles. Cheap to clone; clones share what they have open.
#[derive(Clone)]
pub struct Runner {
    folders: Folders,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    home: PersonFolders,
    host: String,
    zone: TimeZone,
    drives: Arc<FindDrives>,
    opened: Arc<Mutex<Option<Arc<Opened>>>>,
}

impl Runner {
    /// A runner for the person whose folders these are, on this computer.
    #[must_use]
    pub fn new(folders: &Folders, secrets: &Secrets, clock: Arc<dyn Clock>) -> Self {
        Self {
            folders: folders.clone(),
            secrets: secrets.clone(),
            clock,
            home: PersonFolders::of_this_person().unwrap_or_else(|| PersonFolders::at("/")),
            host: host_name(),
            zone: TimeZone::system(),
            drives: Arc::new(backtrail_store::drives::find),
            opened: Arc::default(),
        }
    }

    /// The same for a person whose home is elsewhere: ready-made excludes look there.
    #[must_use]
    pub fn with_home(mut self, home: PersonFolders) -> Self {
        self.home = home;
        self
    }

    /// The same with times shown in this zone: it is in the names of restored files that stand beside others.
    #[must_use]
    pub fn with_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// The same with drives found by `find`, which is given a UUID and a label.
    #[must_use]
    pub fn with_drives(
        mut self,
        find: impl Fn(Option<&str>, Option<&str>) -> Vec<Drive> + Send + Sync + 'static,
    ) -> Self {
        self.drives = Arc::new(find);
        self
    }

    /// The secrets it works with.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The folder of plain manifests and signatures of a profile, which mirrors the destination's. Can be lost. What was
    /// read without the pinned signer lies apart, so that nobody takes it for the profile's own.
    #[must_use]
    pub fn archive_folder(&self, profile: &Profile, trust: Trust) -> PathBuf {
        let name = match trust {
            Trust::Pinned => profile.id.to_string(),
            Trust::Anyone => format!("{}.unverified", profile.id),
        };
        self.folders.cache().join("archives").join(name)
    }

    fn context(
        &self,
        profile: &Profile,
        destination: Destination,
        trust: Trust,
        observer: &Arc<dyn Observer>,
        cancel: &Cancel,
    ) -> Result<Context, RunError> {
        let archive_folder = self.archive_folder(profile, trust);
        // Only ciphertext is ever in the temporary folder, and it is on the disk where the archive folder is.
        let temp_folder = self.folders.cache().join("temp");
        crate::secrets::private_folder(&archive_folder).map_err(RunError::Io)?;
        crate::secrets::private_folder(&temp_folder).map_err(RunError::Io)?;
        Ok(Context {
            destination,
            archive_folder,
            temp_folder,
            prefixes: Default::default(),
            time_separator: ':',
            opener: self.opener(profile, trust),
            clock: Arc::clone(&self.clock),
            observer: Arc::clone(observer),
            cancel: cancel.clone(),
        })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn history(&self, profile: &Profile) -> Result<History, RunError> {
        Ok(History::open(&self.folders, &profile.id)?)
    }

    /// Keeps a record, and gives it back. A history that cannot be written does not undo what was done: the record
    /// says so itself.
    fn keep(&self, profile: &Profile, mut record: Record) -> Record {
        if let Err(error) = self.history(profile).and_then(|history| Ok(history.append(&record)?)) {
            advice::warn_of(&mut record, &error);
        }
        record
    }
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("folders", &self.folders)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// This computer's name up to the first dot, as manifests have it.
fn host_name() -> String {
    #[cfg(target_os = "linux")]
    let name = backtrail_base::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    name.trim().split('.').next().unwrap_or_default().to_owned()
}
