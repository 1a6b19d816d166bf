//! The table of duplicity's actions: names, aliases, what follows them, and which families of options belong to
//! each. The parser, the help pages, the completions and the man page are made from it.

use super::options::Family;

/// Which action was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActionName {
    Full,
    Incremental,
    Backup,
    Restore,
    Verify,
    CollectionStatus,
    ListCurrentFiles,
    Cleanup,
    RemoveOlderThan,
    RemoveAllButNFull,
    RemoveAllIncOfButNFull,
    Replicate,
}

/// One positional argument of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The folder to back up.
    Source,
    /// The destination written to or looked at.
    Url,
    /// The folder to restore into.
    Target,
    /// The folder to compare with.
    Folder,
    /// A time argument.
    Time,
    /// A number of fulls.
    Count,
}

impl Place {
    /// The name in usage lines.
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Source => "SOURCE",
            Self::Url => "URL",
            Self::Target => "TARGET",
            Self::Folder => "FOLDER",
            Self::Time => "TIME",
            Self::Count => "COUNT",
        }
    }
}

/// One action.
#[derive(Debug)]
pub(crate) struct ActionRow {
    pub(crate) action: ActionName,
    /// The full name.
    pub(crate) name: &'static str,
    /// The other words for it.
    pub(crate) aliases: &'static [&'static str],
    /// What follows it, in order.
    pub(crate) places: &'static [Place],
    /// One line for the list of commands.
    pub(crate) about: &'static str,
    /// The families of options shown on its help page, besides the general ones.
    pub(crate) families: &'static [Family],
}

use Family::{Backup, Encryption, Force, Listing, Restoring, Selection};

/// Every action, in the order in which help shows them.
pub(crate) const ACTIONS: &[ActionRow] = &[
    ActionRow {
        action: ActionName::Backup,
        name: "backup",
        aliases: &["bu"],
        places: &[Place::Source, Place::Url],
        about: "Back up SOURCE to URL: an increment, or a full backup if there is none to build on",
        families: &[Backup, Selection, Encryption],
    },
    ActionRow {
        action: ActionName::Full,
        name: "full",
        aliases: &["fb"],
        places: &[Place::Source, Place::Url],
        about: "Back up everything in SOURCE to URL and begin a new chain",
        families: &[Backup, Selection, Encryption],
    },
    ActionRow {
        action: ActionName::Incremental,
        name: "incremental",
        aliases: &["incr", "inc", "ib"],
        places: &[Place::Source, Place::Url],
        about: "Back up what changed in SOURCE since the last backup at URL",
        families: &[Backup, Selection, Encryption],
    },
    ActionRow {
        action: ActionName::Restore,
        name: "restore",
        aliases: &["rb"],
        places: &[Place::Url, Place::Target],
        about: "Bring the backup at URL, or one path of it, back into TARGET",
        families: &[Restoring, Selection, Encryption],
    },
    ActionRow {
        action: ActionName::Verify,
        name: "verify",
        aliases: &["vb"],
        places: &[Place::Url, Place::Folder],
        about: "Read the backup at URL back, check it, and compare it with FOLDER",
        families: &[Restoring, Selection, Encryption],
    },
    ActionRow {
        action: ActionName::CollectionStatus,
        name: "collection-status",
        aliases: &["st"],
        places: &[Place::Url],
        about: "Show the chains and sets at URL",
        families: &[Listing, Encryption],
    },
    ActionRow {
        action: ActionName::ListCurrentFiles,
        name: "list-current-files",
        aliases: &["ls"],
        places: &[Place::Url],
        about: "List the files in the last backup at URL, or in the one at --time",
        families: &[Listing, Selection, Encryption],
    },
    ActionRow {
        action: ActionName::Cleanup,
        name: "cleanup",
        aliases: &["cl"],
        places: &[Place::Url],
        about: "List what unfinished backups left at URL; delete it with --force",
        families: &[Force],
    },
    ActionRow {
        action: ActionName::RemoveOlderThan,
        name: "remove-older-than",
        aliases: &["ro"],
        places: &[Place::Time, Place::Url],
        about: "List the chains at URL that ended before TIME; delete them with --force",
        families: &[Force],
    },
    ActionRow {
        action: ActionName::RemoveAllButNFull,
        name: "remove-all-but-n-full",
        aliases: &["ra"],
        places: &[Place::Count, Place::Url],
        about: "List the chains older than the last COUNT fulls; delete them with --force",
        families: &[Force],
    },
    ActionRow {
        action: ActionName::RemoveAllIncOfButNFull,
        name: "remove-all-inc-of-but-n-full",
        aliases: &["ri"],
        places: &[Place::Count, Place::Url],
        about: "List the increments of chains older than the last COUNT fulls; delete them with --force",
        families: &[Force],
    },
    ActionRow {
        action: ActionName::Replicate,
        name: "replicate",
        aliases: &[],
        places: &[Place::Url, Place::Url],
        about: "Not supported: copy the destination's files instead",
        families: &[],
    },
];

/// The action that `word` names.
pub(crate) fn find(word: &str) -> Option<&'static ActionRow> {
    ACTIONS.iter().find(|row| row.name == word || row.aliases.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_word_names_two_actions() {
        let words: Vec<_> = ACTIONS.iter().flat_map(|row| row.aliases.iter().chain([&row.name])).collect();
        assert_eq!(
            words.iter().collect::<HashSet<_>>().len(),
            words.len(),
            "a word with two meanings would do the wrong one"
        );
    }
}
