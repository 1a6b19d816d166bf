//! Counts the runs of each tool and the time they take, so that the suite stays within its budget of six minutes.

use crate::tool::Tool;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static RUNS: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];
static MILLISECONDS: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

/// Adds one run.
pub fn note(tool: Tool, took: Duration) {
    RUNS[tool as usize].fetch_add(1, Ordering::Relaxed);
    let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    MILLISECONDS[tool as usize].fetch_add(took, Ordering::Relaxed);
}

/// What has been noted so far, one line.
#[must_use]
pub fn summary() -> String {
    let tools = Tool::ALL.map(|tool| {
        let runs = RUNS[tool as usize].load(Ordering::Relaxed);
        let seconds = MILLISECONDS[tool as usize].load(Ordering::Relaxed) / 1000;
        format!("{} {runs} runs {seconds} s", tool.name())
    });
    tools.join(", ")
}
