//! The words for each code: one plain sentence, what to do about it, and the step that a button can take. No program
//! name, no exit code, no "unknown error"; the technical text goes behind *Details*.

use crate::view::NextStep;
use backtrail_base::Code;

/// The words for a code. `{place}` stands for the destination's name, `{name}` for the profile's.
pub(super) struct Words {
    pub(super) message: &'static str,
    pub(super) advice: Option<&'static str>,
    pub(super) step: Option<NextStep>,
}

const fn say(message: &'static str, advice: &'static str, step: Option<NextStep>) -> Option<Words> {
    Some(Words { message, advice: Some(advice), step })
}

const AGAIN: Option<NextStep> = Some(NextStep::TryAgain);
const SETTINGS: Option<NextStep> = Some(NextStep::OpenSettings);
const PLACE: Option<NextStep> = Some(NextStep::ChoosePlace);
const DRIVE: Option<NextStep> = Some(NextStep::PlugDrive);
const PASSPHRASE: Option<NextStep> = Some(NextStep::GivePassphrase);

/// The words for a code; none for a code that is newer than this table (a test finds it).
pub(super) fn words(code: Code) -> Option<Words> {
    match code {
        Code::Io => say(
            "A file or folder could not be read or written.",
            "Look at the details for which, check that it may be used, then try again.",
            AGAIN,
        ),
        Code::Cancelled | Code::StoppedOnRequest => Some(Words {
            message: "It was stopped before it was done.",
            advice: Some("Nothing that was kept before is lost; start it again when it suits."),
            step: AGAIN,
        }),
        Code::Locked => say(
            "Another backup of “{name}” is running.",
            "Wait until it is done, or stop it, then try again.",
            AGAIN,
        ),
        Code::SourceMissing => say(
            "A folder that is to be backed up is not there, or may not be read.",
            "If it was moved or deleted, change what is backed up; else plug its drive in and try again.",
            SETTINGS,
        ),
        Code::HostChanged | Code::SourceChanged => say(
            "The backup on {place} belongs to another computer or to other folders.",
            "Choose another place for “{name}”, so that neither backup harms the other.",
            PLACE,
        ),
        Code::TargetNotEmpty => {
            say("The folder to restore into is not empty.", "Choose an empty folder, or a new one.", None)
        }
        Code::VerifyFolderMissing => {
            say("The folder to compare with is not there.", "Choose a folder that is there.", None)
        }
        Code::PatternOutside
        | Code::PatternInvalid
        | Code::RedundantInclude
        | Code::FileList
        | Code::FilesFromAbsolute
        | Code::FilesFromEmpty => say(
            "One of the patterns for what is left out cannot be used.",
            "Look at the details for which, and change it in the settings of “{name}”.",
            SETTINGS,
        ),
        Code::Usage => say(
            "Something was asked for in a way that Backtrail cannot carry out.",
            "Check the settings of “{name}”.",
            SETTINGS,
        ),
        Code::BadUrl => {
            say("The address of the place for “{name}” cannot be used.", "Choose the place again.", PLACE)
        }
        Code::Unreachable => say(
            "{place} cannot be reached.",
            "Plug the drive in, or check the connection; the backup goes on by itself once it is back.",
            DRIVE,
        ),
        Code::Denied => say(
            "{place} may not be written.",
            "Check that it is not write-protected and that the folder is yours, or choose another place.",
            PLACE,
        ),
        Code::NotFound => say(
            "Something that is needed is not there.",
            "Look at the details for what; plug the drive in if it lies there, then try again.",
            AGAIN,
        ),
        Code::NoSpace => say(
            "{place} is full.",
            "Free some space there, keep backups for a shorter time, or choose another place.",
            PLACE,
        ),
        Code::Destination => say(
            "{place} did not do what it was asked to.",
            "Check the drive and its cable, then try again.",
            AGAIN,
        ),
        Code::NoBackup => say(
            "There is no backup of “{name}” on {place} yet.",
            "Back up once; then files can be brought back.",
            None,
        ),
        Code::NoChain | Code::NoSignatures => say(
            "The backup on {place} cannot be continued.",
            "Try again: a new full backup is made then, and the old one stays.",
            AGAIN,
        ),
        Code::ChainMoved => say(
            "Somebody else changed the backup on {place} while this one ran, so this run does not count.",
            "Try again, and see that no other computer uses the same folder.",
            AGAIN,
        ),
        Code::ClockBehind => say(
            "This computer's clock is more than a day behind the last backup.",
            "Set the date and time, then try again.",
            AGAIN,
        ),
        Code::PathNotInBackup => {
            say("This is not in the backup of that moment.", "Choose another moment.", None)
        }
        Code::HashMismatch
        | Code::VolumeMissing
        | Code::ManifestMissing
        | Code::ManifestInvalid
        | Code::ManifestMismatch
        | Code::Damaged
        | Code::EmptyVolume
        | Code::VolumeSkipped => say(
            "A part of the backup on {place} is damaged or missing.",
            "Check the drive; back up to another place soon. What the other parts hold can still be brought back.",
            PLACE,
        ),
        Code::Incomplete => say(
            "Not everything could be brought back as it was.",
            "The list names what is missing; another moment may have it.",
            None,
        ),
        Code::PathEscapes => say(
            "The backup holds a name that would lead out of the folder to restore into, so it was left out.",
            "If you did not make this backup yourself, trust none of it.",
            None,
        ),
        Code::WrongPassphrase => say(
            "The passphrase does not open the backup of “{name}”.",
            "Type it again; it is on the recovery kit if you printed or wrote it there.",
            PASSPHRASE,
        ),
        Code::PassphraseNeeded => say(
            "The passphrase of “{name}” is needed.",
            "Type it once; the backup goes on by itself then.",
            PASSPHRASE,
        ),
        Code::KeyNotFound | Code::NoSecretKey => {
            say("The key of “{name}” is not on this computer.", "Bring it back from the recovery kit.", None)
        }
        Code::KeyAmbiguous | Code::KeyUnusable => say(
            "The key of “{name}” cannot be used any more.",
            "Set the backup up anew with a new key; the old one still opens what it protected.",
            SETTINGS,
        ),
        Code::Unsigned => say(
            "The backup on {place} is not signed by your key: somebody else may have written it.",
            "Restore it only if you know why.",
            None,
        ),
        Code::OtherSigner => say(
            "The backup on {place} is signed by another key than yours: somebody else may have written it.",
            "Restore it only if you know whose key that is.",
            None,
        ),
        Code::BadSignature => say(
            "A part of the backup on {place} was changed after it was written.",
            "Choose another moment, and back up to another place soon.",
            PLACE,
        ),
        Code::PgpInvalid => say(
            "An encrypted part of the backup, or a key, cannot be read.",
            "Check the drive, then try again.",
            AGAIN,
        ),
        Code::Gpg => say(
            "GnuPG, which keeps the key of “{name}”, did not answer as it should.",
            "Check that GnuPG is installed and works, then try again.",
            AGAIN,
        ),
        Code::Unsupported => {
            say("This version of Backtrail cannot do that here.", "Look at the details for what it is.", None)
        }
        Code::BackgroundGone | Code::LinkBroken => say(
            "The part of Backtrail that works in the background does not answer.",
            "Start it again; what is scheduled runs only while it is there.",
            Some(NextStep::StartBackground),
        ),
        Code::SettingsDamaged => say(
            "A file of settings was damaged. It was kept aside, and is not used.",
            "Set this backup up again; what it stored is still there.",
            None,
        ),
        Code::SettingsNewer => say(
            "A file of settings was written by a newer Backtrail.",
            "Update Backtrail on this computer.",
            None,
        ),
        Code::KeyringLocked => say(
            "The keyring with the passphrase of “{name}” is locked.",
            "Unlock it; the backup goes on by itself then.",
            Some(NextStep::UnlockKeyring),
        ),
        Code::NoKeyring => say(
            "This computer has no keyring that keeps passphrases.",
            "Type the passphrase once each time Backtrail starts.",
            PASSPHRASE,
        ),
        Code::Keyring => say(
            "The keyring of this computer did not answer as it should.",
            "Try again; if it stays so, log out and in.",
            AGAIN,
        ),
        Code::VaultKey | Code::VaultDamaged | Code::VaultOlder => say(
            "The file with the passwords of your servers cannot be opened.",
            "Choose the place for “{name}” again, and type its password once more.",
            PLACE,
        ),
        Code::Kit => say(
            "The recovery kit cannot be kept there.",
            "Save it on another drive, or without the words, and write them on it by hand.",
            None,
        ),
        Code::KitNotProved => say(
            "The saved recovery kit does not open the backup, so it was not kept.",
            "Save it again, to another place.",
            None,
        ),
        Code::DriveAway => {
            say("{place} is not plugged in.", "Plug it in; the backup goes on by itself then.", DRIVE)
        }
        Code::DestinationGone => say(
            "The backups that were on {place} are not there any more.",
            "Check that the right drive is connected, or choose the place anew.",
            PLACE,
        ),
        Code::RolledBack => say(
            "{place} holds an older state than this computer knows of.",
            "Check who else uses it; back up again.",
            AGAIN,
        ),
        _ => None,
    }
}
