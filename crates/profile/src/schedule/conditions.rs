//! What a decision is made from, and what it says.

use super::Waiting;
use crate::settings::Pause;
use backtrail_base::Timestamp;

/// What happened to a profile so far, as its history tells it; see [`crate::history::Records::past`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Past {
    /// When the last backup that succeeded (also with warnings) ended.
    pub last_success: Option<Timestamp>,
    /// When the last try at a backup ended, however it ended.
    pub last_attempt: Option<Timestamp>,
    /// Tries that failed since the last success, without those that the person stopped.
    pub failures: u32,
    /// Whether the last try was stopped by the person.
    pub stopped: bool,
    /// When a run was last recorded as skipped.
    pub last_skip: Option<Timestamp>,
    /// When a restored file was last compared and found right.
    pub last_proof: Option<Timestamp>,
    /// When the last try at such a proof ended.
    pub last_proof_attempt: Option<Timestamp>,
}

/// How things are now. What the system does not tell is none, and then stands in nobody's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Whether the computer runs on battery.
    pub on_battery: Option<bool>,
    /// How full the battery is.
    pub battery_percent: Option<u8>,
    /// Whether bytes cost money on the network.
    pub metered: Option<bool>,
    /// Whether the network is really up.
    pub online: Option<bool>,
    /// Whether the folder or drive that the backup goes to is there; true for one over the network.
    pub destination_here: bool,
    /// When the drive, or the network that leads to the destination, last came back, if that was seen.
    pub came_back: Option<Timestamp>,
    /// Whether passphrases can be had without asking.
    pub secrets_ready: bool,
    /// The pause of all schedules; one that is over does not matter.
    pub paused: Option<Pause>,
    /// Whether a run of this profile, or anything else that excludes it, is going on.
    pub running: bool,
    /// Whether the profile is held until the person has looked at it, for example after a mass change.
    pub held: bool,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Run now.
    Run(Why),
    /// Do not.
    Wait {
        /// When time alone may change this: look again then, at the latest. None when only an event can, of which the
        /// caller hears (a drive, power, the network, the keyring, a setting).
        until: Option<Timestamp>,
        /// Why; the first reason that holds, in the order a person can do something about it.
        why: Waiting,
    },
}

/// Why a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// There is no backup yet.
    First,
    /// Its time has come.
    Due,
    /// Its time passed while it could not run.
    CatchUp,
    /// The last try failed.
    Retry,
}
