//! Every command of the app, declared once: plain functions over a [`Host`], with no Tauri in them, so that the window
//! calls them and tests drive them without one. The types they take and give are the front end's types too: with the
//! feature `typescript` they can be exported.

mod about;
pub mod call;
mod event;
mod failure;
mod host;
pub mod service;
pub mod view;

pub use about::{About, FolderPaths, StockDuplicity, about};
pub use call::{Call, Caller};
pub use event::{Event, Screen};
pub use host::Host;
pub use service::Service;
