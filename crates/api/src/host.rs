//! What the commands need from the program that runs them.

use backtrail_profile::Folders;

/// The program around the commands: the desktop app, or a test.
pub trait Host: Send + Sync {
    /// The program's version, such as `0.1.0`.
    fn version(&self) -> &str;

    /// Where this person's Backtrail keeps what it needs.
    fn folders(&self) -> &Folders;
}
