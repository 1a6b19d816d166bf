//! The words of a record: what happened in a plain sentence, and what to do next, for somebody who clicks. The
//! technical text of an error stays beside it as a warning of the record, for *Details*.

use super::RunError;
use crate::{Outcome, Profile, Record, RecordWarning, What};
use backtrail_base::{Code, Coded, Timestamp};
use backtrail_engine::{EngineError, Warning};

/// What a person can do, where it differs from what the command would say.
pub(super) fn next_step(error: &RunError) -> Option<String> {
    let step = match error {
        RunError::DriveAway { label } => {
            return Some(format!("Plug in {label}; the backup then runs by itself."));
        }
        RunError::DriveLeft { label } => {
            return Some(format!("Plug in {label} again; what was saved before is as it was."));
        }
        RunError::Gone { .. } => {
            "Check that the right drive or share is connected, or choose the place anew."
        }
        RunError::NoSource { .. } => {
            "Choose the folders to back up anew, or plug in the drive that they are on."
        }
        RunError::InTheWay { .. } => "Restore into another folder.",
        RunError::OtherPassphrase { .. } => "Type the passphrase that the backups were made with.",
        RunError::Engine(EngineError::Locked { .. }) => "Wait until it has ended.",
        other => match other.code() {
            Code::NoSpace => {
                "Free some space there, keep backups for a shorter time, or choose another place."
            }
            Code::Denied => "Check who owns the folder, and whether the drive is read-only.",
            Code::Unsigned | Code::OtherSigner => {
                "Somebody else may have written these files. Go on only if you know who did."
            }
            Code::ChainMoved => "It is tried again by itself; nothing that was saved before is lost.",
            Code::ClockBehind => "Set the computer's clock.",
            Code::NoSignatures => "The next backup is a full one; the files can still be restored.",
            Code::HashMismatch | Code::VolumeMissing | Code::ManifestMissing | Code::ManifestInvalid => {
                "Check the drive. Backups from other days may still be whole; make a new full backup soon."
            }
            Code::Damaged | Code::BadSignature => "Check the drive, and make a new full backup soon.",
            Code::WrongPassphrase => "Type the passphrase that the backups were made with.",
            Code::KeyNotFound | Code::NoSecretKey => "Bring the key back from the recovery kit.",
            Code::KeyUnusable => "Renew the key, or choose another one.",
            Code::PathNotInBackup => "Look for it at another moment.",
            Code::NoBackup => "Make a first backup.",
            _ => return None,
        },
    };
    Some(step.to_owned())
}

/// What happened, in one plain sentence without a full stop.
pub(super) fn sentence(error: &RunError, profile: &Profile) -> String {
    let place = &profile.place.label;
    match error {
        RunError::Engine(EngineError::Locked { .. }) => {
            return format!("another run of the backup {} is going on", profile.name);
        }
        RunError::DriveAway { .. } | RunError::DriveLeft { .. } => return error.to_string(),
        // The computer's own disk, where the archive folder is, or the one restored to.
        RunError::Engine(EngineError::Io(_)) | RunError::Io(_) if error.code() == Code::NoSpace => {
            return "the disk of this computer is full".to_owned();
        }
        _ => {}
    }
    match error.code() {
        Code::NoSpace => format!("{place} is full"),
        Code::Denied => format!("{place} does not let anything be written"),
        Code::Cancelled => "it was stopped".to_owned(),
        Code::Unsigned => format!("what is in {place} is not signed with the key of this backup"),
        Code::OtherSigner => {
            format!("what is in {place} is signed with another key than that of this backup")
        }
        Code::ChainMoved => format!("the backups in {place} changed while this one was made"),
        Code::HashMismatch => format!("a file of the backup in {place} is damaged"),
        Code::VolumeMissing | Code::ManifestMissing => format!("a file of the backup in {place} is missing"),
        Code::NoBackup => format!("there is no backup in {place} yet"),
        _ => error.to_string(),
    }
}

/// A record of a run that an error ended.
pub(super) fn failed(
    what: What,
    error: &RunError,
    profile: &Profile,
    began: Timestamp,
    ended: Timestamp,
) -> Record {
    let outcome = match error.code() {
        Code::Cancelled => Outcome::Cancelled,
        // Somebody waits for a restore: that it did not begin is a failure.
        _ if error.skipped().is_some() && what != What::Restore => Outcome::Skipped,
        _ => Outcome::Failed,
    };
    let mut record = Record::new(what, outcome, began, ended);
    if outcome == Outcome::Skipped {
        record.skipped = error.skipped();
    }
    record.code = Some(error.code());
    record.message = sentence(error, profile);
    record.next_step = error.next_step();
    let technical = error.to_string();
    if technical != record.message && outcome == Outcome::Failed {
        record.warn(RecordWarning { code: record.code, path: None, message: technical });
    }
    record.figures.seconds = seconds(began, ended);
    record
}

/// Notes an error that did not stop a run.
pub(super) fn warn_of(record: &mut Record, error: &dyn Coded) {
    record.warn(RecordWarning { code: Some(error.code()), path: None, message: error.to_string() });
    if record.outcome == Outcome::Done {
        record.outcome = Outcome::Warnings;
    }
}

/// Notes the warnings of the engine. The paths in it are those of the backup: absolute without the first slash.
pub(super) fn warn_all(record: &mut Record, warnings: &[Warning]) {
    for warning in warnings {
        record.warn(RecordWarning {
            code: Some(warning.code),
            path: warning.path.as_ref().map(super::paths::shown),
            message: warning.message.clone(),
        });
    }
    if !warnings.is_empty() && record.outcome == Outcome::Done {
        record.outcome = Outcome::Warnings;
    }
}

/// Whole seconds from one moment to another; none when the clock was set back meanwhile.
pub(super) fn seconds(began: Timestamp, ended: Timestamp) -> u64 {
    u64::try_from(ended.0.saturating_sub(began.0)).unwrap_or(0)
}
