//! How far a job is: what the engine reports, turned into percent, bytes a second and time left. It is told the time
//! that has passed since the job began, and so can be tested without waiting.

use crate::view::{Progress, Stage, UnixTime, Whole};
use backtrail_base::Timestamp;
use backtrail_engine::{Event, Phase};
use std::collections::VecDeque;
use std::time::Duration;

/// Bytes a second are those of so long.
const LATEST: Duration = Duration::from_secs(6);
/// Time left is judged by so long: files differ, and a guess that jumps is no use.
const LONGER: Duration = Duration::from_secs(60);
/// Nothing is said of the time left before so much was seen.
const ENOUGH: Duration = Duration::from_secs(3);
/// Between two samples.
const SAMPLE: Duration = Duration::from_millis(500);
/// Between two events for the screen.
const TELL: Duration = Duration::from_millis(250);

/// How far a job is.
#[derive(Debug)]
pub(super) struct Meter {
    job: String,
    profile: String,
    started: Timestamp,
    stage: Stage,
    files: u64,
    bytes: u64,
    sent: u64,
    total: Option<(u64, u64)>,
    current: Option<String>,
    paused: bool,
    /// When, how many bytes; the oldest first, none from before a pause.
    samples: VecDeque<(Duration, u64)>,
    /// The percentage that was shown: it never goes back within a stage.
    shown: f32,
    told: Option<Duration>,
}

impl Meter {
    /// A job that begins.
    pub(super) fn new(job: &str, profile: &str, started: Timestamp, stage: Stage) -> Self {
        Self {
            job: job.to_owned(),
            profile: profile.to_owned(),
            started,
            stage,
            files: 0,
            bytes: 0,
            sent: 0,
            total: None,
            current: None,
            paused: false,
            samples: VecDeque::new(),
            shown: 0.0,
            told: None,
        }
    }

    /// The engine reported something, `at` after the job began. Gives what the screen is to be told, when it is time.
    pub(super) fn event(&mut self, event: &Event<'_>, at: Duration) -> Option<Progress> {
        let mut at_once = false;
        match event {
            Event::Phase(phase) => at_once = self.phase(*phase),
            Event::Total { files, bytes } => self.total = Some((*files, *bytes)),
            Event::Content { path } => self.current = Some(path.to_string()),
            Event::Progress { files, bytes, transferred } => {
                (self.files, self.bytes, self.sent) = (*files, *bytes, *transferred);
                self.sample(at);
            }
            _ => return None,
        }
        self.tell(at, at_once)
    }

    /// The job pauses, or goes on.
    pub(super) fn pause(&mut self, paused: bool, at: Duration) -> Progress {
        self.paused = paused;
        self.samples.clear();
        self.told = Some(at);
        self.view(at)
    }

    fn phase(&mut self, phase: Phase) -> bool {
        let stage = match phase {
            Phase::Counting => Stage::Counting,
            Phase::BackingUp => Stage::BackingUp,
            Phase::Committing => Stage::Finishing,
            Phase::Restoring => Stage::Restoring,
            Phase::Verifying => Stage::Proving,
            Phase::Deleting => Stage::Removing,
            _ => Stage::Preparing,
        };
        // A proof restores too, and is a proof all the same.
        let stage =
            if self.stage == Stage::Proving && stage == Stage::Restoring { Stage::Proving } else { stage };
        let new = self.stage != stage;
        if new && stage != Stage::Finishing {
            // What was counted stays known while it is backed up.
            if stage != Stage::BackingUp {
                self.total = None;
            }
            (self.files, self.bytes, self.sent, self.shown) = (0, 0, 0, 0.0);
            self.samples.clear();
        }
        self.stage = stage;
        self.current = None;
        new
    }

    fn sample(&mut self, at: Duration) {
        if self.samples.back().is_none_or(|(last, _)| at.saturating_sub(*last) >= SAMPLE) {
            self.samples.push_back((at, self.bytes));
        }
        while self.samples.front().is_some_and(|(first, _)| at.saturating_sub(*first) > LONGER) {
            self.samples.pop_front();
        }
    }

    fn tell(&mut self, at: Duration, at_once: bool) -> Option<Progress> {
        if !at_once && self.told.is_some_and(|told| at.saturating_sub(told) < TELL) {
            return None;
        }
        self.told = Some(at);
        Some(self.view(at))
    }

    /// How far it is now.
    pub(super) fn view(&mut self, at: Duration) -> Progress {
        let fraction = self.fraction();
        if let Some(fraction) = fraction {
            #[expect(clippy::cast_possible_truncation, reason = "a percentage for the eye")]
            let percent = (fraction * 100.0) as f32;
            self.shown = self.shown.max(percent);
        }
        Progress {
            job: self.job.clone(),
            profile: self.profile.clone(),
            stage: self.stage,
            percent: fraction.map(|_| self.shown),
            files: Whole(self.files),
            files_total: self.total.map(|(files, _)| Whole(files.max(self.files))),
            bytes: Whole(self.bytes),
            bytes_total: self.total.map(|(_, bytes)| Whole(bytes.max(self.bytes))),
            sent: Whole(self.sent),
            bytes_per_second: Whole(if self.paused {
                0
            } else {
                self.rate(LATEST, at).unwrap_or(0.0) as u64
            }),
            seconds_left: self.left(at).map(Whole),
            current: self.current.clone(),
            started: UnixTime(self.started.0),
            paused: self.paused,
        }
    }

