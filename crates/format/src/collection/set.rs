//! One backup set as the listing shows it.

use crate::manifest::Manifest;
use crate::names::{Encoding, SetId};
use std::collections::BTreeMap;

/// A backup set: the objects on the destination that share one identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Which set.
    pub id: SetId,
    /// The volumes' object names by number.
    pub volumes: BTreeMap<u32, String>,
    /// The manifest on the destination. Without one the set is unfinished.
    pub manifest: Option<String>,
    /// The archive folder's copy of the manifest.
    pub local_manifest: Option<String>,
    /// The archive folder has an unfinished manifest (`.manifest.part`) of this set. Beside a manifest on the
    /// destination it is stale: it hides that one from stock duplicity, and is to be deleted.
    pub partial_manifest: bool,
    /// The statistics on the destination.
    pub jsonstat: Option<String>,
    /// How the set is wrapped: by its manifest where that is encrypted, else by its first volume.
    pub encoding: Encoding,
    /// Further objects that go with the set but are not its content: `.par2` files, a second copy of a volume under
    /// another suffix. To be deleted with the set and never read.
    pub companions: Vec<String>,
}

impl Set {
    pub(super) const fn new(id: SetId) -> Self {
        Self {
            id,
            volumes: BTreeMap::new(),
            manifest: None,
            local_manifest: None,
            partial_manifest: false,
            jsonstat: None,
            encoding: Encoding::Plain,
            companions: Vec::new(),
        }
    }

    /// Whether the set is finished: its manifest is on the destination.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.manifest.is_some()
    }

    /// Whether an interrupted run of this machine can be resumed: unfinished, with its unfinished manifest here. Such
    /// a set is not for cleaning up.
    #[must_use]
    pub const fn is_resumable(&self) -> bool {
        self.partial_manifest && !self.is_complete()
    }

    /// Whether a stale unfinished manifest hides this finished set from stock duplicity.
    #[must_use]
    pub const fn is_shadowed(&self) -> bool {
        self.partial_manifest && self.is_complete()
    }

    /// The last of the volumes that are there without a gap from 1 on; 0 when the first is missing. Where an
    /// interrupted run is resumed.
    #[must_use]
    pub fn last_contiguous(&self) -> u32 {
        let contiguous = self.volumes.keys().zip(1..).take_while(|(number, expected)| **number == *expected);
        contiguous.last().map_or(0, |(_, number)| number)
    }

    /// Numbers below the highest volume that have no volume. Known without a manifest.
    #[must_use]
    pub fn gaps(&self) -> Vec<u32> {
        // Runs between neighbours, so that a hostile number costs no more than the gap's own list. That list is
        // cut: a listing with volume 4294967295 names one gap, not four thousand million.
        const MOST: usize = 10_000;
        let mut gaps = Vec::new();
        let mut next = 1;
        for &number in self.volumes.keys() {
            gaps.extend((next..number).take(MOST.saturating_sub(gaps.len())));
            next = number.saturating_add(1);
        }
        gaps
    }

    /// Volumes that the manifest names and the destination has not.
    #[must_use]
    pub fn missing_volumes(&self, manifest: &Manifest) -> Vec<u32> {
        manifest.volumes.keys().filter(|number| !self.volumes.contains_key(number)).copied().collect()
    }

    /// Volumes that the destination has and the manifest does not name.
    #[must_use]
    pub fn surplus_volumes(&self, manifest: &Manifest) -> Vec<u32> {
        self.volumes.keys().filter(|number| !manifest.volumes.contains_key(number)).copied().collect()
    }

    /// Every object of the set on the destination but its signatures, in the order to delete them in: the manifest
    /// first, so that a set that is half deleted is an unfinished one and not a damaged one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let content = self.volumes.values().rev().chain(&self.companions).chain(&self.jsonstat);
        self.manifest.iter().chain(content).map(String::as_str)
    }
}
