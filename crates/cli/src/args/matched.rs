//! What the flat parser found, read by option name: the last value of an option, all of its values, and which of two
//! opposite flags stands last.

use super::usage::UsageError;
use clap::ArgMatches;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::str::FromStr;

/// The options that were given.
#[derive(Debug)]
pub(super) struct Matched(pub(super) ArgMatches);

impl Matched {
    /// Every value of an option, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &OsStr> {
        self.0.get_raw(name).into_iter().flatten()
    }

    /// Every value with its position on the command line.
    pub(super) fn placed(&self, name: &'static str) -> impl Iterator<Item = (usize, &'static str, &OsStr)> {
        let places = self.0.indices_of(name).into_iter().flatten();
        places.zip(self.all(name)).map(move |(place, value)| (place, name, value))
    }

    /// Whether an option was given at all.
    pub(super) fn given(&self, name: &str) -> bool {
        self.0.contains_id(name)
    }

    /// The last value of an option.
    pub(super) fn last(&self, name: &str) -> Option<&OsStr> {
        self.all(name).last()
    }

    /// Of two opposite flags, whether `yes` stands last; `default` when neither is given.
    pub(super) fn switch(&self, yes: &str, no: &str, default: bool) -> bool {
        let place = |name| self.0.indices_of(name).into_iter().flatten().max();
        match (place(yes), place(no)) {
            (None, None) => default,
            (yes, no) => yes > no,
        }
    }

    /// The last value as text.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, UsageError> {
        self.last(name).map(|value| text(name, value)).transpose()
    }

    /// Every value as text.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, UsageError> {
        self.all(name).map(|value| text(name, value)).collect()
    }

    /// The last value as a number from `least` on.
    pub(super) fn number<N>(&self, name: &str, least: N) -> Result<Option<N>, UsageError>
    where
        N: FromStr + PartialOrd + Display + Copy,
    {
        let Some(value) = self.text(name)? else { return Ok(None) };
        match value.trim().parse::<N>() {
            Ok(number) if number >= least => Ok(Some(number)),
            _ => Err(UsageError::value(name, &value, &format!("a whole number from {least} on"))),
        }
    }
}

fn text(name: &str, value: &OsStr) -> Result<String, UsageError> {
    value
        .to_str()
        .map(str::to_owned)
        .ok_or_else(|| UsageError::value(name, &value.to_string_lossy(), "text in UTF-8"))
}

/// A word of the command line as text, when it must be text.
pub(super) fn word(name: &str, value: &OsString) -> Result<String, UsageError> {
    value.to_str().map(str::to_owned).ok_or_else(|| {
        UsageError::new(format!("{name} {:?} is not text", value.to_string_lossy()), "Give it in UTF-8.")
    })
}
