//! The walk by the standard library alone, for systems without `openat`. Names are the bytes that
//! [`std::ffi::OsStr::as_encoded_bytes`] gives: UTF-8, and WTF-8 on Windows.

use super::{OpenFolder, Stat};
use crate::extra::Attributes;
use backtrail_base::fs;
use backtrail_format::Kind;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A folder, by its path.
pub(crate) struct Folder(PathBuf);

impl Folder {
    fn child(&self, name: &[u8]) -> io::Result<PathBuf> {
        let name = std::str::from_utf8(name).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, "a name that this system cannot hold")
        })?;
        Ok(match name {
            "." => self.0.clone(),
            drive if self.is_above_drives() => PathBuf::from(format!("{drive}\\")),
            name => self.0.join(name),
        })
    }

    /// On Windows `/` is a root of its own, above the drives: a backup of several of them begins there.
    fn is_above_drives(&self) -> bool {
        cfg!(windows) && self.0 == Path::new("/")
    }
}

fn stat_of(metadata: &std::fs::Metadata, link: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Stat> {
    let file_type = metadata.file_type();
    let kind = if file_type.is_symlink() {
        Some(Kind::Symlink { target: link()? })
    } else if file_type.is_dir() {
        Some(Kind::Dir)
    } else if file_type.is_file() {
        Some(Kind::File)
    } else {
        None
    };
    let mtime = match metadata.modified()?.duration_since(UNIX_EPOCH) {
        Ok(after) => (i64::try_from(after.as_secs()).unwrap_or(i64::MAX), after.subsec_nanos()),
        Err(_) => (0, 0),
    };
    // There are no permission bits: what they say is made up from the one attribute that restricts.
    let mode = match (file_type.is_dir(), metadata.permissions().readonly()) {
        (true, _) => 0o755,
        (false, true) => 0o444,
        (false, false) => 0o644,
    };
    Ok(Stat { kind, mode, uid: 0, gid: 0, mtime, ctime: (0, 0), size: metadata.len(), device: 0, inode: 0 })
}

impl OpenFolder for Folder {
    type File = fs::File;

    fn parent_of(path: &Path) -> io::Result<(Self, Vec<u8>)> {
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => {
                let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
                Ok((Self(parent.to_owned()), name.as_encoded_bytes().to_vec()))
            }
            _ => Ok((Self(path.to_owned()), b".".to_vec())),
        }
    }

    fn names(&self) -> io::Result<Vec<(u64, Vec<u8>)>> {
        if self.is_above_drives() {
            let letters = (b'A'..=b'Z').map(|letter| vec![letter, b':']);
            return Ok(letters
                .filter(|drive| self.child(drive).is_ok_and(|path| path.is_dir()))
                .map(|drive| (0, drive))
                .collect());
        }
        fs::read_dir(&self.0)?.map(|entry| Ok((0, entry?.file_name().as_encoded_bytes().to_vec()))).collect()
    }

    fn stat(&self, name: &[u8], follow: bool) -> io::Result<Stat> {
        let path = self.child(name)?;
        let metadata = if follow { fs::metadata(&path)? } else { fs::symlink_metadata(&path)? };
        stat_of(&metadata, || Ok(fs::read_link(&path)?.into_os_string().as_encoded_bytes().to_vec()))
    }

    fn folder(&self, name: &[u8], _: bool) -> io::Result<Self> {
        Ok(Self(self.child(name)?))
    }

    fn file(&self, name: &[u8], _: bool) -> io::Result<(fs::File, Stat)> {
        let file = fs::File::open(self.child(name)?)?;
        let stat = stat_of(&file.metadata()?, || Ok(Vec::new()))?;
        Ok((file, stat))
    }

    fn attributes(&self) -> Attributes {
        Attributes::default()
    }

    fn attributes_of(_: &fs::File) -> Attributes {
        Attributes::default()
    }
}
