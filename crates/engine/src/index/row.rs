//! A row of the index and its columns, with the checksum that guards it: SQLite notices a torn structure, not a
//! flipped bit inside a value.

use super::IndexError;
use crate::scan::Scan;
use backtrail_format::{EntryPath, Kind, Metadata};
use rusqlite::types::ValueRef;
use std::collections::HashMap;

/// A version of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) path: EntryPath,
    /// What the format keeps of it, `size` where it is known.
    pub(crate) metadata: Metadata,
    /// The set that has it.
    pub(crate) since: i64,
    /// What the system said when the content was last known.
    pub(crate) scan: Option<Scan>,
    /// Whether the content is to be looked at, whatever the times say.
    pub(crate) doubt: bool,
    /// Where its member begins in the set's signatures.
    pub(crate) signature: Option<u64>,
}

/// The bytes that order paths in the index as the format orders them: components joined with NUL.
pub(super) fn key(path: &EntryPath) -> Vec<u8> {
    path.as_bytes().iter().map(|&byte| if byte == b'/' { 0 } else { byte }).collect()
}

pub(super) fn path_of(key: &[u8]) -> Result<EntryPath, IndexError> {
    let joined: Vec<u8> = key.iter().map(|&byte| if byte == 0 { b'/' } else { byte }).collect();
    EntryPath::parse(&joined).map_err(|_| IndexError::Damaged("a path that no entry may have"))
}

/// How many numbers a row has.
pub(super) const NUMBERS: usize = 14;

/// Where the numbers stand among [`super::schema::COLUMNS`]; the path is column 0 and the link column 9.
const PLACES: [usize; NUMBERS] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15];
const LINK: usize = 9;

/// The columns of a row.
pub(super) struct Columns<'r> {
    pub(super) path: &'r [u8],
    pub(super) numbers: [Option<i64>; NUMBERS],
    pub(super) link: Option<&'r [u8]>,
}

impl<'r> Columns<'r> {
    /// From a row of a query for [`super::schema::COLUMNS`].
    pub(super) fn read(row: &'r rusqlite::Row<'_>) -> Result<Self, IndexError> {
        let mut numbers = [None; NUMBERS];
        for (number, place) in numbers.iter_mut().zip(PLACES) {
            *number = match row.get_ref(place)? {
                ValueRef::Integer(value) => Some(value),
                ValueRef::Null => None,
                _ => return Err(IndexError::Damaged("a text where a number should be")),
            };
        }
        let path = row.get_ref(0)?.as_blob().map_err(|_| IndexError::Damaged("a path that is no bytes"))?;
        let link = match row.get_ref(LINK)? {
            ValueRef::Blob(link) => Some(link),
            ValueRef::Null => None,
            _ => return Err(IndexError::Damaged("a link that is no bytes")),
        };
        Ok(Self { path, numbers, link })
    }

    /// The columns of a row whose owners' names have the number `owner`.
    pub(super) fn of(row: &Row, owner: i64, buffers: &'r mut (Vec<u8>, Vec<u8>)) -> Self {
        let (path, link) = buffers;
        *path = key(&row.path);
        let metadata = &row.metadata;
        let (kind, has_link) = match &metadata.kind {
            Kind::File => (0, false),
            Kind::Dir => (1, false),
            Kind::Symlink { target } => {
                link.clone_from(target);
                (2, true)
            }
            Kind::Fifo => (3, false),
            Kind::CharDevice { major, minor } => {
                *link = device(*major, *minor);
                (4, true)
            }
            Kind::BlockDevice { major, minor } => {
                *link = device(*major, *minor);
                (5, true)
            }
        };
        let size = match (&metadata.kind, row.scan) {
            (Kind::File, Some(scan)) => Some(scan.size.cast_signed()),
            _ => None,
        };
        let numbers = [
            Some(row.since),
            Some(kind),
            size,
            Some(metadata.mtime),
            Some(i64::from(metadata.mode)),
            Some(metadata.uid.cast_signed()),
            Some(metadata.gid.cast_signed()),
            Some(owner),
            row.signature.map(u64::cast_signed),
            Some(i64::from(row.doubt)),
            row.scan.map(|scan| scan.mtime),
            row.scan.map(|scan| scan.ctime),
            row.scan.map(|scan| scan.inode.cast_signed()),
            row.scan.map(|scan| i64::from(scan.attributes)),
        ];
        Self { path, numbers, link: has_link.then_some(link) }
    }

    /// The checksum of the row. The null is a number that no column holds.
    pub(super) fn checksum(&self) -> i64 {
        let mut hasher = crc32fast::Hasher::new();
        let mut bytes = [0; 8 * NUMBERS];
        for (place, number) in bytes.chunks_exact_mut(8).zip(self.numbers) {
            place.copy_from_slice(&number.unwrap_or(i64::MIN).to_le_bytes());
        }
        hasher.update(&bytes);
        hasher.update(self.path);
        if let Some(link) = self.link {
            hasher.update(&[0]);
            hasher.update(link);
        }
        i64::from(hasher.finalize())
    }

