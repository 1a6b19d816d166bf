//! Sleep and set clocks, seen by the clock itself, the same on every system: while the computer sleeps the wall's clock
//! goes on and the one that counts running time stands still.

use super::Known;
use backtrail_api::service::Nudge;
use backtrail_base::{Clock, SystemClock};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(10);
/// What a busy computer may be late by.
const LATE: i64 = 20;

/// Looks at the clocks for as long as the program runs.
pub(in crate::background) async fn watch_clock(known: Arc<Known>) {
    let mut before = (Instant::now(), wall());
    loop {
        tokio::time::sleep(EVERY).await;
        let now = (Instant::now(), wall());
        let ran = i64::try_from(now.0.duration_since(before.0).as_secs()).unwrap_or(i64::MAX);
        if let Some(nudge) = seen(ran, now.1 - before.1) {
            known.tell(nudge);
        }
        before = now;
    }
}

fn wall() -> i64 {
    SystemClock.now().0
}

/// What happened while one clock counted `ran` seconds and the other went on by `passed`.
fn seen(ran: i64, passed: i64) -> Option<Nudge> {
    match passed - ran {
        jumped if jumped > LATE => Some(Nudge::Resumed),
        jumped if jumped < -LATE => Some(Nudge::ClockChanged),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_told_from_a_busy_computer() {
        assert_eq!(seen(10, 10), None, "nothing happened");
        assert_eq!(seen(55, 56), None, "the computer was busy, and both clocks saw it");
        assert_eq!(seen(10, 8 * 3600), Some(Nudge::Resumed), "a night's sleep");
        assert_eq!(seen(10, -3600), Some(Nudge::ClockChanged), "the clock was set back");
    }
}
