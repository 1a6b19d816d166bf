//! The `backtrail` command: duplicity's command line on Backtrail's engine, and a few commands of its own. This crate
//! understands arguments, asks for passphrases and prints; what a backup is, the floors below know. The library exists
//! so that tests can call what `main` calls.

pub mod args;
mod surroundings;

pub use surroundings::Surroundings;

/// The version of the command.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
