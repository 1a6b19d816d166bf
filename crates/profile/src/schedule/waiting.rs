//! Why nothing runs.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// Why nothing runs. The text form (`drive-away`) is stable: histories and catalogues hold it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Waiting { $($(#[doc = $doc])* $name,)* }

        impl Waiting {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its stable text form.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// It runs only when the person says so, or its schedule is off.
    Manual = "manual",
    /// A run is going on.
    Running = "running",
    /// All schedules pause.
    Paused = "paused",
    /// Its time has not come.
    NotDue = "not-due",
    /// The person has to look at it first.
    Held = "held",
    /// The drive or folder is not there.
    DriveAway = "drive-away",
    /// The network is not up.
    Offline = "offline",
    /// Bytes cost money on this network.
    Metered = "metered",
    /// The keyring is locked, or there is none and the passphrase was not given yet.
    KeyringLocked = "keyring-locked",
    /// The computer runs on battery.
    OnBattery = "on-battery",
    /// The battery is too low.
    BatteryLow = "battery-low",
    /// It is the time when nothing may begin.
    QuietHours = "quiet-hours",
    /// The last try failed a short while ago.
    BackOff = "back-off",
    /// The person stopped the last run a short while ago.
    Stopped = "stopped",
}

impl Waiting {
    /// The reason with this text form.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text)
    }
}
