//! Paths in files of text. A path that is Unicode is written as it is; any other as a table with its name in escapes,
//! `{ escaped = "/home/x/caf%E9" }`, so that no file name is too odd to be backed up.

#[cfg(unix)]
#[path = "path_unix.rs"]
mod escape;
#[cfg(windows)]
#[path = "path_windows.rs"]
mod escape;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::{Path, PathBuf};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    Odd { escaped: String },
}

fn written(path: &Path) -> Written {
    match path.to_str() {
        Some(text) => Written::Plain(text.to_owned()),
        None => Written::Odd { escaped: escape::escape(path.as_os_str()) },
    }
}

fn read(written: Written) -> Result<PathBuf, String> {
    match written {
        Written::Plain(text) => Ok(PathBuf::from(text)),
        Written::Odd { escaped } => escape::unescape(&escaped)
            .map(PathBuf::from)
            .ok_or_else(|| format!("\"{escaped}\" is no escaped path")),
    }
}

pub(crate) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    written(path).serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    read(Written::deserialize(from)?).map_err(D::Error::custom)
}

/// The same for several paths.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, PathBuf, Serializer, Written, read, written};
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(paths: &[PathBuf], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(paths.iter().map(|path| written(path)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
        let all = Vec::<Written>::deserialize(from)?;
        all.into_iter().map(read).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}
