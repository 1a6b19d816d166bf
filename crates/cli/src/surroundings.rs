//! What the command takes from around it: the environment, the clock, the zone, the terminal. Read in one place and
//! passed in, so that everything else can be tested with other surroundings. Secrets leave it only as
//! [`Sensitive`].

use crate::CliError;
use backtrail_base::{Clock, Sensitive, SystemClock};
use backtrail_profile::Folders;
use backtrail_profile::secrets::{Keyring, KeyringState, MemoryKeyring, SystemKeyring};
use jiff::tz::TimeZone;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Variables = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// The surroundings of a run.
#[derive(Clone)]
pub struct Surroundings {
    variables: Arc<Variables>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The local zone.
    pub zone: TimeZone,
    /// Whether somebody can be asked for a passphrase.
    pub can_ask: bool,
    /// Whether errors and progress go to a terminal.
    pub terminal: bool,
    /// Where the passphrases of profiles are kept.
    pub keyring: Arc<dyn Keyring>,
    /// Where the app keeps its things; none for where the system says.
    folders: Option<Folders>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("can_ask", &self.can_ask).finish_non_exhaustive()
    }
}

impl Surroundings {
    /// The real ones.
    #[must_use]
    pub fn real() -> Self {
        Self {
            variables: Arc::new(|name| std::env::var_os(name)),
            clock: Arc::new(SystemClock),
            zone: TimeZone::system(),
            // The prompt goes to the controlling terminal; with neither of these a terminal there is nobody there.
            can_ask: std::io::stdin().is_terminal() || std::io::stderr().is_terminal(),
            terminal: std::io::stderr().is_terminal(),
            keyring: Arc::new(SystemKeyring::new()),
            folders: None,
        }
    }

    /// Made up ones: no terminal, these variables, this clock, UTC.
    #[must_use]
    pub fn made_up(variables: &[(&str, &str)], clock: Arc<dyn Clock>) -> Self {
        let variables: Vec<(String, OsString)> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
        let home = variables.iter().find(|(name, _)| name == "HOME").map(|(_, home)| PathBuf::from(home));
        Self {
            variables: Arc::new(move |name| {
                variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            }),
            clock,
            zone: TimeZone::UTC,
            can_ask: false,
            terminal: false,
            keyring: Arc::new(MemoryKeyring::new(KeyringState::Absent)),
            folders: home.map(|home| Folders::below(&home.join(".backtrail"))),
        }
    }

    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    /// A secret from the environment; set and empty is an empty secret. Bytes that are not UTF-8 count as not set,
    /// since no prompt could give them either.
    pub(crate) fn secret(&self, name: &str) -> Option<Sensitive<String>> {
        (self.variables)(name).and_then(|value| value.into_string().ok()).map(Sensitive::new)
    }

    /// The home folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.variable("HOME")
            .map(PathBuf::from)
            .or_else(|| directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()))
            .unwrap_or_else(|| PathBuf::from("/"))
    }

    /// `$XDG_CACHE_HOME`, or `~/.cache`, as duplicity finds its archive folders.
    pub(crate) fn cache_folder(&self) -> PathBuf {
        self.variable("XDG_CACHE_HOME").map_or_else(|| self.home().join(".cache"), PathBuf::from)
    }

    /// Where the app keeps its things.
    ///
    /// # Errors
    /// When the system does not say where this person's home is.
    pub(crate) fn folders(&self) -> Result<Folders, CliError> {
        match &self.folders {
            Some(folders) => Ok(folders.clone()),
            None => Folders::of_this_person().map_err(|error| CliError::of(&error)),
        }
    }

    /// Where the app keeps its own data.
    pub(crate) fn data_folder(&self) -> PathBuf {
        if cfg!(any(windows, target_os = "macos"))
            && let Some(dirs) = directories::BaseDirs::new()
        {
            return dirs.data_local_dir().join("backtrail");
        }
        let root = self.variable("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        root.unwrap_or_else(|| self.home().join(".local/share")).join("backtrail")
    }

    /// `$TMPDIR`, `$TEMP`, `$TMP`, or the system's own.
    pub(crate) fn temp_folder(&self) -> PathBuf {
        ["TMPDIR", "TEMP", "TMP"]
            .iter()
            .find_map(|name| self.variable(name))
            .map_or_else(|| PathBuf::from(if cfg!(unix) { "/tmp" } else { "." }), PathBuf::from)
    }

    /// A path with `~` and `$NAME` expanded, as duplicity does for its folder options: the shell does not expand them
    /// behind `--option=`.
    pub(crate) fn expand(&self, path: &OsStr) -> PathBuf {
        let Some(text) = path.to_str() else { return PathBuf::from(path) };
        let home = match text.strip_prefix('~') {
            Some("") => return self.home(),
            Some(rest) => rest.strip_prefix('/').map(|rest| self.home().join(self.with_variables(rest))),
            None => None,
        };
        home.unwrap_or_else(|| Path::new(&self.with_variables(text)).to_owned())
    }

    fn with_variables(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (name, length) = match after.strip_prefix('{') {
                Some(braced) => match braced.find('}') {
                    Some(end) => (&braced[..end], end + 2),
                    None => ("", 0),
                },
                None => {
                    let end =
                        after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                    (&after[..end], end)
                }
            };
            // An unknown variable stays as it stands, as in duplicity.
            match self.variable(name).and_then(|value| value.into_string().ok()) {
                Some(value) => out.push_str(&value),
                None => out.push_str(&rest[at..at + 1 + length]),
            }
            rest = &after[length..];
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_expanded_as_duplicity_expands_them() {
        let around = Surroundings::made_up(&[("HOME", "/home/tim"), ("DISK", "usb")], Arc::new(SystemClock));
        for (given, expected) in [
            ("~/x", "/home/tim/x"),
            ("~", "/home/tim"),
            ("~other/x", "~other/x"),
            ("/mnt/$DISK/a", "/mnt/usb/a"),
            ("/mnt/${DISK}a", "/mnt/usba"),
            ("/mnt/$NONE/a", "/mnt/$NONE/a"),
            ("/mnt/${", "/mnt/${"),
            ("/a$", "/a$"),
        ] {
            assert_eq!(around.expand(OsStr::new(given)), PathBuf::from(expected), "{given}");
        }
    }

    #[test]
    fn the_places_follow_the_environment() {
        let clock = Arc::new(SystemClock);
        let around = Surroundings::made_up(&[("HOME", "/home/tim")], clock.clone());
        assert_eq!(around.cache_folder(), PathBuf::from("/home/tim/.cache"), "duplicity's default");
        assert_eq!(around.temp_folder(), PathBuf::from("/tmp"));
        let around = Surroundings::made_up(&[("XDG_CACHE_HOME", "/c"), ("TMP", "/t"), ("TEMP", "/u")], clock);
        assert_eq!(around.cache_folder(), PathBuf::from("/c"));
        assert_eq!(around.temp_folder(), PathBuf::from("/u"), "TEMP goes before TMP");
    }
}
