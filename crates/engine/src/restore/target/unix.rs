//! Putting entries in place on Unix, by calls relative to an open folder.

use super::Attributes;
use crate::scan::SECOND;
use crate::{extra, scan};
use backtrail_base::fs;
use backtrail_base::random_bytes;
use backtrail_format::{Kind, Metadata};
use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, RenameFlags, Timespec, Timestamps, UTIME_OMIT, Uid,
};
use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// An open folder of the target.
pub(super) struct Folder(OwnedFd);

/// A file that has no name of its own yet.
pub(super) struct Pending {
    file: BufWriter<fs::File>,
    name: Vec<u8>,
}

impl Pending {
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        &mut self.file
    }
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Folder {
    /// Opens the folder that holds `path`, following links as the person who typed it means, and gives the last
    /// component.
    pub(super) fn parent_of(path: &Path) -> io::Result<(Self, Vec<u8>)> {
        let (parent, name) = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => (parent, name.as_bytes().to_vec()),
            _ => (path, b".".to_vec()),
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        Ok((Self(rustix::fs::openat(CWD, parent, FOLDER, Mode::empty())?), name))
    }

    /// Makes a folder, or takes the one that is there, and opens it. A link is never taken for a folder. `open_to_all`
    /// is for folders that the backup does not describe.
    pub(super) fn make_folder(&self, name: &[u8], open_to_all: bool) -> io::Result<Self> {
        let name = OsStr::from_bytes(name);
        let mode = if open_to_all { Mode::from_raw_mode(0o777) } else { Mode::RWXU };
        match rustix::fs::mkdirat(&self.0, name, mode) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        match rustix::fs::openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => Ok(Self(folder)),
            // What the systems say of a link in the place of a folder.
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::MLINK | rustix::io::Errno::NOTDIR) => Err(
                io::Error::new(io::ErrorKind::NotADirectory, "something that is no folder stands in its way"),
            ),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a file under a temporary name.
    pub(super) fn create_file(&self) -> io::Result<Pending> {
        let name = temporary();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let shown = OsStr::from_bytes(&name).to_owned();
        let file = rustix::fs::openat(&self.0, shown.as_os_str(), flags, Mode::RUSR | Mode::WUSR)?;
        #[expect(clippy::disallowed_types, reason = "opened relative to a folder, named right here")]
        let file = fs::File::from_parts(std::fs::File::from(file), shown);
        Ok(Pending { file: BufWriter::with_capacity(128 << 10, file), name })
    }

    /// Removes an unfinished file.
    pub(super) fn discard(&self, pending: &Pending) {
        // What cannot be removed shows by its name that it is unfinished.
        rustix::fs::unlinkat(&self.0, OsStr::from_bytes(&pending.name), AtFlags::empty()).ok();
    }

    /// Gives a written file its attributes and its name.
    pub(super) fn finish_file(
        &self,
        mut pending: Pending,
        name: &[u8],
        attributes: &Attributes<'_>,
        overwrite: bool,
    ) -> io::Result<()> {
        let set = pending.file.flush().and_then(|()| apply(pending.file.get_ref().file(), attributes));
        match set.and_then(|()| self.rename(&pending.name, name, overwrite)) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.discard(&pending);
                Err(error)
            }
        }
    }

    /// Makes what is neither a file nor a folder.
    pub(super) fn make_special(
        &self,
        name: &[u8],
        attributes: &Attributes<'_>,
        overwrite: bool,
    ) -> io::Result<()> {
        let temporary = temporary();
        let at = OsStr::from_bytes(&temporary);
        let private = Mode::RUSR | Mode::WUSR;
        match &attributes.metadata.kind {
            Kind::Symlink { target } => rustix::fs::symlinkat(OsStr::from_bytes(target), &self.0, at)?,
            Kind::Fifo => rustix::fs::mknodat(&self.0, at, FileType::Fifo, private, 0)?,
            Kind::CharDevice { major, minor } => {
                let device = rustix::fs::makedev(*major, *minor);
                rustix::fs::mknodat(&self.0, at, FileType::CharacterDevice, private, device)?;
            }
            Kind::BlockDevice { major, minor } => {
                let device = rustix::fs::makedev(*major, *minor);
                rustix::fs::mknodat(&self.0, at, FileType::BlockDevice, private, device)?;
            }
            Kind::File | Kind::Dir => return Err(io::ErrorKind::InvalidInput.into()),
        }
        let set = self.apply_to_special(at, attributes);
        match set.and_then(|()| self.rename(&temporary, name, overwrite)) {
            Ok(()) => Ok(()),
            Err(error) => {
                rustix::fs::unlinkat(&self.0, at, AtFlags::empty()).ok();
                Err(error)
            }
        }
    }

    fn apply_to_special(&self, at: &OsStr, attributes: &Attributes<'_>) -> io::Result<()> {
        let Attributes { metadata, owner } = attributes;
        if let Some((user, group)) = numbers(*owner) {
            // Only root may give files away; who is not keeps them.
            rustix::fs::chownat(&self.0, at, user, group, AtFlags::SYMLINK_NOFOLLOW).ok();
        }
        if !matches!(metadata.kind, Kind::Symlink { .. }) {
            rustix::fs::chmodat(&self.0, at, mode(metadata), AtFlags::empty())?;
        }
        rustix::fs::utimensat(&self.0, at, &times(metadata), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(())
    }

    fn rename(&self, from: &[u8], to: &[u8], overwrite: bool) -> io::Result<()> {
        let (from, to) = (OsStr::from_bytes(from), OsStr::from_bytes(to));
        if overwrite {
            return Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?);
        }
        match rustix::fs::renameat_with(&self.0, from, &self.0, to, RenameFlags::NOREPLACE) {
            // An empty folder may stand where a single file is restored to.
            Err(rustix::io::Errno::EXIST) => {
                rustix::fs::unlinkat(&self.0, to, AtFlags::REMOVEDIR).map_err(|_| {
                    io::Error::new(io::ErrorKind::AlreadyExists, "something stands in its place already")
                })?;
                Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
            }
            // Some file systems cannot rename without replacing: look first.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                if rustix::fs::statat(&self.0, to, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
            }
            other => Ok(other?),
        }
    }

    /// Gives the folder its attributes.
    pub(super) fn set_attributes(&self, attributes: &Attributes<'_>) -> io::Result<()> {
        apply(&self.0, attributes)
    }

    /// Makes everything restored durable, in one call for the whole file system.
    pub(super) fn sync(&self) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        rustix::fs::syncfs(&self.0)?;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        rustix::fs::fsync(&self.0)?;
        Ok(())
    }
}

