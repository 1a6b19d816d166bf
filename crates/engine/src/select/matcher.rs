//! One rule, compiled: what it says of an entry.

use std::fmt;

use backtrail_base::Timestamp;
use regex::{Regex, RegexBuilder};

use super::glob::{Covers, Glob};
use super::text::{SLASH, Text, same};
use super::{EntryInfo, Pattern, SelectError, Syntax};

/// What a rule says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Nothing,
    /// Include it, or exclude it.
    Include(bool),
    /// Something below it may be included.
    Scan,
}

#[derive(Debug)]
pub(super) enum Matcher {
    Pattern { include: bool, given: Pattern, compiled: Compiled },
    DeviceFiles,
    IfPresent(Vec<u8>),
    OlderThan(Timestamp),
    OtherFilesystems,
}

#[derive(Debug)]
pub(super) enum Compiled {
    /// `**`: everything there is.
    Everything,
    Glob(Glob),
    Literal {
        path: Text,
        ignore_case: bool,
    },
    Regexp(Regex),
}

impl Matcher {
    /// Compiles a pattern for a source that is called `base`, or for the root of a backup.
    pub(super) fn pattern(include: bool, given: &Pattern, base: Option<&Text>) -> Result<Self, SelectError> {
        let shown = || String::from_utf8_lossy(&given.text).into_owned();
        let invalid = |reason: &str| SelectError::PatternInvalid { pattern: shown(), reason: reason.into() };
        let mut text = given.text.as_slice();
        let mut ignore_case = given.ignore_case;
        const PREFIX: &[u8] = b"ignorecase:";
        if given.syntax == Syntax::Glob
            && text.get(..PREFIX.len()).is_some_and(|p| p.eq_ignore_ascii_case(PREFIX))
        {
            text = &text[PREFIX.len()..];
            ignore_case = true;
        }
        let outside = || SelectError::PatternOutside {
            pattern: shown(),
            source_name: base.map(Text::to_regexp_text).unwrap_or_default(),
        };
        if base.is_none() && given.syntax != Syntax::Regexp {
            text = below_root(text).ok_or_else(outside)?;
        }
        if text.is_empty() {
            return Err(invalid("it is empty"));
        }
        let text = Text::new(text);
        let compiled = match given.syntax {
            Syntax::Regexp => {
                let made = RegexBuilder::new(&text.to_regexp_text()).case_insensitive(ignore_case).build();
                Compiled::Regexp(made.map_err(|error| invalid(&error.to_string()))?)
            }
            Syntax::Literal => Compiled::Literal { path: without_slash(&text), ignore_case },
            Syntax::Glob if text == Text::new(b"**") => Compiled::Everything,
            Syntax::Glob => Compiled::Glob(Glob::new(&text, ignore_case).map_err(invalid)?),
        };
        if let Some(base) = base
            && !matches!(compiled, Compiled::Regexp(_))
            && compiled.covers(base, true, true) == Covers::No
        {
            return Err(outside());
        }
        Ok(Self::Pattern { include, given: given.clone(), compiled })
    }

    /// Whether it cannot exclude anything.
    pub(super) fn only_includes(&self) -> bool {
        matches!(self, Self::Pattern { include: true, .. })
    }

    pub(super) fn says<'a>(
        &self,
        full: impl Fn() -> &'a Text,
        info: &EntryInfo,
        dir_probe: &dyn Fn(&[u8]) -> bool,
    ) -> Says {
        let excluded = match self {
            Self::Pattern { include, compiled, .. } => {
                return match compiled.covers(full(), info.is_dir, *include) {
                    Covers::Yes => Says::Include(*include),
                    Covers::Below => Says::Scan,
                    Covers::No => Says::Nothing,
                };
            }
            Self::DeviceFiles => info.is_device,
            Self::IfPresent(name) => info.is_dir && dir_probe(name),
            Self::OlderThan(moment) => info.is_file && info.mtime < *moment,
            Self::OtherFilesystems => info.dev != info.root_dev,
        };
        if excluded { Says::Include(false) } else { Says::Nothing }
    }
}

impl Compiled {
    fn covers(&self, path: &Text, is_dir: bool, deeper: bool) -> Covers {
        match self {
            Self::Everything => Covers::Yes,
            Self::Glob(glob) => glob.covers(path, is_dir, deeper),
            Self::Regexp(regexp) if regexp.is_match(&path.to_regexp_text()) => Covers::Yes,
            Self::Regexp(_) => Covers::No,
            Self::Literal { path: wanted, ignore_case } => {
                if is_or_below(path, wanted, *ignore_case) {
                    Covers::Yes
                } else if deeper && is_or_below(wanted, path, *ignore_case) {
                    Covers::Below
                } else {
                    Covers::No
                }
            }
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern { include, given, .. } => {
                let (verb, text) =
                    (if *include { "include" } else { "exclude" }, String::from_utf8_lossy(&given.text));
                write!(f, "{verb} {text:?}")
            }
            Self::DeviceFiles => f.write_str("exclude device files"),
            Self::IfPresent(name) => write!(f, "exclude folders with {:?}", String::from_utf8_lossy(name)),
            Self::OlderThan(moment) => write!(f, "exclude files older than {}", moment.0),
            Self::OtherFilesystems => f.write_str("exclude other file systems"),
        }
    }
}

/// The pattern as seen from the root of a backup; none if it leads elsewhere.
fn below_root(mut text: &[u8]) -> Option<&[u8]> {
    while let Some(shorter) = text.strip_prefix(b"./") {
        text = shorter;
    }
    let leads_out =
        text.first() == Some(&b'/') || text.split(|&b| b == b'/').any(|part| matches!(part, b"." | b".."));
    (!leads_out).then_some(text)
}

fn without_slash(text: &Text) -> Text {
    match text.chars() {
        [start @ .., SLASH] if !start.is_empty() => text.start(start.len()),
        _ => text.clone(),
    }
}

/// Whether `path` is `above` or lies below it.
fn is_or_below(path: &Text, above: &Text, ignore_case: bool) -> bool {
    let (path, above) = (path.chars(), above.chars());
    let Some((start, rest)) = path.split_at_checked(above.len()) else { return false };
    let equal = start.iter().zip(above).all(|(&a, &b)| same(a, b, ignore_case));
    equal && (rest.is_empty() || rest[0] == SLASH || above == [SLASH])
}
