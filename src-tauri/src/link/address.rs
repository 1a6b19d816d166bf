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

    /// The socket's path.
    #[cfg(test)]
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Makes the folder, which nobody but this person may enter, and takes away what a crashed background left.
    ///
    /// # Errors
    /// When the folder cannot be made, is a link, belongs to somebody else, or is open to others.
    pub(crate) fn make_ready(&self) -> io::Result<()> {
        let folder = self.path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        crate::own_folder::make(folder)?;
        match backtrail_base::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
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

    /// Nothing to do: a pipe ends with its process.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on the other systems")]
    pub(crate) fn make_ready(&self) -> io::Result<()> {
        Ok(())
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