/// Owner, then permissions (changing the owner clears setuid), then time.
fn apply(file: impl AsFd, attributes: &Attributes<'_>) -> io::Result<()> {
    let Attributes { metadata, owner } = attributes;
    let given = match numbers(*owner) {
        Some((user, group)) => rustix::fs::fchown(&file, user, group).is_ok(),
        None => false,
    };
    let mut mode = mode(metadata);
    if !given && metadata.kind == Kind::File {
        // A program that ran as its owner must not run as somebody else.
        mode.remove(Mode::SUID | Mode::SGID);
    }
    rustix::fs::fchmod(&file, mode)?;
    // After the permissions, which an access list refines.
    set_extended(&file, metadata, given);
    rustix::fs::futimens(&file, &times(metadata))?;
    Ok(())
}

fn numbers(owner: Option<(u64, u64)>) -> Option<(Option<Uid>, Option<Gid>)> {
    let (user, group) = owner?;
    // The highest number means "leave it", so nobody has it.
    let valid = |number: u64| u32::try_from(number).ok().filter(|number| *number != u32::MAX);
    Some((valid(user).map(Uid::from_raw), valid(group).map(Gid::from_raw)))
}

#[allow(clippy::useless_conversion, reason = "the width differs from system to system")]
fn mode(metadata: &Metadata) -> Mode {
    Mode::from_raw_mode((metadata.mode & 0o7777) as rustix::fs::RawMode)
}

/// Extended attributes, as far as the file system takes them. What gives rights to programs, or only the system's
/// administrator may set, belongs to the owner of the backup: it comes with the owner or not at all.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
fn set_extended(file: impl AsFd, metadata: &Metadata, given: bool) {
    for (name, value) in extra::attributes(metadata) {
        let common =
            name.starts_with(b"user.") || name.starts_with(b"system.posix_acl_") || cfg!(target_os = "macos");
        if given || common {
            rustix::fs::fsetxattr(&file, &name[..], value, rustix::fs::XattrFlags::empty()).ok();
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn set_extended(_: impl AsFd, _: &Metadata, _: bool) {}

fn times(metadata: &Metadata) -> Timestamps {
    // A header has whole seconds since 1970; the exact time stands beside it.
    let exact = scan::noted_time(metadata).unwrap_or(metadata.mtime.saturating_mul(SECOND));
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT as _ },
        last_modification: Timespec {
            tv_sec: exact.div_euclid(SECOND) as _,
            tv_nsec: exact.rem_euclid(SECOND) as _,
        },
    }
}

/// A name that nothing has: by chance for this process, counted within it.
fn temporary() -> Vec<u8> {
    static CHANCE: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let chance = CHANCE.get_or_init(|| u64::from_le_bytes(random_bytes()));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(".backtrail-{:016x}", chance.wrapping_add(count)).into_bytes()
}
