//! Shows the engine's events while they happen: a bar on a terminal, a line every few seconds elsewhere, entries and
//! volumes at higher verbosity, warnings at once. It never blocks for long and knows no operation.

use super::{Level, Output, text};
use backtrail_engine::{Change, Event, Observer, Phase};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The bar where the end is known.
const MEASURED: &str = "{prefix} {percent:>3}% [{bar:24}] {binary_bytes} of {binary_total_bytes}, \
                        {binary_bytes_per_sec}, {eta} left  {wide_msg}";
/// The bar where it is not.
const UNMEASURED: &str = "{spinner} {prefix}  {binary_bytes}  {binary_bytes_per_sec}  {wide_msg}";

/// An observer that prints.
pub(crate) struct Progress {
    output: Arc<Output>,
    /// Progress is wanted.
    wanted: bool,
    /// On a terminal.
    terminal: bool,
    /// Between two lines.
    rate: Duration,
    state: Mutex<State>,
}

struct State {
    phase: Option<Phase>,
    phase_began: Instant,
    /// Files and bytes in all.
    total: Option<(u64, u64)>,
    /// Bytes that will be fetched, where they measure the progress.
    to_fetch: Option<u64>,
    files: u64,
    bytes: u64,
    transferred: u64,
    current: String,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

impl State {
    /// How far it is, in the measure of the total.
    fn done(&self) -> u64 {
        if self.to_fetch.is_some() { self.transferred } else { self.bytes }
    }
}

impl Progress {
    pub(crate) fn new(output: Arc<Output>, wanted: bool, terminal: bool, rate: u64) -> Self {
        let now = Instant::now();
        let state = State {
            phase: None,
            phase_began: now,
            total: None,
            to_fetch: None,
            files: 0,
            bytes: 0,
            transferred: 0,
            current: String::new(),
            last_line: now,
            bar: None,
        };
        Self { output, wanted, terminal, rate: Duration::from_secs(rate), state: Mutex::new(state) }
    }

    /// A restore will fetch so many bytes: that, unlike what it will write, is known beforehand.
    pub(crate) fn fetching(&self, bytes: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).to_fetch = Some(bytes);
    }

    /// Takes the bar away: at the end of a run, or before a question.
    pub(crate) fn finish(&self) {
        let bar = self.state.lock().unwrap_or_else(PoisonError::into_inner).bar.take();
        if let Some(bar) = bar {
            bar.finish_and_clear();
            self.output.set_bar(None);
        }
    }

    fn phase(&self, state: &mut State, phase: Phase) {
        self.output.info(phase_name(phase));
        state.phase = Some(phase);
        state.phase_began = Instant::now();
        state.total = match phase {
            // What was counted is what is backed up.
            Phase::BackingUp => state.total,
            Phase::Restoring => state.to_fetch.map(|bytes| (0, bytes)),
            _ => None,
        };
        (state.files, state.bytes, state.transferred) = (0, 0, 0);
        if !self.wanted || !self.terminal {
            return;
        }
        let bar = state.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
            bar.enable_steady_tick(Duration::from_millis(250));
            self.output.set_bar(Some(bar.clone()));
            bar
        });
        bar.set_position(0);
        bar.reset_eta();
        bar.set_prefix(phase_name(phase));
        bar.set_message("");
        match state.total {
            Some((_, bytes)) => {
                bar.set_length(bytes);
                bar.set_style(style(MEASURED));
            }
            None => {
                bar.unset_length();
                bar.set_style(style(UNMEASURED));
            }
        }
    }

    fn progress(&self, state: &mut State) {
        if let Some(bar) = &state.bar {
            bar.set_position(state.done());
            bar.set_message(state.current.clone());
        }
        if self.output.has_logs() && self.output.shows(Level::Info) {
            self.output.log_only(Level::Info, &format!("2 {}", control_words(state)), "");
        }
        if !self.wanted || self.terminal || state.last_line.elapsed() < self.rate {
            return;
        }
        state.last_line = Instant::now();
        let line = line(state, state.phase_began.elapsed());
        self.output.message(Level::Notice, "2", &line);
    }
}

