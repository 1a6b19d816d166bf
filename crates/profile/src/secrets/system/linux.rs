//! The Secret Service, spoken to over the session bus, each call on a connection of its own. Secrets lie in the
//! default collection, found by the attributes that the `keyring` crate and `secret-tool` use too. Only what lies in
//! an unlocked collection is looked at, since looking at a locked one would open a window before the person.

use super::super::{Error, KeyringState, Result};
use super::{SERVICE, label};
use backtrail_base::Sensitive;
use secret_service::blocking::{Collection, SecretService};
use secret_service::{EncryptionType, Error as Refusal};
use std::collections::HashMap;
use zeroize::Zeroizing;

pub(super) fn state() -> Result<KeyringState> {
    let service = match connect() {
        Ok(service) => service,
        Err(Error::Absent { .. }) => return Ok(KeyringState::Absent),
        Err(error) => return Err(error),
    };
    match collection(&service)? {
        // Nobody has one yet: the person is asked for its password when it is made, as for one that is locked.
        None => Ok(KeyringState::Locked),
        Some(collection) if collection.is_locked().map_err(failed)? => Ok(KeyringState::Locked),
        Some(_) => Ok(KeyringState::Ready),
    }
}

pub(super) fn unlock() -> Result<()> {
    let service = connect()?;
    let Some(collection) = collection(&service)? else {
        return service.create_collection("Login", "default").map(drop).map_err(failed);
    };
    if !collection.is_locked().map_err(failed)? {
        return Ok(());
    }
    match collection.unlock() {
        // Some services answer a dismissed window as if it had been answered.
        Ok(()) if collection.is_locked().map_err(failed)? => Err(Error::Dismissed),
        Ok(()) => Ok(()),
        Err(Refusal::Prompt) => Err(Error::Dismissed),
        Err(error) => Err(failed(error)),
    }
}

pub(super) fn get(name: &str) -> Result<Option<Sensitive<String>>> {
    let service = connect()?;
    let Some(collection) = open(&service)? else { return Ok(None) };
    let items = collection.search_items(attributes(name)).map_err(failed)?;
    let Some(item) = items.first() else { return Ok(None) };
    let bytes = Zeroizing::new(item.get_secret().map_err(failed)?);
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(Sensitive::from(text))),
        Err(_) => Err(Error::Keyring { why: format!("what it holds as \"{name}\" is not text") }),
    }
}

pub(super) fn set(name: &str, secret: &Sensitive<String>) -> Result<()> {
    let service = connect()?;
    let Some(collection) = open(&service)? else { return Err(Error::Locked) };
    let bytes = secret.reveal().as_bytes();
    collection.create_item(&label(name), attributes(name), bytes, true, "text/plain").map_err(failed)?;
    Ok(())
}

pub(super) fn delete(name: &str) -> Result<()> {
    let service = connect()?;
    let Some(collection) = open(&service)? else { return Ok(()) };
    for item in collection.search_items(attributes(name)).map_err(failed)? {
        item.delete().map_err(failed)?;
    }
    Ok(())
}

fn attributes(name: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", name)])
}

fn connect() -> Result<SecretService<'static>> {
    // What passes over the bus is encrypted as well, so that a listener on it learns nothing.
    SecretService::connect(EncryptionType::Dh).map_err(|error| match error {
        Refusal::Crypto(_) => failed(error),
        error => Error::Absent { why: error.to_string() },
    })
}

/// The default collection; `None` when there is none yet.
fn collection<'a>(service: &'a SecretService<'_>) -> Result<Option<Collection<'a>>> {
    match service.get_default_collection() {
        Ok(collection) => Ok(Some(collection)),
        Err(Refusal::NoResult) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// The default collection, which must be open.
fn open<'a>(service: &'a SecretService<'_>) -> Result<Option<Collection<'a>>> {
    let Some(collection) = collection(service)? else { return Ok(None) };
    if collection.is_locked().map_err(failed)? {
        return Err(Error::Locked);
    }
    Ok(Some(collection))
}

fn failed(error: Refusal) -> Error {
    match error {
        Refusal::Locked => Error::Locked,
        Refusal::Prompt => Error::Dismissed,
        error => Error::Keyring { why: error.to_string() },
    }
}
