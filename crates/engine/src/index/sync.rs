//! Whether the index is current, and making it so: the sets it has are held against those that the destination lists
//! and the archive folder has the signatures of. What is missing is added from the signatures, what is gone is
//! dropped, and what does not fit is made again.

use super::row::Row;
use super::signature::{Place, Signatures};
use super::write::{Recorder, SetFacts, Writer, identity_of};
use super::{Current, IndexError, discard, open};
use crate::archive::{self, MemberReader, SignatureFile};
use crate::scan::Scan;
use crate::{Context, EngineError, doubt};
use backtrail_base::{Clock, SystemClock, fs};
use backtrail_format::collection::Collection;
use backtrail_format::manifest::Manifest;
use backtrail_format::names::SetId;
use backtrail_format::sigtar::{Member, Reader};
use backtrail_format::{EntryPath, Metadata};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// How often the whole file is checked, in seconds.
const CHECK: i64 = 24 * 60 * 60;

/// An index that is current and whole.
pub(crate) struct Ready {
    folder: PathBuf,
    /// The chain to compare with.
    chain: Option<i64>,
    current: Option<Current>,
}

impl Ready {
    /// The last state of the chain, for a backup that compares with one, and what records the new set.
    pub(crate) fn begin(self, set: SetId) -> (Option<Current>, Option<Recorder>) {
        let recorder = Recorder::start(&self.folder, self.chain, set);
        (self.current, recorder)
    }

    /// The last state of the chain, for a look that stores nothing.
    pub(crate) fn only_read(self) -> Option<Current> {
        self.current
    }
}

/// Brings the index up to date with what the destination lists, for a set that is made on top of `base` (nothing, for
/// a full set). None when there can be no index; the backup works without.
///
/// # Errors
/// [`EngineError::Cancelled`] only.
pub(crate) fn prepare(
    ctx: &Context,
    collection: &Collection,
    sizes: &BTreeMap<String, u64>,
    base: &[SignatureFile],
) -> Result<Option<Ready>, EngineError> {
    for _ in 0..2 {
        match bring_up(ctx, collection, sizes, base) {
            Ok(ready) => return Ok(Some(ready)),
            Err(IndexError::Source(EngineError::Cancelled)) => return Err(EngineError::Cancelled),
            // The signatures themselves cannot be read: another index would be no better.
            Err(IndexError::Source(_)) => return Ok(None),
            // Whatever is wrong with the file, a new one has it not.
            Err(IndexError::Sqlite(_) | IndexError::Damaged(_)) => discard(&ctx.archive_folder),
        }
    }
    Ok(None)
}

/// What a set is known by: its manifest on the destination and its signatures here.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    start: i64,
    end: i64,
    manifest: (String, i64),
    signatures: (i64, Vec<u8>),
}

/// A set as the index has it.
struct Known {
    id: i64,
    chain: i64,
    identity: Identity,
}

