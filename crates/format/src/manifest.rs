//! The manifest of a set: which volumes it has, which range of paths and which hashes each holds, and which files
//! changed (`format.md` 2). It writes exactly what stock duplicity writes, whole or piece by piece as volumes are
//! finished, and reads what any version left behind, repeated volumes of restarted runs included. Which positions a
//! volume begins and ends with is the writer's business.

mod parse;

use crate::Result;
use crate::path::EntryPath;
use crate::quote::quote;
use std::collections::BTreeMap;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It was not there, or was no regular file.
    New,
    /// It was there.
    Changed,
    /// It is gone.
    Deleted,
}

impl Change {
    const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

/// Where a volume begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The entry.
    pub path: EntryPath,
    /// The number of the entry's piece, from 1; none for an entry in one piece and for the last of several.
    pub block: Option<u64>,
}

/// One volume of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its first entry.
    pub start: Position,
    /// Its last entry.
    pub end: Position,
    /// Hashes of the object as it is stored, algorithm and lower-case hexadecimal, in the order they are written.
    /// Stock duplicity fails on a volume that has neither `SHA1` nor `MD5`.
    pub hashes: Vec<(String, String)>,
}

impl Volume {
    /// A volume with the two hashes that are written today: `SHA1` for stock duplicity, `SHA256` beside it.
    #[must_use]
    pub fn new(start: Position, end: Position, sha1: String, sha256: String) -> Self {
        Self { start, end, hashes: vec![("SHA1".to_owned(), sha1), ("SHA256".to_owned(), sha256)] }
    }

    /// The SHA-1, hexadecimal.
    #[must_use]
    pub fn sha1(&self) -> Option<&str> {
        self.hash("SHA1")
    }

    /// The SHA-256, hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        self.hash("SHA256")
    }

    /// The hash of an algorithm, by its name in any case.
    #[must_use]
    pub fn hash(&self, algorithm: &str) -> Option<&str> {
        self.hashes.iter().find(|(name, _)| name.eq_ignore_ascii_case(algorithm)).map(|(_, hash)| &hash[..])
    }

    /// Whether the volume may hold `path` or something below it: `start[:len(path)] <= path <= end`.
    #[must_use]
    pub fn may_hold(&self, path: &EntryPath) -> bool {
        self.start.path.cut_to(path.depth()) <= *path && *path <= self.end.path
    }

    fn write(&self, number: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("Volume {number}:\n").as_bytes());
        for (field, position) in [("StartingPath  ", &self.start), ("EndingPath    ", &self.end)] {
            out.extend_from_slice(format!("    {field} ").as_bytes());
            out.extend(position.path.quote());
            let block = position.block.map_or_else(|| " ".to_owned(), |block| block.to_string());
            out.extend_from_slice(format!(" {block}\n").as_bytes());
        }
        for (algorithm, hash) in &self.hashes {
            out.extend_from_slice(format!("    Hash {algorithm} {hash}\n").as_bytes());
        }
    }
}

/// A manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The host's short name; empty when it is not said.
    pub hostname: Vec<u8>,
    /// The source folder as it was given, unquoted; empty when it is not said.
    pub localdir: Vec<u8>,
    /// The volumes by number.
    pub volumes: BTreeMap<u32, Volume>,
    /// Which regular files changed, in entry order. None when there is no list (an unfinished manifest); empty
    /// when the list is there and empty.
    pub files_changed: Option<Vec<(Change, EntryPath)>>,
}

impl Manifest {
    /// Reads a manifest of any version. Unknown lines are ignored; of a volume that comes twice the last one counts,
    /// and volumes numbered above the last one that was written are dropped, as restarted runs leave them.
    ///
    /// # Errors
    /// [`crate::Error::Manifest`] naming the line, when a volume block cannot be understood.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        parse::parse(bytes)
    }

    /// The whole manifest in the order stock duplicity writes it: header, volumes ascending, file list.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.header_bytes();
        for (&number, volume) in &self.volumes {
            volume.write(number, &mut out);
        }
        out.extend(self.filelist_bytes());
        out
    }

    /// The lines before the first volume: what a `.part` file begins with.
    #[must_use]
    pub fn header_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.hostname.is_empty() {
            out.extend([b"Hostname ", &self.hostname[..], b"\n"].concat());
        }
        if !self.localdir.is_empty() {
            out.extend([b"Localdir ", &*quote(&self.localdir), b"\n"].concat());
        }
        out
    }

    /// The block of one volume: what is added to a `.part` file when the volume is stored. Empty when there is no
    /// such volume.
    #[must_use]
    pub fn volume_bytes(&self, number: u32) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(volume) = self.volumes.get(&number) {
            volume.write(number, &mut out);
        }
        out
    }

    /// The list of changed files: what ends a manifest. Empty when there is no list.
    #[must_use]
    pub fn filelist_bytes(&self) -> Vec<u8> {
        let Some(files) = &self.files_changed else { return Vec::new() };
        let mut out = format!("Filelist {}\n", files.len()).into_bytes();
        for (change, path) in files {
            out.extend_from_slice(format!("    {:<7}  ", change.word()).as_bytes());
            out.extend(path.quote());
            out.push(b'\n');
        }
        out
    }

    /// The volumes that may hold `path` or something below it, ascending.
    #[must_use]
    pub fn volumes_for(&self, path: &EntryPath) -> Vec<u32> {
        self.volumes.iter().filter(|(_, volume)| volume.may_hold(path)).map(|(&number, _)| number).collect()
    }
}

#[cfg(test)]
mod tests;
