//! GnuPG as a second source of keys, and as the way for what sequoia does not know: asked through the `gpg`
//! program's own interface. Passphrases go through a pipe, never through arguments, the environment or a file.
//! Where a passphrase is known, a secret key is fetched once a run and everything else happens here; else gpg's
//! agent is asked for each message's session key only, so that the data itself still streams here. Only messages
//! that sequoia cannot read at all go through gpg as a whole.

mod keys;
mod pipe;
mod run;
mod session;
mod status;

pub(crate) use pipe::{Outgoing, PipeReader};
pub(crate) use run::Secret;
pub(crate) use session::write_session_key;
pub(crate) use status::Statuses;

use std::path::PathBuf;

/// How GnuPG is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gnupg {
    /// The program, a name to be found on the path or a path.
    pub program: PathBuf,
    /// GnuPG's folder; by default `GNUPGHOME` or `~/.gnupg`.
    pub home: Option<PathBuf>,
    /// More options for every call, as `--gpg-options` gives them, one word each.
    pub options: Vec<String>,
    /// Leave passphrases that are not given to gpg's agent, which may ask the person.
    pub use_agent: bool,
}

impl Default for Gnupg {
    fn default() -> Self {
        Self { program: PathBuf::from("gpg"), home: None, options: Vec::new(), use_agent: false }
    }
}

impl Gnupg {
    /// Whether GnuPG has a folder at all. Asking gpg would make one, which a look for keys must not do.
    #[must_use]
    pub fn has_home(&self) -> bool {
        if self.options.iter().any(|option| option.starts_with("--homedir")) {
            return true;
        }
        let folder = match &self.home {
            Some(home) => Some(home.clone()),
            None => match std::env::var_os("GNUPGHOME") {
                Some(home) if !home.is_empty() => Some(PathBuf::from(home)),
                _ if cfg!(windows) => {
                    std::env::var_os("APPDATA").map(|data| PathBuf::from(data).join("gnupg"))
                }
                _ => std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".gnupg")),
            },
        };
        folder.is_some_and(|folder| folder.is_dir())
    }
}
