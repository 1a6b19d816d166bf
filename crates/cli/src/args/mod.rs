//! The command line, understood: duplicity's grammar (actions and their aliases, options anywhere, unambiguous
//! prefixes, both versions' spellings, implied actions) and Backtrail's own commands. Nothing is opened or asked for
//! here; what is wrong becomes a [`UsageError`].

mod actions;
mod command;
mod matched;
mod options;
mod own;
mod selection;
mod settings;
mod time;
mod usage;
mod words;

pub use own::{Expiry, JsonFlag, KeyCommand, NewArguments, OwnCommand, ProfileCommand, Shell};
pub use selection::{Filter, SelectionOption};
pub use settings::{
    BackupSettings, OutputSettings, PlaceSettings, ProtectionSettings, RestoreSettings, Settings,
};
pub use time::{BadTime, Now};
pub use usage::UsageError;
pub use words::Action;

pub(crate) use command::{action_lines, manual, tree};
pub(crate) use settings::NOTICE;
pub(crate) use time::timestamp;
pub(crate) use words::without_password;

use crate::surroundings::Surroundings;
use backtrail_base::Timestamp;
use matched::Matched;
use std::ffi::OsString;

#[cfg(test)]
mod tests;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// One of duplicity's actions.
    Action(Action, Box<Settings>),
    /// A command of Backtrail's own.
    Own(OwnCommand),
    /// A help page, as text.
    Help(String),
    /// The version.
    Version,
}

/// Understands the arguments that follow the program's name.
///
/// # Errors
/// [`UsageError`] when they cannot be understood or ask for what is not supported.
pub fn parse(arguments: &[OsString], around: &Surroundings) -> Result<Invocation, UsageError> {
    if let Some(own) = own::parse(arguments) {
        return own;
    }
    if let Some(page) = help_page(arguments) {
        return page;
    }
    // The first element is the program's name, which clap would take off.
    let with_name = std::iter::once(OsString::from("backtrail")).chain(arguments.iter().cloned());
    let matches = command::flat().try_get_matches_from(with_name);
    let matched = Matched(matches.map_err(|error| UsageError::from_flat(&error))?);
    let words: Vec<OsString> =
        matched.0.get_raw(command::WORDS).into_iter().flatten().map(ToOwned::to_owned).collect();
    if matched.given("help") {
        return Ok(Invocation::Help(page_for(words::named(&words))));
    }
    if matched.given("version") {
        return Ok(Invocation::Version);
    }
    let separator = match matched.text("time-separator")? {
        None => ':',
        Some(text) => {
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(one), None) => one,
                _ => return Err(UsageError::value("time-separator", &text, "one character")),
            }
        }
    };
    let current = matched.number("current-time", i64::MIN)?.map(Timestamp);
    let now =
        Now { now: current.unwrap_or_else(|| around.clock.now()), zone: around.zone.clone(), separator };
    let settings = settings::settings(&matched, &now, around)?;
    let action = words::action(&words, &now)?;
    fits(&action, &settings)?;
    Ok(Invocation::Action(action, Box::new(settings)))
}

/// Refuses combinations that duplicity refuses.
fn fits(action: &Action, settings: &Settings) -> Result<(), UsageError> {
    if !matches!(action, Action::Restore { .. }) || settings.selection.is_empty() {
        return Ok(());
    }
    if settings.restoring.path.is_some() {
        return Err(UsageError::new(
            "--path-to-restore and selection options do not go together",
            "Give one path, or --include and --exclude patterns.",
        ));
    }
    let only_local = settings.selection.iter().find_map(|option| match option {
        SelectionOption::ExcludeIfPresent(_) => Some("--exclude-if-present"),
        SelectionOption::ExcludeOtherFilesystems => Some("--exclude-other-filesystems"),
        SelectionOption::FilesFrom(_) => Some("--files-from"),
        _ => None,
    });
    match only_local {
        Some(option) => Err(UsageError::new(
            format!("{option} cannot choose what to restore"),
            "Use --include and --exclude with paths as list-current-files shows them.",
        )),
        None => Ok(()),
    }
}

/// `--help-urls`, `--help-full` and the like.
fn help_page(arguments: &[OsString]) -> Option<Result<Invocation, UsageError>> {
    let page = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .find_map(|argument| argument.to_str()?.strip_prefix("--help-"))?;
    if page == "urls" {
        return Some(Ok(Invocation::Help(URLS.to_owned())));
    }
    Some(match actions::find(page) {
        Some(row) => Ok(Invocation::Help(page_for(Some(row)))),
        None => Err(UsageError::new(
            format!("there is no help page --help-{page}"),
            "`backtrail --help` lists the actions.",
        )),
    })
}

fn page_for(row: Option<&'static actions::ActionRow>) -> String {
    match row {
        Some(row) => {
            command::action(row).bin_name(format!("backtrail {}", row.name)).render_help().to_string()
        }
        None => tree().render_help().to_string(),
    }
}

const URLS: &str = "\
Destinations:
  file:///FOLDER    a folder on this computer or on a mounted drive
  /FOLDER           the same, after an action (`backtrail full SOURCE /FOLDER`)

A scheme with a back end before it means the same: gio+file:///FOLDER is a folder.
";
