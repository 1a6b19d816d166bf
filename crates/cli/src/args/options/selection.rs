//! Options that choose files. Their order matters, so that they are read back by position.

use super::{Family, OptionRow};

const F: Family = Family::Selection;

pub(super) const OPTIONS: &[OptionRow] = &[
    OptionRow::value(F, "include", &["PATTERN"], "Include what matches a glob pattern").dashes(),
    OptionRow::value(F, "exclude", &["PATTERN"], "Exclude what matches a glob pattern").dashes(),
    OptionRow::value(F, "include-filelist", &["FILE"], "Include the patterns in FILE, one a line")
        .aliases(&["include-globbing-filelist"]),
    OptionRow::value(F, "exclude-filelist", &["FILE"], "Exclude the patterns in FILE, one a line")
        .aliases(&["exclude-globbing-filelist"]),
    OptionRow::value(F, "include-regexp", &["REGEXP"], "Include what matches a regular expression").dashes(),
    OptionRow::value(F, "exclude-regexp", &["REGEXP"], "Exclude what matches a regular expression").dashes(),
    OptionRow::flag(F, "include-filelist-stdin", "Include the patterns that standard input lists"),
    OptionRow::flag(F, "exclude-filelist-stdin", "Exclude the patterns that standard input lists"),
    OptionRow::flag(F, "exclude-device-files", "Exclude device files"),
    OptionRow::flag(F, "exclude-other-filesystems", "Exclude what lies on other file systems than SOURCE"),
    OptionRow::value(F, "exclude-if-present", &["NAME"], "Exclude each folder that holds a file NAME"),
    OptionRow::value(F, "exclude-older-than", &["TIME"], "Exclude files last changed before TIME"),
    OptionRow::value(F, "files-from", &["FILE"], "Back up only the paths that FILE lists"),
    OptionRow::flag(F, "filter-globbing", "Read the patterns that follow as globs [default]"),
    OptionRow::flag(F, "filter-literal", "Read the patterns that follow as they stand"),
    OptionRow::flag(F, "filter-regexp", "Read the patterns that follow as regular expressions"),
    OptionRow::flag(F, "filter-ignorecase", "Ignore case in the patterns that follow"),
    OptionRow::flag(F, "filter-strictcase", "Mind case in the patterns that follow [default]"),
    OptionRow::flag(F, "null-separator", "Entries of file lists end with a zero byte, not with the line"),
];
