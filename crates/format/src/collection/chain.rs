//! A full set and the increments that follow it.

use super::Set;
use crate::names::SetId;
use backtrail_base::Timestamp;

/// A chain: a full set and its increments in order. Unfinished sets are in it too, since the next increment of
/// another program may build on the name; the methods say whether they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The full set.
    pub full: Set,
    /// The increments, each starting at the end of the one before.
    pub increments: Vec<Set>,
}

impl Chain {
    /// The moment of the full set.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.full.id.end()
    }

    /// The moment of the last set, finished or not.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.last().id.end()
    }

    /// The last set, finished or not.
    #[must_use]
    pub fn last(&self) -> &Set {
        self.increments.last().unwrap_or(&self.full)
    }

    /// All sets, the full one first, finished or not.
    pub fn sets(&self) -> impl DoubleEndedIterator<Item = &Set> {
        std::iter::once(&self.full).chain(&self.increments)
    }

    /// Whether the full set is finished, so that something can be restored from the chain.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.full.is_complete()
    }

    /// The sets that count for restoring: from the full one up to the last before one that is unfinished.
    pub fn complete_sets(&self) -> impl Iterator<Item = &Set> {
        self.sets().take_while(|set| set.is_complete())
    }

    /// The last of the sets that count.
    #[must_use]
    pub fn last_complete(&self) -> Option<&Set> {
        self.complete_sets().last()
    }

    /// The moment the sets that count end at.
    #[must_use]
    pub fn complete_end(&self) -> Option<Timestamp> {
        self.last_complete().map(|set| set.id.end())
    }

    /// The sets to restore the moment `time` from: the full one, and of those that count the increments that end
    /// at or before it. Empty when the full set is unfinished.
    #[must_use]
    pub fn sets_at(&self, time: Timestamp) -> Vec<&Set> {
        self.complete_sets().filter(|set| set.id.is_full() || set.id.end() <= time).collect()
    }

    /// Whether a set of this identity is in the chain.
    #[must_use]
    pub fn contains(&self, id: &SetId) -> bool {
        self.sets().any(|set| set.id == *id)
    }

    /// How many volumes the chain has.
    #[must_use]
    pub fn volume_count(&self) -> usize {
        self.sets().map(|set| set.volumes.len()).sum()
    }
}
