//! Destinations: an address becomes an object store, and the store's asynchronous calls become the few blocking
//! ones that a backup needs (list, read, write-then-commit, delete). What is written is invisible under its name
//! until it is committed, and durable once it is. This floor knows nothing of backups.

mod address;
mod destination;
pub mod drives;
mod error;
mod probe;
mod upload;

pub use address::{Address, Scheme};
pub use destination::{Destination, Object, ObjectReader};
pub use drives::{Drive, free_space};
pub use error::StoreError;
pub use probe::{Check, Finding, SKEW, Tick, probe};
pub use upload::{Commit, Upload};
