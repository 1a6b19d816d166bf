//! What a command costs: wall time, processor time and the peak memory of its whole process tree. Linux alone: it reads
//! /proc.

use backtrail_base::fs;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a command cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Seconds on the processors, by all its processes.
    pub(crate) processor: f64,
    /// The most memory that its processes held at once: proportional set size, looked at 20 times a second.
    pub(crate) memory: u64,
}

/// How often the memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the command to its end.
///
/// # Panics
/// When it cannot be started or fails; the message has what it printed.
pub(crate) fn run(command: &mut Command) -> Cost {
    let output = tempfile::NamedTempFile::new().expect("the temporary folder can be written");
    let both = || Stdio::from(output.reopen().expect("it was just made"));
    command.stdin(Stdio::null()).stdout(both()).stderr(both());
    let start = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    let (ended, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let watcher = std::thread::spawn({
        let (ended, peak, root) = (Arc::clone(&ended), Arc::clone(&peak), child.id());
        move || {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(memory_of_tree(root), Ordering::Relaxed);
                std::thread::sleep(LOOK);
            }
        }
    });
    // Waited for without being reaped, since its figures go with it.
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).expect("our own child");
    let wall = start.elapsed().as_secs_f64();
    let processor = processor_time(child.id());
    let status = child.wait().expect("our own child");
    ended.store(true, Ordering::Relaxed);
    watcher.join().expect("the watcher ends");
    let said = fs::read_to_string(output.path()).unwrap_or_default();
    assert!(status.success(), "{command:?} ended with {status}: {said}");
    Cost { wall, processor, memory: peak.load(Ordering::Relaxed) }
}

/// The time of an ended process and those it waited for, in seconds.
fn processor_time(id: u32) -> f64 {
    let stat = fs::read_to_string(PathBuf::from(format!("/proc/{id}/stat"))).unwrap_or_default();
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0 // a hundred a second on Linux
}

/// The memory of a process and all below it, in bytes.
fn memory_of_tree(root: u32) -> u64 {
    let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return 0 };
    for id in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        let stat = fs::read_to_string(PathBuf::from(format!("/proc/{id}/stat"))).unwrap_or_default();
        let parent =
            stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(1)?.parse().ok());
        if let Some(parent) = parent {
            parents.entry(parent).or_default().push(id);
        }
    }
    let mut sum = 0;
    let mut left = vec![root];
    while let Some(id) = left.pop() {
        sum += memory(id);
        left.extend(parents.remove(&id).unwrap_or_default());
    }
    sum
}

fn memory(id: u32) -> u64 {
    let rollup = fs::read_to_string(PathBuf::from(format!("/proc/{id}/smaps_rollup"))).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or_default() << 10
}

/// Empties the page cache, when asked to and allowed to.
pub(crate) fn settle(cold: bool) {
    rustix::fs::sync();
    if cold {
        fs::write("/proc/sys/vm/drop_caches", "3").expect("emptying the page cache needs root");
    }
}
