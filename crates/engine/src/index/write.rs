//! Recording a set in the index: one transaction, open while the set is made and committed after it counts, so that
//! a run that ends before leaves the index as it was.

use super::row::{Columns, Owners, Row, key};
use super::schema::COLUMNS;
use super::{IndexError, connect, discard};
use crate::scan::Scan;
use backtrail_base::fs;
use backtrail_format::EntryPath;
use backtrail_format::manifest::Volume;
use backtrail_format::names::SetId;
use crossbeam_channel::Sender;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// What is known of a set once it counts.
pub(crate) struct SetFacts {
    /// The manifest on the destination, and its size.
    pub(crate) manifest: (String, u64),
    /// The signatures in the archive folder.
    pub(crate) signatures: PathBuf,
    /// Where their gzip members begin, in the content and in the file.
    pub(crate) members: Vec<(u64, u64)>,
    /// The volumes, where they are known.
    pub(crate) volumes: BTreeMap<u32, Volume>,
}

/// What tells one file of signatures from another of the same name: its size and its end, where gzip has a checksum
/// of the content.
pub(super) fn identity_of(signatures: &Path) -> std::io::Result<(u64, Vec<u8>)> {
    let mut file = fs::File::open(signatures)?;
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(size.saturating_sub(8)))?;
    let mut tail = Vec::with_capacity(8);
    file.take(8).read_to_end(&mut tail)?;
    Ok((size, tail))
}

/// Writes one set.
pub(super) struct Writer<'c> {
    connection: &'c Connection,
    chain: i64,
    set: i64,
    /// Nothing of the chain is there yet.
    fresh: bool,
    live: i64,
    digest: i64,
    owners: Owners,
    /// The folder that names were added for last, and its number.
    folder: Option<(EntryPath, i64)>,
    buffers: (Vec<u8>, Vec<u8>),
    done: bool,
}

impl<'c> Writer<'c> {
    /// Begins a set of `chain`; of a new chain when there is none.
    pub(super) fn begin(
        connection: &'c Connection,
        chain: Option<i64>,
        set: SetId,
    ) -> Result<Self, IndexError> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let (chain, live, digest, fresh) = match chain {
            Some(chain) => {
                let totals = "SELECT live, digest FROM chains WHERE id = ?1";
                let (live, digest) =
                    connection.query_row(totals, [chain], |row| Ok((row.get(0)?, row.get(1)?)))?;
                (chain, live, digest, false)
            }
            None => {
                connection.execute("INSERT INTO chains (live, digest) VALUES (0, 0)", ())?;
                (connection.last_insert_rowid(), 0, 0, true)
            }
        };
        connection.execute(
            "INSERT INTO sets (chain, start_time, end_time, manifest, manifest_size, local_size, local_tail)
             VALUES (?1, ?2, ?3, '', 0, 0, x'')",
            (chain, set.start().0, set.end().0),
        )?;
        let set = connection.last_insert_rowid();
        let owners = Owners::read(connection)?;
        let (folder, buffers) = (None, Default::default());
        Ok(Self { connection, chain, set, fresh, live, digest, owners, folder, buffers, done: false })
    }

    pub(super) fn chain(&self) -> i64 {
        self.chain
    }

    /// Adds a version of a path, in place of the one that is there.
    pub(super) fn put(&mut self, row: &mut Row) -> Result<(), IndexError> {
        row.since = self.set;
        let known = !self.fresh && self.close(&row.path)?;
        if !known {
            self.name(&row.path)?;
        }
        let owner = self.owners.number(self.connection, &row.metadata)?;
        let columns = Columns::of(row, owner, &mut self.buffers);
        self.live += 1;
        self.digest = self.digest.wrapping_add(columns.checksum());
        let n = &columns.numbers;
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO versions (chain, path, since, kind, size, mtime, mode, uid, gid, owner, link, signature,
                                   doubt, mtime_ns, ctime_ns, inode, attributes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?;
        let link = columns.link;
        insert.execute(rusqlite::params![
            self.chain,
            columns.path,
            n[0],
            n[1],
            n[2],
            n[3],
            n[4],
            n[5],
            n[6],
            n[7],
            link,
            n[8],
            n[9],
            n[10],
            n[11],
            n[12],
            n[13]
        ])?;
        Ok(())
    }

    /// Ends the version of a path that is there; whether there was one.
    pub(super) fn close(&mut self, path: &EntryPath) -> Result<bool, IndexError> {
        let key = key(path);
        let Some(checksum) = self.checksum(&key)? else { return Ok(false) };
        self.live -= 1;
        self.digest = self.digest.wrapping_sub(checksum);
        let mut update = self.connection.prepare_cached(
            "UPDATE versions SET until = ?3 WHERE chain = ?1 AND path = ?2 AND until IS NULL",
        )?;
        update.execute((self.chain, &key, self.set))?;
        Ok(true)
    }

    /// Records what the system says of a path whose version stays.
    pub(super) fn touch(&mut self, path: &EntryPath, scan: Scan, doubt: bool) -> Result<(), IndexError> {
        let key = key(path);
        let Some(before) = self.checksum(&key)? else { return Ok(()) };
        let mut update = self.connection.prepare_cached(
            "UPDATE versions SET doubt = ?3, mtime_ns = ?4, ctime_ns = ?5, inode = ?6,
                                 attributes = ?8, size = CASE kind WHEN 0 THEN ?7 END
             WHERE chain = ?1 AND path = ?2 AND until IS NULL",
        )?;
        let (size, inode) = (scan.size.cast_signed(), scan.inode.cast_signed());
        let stamp = scan.attributes;
        update.execute((self.chain, &key, doubt, scan.mtime, scan.ctime, inode, size, stamp))?;
        let after = self.checksum(&key)?.unwrap_or_default();
        self.digest = self.digest.wrapping_sub(before).wrapping_add(after);
        Ok(())
    }

    /// The checksum of the version that is there.
    fn checksum(&self, key: &[u8]) -> Result<Option<i64>, IndexError> {
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM versions WHERE chain = ?1 AND path = ?2 AND until IS NULL"
        ))?;
        let mut rows = query.query((self.chain, key))?;
        match rows.next()? {
            Some(row) => Ok(Some(Columns::read(row)?.checksum())),
            None => Ok(None),
        }
    }

    /// Makes the path's name findable.
    fn name(&mut self, path: &EntryPath) -> Result<(), IndexError> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Ok(()) };
        let folder = match &self.folder {
            Some((known, folder)) if *known == parent => *folder,
            _ => {
                let key = key(&parent);
                let mut find = self.connection.prepare_cached("SELECT id FROM folders WHERE path = ?1")?;
                let folder = match find.query_row([&key], |row| row.get(0)).optional()? {
                    Some(folder) => folder,
                    None => {
                        self.connection
                            .prepare_cached("INSERT INTO folders (path) VALUES (?1)")?
                            .execute([&key])?;
                        self.connection.last_insert_rowid()
                    }
                };
                self.folder = Some((parent, folder));
                folder
            }
        };
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO names (name, folder) VALUES (?1, ?2)")?
            .execute((name, folder))?;
        Ok(())
    }

    /// Completes the set and makes it count.
    pub(super) fn finish(mut self, facts: &SetFacts) -> Result<(), IndexError> {
        let connection = self.connection;
        let (size, tail) = identity_of(&facts.signatures).map_err(crate::EngineError::Io)?;
        connection.execute(
            "UPDATE sets SET manifest = ?2, manifest_size = ?3, local_size = ?4, local_tail = ?5 WHERE id = ?1",
            (self.set, &facts.manifest.0, facts.manifest.1.cast_signed(), size.cast_signed(), tail),
        )?;
        connection.execute(
            "UPDATE chains SET live = ?2, digest = ?3 WHERE id = ?1",
            (self.chain, self.live, self.digest),
        )?;
        let mut insert = connection.prepare_cached("INSERT INTO members VALUES (?1, ?2, ?3)")?;
        for (plain, file) in &facts.members {
            insert.execute((self.set, plain.cast_signed(), file.cast_signed()))?;
        }
        let mut insert = connection.prepare_cached("INSERT INTO volumes VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for (number, Volume { start, end, .. }) in &facts.volumes {
            let block = |block: Option<u64>| block.map(u64::cast_signed);
            let (from, to) = (key(&start.path), key(&end.path));
            insert.execute((self.set, number, from, block(start.block), to, block(end.block)))?;
        }
        connection.execute_batch("COMMIT")?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.connection.execute_batch("ROLLBACK").ok();
        }
    }
}

