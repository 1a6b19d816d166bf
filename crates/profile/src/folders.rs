//! The folders that Backtrail keeps things in, as each system wants them: the XDG base directories on Linux,
//! `~/Library` on macOS, the known folders on Windows. Nothing is created here.

use backtrail_base::{Code, Coded};
use directories::ProjectDirs;
use std::path::{Path, PathBuf};

/// Why the folders are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system does not say where this person's home is.
    #[error("the home folder of this user is not known")]
    NoHome,
}

impl Coded for Error {
    fn code(&self) -> Code {
        Code::NotFound
    }

    fn next_step(&self) -> Option<String> {
        Some("Set HOME to your home folder, then start Backtrail again.".to_owned())
    }
}

/// Where this person's Backtrail keeps what it needs. All paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    data: PathBuf,
    config: PathBuf,
    cache: PathBuf,
    logs: PathBuf,
    runtime: PathBuf,
}

impl Folders {
    /// The folders of the person who runs this process.
    ///
    /// # Errors
    /// [`Error::NoHome`] when the system does not say where the person's home is.
    pub fn of_this_person() -> Result<Self, Error> {
        // On Linux the last word is the folder's name, on macOS all three are, on Windows the last two.
        let system = ProjectDirs::from("org", "Backtrail", "Backtrail").ok_or(Error::NoHome)?;
        let state = system.state_dir().unwrap_or_else(|| system.data_local_dir());
        Ok(Self {
            data: system.data_dir().to_path_buf(),
            config: system.config_dir().to_path_buf(),
            cache: system.cache_dir().to_path_buf(),
            logs: state.join("logs"),
            // Without a runtime folder (macOS, Windows, a login without a session) the cache is the nearest thing
            // that belongs to this person alone.
            runtime: system
                .runtime_dir()
                .map_or_else(|| system.cache_dir().join("runtime"), Path::to_path_buf),
        })
    }

    /// All folders below one: for tests, and for a Backtrail that travels on a drive.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        let folder = |name| root.join(name);
        Self {
            data: folder("data"),
            config: folder("config"),
            cache: folder("cache"),
            logs: folder("logs"),
            runtime: folder("runtime"),
        }
    }

    /// Keys, the vault, history: what cannot be made again.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Profiles and settings, as files a person may read.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Archive folders and indexes: what a destination can give back.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// What the app did, for a person who looks for a fault.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// Sockets and files that live no longer than the session.
    #[must_use]
    pub fn runtime(&self) -> &Path {
        &self.runtime
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn all(folders: &Folders) -> [&Path; 5] {
        [folders.data(), folders.config(), folders.cache(), folders.logs(), folders.runtime()]
    }

    #[test]
    fn no_two_kinds_of_things_share_a_folder() {
        let folders = Folders::of_this_person().expect("whoever runs the tests has a home");
        let different: HashSet<_> = all(&folders).into_iter().collect();
        // macOS keeps data and settings in one folder; the names in it are told apart by their owners.
        let expected = if cfg!(target_os = "macos") { 4 } else { 5 };
        assert_eq!(different.len(), expected, "emptying the cache must not empty anything else: {folders:?}");
        assert!(all(&folders).iter().all(|folder| folder.is_absolute()), "{folders:?}");
    }

    #[test]
    fn below_a_root_nothing_leaves_it() {
        let root = Path::new("/media/stick/backtrail");
        let folders = Folders::below(root);
        assert!(all(&folders).iter().all(|folder| folder.starts_with(root)), "{folders:?}");
    }
}
