//! Stable error codes: what a script, a test, a translation and the app's *Details* may rely on. A code is never
//! renamed; its text may change.

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// A stable error code. The text form (`chain-moved`) is what is printed and translated by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// The code as it is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The code with this text, if this version knows it.
            #[must_use]
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// Every code, for catalogues and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

codes! {
    /// The command line cannot be understood.
    Usage = "usage",
    /// A file-system call failed.
    Io = "io",
    /// The operation was cancelled.
    Cancelled = "cancelled",
    /// Another run holds the lock of this backup.
    Locked = "locked",
    /// The source folder does not exist or cannot be read.
    SourceMissing = "source-missing",
    /// The backup was made on another host.
    HostChanged = "host-changed",
    /// The backup was made from another folder.
    SourceChanged = "source-changed",
    /// The folder to restore into has content.
    TargetNotEmpty = "target-not-empty",
    /// The folder to compare with does not exist.
    VerifyFolderMissing = "verify-folder-missing",
    /// A selection pattern lies outside the source.
    PatternOutside = "pattern-outside",
    /// A selection pattern cannot be read.
    PatternInvalid = "pattern-invalid",
    /// The last selection rule includes what is included already.
    RedundantInclude = "redundant-include",
    /// A file list cannot be read.
    FileList = "file-list",
    /// A list of files to back up names an absolute path.
    FilesFromAbsolute = "files-from-absolute",
    /// A list of files to back up names nothing.
    FilesFromEmpty = "files-from-empty",
    /// The destination address cannot be understood or is not supported.
    BadUrl = "bad-url",
    /// The destination cannot be reached.
    Unreachable = "unreachable",
    /// The destination refused access.
    Denied = "denied",
    /// An object is not on the destination.
    NotFound = "not-found",
    /// The destination is full.
    NoSpace = "no-space",
    /// The destination failed in another way.
    Destination = "destination",
    /// No backup was found where one is needed.
    NoBackup = "no-backup",
    /// No usable chain to continue with an increment.
    NoChain = "no-chain",
    /// The signatures that an increment needs are missing.
    NoSignatures = "no-signatures",
    /// The chain on the destination changed while the backup ran.
    ChainMoved = "chain-moved",
    /// The clock stands far behind the last backup.
    ClockBehind = "clock-behind",
    /// The path is not in the backup at that time.
    PathNotInBackup = "path-not-in-backup",
    /// A stored object does not have the recorded hash.
    HashMismatch = "hash-mismatch",
    /// A volume that is needed is missing.
    VolumeMissing = "volume-missing",
    /// A manifest is missing.
    ManifestMissing = "manifest-missing",
    /// A manifest cannot be read or contradicts its set.
    ManifestInvalid = "manifest-invalid",
    /// The local and the stored manifest differ.
    ManifestMismatch = "manifest-mismatch",
    /// Stored data is damaged.
    Damaged = "damaged",
    /// A volume holds no entries though it stands in the middle of a set.
    EmptyVolume = "empty-volume",
    /// A volume was left out on request.
    VolumeSkipped = "volume-skipped",
    /// A backup was stopped on request, after a volume.
    StoppedOnRequest = "stopped-on-request",
    /// Some files could not be restored or differ.
    Incomplete = "incomplete",
    /// A restored or stored path would leave its folder.
    PathEscapes = "path-escapes",
    /// The passphrase does not open the message.
    WrongPassphrase = "wrong-passphrase",
    /// A passphrase is needed and none was given.
    PassphraseNeeded = "passphrase-needed",
    /// No key with that name was found.
    KeyNotFound = "key-not-found",
    /// More than one key has that name.
    KeyAmbiguous = "key-ambiguous",
    /// The key cannot do what is asked (expired, revoked, no such capability).
    KeyUnusable = "key-unusable",
    /// The secret key that opens the message is not here.
    NoSecretKey = "no-secret-key",
    /// The message is not signed.
    Unsigned = "unsigned",
    /// The message is signed by another key.
    OtherSigner = "other-signer",
    /// The signature does not hold.
    BadSignature = "bad-signature",
    /// An OpenPGP message or key cannot be read.
    PgpInvalid = "pgp-invalid",
    /// The gpg program is needed and missing, or failed.
    Gpg = "gpg",
    /// The background of the desktop app is not there.
    BackgroundGone = "background-gone",
    /// The window and the background of the desktop app do not understand each other.
    LinkBroken = "link-broken",
    /// A settings file cannot be read as such.
    SettingsDamaged = "settings-damaged",
    /// A settings file was written by a newer Backtrail.
    SettingsNewer = "settings-newer",
    /// The drive of the backup is not plugged in.
    DriveAway = "drive-away",
    /// The backups that were at the destination are not there any more.
    DestinationGone = "destination-gone",
    /// The destination is older than the latest backup that this computer knows of.
    RolledBack = "rolled-back",
    /// Not supported here.
    Unsupported = "unsupported",
    /// The system's keyring is locked.
    KeyringLocked = "keyring-locked",
    /// The system has no keyring.
    NoKeyring = "no-keyring",
    /// The system's keyring failed.
    Keyring = "keyring",
    /// The vault was sealed with another key than the keyring holds.
    VaultKey = "vault-key",
    /// The vault is damaged.
    VaultDamaged = "vault-damaged",
    /// The vault is older than the last one written, or gone.
    VaultOlder = "vault-older",
    /// The recovery kit cannot be made, or not be kept there.
    Kit = "kit",
    /// The recovery kit that was saved does not open the backup.
    KitNotProved = "kit-not-proved",
}

/// An error with a stable code and a next step.
pub trait Coded: std::error::Error {
    /// The stable code.
    fn code(&self) -> Code;

    /// What the person can do next, one sentence, when there is something better than reading the message.
    fn next_step(&self) -> Option<String> {
        None
    }

    /// Whether the same call may succeed later.
    fn retryable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len(), "two errors with one code cannot be told apart");
        for text in texts {
            assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{text} is not kebab-case");
            assert_eq!(Code::named(text).map(Code::as_str), Some(text), "a history is read by these texts");
        }
    }
}