    /// The row, with the names of owners looked up.
    pub(super) fn to_row(&self, owners: &Owners) -> Result<Row, IndexError> {
        let number = |at: usize| self.numbers[at].ok_or(IndexError::Damaged("a number is missing"));
        let link = || self.link.ok_or(IndexError::Damaged("a link is missing"));
        let kind = match number(1)? {
            0 => Kind::File,
            1 => Kind::Dir,
            2 => Kind::Symlink { target: link()?.to_vec() },
            3 => Kind::Fifo,
            4 => numbers(link()?).map(|(major, minor)| Kind::CharDevice { major, minor })?,
            5 => numbers(link()?).map(|(major, minor)| Kind::BlockDevice { major, minor })?,
            _ => return Err(IndexError::Damaged("an unknown kind of entry")),
        };
        let size = self.numbers[2].map_or(0, i64::cast_unsigned);
        let scan = match (self.numbers[10], self.numbers[11], self.numbers[12]) {
            (Some(mtime), Some(ctime), Some(inode)) => Some(Scan {
                size,
                mtime,
                ctime,
                inode: inode.cast_unsigned(),
                attributes: u32::try_from(number(13)?)
                    .map_err(|_| IndexError::Damaged("an impossible checksum"))?,
            }),
            _ => None,
        };
        let (uname, gname) = owners.names(number(7)?)?;
        Ok(Row {
            path: path_of(self.path)?,
            metadata: Metadata {
                kind,
                mode: u32::try_from(number(4)?).map_err(|_| IndexError::Damaged("an impossible mode"))?,
                uid: number(5)?.cast_unsigned(),
                gid: number(6)?.cast_unsigned(),
                uname: uname.clone(),
                gname: gname.clone(),
                mtime: number(3)?,
                size,
                pax: Vec::new(),
            },
            since: number(0)?,
            scan,
            doubt: number(9)? != 0,
            signature: self.numbers[8].map(i64::cast_unsigned),
        })
    }
}

fn device(major: u32, minor: u32) -> Vec<u8> {
    [major.to_be_bytes(), minor.to_be_bytes()].concat()
}

fn numbers(device: &[u8]) -> Result<(u32, u32), IndexError> {
    let half =
        |at: usize| device.get(at..at + 4).and_then(|half| half.try_into().ok()).map(u32::from_be_bytes);
    half(0).zip(half(4)).ok_or(IndexError::Damaged("a device without numbers"))
}

/// The names of owners and groups, which few rows do not share.
#[derive(Default)]
pub(super) struct Owners {
    by_number: HashMap<i64, (Vec<u8>, Vec<u8>)>,
    by_names: HashMap<(Vec<u8>, Vec<u8>), i64>,
    /// Most rows have the names of the row before.
    last: Option<i64>,
}

impl Owners {
    pub(super) fn read(connection: &rusqlite::Connection) -> Result<Self, IndexError> {
        let mut owners = Self::default();
        let mut query = connection.prepare("SELECT id, uname, gname FROM owners")?;
        let mut rows = query.query(())?;
        while let Some(row) = rows.next()? {
            owners.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
        }
        Ok(owners)
    }

    fn insert(&mut self, id: i64, names: (Vec<u8>, Vec<u8>)) {
        self.by_number.insert(id, names.clone());
        self.by_names.insert(names, id);
    }

    fn names(&self, id: i64) -> Result<&(Vec<u8>, Vec<u8>), IndexError> {
        self.by_number.get(&id).ok_or(IndexError::Damaged("an owner without a name"))
    }

    /// The number of a row's names, made when they are new.
    pub(super) fn number(
        &mut self,
        connection: &rusqlite::Connection,
        metadata: &Metadata,
    ) -> Result<i64, IndexError> {
        if let Some(last) = self.last
            && let Some((uname, gname)) = self.by_number.get(&last)
            && *uname == metadata.uname
            && *gname == metadata.gname
        {
            return Ok(last);
        }
        let names = (metadata.uname.clone(), metadata.gname.clone());
        if let Some(id) = self.by_names.get(&names) {
            self.last = Some(*id);
            return Ok(*id);
        }
        connection.execute("INSERT INTO owners (uname, gname) VALUES (?1, ?2)", (&names.0, &names.1))?;
        let id = connection.last_insert_rowid();
        self.insert(id, names);
        self.last = Some(id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str) -> Row {
        Row {
            path: EntryPath::parse(path.as_bytes()).expect("path"),
            metadata: Metadata { mode: 0o644, mtime: 5, ..Metadata::new(Kind::File) },
            since: 3,
            scan: Some(Scan { size: 0, mtime: 5_000_000_001, ctime: 6, inode: 7, attributes: 0 }),
            doubt: false,
            signature: Some(512),
        }
    }

    #[test]
    fn the_order_of_keys_is_the_order_of_paths() {
        let mut paths: Vec<EntryPath> =
            ["", "dir", "dir/b", "dir/sub/c", "dir x", "dir-x/y", "dir.y", "dir\u{1}"]
                .iter()
                .map(|path| EntryPath::parse(path.as_bytes()).expect("path"))
                .collect();
        paths.sort();
        assert!(paths.is_sorted_by_key(key), "the merge with the walk needs one order");
        for path in paths {
            assert_eq!(path_of(&key(&path)).expect("valid"), path);
        }
    }

    #[test]
    fn a_checksum_tells_rows_apart() {
        let sum = |row: &Row| Columns::of(row, 1, &mut Default::default()).checksum();
        let good = row("a/b");
        let scan = good.scan.expect("scan");
        for other in [
            row("a/c"),
            Row { since: 4, ..good.clone() },
            Row { doubt: true, ..good.clone() },
            Row { signature: None, ..good.clone() },
            Row { scan: None, ..good.clone() },
            Row { scan: Some(Scan { ctime: 7, ..scan }), ..good.clone() },
            Row { metadata: Metadata { mode: 0o600, ..good.metadata.clone() }, ..good.clone() },
        ] {
            assert_ne!(sum(&good), sum(&other), "{other:?}");
        }
    }
}
