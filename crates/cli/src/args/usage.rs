//! What is wrong with a command line: one sentence, then what to do. The argument parser's own errors are turned into
//! the same form.

use super::options;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A command line that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do, one sentence.
    pub next_step: String,
    /// The exit number; 2 unless duplicity has a number of its own for the case.
    pub exit: u8,
}

impl UsageError {
    /// Wrong usage: exit 2.
    pub(crate) fn new(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { message: message.into(), next_step: next_step.into(), exit: 2 }
    }

    /// With an exit number of its own.
    pub(crate) fn with_exit(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    /// A value that option `--name` cannot take.
    pub(crate) fn value(name: &str, value: &str, wanted: &str) -> Self {
        Self::new(format!("--{name} cannot be {value:?}"), format!("Give {wanted}."))
    }

    /// From the parser of the duplicity command line.
    pub(crate) fn from_flat(error: &clap::Error) -> Self {
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.as_str()),
            Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
            _ => None,
        };
        let option = text(ContextKind::InvalidArg).map(bare_option).unwrap_or_default();
        match error.kind() {
            ErrorKind::UnknownArgument => {
                let begun = option.trim_start_matches('-');
                let mut matching: Vec<_> = options::all()
                    .flat_map(options::OptionRow::spellings)
                    .filter(|name| option.starts_with("--") && !begun.is_empty() && name.starts_with(begun))
                    .collect();
                matching.sort_unstable();
                if matching.len() > 1 {
                    let names: Vec<_> = matching.iter().map(|name| format!("--{name}")).collect();
                    return Self::new(
                        format!("{option} could be {}", listed(&names)),
                        "Write the one that is meant.",
                    );
                }
                let next = match text(ContextKind::SuggestedArg) {
                    Some(near) => {
                        format!("Is {} meant? `backtrail --help` lists them all.", bare_option(near))
                    }
                    None => "`backtrail --help` lists them all.".to_owned(),
                };
                Self::new(format!("there is no option {option}"), next)
            }
            ErrorKind::InvalidValue | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
                let row = options::find(option.trim_start_matches('-'));
                let wanted = row.map_or(String::new(), |row| format!(": {option} {}", row.values.join(" ")));
                let number = if row.is_some_and(|row| row.values.len() > 1) { "values" } else { "a value" };
                Self::new(
                    format!("{option} needs {number}"),
                    format!("Write it as in `backtrail --help`{wanted}."),
                )
            }
            ErrorKind::TooManyValues => {
                Self::new(format!("{option} takes no value"), format!("Write {option} alone."))
            }
            _ => Self::from_rendered(error),
        }
    }

    /// From another parser error: its first line.
    pub(crate) fn from_rendered(error: &clap::Error) -> Self {
        let rendered = error.render().to_string();
        let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or("the command line cannot be understood");
        let mut message = first.trim_start_matches("error: ").trim_end_matches('.').to_owned();
        // A list of what is missing follows on its own lines.
        if message.ends_with(':') {
            let rest: Vec<_> = lines.take_while(|line| !line.starts_with("Usage:")).collect();
            message = format!("{message} {}", rest.join(", "));
        }
        Self::new(message, "`backtrail --help` shows how commands are written.")
    }
}

/// `--name <VALUE>` without its value.
fn bare_option(shown: &str) -> &str {
    shown.split([' ', '=']).next().unwrap_or(shown)
}

/// `a, b or c`.
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
