//! The positionals: an action word and what it needs, or two places from which the action follows.

use super::actions::{self, ACTIONS, ActionName, ActionRow, Place};
use super::matched::word;
use super::time::{Now, TIME_FORMS};
use super::usage::{UsageError, listed};
use backtrail_base::Timestamp;
use backtrail_store::Address;
use std::ffi::OsString;
use std::path::PathBuf;

/// What to do, with the places it is done with. An address is kept as its text, which names the archive folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A full backup.
    Full {
        /// The folder to back up, as typed.
        source: PathBuf,
        /// The destination.
        url: String,
    },
    /// An increment; without a chain to build on it fails.
    Incremental {
        /// The folder to back up, as typed.
        source: PathBuf,
        /// The destination.
        url: String,
    },
    /// An increment where there is a chain, else a full backup.
    Backup {
        /// The folder to back up, as typed.
        source: PathBuf,
        /// The destination.
        url: String,
    },
    /// Bring files back.
    Restore {
        /// The destination.
        url: String,
        /// The folder to restore into.
        target: PathBuf,
    },
    /// Read back, check and compare.
    Verify {
        /// The destination.
        url: String,
        /// The folder to compare with.
        folder: PathBuf,
    },
    /// Show chains and sets.
    CollectionStatus {
        /// The destination.
        url: String,
    },
    /// List the files of one moment.
    ListCurrentFiles {
        /// The destination.
        url: String,
    },
    /// Remove what unfinished backups left.
    Cleanup {
        /// The destination.
        url: String,
    },
    /// Remove chains that ended before a moment.
    RemoveOlderThan {
        /// The moment.
        time: Timestamp,
        /// The destination.
        url: String,
    },
    /// Remove all chains but the last few.
    RemoveAllButNFull {
        /// How many to keep.
        count: u32,
        /// The destination.
        url: String,
    },
    /// Remove the increments of all chains but the last few.
    RemoveAllIncOfButNFull {
        /// Of how many to keep the increments.
        count: u32,
        /// The destination.
        url: String,
    },
}

impl Action {
    /// The destination's address.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Full { url, .. }
            | Self::Incremental { url, .. }
            | Self::Backup { url, .. }
            | Self::Restore { url, .. }
            | Self::Verify { url, .. }
            | Self::CollectionStatus { url }
            | Self::ListCurrentFiles { url }
            | Self::Cleanup { url }
            | Self::RemoveOlderThan { url, .. }
            | Self::RemoveAllButNFull { url, .. }
            | Self::RemoveAllIncOfButNFull { url, .. } => url,
        }
    }

    /// The action's full name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Full { .. } => "full",
            Self::Incremental { .. } => "incremental",
            Self::Backup { .. } => "backup",
            Self::Restore { .. } => "restore",
            Self::Verify { .. } => "verify",
            Self::CollectionStatus { .. } => "collection-status",
            Self::ListCurrentFiles { .. } => "list-current-files",
            Self::Cleanup { .. } => "cleanup",
            Self::RemoveOlderThan { .. } => "remove-older-than",
            Self::RemoveAllButNFull { .. } => "remove-all-but-n-full",
            Self::RemoveAllIncOfButNFull { .. } => "remove-all-inc-of-but-n-full",
        }
    }
}

/// The row of the action that the words begin with, if they do.
pub(super) fn named(words: &[OsString]) -> Option<&'static ActionRow> {
    words.first().and_then(|first| first.to_str()).and_then(actions::find)
}

/// The action of `words`.
pub(super) fn action(words: &[OsString], now: &Now) -> Result<Action, UsageError> {
    if let Some(row) = named(words) {
        return build(row, &words[1..], now);
    }
    let looks_like_url = |word: &OsString| word.to_str().is_some_and(Address::looks_like_url);
    let implied = match words {
        [] => {
            return Err(UsageError::new(
                "no action and no folders are given",
                "Write `backtrail SOURCE URL` to back up, or `backtrail --help` for all actions.",
            ));
        }
        [from, to] => match (looks_like_url(from), looks_like_url(to)) {
            (false, true) => ActionName::Backup,
            (true, false) => ActionName::Restore,
            (false, false) => return Err(neither(words)),
            (true, true) => {
                return Err(UsageError::new(
                    format!("both {} and {} are addresses", shown(from), shown(to)),
                    "Give a folder and an address: `backtrail SOURCE URL` or `backtrail URL TARGET`.",
                ));
            }
        },
        _ => return Err(neither(words)),
    };
    match ACTIONS.iter().find(|row| row.action == implied) {
        Some(row) => build(row, words, now),
        None => Err(neither(words)),
    }
}

