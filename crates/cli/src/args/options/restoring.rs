//! Options of restore, verify, collection-status and list-current-files.

use super::{Family, OptionRow};

const F: Family = Family::Restoring;
const L: Family = Family::Listing;

pub(super) const OPTIONS: &[OptionRow] = &[
    OptionRow::value(
        F,
        "path-to-restore",
        &["PATH"],
        "Restore or verify only PATH, as list-current-files shows it",
    )
    .aliases(&["file-to-restore"])
    .short('r')
    // A file's name may begin like an option.
    .dashes(),
    OptionRow::value(F, "restore-time", &["TIME"], "The backup as it was at TIME [default: the last one]")
        .aliases(&["time"])
        .short('t'),
    OptionRow::flag(F, "compare-data", "verify: exit with 1 when a file differs from the backup"),
    OptionRow::value(F, "rename", &["FROM", "TO"], "Restore the path FROM as TO"),
    OptionRow::flag(F, "numeric-owner", "Restore owners by number, not by name"),
    OptionRow::flag(F, "restore-ownership", "Restore owners [default]"),
    OptionRow::flag(F, "no-restore-ownership", "Leave restored files to whoever restores them")
        .aliases(&["do-not-restore-ownership"]),
    OptionRow::flag(F, "ignore-errors", "Go on after errors where possible; they still count at the end"),
    OptionRow::value(L, "file-changed", &["PATH"], "collection-status: in which sets PATH changed").dashes(),
    OptionRow::value(
        L,
        "show-changes-in-set",
        &["NUMBER"],
        "collection-status: what changed in a set; 0 is the last one, 1 the one before",
    ),
];
