//! Removing backups: a [`plan`] names every object that would go; applying it deletes them in an order that never
//! leaves a set looking whole that is not: manifests first, later sets before the ones they build on. The chain that
//! the next increment continues is never removed.

use crate::archive::{self, Listing, Lock};
use crate::event::{Event, Phase};
use crate::status::{SetStatus, set_status};
use crate::{Context, EngineError};
use backtrail_base::Timestamp;
use backtrail_format::collection::{Chain, Place, Set};
use backtrail_format::names::{FileKind, FileName, SetId};
use std::collections::BTreeSet;

/// What goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// What belongs to nothing: orphaned and unfinished sets, orphaned signatures, left-over parts.
    Cleanup,
    /// Chains that ended before this moment.
    OlderThan(Timestamp),
    /// All chains but the latest so many.
    AllButFulls(u32),
    /// The increments of all chains but the latest so many; their full sets stay.
    IncrementsOfAllButFulls(u32),
}

/// What a removal would do. It holds the archive folder's lock.
pub struct Plan<'a> {
    ctx: &'a Context,
    /// The sets that go, newest first.
    pub sets: Vec<SetStatus>,
    /// The objects that go, in the order they are deleted in.
    pub objects: Vec<String>,
    /// Sets that are older than asked for but that later ones, which stay, build on.
    pub needed: Vec<SetStatus>,
    /// Bytes that become free.
    pub bytes: u64,
    local: Vec<String>,
    lock: Lock,
}

/// What a removal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Objects deleted.
    pub objects: u64,
    /// Bytes freed.
    pub bytes: u64,
}

/// Plans a removal.
///
/// # Errors
/// [`EngineError::Locked`], or when the destination cannot be listed.
pub fn plan<'a>(ctx: &'a Context, policy: &Policy) -> Result<Plan<'a>, EngineError> {
    archive::create(ctx)?;
    let lock = Lock::take(&ctx.archive_folder)?;
    let listing = archive::list(ctx)?;
    let mut plan = Plan {
        ctx,
        sets: Vec::new(),
        objects: Vec::new(),
        needed: Vec::new(),
        bytes: 0,
        local: Vec::new(),
        lock,
    };
    let collection = &listing.collection;
    // Kept whatever is asked: the chain that the next increment continues, and the latest that can be restored.
    let active = collection.active.map(|active| collection.chains[active.chain].full.id);
    let latest = collection.latest_chain().map(|chain| chain.full.id);
    let protected = |chain: &Chain| Some(chain.full.id) == active || Some(chain.full.id) == latest;
    // Only chains that can be restored count as backups to keep; newest first.
    let mut usable: Vec<&Chain> = collection.chains.iter().filter(|chain| chain.is_usable()).collect();
    usable.reverse();
    match *policy {
        Policy::Cleanup => {
            let unfinished: BTreeSet<SetId> = collection.incomplete_sets.iter().copied().collect();
            let mut going: Vec<&Set> = collection
                .orphaned_sets
                .iter()
                .chain(&collection.replaced_sets)
                .chain(collection.sets().filter(|set| unfinished.contains(&set.id)))
                .collect();
            going.sort_by_key(|set| std::cmp::Reverse(set.id));
            going.dedup_by_key(|set| set.id);
            for set in going {
                plan.add(set, &listing);
            }
            plan.objects.extend(collection.orphaned_signatures.iter().cloned());
            plan.local.extend(collection.orphaned_local_signatures.iter().cloned());
            plan.objects.extend(left_over(ctx, &listing));
        }
        Policy::OlderThan(time) => {
            for chain in usable.iter().filter(|chain| !protected(chain)) {
                if chain.end() < time {
                    plan.add_chain(chain, &listing);
                } else if chain.start() < time {
                    plan.note_needed(chain, time, &listing);
                }
            }
            for chain in usable.iter().filter(|chain| protected(chain) && chain.start() < time) {
                plan.note_needed(chain, time, &listing);
            }
        }
        Policy::AllButFulls(count) => {
            for chain in usable.iter().skip(count as usize).filter(|chain| !protected(chain)) {
                plan.add_chain(chain, &listing);
            }
        }
        Policy::IncrementsOfAllButFulls(count) => {
            for chain in usable.iter().skip(count as usize).filter(|chain| !protected(chain)) {
                for set in chain.increments.iter().rev() {
                    plan.add(set, &listing);
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    plan.objects.retain(|object| seen.insert(object.clone()));
    plan.bytes = plan.objects.iter().filter_map(|object| listing.sizes.get(object)).sum();
    Ok(plan)
}

/// Staged uploads of a killed run: an object's name with `#` and a number.
fn left_over(ctx: &Context, listing: &Listing) -> Vec<String> {
    let staged = |name: &&String| {
        name.rsplit_once('#').is_some_and(|(object, number)| {
            number.bytes().all(|byte| byte.is_ascii_digit())
                && FileName::parse(&ctx.prefixes, object, ctx.time_separator).is_some()
        })
    };
    listing.sizes.keys().filter(staged).cloned().collect()
}

impl Plan<'_> {
    fn add_chain(&mut self, chain: &Chain, listing: &Listing) {
        for set in chain.sets().rev() {
            self.add(set, listing);
        }
    }

    /// A set goes: its manifest, its volumes, its signatures, and the archive folder's copies.
    fn add(&mut self, set: &Set, listing: &Listing) {
        self.sets.push(set_status(set, &listing.sizes));
        self.objects.extend(set.names().map(str::to_owned));
        let collection = &listing.collection;
        self.objects.extend(collection.signatures_of(&set.id, Place::Remote).into_iter().map(str::to_owned));
        self.local.extend(collection.signatures_of(&set.id, Place::Local).into_iter().map(str::to_owned));
        self.local.extend(set.local_manifest.clone());
        for (kind, encoding) in [
            (FileKind::Manifest { set: set.id }, backtrail_format::names::Encoding::Plain),
            (FileKind::Signatures { set: set.id }, backtrail_format::names::Encoding::Plain),
        ] {
            self.local.push(FileName { kind, encoding, partial: true }.write(&self.ctx.prefixes));
        }
    }

    fn note_needed(&mut self, chain: &Chain, time: Timestamp, listing: &Listing) {
        let old = chain.sets().filter(|set| set.id.end() < time);
        self.needed.extend(old.map(|set| set_status(set, &listing.sizes)));
    }

    /// Whether there is anything to remove.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.sets.is_empty()
    }

    /// Deletes what the plan names.
    ///
    /// # Errors
    /// When the destination refuses; what was deleted before is gone, and what remains is consistent.
    pub fn apply(self) -> Result<Report, EngineError> {
        let ctx = self.ctx;
        if !self.lock.holds()? {
            let what = "the archive folder's lock was taken away".to_owned();
            return Err(EngineError::ChainMoved { what });
        }
        ctx.tell(Event::Phase(Phase::Deleting));
        let mut objects = 0;
        for name in &self.objects {
            ctx.check_cancelled()?;
            ctx.destination.delete(name)?;
            ctx.tell(Event::ObjectDeleted { name });
            objects += 1;
        }
        for name in &self.local {
            archive::remove(&ctx.archive_folder.join(name))?;
        }
        Ok(Report { objects, bytes: self.bytes })
    }
}
