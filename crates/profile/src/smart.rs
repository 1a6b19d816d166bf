//! Ready-made excludes: what fills a backup and is missed by nobody, each a switch with a name of its own in the
//! wizard. Their rules have duplicity's meaning. Where files lie is asked of the caller, who knows the person's home.

use backtrail_engine::select::{Pattern, Rule};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// A ready-made exclude. The text form (`node-modules`) is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmartExclude {
    /// The folders that the system and programs keep caches in.
    Caches,
    /// Folders that say with a `CACHEDIR.TAG` that they are caches.
    CacheTagged,
    /// The trash, of the home and of drives.
    Trash,
    /// The folder for downloads.
    Downloads,
    /// `node_modules`, which `package.json` brings back.
    NodeModules,
    /// What compilers and package tools make again from the source beside it.
    BuildFolders,
    /// Disk images of virtual machines and emulators, and of containers.
    VirtualMachines,
}

impl SmartExclude {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 7] = [
        Self::Caches,
        Self::CacheTagged,
        Self::Trash,
        Self::Downloads,
        Self::NodeModules,
        Self::BuildFolders,
        Self::VirtualMachines,
    ];

    /// Its stable text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caches => "caches",
            Self::CacheTagged => "cache-tagged",
            Self::Trash => "trash",
            Self::Downloads => "downloads",
            Self::NodeModules => "node-modules",
            Self::BuildFolders => "build-folders",
            Self::VirtualMachines => "virtual-machines",
        }
    }

    /// The one with this text form.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exclude| exclude.as_str() == text)
    }

    /// Whether it is on unless the person says otherwise: only what makes itself again without anybody's doing.
    #[must_use]
    pub const fn default_on(self) -> bool {
        matches!(self, Self::Caches | Self::CacheTagged | Self::Trash | Self::NodeModules)
    }

    /// Those that are on by default.
    #[must_use]
    pub fn defaults() -> BTreeSet<Self> {
        Self::ALL.into_iter().filter(|exclude| exclude.default_on()).collect()
    }

    /// The rules that leave it out, for a person whose home is `home` (absolute). What lies in the home stands for
    /// itself, whatever letters the home's name has; the rest are shell patterns for any place.
    #[must_use]
    pub fn rules(self, home: &Path) -> Vec<Rule> {
        let _ = home;
        match self {
            Self::CacheTagged => vec![Rule::ExcludeIfPresent(b"CACHEDIR.TAG".to_vec())],
            Self::NodeModules => vec![leave_out(Pattern::glob("**/node_modules/"))],
            Self::Caches | Self::Trash | Self::Downloads | Self::BuildFolders | Self::VirtualMachines => {
                Vec::new()
            }
        }
    }
}

fn leave_out(pattern: Pattern) -> Rule {
    Rule::Match { include: false, pattern }
}
