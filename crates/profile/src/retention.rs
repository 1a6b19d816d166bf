//! What is kept, and what may go: safe from the first day. A chain goes only when enough newer full backups are
//! finished and every moment that was promised can still be gone back to; nothing that a kept increment builds on goes.

use backtrail_base::Timestamp;
use backtrail_engine::backup::Mode;
use backtrail_engine::prune::Policy;
use backtrail_engine::status::{ChainStatus, Status};
use jiff::{ToSpan as _, Zoned};
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

/// Finished full backups that stay whatever a person chose: while the newest is damaged, there is another.
const FEWEST_FULLS: u32 = 2;

const DAY: i64 = 24 * 60 * 60;

impl Retention {
    /// Whether the next backup is a full one: when there is nothing to continue, and when the last full one is older
    /// than was chosen.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let days = i64::from(self.full_every_days);
        Mode::Auto { full_if_older_than: (days > 0).then_some(days * DAY), full_if_increments: None }
    }

    /// What is removed before the next backup, in this order: what belongs to nothing, then the chains that are not
    /// needed any more. The engine's own rule holds besides: the chain that the next increment continues stays.
    #[must_use]
    pub fn steps(&self, status: &Status, now: &Zoned) -> Vec<Policy> {
        let mut steps = vec![Policy::Cleanup];
        steps.extend(self.oldest_needed(&status.chains, now).map(Policy::OlderThan));
        steps
    }

    /// The start of the oldest chain that stays; none when nothing may go. A chain goes only if
    /// - as many newer ones as are to be kept begin with a full backup that is whole, and
    /// - one of them begins before the time that can be gone back to, so that each moment in it is still there.
    ///
    /// The time is reckoned back from the last backup where that is earlier than now: after a long break, or with a
    /// clock that runs ahead, nothing goes before its successors exist.
    fn oldest_needed(&self, chains: &[ChainStatus], now: &Zoned) -> Option<Timestamp> {
        if self.keep_months == 0 {
            return None;
        }
        let mut sound: Vec<&ChainStatus> = chains.iter().filter(|chain| is_sound(chain)).collect();
        sound.sort_by_key(|chain| std::cmp::Reverse(chain.start));
        let newest = sound.iter().filter_map(|chain| last_moment(chain)).max()?;
        let from = newest.0.min(now.timestamp().as_second());
        let from = jiff::Timestamp::from_second(from).ok()?.to_zoned(now.time_zone().clone());
        let promised = from.checked_sub(i64::from(self.keep_months).months()).ok()?.timestamp().as_second();
        let by_count = usize::try_from(self.keep_fulls_at_least.max(FEWEST_FULLS)).ok()? - 1;
        let by_time = sound.iter().position(|chain| chain.start.0 <= promised)?;
        sound.get(by_count.max(by_time)).map(|chain| chain.start)
    }
}

/// Whether a chain begins with a full set that is finished and lacks no volume.
fn is_sound(chain: &ChainStatus) -> bool {
    chain.sets.first().is_some_and(|full| full.complete && full.missing.is_empty())
}

/// The last moment of a chain that can be gone back to.
fn last_moment(chain: &ChainStatus) -> Option<Timestamp> {
    chain.sets.iter().take_while(|set| set.complete).map(|set| set.id.end()).last()
}

#[cfg(test)]
mod tests;
