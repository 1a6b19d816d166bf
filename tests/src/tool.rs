//! Runs `backtrail`, duplicity 0.8.22 and duplicity 3.2.1, each on a machine of its own: home, caches, archive
//! folder, temporary folder, GnuPG home and environment are separate, so that what one knows of another's backup
//! comes from the destination alone. It promises that a missing program fails the test with the way to get it, that
//! nothing waits for ever, and that a failing run is reported with its command line and output.

use backtrail_base::fs;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// The longest that one run may take; the usual ones take a second.
const PATIENCE: Duration = Duration::from_secs(180);

/// A program with duplicity's command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Ours.
    Backtrail,
    /// Stock duplicity 0.8.22, as in Debian 12.
    Duplicity08,
    /// Stock duplicity 3.2.1, from PyPI.
    Duplicity3,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Backtrail, Self::Duplicity08, Self::Duplicity3];

    /// A short name for reports and folders.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Backtrail => "backtrail",
            Self::Duplicity08 => "duplicity08",
            Self::Duplicity3 => "duplicity3",
        }
    }

    /// The program: from `BACKTRAIL_BIN`, `DUPLICITY_08` or `DUPLICITY_3`, else where it usually is.
    ///
    /// # Panics
    /// When it is missing, with the way to get it.
    #[must_use]
    pub fn program(self) -> PathBuf {
        let (variable, usual, advice) = match self {
            Self::Backtrail => (
                "BACKTRAIL_BIN",
                beside_this_test("backtrail"),
                "build it with `cargo build -p backtrail-cli`",
            ),
            Self::Duplicity08 => (
                "DUPLICITY_08",
                Some("/usr/bin/duplicity".into()),
                "install it with `apt-get install duplicity`",
            ),
            Self::Duplicity3 => (
                "DUPLICITY_3",
                None,
                "make it with `python3 -m venv V && V/bin/pip install duplicity==3.2.1` and set DUPLICITY_3 to \
                 V/bin/duplicity, or run `cargo xtask test`, which does so",
            ),
        };
        let program = std::env::var_os(variable).map(PathBuf::from).or(usual);
        match program {
            Some(program) if program.is_file() => program,
            Some(program) => panic!("{} is not at {} ({variable}): {advice}", self.name(), program.display()),
            None => panic!("{} is not known, {variable} is not set: {advice}", self.name()),
        }
    }

    /// The version the program tells, `duplicity 0.8.22` for example.
    ///
    /// # Panics
    /// When the program cannot be run, or a stock duplicity is not the version the tests are about.
    pub fn version(self) -> &'static str {
        static VERSIONS: [OnceLock<String>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
        VERSIONS[self as usize].get_or_init(|| {
            let program = self.program();
            let output = Command::new(&program).arg("--version").output();
            let output =
                output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", program.display()));
            let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            let wanted = match self {
                Self::Backtrail => "",
                Self::Duplicity08 => "duplicity 0.8.",
                Self::Duplicity3 => "duplicity 3.2.",
            };
            assert!(version.starts_with(wanted), "{} says it is {version:?}", program.display());
            version
        })
    }

    /// Whether `BACKTRAIL_BIN` names a stock duplicity: so these tests are tested themselves, stock against stock.
    #[must_use]
    pub fn is_stand_in() -> bool {
        Self::Backtrail.version().starts_with("duplicity ")
    }
}

/// A program in the target folder that this test was built into (`target/debug/deps/test` → `target/debug/name`).
fn beside_this_test(name: &str) -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let folder = test.parent()?;
    let folder = if folder.ends_with("deps") { folder.parent()? } else { folder };
    Some(folder.join(name))
}

/// A tool on a machine of its own.
#[derive(Debug, Clone)]
pub struct Station {
    /// The tool.
    pub tool: Tool,
    /// Its home folder, with everything it keeps below it.
    pub home: PathBuf,
    /// Options every run gets after the action (encryption, volume size).
    pub options: Vec<OsString>,
    /// Environment beyond the usual: `PASSPHRASE` and the like.
    pub environment: BTreeMap<OsString, OsString>,
    /// Where GnuPG keeps its keys for this tool.
    pub gnupg: PathBuf,
}

/// What a run left behind.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The command line, as it can be pasted.
    pub command: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// Goes on only if the run ended with 0.
    ///
    /// # Panics
    /// With the whole story otherwise.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.code(0)
    }

    /// Goes on only if the run ended with `code`.
    ///
    /// # Panics
    /// With the whole story otherwise.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code (left) of {self}");
        self
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ended = self.code.map_or("was ended by a signal".into(), |code| format!("ended with {code}"));
        writeln!(f, "{}\n{ended} after {:.1} s", self.command, self.took.as_secs_f32())?;
        writeln!(f, "--- stdout\n{}\n--- stderr\n{}", tail(&self.stdout), tail(&self.stderr))
    }
}

fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().nth(6000).map_or(0, |(index, _)| index);
    &text[start..]
}

