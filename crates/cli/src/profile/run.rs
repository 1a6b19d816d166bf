//! `profile run`: back up as the app would, now or when it is due.

use super::Session;
use super::status::{outcome, reason};
use crate::error::CliError;
use crate::exit;
use crate::render::progress::Progress;
use crate::render::text;
use backtrail_base::Code;
use backtrail_engine::Observer;
use backtrail_profile::{Decision, History, Outcome, Profile, Record, Waiting, What, schedule};
use serde::Serialize;
use std::sync::Arc;

/// Seconds between two lines of progress where there is no terminal.
const RATE: u64 = 3;

#[derive(Serialize)]
struct Report {
    action: &'static str,
    profiles: Vec<One>,
}

#[derive(Serialize)]
struct One {
    id: String,
    name: String,
    /// Why nothing ran.
    waits: Option<Waiting>,
    backup: Option<Record>,
    proof: Option<Record>,
}

impl Session<'_> {
    /// Runs the profiles that are meant, one after the other. One that fails does not keep the others from running; the
    /// first failure decides the exit number.
    pub(super) fn run(&self, name: Option<&str>, due: bool) -> Result<u8, CliError> {
        let mut report = Report { action: "profile-run", profiles: Vec::new() };
        let mut number = exit::OK;
        let wanted = self.wanted(name)?;
        if wanted.is_empty() && !due {
            return Err(CliError::own(
                Code::NotFound,
                "nothing is set up that could be backed up",
                "Start the app to set a backup up.",
            ));
        }
        let single = wanted.len() == 1;
        for profile in wanted {
            let one = if due { self.if_due(&profile)? } else { self.now_of(&profile)? };
            let failed = [&one.backup, &one.proof].into_iter().flatten().find_map(failure);
            report.profiles.push(one);
            if let Some(error) = failed {
                // With one profile the error is the command's own; of several each is told where it happens.
                if single && !self.output.is_json() {
                    return Err(error);
                }
                self.output.error_line(&error);
                if number == exit::OK {
                    number = error.exit();
                }
            }
            if self.cancel.is_cancelled() {
                break;
            }
        }
        self.output.json(&report)?;
        Ok(number)
    }

    fn now_of(&self, profile: &Profile) -> Result<One, CliError> {
        self.have_passphrase(profile, true)?;
        let backup = self.back_up(profile)?;
        Ok(One { backup: Some(backup), ..one(profile) })
    }

    /// What the scheduler would do now.
    fn if_due(&self, profile: &Profile) -> Result<One, CliError> {
        let mut done = one(profile);
        let (past, now, conditions) = (self.records(profile)?.past(), self.now(), self.conditions(profile)?);
        let decision = schedule::decide(profile, &past, &now, &conditions);
        match decision {
            Decision::Run(_) => {
                self.have_passphrase(profile, false)?;
                done.backup = Some(self.back_up(profile)?);
            }
            Decision::Wait { why, .. } => {
                done.waits = Some(why);
                self.output.notice(&format!("{}: nothing to do, {}.", profile.name, reason(why)));
                if let Some(why) = schedule::skipped(profile, &past, &now, &decision) {
                    let record = Record::skipped(self.around.clock.now(), why);
                    let kept = History::open(&self.folders, &profile.id).and_then(|h| h.append(&record));
                    kept.map_err(|error| CliError::of(&error))?;
                }
            }
        }
        let past = self.records(profile)?.past();
        let conditions = self.conditions(profile)?;
        let failed = done.backup.as_ref().is_some_and(|record| !record.outcome.is_success());
        if !failed && matches!(schedule::decide_proof(profile, &past, &now, &conditions), Decision::Run(_)) {
            self.have_passphrase(profile, false)?;
            let progress = self.progress();
            let observer: Arc<dyn Observer> = Arc::clone(&progress) as _;
            let record = self.runner.prove(profile, &observer, self.cancel);
            progress.finish();
            if record.outcome.is_success() {
                self.output.notice(&format!("{}: proven, {}.", profile.name, outcome(&record)));
            }
            done.proof = Some(record);
        }
        Ok(done)
    }

    fn back_up(&self, profile: &Profile) -> Result<Record, CliError> {
        let progress = self.progress();
        let observer: Arc<dyn Observer> = Arc::clone(&progress) as _;
        let record = self.runner.backup(profile, &observer, self.cancel);
        progress.finish();
        // What the engine met was told when it met it.
        for warning in &record.warnings {
            let own = [Code::SourceMissing, Code::RolledBack, Code::KeyUnusable];
            if let Some(code) = warning.code.filter(|code| own.contains(code) && record.outcome.is_success())
            {
                let path = warning.path.as_deref().map(|path| format!("{path}: ")).unwrap_or_default();
                self.output.warning(code, &format!("{path}{}", warning.message), None);
            }
        }
        if record.outcome.is_success() {
            self.output.result(summary(profile, &record).as_bytes())?;
        }
        Ok(record)
    }

    fn progress(&self) -> Arc<Progress> {
        let terminal = self.around.terminal && !self.output.is_json();
        Arc::new(Progress::new(Arc::clone(self.output), terminal, terminal, RATE))
    }
}

fn one(profile: &Profile) -> One {
    One { id: profile.id.to_string(), name: profile.name.clone(), waits: None, backup: None, proof: None }
}

fn summary(profile: &Profile, record: &Record) -> String {
    let figures = &record.figures;
    if record.set.is_none() {
        return format!("{}: nothing had changed.\n", profile.name);
    }
    format!(
        "{}: backed up{}. {} new, {} changed, {} deleted; {} stored.\n",
        profile.name,
        if record.full { " in full" } else { "" },
        figures.new,
        figures.changed,
        figures.deleted,
        text::size(figures.sent)
    )
}

/// The error of a run that did not succeed.
fn failure(record: &Record) -> Option<CliError> {
    if record.outcome.is_success() {
        return None;
    }
    let code = record.code.unwrap_or(Code::Io);
    let what = match record.what {
        What::Proof => "the proof failed: ",
        _ if record.outcome == Outcome::Skipped => "the backup did not begin: ",
        _ => "",
    };
    Some(CliError::Own {
        message: format!("{what}{}", record.message),
        next_step: record.next_step.clone(),
        code,
        exit: exit::number(code),
    })
}
