//! The walk on Unix: every call is relative to an open folder, so that paths longer than the system's limit and
//! folders exchanged for links while we walk are no danger.

use super::{OpenFolder, Stat};
use crate::extra::Attributes;
use backtrail_base::fs;
use backtrail_format::Kind;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An open folder.
pub(crate) struct Folder(OwnedFd);

const OPEN: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

fn flags(base: OFlags, follow: bool) -> OFlags {
    if follow { base } else { base | OFlags::NOFOLLOW }
}

fn stat_of(stat: &rustix::fs::Stat, link: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Stat> {
    let (major, minor) = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
    let kind = match FileType::from_raw_mode(stat.st_mode as _) {
        FileType::RegularFile => Some(Kind::File),
        FileType::Directory => Some(Kind::Dir),
        FileType::Symlink => Some(Kind::Symlink { target: link()? }),
        FileType::Fifo => Some(Kind::Fifo),
        FileType::CharacterDevice => Some(Kind::CharDevice { major, minor }),
        FileType::BlockDevice => Some(Kind::BlockDevice { major, minor }),
        FileType::Socket | FileType::Unknown => None,
    };
    #[allow(clippy::unnecessary_cast, reason = "the widths differ from system to system")]
    Ok(Stat {
        kind,
        mode: stat.st_mode as u32 & 0o7777,
        uid: u64::from(stat.st_uid),
        gid: u64::from(stat.st_gid),
        mtime: (stat.st_mtime as i64, stat.st_mtime_nsec as u32),
        ctime: (stat.st_ctime as i64, stat.st_ctime_nsec as u32),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
    })
}

impl OpenFolder for Folder {
    type File = fs::File;

    fn parent_of(path: &Path) -> io::Result<(Self, Vec<u8>)> {
        // "/" and "." have no last component: they are reached from themselves.
        let (parent, name) = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => (parent, name.as_bytes().to_vec()),
            _ => (path, b".".to_vec()),
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        Ok((Self(rustix::fs::openat(CWD, parent, OPEN | OFlags::DIRECTORY, Mode::empty())?), name))
    }

    fn names(&self) -> io::Result<Vec<(u64, Vec<u8>)>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push((entry.ino(), name.to_vec()));
            }
        }
        Ok(names)
    }

    fn stat(&self, name: &[u8], follow: bool) -> io::Result<Stat> {
        let at = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
        let stat = rustix::fs::statat(&self.0, OsStr::from_bytes(name), at)?;
        stat_of(&stat, || {
            Ok(rustix::fs::readlinkat(&self.0, OsStr::from_bytes(name), Vec::new())?.into_bytes())
        })
    }

    fn folder(&self, name: &[u8], follow: bool) -> io::Result<Self> {
        let flags = flags(OPEN | OFlags::DIRECTORY, follow);
        Ok(Self(rustix::fs::openat(&self.0, OsStr::from_bytes(name), flags, Mode::empty())?))
    }

    fn file(&self, name: &[u8], follow: bool) -> io::Result<(fs::File, Stat)> {
        let name = OsStr::from_bytes(name);
        let file = rustix::fs::openat(&self.0, name, flags(OPEN, follow), Mode::empty())?;
        let stat = stat_of(&rustix::fs::fstat(&file)?, || Ok(Vec::new()))?;
        #[expect(clippy::disallowed_types, reason = "opened relative to a folder, named right here")]
        let file = std::fs::File::from(file);
        Ok((fs::File::from_parts(file, name), stat))
    }

    fn attributes(&self) -> Attributes {
        attributes(&self.0).unwrap_or_default()
    }

    fn attributes_of(file: &fs::File) -> Attributes {
        attributes(file.file()).unwrap_or_default()
    }
}

/// The extended attributes of what is open. Access lists are among them, in the form that the system gives them.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
fn attributes(file: impl AsFd) -> io::Result<Attributes> {
    use rustix::fs::{fgetxattr, fgetxattr_query, flistxattr, flistxattr_query};
    // Nearly always there is nothing, which one call tells.
    let mut list = vec![0; flistxattr_query(&file)?];
    if list.is_empty() {
        return Ok(Attributes::default());
    }
    let length = flistxattr(&file, &mut list[..])?;
    list.truncate(length);
    let mut found = Vec::new();
    for name in list.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        // One that goes away meanwhile is none; one that this user may not read cannot be kept.
        let Ok(size) = fgetxattr_query(&file, name) else { continue };
        let mut value = vec![0; size];
        let length = if size == 0 { Ok(0) } else { fgetxattr(&file, name, &mut value[..]) };
        let Ok(length) = length else { continue };
        value.truncate(length);
        found.push((name.to_vec(), value));
    }
    Ok(Attributes::new(found))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
#[expect(clippy::unnecessary_wraps, reason = "as where there are some")]
fn attributes(_: impl AsFd) -> io::Result<Attributes> {
    Ok(Attributes::default())
}
