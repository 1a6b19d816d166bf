//! The profiles as files: `profiles/<id>.toml` in the folder of settings, one each. The file names the profile; what is
//! in it must say the same.

use super::{Profile, ProfileId};
use crate::document::{self, DAMAGED, Document, Unreadable, durable};
use crate::{Folders, ProfileError};
use backtrail_base::{Clock, SystemClock, fs};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Document for Profile {
    const TITLE: &'static str =
        "A backup that Backtrail makes: what, where to, when, and what is kept. No secrets.";
}

/// The profiles of this person.
#[derive(Clone)]
pub struct Profiles {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
}

/// What is in the folder of profiles.
#[derive(Debug, Default)]
pub struct Listed {
    /// The profiles, oldest first.
    pub profiles: Vec<Profile>,
    /// Files that are no usable profiles. They stay until the person removes them.
    pub damaged: Vec<Damaged>,
}

/// A file that is no usable profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Which profile it was.
    pub id: ProfileId,
    /// Where the file is: kept aside under another name, or in its place when a newer version wrote it.
    pub path: PathBuf,
    /// What is wrong with it, in words.
    pub why: String,
    /// Whether a newer Backtrail wrote it, so that it is not damaged at all.
    pub newer: bool,
}

impl Profiles {
    /// The profiles below these folders; nothing needs to be there. What writers that were killed left is removed.
    ///
    /// # Errors
    /// [`ProfileError::Io`] when the folder is there and cannot be read.
    pub fn open(folders: &Folders) -> Result<Self, ProfileError> {
        Self::with_clock(folders, Arc::new(SystemClock))
    }

    /// The same, with the clock that stamps damaged files.
    ///
    /// # Errors
    /// As [`Profiles::open`].
    pub fn with_clock(folders: &Folders, clock: Arc<dyn Clock>) -> Result<Self, ProfileError> {
        let folder = folders.config().join("profiles");
        durable::sweep(&folder, clock.now())?;
        Ok(Self { folder, clock })
    }

    /// Every profile, and every file that should be one and is not.
    ///
    /// # Errors
    /// [`ProfileError::Io`] when the folder or a file in it cannot be read.
    pub fn list(&self) -> Result<Listed, ProfileError> {
        let mut listed = Listed::default();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listed),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort_unstable();
        let mut there = BTreeSet::new();
        for id in names.iter().filter_map(|name| name.strip_suffix(".toml")) {
            let Ok(id) = id.parse::<ProfileId>() else { continue };
            match self.load(&id) {
                Ok(profile) => listed.profiles.push(profile),
                Err(ProfileError::Damaged { kept, why, .. }) => {
                    listed.damaged.push(Damaged { id, path: kept, why, newer: false });
                    continue;
                }
                Err(ProfileError::Newer { path, version }) => listed.damaged.push(Damaged {
                    id: id.clone(),
                    path,
                    why: format!("it was written by a newer Backtrail, version {version} of the file"),
                    newer: true,
                }),
                // Removed since the folder was read.
                Err(ProfileError::NoProfile { .. }) => continue,
                Err(error) => return Err(error),
            }
            there.insert(id);
        }
        for name in &names {
            let Some((id, _)) = name.split_once(&format!(".toml{DAMAGED}")) else { continue };
            // One that was set up again or mended is no loss any more.
            let Some(id) = id.parse::<ProfileId>().ok().filter(|id| !there.contains(id)) else { continue };
            let path = self.folder.join(name);
            let why = self.why(&id, &fs::read(&path)?);
            listed.damaged.push(Damaged { id, path, why, newer: false });
        }
        listed.profiles.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(listed)
    }

    /// One profile.
    ///
    /// # Errors
    /// [`ProfileError::NoProfile`], [`ProfileError::Damaged`] (the file is then kept aside), [`ProfileError::Newer`],
    /// [`ProfileError::Io`].
    pub fn load(&self, id: &ProfileId) -> Result<Profile, ProfileError> {
        Ok(self.found(id)?.value)
    }

    /// The keys in a profile's file that this version does not know, such as `schedule.enabeld`: a newer version's, or
    /// mistyped. They are kept when the profile is saved.
    ///
    /// # Errors
    /// As [`Profiles::load`].
    pub fn unknown_keys(&self, id: &ProfileId) -> Result<Vec<String>, ProfileError> {
        Ok(self.found(id)?.unknown)
    }

    fn found(&self, id: &ProfileId) -> Result<document::Found<Profile>, ProfileError> {
        let path = self.path(id);
        let found = document::read::<Profile>(&path, &*self.clock)?
            .ok_or_else(|| ProfileError::NoProfile { id: id.to_string() })?;
        if found.value.id == *id {
            return Ok(found);
        }
        // A copy under another name: two profiles with one id would share keys, history and archive folder.
        let kept = document::set_aside(&path, &*self.clock)?;
        let why = other_id(&found.value.id);
        Err(ProfileError::Damaged { path, kept, why })
    }

    /// Writes a profile, in place of what was there under its id.
    ///
    /// # Errors
    /// [`ProfileError::Newer`] when a newer version wrote the file, which is then left; [`ProfileError::Io`].
    pub fn save(&self, profile: &Profile) -> Result<(), ProfileError> {
        document::write(&self.path(&profile.id), profile, &*self.clock)
    }

    /// Removes a profile's file; its history, keys and backups are left. One that is gone already is no error.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn remove(&self, id: &ProfileId) -> Result<(), ProfileError> {
        Ok(durable::remove(&self.path(id))?)
    }

    /// The file of a profile.
    #[must_use]
    pub fn path(&self, id: &ProfileId) -> PathBuf {
        self.folder.join(format!("{id}.toml"))
    }

    /// The folder with the profiles.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn why(&self, id: &ProfileId, bytes: &[u8]) -> String {
        match document::parse::<Profile>(bytes) {
            Err(Unreadable::Damaged(why)) => why,
            Err(Unreadable::Newer(version)) => {
                format!("version {version} of the file is newer than this Backtrail")
            }
            Ok(found) if found.value.id != *id => other_id(&found.value.id),
            Ok(_) => "it can be read again: give it its old name".to_owned(),
        }
    }
}

fn other_id(id: &ProfileId) -> String {
    format!("it is a copy: the profile in it is {id}")
}

#[cfg(test)]
mod tests;
