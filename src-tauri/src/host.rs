//! The desktop app as the commands see it.

use backtrail_api::Host;
use backtrail_profile::Folders;

/// What the commands get from this program.
#[derive(Debug)]
pub(crate) struct Desktop {
    folders: Folders,
}

impl Desktop {
    /// The app for the person who runs it.
    ///
    /// # Errors
    /// When the system does not say where the person's home is.
    pub(crate) fn new() -> Result<Self, backtrail_profile::Error> {
        Ok(Self { folders: Folders::of_this_person()? })
    }
}

impl Host for Desktop {
    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    fn folders(&self) -> &Folders {
        &self.folders
    }
}
