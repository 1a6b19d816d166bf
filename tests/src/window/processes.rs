//! The processes of a session, found by the runtime folder in their environment: what they hold in memory and on the
//! processor, what they were started with, and their end.

use super::session::Session;
use backtrail_base::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Its program's name and arguments, one text.
    pub command: String,
}

/// The processes that belong to the session, without those of the X server and the like that ended.
#[must_use]
pub fn of(session: &Session) -> Vec<Process> {
    let mark = format!("XDG_RUNTIME_DIR={}", session.path("runtime").display());
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let process = Process { id, command: String::new() };
        let environment = fs::read(process.file("environ")).ok()?;
        let ours = environment.split(|byte| *byte == 0).any(|line| line == mark.as_bytes());
        let command = fs::read(process.file("cmdline")).ok().filter(|_| ours)?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ").trim().to_owned();
        Some(Process { id, command })
    })
    .collect()
}

impl Process {
    fn file(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.id))
    }

    /// Its arguments and its environment, as bytes.
    #[must_use]
    pub fn told(&self) -> Vec<u8> {
        let mut told = fs::read(self.file("cmdline")).unwrap_or_default();
        told.extend(fs::read(self.file("environ")).unwrap_or_default());
        told
    }

    /// Its share of the memory, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let rollup = fs::read_to_string(self.file("smaps_rollup")).unwrap_or_default();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
        let kibibytes = line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or_default();
        kibibytes << 10
    }

    /// The processor time it took so far.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(self.file("stat")).unwrap_or_default();
        let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10) // a hundred a second on Linux
    }

    /// Whether it is there.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let stat = fs::read_to_string(self.file("stat")).unwrap_or_default();
        let state = stat.rsplit_once(')').map(|(_, fields)| fields.trim_start().to_owned());
        state.is_some_and(|state| !state.starts_with(['Z', 'X']))
    }

    /// Kills it at once, as a crash does.
    pub fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    /// Asks it to end, as logging out does.
    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.id).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            let _ = rustix::process::kill_process(id, signal);
        }
    }

    pub(super) fn end(&self) {
        self.kill();
    }
}
