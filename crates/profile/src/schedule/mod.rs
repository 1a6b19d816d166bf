//! When a backup runs, as pure functions of the profile, what happened, the clock and the conditions: nothing here reads
//! a clock, waits or remembers. [`decide`] says *run* or *wait*, and in the second case why and until when, so that the
//! caller can sleep and the person can read it.

mod conditions;
mod decide;
mod due;
mod every;
mod quiet;
mod waiting;

pub use conditions::{Conditions, Decision, Past, Why};
pub use decide::{decide, decide_proof, skipped};
pub use due::{Overdue, overdue};
pub use every::{Day, Every};
pub use waiting::Waiting;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// When a profile runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// Whether it runs by itself.
    pub enabled: bool,
    /// How often.
    pub every: Every,
    /// Whether it never runs on battery.
    pub only_on_power: bool,
    /// On battery it runs only with at least this many percent left; none for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_battery: Option<u8>,
    /// Whether it may run on networks where bytes cost money. Folders and drives of this computer need no network.
    pub metered: bool,
    /// From and to, in the time of the place where the computer is; over midnight when the second is earlier. No run
    /// begins in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<(Time, Time)>,
    /// Whether a run whose time passed while the computer slept or was off is made up for.
    pub catch_up: bool,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            enabled: true,
            every: Every::default(),
            only_on_power: false,
            min_battery: Some(20),
            metered: false,
            quiet_hours: None,
            catch_up: true,
        }
    }
}

#[cfg(test)]
mod tests;
