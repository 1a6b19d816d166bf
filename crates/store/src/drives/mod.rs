//! Drives: the file systems mounted now, with the names they keep wherever they are plugged in. It says what is there
//! at this moment, from the system's own tables, and remembers nothing; which of them a backup belongs on is the
//! caller's affair. An empty folder where a drive was once mounted is no drive.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod other;
mod space;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
use other as system;
#[cfg(windows)]
use windows as system;

pub use space::free_space;

use std::path::{Path, PathBuf};

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    /// What the file system is known by on every computer, as the system writes it; none where it has none.
    pub uuid: Option<String>,
    /// Its name: the label, else the last part of where it is mounted.
    pub label: Option<String>,
    /// Where it is mounted now.
    pub mount: PathBuf,
    /// Bytes that may still be written; none where the system does not say.
    pub free: Option<u64>,
    /// Bytes it holds in all.
    pub total: Option<u64>,
    /// Whether it is made to be taken away: a USB stick, a card, a drive on a cable.
    pub removable: bool,
    /// Whether nothing can be written to it.
    pub read_only: bool,
    /// Whether the computer itself lives on it, so that it cannot be away and a backup on it goes down with the rest.
    pub system: bool,
}

impl Drive {
    /// Fills in the space that is free, which takes a call to the file system: one that hangs is left alone until then.
    fn measured(mut self) -> Self {
        if let Some((free, total)) = free_space(&self.mount) {
            (self.free, self.total) = (Some(free), Some(total));
        }
        self
    }
}

/// The drives that a backup can be put on: removable ones, and what is mounted where people mount drives. In the order
/// of their names.
#[must_use]
pub fn list() -> Vec<Drive> {
    let mut drives: Vec<Drive> = system::mounted().into_iter().filter(|drive| !drive.system).collect();
    drives.sort_by(|a, b| (&a.label, &a.mount).cmp(&(&b.label, &b.mount)));
    // A file system that is mounted twice is one drive.
    drives.dedup_by(|a, b| a.uuid.is_some() && a.uuid == b.uuid);
    drives.into_iter().map(Drive::measured).collect()
}

/// Every place where the drive of this UUID is mounted now; without a UUID, of this label. Also drives that
/// [`list`] leaves out are found: where a drive is mounted can change from day to day.
#[must_use]
pub fn find(uuid: Option<&str>, label: Option<&str>) -> Vec<Drive> {
    matching(system::mounted(), uuid, label)
}

fn matching(mounted: Vec<Drive>, uuid: Option<&str>, label: Option<&str>) -> Vec<Drive> {
    let same = |drive: &Drive| match (uuid, label) {
        (Some(uuid), _) => drive.uuid.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(uuid)),
        // The computer's own file systems are never a drive that somebody named.
        (None, Some(label)) => !drive.system && drive.label.as_deref() == Some(label),
        (None, None) => false,
    };
    mounted.into_iter().filter(same).map(Drive::measured).collect()
}

/// The drive that `path` lies on, or would lie on once it is made; none where the system has no such notion.
#[must_use]
pub fn holding(path: &Path) -> Option<Drive> {
    let existing = path.ancestors().find(|path| path.exists())?;
    let path = backtrail_base::fs::canonicalize(existing).ok()?;
    let mounted = system::mounted().into_iter().filter(|drive| path.starts_with(&drive.mount));
    // Of two at one place the one mounted last is seen.
    mounted.max_by_key(|drive| drive.mount.components().count()).map(Drive::measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn drive(uuid: Option<&str>, label: Option<&str>, mount: &str, system: bool) -> Drive {
        Drive {
            uuid: uuid.map(str::to_owned),
            label: label.map(str::to_owned),
            mount: PathBuf::from(mount),
            free: None,
            total: None,
            removable: false,
            read_only: false,
            system,
        }
    }

    #[test]
    fn a_drive_is_known_by_its_uuid_and_else_by_its_name() {
        let mounted = || {
            vec![
                drive(Some("AAAA-1"), Some("Stick"), "/media/tim/Stick", false),
                drive(Some("bbbb-2"), Some("Stick"), "/media/tim/Stick1", false),
                drive(None, Some("Share"), "/mnt/Share", false),
                drive(None, Some("home"), "/home", true),
            ]
        };
        let mounts = |uuid, label| -> Vec<PathBuf> {
            matching(mounted(), uuid, label).into_iter().map(|drive| drive.mount).collect()
        };
        assert_eq!(mounts(Some("aaaa-1"), Some("Stick")), [PathBuf::from("/media/tim/Stick")]);
        assert!(
            mounts(Some("CCCC-3"), Some("Stick")).is_empty(),
            "another stick of the same name is another drive"
        );
        assert_eq!(mounts(None, Some("Share")), [PathBuf::from("/mnt/Share")]);
        assert!(mounts(None, Some("home")).is_empty(), "a folder of the computer is no drive");
        assert!(mounts(None, None).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn the_drive_of_the_root_is_the_systems() {
        let root = holding(Path::new("/")).expect("something is mounted at the root");
        assert!(root.system, "{root:?}");
        assert!(
            !list().iter().any(|drive| drive.mount == Path::new("/")),
            "a backup there goes down with it"
        );
        let (free, total) = free_space(Path::new("/")).expect("the root has a size");
        assert!(free <= total && total > 0);
        assert!(free_space(Path::new("/no/such/folder")).is_none());
    }
}
