//! The rules as a caller writes them down: the command line, a profile, a test.

use backtrail_base::Timestamp;

/// How the text of a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// A shell pattern: `*` and `?` without a slash, `**` with, `[..]`, `[!..]`, no escape. It covers everything below
    /// what it matches; with a slash at its end it matches folders only. A leading `ignorecase:` ignores case.
    #[default]
    Glob,
    /// A path that stands for itself and everything below it.
    Literal,
    /// A regular expression, looked for anywhere in the path. It covers what it matches and nothing else: the
    /// folders above an included entry must be included too.
    Regexp,
}

/// A pattern, compared with the full path that begins with the source as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The pattern as given; bytes, because names are.
    pub text: Vec<u8>,
    /// How it is read.
    pub syntax: Syntax,
    /// Whether capital and small letters are the same.
    pub ignore_case: bool,
}

impl Pattern {
    /// A shell pattern that regards case.
    #[must_use]
    pub fn glob(text: impl Into<Vec<u8>>) -> Self {
        Self { text: text.into(), syntax: Syntax::Glob, ignore_case: false }
    }

    /// A path that stands for itself, and regards case.
    #[must_use]
    pub fn literal(text: impl Into<Vec<u8>>) -> Self {
        Self { text: text.into(), syntax: Syntax::Literal, ignore_case: false }
    }

    /// A regular expression that regards case.
    #[must_use]
    pub fn regexp(text: impl Into<Vec<u8>>) -> Self {
        Self { text: text.into(), syntax: Syntax::Regexp, ignore_case: false }
    }
}

/// One rule. Their order decides, save that [`Rule::ExcludeDeviceFiles`] and [`Rule::ExcludeIfPresent`] always come
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Includes or excludes what a pattern matches.
    Match {
        /// Include, or exclude.
        include: bool,
        /// The pattern.
        pattern: Pattern,
    },
    /// Patterns from a file, one a line: white space at the ends dropped, blank lines and those that begin with `#`
    /// skipped, `+ ` or `- ` in front to include or exclude, quotes around the pattern taken off.
    List {
        /// What lines without `+ ` or `- ` do.
        include: bool,
        /// The content of the file.
        text: Vec<u8>,
        /// How the patterns are read.
        syntax: Syntax,
        /// Whether capital and small letters are the same.
        ignore_case: bool,
        /// What ends a line: `\n`, or `\0`.
        separator: u8,
    },
    /// Nothing but the listed paths (relative to the source, every byte of a line counts) and the folders above them;
    /// the other rules apply to these. Several lists add up.
    FilesFrom {
        /// The content of the file.
        text: Vec<u8>,
        /// What ends a line: `\n`, or `\0`.
        separator: u8,
    },
    /// Excludes character and block devices.
    ExcludeDeviceFiles,
    /// Excludes folders that hold an entry of this name.
    ExcludeIfPresent(Vec<u8>),
    /// Excludes regular files last changed before this moment.
    ExcludeOlderThan(Timestamp),
    /// Excludes what is on another file system than the root.
    ExcludeOtherFilesystems,
}

impl Rule {
    /// Includes what the pattern matches.
    #[must_use]
    pub fn include(pattern: Pattern) -> Self {
        Self::Match { include: true, pattern }
    }

    /// Excludes what the pattern matches.
    #[must_use]
    pub fn exclude(pattern: Pattern) -> Self {
        Self::Match { include: false, pattern }
    }
}
