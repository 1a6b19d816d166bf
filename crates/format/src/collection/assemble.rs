//! The assembly itself: names into sets, sets into chains, signatures beside them.

use super::signatures::{self, Place, SignatureChain};
use super::{ActivePair, Chain, Collection, Set};
use crate::names::{Encoding, FileKind, FileName, Prefixes, SetId};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Of two objects that claim the same place, the encrypted one counts: nobody without the key made it.
const fn rank(encoding: Encoding) -> u8 {
    match encoding {
        Encoding::Pgp => 0,
        Encoding::Smime => 1,
        Encoding::Gzip => 2,
        Encoding::Plain => 3,
    }
}

/// The better candidate for each place; the others are told apart.
struct Candidates<K> {
    best: BTreeMap<K, (Encoding, String)>,
    others: Vec<(K, String)>,
}

impl<K: Ord + Copy> Candidates<K> {
    const fn new() -> Self {
        Self { best: BTreeMap::new(), others: Vec::new() }
    }

    fn offer(&mut self, key: K, encoding: Encoding, name: String) {
        match self.best.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert((encoding, name));
            }
            Entry::Occupied(mut entry) => {
                let old = entry.get_mut();
                let mut new = (encoding, name);
                // Names break the tie, so that the order of a listing decides nothing.
                if (rank(new.0), &new.1) < (rank(old.0), &old.1) {
                    std::mem::swap(old, &mut new);
                }
                if new.1 != old.1 {
                    self.others.push((key, new.1));
                }
            }
        }
    }
}

pub(super) fn assemble<R, L>(prefixes: &Prefixes, remote: R, local: L, time_separator: char) -> Collection
where
    R: IntoIterator<Item: AsRef<str>>,
    L: IntoIterator<Item: AsRef<str>>,
{
    let mut collection = Collection::default();
    let recognise = |name: &str| FileName::recognise(prefixes, name, time_separator);
    let mut there = Candidates::new();
    for name in remote {
        let name = name.as_ref();
        match recognise(name) {
            Some((FileName { kind, encoding, partial: false }, true)) => {
                there.offer(kind, encoding, name.to_owned());
            }
            // Nothing unfinished is ever put on a destination: such a name is an upload's leftover.
            Some((FileName { kind, .. }, _)) => there.others.push((kind, name.to_owned())),
            None => collection.foreign.push(name.to_owned()),
        }
    }
    let mut here = Candidates::new();
    let mut partial_manifests = BTreeSet::new();
    for name in local {
        let name = name.as_ref();
        match recognise(name) {
            Some((FileName { kind: FileKind::Manifest { set }, partial: true, .. }, true)) => {
                partial_manifests.insert(set);
            }
            Some((FileName { kind: FileKind::Signatures { set }, partial: true, .. }, true)) => {
                collection.partial_signatures.push((set, name.to_owned()));
            }
            Some((FileName { kind, encoding, partial: false }, true)) => {
                here.offer(kind, encoding, name.to_owned());
            }
            _ => collection.local_foreign.push(name.to_owned()),
        }
    }
    let (mut sets, remote_signatures) = remote_sets(there, &mut collection.foreign, &partial_manifests);
    collection.local_foreign.extend(here.others.into_iter().map(|(_, name)| name));
    let mut local_signatures = BTreeMap::new();
    for (kind, (_, name)) in here.best {
        match kind {
            FileKind::Signatures { set } => {
                local_signatures.insert(set, name);
            }
            FileKind::Manifest { set } => {
                if let Some(set) = sets.get_mut(&set) {
                    set.local_manifest = Some(name);
                }
            }
            FileKind::Volume { .. } | FileKind::JsonStat { .. } => {}
        }
    }
    chain_sets(&mut collection, sets);
    chain_signatures(&mut collection, remote_signatures, local_signatures);
    collection.active = active_pair(&collection);
    collection.partial_signatures.sort_unstable();
    collection.foreign.sort_unstable();
    collection.local_foreign.sort_unstable();
    collection
}

