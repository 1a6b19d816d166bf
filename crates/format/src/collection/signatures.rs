//! The signatures that belong together: those of a full set and of the increments that follow.

use crate::names::SetId;
use backtrail_base::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// On the destination.
    Remote,
    /// In the archive folder.
    Local,
}

/// A chain of signatures in one place: what tells the state at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureChain {
    /// Where they are.
    pub place: Place,
    /// The full signatures' set and object name.
    pub full: (SetId, String),
    /// Those of the increments, each starting at the end of the one before.
    pub increments: Vec<(SetId, String)>,
}

impl SignatureChain {
    /// The moment of the full set.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.full.0.end()
    }

    /// The moment of the last set.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.increments.last().unwrap_or(&self.full).0.end()
    }

    /// All of them, the full one first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &(SetId, String)> {
        std::iter::once(&self.full).chain(&self.increments)
    }

    /// The names of those that tell the state at `time`, the full one first.
    #[must_use]
    pub fn names_at(&self, time: Timestamp) -> Vec<&str> {
        let sets = self.all().filter(|(id, _)| id.is_full() || id.end() <= time);
        sets.map(|(_, name)| &name[..]).collect()
    }
}

/// Chains the signatures of one place; what follows none is orphaned. Of several that start at the same moment the
/// one whose set is in a backup chain is taken, else the last: stock duplicity takes whichever is listed first.
pub(super) fn chain(
    place: Place,
    found: BTreeMap<SetId, String>,
    live: &BTreeSet<SetId>,
) -> (Vec<SignatureChain>, Vec<String>) {
    let (full, mut increments): (Vec<_>, Vec<_>) = found.into_iter().partition(|(id, _)| id.is_full());
    let mut chains: Vec<_> =
        full.into_iter().map(|full| SignatureChain { place, full, increments: Vec::new() }).collect();
    increments.sort_by_key(|(id, _)| (id.start(), !live.contains(id), std::cmp::Reverse(id.end())));
    let mut orphaned = Vec::new();
    for (id, name) in increments {
        match chains.iter_mut().find(|chain| chain.end() == id.start() && id.end() > id.start()) {
            Some(chain) => chain.increments.push((id, name)),
            None => orphaned.push(name),
        }
    }
    (chains, orphaned)
}