fn bring_up(
    ctx: &Context,
    collection: &Collection,
    sizes: &BTreeMap<String, u64>,
    base: &[SignatureFile],
) -> Result<Ready, IndexError> {
    let folder = &ctx.archive_folder;
    let connection = open(folder)?;
    let destination = Sha256::digest(ctx.destination.address().text.as_bytes()).to_vec();
    about(&connection, &destination)?;
    drop_gone(&connection, collection, sizes)?;
    let manifest = |set: &SetId| {
        let name = collection.set(set)?.manifest.clone()?;
        let size = sizes.get(&name)?.cast_signed();
        Some((name, size))
    };
    let mut wanted = Vec::with_capacity(base.len());
    for SignatureFile { set, path: signatures } in base {
        let (size, tail) = identity_of(signatures).map_err(EngineError::Io)?;
        let manifest =
            manifest(set).ok_or(IndexError::Source(EngineError::ManifestMissing { set: set.to_string() }))?;
        wanted.push(Identity {
            start: set.start().0,
            end: set.end().0,
            manifest,
            signatures: (size.cast_signed(), tail),
        });
    }
    let mut known = known_sets(&connection)?;
    // The chain is the one that begins with the same set; it is current as far as it agrees.
    let chain =
        wanted.first().and_then(|first| known.iter().find(|known| known.identity == *first)).map(|k| k.chain);
    let mut chain = chain;
    known.retain(|known| Some(known.chain) == chain);
    let agrees =
        known.len() <= wanted.len() && known.iter().zip(&wanted).all(|(known, w)| known.identity == *w);
    if let (Some(id), false) = (chain, agrees) {
        drop_chain(&connection, id)?;
        (chain, known) = (None, Vec::new());
    }
    for (at, SignatureFile { set, path: signatures }) in base.iter().enumerate().skip(known.len()) {
        let facts = (wanted[at].manifest.0.clone(), wanted[at].manifest.1.cast_unsigned());
        chain = Some(add(ctx, &connection, chain, *set, signatures, facts)?);
    }
    let mut signatures = Signatures::default();
    if let Some(chain) = chain {
        for (known, base) in known_sets(&connection)?.iter().filter(|known| known.chain == chain).zip(base) {
            let members = members(&connection, known.id)?;
            signatures.add(known.id, Place { file: base.path.clone(), members });
        }
    }
    let current = chain.map(|chain| Current::open(connection, chain, signatures)).transpose()?;
    Ok(Ready { folder: folder.clone(), chain, current })
}

/// Checks that the index is of this destination, and now and then that it is whole.
fn about(connection: &Connection, destination: &[u8]) -> Result<(), IndexError> {
    let now = SystemClock.now().0;
    let mut find = connection.prepare("SELECT destination, checked FROM about")?;
    let mut rows = find.query(())?;
    let Some(row) = rows.next()? else {
        connection.execute("INSERT INTO about VALUES (1, ?1, ?2)", (destination, now))?;
        return Ok(());
    };
    let (of, checked): (Vec<u8>, i64) = (row.get(0)?, row.get(1)?);
    if of != destination {
        return Err(IndexError::Damaged("it is of another destination"));
    }
    if now.saturating_sub(checked).abs() >= CHECK {
        let said: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
        if said != "ok" {
            return Err(IndexError::Damaged("SQLite finds it torn"));
        }
        connection.execute("UPDATE about SET checked = ?1", [now])?;
    }
    Ok(())
}

fn known_sets(connection: &Connection) -> Result<Vec<Known>, IndexError> {
    let mut find = connection.prepare(
        "SELECT id, chain, start_time, end_time, manifest, manifest_size, local_size, local_tail
         FROM sets ORDER BY chain, id",
    )?;
    let sets = find.query_map((), |row| {
        let identity = Identity {
            start: row.get(2)?,
            end: row.get(3)?,
            manifest: (row.get(4)?, row.get(5)?),
            signatures: (row.get(6)?, row.get(7)?),
        };
        Ok(Known { id: row.get(0)?, chain: row.get(1)?, identity })
    })?;
    Ok(sets.collect::<Result<_, _>>()?)
}

