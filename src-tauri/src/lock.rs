//! One background and one window for a person: a lock on a file in the runtime folder, which the system lets go of
//! however the process ends. The file says the process's id, for a person who looks.

use crate::own_folder;
use backtrail_base::fs;
use std::fs::TryLockError;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// How often a lock that is held is asked for again, and how long after.
const TRIES: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(50);

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "holds the lock by being open")] fs::File);

impl Lock {
    /// Takes the lock of this name; none when another process has it.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn take(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        own_folder::make(folder)?;
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(folder.join(name))?;
        match file.file().try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Some(Self(file)))
    }

    /// Takes the lock, and asks more than once: whoever looks whether it is held has it for a moment, and a process
    /// that is ending has it for a little longer.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub(crate) fn take_soon(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        for _ in 0..TRIES {
            if let Some(lock) = Self::take(folder, name)? {
                return Ok(Some(lock));
            }
            std::thread::sleep(BETWEEN);
        }
        Self::take(folder, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time() {
        let root = tempfile::tempdir().expect("the temporary folder can be written");
        let folder = root.path().join("runtime");
        let first = Lock::take(&folder, "a.lock").expect("the folder can be made");
        assert!(first.is_some(), "nobody held it");
        assert!(Lock::take(&folder, "a.lock").expect("as above").is_none(), "it is held");
        assert!(Lock::take(&folder, "b.lock").expect("as above").is_some(), "another name is another lock");
        drop(first);
        assert!(Lock::take(&folder, "a.lock").expect("as above").is_some(), "it was let go, file or no file");
    }
}
