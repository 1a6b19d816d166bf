//! The desktop app as the commands see it.

use crate::{messages, start};
use backtrail_api::Host;
use backtrail_api::view::{Failure, NextStep};
use backtrail_base::Code;
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

    /// Starts the background; the link finds it by itself.
    ///
    /// # Errors
    /// When this program cannot be started again.
    pub(crate) fn start_background(&self) -> Result<(), Failure> {
        start::background().map_err(|error| Failure {
            code: Code::BackgroundGone.as_str().to_owned(),
            message: messages::BACKGROUND_NOT_STARTED.to_owned(),
            advice: None,
            step: Some(NextStep::StartBackground),
            details: Some(error.to_string()),
        })
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