fn members(connection: &Connection, set: i64) -> Result<Vec<(u64, u64)>, IndexError> {
    let mut find =
        connection.prepare_cached("SELECT plain, file FROM members WHERE set_id = ?1 ORDER BY plain")?;
    let found = find.query_map([set], |row| {
        let (plain, file): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok((plain.cast_unsigned(), file.cast_unsigned()))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Drops the chains of which a set is not on the destination any more, or another one under its name.
fn drop_gone(
    connection: &Connection,
    collection: &Collection,
    sizes: &BTreeMap<String, u64>,
) -> Result<(), IndexError> {
    let there: BTreeMap<&str, i64> = collection
        .sets()
        .filter_map(|set| set.manifest.as_deref())
        .filter_map(|name| Some((name, sizes.get(name)?.cast_signed())))
        .collect();
    let gone = |known: &Known| there.get(&*known.identity.manifest.0) != Some(&known.identity.manifest.1);
    let mut chains: Vec<i64> =
        known_sets(connection)?.iter().filter(|known| gone(known)).map(|k| k.chain).collect();
    chains.dedup();
    for chain in chains {
        drop_chain(connection, chain)?;
    }
    Ok(())
}

fn drop_chain(connection: &Connection, chain: i64) -> Result<(), IndexError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = (|| {
        for table in ["members", "volumes"] {
            let of = "set_id IN (SELECT id FROM sets WHERE chain = ?1)";
            connection.execute(&format!("DELETE FROM {table} WHERE {of}"), [chain])?;
        }
        connection.execute("DELETE FROM versions WHERE chain = ?1", [chain])?;
        connection.execute("DELETE FROM sets WHERE chain = ?1", [chain])?;
        connection.execute("DELETE FROM chains WHERE id = ?1", [chain])?;
        let left: i64 = connection.query_row("SELECT count(*) FROM chains", (), |row| row.get(0))?;
        if left == 0 {
            connection.execute_batch("DELETE FROM names; DELETE FROM folders;")?;
        }
        connection.execute_batch("COMMIT")
    })();
    if done.is_err() {
        connection.execute_batch("ROLLBACK").ok();
    }
    Ok(done?)
}

/// Adds a set from its signatures, whoever wrote them. Returns its chain.
fn add(
    ctx: &Context,
    connection: &Connection,
    chain: Option<i64>,
    set: SetId,
    signatures: &Path,
    manifest: (String, u64),
) -> Result<i64, IndexError> {
    let mut writer = Writer::begin(connection, chain, set)?;
    let (content, found): (Box<dyn Read>, _) = if archive::is_gzipped(signatures) {
        let file = BufReader::with_capacity(64 << 10, fs::File::open(signatures).map_err(EngineError::Io)?);
        let content = MemberReader::new(file);
        let members = content.members();
        (Box::new(BufReader::with_capacity(64 << 10, content)), Some(members))
    } else {
        (archive::open_local(signatures)?, None)
    };
    let mut reader = Reader::new(content);
    let name = signatures.display().to_string();
    let mut last: Option<EntryPath> = None;
    while let Some((member, path, metadata)) = reader.next().map_err(EngineError::format(&*name))? {
        ctx.check_cancelled()?;
        // What is out of order is passed over, as a restore passes over it.
        if last.as_ref().is_some_and(|last| path <= *last) {
            continue;
        }
        if member == Member::Deleted {
            writer.close(&path)?;
        } else {
            let mut row = Row {
                path: path.clone(),
                doubt: doubt::is_marked(&metadata),
                metadata: Metadata { pax: Vec::new(), ..doubt::without(&metadata) },
                since: 0,
                scan: Scan::read(&metadata),
                signature: (member == Member::Signature).then(|| reader.member_offset()),
            };
            writer.put(&mut row)?;
        }
        last = Some(path);
    }
    // To the end, where a gzip reader says whether the content is what was written.
    std::io::copy(&mut reader.into_inner(), &mut std::io::sink())
        .map_err(|error| EngineError::from_stream(&name, error))?;
    let members = found.map(|found| found.lock().map(|found| found.clone()).unwrap_or_default());
    let facts = SetFacts {
        manifest,
        signatures: signatures.to_owned(),
        members: members.unwrap_or_default(),
        volumes: local_volumes(ctx, set),
    };
    let chain = writer.chain();
    writer.finish(&facts)?;
    Ok(chain)
}

/// The volumes of a set, when the archive folder has its manifest: nothing is fetched or deciphered for them.
fn local_volumes(ctx: &Context, set: SetId) -> BTreeMap<u32, backtrail_format::manifest::Volume> {
    let content = fs::read(ctx.archive_folder.join(archive::manifest_name(ctx, set)));
    content.ok().and_then(|content| Manifest::parse(&content).ok()).unwrap_or_default().volumes
}
