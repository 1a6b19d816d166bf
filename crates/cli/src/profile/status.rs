//! `profile status`: when each was last backed up and proven, and what it waits for.

use super::Session;
use crate::args::timestamp;
use crate::error::CliError;
use crate::exit;
use crate::render::text;
use backtrail_base::Timestamp;
use backtrail_profile::{Decision, Outcome, Profile, Record, Records, Waiting, What, schedule};
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Report {
    action: &'static str,
    profiles: Vec<One>,
}

#[derive(Serialize)]
struct One {
    id: String,
    name: String,
    here: bool,
    /// The last try at a backup, however it ended.
    last: Option<Record>,
    last_success: Option<Timestamp>,
    last_proof: Option<Record>,
    overdue: bool,
    /// Whether `run --due` would back up now.
    due: bool,
    waits: Option<Waiting>,
    waits_until: Option<Timestamp>,
}

impl Session<'_> {
    pub(super) fn status(&self, name: Option<&str>) -> Result<u8, CliError> {
        let mut report = Report { action: "profile-status", profiles: Vec::new() };
        let mut shown = String::new();
        for profile in self.wanted(name)? {
            let records = self.records(&profile)?;
            let one = self.one(&profile, &records)?;
            self.describe(&mut shown, &profile, &one);
            report.profiles.push(one);
        }
        if report.profiles.is_empty() {
            shown.push_str("Nothing is set up. Start the app to set a backup up.\n");
        }
        self.output.result(shown.as_bytes())?;
        self.output.json(&report)?;
        Ok(exit::OK)
    }

    fn one(&self, profile: &Profile, records: &Records) -> Result<One, CliError> {
        let (past, now) = (records.past(), self.now());
        let conditions = self.conditions(profile)?;
        let (due, waits, waits_until) = match schedule::decide(profile, &past, &now, &conditions) {
            Decision::Run(_) => (true, None, None),
            Decision::Wait { until, why } => (false, Some(why), until),
        };
        Ok(One {
            id: profile.id.to_string(),
            name: profile.name.clone(),
            here: conditions.destination_here,
            last: records.last(What::Backup).cloned(),
            last_success: past.last_success,
            last_proof: records.last(What::Proof).cloned(),
            overdue: schedule::overdue(profile, &past, &now).is_some(),
            due,
            waits,
            waits_until,
        })
    }

    fn describe(&self, shown: &mut String, profile: &Profile, one: &One) {
        let zone = self.output.zone();
        let date = |moment| text::date(moment, zone);
        let _ = writeln!(shown, "{} ({})", profile.name, profile.id);
        let away = if one.here { "" } else { ", which is not there now" };
        let _ = writeln!(shown, "  To:          {}{away}", profile.place.label);
        let last = match &one.last {
            None => "never".to_owned(),
            Some(last) => format!("{}, {}", date(last.ended), outcome(last)),
        };
        let _ = writeln!(shown, "  Last backup: {last}");
        if let (Some(last), Some(good)) = (&one.last, one.last_success)
            && !last.outcome.is_success()
        {
            let _ = writeln!(shown, "  Last good:   {}", date(good));
        }
        let proven = match &one.last_proof {
            None => "not yet".to_owned(),
            Some(proof) => format!("{}, {}", date(proof.ended), outcome(proof)),
        };
        let _ = writeln!(shown, "  Last proven: {proven}");
        let next = match (one.waits, one.waits_until) {
            (None, _) => "due now".to_owned(),
            (Some(Waiting::NotDue), Some(until)) => {
                timestamp(until).to_zoned(zone.clone()).strftime("%a %b %e %H:%M:%S %Y").to_string()
            }
            (Some(why), _) => format!("waits: {}", reason(why)),
        };
        let _ = writeln!(shown, "  Next:        {next}{}", if one.overdue { " (overdue)" } else { "" });
    }
}

/// How something ended, in words.
pub(super) fn outcome(record: &Record) -> String {
    match record.outcome {
        Outcome::Done if record.message.is_empty() => "done".to_owned(),
        Outcome::Done => record.message.clone(),
        Outcome::Warnings => {
            format!("done, with {}", text::counted(record.warning_count, "warning"))
        }
        Outcome::Failed | Outcome::Skipped => match record.code {
            Some(code) => format!("failed: {} [{}]", record.message, code.as_str()),
            None => format!("failed: {}", record.message),
        },
        Outcome::Cancelled => "stopped".to_owned(),
    }
}

/// Why nothing runs, in words.
pub(super) fn reason(why: Waiting) -> &'static str {
    match why {
        Waiting::Manual => "it runs only when asked to",
        Waiting::Running => "a run is going on",
        Waiting::Paused => "all schedules are paused",
        Waiting::NotDue => "its time has not come",
        Waiting::Held => "it is held until somebody has looked at it in the app",
        Waiting::DriveAway => "its drive or folder is not there",
        Waiting::Offline => "there is no network",
        Waiting::Metered => "the network is metered",
        Waiting::KeyringLocked => "its passphrase cannot be had: set PASSPHRASE, or unlock the keyring",
        Waiting::OnBattery => "the computer runs on battery",
        Waiting::BatteryLow => "the battery is low",
        Waiting::QuietHours => "these are its quiet hours",
        Waiting::BackOff => "the last try failed a short while ago",
        Waiting::Stopped => "somebody stopped it a short while ago",
    }
}
