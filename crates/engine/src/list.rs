//! Listing: what the backup held at a moment, from the signatures alone, and what the manifests say of changes.

use crate::archive::SignatureFile;
use crate::doubt;
use crate::restore::selected;
use crate::select::Selection;
use crate::state::State;
use crate::{Cancel, Context, EngineError, archive, scan};
use backtrail_base::Timestamp;
use backtrail_format::collection::{Collection, Set};
use backtrail_format::manifest::Change;
use backtrail_format::names::{Prefixes, SetId};
use backtrail_format::{EntryPath, Metadata};
use std::path::Path;

/// Calls `each` for every entry of the moment `time` (the latest when none), in path order, and returns the set that
/// answered. The size of a regular file is not in its signature and reads as the signature's.
///
/// # Errors
/// [`EngineError::NoBackup`], [`EngineError::NoSignatures`], or what reading the signatures meets.
pub fn current_files(
    ctx: &Context,
    time: Option<Timestamp>,
    selection: Option<&Selection>,
    each: &mut dyn FnMut(&EntryPath, &Metadata),
) -> Result<SetId, EngineError> {
    let collection = archive::list(ctx)?.collection;
    let sets = sets_for(ctx, &collection, time)?;
    let Some(last) = sets.last().map(|set| set.id) else { return Err(no_backup(ctx)) };
    let chain = collection
        .signature_chain_for(last.end())
        .filter(|chain| chain.all().any(|(id, _)| *id == last))
        .ok_or_else(|| EngineError::NoSignatures { object: format!("of the set {last}") })?;
    let files = archive::signatures(ctx, chain, |set| set.end() <= last.end())?;
    let mut state = State::open(&files)?;
    while let Some((path, metadata)) = state.current() {
        ctx.check_cancelled()?;
        let metadata = doubt::without(metadata);
        if selected(selection, path, &metadata) {
            each(path, &metadata);
        }
        state.advance()?;
    }
    Ok(last)
}

/// An entry of a moment, as the signatures know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<'a> {
    /// Its path.
    pub path: &'a EntryPath,
    /// Its kind, rights, owner and time.
    pub metadata: &'a Metadata,
    /// The bytes of a regular file, where Backtrail made its signature; none for what stock duplicity wrote.
    pub size: Option<u64>,
}

/// The moments that the archive folder knows by itself, oldest first: those whose signatures are all there. Nothing is
/// asked of the destination, which may hold fewer or more.
///
/// # Errors
/// When the archive folder cannot be read; one that does not exist knows none.
pub fn local_moments(archive_folder: &Path, prefixes: &Prefixes) -> Result<Vec<SetId>, EngineError> {
    let collection = local_collection(archive_folder, prefixes)?;
    let mut moments: Vec<SetId> =
        collection.signature_chains.iter().flat_map(|chain| chain.all().map(|(set, _)| *set)).collect();
    moments.sort_by_key(|set| set.end());
    Ok(moments)
}

/// Calls `each` for every entry of the moment at which `set` ended, in path order, from the archive folder alone:
/// this is how a backup is browsed while its destination is away.
///
/// # Errors
/// [`EngineError::NoSignatures`] when the archive folder does not know that moment, [`EngineError::Cancelled`], or
/// what reading the signatures meets.
pub fn local_files(
    archive_folder: &Path,
    prefixes: &Prefixes,
    set: SetId,
    cancel: &Cancel,
    each: &mut dyn FnMut(&Known<'_>) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let collection = local_collection(archive_folder, prefixes)?;
    let chain = collection.signature_chains.iter().find(|chain| chain.all().any(|(id, _)| *id == set));
    let chain = chain.ok_or_else(|| EngineError::NoSignatures { object: format!("of the set {set}") })?;
    let wanted = chain.all().filter(|(id, _)| id.end() <= set.end());
    let files: Vec<SignatureFile> =
        wanted.map(|(set, name)| SignatureFile { set: *set, path: archive_folder.join(name) }).collect();
    let mut state = State::open(&files)?;
    while let Some((path, metadata)) = state.current() {
        cancel.check()?;
        each(&Known { path, metadata: &doubt::without(metadata), size: scan::noted_size(metadata) })?;
        state.advance()?;
    }
    Ok(())
}

fn local_collection(archive_folder: &Path, prefixes: &Prefixes) -> Result<Collection, EngineError> {
    let local = archive::local_names(archive_folder)?;
    Ok(Collection::assemble(prefixes, std::iter::empty::<&str>(), &local, ':'))
}

/// Which sets changed the file `path`, oldest first, over the chain of the latest backup.
///
/// # Errors
/// As [`current_files`].
pub fn file_changes(ctx: &Context, path: &EntryPath) -> Result<Vec<(SetId, Change)>, EngineError> {
    let collection = archive::list(ctx)?.collection;
    let mut found = Vec::new();
    for set in sets_for(ctx, &collection, None)? {
        let manifest = archive::manifest(ctx, set)?;
        for (change, changed) in manifest.files_changed.iter().flatten() {
            if changed == path {
                found.push((set.id, *change));
            }
        }
    }
    Ok(found)
}

/// What a set changed. `number` counts the sets of the latest chain from 0, the full one; negative counts from the
/// last, -1.
///
/// # Errors
/// As [`current_files`]; [`EngineError::NoBackup`] when there is no such set.
pub fn set_changes(ctx: &Context, number: i64) -> Result<(SetId, Vec<(Change, EntryPath)>), EngineError> {
    let collection = archive::list(ctx)?.collection;
    let sets = sets_for(ctx, &collection, None)?;
    let index = if number < 0 { i64::try_from(sets.len()).unwrap_or(i64::MAX) + number } else { number };
    let set = usize::try_from(index).ok().and_then(|index| sets.get(index)).ok_or_else(|| no_backup(ctx))?;
    let manifest = archive::manifest(ctx, set)?;
    Ok((set.id, manifest.files_changed.unwrap_or_default()))
}

fn sets_for<'c>(
    ctx: &Context,
    collection: &'c backtrail_format::collection::Collection,
    time: Option<Timestamp>,
) -> Result<Vec<&'c Set>, EngineError> {
    collection.sets_for(time.unwrap_or(Timestamp(i64::MAX))).map_err(|_| no_backup(ctx))
}

fn no_backup(ctx: &Context) -> EngineError {
    EngineError::NoBackup { destination: ctx.destination.address().text.clone() }
}
