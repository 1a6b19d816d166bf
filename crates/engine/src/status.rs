//! What is on the destination: chains, their sets, and what belongs to none.

use crate::{Context, EngineError, archive};
use backtrail_base::Timestamp;
use backtrail_format::collection::{Place, Set};
use backtrail_format::names::{Encoding, SetId};
use std::collections::BTreeMap;

/// What is on the destination.
#[derive(Debug, Clone)]
pub struct Status {
    /// The chains, oldest first.
    pub chains: Vec<ChainStatus>,
    /// Increments that follow nothing, and replaced ones.
    pub orphaned: Vec<SetStatus>,
    /// Signatures that belong to nothing.
    pub orphaned_signatures: Vec<String>,
    /// Objects that are none of ours.
    pub foreign: u64,
    /// Chains of signatures on the destination, and in the archive folder.
    pub signature_chains: (usize, usize),
    /// Pairs of chains that hold common moments, by their full sets.
    pub overlaps: Vec<(SetId, SetId)>,
}

/// A full set and its increments.
#[derive(Debug, Clone)]
pub struct ChainStatus {
    /// The moment of the full set.
    pub start: Timestamp,
    /// The moment of the last set.
    pub end: Timestamp,
    /// The sets, the full one first.
    pub sets: Vec<SetStatus>,
    /// Whether the next increment continues this one.
    pub active: bool,
}

/// One set.
#[derive(Debug, Clone)]
pub struct SetStatus {
    /// Which.
    pub id: SetId,
    /// Its volumes.
    pub volumes: u32,
    /// Bytes in its volumes.
    pub bytes: u64,
    /// Whether its manifest is there; without one it counts for nothing.
    pub complete: bool,
    /// Volumes below the highest that are missing.
    pub missing: Vec<u32>,
    /// How it is protected.
    pub encoding: Encoding,
}

/// Reads the state of the destination from its listing.
///
/// # Errors
/// When the destination cannot be listed.
pub fn read(ctx: &Context) -> Result<Status, EngineError> {
    let listing = archive::list(ctx)?;
    let (collection, sizes) = (&listing.collection, &listing.sizes);
    let active = collection.active.map(|active| active.chain);
    let chains = collection
        .chains
        .iter()
        .enumerate()
        .map(|(index, chain)| ChainStatus {
            start: chain.start(),
            end: chain.end(),
            sets: chain.sets().map(|set| set_status(set, sizes)).collect(),
            active: active == Some(index),
        })
        .collect();
    let orphans = collection.orphaned_sets.iter().chain(&collection.replaced_sets);
    let count = |place| collection.signature_chains.iter().filter(|chain| chain.place == place).count();
    Ok(Status {
        chains,
        orphaned: orphans.map(|set| set_status(set, sizes)).collect(),
        orphaned_signatures: collection.orphaned_signatures.clone(),
        foreign: collection.foreign.len() as u64,
        signature_chains: (count(Place::Remote), count(Place::Local)),
        overlaps: collection
            .overlaps()
            .into_iter()
            .map(|(a, b)| (collection.chains[a].full.id, collection.chains[b].full.id))
            .collect(),
    })
}

pub(crate) fn set_status(set: &Set, sizes: &BTreeMap<String, u64>) -> SetStatus {
    SetStatus {
        id: set.id,
        volumes: u32::try_from(set.volumes.len()).unwrap_or(u32::MAX),
        bytes: set.volumes.values().filter_map(|name| sizes.get(name)).sum(),
        complete: set.is_complete(),
        missing: set.gaps(),
        encoding: set.encoding,
    }
}
