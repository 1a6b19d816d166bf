//! The engine: backup, restore, verify, list, status and removal, each a plan and then its application, over one
//! destination and one archive folder. It reports through one stream of events and prints nothing; it knows no
//! profile, no schedule and no screen.

mod archive;
pub mod backup;
mod cancel;
mod context;
mod doubt;
mod error;
mod event;
mod extra;
mod index;
mod known;
pub mod list;
mod output;
mod owners;
mod progress;
pub mod proof;
pub mod prune;
pub mod restore;
mod scan;
pub mod select;
mod spool;
mod state;
pub mod status;
pub mod verify;
mod walk;

pub use cancel::Cancel;
pub use context::{Context, LazyOpener};
pub use error::EngineError;
pub use event::{Change, Event, Observer, Phase, Silent, Warning};
