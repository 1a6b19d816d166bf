//! What is stored about an entry beside its content, and duplicity's own rule for when two states of it are equal.
//! It knows no file system: owners and modes are numbers here.

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Symlink {
        /// Where it points, as it stands in the link.
        target: Vec<u8>,
    },
    /// A named pipe.
    Fifo,
    /// A character device.
    CharDevice {
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
    /// A block device.
    BlockDevice {
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
}

impl Kind {
    /// Whether this is a regular file.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        matches!(self, Self::File)
    }

    /// Whether this is a folder.
    #[must_use]
    pub const fn is_dir(&self) -> bool {
        matches!(self, Self::Dir)
    }
}

/// What a member's header says about its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky (`0o7777`).
    pub mode: u32,
    /// The owner's number.
    pub uid: u64,
    /// The group's number.
    pub gid: u64,
    /// The owner's name, empty when unknown.
    pub uname: Vec<u8>,
    /// The group's name, empty when unknown.
    pub gname: Vec<u8>,
    /// Modification time in whole seconds since 1970, by [`tar_mtime`]. A negative one is stored as 0.
    pub mtime: i64,
    /// Bytes: of the file where a writer fills it in, of this member's payload where a reader does.
    pub size: u64,
    /// Further PAX records, key and value, kept in order and written out again. Stock duplicity ignores them. The
    /// keys a header has fields for (`path`, `uid` …) are ignored here when writing.
    pub pax: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Metadata {
    /// Bare metadata of a kind: mode 0, owner 0, no names, time 0.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            mode: 0,
            uid: 0,
            gid: 0,
            uname: Vec::new(),
            gname: Vec::new(),
            mtime: 0,
            size: 0,
            pax: Vec::new(),
        }
    }

    /// Whether stock duplicity would take this new state for equal to the old one (`format.md` 5): the type, and
    /// then for files, folders and pipes permission bits, owner, group and time in seconds (two times ≤ 0 are
    /// equal); for links the target only; for devices permission bits, owner, group and numbers. Size and content
    /// do not count. Owners are compared by number; mapping names is the caller's.
    #[must_use]
    pub fn unchanged_since(&self, old: &Self) -> bool {
        let same_rights =
            self.mode & 0o7777 == old.mode & 0o7777 && self.uid == old.uid && self.gid == old.gid;
        let same_time = self.mtime == old.mtime || (self.mtime <= 0 && old.mtime <= 0);
        self.kind == old.kind
            && match self.kind {
                Kind::File | Kind::Dir | Kind::Fifo => same_rights && same_time,
                Kind::Symlink { .. } => true,
                Kind::CharDevice { .. } | Kind::BlockDevice { .. } => same_rights,
            }
    }

    /// The value of a further PAX record, the last one when there are several.
    #[must_use]
    pub fn pax_value(&self, key: &[u8]) -> Option<&[u8]> {
        self.pax.iter().rev().find(|(found, _)| found == key).map(|(_, value)| &value[..])
    }
}

/// The whole seconds that duplicity stores for a modification time of `sec` seconds and `nsec` nanoseconds since
/// 1970: the time as an IEEE double, truncated (`format.md` 3.2). A fraction within about 1.2e-7 s of the next
/// second rounds up; a writer that does not, makes stock duplicity see the file as changed.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the loss is the rule itself"
)]
pub fn tar_mtime(sec: i64, nsec: u32) -> i64 {
    (sec as f64 + 1e-9 * f64::from(nsec)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mode: u32, uid: u64, gid: u64, mtime: i64) -> Metadata {
        Metadata { mode, uid, gid, mtime, ..Metadata::new(Kind::File) }
    }

    #[test]
    fn times_round_as_doubles_do() {
        // int(sec + 1e-9 * nsec) in Python 3.11.
        let known = [
            (1_500_000_001, 999_999_999, 1_500_000_002),
            (1_500_000_001, 999_999_881, 1_500_000_002),
            (1_500_000_001, 999_999_880, 1_500_000_001),
            (1_500_000_001, 0, 1_500_000_001),
            (0, 999_999_999, 0),
            (-2, 500_000_000, -1),
            (-1, 1, 0),
        ];
        for (sec, nsec, expected) in known {
            assert_eq!(tar_mtime(sec, nsec), expected, "{sec}.{nsec:09} must be stored as stock stores it");
        }
    }

    #[test]
    fn files_compare_by_rights_owner_and_seconds() {
        let old = file(0o644, 1000, 100, 5);
        let same = Metadata { size: 9, uname: b"x".to_vec(), ..old.clone() };
        assert!(same.unchanged_since(&old), "size and owner names do not count for stock duplicity");
        for other in [
            file(0o600, 1000, 100, 5),
            file(0o644, 0, 100, 5),
            file(0o644, 1000, 0, 5),
            file(0o644, 1000, 100, 6),
        ] {
            assert!(!other.unchanged_since(&old), "{other:?} differs in what stock looks at");
        }
        assert!(file(0, 0, 0, -7).unchanged_since(&file(0, 0, 0, 0)), "times before 1970 are stored as 0");
        assert!(!file(0, 0, 0, 1).unchanged_since(&file(0, 0, 0, 0)), "1 s is a time of its own");
        let dir = Metadata { kind: Kind::Dir, ..old.clone() };
        assert!(!dir.unchanged_since(&old), "a type change is a change");
    }

    #[test]
    fn links_compare_by_target_and_devices_without_time() {
        let link = |target: &[u8], mtime| Metadata {
            mtime,
            uid: u64::try_from(mtime).unwrap(),
            ..Metadata::new(Kind::Symlink { target: target.to_vec() })
        };
        assert!(link(b"a", 1).unchanged_since(&link(b"a", 2)), "owner and time of a link do not count");
        assert!(!link(b"a", 1).unchanged_since(&link(b"b", 1)), "the target does");
        let device = |minor, mtime, uid| Metadata {
            mtime,
            uid,
            ..Metadata::new(Kind::CharDevice { major: 1, minor })
        };
        assert!(device(3, 1, 0).unchanged_since(&device(3, 2, 0)), "the time of a device does not count");
        assert!(!device(3, 1, 0).unchanged_since(&device(4, 1, 0)), "its number does");
        assert!(!device(3, 1, 0).unchanged_since(&device(3, 1, 7)), "its owner does");
        let fifo = |mtime| Metadata { mtime, ..Metadata::new(Kind::Fifo) };
        assert!(!fifo(1).unchanged_since(&fifo(2)), "the time of a pipe does count");
    }
}