/// The sets on the destination and the signatures beside them; unfinished manifests of the archive folder join the
/// listing. A name that belongs to no set is foreign.
fn remote_sets(
    there: Candidates<FileKind>,
    foreign: &mut Vec<String>,
    partial_manifests: &BTreeSet<SetId>,
) -> (BTreeMap<SetId, Set>, BTreeMap<SetId, String>) {
    let mut sets: BTreeMap<SetId, Set> = BTreeMap::new();
    let mut statistics = Vec::new();
    let mut signatures = BTreeMap::new();
    // In the order of kinds: volumes ascending, then manifests, then the rest.
    for (kind, (encoding, name)) in there.best {
        match kind {
            FileKind::Volume { set, number } => {
                let set = sets.entry(set).or_insert_with(|| Set::new(set));
                if set.volumes.is_empty() {
                    set.encoding = encoding;
                }
                set.volumes.insert(number, name);
            }
            FileKind::Manifest { set } => {
                let set = sets.entry(set).or_insert_with(|| Set::new(set));
                if encoding.is_encrypted() {
                    set.encoding = encoding;
                }
                set.manifest = Some(name);
            }
            FileKind::Signatures { set } => {
                signatures.insert(set, name);
            }
            FileKind::JsonStat { set } => statistics.push((set, name)),
        }
    }
    for &id in partial_manifests {
        sets.entry(id).or_insert_with(|| Set::new(id)).partial_manifest = true;
    }
    for (id, name) in statistics {
        match sets.get_mut(&id) {
            Some(set) => set.jsonstat = Some(name),
            None => foreign.push(name),
        }
    }
    for (kind, name) in there.others {
        match sets.get_mut(&kind.set()) {
            Some(set) => set.companions.push(name),
            None => foreign.push(name),
        }
    }
    for set in sets.values_mut() {
        set.companions.sort_unstable();
    }
    (sets, signatures)
}

/// Sets in the order of their ends: a full one opens a chain, an increment joins the one that ends at its start.
fn chain_sets(collection: &mut Collection, sets: BTreeMap<SetId, Set>) {
    for set in sets.into_values() {
        if !set.is_complete() {
            collection.incomplete_sets.push(set.id);
        }
        if set.id.is_full() {
            collection.chains.push(Chain { full: set, increments: Vec::new() });
            continue;
        }
        let id = set.id;
        let replaces = |chain: &Chain| {
            chain.increments.last().is_some_and(|last| {
                last.id.start() == id.start()
                    && id.end() > last.id.end()
                    // A finished set is worth more than one that may never be.
                    && (set.is_complete() || !last.is_complete())
            })
        };
        // An increment that ends before it starts belongs nowhere: its changes cannot be restored in any order.
        let forward = id.end() > id.start();
        let place = collection
            .chains
            .iter()
            .position(|chain| forward && (chain.end() == id.start() || replaces(chain)));
        match place {
            None => collection.orphaned_sets.push(set),
            Some(index) => {
                let chain = &mut collection.chains[index];
                if chain.end() != id.start() {
                    collection.replaced_sets.extend(chain.increments.pop());
                }
                chain.increments.push(set);
            }
        }
    }
    collection.chains.sort_by_key(|chain| (chain.end(), chain.start()));
}

fn chain_signatures(
    collection: &mut Collection,
    remote: BTreeMap<SetId, String>,
    local: BTreeMap<SetId, String>,
) {
    let live: BTreeSet<SetId> = collection.chains.iter().flat_map(Chain::sets).map(|set| set.id).collect();
    let (mut chains, orphaned) = signatures::chain(Place::Remote, remote, &live);
    let (local_chains, orphaned_local) = signatures::chain(Place::Local, local, &live);
    chains.extend(local_chains);
    chains.sort_by_key(|chain| (chain.end(), chain.place));
    collection.signature_chains = chains;
    collection.orphaned_signatures = orphaned;
    collection.orphaned_local_signatures = orphaned_local;
}

/// The last chain and the signatures that reach the end of its finished sets, or of those but one; local ones first.
/// A signature chain that goes on counts too, cut there: a run that died between its signatures and its manifest
/// leaves one.
fn active_pair(collection: &Collection) -> Option<ActivePair> {
    let usable = collection.chains.iter().enumerate();
    let (chain, end) = usable
        .filter_map(|(index, chain)| Some((index, chain.complete_end()?)))
        .max_by_key(|(_, end)| *end)?;
    let sets: Vec<SetId> = collection.chains[chain].complete_sets().map(|set| set.id).collect();
    let reaching = |sets: &[SetId]| {
        let holds = |signatures: &SignatureChain| {
            let mut found = signatures.all().map(|(id, _)| id);
            sets.iter().all(|id| found.next() == Some(id))
        };
        // Local chains are before remote ones where both will do: nothing has to be fetched.
        let chains =
            collection.signature_chains.iter().enumerate().filter(|(_, signatures)| holds(signatures));
        chains.max_by_key(|(_, signatures)| signatures.place).map(|(index, _)| index)
    };
    if let Some(signatures) = reaching(&sets) {
        return Some(ActivePair { chain, signatures, end, drops_last: false });
    }
    let shorter = &sets[..sets.len() - 1];
    let signatures = reaching(shorter)?;
    Some(ActivePair { chain, signatures, end: shorter.last()?.end(), drops_last: true })
}
