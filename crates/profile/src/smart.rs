//! Ready-made excludes: what fills a backup and is missed by nobody, each a switch with a name of its own in the
//! wizard. Their rules have duplicity's meaning. Where a person's folders lie is passed in.

mod patterns;

use crate::profile::Excludes;
use crate::run::to_entry;
use backtrail_base::Timestamp;
use backtrail_engine::select::{EntryInfo, Pattern, Rule, Selection, Verdict};
use directories::UserDirs;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
    /// Disk images of virtual machines, emulators and containers.
    VirtualMachines,
}

/// Where this person's folders lie; absolute paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFolders {
    /// The home folder.
    pub path: PathBuf,
    /// The folder for downloads, whose name depends on the language.
    pub downloads: Option<PathBuf>,
}

impl PersonFolders {
    /// Those of the person who runs this process; none when the system does not say.
    #[must_use]
    pub fn of_this_person() -> Option<Self> {
        let dirs = UserDirs::new()?;
        Some(Self {
            path: dirs.home_dir().to_path_buf(),
            downloads: dirs.download_dir().map(Path::to_path_buf),
        })
    }

    /// A home at `path` with English names.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { downloads: Some(path.join("Downloads")), path }
    }
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

    /// Whether it is on unless the person says otherwise: only what makes itself again, and what was thrown away.
    #[must_use]
    pub const fn default_on(self) -> bool {
        matches!(self, Self::Caches | Self::CacheTagged | Self::Trash | Self::NodeModules)
    }

    /// Those that are on by default.
    #[must_use]
    pub fn defaults() -> BTreeSet<Self> {
        Self::ALL.into_iter().filter(|exclude| exclude.default_on()).collect()
    }

    /// The rules that leave it out.
    #[must_use]
    pub fn rules(self, home: &PersonFolders) -> Vec<Rule> {
        let in_home = patterns::in_home(self).iter().map(|pattern| patterns::below(&home.path, pattern));
        let anywhere = patterns::anywhere(self).iter().map(|pattern| pattern.as_bytes().to_vec());
        let mut rules: Vec<Rule> =
            in_home.chain(anywhere).map(|text| leave_out(Pattern::glob(text))).collect();
        match self {
            Self::CacheTagged => rules.push(Rule::ExcludeIfPresent(b"CACHEDIR.TAG".to_vec())),
            // A home that is its own folder for downloads (the setting is a person's to make) must not vanish.
            Self::Downloads => rules.extend(
                home.downloads
                    .iter()
                    .filter(|downloads| !home.path.starts_with(downloads))
                    .map(|downloads| leave_out(Pattern::literal(patterns::text_of(downloads)))),
            ),
            _ => {}
        }
        rules
    }
}

impl SmartExclude {
    /// The rules that leave it out where these folders are backed up: none that would leave out one of them, or a
    /// folder above it. Who chooses a folder in `/tmp`, or the downloads themselves, means it.
    #[must_use]
    pub fn rules_for(self, home: &PersonFolders, sources: &[PathBuf]) -> Vec<Rule> {
        let mut rules = self.rules(home);
        rules.retain(|rule| !sources.iter().any(|source| leaves_out_all(rule, source)));
        rules
    }
}

/// Whether a rule leaves out a folder as a whole.
fn leaves_out_all(rule: &Rule, source: &Path) -> bool {
    let Ok(selection) = Selection::new(b"/", vec![rule.clone()]) else { return false };
    let info = EntryInfo {
        is_dir: true,
        is_file: false,
        is_device: false,
        mtime: Timestamp(0),
        dev: 0,
        root_dev: 0,
    };
    let mut path = to_entry(source);
    while let Some(folder) = path.filter(|folder| !folder.is_root()) {
        if selection.judge(&folder, &info, &|_| false) == Verdict::Exclude {
            return true;
        }
        path = folder.parent();
    }
    false
}

impl Excludes {
    /// The rules for the engine: the person's own patterns first, then the ready-made ones.
    #[must_use]
    pub fn rules(&self, home: &PersonFolders) -> Vec<Rule> {
        let own = self.patterns.iter().map(|pattern| leave_out(Pattern::glob(pattern.as_bytes())));
        own.chain(self.smart.iter().flat_map(|smart| smart.rules(home))).collect()
    }
}

fn leave_out(pattern: Pattern) -> Rule {
    Rule::Match { include: false, pattern }
}

#[cfg(test)]
mod tests;