    /// Done of 1, where the end is known: by bytes, and by files where there are no bytes to speak of.
    fn fraction(&self) -> Option<f64> {
        let (files, bytes) = self.total?;
        let of = |done: u64, all: u64| (done as f64 / all as f64).clamp(0.0, 1.0);
        match self.stage {
            Stage::Finishing => Some(1.0),
            Stage::BackingUp | Stage::Restoring | Stage::Proving if bytes > 0 => Some(of(self.bytes, bytes)),
            Stage::BackingUp | Stage::Restoring | Stage::Proving if files > 0 => Some(of(self.files, files)),
            _ => None,
        }
    }

    /// Bytes a second over the latest part of the samples that is `span` long.
    fn rate(&self, span: Duration, at: Duration) -> Option<f64> {
        let (from, bytes) = self.samples.iter().find(|(time, _)| at.saturating_sub(*time) <= span)?;
        let seconds = at.saturating_sub(*from).as_secs_f64();
        (seconds >= SAMPLE.as_secs_f64()).then(|| self.bytes.saturating_sub(*bytes) as f64 / seconds)
    }

    fn left(&self, at: Duration) -> Option<u64> {
        let (_, all) = self.total?;
        let (first, _) = self.samples.front()?;
        if self.paused || self.stage == Stage::Finishing || at.saturating_sub(*first) < ENOUGH {
            return None;
        }
        let rate = self.rate(LONGER, at).filter(|rate| *rate >= 1.0)?;
        Some((all.saturating_sub(self.bytes) as f64 / rate).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn meter() -> Meter {
        let mut meter = Meter::new("j", "p", Timestamp(1000), Stage::Preparing);
        meter.event(&Event::Phase(Phase::Counting), at(0.0));
        meter.event(&Event::Total { files: 100, bytes: 1_000_000 }, at(0.1));
        meter.event(&Event::Phase(Phase::BackingUp), at(0.2));
        meter
    }

    fn done(meter: &mut Meter, bytes: u64, seconds: f64) -> Option<Progress> {
        meter.event(&Event::Progress { files: bytes / 10_000, bytes, transferred: bytes / 2 }, at(seconds))
    }

    #[test]
    fn a_steady_job_tells_percent_rate_and_time_left() {
        let mut meter = meter();
        for step in 1_u32..=50 {
            done(&mut meter, u64::from(step) * 10_000, 0.2 + f64::from(step) * 0.1);
        }
        let view = meter.view(at(5.2));
        assert_eq!(view.percent, Some(50.0), "half of what was counted");
        assert!((90_000..=110_000).contains(&view.bytes_per_second.0), "100,000 a second: {view:?}");
        assert!((4..=6).contains(&view.seconds_left.unwrap().0), "the other half takes as long: {view:?}");
        assert_eq!(view.files_total, Some(Whole(100)), "what was counted stays known while it is backed up");
    }

    #[test]
    fn the_screen_is_told_about_four_times_a_second_and_of_a_new_stage_at_once() {
        let mut meter = meter();
        let told =
            (1_u32..=300).filter_map(|step| done(&mut meter, u64::from(step), 1.0 + f64::from(step) * 0.01));
        let told = told.count();
        assert!((11..=13).contains(&told), "three seconds: {told} times");
        let now = meter.event(&Event::Phase(Phase::Committing), at(4.001));
        assert_eq!(
            now.unwrap().stage,
            Stage::Finishing,
            "the last stage of a short backup would be missed else"
        );
    }

    #[test]
    fn a_standstill_shows_in_the_rate_and_a_pause_leaves_no_trace_in_it() {
        let mut meter = meter();
        for step in 1_u32..=10 {
            done(&mut meter, u64::from(step) * 50_000, f64::from(step) * 0.5);
        }
        assert!(meter.view(at(5.0)).bytes_per_second.0 > 80_000, "it runs");
        assert_eq!(meter.view(at(30.0)).bytes_per_second, Whole(0), "nothing came for 25 seconds");
        let paused = meter.pause(true, at(31.0));
        assert!(
            paused.paused && paused.bytes_per_second.0 == 0 && paused.seconds_left.is_none(),
            "{paused:?}"
        );
        meter.pause(false, at(3600.0));
        for step in 1_u32..=10 {
            done(&mut meter, 500_000 + u64::from(step) * 50_000, 3600.0 + f64::from(step) * 0.5);
        }
        let view = meter.view(at(3605.0));
        assert!(view.bytes_per_second.0 > 80_000, "an hour's pause does not make it slow: {view:?}");
    }

    #[test]
    fn percent_never_goes_back_nor_beyond_the_end() {
        let mut meter = meter();
        done(&mut meter, 600_000, 1.0);
        meter.view(at(1.0));
        meter.event(&Event::Total { files: 100, bytes: 2_000_000 }, at(1.1));
        assert_eq!(
            meter.view(at(1.2)).percent,
            Some(60.0),
            "a bar that runs backwards is believed by nobody"
        );
        done(&mut meter, 2_400_000, 2.0);
        let view = meter.view(at(2.0));
        assert_eq!(
            (view.percent, view.bytes_total),
            (Some(100.0), Some(Whole(2_400_000))),
            "files grew: {view:?}"
        );
        let mut unknown = Meter::new("j", "p", Timestamp(0), Stage::Preparing);
        unknown.event(&Event::Phase(Phase::BackingUp), at(0.0));
        done(&mut unknown, 5, 1.0);
        assert_eq!(unknown.view(at(1.0)).percent, None, "without an end there is no percentage");
        let mut empty = Meter::new("j", "p", Timestamp(0), Stage::Preparing);
        empty.event(&Event::Phase(Phase::BackingUp), at(0.0));
        empty.event(&Event::Total { files: 0, bytes: 0 }, at(0.0));
        assert_eq!(empty.view(at(1.0)).percent, None, "nothing to do divides by nothing");
    }
}
