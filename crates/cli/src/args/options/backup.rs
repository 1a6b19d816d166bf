//! Options of full, incremental and backup.

use super::{Family, OptionRow};

const F: Family = Family::Backup;

pub(super) const OPTIONS: &[OptionRow] = &[
    OptionRow::flag(
        F,
        "allow-source-mismatch",
        "Go on though the backup was made from another folder or host",
    ),
    OptionRow::value(F, "volsize", &["MIB"], "Size of a volume in MiB [default: 200]"),
    OptionRow::value(
        F,
        "full-if-older-than",
        &["TIME"],
        "Make a full backup when the last full is older than TIME, such as 30D",
    ),
    OptionRow::value(
        F,
        "full-if-n-inc",
        &["NUMBER"],
        "Make a full backup when the chain has NUMBER increments or more",
    ),
    OptionRow::flag(F, "skip-if-no-change", "Store nothing when an increment would be empty"),
    OptionRow::flag(F, "copy-links", "Back up what symbolic links point to instead of the links"),
    OptionRow::value(
        F,
        "max-blocksize",
        &["BYTES"],
        "Largest block of the rsync signatures, rounded up to 512 bytes [default: none]",
    ),
    OptionRow::flag(F, "files-changed", "Record in the manifest which files changed [default]"),
    OptionRow::flag(F, "no-files-changed", "Do not record in the manifest which files changed"),
    OptionRow::flag(F, "print-statistics", "Print statistics at the end of a backup [default]"),
    OptionRow::flag(F, "no-print-statistics", "Do not print statistics at the end of a backup"),
    OptionRow::flag(F, "progress", "Show progress: a bar on a terminal, lines elsewhere"),
    OptionRow::value(F, "progress-rate", &["SECONDS"], "Seconds between two lines of progress [default: 3]"),
    OptionRow::flag(F, "asynchronous-upload", "Send one volume while the next is made")
        .no_effect("Volumes are always sent while the next ones are made."),
    OptionRow::value(F, "concurrency", &["NUMBER"], "Volumes sent at once")
        .no_effect("The number of volumes in flight is chosen by the machine's cores."),
    OptionRow::flag(F, "jsonstat", "Store statistics beside the backup")
        .refused("Use --json, which prints the same figures, and keep its output."),
    OptionRow::value(F, "fail-on-volume", &["NUMBER"], "Stop with exit 30 once volume NUMBER is stored")
        .aliases(&["fail"])
        .hidden(),
    OptionRow::value(F, "skip-volume", &["NUMBER"], "Leave volume NUMBER out").hidden(),
];
