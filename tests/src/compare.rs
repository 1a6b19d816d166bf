//! The hard facts of a folder, held in memory, and the exact comparison of two of them. What duplicity keeps is
//! compared to the byte; what it does not keep (owner and time of a link, time of a device, sockets, sparseness,
//! which names are hard links of each other) is left out here and nowhere else.

use crate::why;
use backtrail_base::fs;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// What an object is, with all that belongs to its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A regular file and its content.
    File(Vec<u8>),
    /// A folder.
    Dir,
    /// A symbolic link and its target.
    Symlink(Vec<u8>),
    /// A named pipe.
    Fifo,
    /// A character device: major, minor.
    CharDevice(u32, u32),
    /// A block device: major, minor.
    BlockDevice(u32, u32),
}

impl Object {
    fn label(&self) -> &'static str {
        match self {
            Self::File(_) => "a file",
            Self::Dir => "a folder",
            Self::Symlink(_) => "a link",
            Self::Fifo => "a pipe",
            Self::CharDevice(..) => "a character device",
            Self::BlockDevice(..) => "a block device",
        }
    }
}

/// All that is compared of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub object: Object,
    /// Permission bits, 0o7777.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Modification time in whole seconds, by duplicity's rule.
    pub mtime: i64,
}

/// A folder at one moment: path below it (the folder itself is the empty path) to its facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts(pub BTreeMap<Vec<u8>, Fact>);

/// Duplicity's whole seconds (`format.md` 3.2): the time as an IEEE double, truncated, so that a fraction very near
/// the next second rounds up.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the rule is this rounding")]
pub fn whole_seconds(seconds: i64, nanoseconds: i64) -> i64 {
    (seconds as f64 + 1e-9 * nanoseconds as f64) as i64
}

impl Facts {
    /// Reads a folder, or a single object.
    ///
    /// # Errors
    /// When anything below cannot be read.
    pub fn of(root: &Path) -> io::Result<Self> {
        let mut facts = Self::default();
        facts.gather(root, b"")?;
        Ok(facts)
    }

    fn gather(&mut self, path: &Path, name: &[u8]) -> io::Result<()> {
        let metadata = fs::symlink_metadata(path)?;
        let kind = metadata.file_type();
        let device = (rustix::fs::major(metadata.rdev()), rustix::fs::minor(metadata.rdev()));
        let object = if kind.is_file() {
            Object::File(fs::read(path)?)
        } else if kind.is_dir() {
            Object::Dir
        } else if kind.is_symlink() {
            Object::Symlink(fs::read_link(path)?.into_os_string().into_vec())
        } else if kind.is_fifo() {
            Object::Fifo
        } else if kind.is_char_device() {
            Object::CharDevice(device.0, device.1)
        } else if kind.is_block_device() {
            Object::BlockDevice(device.0, device.1)
        } else {
            return Ok(()); // a socket: no backup holds it
        };
        let folder = object == Object::Dir;
        let fact = Fact {
            object,
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            mtime: whole_seconds(metadata.mtime(), metadata.mtime_nsec()),
        };
        self.0.insert(name.to_owned(), fact);
        if folder {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let mut child = name.to_owned();
                if !child.is_empty() {
                    child.push(b'/');
                }
                child.extend_from_slice(entry.file_name().as_bytes());
                self.gather(&entry.path(), &child)?;
            }
        }
        Ok(())
    }

    /// The facts of `path` and below, as they stand when only that path is restored.
    #[must_use]
    pub fn below(&self, path: &[u8]) -> Self {
        let inside = self.0.iter().filter_map(|(name, fact)| {
            let rest = name.strip_prefix(path)?;
            match rest.first() {
                None => Some((Vec::new(), fact.clone())),
                Some(b'/') => Some((rest[1..].to_vec(), fact.clone())),
                Some(_) => None,
            }
        });
        Self(inside.collect())
    }

    /// Every difference from `found`, one line each, empty when the two are the same.
    #[must_use]
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, expected) in &self.0 {
            match found.0.get(name) {
                None => {
                    lines.push(format!("{}: missing, should be {}", shown(name), expected.object.label()));
                }
                Some(found) => {
                    lines.extend(
                        expected.differences(found).into_iter().map(|line| shown(name) + ": " + &line),
                    );
                }
            }
        }
        for (name, found) in &found.0 {
            if !self.0.contains_key(name) {
                lines.push(format!("{}: {} that should not be there", shown(name), found.object.label()));
            }
        }
        lines
    }

    /// Panics with a readable report unless the folder at `root` has exactly these facts. `what` says who restored
    /// what from where.
    ///
    /// # Panics
    /// When they differ, or the folder cannot be read.
    pub fn assert_same(&self, root: &Path, what: &str) {
        let found = Self::of(root)
            .unwrap_or_else(|error| panic!("{what}: what was restored cannot be read: {}", why(&error)));
        let lines = self.differences(&found);
        assert!(lines.is_empty(), "{what}: {}", report(&lines));
    }
}

impl Fact {
    fn differences(&self, found: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        match (&self.object, &found.object) {
            (Object::File(expected), Object::File(found)) => {
                lines.extend(content_difference(expected, found));
            }
            (Object::Symlink(expected), Object::Symlink(found)) if expected != found => {
                lines.push(format!("points to {}, should point to {}", shown(found), shown(expected)));
            }
            (expected, found) if std::mem::discriminant(expected) != std::mem::discriminant(found) => {
                lines.push(format!("is {}, should be {}", found.label(), expected.label()));
                return lines;
            }
            (expected, found) if expected != found => {
                lines.push(format!("is {found:?}, should be {expected:?}"));
            }
            _ => {}
        }
        if matches!(self.object, Object::Symlink(_)) {
            return lines;
        }
        if self.mode != found.mode {
            lines.push(format!("mode {:04o}, should be {:04o}", found.mode, self.mode));
        }
        if (self.uid, self.gid) != (found.uid, found.gid) {
            lines.push(format!("owner {}:{}, should be {}:{}", found.uid, found.gid, self.uid, self.gid));
        }
        let device = matches!(self.object, Object::CharDevice(..) | Object::BlockDevice(..));
        if self.mtime != found.mtime && !device {
            lines.push(format!("time {}, should be {}", found.mtime, self.mtime));
        }
        lines
    }
}

fn content_difference(expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    let first =
        expected.iter().zip(found).position(|(a, b)| a != b).unwrap_or(expected.len().min(found.len()));
    let differing = expected.iter().zip(found).filter(|(a, b)| a != b).count();
    Some(format!(
        "content differs from byte {first} on ({differing} bytes differ); {} bytes, should be {}",
        found.len(),
        expected.len()
    ))
}

/// A path as it can be printed: quotes, newlines and raw bytes escaped, the middle of a long one left out.
#[must_use]
pub fn shown(path: &[u8]) -> String {
    let text = path.escape_ascii().to_string();
    let length = text.len();
    if length <= 160 {
        format!("\"{text}\"")
    } else {
        format!("\"{}…{}\"", &text[..70], &text[length - 70..])
    }
}

fn report(lines: &[String]) -> String {
    let mut text = format!("{} differences\n", lines.len());
    for line in lines.iter().take(20) {
        let _ = writeln!(text, "    {line}");
    }
    if lines.len() > 20 {
        let _ = writeln!(text, "    … and {} more", lines.len() - 20);
    }
    text
}
