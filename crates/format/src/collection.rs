//! From a flat listing to sets and chains (`format.md` 6): which names make a set, which sets follow each other, what
//! is replaced, orphaned, unfinished or foreign, and which signatures belong to what. It decides from names alone
//! and reports rather than repairs; fetching, deleting and resuming are the engine's.
//!
//! Where stock duplicity lets something unfinished hide something finished, this does not: an unfinished set joins
//! its chain, but no restore looks at it, it never replaces a finished one, and an unfinished manifest in the archive
//! folder never stands in for the one on the destination.

mod assemble;
mod chain;
mod set;
mod signatures;

use crate::Result;
use crate::error::Error;
use crate::names::{Prefixes, SetId};
use backtrail_base::Timestamp;

pub use chain::Chain;
pub use set::Set;
pub use signatures::{Place, SignatureChain};

/// A chain that an increment can continue, with the signatures that tell what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivePair {
    /// The chain, as an index into [`Collection::chains`].
    pub chain: usize,
    /// The signature chain, as an index into [`Collection::signature_chains`].
    pub signatures: usize,
    /// The moment both reach, where an increment would start. The signatures may go on after it: take
    /// [`SignatureChain::names_at`] of this moment.
    pub end: Timestamp,
    /// The last finished set of the chain has no signatures: the increment starts before it and replaces it.
    pub drops_last: bool,
}

/// What a destination and an archive folder hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collection {
    /// The chains, by the moment they end at. Unfinished sets are among them.
    pub chains: Vec<Chain>,
    /// Increments that a later one with the same start took the place of. Nothing reads them.
    pub replaced_sets: Vec<Set>,
    /// Increments that follow no set: nothing can be restored from them.
    pub orphaned_sets: Vec<Set>,
    /// Sets without a manifest on the destination, as identities: each is also in a chain or orphaned.
    pub incomplete_sets: Vec<SetId>,
    /// The chains of signatures, by the moment they end at, of equal ones the local last.
    pub signature_chains: Vec<SignatureChain>,
    /// Signatures that follow none and no set, on the destination.
    pub orphaned_signatures: Vec<String>,
    /// Signatures that follow none and no set, in the archive folder.
    pub orphaned_local_signatures: Vec<String>,
    /// Unfinished signatures (`.sigtar.part`) in the archive folder.
    pub partial_signatures: Vec<(SetId, String)>,
    /// Names on the destination that belong to no set.
    pub foreign: Vec<String>,
    /// Names in the archive folder that are none of ours (`lockfile` among them).
    pub local_foreign: Vec<String>,
    /// The chain that an increment continues, if any.
    pub active: Option<ActivePair>,
}

impl Collection {
    /// Sorts the names on the destination and in the archive folder. Both are bare object names, in any order;
    /// `time_separator` is that of old names (a colon by default).
    #[must_use]
    pub fn assemble<R, L>(prefixes: &Prefixes, remote: R, local: L, time_separator: char) -> Self
    where
        R: IntoIterator<Item: AsRef<str>>,
        L: IntoIterator<Item: AsRef<str>>,
    {
        assemble::assemble(prefixes, remote, local, time_separator)
    }

    /// The chain to restore the moment `time` from: the one that holds it; else the last that ended before it; else
    /// the oldest. Only finished sets count.
    ///
    /// # Errors
    /// [`Error::NoBackup`] when there is no finished full set, [`Error::Overlap`] when two chains hold the moment.
    pub fn chain_for(&self, time: Timestamp) -> Result<&Chain> {
        let spans = || self.chains.iter().filter_map(|chain| Some((chain, chain.complete_end()?)));
        let mut covering = spans().filter(|(chain, end)| chain.start() <= time && time <= *end);
        if let Some((chain, _)) = covering.next() {
            return match covering.next() {
                None => Ok(chain),
                Some((other, _)) => Err(Error::Overlap {
                    time,
                    first: chain.full.id.to_string(),
                    second: other.full.id.to_string(),
                }),
            };
        }
        let before = spans().filter(|(_, end)| *end < time).max_by_key(|(_, end)| *end);
        let chosen = before.or_else(|| spans().min_by_key(|(_, end)| *end));
        chosen.map(|(chain, _)| chain).ok_or(Error::NoBackup)
    }

    /// The sets to restore the moment `time` from, the full one first.
    ///
    /// # Errors
    /// As [`Collection::chain_for`].
    pub fn sets_for(&self, time: Timestamp) -> Result<Vec<&Set>> {
        Ok(self.chain_for(time)?.sets_at(time))
    }

    /// Every pair of chains whose finished sets cover a common moment; stock duplicity refuses to restore such
    /// moments. As indices into [`Collection::chains`].
    #[must_use]
    pub fn overlaps(&self) -> Vec<(usize, usize)> {
        let spans: Vec<_> =
            self.chains.iter().map(|c| c.complete_end().map(|end| (c.start(), end))).collect();
        let mut found = Vec::new();
        for (first, a) in spans.iter().enumerate() {
            for (second, b) in spans.iter().enumerate().skip(first + 1) {
                if let (Some(a), Some(b)) = (a, b)
                    && a.0 <= b.1
                    && b.0 <= a.1
                {
                    found.push((first, second));
                }
            }
        }
        found
    }

    /// The last chain with a finished full set, by the end of its finished sets.
    #[must_use]
    pub fn latest_chain(&self) -> Option<&Chain> {
        self.chains.iter().filter(|chain| chain.is_usable()).max_by_key(|chain| chain.complete_end())
    }

    /// Every set: those in chains, replaced and orphaned ones.
    pub fn sets(&self) -> impl Iterator<Item = &Set> {
        let chained = self.chains.iter().flat_map(Chain::sets);
        chained.chain(&self.replaced_sets).chain(&self.orphaned_sets)
    }

    /// A set by its identity.
    #[must_use]
    pub fn set(&self, id: &SetId) -> Option<&Set> {
        self.sets().find(|set| set.id == *id)
    }

    /// The signature chain to know the moment `time` from: one that holds it, the local one if there are several;
    /// else the last that ended before it; else the oldest.
    #[must_use]
    pub fn signature_chain_for(&self, time: Timestamp) -> Option<&SignatureChain> {
        let chains = &self.signature_chains;
        let covering = chains.iter().rev().find(|chain| chain.start() <= time && time <= chain.end());
        covering.or_else(|| chains.iter().rev().find(|chain| chain.end() < time)).or_else(|| chains.first())
    }

    /// Every signature object of a set, wherever it is sorted: what has to go when the set goes.
    #[must_use]
    pub fn signatures_of(&self, id: &SetId, place: Place) -> Vec<&str> {
        let chains = self.signature_chains.iter().filter(|chain| chain.place == place);
        chains
            .flat_map(SignatureChain::all)
            .filter(|(found, _)| found == id)
            .map(|(_, name)| &name[..])
            .collect()
    }
}

#[cfg(test)]
mod tests;
