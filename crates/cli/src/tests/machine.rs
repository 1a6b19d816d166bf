//! A computer of its own for each test: a home, a source, a destination, a clock, and nobody or a script at the
//! prompts.

use crate::passphrase::tests::Script;
use crate::{Surroundings, execute};
use backtrail_base::{FixedClock, Timestamp, fs};
use backtrail_engine::Cancel;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

/// 2026-11-19 09:00:00 UTC.
const NOW: i64 = 1_795_078_800;
pub(super) const SECRET: &str = "correct-horse";

/// A sink that can be read afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("sink").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("sink")).into_owned()
    }
}

/// What a run did.
pub(super) struct Ran {
    pub(super) exit: u8,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) prompts: Vec<String>,
}

/// A computer of its own: a home, a source, a destination, a clock.
pub(super) struct Machine {
    folder: TempDir,
    clock: Arc<FixedClock>,
    /// What is typed at prompts; none when nobody is there.
    pub(super) typed: Option<&'static [&'static str]>,
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Machine {
    /// With a small source and a passphrase in the environment.
    pub(super) fn new() -> Self {
        let machine = Self {
            folder: tempfile::tempdir().expect("a folder"),
            clock: Arc::new(FixedClock::at(Timestamp(NOW))),
            typed: None,
            variables: vec![("PASSPHRASE", SECRET.to_owned())],
        };
        fs::create_dir_all(machine.path("src/sub")).expect("source");
        machine.put("src/a", b"first\n");
        machine.put("src/sub/b", &[7; 3000]);
        machine.settle();
        machine
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(super) fn put(&self, below: &str, content: &[u8]) {
        fs::write(self.path(below), content).expect("written");
    }

    /// Gives everything in the source the clock's time, so that listings are the same every day.
    fn settle(&self) {
        for below in ["src/a", "src/sub/b", "src/sub", "src"] {
            let file = fs::File::open(self.path(below)).expect("opened");
            let seconds = u64::try_from(backtrail_base::Clock::now(&*self.clock).0).expect("after 1970");
            file.file().set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).expect("set");
        }
    }

    /// A day passes, and `a` grows.
    pub(super) fn next_day(&self) {
        self.clock.set(Timestamp(backtrail_base::Clock::now(&*self.clock).0 + 86_400));
        self.put("src/a", b"first\nsecond\n");
        self.settle();
    }

    /// Runs a command line in which `@` stands for this machine's folder.
    pub(super) fn run(&self, line: &str) -> Ran {
        let root = self.folder.path().to_str().expect("text");
        let words: Vec<OsString> =
            line.split_whitespace().map(|word| word.replace('@', root).into()).collect();
        let places = [
            ("HOME", root.to_owned()),
            ("TMPDIR", root.to_owned()),
            // A GnuPG folder that is not there: nobody's real keys are looked at.
            ("GNUPGHOME", format!("{root}/no-gnupg")),
        ];
        let variables: Vec<_> =
            places.iter().chain(&self.variables).map(|(name, value)| (*name, value.as_str())).collect();
        let mut around = Surroundings::made_up(&variables, self.clock.clone());
        around.can_ask = self.typed.is_some();
        let script = Arc::new(Script::new(self.typed.unwrap_or_default()));
        let (out, err) = (Shared::default(), Shared::default());
        let exit = execute(
            &words,
            &around,
            script.clone(),
            Cancel::new(),
            Box::new(out.clone()),
            Box::new(err.clone()),
        );
        let prompts = script.1.lock().expect("prompts").clone();
        Ran { exit, out: out.text(), err: err.text(), prompts }
    }

    /// Runs what must succeed.
    #[track_caller]
    pub(super) fn good(&self, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.exit, 0, "backtrail {line}\n{}{}", ran.out, ran.err);
        ran
    }

    /// What was printed, with what changes from run to run replaced.
    pub(super) fn steady(&self, text: &str) -> String {
        let root = self.folder.path().to_str().expect("text");
        let mut shown = String::new();
        for line in text.replace(root, "@").lines() {
            let word = line.split(' ').next().unwrap_or_default();
            let line = match word {
                "ElapsedTime" | "TotalDestinationSizeChange" => format!("{word} …"),
                _ => match line.split_once("/.cache/duplicity/") {
                    Some((before, _)) => format!("{before}/.cache/duplicity/…"),
                    None if word == "Deleted" || line.contains(" needs ") => without_size(line),
                    None => line.to_owned(),
                },
            };
            shown.push_str(&line);
            shown.push('\n');
        }
        shown
    }

    /// Every file below a folder with its size.
    pub(super) fn files(&self, below: &str) -> Vec<(PathBuf, u64)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, u64)>) {
            let Ok(entries) = fs::read_dir(folder) else { return };
            for entry in entries.flatten() {
                let size = entry.metadata().map_or(0, |metadata| metadata.len());
                found.push((entry.path(), size));
                walk(&entry.path(), found);
            }
        }
        let mut found = Vec::new();
        walk(&self.path(below), &mut found);
        found.sort();
        found
    }
}

/// A line without the size in parentheses: encrypted sizes vary by a few bytes.
fn without_size(line: &str) -> String {
    match (line.find('('), line.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}(…{}", &line[..open], &line[close..]),
        _ => line.to_owned(),
    }
}
