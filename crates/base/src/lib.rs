//! What every floor of Backtrail shares: secrets that do not print, stable error codes, the clock, randomness,
//! and file-system calls whose errors name the path. It knows nothing of backups.

mod code;
mod random;
mod sensitive;
mod time;

pub use code::{Code, Coded};
/// File-system calls whose errors name the path: the only ones the workspace uses (`clippy.toml`).
pub use fs_err as fs;
pub use random::random_bytes;
pub use sensitive::Sensitive;
pub use time::{Clock, FixedClock, SystemClock, Timestamp};
