//! What the index knows of a chain's last state, read in path order beside the walk.

use super::IndexError;
use super::row::{Columns, Owners, Row, key};
use super::schema::COLUMNS;
use super::signature::Signatures;
use crate::EngineError;
use rusqlite::Connection;
use std::collections::VecDeque;

/// Rows read at once.
const BATCH: usize = 2048;

/// The last state of a chain.
pub(crate) struct Current {
    connection: Connection,
    query: String,
    chain: i64,
    owners: Owners,
    signatures: Signatures,
    rows: VecDeque<Row>,
    /// The key that the next batch comes after; none at the end.
    after: Option<Vec<u8>>,
}

impl Current {
    /// Stands at the first row. Every row is checked here, before any is believed: a flipped bit in the name of a
    /// file that is gone would else keep it in the backup for ever.
    pub(super) fn open(
        connection: Connection,
        chain: i64,
        signatures: Signatures,
    ) -> Result<Self, IndexError> {
        // One snapshot for all that follows.
        connection.execute_batch("BEGIN")?;
        verify(&connection, chain)?;
        let owners = Owners::read(&connection)?;
        let query = format!(
            "SELECT {COLUMNS} FROM versions WHERE chain = ?1 AND path > ?2 AND until IS NULL ORDER BY path LIMIT {BATCH}"
        );
        let rows = VecDeque::with_capacity(BATCH);
        let mut current = Self { connection, query, chain, owners, signatures, rows, after: None };
        // The root has the empty key, which nothing is greater than: it is read by itself.
        let root =
            format!("SELECT {COLUMNS} FROM versions WHERE chain = ?1 AND path = x'' AND until IS NULL");
        let mut statement = current.connection.prepare(&root)?;
        let mut found = statement.query([chain])?;
        if let Some(row) = found.next()? {
            current.rows.push_back(Columns::read(row)?.to_row(&current.owners)?);
        }
        drop(found);
        drop(statement);
        current.after = Some(Vec::new());
        if current.rows.is_empty() {
            current.fill()?;
        }
        Ok(current)
    }

    pub(crate) fn row(&self) -> Option<&Row> {
        self.rows.front()
    }

    pub(crate) fn advance(&mut self) -> Result<(), IndexError> {
        self.rows.pop_front();
        if self.rows.is_empty() { self.fill() } else { Ok(()) }
    }

    /// The signature of the current row's content; none when it is not where it should be.
    pub(crate) fn signature(&mut self) -> Result<Option<Vec<u8>>, EngineError> {
        let Some(row) = self.rows.front() else { return Ok(None) };
        let Some(place) = row.signature else { return Ok(None) };
        self.signatures.read(row.since, place, &row.path)
    }

    fn fill(&mut self) -> Result<(), IndexError> {
        let Some(after) = self.after.take() else { return Ok(()) };
        let mut statement = self.connection.prepare_cached(&self.query)?;
        let mut found = statement.query((self.chain, &after))?;
        while let Some(row) = found.next()? {
            self.rows.push_back(Columns::read(row)?.to_row(&self.owners)?);
        }
        if self.rows.len() == BATCH {
            self.after = self.rows.back().map(|row| key(&row.path));
        }
        Ok(())
    }
}

/// Fails unless the live rows of a chain are those that were written.
fn verify(connection: &Connection, chain: i64) -> Result<(), IndexError> {
    let expected: (i64, i64) =
        connection.query_row("SELECT live, digest FROM chains WHERE id = ?1", [chain], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut query = connection.prepare(&format!(
        "SELECT {COLUMNS} FROM versions WHERE chain = ?1 AND until IS NULL ORDER BY path"
    ))?;
    let mut rows = query.query([chain])?;
    let (mut count, mut digest) = (0_i64, 0_i64);
    let mut before = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = Columns::read(row)?;
        // The merge believes the order.
        let ordered = count == 0 || columns.path > &before[..];
        if !ordered {
            return Err(IndexError::Damaged("its rows are out of order"));
        }
        before.clear();
        before.extend_from_slice(columns.path);
        count += 1;
        digest = digest.wrapping_add(columns.checksum());
    }
    if (count, digest) == expected {
        Ok(())
    } else {
        Err(IndexError::Damaged("its rows are not those that were written"))
    }
}
