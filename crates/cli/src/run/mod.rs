//! Carrying out duplicity's actions: each has a file that turns settings into a request of the engine and its report
//! into text or JSON. Here is what they share: the session with its destination, archive folder, passphrases and keys.

mod backup;
mod listing;
mod prune;
mod restore;
mod secrets;
mod status;
mod verify;

use crate::args::{Action, Filter, SelectionOption, Settings};
use crate::error::CliError;
use crate::exit;
use crate::passphrase::Ask;
use crate::render::progress::Progress;
use crate::render::{Output, text};
use crate::surroundings::Surroundings;
use backtrail_base::{Clock, Code, FixedClock, fs};
use backtrail_engine::select::{Pattern, Rule, Selection, Syntax};
use backtrail_engine::{Cancel, Context, Observer, Warning};
use backtrail_format::EntryPath;
use backtrail_format::names::Prefixes;
use backtrail_store::{Address, Destination};
use md5::{Digest, Md5};
use secrets::Secrets;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One run of an action.
pub(crate) struct Session<'a> {
    pub(crate) around: &'a Surroundings,
    pub(crate) settings: &'a Settings,
    pub(crate) output: Arc<Output>,
    pub(crate) cancel: Cancel,
    progress: Arc<Progress>,
    secrets: Arc<Secrets>,
}

/// Carries out an action and returns the exit number.
pub(crate) fn run(
    action: &Action,
    settings: &Settings,
    around: &Surroundings,
    output: &Arc<Output>,
    ask: Arc<dyn Ask>,
    cancel: Cancel,
) -> Result<u8, CliError> {
    output.debug(&format!("backtrail {}, {}", crate::VERSION, action.name()));
    for note in &settings.without_effect {
        output.info(note);
    }
    let terminal = around.terminal && !output.is_json();
    let progress =
        Progress::new(Arc::clone(output), settings.output.progress, terminal, settings.output.progress_rate);
    let progress = Arc::new(progress);
    let store = crate::key::store(around, Some(&settings.protection))?;
    let secrets = Secrets::new(
        around.clone(),
        ask,
        settings.protection.clone(),
        store,
        Arc::clone(output),
        Arc::clone(&progress),
    );
    let session = Session {
        around,
        settings,
        output: Arc::clone(output),
        cancel,
        progress,
        secrets: Arc::new(secrets),
    };
    let result = session.action(action);
    session.progress.finish();
    output.flush()?;
    result
}

impl Session<'_> {
    fn action(&self, action: &Action) -> Result<u8, CliError> {
        match action {
            Action::Full { source, url }
            | Action::Incremental { source, url }
            | Action::Backup { source, url } => self.back_up(action, source, url),
            Action::Restore { url, target } => self.restore(url, target),
            Action::Verify { url, folder } => self.verify(url, folder),
            Action::CollectionStatus { url } => self.collection_status(url),
            Action::ListCurrentFiles { url } => self.list_current_files(url),
            Action::Cleanup { .. }
            | Action::RemoveOlderThan { .. }
            | Action::RemoveAllButNFull { .. }
            | Action::RemoveAllIncOfButNFull { .. } => self.prune(action),
        }
    }

    /// What the engine works with. With `create`, a missing destination folder is made.
    fn context(&self, url: &str, create: bool) -> Result<Context, CliError> {
        let address = Address::parse(url)?;
        let destination = Destination::open(&address, create)?;
        self.context_at(destination, url)
    }

    fn context_at(&self, destination: Destination, url: &str) -> Result<Context, CliError> {
        let places = &self.settings.places;
        if !places.temp_folder.is_dir() {
            return Err(CliError::own(
                Code::Io,
                format!("the folder for temporary files {} does not exist", places.temp_folder.display()),
                "Make it, or name another with --tempdir.",
            ));
        }
        let archive_folder = self.archive_folder(url);
        let stands_in_the_way = |folder: &Path| folder.exists() && !folder.is_dir();
        if archive_folder.ancestors().any(stands_in_the_way) {
            return Err(CliError::Own {
                message: format!(
                    "the archive folder {} cannot be made: a file is in its way",
                    archive_folder.display()
                ),
                next_step: Some("Name another folder with --archive-dir.".to_owned()),
                code: Code::Io,
                exit: exit::BAD_ARCHIVE_FOLDER,
            });
        }
        self.output.info(&format!("Archive folder: {}", archive_folder.display()));
        let clock: Arc<dyn Clock> = match self.settings.current_time {
            Some(time) => Arc::new(FixedClock::at(time)),
            None => Arc::clone(&self.around.clock),
        };
        Ok(Context {
            destination,
            archive_folder,
            temp_folder: places.temp_folder.clone(),
            prefixes: Prefixes {
                all: places.prefix.clone(),
                archive: places.prefix_archive.clone(),
                manifest: places.prefix_manifest.clone(),
                signature: places.prefix_signature.clone(),
                jsonstat: places.prefix_jsonstat.clone(),
            },
            time_separator: places.time_separator,
            opener: self.secrets.opener(),
            clock,
            observer: Arc::clone(&self.progress) as Arc<dyn Observer>,
            cancel: self.cancel.clone(),
        })
    }

    /// The archive folder of a destination, where stock duplicity has it too.
    fn archive_folder(&self, url: &str) -> PathBuf {
        let places = &self.settings.places;
        archive_folder(&places.archive_root, places.name.as_deref(), url)
    }

    /// The path of `--path-to-restore`; the root when it is not given.
    fn path(&self) -> Result<EntryPath, CliError> {
        match &self.settings.restoring.path {
            Some(path) => entry_path("path-to-restore", path),
            None => Ok(EntryPath::root()),
        }
    }

    /// The selection options as rules; file lists are read here.
    fn rules(&self) -> Result<Vec<Rule>, CliError> {
        let (mut syntax, mut ignore_case) = (Syntax::Glob, false);
        let separator = if self.settings.null_separator { 0 } else { b'\n' };
        let mut rules = Vec::new();
        for option in &self.settings.selection {
            rules.push(match option {
                SelectionOption::Filter(filter) => {
                    match filter {
                        Filter::Globbing => syntax = Syntax::Glob,
                        Filter::Literal => syntax = Syntax::Literal,
                        Filter::Regexp => syntax = Syntax::Regexp,
                        Filter::IgnoreCase => ignore_case = true,
                        Filter::StrictCase => ignore_case = false,
                    }
                    continue;
                }
                SelectionOption::Pattern { include, pattern } => {
                    let text = pattern.as_encoded_bytes().to_vec();
                    Rule::Match { include: *include, pattern: Pattern { text, syntax, ignore_case } }
                }
                SelectionOption::Regexp { include, regexp } => {
                    let text = regexp.as_bytes().to_vec();
                    let pattern = Pattern { text, syntax: Syntax::Regexp, ignore_case };
                    Rule::Match { include: *include, pattern }
                }
                SelectionOption::Filelist { include, file } => {
                    Rule::List { include: *include, text: list(file)?, syntax, ignore_case, separator }
                }
                SelectionOption::FilesFrom(file) => Rule::FilesFrom { text: list(file)?, separator },
                SelectionOption::ExcludeDeviceFiles => Rule::ExcludeDeviceFiles,
                SelectionOption::ExcludeOtherFilesystems => Rule::ExcludeOtherFilesystems,
                SelectionOption::ExcludeIfPresent(name) => {
                    Rule::ExcludeIfPresent(name.as_encoded_bytes().to_vec())
                }
                SelectionOption::ExcludeOlderThan(time) => Rule::ExcludeOlderThan(*time),
            });
        }
        Ok(rules)
    }

    /// The rules for what lies below a folder, patterns beginning with it as typed.
    fn selection_below(&self, folder: &Path) -> Result<Selection, CliError> {
        let rules = self.rules()?;
        let selection = Selection::new(folder.as_os_str().as_encoded_bytes(), rules);
        Ok(selection.map_err(backtrail_engine::EngineError::from)?)
    }

    /// The rules for what is in a backup, patterns as list-current-files shows paths; none without selection options.
    fn selection_in_backup(&self) -> Result<Option<Arc<Selection>>, CliError> {
        if self.settings.selection.is_empty() {
            return Ok(None);
        }
        let selection = Selection::in_archive(self.rules()?).map_err(backtrail_engine::EngineError::from)?;
        Ok(Some(Arc::new(selection)))
    }
}

