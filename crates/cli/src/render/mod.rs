//! What the command prints and where: results to standard output; warnings, errors and progress to standard error;
//! all messages to the logs. With `--json` standard output carries exactly one JSON object.

pub(crate) mod json;
mod log;
pub(crate) mod progress;
pub(crate) mod text;

use crate::args::{NOTICE, OutputSettings, timestamp};
use crate::error::CliError;
use crate::exit;
use crate::surroundings::Surroundings;
use backtrail_base::{Clock, Code, Coded};
use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much a message matters: duplicity's verbosity from which on it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warning,
    Notice,
    Info,
    Debug,
}

impl Level {
    const fn verbosity(self) -> u8 {
        match self {
            Self::Error => 0,
            Self::Warning => 2,
            Self::Notice => NOTICE,
            Self::Info => 5,
            Self::Debug => 9,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
            Self::Notice => "NOTICE",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }
}

type Sink = Box<dyn Write + Send>;

/// Where everything goes. Shared by the threads of a run.
pub(crate) struct Output {
    sinks: Mutex<Sinks>,
    verbosity: u8,
    json: bool,
    timestamp: bool,
    zone: TimeZone,
    clock: Arc<dyn Clock>,
}

struct Sinks {
    out: Sink,
    err: Sink,
    logs: Vec<Sink>,
    bar: Option<ProgressBar>,
}

impl Output {
    /// Output as the settings want it, to these two sinks.
    pub(crate) fn new(settings: &OutputSettings, around: &Surroundings, out: Sink, err: Sink) -> Self {
        Self {
            sinks: Mutex::new(Sinks { out, err, logs: Vec::new(), bar: None }),
            verbosity: settings.verbosity,
            json: settings.json,
            timestamp: settings.log_timestamp,
            zone: around.zone.clone(),
            clock: Arc::clone(&around.clock),
        }
    }

    /// Opens the logs that the settings want.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub(crate) fn open_logs(&self, settings: &OutputSettings) -> Result<(), CliError> {
        let file = settings.log_file.as_deref().map(log::to_file);
        let descriptor = settings.log_fd.map(log::to_descriptor);
        for log in [file, descriptor].into_iter().flatten() {
            let log = log.map_err(|error| {
                CliError::own(
                    Code::Io,
                    format!("the log cannot be opened: {}", text::io_error(&error)),
                    "Name another with --log-file, or leave it out.",
                )
            })?;
            self.lock().logs.push(log);
        }
        Ok(())
    }

    /// Output for commands without those settings.
    pub(crate) fn simple(json: bool, around: &Surroundings, out: Sink, err: Sink) -> Self {
        let sinks = Mutex::new(Sinks { out, err, logs: Vec::new(), bar: None });
        Self {
            sinks,
            verbosity: NOTICE,
            json,
            timestamp: false,
            zone: around.zone.clone(),
            clock: Arc::clone(&around.clock),
        }
    }

    /// Whether the result is to be JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether messages of that level are shown at all.
    pub(crate) fn shows(&self, level: Level) -> bool {
        self.verbosity >= level.verbosity()
    }

    /// The zone in which times are shown.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A part of the result, shown whatever the verbosity. Nothing with `--json`.
    pub(crate) fn result(&self, text: &[u8]) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        self.lock().out.write_all(text)
    }

    /// The result as JSON, if that is wanted.
    pub(crate) fn json<T: Serialize>(&self, value: &T) -> io::Result<()> {
        if !self.json {
            return Ok(());
        }
        let mut sinks = self.lock();
        serde_json::to_writer_pretty(&mut sinks.out, value)?;
        sinks.out.write_all(b"\n")?;
        sinks.out.flush()
    }

    /// Ends what was printed as a result.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.lock().out.flush()
    }

    /// What a person may want to know.
    pub(crate) fn notice(&self, text: &str) {
        self.message(Level::Notice, "1", text);
    }

    /// Detail.
    pub(crate) fn info(&self, text: &str) {
        self.message(Level::Info, "1", text);
    }

    /// More detail.
    pub(crate) fn debug(&self, text: &str) {
        self.message(Level::Debug, "1", text);
    }

    /// Something wrong that did not stop the run: a sentence, a next step, a code.
    pub(crate) fn warning(&self, code: Code, message: &str, next_step: Option<&str>) {
        self.message(Level::Warning, "1", &format!("Warning: {}", text::sentence(message, next_step, code)));
    }

    /// What makes a run that went through to its end fail all the same.
    pub(crate) fn failure(&self, code: Code, message: &str, next_step: &str) {
        let message = text::sentence(message, Some(next_step), code);
        self.message(Level::Error, &exit::number(code).to_string(), &format!("Error: {message}"));
    }

    /// What stopped a part of the run, for people alone.
    pub(crate) fn error_line(&self, error: &CliError) {
        let next_step = error.next_step();
        let message = text::sentence(&error.message(), next_step.as_deref(), error.code());
        self.message(Level::Error, &error.exit().to_string(), &format!("Error: {message}"));
    }

    /// What stopped the run; with `--json` also as the JSON object.
    pub(crate) fn error(&self, error: &CliError) {
        self.error_line(error);
        // Nothing can be done about a closed standard output here.
        let _ = self.json(&json::Failure::new(error));
    }

    /// A message of a level, with the control words of duplicity's logs.
    pub(crate) fn message(&self, level: Level, control: &str, message: &str) {
        if !self.shows(level) {
            return;
        }
        let mut shown = String::new();
        if self.timestamp {
            let now = timestamp(self.clock.now()).to_zoned(self.zone.clone());
            shown = format!("{} {:<6} ", now.strftime("%Y-%m-%d %H:%M:%S"), level.name());
        }
        shown.push_str(message);
        shown.push('\n');
        let to_out = !self.json && matches!(level, Level::Notice | Level::Info | Level::Debug);
        let mut sinks = self.lock();
        for log in &mut sinks.logs {
            // A log that cannot be written must not stop a backup.
            let _ = log.write_all(log::record(level.name(), control, message).as_bytes());
            let _ = log.flush();
        }
        let bar = sinks.bar.clone();
        let mut print = || {
            let sink = if to_out { &mut sinks.out } else { &mut sinks.err };
            let _ = sink.write_all(shown.as_bytes());
            let _ = sink.flush();
        };
        match bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// A line for the logs alone.
    pub(crate) fn log_only(&self, level: Level, control: &str, message: &str) {
        let mut sinks = self.lock();
        for log in &mut sinks.logs {
            let _ = log.write_all(log::record(level.name(), control, message).as_bytes());
            let _ = log.flush();
        }
    }

    /// Whether there is a log.
    pub(crate) fn has_logs(&self) -> bool {
        !self.lock().logs.is_empty()
    }

    /// Makes messages step aside for a progress bar, or no longer.
    pub(crate) fn set_bar(&self, bar: Option<ProgressBar>) {
        self.lock().bar = bar;
    }

    fn lock(&self) -> MutexGuard<'_, Sinks> {
        self.sinks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