/// The first word is no action, and nothing follows from the others.
fn neither(words: &[OsString]) -> UsageError {
    let first = words.first().map(shown).unwrap_or_default();
    let near: Vec<_> = ACTIONS
        .iter()
        .flat_map(|row| std::iter::once(&row.name).chain(row.aliases))
        .filter(|name| first.len() > 1 && name.starts_with(first.as_str()))
        .map(|name| format!("`{name}`"))
        .collect();
    let next = if near.is_empty() {
        "Begin with an action such as `full`, `restore` or `verify`, or give one folder and one address like \
         file:///mnt/backup."
            .to_owned()
    } else {
        format!("Write {}.", listed(&near))
    };
    UsageError::new(format!("{first:?} is not an action, and no action follows from what was given"), next)
}

fn build(row: &ActionRow, places: &[OsString], now: &Now) -> Result<Action, UsageError> {
    if row.action == ActionName::Replicate {
        return Err(UsageError::new(
            "replicate is not supported",
            "Copy the destination's files as they are: they do not depend on where they lie.",
        ));
    }
    let names: Vec<_> = row.places.iter().map(|place| place.shown()).collect();
    if places.len() != row.places.len() {
        let given = match places.len() {
            0 => "none".to_owned(),
            number => number.to_string(),
        };
        return Err(UsageError::new(
            format!(
                "{} needs {} ({}), and {given} given",
                row.name,
                if names.len() == 1 { "one place".to_owned() } else { format!("{} places", names.len()) },
                names.join(" "),
            ),
            format!("Write `backtrail {} {}`.", row.name, names.join(" ")),
        ));
    }
    let mut url = None;
    let mut path = None;
    let mut time = None;
    let mut count = None;
    for (place, value) in row.places.iter().zip(places) {
        match place {
            Place::Url => url = Some(word("the address", value)?),
            Place::Source | Place::Target | Place::Folder => {
                if value.to_str().is_some_and(Address::looks_like_url) {
                    return Err(UsageError::new(
                        format!("{} is an address where {} needs a folder", shown(value), row.name),
                        format!("Write `backtrail {} {}`.", row.name, names.join(" ")),
                    ));
                }
                path = Some(PathBuf::from(value));
            }
            Place::Time => {
                let text = word("the time", value)?;
                let moment = now.moment(&text);
                time = Some(moment.map_err(|error| UsageError::new(error.to_string(), TIME_FORMS))?);
            }
            Place::Count => {
                let text = word("the count", value)?;
                let number = text.parse::<u32>().ok().filter(|number| *number > 0);
                count = Some(number.ok_or_else(|| {
                    UsageError::new(
                        format!("the count {text:?} is not a whole number from 1 on"),
                        "Give how many full backups to keep.",
                    )
                })?);
            }
        }
    }
    let url = url.unwrap_or_default();
    let path = path.unwrap_or_default();
    let time = time.unwrap_or(now.now);
    let count = count.unwrap_or(1);
    Ok(match row.action {
        ActionName::Full => Action::Full { source: path, url },
        ActionName::Incremental => Action::Incremental { source: path, url },
        ActionName::Backup => Action::Backup { source: path, url },
        ActionName::Restore => Action::Restore { url, target: path },
        ActionName::Verify => Action::Verify { url, folder: path },
        ActionName::CollectionStatus => Action::CollectionStatus { url },
        ActionName::ListCurrentFiles => Action::ListCurrentFiles { url },
        ActionName::Cleanup => Action::Cleanup { url },
        ActionName::RemoveOlderThan => Action::RemoveOlderThan { time, url },
        ActionName::RemoveAllButNFull => Action::RemoveAllButNFull { count, url },
        // Replicate was turned away above.
        ActionName::RemoveAllIncOfButNFull | ActionName::Replicate => {
            Action::RemoveAllIncOfButNFull { count, url }
        }
    })
}

fn shown(word: &OsString) -> String {
    without_password(&word.to_string_lossy())
}

/// An address without the password in it, for messages.
pub(crate) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once('@') {
        Some((user, host)) => {
            format!("{scheme}://{}@{host}{path}", user.split(':').next().unwrap_or_default())
        }
        None => text.to_owned(),
    }
}
