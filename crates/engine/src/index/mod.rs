//! The index: an SQLite file in the archive folder with every path and version of a backup, what the file system said
//! of each, and where its signature lies. It makes comparing quick and answers the timeline without the network. It
//! is a cache and never the truth: whether it is current is judged by the destination's listing and the archive
//! folder's signatures, every row is covered by a checksum before a backup believes it, and whatever is wrong with it
//! means that it is made again, never an error.

mod read;
mod row;
mod schema;
mod signature;
mod sync;
mod write;

pub(crate) use read::Current;
pub(crate) use row::Row;
pub(crate) use sync::{Ready, prepare};
pub(crate) use write::{Recorder, SetFacts};

use crate::archive;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The index's name in the archive folder. Stock duplicity passes over names it does not know.
const NAME: &str = "backtrail-index.sqlite";

/// Why the index cannot be used. Never shown to a person: the index is made again, or done without.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("the index is damaged: {0}")]
    Damaged(&'static str),
    /// What the index is made of cannot be read.
    #[error(transparent)]
    Source(#[from] crate::EngineError),
}

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Opens the index, made when it is not there. One of another version or program is an error.
fn open(folder: &Path) -> Result<Connection, IndexError> {
    let connection = connect(folder)?;
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let empty =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get::<_, i64>(0))? == 0;
    if empty {
        connection.pragma_update(None, "application_id", schema::APPLICATION)?;
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {} PRAGMA user_version = {}; COMMIT;",
            schema::TABLES,
            schema::VERSION
        ))?;
    } else if (pragma("application_id")?, pragma("user_version")?) != (schema::APPLICATION, schema::VERSION) {
        return Err(IndexError::Damaged("it is of another version"));
    }
    Ok(connection)
}

/// A connection as every use of the index wants it.
fn connect(folder: &Path) -> Result<Connection, IndexError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path(folder), flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // With a write-ahead log the timeline reads while a backup writes, and a backup compares with the state before
    // it while it records the one after.
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
    if mode != "wal" {
        return Err(IndexError::Damaged("it cannot have a write-ahead log here"));
    }
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;",
    )?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Removes the index. A part that cannot be removed stays; it is refused again next time.
fn discard(folder: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let path = folder.join(format!("{NAME}{suffix}"));
        archive::remove(&path).ok();
    }
}
