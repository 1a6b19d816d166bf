//! A failure as a person reads it.

use serde::{Deserialize, Serialize};

/// What went wrong: one plain sentence, a next step, a stable code, and the technical text behind *Details*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The stable code, such as `no-space`; the catalogue may have a translated sentence under it.
    pub code: String,
    /// What happened, in one plain sentence that names the object.
    pub message: String,
    /// What to do about it, in one sentence, where there is something to do.
    pub advice: Option<String>,
    /// The step that a button offers.
    pub step: Option<NextStep>,
    /// The technical text, without secrets.
    pub details: Option<String>,
}

/// A step that a button can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum NextStep {
    /// Try the same again.
    TryAgain,
    /// Unlock the keyring.
    UnlockKeyring,
    /// Type the passphrase.
    GivePassphrase,
    /// Plug the drive in; then it goes on by itself.
    PlugDrive,
    /// Choose another place.
    ChoosePlace,
    /// Look at the profile's settings.
    OpenSettings,
    /// Start the background of the app.
    StartBackground,
}