/// A change to the index.
enum Change {
    Put(Row),
    Close(EntryPath),
    Touch(EntryPath, Scan, bool),
    Finish(Box<SetFacts>),
}

/// Changes handed over at once.
const BATCH: usize = 256;
/// Batches that wait.
const WAITING: usize = 16;

/// Records the set that a backup makes, in a thread of its own.
pub(crate) struct Recorder {
    folder: PathBuf,
    batch: Vec<Change>,
    send: Sender<Vec<Change>>,
    worker: JoinHandle<Result<(), IndexError>>,
}

impl Recorder {
    /// Starts to record a set of `chain`, or of a new one. None when no thread can be had.
    pub(super) fn start(folder: &Path, chain: Option<i64>, set: SetId) -> Option<Self> {
        let (send, receive) = crossbeam_channel::bounded::<Vec<Change>>(WAITING);
        let place = folder.to_owned();
        let worker = std::thread::Builder::new().name("index".into()).spawn(move || {
            let connection = connect(&place)?;
            connection.execute_batch("PRAGMA cache_size = -24576;")?;
            let mut writer = Writer::begin(&connection, chain, set)?;
            for change in receive.into_iter().flatten() {
                match change {
                    Change::Put(mut row) => writer.put(&mut row)?,
                    Change::Close(path) => drop(writer.close(&path)?),
                    Change::Touch(path, scan, doubt) => writer.touch(&path, scan, doubt)?,
                    Change::Finish(facts) => return writer.finish(&facts),
                }
            }
            // Given up: the transaction ends with nothing.
            Ok(())
        });
        Some(Self { folder: folder.to_owned(), batch: Vec::with_capacity(BATCH), send, worker: worker.ok()? })
    }

    /// A version of a path is stored.
    pub(crate) fn put(&mut self, row: Row) {
        self.add(Change::Put(row));
    }

    /// A path is gone.
    pub(crate) fn close(&mut self, path: &EntryPath) {
        self.add(Change::Close(path.clone()));
    }

    /// A path is as the backup has it, and the system now says `scan` of it.
    pub(crate) fn touch(&mut self, path: &EntryPath, scan: Scan, doubt: bool) {
        self.add(Change::Touch(path.clone(), scan, doubt));
    }

    /// Makes the set count. An index that cannot take it is removed: it is made again when it is needed.
    pub(crate) fn finish(mut self, facts: SetFacts) {
        self.add(Change::Finish(Box::new(facts)));
        self.flush();
        drop(self.send);
        if !matches!(self.worker.join(), Ok(Ok(()))) {
            discard(&self.folder);
        }
    }

    fn add(&mut self, change: Change) {
        self.batch.push(change);
        if self.batch.len() == BATCH {
            self.flush();
        }
    }

    /// A worker that has stopped is noticed at the end.
    fn flush(&mut self) {
        self.send.send(std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH))).ok();
    }
}
