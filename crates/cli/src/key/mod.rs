//! The `key` commands: making, listing, importing, exporting and trying keys. Keys are kept by the floor below; here
//! passphrases are asked for and results printed.

mod export;
mod import;
mod list;
mod new;
mod test;

use crate::args::{KeyCommand, ProtectionSettings};
use crate::error::CliError;
use crate::passphrase::Ask;
use crate::render::Output;
use crate::surroundings::Surroundings;
use backtrail_pgp::{Gnupg, KeyStore};
use serde::Serialize;

/// What every `key` command works with.
pub(crate) struct Keys<'a> {
    pub(crate) around: &'a Surroundings,
    pub(crate) output: &'a Output,
    pub(crate) ask: &'a dyn Ask,
    pub(crate) store: KeyStore,
}

/// Carries out a `key` command.
pub(crate) fn run(
    command: &KeyCommand,
    around: &Surroundings,
    output: &Output,
    ask: &dyn Ask,
) -> Result<u8, CliError> {
    let keys = Keys { around, output, ask, store: store(around, None)? };
    match command {
        KeyCommand::New(arguments) => keys.make(arguments),
        KeyCommand::List(_) => keys.list(),
        KeyCommand::Import { files, .. } => keys.import(files),
        KeyCommand::Export { secret, key, output } => keys.export(key, *secret, output.as_deref()),
        KeyCommand::Test { key, .. } => keys.test(key),
    }
}

/// Where keys are looked for: the app's own folder first, then GnuPG as the options name it.
pub(crate) fn store(
    around: &Surroundings,
    settings: Option<&ProtectionSettings>,
) -> Result<KeyStore, CliError> {
    let mut gnupg = Gnupg { home: around.variable("GNUPGHOME").map(Into::into), ..Gnupg::default() };
    if let Some(settings) = settings {
        if let Some(program) = &settings.gpg_program {
            gnupg.program.clone_from(program);
        }
        if let Some(home) = &settings.gpg_home {
            gnupg.home = Some(home.clone());
        }
        gnupg.use_agent = settings.use_agent;
    }
    let store = KeyStore::new(Some(around.data_folder().join("keys")), Some(gnupg));
    Ok(match settings.and_then(|settings| settings.keyring.as_deref()) {
        Some(file) => store.with_keyring(file)?,
        None => store,
    })
}

/// What a command that names one key prints as JSON.
#[derive(Debug, Serialize)]
struct Named<'a> {
    action: &'static str,
    fingerprint: &'a str,
}

/// A fingerprint in groups of four, for eyes.
pub(crate) fn grouped(fingerprint: &str) -> String {
    let digits: Vec<char> = fingerprint.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
