//! The selection options in the order in which they stand on the command line.

use super::matched::Matched;
use super::time::{Now, TIME_FORMS};
use super::usage::UsageError;
use backtrail_base::Timestamp;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// One selection option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectionOption {
    /// A pattern, in the mode that the filter options before it set.
    Pattern {
        /// Include or exclude.
        include: bool,
        /// The pattern.
        pattern: OsString,
    },
    /// A regular expression.
    Regexp {
        /// Include or exclude.
        include: bool,
        /// The expression.
        regexp: String,
    },
    /// A file with patterns.
    Filelist {
        /// Include or exclude the lines that do not say.
        include: bool,
        /// The file.
        file: PathBuf,
    },
    /// A file with the paths to back up.
    FilesFrom(PathBuf),
    /// Leave out device files.
    ExcludeDeviceFiles,
    /// Leave out other file systems.
    ExcludeOtherFilesystems,
    /// Leave out folders with a file of this name.
    ExcludeIfPresent(OsString),
    /// Leave out files changed before a moment.
    ExcludeOlderThan(Timestamp),
    /// How the patterns that follow are read.
    Filter(Filter),
}

/// A filter mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// As globs.
    Globbing,
    /// As they stand.
    Literal,
    /// As regular expressions.
    Regexp,
    /// Without regard to case.
    IgnoreCase,
    /// With regard to case.
    StrictCase,
}

const NAMES: &[&str] = &[
    "include",
    "exclude",
    "include-filelist",
    "exclude-filelist",
    "include-regexp",
    "exclude-regexp",
    "include-filelist-stdin",
    "exclude-filelist-stdin",
    "exclude-device-files",
    "exclude-other-filesystems",
    "exclude-if-present",
    "exclude-older-than",
    "files-from",
    "filter-globbing",
    "filter-literal",
    "filter-regexp",
    "filter-ignorecase",
    "filter-strictcase",
];

/// The selection options, ordered.
pub(super) fn options(matched: &Matched, now: &Now) -> Result<Vec<SelectionOption>, UsageError> {
    let mut placed: Vec<_> = NAMES.iter().flat_map(|name| matched.placed(name)).collect();
    placed.sort_by_key(|(place, ..)| *place);
    let options: Vec<_> =
        placed.into_iter().map(|(_, name, value)| option(name, value, now)).collect::<Result<_, _>>()?;
    if let Some(SelectionOption::Filter(_)) = options.last() {
        return Err(UsageError::new(
            "the last selection option is a --filter-… option, which nothing follows",
            "Put it before the patterns it is meant for, or leave it out.",
        )
        .with_exit(71));
    }
    let filters: Vec<_> = options
        .iter()
        .filter_map(|option| match option {
            SelectionOption::Filter(filter) => Some(*filter),
            _ => None,
        })
        .collect();
    let default = |filter: &Filter| matches!(filter, Filter::Globbing | Filter::StrictCase);
    if !filters.is_empty() && filters.iter().all(default) {
        return Err(UsageError::new(
            "--filter-globbing and --filter-strictcase are how patterns are read anyway",
            "Leave them out, or give the mode that is meant.",
        )
        .with_exit(70));
    }
    Ok(options)
}

fn option(name: &'static str, value: &OsStr, now: &Now) -> Result<SelectionOption, UsageError> {
    let include = name.starts_with("include");
    if value.is_empty() && matches!(name, "include" | "exclude" | "include-regexp" | "exclude-regexp") {
        return Err(UsageError::new(format!("--{name} is empty"), "Give a pattern, or leave it out."));
    }
    let text = || {
        value
            .to_str()
            .map(str::to_owned)
            .ok_or_else(|| UsageError::value(name, &value.to_string_lossy(), "text in UTF-8"))
    };
    Ok(match name {
        "include" | "exclude" => SelectionOption::Pattern { include, pattern: value.to_owned() },
        "include-regexp" | "exclude-regexp" => SelectionOption::Regexp { include, regexp: text()? },
        "include-filelist-stdin" | "exclude-filelist-stdin" => {
            SelectionOption::Filelist { include, file: PathBuf::from("/dev/stdin") }
        }
        "include-filelist" | "exclude-filelist" => {
            SelectionOption::Filelist { include, file: PathBuf::from(value) }
        }
        "exclude-device-files" => SelectionOption::ExcludeDeviceFiles,
        "exclude-other-filesystems" => SelectionOption::ExcludeOtherFilesystems,
        "exclude-if-present" => SelectionOption::ExcludeIfPresent(value.to_owned()),
        "exclude-older-than" => {
            let moment = now.moment(&text()?);
            SelectionOption::ExcludeOlderThan(
                moment.map_err(|error| UsageError::new(format!("--{name}: {error}"), TIME_FORMS))?,
            )
        }
        "files-from" => SelectionOption::FilesFrom(PathBuf::from(value)),
        "filter-literal" => SelectionOption::Filter(Filter::Literal),
        "filter-regexp" => SelectionOption::Filter(Filter::Regexp),
        "filter-ignorecase" => SelectionOption::Filter(Filter::IgnoreCase),
        "filter-strictcase" => SelectionOption::Filter(Filter::StrictCase),
        _ => SelectionOption::Filter(Filter::Globbing),
    })
}