/// `ROOT/NAME`, by default with the MD5 of the address for a name, as duplicity has it. A plain path counts as the
/// `file://` address that stock duplicity would be given.
pub(crate) fn archive_folder(root: &Path, name: Option<&str>, url: &str) -> PathBuf {
    if let Some(name) = name {
        return root.join(name);
    }
    let text = if Address::looks_like_url(url) {
        url.to_owned()
    } else {
        let absolute = std::path::absolute(url).unwrap_or_else(|_| PathBuf::from(url));
        format!("file://{}", absolute.display())
    };
    root.join(crate::render::json::hex(&Md5::digest(text.as_bytes())))
}

/// A path in the backup as an option gives it.
fn entry_path(option: &str, path: &OsStr) -> Result<EntryPath, CliError> {
    EntryPath::parse(path.as_encoded_bytes()).map_err(|_| {
        crate::args::UsageError::value(
            option,
            &path.to_string_lossy(),
            "a path as list-current-files shows it, relative to the folder that was backed up",
        )
        .into()
    })
}

/// The content of a file list.
fn list(file: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(file).map_err(|error| {
        CliError::own(
            Code::FileList,
            format!("the file list {} cannot be read: {}", file.display(), text::io_cause(&error)),
            "Check the path and its permissions.",
        )
    })
}

/// The exit number of a run that went through with problems: the gravest decides.
fn exit_for(problems: &[Warning]) -> u8 {
    let has = |wanted: &[Code]| problems.iter().any(|problem| wanted.contains(&problem.code));
    if problems.is_empty() {
        exit::OK
    } else if has(&[Code::WrongPassphrase]) {
        exit::number(Code::WrongPassphrase)
    } else if has(&[Code::HashMismatch, Code::VolumeMissing]) {
        exit::number(Code::HashMismatch)
    } else {
        exit::DIFFERENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_folder_is_duplicitys() {
        let root = Path::new("/c");
        // The name that stock duplicity 0.8.22 gave the folder of this address.
        let expected = root.join("a67334b00dd35e6dad1c00b8d2711ec3");
        assert_eq!(archive_folder(root, None, "file:///tmp/cli-try/dst"), expected);
        assert_eq!(
            archive_folder(root, None, "/tmp/cli-try/dst"),
            expected,
            "a plain path is the same place"
        );
        assert_eq!(archive_folder(root, Some("x"), "file:///tmp/cli-try/dst"), root.join("x"));
    }

    #[test]
    fn the_gravest_problem_decides_the_exit_number() {
        let problem = |code| Warning { code, path: None, message: String::new() };
        assert_eq!(exit_for(&[]), 0);
        assert_eq!(exit_for(&[problem(Code::Damaged)]), 1);
        assert_eq!(exit_for(&[problem(Code::Damaged), problem(Code::VolumeMissing)]), 21);
        assert_eq!(exit_for(&[problem(Code::HashMismatch), problem(Code::WrongPassphrase)]), 31);
    }
}
