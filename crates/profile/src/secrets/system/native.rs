//! The Keychain on macOS and the Credential Manager on Windows, through the `keyring` crate. Windows opens its store
//! with the login and never locks it; macOS unlocks its keychain with the login, and shows its own window when a person
//! locked it since, so there the system asks and no state has to be guessed.

use super::super::{Error, KeyringState, Result};
use super::SERVICE;
use backtrail_base::Sensitive;
use keyring::{Entry, Error as Refusal};

pub(super) fn state() -> Result<KeyringState> {
    // A name that is never kept: only whether the store answers matters.
    match get("is it open") {
        Ok(_) => Ok(KeyringState::Ready),
        Err(Error::Locked) => Ok(KeyringState::Locked),
        Err(Error::Absent { .. }) => Ok(KeyringState::Absent),
        Err(error) => Err(error),
    }
}

pub(super) fn unlock() -> Result<()> {
    // Asking for something is what makes macOS show its window.
    match state()? {
        KeyringState::Ready => Ok(()),
        KeyringState::Locked => Err(Error::Dismissed),
        KeyringState::Absent => Err(Error::Absent { why: "the system has none".to_owned() }),
    }
}

pub(super) fn get(name: &str) -> Result<Option<Sensitive<String>>> {
    match entry(name)?.get_password() {
        Ok(secret) => Ok(Some(Sensitive::new(secret))),
        Err(Refusal::NoEntry) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

pub(super) fn set(name: &str, secret: &Sensitive<String>) -> Result<()> {
    entry(name)?.set_password(secret.reveal()).map_err(failed)
}

pub(super) fn delete(name: &str) -> Result<()> {
    match entry(name)?.delete_credential() {
        Ok(()) | Err(Refusal::NoEntry) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn entry(name: &str) -> Result<Entry> {
    Entry::new(SERVICE, name).map_err(failed)
}

fn failed(error: Refusal) -> Error {
    match error {
        Refusal::NoStorageAccess(_) => Error::Locked,
        Refusal::NoDefaultStore => Error::Absent { why: "the system has none".to_owned() },
        error => Error::Keyring { why: error.to_string() },
    }
}
