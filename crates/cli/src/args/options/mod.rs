//! The tables of options: every option of duplicity 0.8 and 3.x, with its spellings, its values and what becomes of
//! it here. An option works, or is taken and has no effect (and why), or is refused with what to do instead; nothing
//! is passed over in silence.

mod backup;
mod destinations;
mod encryption;
mod general;
mod restoring;
mod selection;

/// What an option is about: help pages show whole families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Backup,
    Selection,
    Restoring,
    Listing,
    Encryption,
    /// `--force`, for the actions that delete.
    Force,
    General,
    /// Options of duplicity's back ends.
    Destinations,
}

impl Family {
    /// The heading on help pages.
    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::Backup => "Backing up",
            Self::Selection => "Choosing files (the first rule that matches a path decides)",
            Self::Restoring => "Restoring and comparing",
            Self::Listing => "Listing",
            Self::Encryption => "Encryption",
            Self::Force => "Deleting",
            Self::General => "General",
            Self::Destinations => "Destinations",
        }
    }
}

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does what its help says.
    Works,
    /// It works and is not shown in help: for tests, as in duplicity.
    Hidden,
    /// It is taken and changes nothing; the sentence says why that is right.
    NoEffect(&'static str),
    /// It is refused; the sentence says what to do instead.
    Refused(&'static str),
}

/// One option.
#[derive(Debug)]
pub(crate) struct OptionRow {
    /// The long name without dashes, which is also its name in this program.
    pub(crate) name: &'static str,
    /// Other long names that mean the same.
    pub(crate) aliases: &'static [&'static str],
    /// The letter.
    pub(crate) short: Option<char>,
    /// The names of its values; none for a flag.
    pub(crate) values: &'static [&'static str],
    /// Whether a value may begin with a dash though it follows as a word of its own.
    pub(crate) dashes: bool,
    pub(crate) family: Family,
    pub(crate) standing: Standing,
    pub(crate) help: &'static str,
}

impl OptionRow {
    /// A flag that works.
    const fn flag(family: Family, name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            short: None,
            values: &[],
            dashes: false,
            family,
            standing: Standing::Works,
            help,
        }
    }

    /// An option with one value that works.
    const fn value(
        family: Family,
        name: &'static str,
        value: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        let mut row = Self::flag(family, name, help);
        row.values = value;
        row
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn dashes(mut self) -> Self {
        self.dashes = true;
        self
    }

    const fn hidden(mut self) -> Self {
        self.standing = Standing::Hidden;
        self
    }

    const fn no_effect(mut self, why: &'static str) -> Self {
        self.standing = Standing::NoEffect(why);
        self
    }

    const fn refused(mut self, instead: &'static str) -> Self {
        self.standing = Standing::Refused(instead);
        self
    }

    /// Every long spelling.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// Every option, family by family.
pub(crate) fn all() -> impl Iterator<Item = &'static OptionRow> {
    [
        backup::OPTIONS,
        selection::OPTIONS,
        restoring::OPTIONS,
        encryption::OPTIONS,
        general::OPTIONS,
        destinations::OPTIONS,
    ]
    .into_iter()
    .flatten()
}

/// The option whose long name, in any spelling, is `name`.
pub(crate) fn find(name: &str) -> Option<&'static OptionRow> {
    all().find(|row| row.spellings().any(|spelling| spelling == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_spelling_means_two_options() {
        let spellings: Vec<_> = all().flat_map(OptionRow::spellings).collect();
        assert_eq!(
            spellings.iter().collect::<HashSet<_>>().len(),
            spellings.len(),
            "an option with two meanings would do the wrong one"
        );
        let letters: Vec<_> = all().filter_map(|row| row.short).collect();
        assert_eq!(letters.iter().collect::<HashSet<_>>().len(), letters.len(), "likewise for a letter");
    }

    #[test]
    fn every_option_of_both_versions_is_in_the_tables() {
        // The names of `duplicity --help` 3.2.1 and of 0.8.22's option table, by version.
        let names = include_str!("duplicity-options.txt");
        for name in names.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert!(find(name).is_some(), "--{name} is duplicity's and must not be met as an unknown option");
        }
    }

    #[test]
    fn no_option_takes_a_secret() {
        for row in all().filter(|row| !row.values.is_empty()) {
            let suspect = |text: &str| ["pass", "secret", "token"].iter().any(|word| text.contains(word));
            // A file of keys is no secret; its path may be seen.
            let seen = row.name != "encrypt-secret-keyring" && row.spellings().any(suspect);
            assert!(!seen, "--{}: every user of the computer sees the command line", row.name);
        }
    }

    #[test]
    fn sentences_end_as_sentences_and_help_does_not() {
        for row in all() {
            match row.standing {
                Standing::NoEffect(text) | Standing::Refused(text) => {
                    assert!(text.ends_with('.'), "--{}: {text:?} is printed as a sentence", row.name);
                }
                Standing::Works | Standing::Hidden => {}
            }
            assert!(!row.help.ends_with('.'), "--{}: help lines have no full stop", row.name);
        }
    }
}
