//! The clap commands made from the tables: a flat one that parses, because duplicity lets options and positionals
//! stand in any order, and a tree with one command an action for help, completions and the man page.

use super::actions::{ACTIONS, ActionRow};
use super::options::{self, Family, OptionRow, Standing};
use super::own;
use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, Command};

/// The name under which the flat command keeps its positionals.
pub(super) const WORDS: &str = " words";

/// The command that parses duplicity's grammar.
pub(super) fn flat() -> Command {
    let words =
        Arg::new(WORDS).action(ArgAction::Append).num_args(0..).value_parser(OsStringValueParser::new());
    Command::new("backtrail")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .infer_long_args(true)
        .args(options::all().map(argument))
        .arg(words)
}

fn argument(row: &'static OptionRow) -> Arg {
    let hidden = matches!(row.standing, Standing::Hidden | Standing::Refused(_));
    let mut help = row.help.to_owned();
    if let Standing::NoEffect(_) = row.standing
        && row.family != Family::Destinations
    {
        help.push_str(" (accepted, has no effect)");
    }
    let mut arg = Arg::new(row.name)
        .long(row.name)
        .aliases(row.aliases)
        // Every occurrence is kept, with its position: selections depend on the order, and of two opposite flags the
        // last one counts.
        .action(ArgAction::Append)
        .value_parser(OsStringValueParser::new())
        .num_args(row.values.len())
        .value_names(row.values)
        .allow_hyphen_values(row.dashes)
        .help_heading(row.family.heading())
        .help(help)
        .hide(hidden);
    if row.values.is_empty() {
        arg = arg.default_missing_value("");
    }
    if let Some(short) = row.short {
        arg = arg.short(short);
    }
    arg
}

/// One action as a command of its own, with the options of its families.
pub(super) fn action(row: &'static ActionRow) -> Command {
    let mut command = Command::new(row.name)
        .term_width(100)
        .visible_aliases(row.aliases)
        .about(row.about)
        .disable_help_flag(true)
        .disable_version_flag(true);
    for (number, place) in row.places.iter().enumerate() {
        let id = format!(" {number}");
        let hint = match place {
            super::actions::Place::Source | super::actions::Place::Target | super::actions::Place::Folder => {
                clap::ValueHint::DirPath
            }
            super::actions::Place::Url => clap::ValueHint::AnyPath,
            _ => clap::ValueHint::Other,
        };
        command = command.arg(Arg::new(id).value_name(place.shown()).required(true).value_hint(hint));
    }
    let shown =
        |option: &&OptionRow| option.family == Family::General || row.families.contains(&option.family);
    command.args(options::all().filter(shown).map(argument).map(hinted))
}

/// The whole command, for help, completions and the man page.
pub(crate) fn tree() -> Command {
    let actions = ACTIONS.iter().filter(|row| !row.places.is_empty() && row.name != "replicate").map(action);
    Command::new("backtrail")
        .version(crate::VERSION)
        .about("Encrypted incremental backups in duplicity's format, with duplicity's command line")
        .override_usage(
            "backtrail [ACTION] [OPTIONS] SOURCE URL\n       backtrail [ACTION] [OPTIONS] URL TARGET\n       \
             backtrail key|profile|doctor|completions|man …",
        )
        .after_help(AFTER_HELP)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .term_width(100)
        .args(options::all().filter(|row| row.family == Family::General).map(argument).map(hinted))
        .subcommands(actions)
        .subcommands(own::commands())
}

/// The whole command with every option, for the manual page.
pub(crate) fn manual() -> Command {
    let general = options::all().filter(|row| row.family == Family::General);
    let others = options::all().filter(|row| row.family != Family::General);
    Command::new("backtrail")
        .about("encrypted incremental backups in duplicity's format")
        .long_about(
            "Backtrail backs up folders, encrypted with OpenPGP before they leave the computer, sending only what \
             changed inside each file, and brings back any file from any moment. It writes and reads the format of \
             duplicity, and understands its command line: options may stand anywhere, long ones may be cut short \
             while they stay unambiguous, and without an action SOURCE and URL make a backup, URL and TARGET restore.",
        )
        .override_usage("backtrail [ACTION] [OPTIONS] SOURCE URL | URL TARGET")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(general.chain(others).map(argument))
}

/// Every action as a line for the manual: its words and places, and what it does.
pub(crate) fn action_lines() -> impl Iterator<Item = (String, String)> {
    let actions = ACTIONS.iter().filter(|row| row.name != "replicate").map(|row| {
        let places: Vec<_> = row.places.iter().map(|place| place.shown()).collect();
        let mut about = row.about.to_owned();
        if !row.aliases.is_empty() {
            about.push_str(&format!(" (also {})", row.aliases.join(", ")));
        }
        (format!("{} {}", row.name, places.join(" ")), about)
    });
    let own = own::commands().into_iter().flat_map(|command| {
        let name = command.get_name().to_owned();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let below: Vec<_> = command
            .get_subcommands()
            .map(|below| {
                let about = below.get_about().map(ToString::to_string).unwrap_or_default();
                (format!("{name} {}", below.get_name()), about)
            })
            .collect();
        if below.is_empty() { vec![(name, about)] } else { below }
    });
    actions.chain(own)
}

const AFTER_HELP: &str = "Without an action, SOURCE and URL make a backup (an increment when there is one to build \
on), and URL and TARGET restore.\nURL is file:///FOLDER or, after an action, a folder.\n`backtrail ACTION --help` \
shows the options of an action; `backtrail man` prints the manual.\nPASSPHRASE and SIGN_PASSPHRASE are read from the \
environment; otherwise they are asked for.";

/// Completion knows which values are files and folders.
fn hinted(arg: Arg) -> Arg {
    let hint = match arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str()) {
        Some("FILE" | "PROGRAM") => clap::ValueHint::FilePath,
        Some("FOLDER") => clap::ValueHint::DirPath,
        _ => return arg,
    };
    arg.value_hint(hint)
}
