//! A moment's folders as a file: the signatures hold them in one long order, from which a folder of a million files
//! could not be opened at once. The first look at a moment goes through them once and leaves this file in the cache,
//! in which each folder's children lie together, folders first, by name. Later looks read one folder. It can be thrown
//! away at any time.

use super::{Child, ChildKind, RunError};
use backtrail_base::fs;
use backtrail_engine::list::Known;
use backtrail_format::{EntryPath, Kind};
use std::collections::BTreeMap;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The first bytes: another form gets another number.
const MAGIC: &[u8; 16] = b"bt-listing-0001\n";
/// No size.
const UNKNOWN: u64 = u64::MAX;
/// Longer than any name or path that a backup holds: a damaged length is not believed.
const LONGEST: u32 = 1 << 20;

/// Where a folder's children lie.
#[derive(Debug, Clone, Copy)]
struct Block {
    offset: u64,
    count: u64,
}

/// A listing that is being made.
pub(super) struct Making {
    file: BufWriter<NamedTempFile>,
    at: u64,
    open: Vec<(EntryPath, Vec<Child>)>,
    folders: BTreeMap<Vec<u8>, Block>,
}

impl Making {
    pub(super) fn begin(folder: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".listing-").tempfile_in(folder)?;
        let mut file = BufWriter::new(file);
        file.write_all(MAGIC)?;
        Ok(Self { file, at: MAGIC.len() as u64, open: Vec::new(), folders: BTreeMap::new() })
    }

    /// Adds an entry; they come in path order.
    pub(super) fn add(&mut self, known: &Known<'_>) -> io::Result<()> {
        let path = known.path;
        if let (Some(parent), Some(name)) = (path.parent(), path.name()) {
            self.enter(&parent)?;
            if let Some((_, children)) = self.open.last_mut() {
                children.push(Child {
                    name: name.to_vec(),
                    kind: match known.metadata.kind {
                        Kind::Dir => ChildKind::Folder,
                        Kind::File => ChildKind::File,
                        Kind::Symlink { .. } => ChildKind::Link,
                        _ => ChildKind::Special,
                    },
                    size: known.size,
                    mtime: known.metadata.mtime,
                });
            }
        }
        if known.metadata.kind.is_dir() { self.enter(path) } else { Ok(()) }
    }

    /// Makes `folder` the innermost open one.
    fn enter(&mut self, folder: &EntryPath) -> io::Result<()> {
        while self.open.last().is_some_and(|(open, _)| !folder.starts_with(open)) {
            self.leave()?;
        }
        // A chain may hold a file without the folder it lies in; the folder is shown all the same.
        while self.open.last().is_none_or(|(open, _)| open != folder) {
            let next =
                self.open.last().map_or_else(EntryPath::root, |(open, _)| folder.cut_to(open.depth() + 1));
            if let (Some((_, above)), Some(name)) = (self.open.last_mut(), next.name())
                && above.last().is_none_or(|child| child.name != name)
            {
                above.push(Child { name: name.to_vec(), kind: ChildKind::Folder, size: None, mtime: 0 });
            }
            self.open.push((next, Vec::new()));
        }
        Ok(())
    }

    fn leave(&mut self) -> io::Result<()> {
        let Some((path, mut children)) = self.open.pop() else { return Ok(()) };
        children.sort_by_cached_key(|child| {
            (child.kind != ChildKind::Folder, String::from_utf8_lossy(&child.name).to_lowercase())
        });
        let block = Block { offset: self.at, count: children.len() as u64 };
        for child in &children {
            let kind = match child.kind {
                ChildKind::Folder => 0,
                ChildKind::File => 1,
                ChildKind::Link => 2,
                ChildKind::Special => 3,
            };
            self.put(&[kind])?;
            self.put(&child.size.unwrap_or(UNKNOWN).to_le_bytes())?;
            self.put(&child.mtime.to_le_bytes())?;
            self.put_bytes(&child.name)?;
        }
        self.folders.insert(path.as_bytes().to_vec(), block);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    fn put_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes())?;
        self.put(bytes)
    }

    /// Ends it and gives it its name.
    pub(super) fn finish(mut self, path: &Path) -> io::Result<()> {
        while !self.open.is_empty() {
            self.leave()?;
        }
        let table = self.at;
        let folders = std::mem::take(&mut self.folders);
        self.put(&(folders.len() as u64).to_le_bytes())?;
        for (path, block) in &folders {
            self.put_bytes(path)?;
            self.put(&block.offset.to_le_bytes())?;
            self.put(&block.count.to_le_bytes())?;
        }
        self.put(&table.to_le_bytes())?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}

/// A listing that is read: its folders are in memory, their children on disk.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    folders: BTreeMap<Vec<u8>, Block>,
}

impl Opened {
    /// Opens a listing; none when there is none or it is damaged.
    pub(super) fn open(path: &Path) -> Option<Self> {
        Self::read(path).ok()
    }

    fn read(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(fs::File::open(path)?);
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic)?;
        if magic != *MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        file.seek(SeekFrom::End(-8))?;
        let table = number(&mut file)?;
        file.seek(SeekFrom::Start(table))?;
        let mut folders = BTreeMap::new();
        for _ in 0..number(&mut file)? {
            let path = bytes(&mut file)?;
            let block = Block { offset: number(&mut file)?, count: number(&mut file)? };
            folders.insert(path, block);
        }
        Ok(Self { path: path.to_path_buf(), folders })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Children of a folder from the `offset`th on, at most `limit`, and how many there are; none when there is no such
    /// folder.
    pub(super) fn children(
        &self,
        folder: &EntryPath,
        offset: u64,
        limit: usize,
    ) -> Result<Option<(u64, Vec<Child>)>, RunError> {
        let Some(block) = self.folders.get(folder.as_bytes()) else { return Ok(None) };
        let mut found = Vec::new();
        self.each(*block, &mut |number, child| {
            if number >= offset {
                found.push(child);
            }
            found.len() < limit
        })
        .map_err(RunError::Io)?;
        Ok(Some((block.count, found)))
    }

    /// Calls `each` for every file below a folder, not for folders.
    pub(super) fn below(&self, folder: &EntryPath, each: &mut dyn FnMut(&Child)) -> Result<(), RunError> {
        let start = folder.as_bytes();
        let folders = self.folders.range(start.to_vec()..).take_while(|(path, _)| path.starts_with(start));
        for (path, block) in folders {
            let inside =
                start.is_empty() || path.len() == start.len() || path.get(start.len()) == Some(&b'/');
            if inside {
                self.each(*block, &mut |_, child| {
                    if child.kind != ChildKind::Folder {
                        each(&child);
                    }
                    true
                })
                .map_err(RunError::Io)?;
            }
        }
        Ok(())
    }

    fn each(&self, block: Block, take: &mut dyn FnMut(u64, Child) -> bool) -> io::Result<()> {
        let mut file = BufReader::new(fs::File::open(&self.path)?);
        file.seek(SeekFrom::Start(block.offset))?;
        for count in 0..block.count {
            let mut kind = [0];
            file.read_exact(&mut kind)?;
            let kind = match kind[0] {
                0 => ChildKind::Folder,
                1 => ChildKind::File,
                2 => ChildKind::Link,
                _ => ChildKind::Special,
            };
            let size = Some(number(&mut file)?).filter(|size| *size != UNKNOWN);
            let mtime = i64::from_le_bytes(number(&mut file)?.to_le_bytes());
            let child = Child { name: bytes(&mut file)?, kind, size, mtime };
            if !take(count, child) {
                break;
            }
        }
        Ok(())
    }
}

fn number(from: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn bytes(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
