//! The lock of an archive folder: the file `lockfile`, locked as duplicity locks it, so that a run of stock
//! duplicity and one of ours never work on the same folder at once.

use crate::EngineError;
use backtrail_base::fs;
use std::path::{Path, PathBuf};

/// A held lock; dropping it releases it. The file stays, as stock duplicity leaves it.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: fs::File,
}

impl Lock {
    /// Takes the lock of `folder` or says that it is taken.
    pub(crate) fn take(folder: &Path) -> Result<Self, EngineError> {
        let path = folder.join("lockfile");
        // A refused stock 3.2.1 unlinks the file that we hold; whoever gets a lock on a file that is no longer the
        // one under the name tries again with the new one.
        for _ in 0..10 {
            let file =
                fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            if !system::lock(&file)? {
                return Err(EngineError::Locked { folder: folder.to_owned() });
            }
            let lock = Self { path: path.clone(), file };
            if lock.holds()? {
                return Ok(lock);
            }
        }
        Err(EngineError::Locked { folder: folder.to_owned() })
    }

    /// Whether the file under the name is still the one that is locked; asked again before each commit.
    pub(crate) fn holds(&self) -> Result<bool, EngineError> {
        Ok(system::same_file(&self.file, &self.path)?)
    }
}

#[cfg(unix)]
mod system {
    use backtrail_base::fs;
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// Locks the whole file for this open description. Python's `lockf`, which duplicity uses, sees it; `flock`
    /// and [`std::fs::File::lock`] would not be seen.
    pub(super) fn lock(file: &fs::File) -> io::Result<bool> {
        use nix::fcntl::{FcntlArg, fcntl};
        let range = nix::libc::flock {
            l_type: nix::libc::F_WRLCK as _,
            l_whence: nix::libc::SEEK_SET as _,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        // Open-file-description locks also keep two operations of one process apart; where the system has none
        // (macOS), the process-wide lock at least keeps other programs out.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let request = FcntlArg::F_OFD_SETLK(&range);
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let request = FcntlArg::F_SETLK(&range);
        match fcntl(file.file(), request) {
            Ok(_) => Ok(true),
            Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EACCES) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn same_file(file: &fs::File, path: &Path) -> io::Result<bool> {
        let ours = file.metadata()?;
        match fs::metadata(path) {
            Ok(named) => Ok(named.dev() == ours.dev() && named.ino() == ours.ino()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(not(unix))]
mod system {
    use backtrail_base::fs;
    use std::io;
    use std::path::Path;

    /// Windows locks the file against every other handle; duplicity does not run there.
    pub(super) fn lock(file: &fs::File) -> io::Result<bool> {
        match file.file().try_lock() {
            Ok(()) => Ok(true),
            Err(std::fs::TryLockError::WouldBlock) => Ok(false),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// An open file cannot be unlinked there, so the name always means the locked one.
    pub(super) fn same_file(_: &fs::File, path: &Path) -> io::Result<bool> {
        Ok(path.exists())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_refused_and_a_later_one_is_not() {
        let folder = tempfile::tempdir().expect("folder");
        let lock = Lock::take(folder.path()).expect("free");
        assert!(matches!(Lock::take(folder.path()), Err(EngineError::Locked { .. })));
        drop(lock);
        let lock = Lock::take(folder.path()).expect("released");
        fs::remove_file(folder.path().join("lockfile")).expect("unlink");
        assert!(!lock.holds().expect("asked"), "an unlinked lock file protects nothing");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn pythons_lockf_sees_the_lock() {
        let folder = tempfile::tempdir().expect("folder");
        let _lock = Lock::take(folder.path()).expect("free");
        let script = "import fcntl,sys\nf=open(sys.argv[1],'r+')\n\
                      try: fcntl.lockf(f, fcntl.LOCK_EX|fcntl.LOCK_NB); print('got it')\n\
                      except OSError: print('refused')";
        let output = std::process::Command::new("python3")
            .args(["-c", script])
            .arg(folder.path().join("lockfile"))
            .output()
            .expect("python3 is installed for this test");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "refused", "duplicity locks with lockf");
    }
}
