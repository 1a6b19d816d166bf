//! Exit numbers: duplicity's, so that scripts that look at them go on working.

use backtrail_base::Code;

/// Everything went well.
pub(crate) const OK: u8 = 0;
/// Differences were found, or something was damaged.
pub(crate) const DIFFERENT: u8 = 1;
/// The archive folder is none.
pub(crate) const BAD_ARCHIVE_FOLDER: u8 = 9;
/// Ctrl-C: the number of the system's "interrupted" error, as duplicity exits with.
pub(crate) const INTERRUPTED: u8 = 4;

/// The exit number for an error.
#[must_use]
pub fn number(code: Code) -> u8 {
    match code {
        Code::Usage => 2,
        Code::HostChanged => 3,
        Code::Cancelled => INTERRUPTED,
        Code::ManifestMissing => 4,
        Code::ManifestMismatch => 5,
        Code::ManifestInvalid => 6,
        Code::FileList => 7,
        Code::BadUrl => 8,
        Code::TargetNotEmpty => 11,
        Code::VerifyFolderMissing => 12,
        Code::SourceMissing => 13,
        Code::PatternOutside => 14,
        Code::PatternInvalid => 15,
        Code::RedundantInclude => 16,
        Code::NoChain => 17,
        Code::NoSignatures => 18,
        Code::PathNotInBackup => 19,
        Code::HashMismatch | Code::VolumeMissing => 21,
        Code::Unsigned | Code::OtherSigner | Code::BadSignature => 22,
        Code::Locked => 23,
        // Where duplicity ends with a Python exception.
        Code::PassphraseNeeded
        | Code::KeyringLocked
        | Code::NoKeyring
        | Code::NoBackup
        | Code::StoppedOnRequest
        | Code::Io => 30,
        Code::WrongPassphrase
        | Code::KeyNotFound
        | Code::KeyAmbiguous
        | Code::KeyUnusable
        | Code::NoSecretKey
        | Code::PgpInvalid
        | Code::Gpg => 31,
        Code::Unsupported => 33,
        Code::Unreachable | Code::DriveAway => 38,
        Code::SourceChanged => 42,
        Code::VolumeSkipped => 44,
        Code::Destination => 50,
        Code::Denied => 51,
        Code::NotFound | Code::DestinationGone => 52,
        Code::NoSpace => 53,
        Code::FilesFromAbsolute => 72,
        Code::FilesFromEmpty => 73,
        // Damage, a moved chain, a clock that is far behind, and what later versions add.
        _ => DIFFERENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_number() {
        let table: Vec<_> =
            Code::ALL.iter().map(|code| format!("{:3} {}", number(*code), code.as_str())).collect();
        insta::assert_snapshot!("exit-numbers", table.join("\n"));
        assert!(Code::ALL.iter().all(|code| number(*code) != OK), "an error never looks like success");
    }
}
