//! Where a backup goes: an address, and for a drive what it is known by wherever it is plugged in.

use crate::written::path;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The destination as the profile knows it. Holds no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The address in duplicity's form, such as `file:///media/ann/Backup/Backtrail/laptop-home`.
    pub address: String,
    /// What the person knows it by: the drive's name, the server's.
    pub label: String,
    /// The drive that a folder of this computer is on, if that can be taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive: Option<DriveRef>,
}

/// A drive, by what stays the same wherever it is plugged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriveRef {
    /// The file system's UUID or serial number, as the system writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The file system's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The backup's folder below the drive's own root; relative.
    #[serde(with = "path")]
    pub path_on_drive: PathBuf,
}

impl Place {
    /// Whether it is a folder of this computer or of a drive, so that no network is needed.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.drive.is_some() || self.address.starts_with("file:") || self.address.starts_with('/')
    }
}
