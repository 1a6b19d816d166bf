//! Where the background listens: a socket in the runtime folder on Unix, a named pipe on Windows. Only this person can
//! open it.

use backtrail_profile::Folders;
use interprocess::local_socket::Name;
use std::io;

/// The link's address.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    #[cfg(unix)]
    path: std::path::PathBuf,
    #[cfg(windows)]
    pipe: String,
}

#[cfg(unix)]
impl Address {
    /// The address for this person's background.
    pub(crate) fn of(folders: &Folders) -> Self {
        Self { path: folders.runtime().join("backtrail.sock") }
    }

    /// As the socket library wants it.
    ///
    /// # Errors
    /// When the path cannot be a socket's.
    pub(crate) fn name(&self) -> io::Result<Name<'_>> {
        use interprocess::local_socket::{GenericFilePath, ToFsName};
        self.path.as_path().to_fs_name::<GenericFilePath>()
    }
}

#[cfg(windows)]
impl Address {
    /// The address for this person's background. Pipes have one namespace for the whole computer, so the name carries
    /// a digest of the person's own data folder.
    pub(crate) fn of(folders: &Folders) -> Self {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        folders.runtime().hash(&mut hasher);
        Self { pipe: format!("backtrail-{:016x}", hasher.finish()) }
    }

    /// As the pipe library wants it.
    ///
    /// # Errors
    /// When the name cannot be a pipe's.
    pub(crate) fn name(&self) -> io::Result<Name<'_>> {
        use interprocess::local_socket::{GenericNamespaced, ToNsName};
        self.pipe.as_str().to_ns_name::<GenericNamespaced>()
    }
}
