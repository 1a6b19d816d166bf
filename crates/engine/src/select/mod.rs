//! Which entries of a source are backed up: an ordered list of rules with duplicity's meaning, the first rule that
//! has something to say decides, and what no rule speaks of is included. It judges one entry at a time from what it
//! is told about it; walking, opening and warning are left to the walk.
//!
//! Checked against stock duplicity (`selection.py`, `globmatch.py` of 0.8.22 and 3.2.1). Where it differs, on
//! purpose: a rule in the literal mode works below a source `/`; `$` does not match before a line break at the end of
//! a name; `..` in a list of files is refused; regular expressions have no look-around and no back references.

mod error;
mod filelist;
mod glob;
mod matcher;
mod rule;
#[cfg(test)]
mod tests;
mod text;

pub use error::SelectError;
pub use rule::{Pattern, Rule, Syntax};

use std::cell::OnceCell;
use std::collections::BTreeSet;

use backtrail_base::Timestamp;
use backtrail_format::EntryPath;

use matcher::{Matcher, Says};
use text::Text;

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is stored, and if it is a folder, what is in it is judged.
    Include,
    /// Neither it nor anything in it is looked at.
    Exclude,
    /// Only of a folder: what is in it is judged, and the folder is stored just before the first of that which is
    /// included, or not at all.
    Scan,
}

/// What a rule may want to know of an entry. A symbolic link is judged itself, not its target.
#[derive(Debug, Clone, Copy)]
pub struct EntryInfo {
    /// A folder.
    pub is_dir: bool,
    /// A regular file: what rules about age speak of.
    pub is_file: bool,
    /// A character or block device.
    pub is_device: bool,
    /// Time of the last change of content.
    pub mtime: Timestamp,
    /// Number of the file system it is on.
    pub dev: u64,
    /// Number of the file system that the root is on.
    pub root_dev: u64,
}

/// An ordered list of rules for one source, checked.
#[derive(Debug)]
pub struct Selection {
    /// How full paths begin: the source as typed, without needless slashes and dots. None below an archive's root.
    base: Option<Text>,
    matchers: Vec<Matcher>,
    listed: Option<BTreeSet<EntryPath>>,
}

impl Selection {
    /// The rules for a backup of `source_as_typed`: patterns are compared with full paths that begin with it.
    ///
    /// # Errors
    /// [`SelectError::PatternOutside`] for a pattern that can match neither the source nor anything in it,
    /// [`SelectError::PatternInvalid`], [`SelectError::RedundantInclude`] when the last rule only includes, and the
    /// errors of lists of files.
    pub fn new(source_as_typed: &[u8], rules: Vec<Rule>) -> Result<Self, SelectError> {
        Self::build(Some(Text::new(&canonical(source_as_typed))), rules)
    }

    /// The rules for a restore: patterns are compared with paths as `list-current-files` prints them, relative to the
    /// root of the backup (3.2.1). The root is judged [`Verdict::Scan`]: nothing selected, nothing restored.
    ///
    /// # Errors
    /// As [`Selection::new`]; a pattern that is absolute or holds `.` or `..` is outside.
    pub fn in_archive(rules: Vec<Rule>) -> Result<Self, SelectError> {
        Self::build(None, rules)
    }

    fn build(base: Option<Text>, rules: Vec<Rule>) -> Result<Self, SelectError> {
        let mut selection = Self { base, matchers: Vec::new(), listed: None };
        for rule in rules {
            selection.add(rule)?;
        }
        match selection.matchers.last() {
            Some(last) if last.only_includes() => {
                Err(SelectError::RedundantInclude { rule: last.to_string() })
            }
            _ => Ok(selection),
        }
    }

    fn add(&mut self, rule: Rule) -> Result<(), SelectError> {
        match rule {
            Rule::Match { include, pattern } => {
                self.matchers.push(Matcher::pattern(include, &pattern, self.base.as_ref())?);
            }
            Rule::List { include, text, syntax, ignore_case, separator } => {
                for (include, line) in filelist::patterns(&text, separator, include) {
                    let pattern = Pattern { text: line, syntax, ignore_case };
                    self.matchers.push(Matcher::pattern(include, &pattern, self.base.as_ref())?);
                }
            }
            Rule::FilesFrom { text, separator } => {
                let listed = filelist::paths(&text, separator)?;
                self.listed.get_or_insert_default().extend(listed);
            }
            Rule::ExcludeOlderThan(moment) => self.matchers.push(Matcher::OlderThan(moment)),
            Rule::ExcludeOtherFilesystems => self.matchers.push(Matcher::OtherFilesystems),
            // These two come before all patterns, wherever they stand.
            Rule::ExcludeDeviceFiles => self.matchers.insert(0, Matcher::DeviceFiles),
            Rule::ExcludeIfPresent(name) => self.matchers.insert(0, Matcher::IfPresent(name)),
        }
        Ok(())
    }

    /// Judges the entry at `path`, relative to the root. The folders above it must have been judged before, and none
    /// of them excluded. `dir_probe` says whether this folder holds an entry of that name (links not followed); it is
    /// called for folders only, and only where a rule asks.
    ///
    /// The root itself is always included in a backup, as stock duplicity does whatever the rules are.
    #[must_use]
    pub fn judge(&self, path: &EntryPath, info: &EntryInfo, dir_probe: &dyn Fn(&[u8]) -> bool) -> Verdict {
        if path.is_root() {
            let all = self.base.is_some() || self.matchers.is_empty();
            return if all { Verdict::Include } else { Verdict::Scan };
        }
        if self.listed.as_ref().is_some_and(|listed| !listed.contains(path)) {
            return Verdict::Exclude;
        }
        let full = OnceCell::new();
        let full = || full.get_or_init(|| self.full(path));
        let mut scan = false;
        let mut decided = None;
        for matcher in &self.matchers {
            match matcher.says(full, info, dir_probe) {
                Says::Nothing => {}
                Says::Scan => scan = true,
                Says::Include(include) => {
                    decided = Some(include);
                    break;
                }
            }
        }
        match decided {
            Some(true) => Verdict::Include,
            // Stock's rule: where an include may match further down, a folder that is not included itself is only
            // scanned, and anything else is left out, even when no later rule excludes it.
            _ if scan && info.is_dir => Verdict::Scan,
            _ if scan => Verdict::Exclude,
            Some(false) => Verdict::Exclude,
            None => Verdict::Include,
        }
    }

    /// The paths of [`Rule::FilesFrom`] with the folders above them, if there is such a rule: what of them does not
    /// exist deserves a warning.
    #[must_use]
    pub fn listed(&self) -> Option<&BTreeSet<EntryPath>> {
        self.listed.as_ref()
    }

    /// The path that patterns are compared with.
    fn full(&self, path: &EntryPath) -> Text {
        match &self.base {
            Some(base) => base.join(path.as_bytes()),
            None => Text::new(path.as_bytes()),
        }
    }
}

/// The source as typed without empty and `.` components; `.` if nothing is left.
fn canonical(typed: &[u8]) -> Vec<u8> {
    let parts = typed.split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let joined = parts.collect::<Vec<_>>().join(&b'/');
    match (typed.first(), joined.is_empty()) {
        (Some(b'/'), _) => [b"/", joined.as_slice()].concat(),
        (_, true) => b".".to_vec(),
        _ => joined,
    }
}
