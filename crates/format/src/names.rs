//! The names of objects in a destination and in the archive folder (`format.md` 1). It reads the long names that are
//! written today and the short base-36 ones of old, with either way to write a time, and writes the long ones. A
//! name it does not know is a foreign file and none of its business.

mod parse;
mod time;

use backtrail_base::Timestamp;
use std::cmp::Ordering;
use std::fmt;

pub use time::{parse_time, time_text};

/// Text that stands before every name (`--file-prefix`) and, after that, before names of one kind
/// (`--file-prefix-archive`, `-manifest`, `-signature`, `-jsonstat`). All empty by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefixes {
    /// Before every name.
    pub all: String,
    /// Before volumes.
    pub archive: String,
    /// Before manifests.
    pub manifest: String,
    /// Before signatures.
    pub signature: String,
    /// Before statistics.
    pub jsonstat: String,
}

/// Which backup set: a full one, or the increment from one moment to another. Ordered by the moment it ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetId {
    /// A full set.
    Full {
        /// The moment it was made.
        time: Timestamp,
    },
    /// An increment.
    Increment {
        /// The end of the set before it.
        start: Timestamp,
        /// The moment it was made.
        end: Timestamp,
    },
}

impl SetId {
    /// The moment the set shows: a full's time, an increment's end.
    #[must_use]
    pub const fn end(&self) -> Timestamp {
        match *self {
            Self::Full { time } => time,
            Self::Increment { end, .. } => end,
        }
    }

    /// The moment the set builds on: an increment's start; a full's own time.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        match *self {
            Self::Full { time } => time,
            Self::Increment { start, .. } => start,
        }
    }

    /// Whether this is a full set.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

impl Ord for SetId {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |id: &Self| (id.end(), !id.is_full(), id.start());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for SetId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As in object names: `full.20260102T030405Z`, `inc.20260102T030405Z.to.20260103T030405Z`.
impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Full { time } => write!(f, "full.{}", time_text(time)),
            Self::Increment { start, end } => write!(f, "inc.{}.to.{}", time_text(start), time_text(end)),
        }
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// A volume of a set.
    Volume {
        /// The set.
        set: SetId,
        /// The volume's number, from 1.
        number: u32,
    },
    /// The manifest of a set.
    Manifest {
        /// The set.
        set: SetId,
    },
    /// The signatures of a set.
    Signatures {
        /// The set.
        set: SetId,
    },
    /// The statistics of a set.
    JsonStat {
        /// The set.
        set: SetId,
    },
}

impl FileKind {
    /// The set the object belongs to.
    #[must_use]
    pub const fn set(&self) -> SetId {
        match *self {
            Self::Volume { set, .. }
            | Self::Manifest { set }
            | Self::Signatures { set }
            | Self::JsonStat { set } => set,
        }
    }
}

/// How an object is wrapped, by its last suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Gzip (`.gz`, short `.z`).
    Gzip,
    /// An OpenPGP message (`.gpg`, short `.g`).
    Pgp,
    /// A CMS message made by gpgsm (`.p7m`).
    Smime,
}

impl Encoding {
    /// The suffix that long names have.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Pgp => ".gpg",
            Self::Smime => ".p7m",
        }
    }

    /// Whether the object is encrypted.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Self::Pgp | Self::Smime)
    }
}

/// A name that was recognised, or that is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileName {
    /// What the object is.
    pub kind: FileKind,
    /// How it is wrapped.
    pub encoding: Encoding,
    /// An unfinished one (`.part`) in the archive folder.
    pub partial: bool,
}

impl FileName {
    /// Reads a name, long or short. `time_separator` is what old times have between hours and minutes
    /// (`--time-separator`, a colon by default). None for a foreign name.
    ///
    /// As in stock duplicity anything may follow a dot after the type word, so `….difftar.par2` is a volume here
    /// too; [`FileName::recognise`] tells.
    #[must_use]
    pub fn parse(prefixes: &Prefixes, name: &str, time_separator: char) -> Option<Self> {
        Self::recognise(prefixes, name, time_separator).map(|(found, _)| found)
    }

    /// Like [`FileName::parse`], with whether nothing but a known suffix follows the type word. A name where more
    /// follows (a `.par2` file, a temporary name of an upload) stands beside the object and is not it.
    #[must_use]
    pub fn recognise(prefixes: &Prefixes, name: &str, time_separator: char) -> Option<(Self, bool)> {
        parse::recognise(prefixes, name, time_separator)
    }

    /// The long name.
    #[must_use]
    pub fn write(&self, prefixes: &Prefixes) -> String {
        let all = &prefixes.all;
        let part = if self.partial { ".part" } else { "" };
        let suffix = self.encoding.suffix();
        match self.kind {
            FileKind::Volume { set, number } => {
                format!("{all}{}duplicity-{set}.vol{number}.difftar{part}{suffix}", prefixes.archive)
            }
            FileKind::Manifest { set } => {
                format!("{all}{}duplicity-{set}.manifest{part}{suffix}", prefixes.manifest)
            }
            FileKind::Signatures { set } => {
                let set = match set {
                    SetId::Full { time } => format!("full-signatures.{}", time_text(time)),
                    SetId::Increment { start, end } => {
                        format!("new-signatures.{}.to.{}", time_text(start), time_text(end))
                    }
                };
                format!("{all}{}duplicity-{set}.sigtar{part}{suffix}", prefixes.signature)
            }
            FileKind::JsonStat { set } => {
                format!("{all}{}duplicity-{set}.jsonstat{part}{suffix}", prefixes.jsonstat)
            }
        }
    }
}

#[cfg(test)]
mod tests;