impl Observer for Progress {
    fn event(&self, event: Event<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Phase(phase) => self.phase(&mut state, phase),
            Event::Total { files, bytes } => state.total = Some((files, bytes)),
            Event::Entry { path, change } => {
                let shown = path.to_string_lossy();
                let (letter, number) = match change {
                    Change::New => ("A", 4),
                    Change::Changed => ("M", 5),
                    Change::Deleted => ("D", 6),
                    Change::Restored => ("R", 7),
                    Change::Unchanged | Change::Compared => (" ", 1),
                };
                let level = if letter == " " { Level::Debug } else { Level::Info };
                if self.output.shows(level) {
                    let message = format!("{letter} {}", printable(&shown));
                    self.output.message(level, &format!("{number} {}", super::log::quoted(&shown)), &message);
                }
            }
            Event::Content { path } if state.bar.is_some() => {
                state.current = printable(&path.to_string_lossy());
            }
            Event::Progress { files, bytes, transferred } => {
                (state.files, state.bytes, state.transferred) = (files, bytes, transferred);
                self.progress(&mut state);
            }
            Event::VolumeStored { name, bytes, .. } => {
                self.output.info(&format!("Stored {name} ({}).", text::size(bytes)));
            }
            Event::VolumeFetched { name, bytes } => {
                self.output.info(&format!("Fetched {name} ({}).", text::size(bytes)));
            }
            Event::ObjectDeleted { name } => self.output.info(&format!("Deleted {name}.")),
            Event::Warning(warning) => {
                let message = &warning.message;
                match &warning.path {
                    Some(path) if !message.contains(path.to_string_lossy().as_ref()) => self.output.warning(
                        warning.code,
                        &format!("{}: {message}", printable(&path.to_string_lossy())),
                        None,
                    ),
                    _ => self.output.warning(warning.code, message, None),
                }
            }
            _ => {}
        }
    }
}

/// One line of progress.
fn line(state: &State, elapsed: Duration) -> String {
    let name = state.phase.map_or("Working", phase_name);
    let seconds = elapsed.as_secs_f64().max(0.001);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "figures for people"
    )]
    let (rate, left) = {
        let rate = state.done() as f64 / seconds;
        let rest = state.total.map(|(_, bytes)| bytes.saturating_sub(state.done()));
        (rate as u64, rest.filter(|_| rate >= 1.0).map(|rest| (rest as f64 / rate) as u64))
    };
    let mut line = format!("{name}: {}", text::counted(state.files, "file"));
    match state.total {
        Some((_, bytes)) if bytes > 0 => {
            let percent = u128::from(state.done().min(bytes)) * 100 / u128::from(bytes);
            line.push_str(&format!(", {} of {}, {percent}%", text::size(state.done()), text::size(bytes)));
        }
        _ => line.push_str(&format!(", {}", text::size(state.bytes))),
    }
    line.push_str(&format!(", {} transferred, {}/s", text::size(state.transferred), text::size(rate)));
    if let Some(left) = left {
        line.push_str(&format!(", {}:{:02}:{:02} left", left / 3600, left / 60 % 60, left % 60));
    }
    line
}

/// Duplicity's words for programs that watch progress: bytes so far and in all.
fn control_words(state: &State) -> String {
    match state.total {
        Some((_, bytes)) => format!("{} {bytes}", state.bytes),
        None => state.bytes.to_string(),
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; a mistake in one shows as the plain bar, not as a crash.
    ProgressStyle::with_template(template)
        .map_or_else(|_| ProgressStyle::default_bar(), |style| style.progress_chars("=> "))
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Syncing => "Fetching what the archive folder lacks",
        Phase::Counting => "Counting",
        Phase::BackingUp => "Backing up",
        Phase::Committing => "Finishing",
        Phase::Restoring => "Restoring",
        Phase::Verifying => "Verifying",
        Phase::Deleting => "Deleting",
        _ => "Working",
    }
}

/// A path without control characters, which could steer a terminal.
pub(crate) fn printable(path: &str) -> String {
    if !path.chars().any(char::is_control) {
        return path.to_owned();
    }
    path.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(total: Option<(u64, u64)>) -> State {
        let now = Instant::now();
        State {
            phase: Some(Phase::BackingUp),
            phase_began: now,
            total,
            to_fetch: None,
            files: 1,
            bytes: 50 << 20,
            transferred: 10 << 20,
            current: String::new(),
            last_line: now,
            bar: None,
        }
    }

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        assert_eq!(
            line(&state(Some((10, 200 << 20))), Duration::from_secs(10)),
            "Backing up: 1 file, 50.0 MB of 200 MB, 25%, 10.0 MB transferred, 5.00 MB/s, 0:00:30 left"
        );
        assert_eq!(
            line(&state(None), Duration::from_secs(10)),
            "Backing up: 1 file, 50.0 MB, 10.0 MB transferred, 5.00 MB/s",
            "without a total nothing is promised"
        );
        let mut nothing = state(Some((0, 0)));
        nothing.bytes = 0;
        assert_eq!(
            line(&nothing, Duration::ZERO),
            "Backing up: 1 file, 0 bytes, 10.0 MB transferred, 0 bytes/s"
        );
    }

    #[test]
    fn a_path_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(printable("grün"), "grün");
    }

    #[test]
    fn every_template_is_understood() {
        for template in [MEASURED, UNMEASURED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
