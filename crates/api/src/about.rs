//! What this program is: the words of the *About* screen that only the program knows.

use crate::Host;
use serde::Serialize;
use std::path::Path;

/// What this program is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The version, such as `0.1.0`.
    pub version: String,
    /// The licence, as its SPDX identifier.
    pub licence: String,
    /// The stock duplicity versions that restore what this version writes.
    pub stock_duplicity: StockDuplicity,
    /// Where things are kept on this computer.
    pub folders: FolderPaths,
}

/// The releases of stock duplicity that the interop tests hold this version to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct StockDuplicity {
    /// The oldest release tested.
    pub oldest: String,
    /// The newest release tested.
    pub newest: String,
}

/// Folders, as text for reading. A name that is not Unicode is shown with a mark in its place: these are for eyes, and
/// no command takes them back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct FolderPaths {
    /// Keys and history.
    pub data: String,
    /// Settings.
    pub config: String,
    /// What a destination can give back.
    pub cache: String,
    /// What the app did.
    pub logs: String,
}

/// What this program is.
#[must_use]
pub fn about(host: &dyn Host) -> About {
    let text = |path: &Path| path.display().to_string();
    let folders = host.folders();
    About {
        version: host.version().to_owned(),
        licence: env!("CARGO_PKG_LICENSE").to_owned(),
        stock_duplicity: StockDuplicity { oldest: "0.8.22".to_owned(), newest: "3.2.1".to_owned() },
        folders: FolderPaths {
            data: text(folders.data()),
            config: text(folders.config()),
            cache: text(folders.cache()),
            logs: text(folders.logs()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_profile::Folders;

    struct Shelf(Folders);

    impl Host for Shelf {
        fn version(&self) -> &str {
            "1.2.3"
        }

        fn folders(&self) -> &Folders {
            &self.0
        }
    }

    #[test]
    fn it_tells_what_the_host_knows() {
        let about = about(&Shelf(Folders::below(Path::new("/shelf"))));
        assert_eq!(about.version, "1.2.3", "the program's version, not this crate's");
        assert_eq!(about.folders.logs, Path::new("/shelf").join("logs").display().to_string());
        assert_eq!(about.licence, "GPL-3.0-or-later", "the workspace's licence reaches the screen");
    }

    #[test]
    fn the_front_end_reads_it_in_its_own_spelling() {
        let about = about(&Shelf(Folders::below(Path::new("/shelf"))));
        let json = serde_json::to_value(about).expect("plain texts");
        assert_eq!(json["stockDuplicity"]["newest"], "3.2.1", "camelCase, as the exported types say");
    }
}
