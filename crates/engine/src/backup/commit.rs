//! The commit of a set: guard, signatures, manifest, then the archive folder's copies. Before the manifest stands on
//! the destination nothing of the run counts; after it everything does.

use super::plan::Plan;
use super::signatures::Complete;
use crate::archive::{self, Listing, Lock};
use crate::index::SetFacts;
use crate::output::{ObjectWriter, Stored};
use crate::{Context, EngineError};
use backtrail_format::EntryPath;
use backtrail_format::manifest::{Change, Manifest, Volume};
use backtrail_format::names::{FileKind, FileName, SetId};
use backtrail_store::{Commit, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

/// Commits the set. Returns the bytes it added to the destination, and what the index records of it; nothing when the
/// archive folder could not be brought up to date.
pub(super) fn commit(
    plan: &Plan<'_>,
    volumes: BTreeMap<u32, Volume>,
    objects: &[Stored],
    signatures: Complete,
    changes: Vec<(Change, EntryPath)>,
) -> Result<(u64, Option<SetFacts>), EngineError> {
    let (ctx, request, set) = (plan.ctx, &plan.request, plan.set);
    let manifest = Manifest {
        hostname: request.hostname.clone(),
        localdir: request.localdir.clone(),
        volumes,
        files_changed: Some(changes),
    };
    let text = manifest.to_bytes();
    let volumes = manifest.volumes;
    let name = FileName {
        kind: FileKind::Manifest { set },
        encoding: request.protection.manifest_encoding(),
        partial: false,
    }
    .write(&ctx.prefixes);
    // Sealed before the guard looks, so that as little time as possible lies between the look and the commit.
    let protection = match &request.protection {
        super::Protection::Gzip => &super::Protection::Plain,
        other => other,
    };
    let mut object = ObjectWriter::create(&ctx.destination, &name, protection, Arc::default())?;
    object.write_all(&text).map_err(|error| EngineError::from_stream(&name, error))?;
    let object = object.finish()?;
    ctx.check_cancelled()?;
    plan.guard(objects)?;
    let Complete { object: signature_object, local, local_name, members } = signatures;
    let signature_stored = signature_object.commit(Commit::IfAbsent).map_err(moved)?;
    let manifest_stored = match object.commit(Commit::IfAbsent) {
        Ok(stored) => stored,
        Err(error) => {
            // Signatures without a manifest would only be orphans.
            ctx.destination.delete(&signature_stored.name).ok();
            return Err(moved(error));
        }
    };
    // The backup is complete from here on. What follows is a cache; a failure in it must not call the run failed,
    // and is mended by the next run's fetch.
    let folder = &ctx.archive_folder;
    let local_path = folder.join(local_name);
    let cached = archive::persist(local, &local_path)
        .and_then(|()| archive::write(folder, &archive::manifest_name(ctx, set), &text));
    let bytes = objects.iter().map(|object| object.bytes).sum::<u64>();
    let bytes = bytes + signature_stored.bytes + manifest_stored.bytes;
    if let Err(error) = cached {
        let message = format!("the archive folder could not be brought up to date: {error}");
        ctx.warn(&crate::Warning { code: backtrail_base::Code::Io, path: None, message });
        return Ok((bytes, None));
    }
    let manifest = (manifest_stored.name, manifest_stored.bytes);
    Ok((bytes, Some(SetFacts { manifest, signatures: local_path, members, volumes })))
}

/// An object of the very set that is being committed: another computer made it.
fn moved(error: EngineError) -> EngineError {
    match error {
        EngineError::Store(StoreError::AlreadyExists { name }) => {
            EngineError::ChainMoved { what: format!("{name} was stored by another run") }
        }
        other => other,
    }
}

/// Fails unless the destination holds the finished sets it held when the plan was made, as far as the new set builds
/// on them, and no later ones, with the new set's volumes, and the lock is still ours.
pub(super) fn guard(
    ctx: &Context,
    lock: &Lock,
    set: SetId,
    known: &BTreeSet<SetId>,
    objects: &[Stored],
) -> Result<(), EngineError> {
    if !lock.holds()? {
        return Err(EngineError::ChainMoved { what: "the archive folder's lock was taken away".to_owned() });
    }
    let Listing { collection, sizes } = archive::list(ctx)?;
    // Somebody's cleanup may have taken the volumes of a set that has no manifest yet.
    if let Some(lost) = objects.iter().find(|object| sizes.get(&object.name) != Some(&object.bytes)) {
        let what = format!("{}, which this run stored, is not there any more", lost.name);
        return Err(EngineError::ChainMoved { what });
    }
    let finished: BTreeSet<SetId> =
        collection.sets().filter(|other| other.is_complete()).map(|other| other.id).collect();
    if let Some(added) = finished.iter().find(|other| !known.contains(other) && other.end() > set.start()) {
        return Err(EngineError::ChainMoved { what: format!("the set {added} was added to it") });
    }
    if let SetId::Increment { start, .. } = set
        && !finished.iter().any(|other| other.end() == start)
    {
        let what = "the set that this one continues is gone".to_owned();
        return Err(EngineError::ChainMoved { what });
    }
    Ok(())
}
