//! What is kept, and what may go: safe from the first day. A chain goes only when enough newer full backups are
//! finished and every moment that was promised can still be gone back to; nothing that a kept increment builds on goes.

use serde::{Deserialize, Serialize};

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Days after which a new full backup is made; 0 for never.
    pub full_every_days: u32,
    /// Months that one can go back at least; 0 for all time.
    pub keep_months: u32,
    /// Finished full backups that are kept whatever their age; never fewer than 2.
    pub keep_fulls_at_least: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { full_every_days: 90, keep_months: 6, keep_fulls_at_least: 2 }
    }
}
