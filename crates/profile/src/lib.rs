//! What a person set up, and where Backtrail keeps it on each system. It knows no screen: the desktop app and the
//! command both stand on it. Today it holds the folders; what lies in them is written and read by those who own it.

mod folders;
pub mod kit;
pub mod secrets;
pub mod words;

pub use folders::{Error, Folders};
