//! The file of records: appended to, bounded, mended.

use super::{DaySummary, Record, Records};
use crate::document::{durable, set_aside_copy};
use crate::profile::ProfileId;
use crate::schedule::Past;
use crate::{Folders, ProfileError};
use backtrail_base::{Clock, SystemClock, fs};
use jiff::Zoned;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most records in a file, and the most bytes.
const MOST: usize = 5_000;
const MOST_BYTES: u64 = 16 << 20;
/// So many records have more bytes than this in any case.
const LEAST_BYTES: u64 = 100 * MOST as u64;
/// What stays when there are more.
const KEPT: usize = 4_000;
const KEPT_BYTES: usize = 8 << 20;

/// The history of one profile. Cheap to make; several may be open at once, in several processes.
#[derive(Clone)]
pub struct History {
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl History {
    /// The history of a profile; nothing needs to be there. A damaged file is kept aside at once, and what can be read
    /// of it goes on.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn open(folders: &Folders, id: &ProfileId) -> Result<Self, ProfileError> {
        Self::with_clock(folders, id, Arc::new(SystemClock))
    }

    /// The same, with the clock that stamps damaged files.
    ///
    /// # Errors
    /// As [`History::open`].
    pub fn with_clock(
        folders: &Folders,
        id: &ProfileId,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ProfileError> {
        let folder = folders.data().join("history");
        durable::sweep(&folder, clock.now())?;
        let history = Self { path: folder.join(format!("{id}.jsonl")), clock };
        history.mend()?;
        Ok(history)
    }

    /// Adds a record. When this returns it is on the disk.
    ///
    /// # Errors
    /// [`ProfileError::Io`]; [`ProfileError::Unwritable`] never happens with a record.
    pub fn append(&self, record: &Record) -> Result<(), ProfileError> {
        let mut line = serde_json::to_vec(record)
            .map_err(|error| ProfileError::Unwritable { path: self.path.clone(), why: error.to_string() })?;
        line.push(b'\n');
        let _alone = self.lock()?;
        let is_new = !self.path.exists();
        let mut file = private_file(&self.path)?;
        forget_torn_line(&mut file)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(&line)?;
        file.sync_data()?;
        if is_new {
            durable::sync_folder_of(&self.path)?;
        }
        drop(file);
        self.trim()?;
        Ok(())
    }

    /// Every record there is.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn read(&self) -> Result<Records, ProfileError> {
        Ok(Records::of(&self.bytes()?))
    }

    /// The records, newest first.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn newest_first(&self) -> Result<impl Iterator<Item = Record> + use<>, ProfileError> {
        Ok(self.read()?.into_newest_first())
    }

    /// The last backup that succeeded, also with warnings.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn last_success(&self) -> Result<Option<Record>, ProfileError> {
        Ok(self.read()?.last_success().cloned())
    }

    /// What the schedule has to know.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn past(&self) -> Result<Past, ProfileError> {
        Ok(self.read()?.past())
    }

    /// The last `count` days up to the day of `now`, in its time zone, oldest first.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn days(&self, count: u32, now: &Zoned) -> Result<Vec<DaySummary>, ProfileError> {
        Ok(self.read()?.days(count, now))
    }

    /// Removes the history: its profile is gone. Damaged files that were kept aside stay.
    ///
    /// # Errors
    /// [`ProfileError::Io`].
    pub fn remove(&self) -> Result<(), ProfileError> {
        let alone = self.lock()?;
        durable::remove(&self.path)?;
        drop(alone);
        Ok(durable::remove(&self.path.with_extension("lock"))?)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            bytes => bytes,
        }
    }

    /// One writer at a time, also among processes. Beside the file, which is replaced as a whole at times.
    fn lock(&self) -> io::Result<fs::File> {
        if let Some(folder) = self.path.parent() {
            durable::private_folder(folder)?;
        }
        let lock = private_file(&self.path.with_extension("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Keeps a damaged file aside and goes on with the lines that can be read.
    fn mend(&self) -> Result<(), ProfileError> {
        if Records::of(&self.bytes()?).damaged == 0 {
            return Ok(());
        }
        let _alone = self.lock()?;
        let bytes = self.bytes()?;
        if Records::of(&bytes).damaged > 0 {
            set_aside_copy(&self.path, &bytes, &*self.clock)?;
            durable::replace(&self.path, &joined(&Records::good_lines(&bytes)))?;
        }
        Ok(())
    }

    /// Lets the oldest records go when there are too many.
    fn trim(&self) -> Result<(), ProfileError> {
        let size = fs::metadata(&self.path)?.len();
        if size < LEAST_BYTES {
            return Ok(());
        }
        let bytes = self.bytes()?;
        if size <= MOST_BYTES && bytes.iter().filter(|&&byte| byte == b'\n').count() <= MOST {
            return Ok(());
        }
        let lines = Records::good_lines(&bytes);
        let mut room = KEPT_BYTES;
        let fits = |line: &&&[u8]| {
            let there = room >= line.len();
            room = room.saturating_sub(line.len() + 1);
            there
        };
        let kept = lines.iter().rev().take(KEPT).take_while(fits).count().max(1);
        let (old, young) = lines.split_at(lines.len() - kept);
        let mut stay = Records::indispensable(old, young);
        stay.extend_from_slice(young);
        durable::replace(&self.path, &joined(&stay))?;
        Ok(())
    }
}

fn joined(lines: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for line in lines {
        all.extend_from_slice(line);
        all.push(b'\n');
    }
    all
}

/// Cuts off what stands behind the last line break: a crash left it. A whole record that only lacks the break gets it.
fn forget_torn_line(file: &mut fs::File) -> io::Result<()> {
    let size = file.seek(SeekFrom::End(0))?;
    if size == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    if Records::is_whole(&bytes[end..]) {
        file.seek(SeekFrom::End(0))?;
        return file.write_all(b"\n");
    }
    file.set_len(end as u64)
}

/// Opens a file for reading and writing, made for this person alone when missing.
fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use fs::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests;
