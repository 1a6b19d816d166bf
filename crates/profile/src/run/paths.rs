//! Paths of this computer as paths in a backup and back. A profile's backup begins above everything: at `/`, and on
//! Windows at a root of its own whose children are the drives. This is the one place that knows.

use backtrail_format::EntryPath;
use std::path::{Path, PathBuf};

/// The path in a backup of an absolute path here; none for a path that no backup can hold (a relative one, one with
/// `..`).
#[must_use]
pub fn to_entry(path: &Path) -> Option<EntryPath> {
    EntryPath::parse(&system::joined(path)?).ok()
}

/// The path here of a path in a backup; none for a name that this system cannot hold.
#[must_use]
pub fn to_path(path: &EntryPath) -> Option<PathBuf> {
    system::path(path)
}

/// The root that everything lies below.
pub(super) fn root() -> PathBuf {
    PathBuf::from("/")
}

/// The folder from which on a restore to the original place follows no link.
pub(super) fn top_of(path: &Path) -> PathBuf {
    path.ancestors().last().map_or_else(root, Path::to_path_buf)
}

/// The path of an entry for reading.
pub(super) fn shown(path: &EntryPath) -> String {
    to_path(path).map_or_else(|| path.to_string(), |path| path.to_string_lossy().into_owned())
}

/// The absolute path as selections compare it: with `/` between its parts.
pub(super) fn pattern(path: &Path) -> Option<Vec<u8>> {
    let joined = system::joined(path)?;
    Some([b"/".as_slice(), &joined].concat())
}

#[cfg(unix)]
mod system {
    use super::{EntryPath, Path, PathBuf};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    pub(super) fn joined(path: &Path) -> Option<Vec<u8>> {
        let below = path.strip_prefix("/").ok()?;
        let parts: Vec<&[u8]> = below.components().map(|part| part.as_os_str().as_bytes()).collect();
        Some(parts.join(&b'/'))
    }

    pub(super) fn path(path: &EntryPath) -> Option<PathBuf> {
        Some(Path::new("/").join(OsStr::from_bytes(path.as_bytes())))
    }
}

#[cfg(not(unix))]
mod system {
    //! `C:\Users\ann` is `C:/Users/ann` in a backup, and `\\server\share\x` is `\\server\share/x`.

    use super::{EntryPath, Path, PathBuf};
    use std::path::{Component, Prefix};

    pub(super) fn joined(path: &Path) -> Option<Vec<u8>> {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for part in path.components() {
            match part {
                Component::Prefix(prefix) => match prefix.kind() {
                    Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => {
                        parts.push(vec![letter.to_ascii_uppercase(), b':']);
                    }
                    Prefix::UNC(server, share) | Prefix::VerbatimUNC(server, share) => {
                        let (server, share) = (server.as_encoded_bytes(), share.as_encoded_bytes());
                        parts.push([br"\\".as_slice(), server, br"\", share].concat());
                    }
                    _ => return None,
                },
                Component::RootDir => {}
                Component::Normal(name) => parts.push(name.as_encoded_bytes().to_vec()),
                Component::CurDir | Component::ParentDir => return None,
            }
        }
        Some(parts.join(&b'/'))
    }

    pub(super) fn path(path: &EntryPath) -> Option<PathBuf> {
        let mut parts = path.components();
        let Some(first) = parts.next() else { return Some(super::root()) };
        let mut path = PathBuf::from(format!("{}\\", std::str::from_utf8(first).ok()?));
        for part in parts {
            let name = std::str::from_utf8(part).ok()?;
            if name.contains(['\\', '/', ':']) {
                return None;
            }
            path.push(name);
        }
        Some(path)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_there_and_comes_back() {
        for path in ["/", "/home/tim", "/home/tim/a b\u{e9}"] {
            let entry = to_entry(Path::new(path)).expect("absolute");
            assert_eq!(to_path(&entry), Some(PathBuf::from(path)));
        }
        assert_eq!(to_entry(Path::new("relative")), None);
        assert_eq!(to_entry(Path::new("/a/../b")), None, "whether that leaves a folder depends on links");
        assert_eq!(shown(&to_entry(Path::new("/a/b")).expect("absolute")), "/a/b");
        assert_eq!(pattern(Path::new("/a/b/")), Some(b"/a/b".to_vec()));
    }
}
