//! The proof: one file of the latest backup, chosen by chance, comes back from the destination and is what was backed
//! up. Nothing of it is written anywhere.

use super::{RunError, Runner, Trust, advice, paths};
use crate::{Outcome, Profile, Record, What};
use backtrail_base::Code;
use backtrail_engine::proof::{self, Report};
use backtrail_engine::{Cancel, Observer, Warning};
use backtrail_format::names::time_text;
use std::sync::Arc;

/// Larger files are proven only where there are no others: a proof should take seconds.
const MOST: u64 = 256 << 20;

impl Runner {
    /// Proves a file now. The record is in the history when this returns; [`Record::file`] is the file.
    pub fn prove(&self, profile: &Profile, observer: &Arc<dyn Observer>, cancel: &Cancel) -> Record {
        let began = self.now();
        let proven = self.proven(profile, observer, cancel);
        let ended = self.now();
        let record = match proven {
            Err(error) => {
                let error = self.explained(profile, error);
                advice::failed(What::Proof, &error, profile, began, ended)
            }
            Ok(report) => {
                let shown = report.path.as_ref().map(paths::shown);
                let mut record = Record::new(What::Proof, Outcome::Done, began, ended);
                record.set = Some(time_text(report.set.end()));
                record.full = report.set.is_full();
                record.figures.files = u64::from(report.path.is_some());
                record.figures.bytes = report.bytes;
                record.figures.sent = report.fetched;
                record.figures.seconds = advice::seconds(began, ended);
                record.message = match (&shown, report.problems.is_empty()) {
                    (Some(path), true) => format!("{path} came back as it was backed up"),
                    (Some(path), false) => format!("{path} did not come back as it was backed up"),
                    (None, _) => "the backup holds no file that could be proven".to_owned(),
                };
                record.file = shown;
                advice::warn_all(&mut record, &report.problems);
                // The cause says more than what follows from it.
                let cause =
                    |problem: &&Warning| matches!(problem.code, Code::HashMismatch | Code::VolumeMissing);
                let problems = &report.problems;
                if let Some(problem) = problems.iter().find(cause).or(problems.first()) {
                    record.outcome = Outcome::Failed;
                    record.code = Some(problem.code);
                    record.next_step = Some("Check the drive, and make a new full backup soon.".to_owned());
                }
                record
            }
        };
        self.keep(profile, record)
    }

    fn proven(
        &self,
        profile: &Profile,
        observer: &Arc<dyn Observer>,
        cancel: &Cancel,
    ) -> Result<Report, RunError> {
        let destination = self.open(profile, false)?;
        self.passphrase(profile)?;
        let ctx = self.context(profile, destination, Trust::Pinned, observer, cancel)?;
        Ok(proof::run(&ctx, MOST)?)
    }
}
