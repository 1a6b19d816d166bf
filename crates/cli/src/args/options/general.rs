//! Options of every action.

use super::{Family, OptionRow};

const F: Family = Family::General;

pub(super) const OPTIONS: &[OptionRow] = &[
    OptionRow::flag(
        Family::Force,
        "force",
        "Delete what cleanup and remove-… list; restore over existing files",
    ),
    OptionRow::flag(F, "dry-run", "Say what would be done and change nothing"),
    OptionRow::flag(F, "json", "Print one JSON object instead of text"),
    OptionRow::value(
        F,
        "verbosity",
        &["LEVEL"],
        "0 to 9, or error, warning, notice, info, debug [default: 3]",
    )
    .short('v'),
    OptionRow::value(F, "name", &["NAME"], "Name of the archive folder [default: the MD5 of URL]"),
    OptionRow::value(
        F,
        "archive-dir",
        &["FOLDER"],
        "Folder of archive folders [default: ~/.cache/duplicity]",
    ),
    OptionRow::value(F, "tempdir", &["FOLDER"], "Folder for temporary files [default: $TMPDIR, or /tmp]"),
    OptionRow::value(F, "file-prefix", &["TEXT"], "Text that begins the name of every stored file"),
    OptionRow::value(F, "file-prefix-archive", &["TEXT"], "Likewise for volumes, after --file-prefix"),
    OptionRow::value(F, "file-prefix-manifest", &["TEXT"], "Likewise for manifests, after --file-prefix"),
    OptionRow::value(F, "file-prefix-signature", &["TEXT"], "Likewise for signatures, after --file-prefix"),
    OptionRow::value(F, "file-prefix-jsonstat", &["TEXT"], "Likewise for statistics, after --file-prefix"),
    OptionRow::value(F, "time-separator", &["CHAR"], "What stands for the colon in the names of old backups"),
    OptionRow::value(F, "log-file", &["FILE"], "Add messages to FILE as well"),
    OptionRow::value(
        F,
        "log-fd",
        &["NUMBER"],
        "Write messages for programs to a file descriptor, as duplicity does",
    ),
    OptionRow::flag(F, "log-timestamp", "Begin each message with the time and its level"),
    OptionRow::flag(F, "version", "Print the version").short('V'),
    OptionRow::flag(F, "help", "Print help; after an action, help for it").short('h'),
    OptionRow::value(F, "config-dir", &["FOLDER"], "Folder of settings")
        .no_effect("No action of the command reads settings from a folder."),
    OptionRow::value(F, "metadata-sync-mode", &["MODE"], "Which metadata to fetch: full or partial")
        .no_effect("What an action needs is fetched, never less and never more."),
    OptionRow::flag(F, "check-remote", "Compare the archive folder with the destination")
        .no_effect("The destination is always listed."),
    OptionRow::flag(F, "no-check-remote", "Trust the archive folder")
        .no_effect("The destination is always listed, which costs one call."),
    OptionRow::value(F, "copy-blocksize", &["KIB"], "Size of a copy block")
        .no_effect("The size of a read does not change what is stored."),
    OptionRow::value(F, "current-time", &["EPOCH"], "Take EPOCH for the current time").hidden(),
    OptionRow::flag(F, "pydevd", "Attach a Python debugger")
        .refused("There is no Python here to debug; leave it out."),
    OptionRow::flag(F, "short-filenames", "Store under the short names of old versions")
        .refused("Short names are read but no longer written; leave it out."),
    OptionRow::flag(F, "old-filenames", "Store under the names of old versions")
        .refused("Old names are read but no longer written; leave it out."),
];