impl Station {
    /// A machine below `folder`, with no keys and no options. The program must exist.
    ///
    /// # Panics
    /// When the program is missing or the folders cannot be made.
    #[must_use]
    pub fn new(tool: Tool, folder: &Path) -> Self {
        let _ = tool.version();
        let home = folder.join(tool.name());
        for part in ["cache", "config", "data", "tmp", "run"] {
            fs::create_dir_all(home.join(part)).expect("a folder for the tool");
        }
        let gnupg = home.join("gnupg");
        crate::keys::prepare_home(&gnupg);
        Self { tool, home, options: Vec::new(), environment: BTreeMap::new(), gnupg }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Adds options to every run.
    #[must_use]
    pub fn with_options<S: AsRef<OsStr>>(mut self, options: &[S]) -> Self {
        self.options.extend(options.iter().map(|option| option.as_ref().to_owned()));
        self
    }

    /// The archive folder of this tool for `--name backup`, or all of them.
    #[must_use]
    pub fn archives(&self) -> PathBuf {
        self.home.join("cache/duplicity")
    }

    /// A full backup at the moment `time`.
    pub fn full(&self, source: &Path, url: &str, time: i64) -> Outcome {
        self.backup("full", source, url, time)
    }

    /// An increment at the moment `time`.
    pub fn incremental(&self, source: &Path, url: &str, time: i64) -> Outcome {
        self.backup("incremental", source, url, time)
    }

    fn backup(&self, action: &str, source: &Path, url: &str, time: i64) -> Outcome {
        let time = time.to_string();
        self.run(&[
            action.as_ref(),
            "--current-time".as_ref(),
            time.as_ref(),
            "--volsize".as_ref(),
            "1".as_ref(),
            source.as_os_str(),
            url.as_ref(),
        ])
    }

    /// Restores everything as it was at `time` (or at the end) into `target`.
    pub fn restore(&self, url: &str, target: &Path, time: Option<i64>) -> Outcome {
        self.restore_path(url, b"", target, time)
    }

    /// Restores one path, by the spelling this tool has for it.
    pub fn restore_path(&self, url: &str, path: &[u8], target: &Path, time: Option<i64>) -> Outcome {
        use std::os::unix::ffi::OsStrExt;
        let mut words: Vec<OsString> = vec!["restore".into()];
        if let Some(time) = time {
            words.extend(["-t".into(), time.to_string().into()]);
        }
        if !path.is_empty() {
            let stands_in_for_3 = self.tool.version().starts_with("duplicity 3");
            let old = self.tool == Tool::Duplicity08 || (self.tool == Tool::Backtrail && !stands_in_for_3);
            // Joined by `=`, for paths that begin like an option.
            let mut word = OsString::from(if old { "--file-to-restore=" } else { "--path-to-restore=" });
            word.push(OsStr::from_bytes(path));
            words.push(word);
        }
        words.extend([url.into(), target.into()]);
        self.run(&words)
    }

    /// Compares the end of the backup with a folder, contents included.
    pub fn verify(&self, url: &str, folder: &Path) -> Outcome {
        self.run(&["verify".as_ref(), "--compare-data".as_ref(), url.as_ref(), folder.as_os_str()])
    }

    /// Runs the tool with these words (the first is the action) and the options of this station.
    ///
    /// # Panics
    /// When the program cannot be started, or takes longer than three minutes.
    pub fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> Outcome {
        let mut arguments: Vec<OsString> = words.iter().map(|word| word.as_ref().to_owned()).collect();
        let at = 1.min(arguments.len());
        arguments.splice(at..at, self.options.iter().cloned());
        self.run_plain(&arguments)
    }

    /// Runs the tool with exactly these words.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_plain<S: AsRef<OsStr>>(&self, words: &[S]) -> Outcome {
        let mut command = Command::new(self.tool.program());
        command.args(words);
        self.execute(command)
    }

    /// Runs a line of shell on this machine.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn shell(&self, line: &str) -> Outcome {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(line);
        self.execute(command)
    }

    fn execute(&self, mut command: Command) -> Outcome {
        command.env_clear().envs(self.usual_environment()).envs(&self.environment).current_dir(&self.home);
        let text = self.describe(&command);
        let started = Instant::now();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{text}\ncannot be started: {error}"));
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if started.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(4)),
                _ => break None,
            }
        };
        if status.is_none() {
            if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            let _ = child.wait();
        }
        let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
        let code = status.and_then(|status| status.code());
        let outcome = Outcome { command: text, code, stdout, stderr, took: started.elapsed() };
        assert!(status.is_some(), "took longer than {} s: {outcome}", PATIENCE.as_secs());
        crate::timing::note(self.tool, outcome.took);
        outcome
    }

    fn usual_environment(&self) -> Vec<(OsString, OsString)> {
        let below = |part: &str| self.home.join(part).into_os_string();
        vec![
            ("PATH".into(), std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into())),
            ("LC_ALL".into(), "C.UTF-8".into()),
            ("HOME".into(), self.home.clone().into_os_string()),
            ("USER".into(), "tester".into()),
            ("XDG_CACHE_HOME".into(), below("cache")),
            ("XDG_CONFIG_HOME".into(), below("config")),
            ("XDG_DATA_HOME".into(), below("data")),
            ("XDG_RUNTIME_DIR".into(), below("run")),
            ("TMPDIR".into(), below("tmp")),
            ("GNUPGHOME".into(), self.gnupg.clone().into_os_string()),
        ]
    }

    /// The command line for a report, with what it takes to run it again.
    fn describe(&self, command: &Command) -> String {
        let mut text =
            format!("HOME={} GNUPGHOME={}", quoted(self.home.as_os_str()), quoted(self.gnupg.as_os_str()));
        for part in ["cache", "data"] {
            let path = self.home.join(part);
            text += &format!(" XDG_{}_HOME={}", part.to_uppercase(), quoted(path.as_os_str()));
        }
        for (name, value) in &self.environment {
            text += &format!(" {}={}", name.display(), quoted(value));
        }
        text += &format!(" {}", quoted(command.get_program()));
        for word in command.get_args() {
            text += &format!(" {}", quoted(word));
        }
        text
    }
}

/// A word as the shell would take it.
fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn drain<R: Read + Send + 'static>(pipe: Option<R>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
