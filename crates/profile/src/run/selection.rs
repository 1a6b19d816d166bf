//! What a profile backs up, as an ordered selection below the root: what is Backtrail's own and what the person leaves
//! out first, then the folders, then nothing else. Folders are taken as they lie, with links on the way to them
//! resolved, since a walk follows none.

use super::{RunError, Runner, paths};
use crate::{PersonFolders, Profile, RecordWarning};
use backtrail_base::{Code, fs};
use backtrail_engine::select::{Pattern, Rule, Selection};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders in which the kernel and programs show themselves: no files of anybody.
const MADE_UP: &[&str] = if cfg!(target_os = "linux") {
    &["/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/lost+found", "/snap"]
} else if cfg!(target_os = "macos") {
    &[
        "/dev",
        "/private/tmp",
        "/private/var/vm",
        "/private/var/folders",
        "/.vol",
        "/System/Volumes",
        "/Volumes",
    ]
} else {
    &[]
};

/// What is backed up, and what should be said about it.
pub(super) struct Selected {
    pub(super) selection: Arc<Selection>,
    pub(super) warnings: Vec<RecordWarning>,
}

impl Runner {
    /// The selection of a profile. `destination` is left out of it, where it is a folder.
    ///
    /// # Errors
    /// [`RunError::NoSource`] when none of the folders exists; a pattern that cannot be used.
    pub(super) fn selection(
        &self,
        profile: &Profile,
        destination: Option<&Path>,
    ) -> Result<Selected, RunError> {
        let mut warnings = Vec::new();
        let mut sources = Vec::new();
        for source in &profile.sources {
            match fs::canonicalize(source) {
                Ok(real) => sources.push((source.clone(), real)),
                Err(_) => {
                    let message = "it is not there, so it is not in this backup".to_owned();
                    let path = Some(source.to_string_lossy().into_owned());
                    warnings.push(RecordWarning { code: Some(Code::SourceMissing), path, message });
                    sources.push((source.clone(), source.clone()));
                }
            }
        }
        if warnings.len() == sources.len() {
            return Err(RunError::NoSource { sources: profile.sources.clone() });
        }
        let selection = Selection::new(b"/", self.rules(profile, &sources, destination))?;
        Ok(Selected { selection: Arc::new(selection), warnings })
    }

    fn rules(
        &self,
        profile: &Profile,
        sources: &[(PathBuf, PathBuf)],
        destination: Option<&Path>,
    ) -> Vec<Rule> {
        let mut rules = Vec::new();
        let literal = |include, path: &Path| {
            paths::pattern(path).map(|text| Rule::Match { include, pattern: Pattern::literal(text) })
        };
        let data = self.folders.data();
        // The history changes with every run, which would make every run a change; the rest can be made again.
        let own = [
            self.folders.cache().to_path_buf(),
            self.folders.runtime().to_path_buf(),
            self.folders.logs().to_path_buf(),
            data.join("history"),
        ];
        for folder in own.iter().map(PathBuf::as_path).chain(destination) {
            let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
            // A runtime folder of the system's is no reason to leave out a source that lies in it.
            if !sources.iter().any(|(_, source)| source.starts_with(&real)) {
                rules.extend(literal(false, &real));
            }
        }
        for folder in MADE_UP.iter().map(Path::new) {
            if !sources.iter().any(|(_, source)| source.starts_with(folder)) {
                rules.extend(literal(false, folder));
            }
        }
        for pattern in &profile.excludes.patterns {
            let text = resolved(pattern, sources);
            rules.push(Rule::exclude(Pattern::glob(text)));
        }
        let real = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let home =
            PersonFolders { path: real(&self.home.path), downloads: self.home.downloads.as_ref().map(real) };
        let chosen: Vec<PathBuf> = sources.iter().map(|(_, source)| source.clone()).collect();
        for exclude in &profile.excludes.smart {
            rules.extend(exclude.rules_for(&home, &chosen));
        }
        let everything = sources.iter().any(|(_, source)| source.parent().is_none());
        if !everything {
            rules.extend(sources.iter().filter_map(|(_, source)| literal(true, source)));
            rules.push(Rule::exclude(Pattern::glob("**")));
        }
        rules
    }
}

/// A pattern as it is compared with full paths: one that is no path is meant for any folder, and one that begins as a
/// source does, through a link, means the folder behind it.
fn resolved(pattern: &str, sources: &[(PathBuf, PathBuf)]) -> Vec<u8> {
    let (prefix, rest) = match pattern.get(.."ignorecase:".len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case("ignorecase:") => pattern.split_at(prefix.len()),
        _ => ("", pattern),
    };
    if !rest.starts_with('/') && !rest.starts_with("**") {
        return format!("{prefix}**/{rest}").into_bytes();
    }
    for (typed, real) in sources.iter().filter(|(typed, real)| typed != real) {
        let (Some(typed), Some(real)) = (paths::pattern(typed), paths::pattern(real)) else { continue };
        if let Some(below) = rest.as_bytes().strip_prefix(typed.as_slice())
            && (below.is_empty() || below.starts_with(b"/"))
        {
            return [prefix.as_bytes(), &real, below].concat();
        }
    }
    pattern.as_bytes().to_vec()
}
