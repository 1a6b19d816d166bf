//! A TOML file that a person can read and mend: it carries a version, is replaced as a whole, and is never written
//! over when it cannot be understood. A damaged one is moved aside, one of a newer version is left alone. Keys that
//! this version does not know stay in the file; comments do not.

pub(crate) mod durable;
mod merge;
mod version;

use crate::ProfileError;
use backtrail_base::{Clock, fs};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use version::Version;

const VERSION: &str = "version";

/// What a kind of file begins with, for the person who opens it.
pub(crate) trait Document: Serialize + DeserializeOwned {
    /// One line: what this file is.
    const TITLE: &'static str;
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    /// Keys in the file that this version does not know, such as `schedule.enabeld`.
    pub(crate) unknown: Vec<String>,
}

/// What is wrong with a text.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Damaged(String),
    Newer(String),
}

/// Reads the file; none if there is no such file. A damaged one is moved aside first, stamped with the time.
pub(crate) fn read<T: Document>(path: &Path, clock: &dyn Clock) -> Result<Option<Found<T>>, ProfileError> {
    let Some(bytes) = bytes(path)? else { return Ok(None) };
    match parse(&bytes) {
        Ok(found) => Ok(Some(found)),
        Err(Unreadable::Newer(version)) => Err(ProfileError::Newer { path: path.to_owned(), version }),
        Err(Unreadable::Damaged(why)) => {
            let kept = set_aside(path, clock)?;
            Err(ProfileError::Damaged { path: path.to_owned(), kept, why })
        }
    }
}

/// Replaces the file. What is there and cannot be understood is not lost: moved aside, or, where a newer version wrote
/// it, left and the call refused.
pub(crate) fn write<T: Document>(path: &Path, value: &T, clock: &dyn Clock) -> Result<(), ProfileError> {
    let unwritable = |why: String| ProfileError::Unwritable { path: path.to_owned(), why };
    let mut table = Table::new();
    let mut version = Version::OURS;
    let body = Table::try_from(value).map_err(|error| unwritable(error.to_string()))?;
    let mut strangers = None;
    if let Some(bytes) = bytes(path)? {
        match split::<T>(&bytes) {
            Ok((before, old, unknown)) => {
                version = version.max(before);
                strangers = Some((old, unknown));
            }
            Err(Unreadable::Newer(version)) => {
                return Err(ProfileError::Newer { path: path.to_owned(), version });
            }
            Err(Unreadable::Damaged(_)) => drop(set_aside(path, clock)?),
        }
    }
    table.insert(VERSION.to_owned(), Value::String(version.to_string()));
    table.extend(body);
    if let Some((old, unknown)) = strangers {
        merge::keep(&mut table, &old, &unknown);
    }
    let text = toml::to_string(&table).map_err(|error| unwritable(error.to_string()))?;
    durable::replace(path, format!("# {}\n\n{text}", T::TITLE).as_bytes())?;
    Ok(())
}

/// Understands the content of a file.
pub(crate) fn parse<T: Document>(bytes: &[u8]) -> Result<Found<T>, Unreadable> {
    let (version, table, _) = split::<T>(bytes)?;
    let mut unknown = Vec::new();
    let read = serde_ignored::deserialize(Value::Table(table), |path| unknown.push(path.to_string()));
    let value = read.map_err(|error: toml::de::Error| version.blame(error.message()))?;
    Ok(Found { value, unknown })
}

/// The version, the rest, and the paths of what `T` does not know in it.
fn split<T: Document>(bytes: &[u8]) -> Result<(Version, Table, Vec<merge::Path>), Unreadable> {
    let damaged = |why: String| Unreadable::Damaged(why);
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is no UTF-8 text".to_owned()))?;
    let mut table: Table = text.parse().map_err(|error: toml::de::Error| damaged(said(text, &error)))?;
    let version: Version = match table.remove(VERSION) {
        Some(Value::String(text)) => text.parse().map_err(damaged)?,
        Some(_) => return Err(damaged("its version is no text such as \"1.0\"".to_owned())),
        None => return Err(damaged("it names no version".to_owned())),
    };
    if version.is_too_new() {
        return Err(Unreadable::Newer(version.to_string()));
    }
    let mut unknown = Vec::new();
    let read: Result<T, toml::de::Error> =
        serde_ignored::deserialize(Value::Table(table.clone()), |path| unknown.push(merge::Path::of(&path)));
    read.map_err(|error| version.blame(error.message()))?;
    Ok((version, table, unknown))
}

/// A syntax error with its line.
fn said(text: &str, error: &toml::de::Error) -> String {
    let line =
        error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    match line {
        Some(line) => format!("line {line}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

fn bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Moves a file that cannot be understood to `<name>.damaged-<time>`, under a name that is free.
pub(crate) fn set_aside(path: &Path, clock: &dyn Clock) -> io::Result<PathBuf> {
    let kept = aside(path, clock)?;
    durable::rename(path, &kept)?;
    Ok(kept)
}

/// Keeps the content of a damaged file under such a name, and leaves the file.
pub(crate) fn set_aside_copy(path: &Path, content: &[u8], clock: &dyn Clock) -> io::Result<PathBuf> {
    let kept = aside(path, clock)?;
    durable::replace(&kept, content)?;
    Ok(kept)
}

/// What stands between a file's name and the time it was kept aside at.
pub(crate) const DAMAGED: &str = ".damaged-";

fn aside(path: &Path, clock: &dyn Clock) -> io::Result<PathBuf> {
    let stamp = jiff::Timestamp::from_second(clock.now().0)
        .map_or_else(|_| clock.now().0.to_string(), |now| now.strftime("%Y%m%dT%H%M%SZ").to_string());
    let name = path.file_name().unwrap_or_default();
    for number in 0..10_000 {
        let mut kept = name.to_owned();
        kept.push(DAMAGED);
        kept.push(&stamp);
        if number > 0 {
            kept.push(format!("-{number}"));
        }
        let kept = path.with_file_name(kept);
        if fs::symlink_metadata(&kept).is_err() {
            return Ok(kept);
        }
    }
    Err(io::Error::other(format!("no name is free beside {}", path.display())))
}
