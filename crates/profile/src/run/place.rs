//! Where a profile's backups are at this moment. A drive is looked for by what it is known by, wherever it is mounted
//! now; an empty folder where it was mounted once is never taken for it. A folder is made for the first backup only:
//! one that was there and is gone is a reason to stop, not to begin anew.

use super::{RunError, Runner, Trust};
use crate::{DriveRef, Place, Profile};
use backtrail_base::fs;
use backtrail_engine::list;
use backtrail_store::{Address, Destination, Drive, Scheme, StoreError, free_space};
use std::path::{Component, Path, PathBuf};

/// The most folders that are made for a new backup below one that is there: `Backtrail/<host>-<profile>`.
const MADE: usize = 2;

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that the backups take.
    pub used: u64,
    /// Bytes that may still be written; none where the destination does not say.
    pub free: Option<u64>,
    /// Bytes there are in all.
    pub total: Option<u64>,
}

impl Runner {
    /// Whether the destination of a profile is there now: its drive is mounted, its folder is there or can be made.
    /// A destination over the network counts as there.
    #[must_use]
    pub fn destination_here(&self, profile: &Profile) -> bool {
        match self.locate(profile) {
            Ok((address, _)) => address.path.is_dir() || self.may_make(profile, &address.path).is_ok(),
            Err(_) => false,
        }
    }

    /// The folder of a profile's backups now, where it is a folder of this computer or of a drive.
    ///
    /// # Errors
    /// [`RunError::DriveAway`], or what is wrong with the address.
    pub fn folder(&self, profile: &Profile) -> Result<PathBuf, RunError> {
        Ok(self.locate(profile)?.0.path)
    }

    /// How much room the backups take and have. None where the destination is not there.
    #[must_use]
    pub fn space(&self, profile: &Profile) -> Option<Space> {
        let destination = self.open(profile, false).ok()?;
        let used = destination.list().ok()?.iter().map(|object| object.size).sum();
        let room = destination.local_folder().and_then(free_space);
        Some(Space { used, free: room.map(|(free, _)| free), total: room.map(|(_, total)| total) })
    }

    /// Opens the destination. `writing`: for the first backup the folder is made.
    pub(super) fn open(&self, profile: &Profile, writing: bool) -> Result<Destination, RunError> {
        let (address, base) = self.locate(profile)?;
        if address.scheme == Scheme::File && !address.path.is_dir() {
            let shown = address.path.display().to_string();
            if !writing {
                return Err(match base {
                    None => StoreError::NoFolder { path: shown }.into(),
                    Some(_) => RunError::Gone { folder: address.path },
                });
            }
            self.may_make(profile, &address.path)?;
            fs::create_dir_all(&address.path).map_err(|error| StoreError::from_io(&shown, &error))?;
        }
        Ok(Destination::open(&address, false)?)
    }

    /// The address of the backups now, and for a drive where that is mounted.
    fn locate(&self, profile: &Profile) -> Result<(Address, Option<PathBuf>), RunError> {
        let Some(drive) = &profile.place.drive else {
            return Ok((Address::parse(&profile.place.address)?, None));
        };
        let away = || RunError::DriveAway { label: profile.place.label.clone() };
        let mount = self.mounted(drive, &profile.place).ok_or_else(away)?;
        // What is written in the file of the profile must not lead elsewhere.
        if !drive.path_on_drive.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(RunError::Gone { folder: drive.path_on_drive.clone() });
        }
        let path = mount.join(&drive.path_on_drive);
        let text = format!("file://{}", path.display());
        Ok((Address { text, scheme: Scheme::File, path }, Some(mount)))
    }

    /// Where the drive is mounted now. One that is known by a UUID is found by it; another drive of the same name is
    /// taken only if the backup's folder is on it, as on a copy of the drive.
    /// Of several without a UUID the one counts that is where the profile last saw it.
    fn mounted(&self, drive: &DriveRef, place: &Place) -> Option<PathBuf> {
        let known = Address::parse(&place.address).ok().map(|address| address.path);
        let holds = |found: &Drive| found.mount.join(&drive.path_on_drive).is_dir();
        let by_name = || (self.drives)(None, drive.label.as_deref());
        let found = match &drive.uuid {
            Some(uuid) => {
                let found = (self.drives)(Some(uuid), None);
                if found.is_empty() { by_name().into_iter().filter(holds).collect() } else { found }
            }
            None => by_name(),
        };
        // Mounted twice (a part of it, for a container), the one that has the folder counts.
        let as_known = |found: &&Drive| known.as_deref() == Some(&found.mount.join(&drive.path_on_drive));
        let chosen = found.iter().find(as_known).or_else(|| found.iter().find(|found| holds(found)));
        let chosen = chosen.or(found.first());
        chosen.map(|drive| drive.mount.clone())
    }

    /// Whether the folder may be made: there never was one, and what it lies in is there.
    fn may_make(&self, profile: &Profile, folder: &Path) -> Result<(), RunError> {
        let gone = || RunError::Gone { folder: folder.to_path_buf() };
        if self.has_backups(profile)? {
            return Err(gone());
        }
        let missing = folder.ancestors().take_while(|path| !path.exists()).count();
        let most = match &profile.place.drive {
            Some(drive) => drive.path_on_drive.components().count(),
            None => MADE,
        };
        if missing <= most { Ok(()) } else { Err(gone()) }
    }

    /// Whether a backup of this profile was ever finished, as far as this computer knows.
    pub(super) fn has_backups(&self, profile: &Profile) -> Result<bool, RunError> {
        let archive = self.archive_folder(profile, Trust::Pinned);
        if !list::local_moments(&archive, &Default::default())?.is_empty() {
            return Ok(true);
        }
        Ok(self.history(profile)?.last_success()?.is_some())
    }

    /// The error of a run in which the drive went away, in place of what its file system said.
    pub(super) fn explained(&self, profile: &Profile, error: RunError) -> RunError {
        let is_drive = profile.place.drive.is_some();
        if is_drive
            && error.skipped().is_none()
            && matches!(self.locate(profile), Err(RunError::DriveAway { .. }))
        {
            return RunError::DriveLeft { label: profile.place.label.clone() };
        }
        error
    }
}

impl Place {
    /// The place of a backup on a drive that is mounted now, in `path_on_drive` below its root.
    #[must_use]
    pub fn on_drive(drive: &Drive, path_on_drive: PathBuf) -> Self {
        let label = drive.label.clone().unwrap_or_else(|| drive.mount.display().to_string());
        let address = format!("file://{}", drive.mount.join(&path_on_drive).display());
        let drive = DriveRef { uuid: drive.uuid.clone(), label: drive.label.clone(), path_on_drive };
        Self { address, label, drive: Some(drive) }
    }
}
