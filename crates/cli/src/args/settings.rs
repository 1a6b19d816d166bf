//! What the options say, in types: sizes in bytes, times as moments, paths expanded. Each option is read once, here.

use super::matched::Matched;
use super::options::{self, Standing};
use super::selection::{self, SelectionOption};
use super::time::{Now, TIME_FORMS};
use super::usage::UsageError;
use crate::surroundings::Surroundings;
use backtrail_base::Timestamp;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Every option's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How to back up.
    pub backup: BackupSettings,
    /// The selection options, in order.
    pub selection: Vec<SelectionOption>,
    /// Entries of file lists end with a zero byte.
    pub null_separator: bool,
    /// What and how to restore, verify and list.
    pub restoring: RestoreSettings,
    /// Keys and encryption.
    pub protection: ProtectionSettings,
    /// Folders and names.
    pub places: PlaceSettings,
    /// What is printed, and where.
    pub output: OutputSettings,
    /// Delete, or overwrite.
    pub force: bool,
    /// Change nothing.
    pub dry_run: bool,
    /// The time that the run takes for the current one.
    pub current_time: Option<Timestamp>,
    /// What was accepted and has no effect, a sentence each.
    pub without_effect: Vec<String>,
}

/// How to back up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// Go on though the source or host is another.
    pub allow_source_mismatch: bool,
    /// Bytes in a volume.
    pub volume_size: u64,
    /// Seconds after which a full is made.
    pub full_if_older_than: Option<i64>,
    /// Number of increments after which a full is made.
    pub full_if_increments: Option<u32>,
    /// Store nothing when nothing changed.
    pub skip_if_no_change: bool,
    /// Follow symbolic links.
    pub follow_links: bool,
    /// The largest signature block in bytes.
    pub max_block: Option<u32>,
    /// Record changed files in the manifest.
    pub record_changes: bool,
    /// Print statistics.
    pub print_statistics: bool,
    /// Stop after this volume.
    pub fail_after: Option<u32>,
    /// Leave this volume out.
    pub skip_volume: Option<u32>,
}

/// What and how to restore, verify and list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreSettings {
    /// The path, as in list-current-files.
    pub path: Option<OsString>,
    /// The moment.
    pub time: Option<Timestamp>,
    /// Whether differences make verify fail.
    pub compare_data: bool,
    /// Paths restored under other names.
    pub rename: Vec<(OsString, OsString)>,
    /// Owners by number.
    pub numeric_owner: bool,
    /// Whether owners are restored.
    pub restore_ownership: bool,
    /// Keep going after errors.
    pub ignore_errors: bool,
    /// collection-status of one path.
    pub file_changed: Option<OsString>,
    /// collection-status: the changes of a set, counted from the last.
    pub show_changes_in_set: Option<i64>,
}

/// Keys and encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectionSettings {
    /// Encrypt.
    pub encryption: bool,
    /// Compress.
    pub compression: bool,
    /// Keys to encrypt to, with whether they stay hidden.
    pub recipients: Vec<(String, bool)>,
    /// The key to sign with, or that must have signed.
    pub signer: Option<String>,
    /// A file with further keys.
    pub keyring: Option<PathBuf>,
    /// The gpg program.
    pub gpg_program: Option<PathBuf>,
    /// GnuPG's folder, from `--gpg-options=--homedir=…`.
    pub gpg_home: Option<PathBuf>,
    /// Let GnuPG's agent ask for passphrases.
    pub use_agent: bool,
}

/// Folders and names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSettings {
    /// The folder of archive folders.
    pub archive_root: PathBuf,
    /// The archive folder's name, if given.
    pub name: Option<String>,
    /// For temporary files.
    pub temp_folder: PathBuf,
    /// Prefix of all names, and of volumes, manifests, signatures and statistics.
    pub prefix: String,
    /// Further prefix of volumes.
    pub prefix_archive: String,
    /// Further prefix of manifests.
    pub prefix_manifest: String,
    /// Further prefix of signatures.
    pub prefix_signature: String,
    /// Further prefix of statistics.
    pub prefix_jsonstat: String,
    /// The separator in old names.
    pub time_separator: char,
}

/// What is printed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSettings {
    /// 0 to 9.
    pub verbosity: u8,
    /// One JSON object instead of text.
    pub json: bool,
    /// Show progress.
    pub progress: bool,
    /// Seconds between two lines of progress.
    pub progress_rate: u64,
    /// A file that gets the messages too.
    pub log_file: Option<PathBuf>,
    /// A file descriptor for programs.
    pub log_fd: Option<u32>,
    /// Time and level before each message.
    pub log_timestamp: bool,
}

/// Duplicity's default verbosity, which shows notices.
pub(crate) const NOTICE: u8 = 3;

/// Reads every option.
pub(super) fn settings(matched: &Matched, now: &Now, around: &Surroundings) -> Result<Settings, UsageError> {
    let without_effect = standing(matched)?;
    let moment = |name: &str| -> Result<Option<Timestamp>, UsageError> {
        let Some(text) = matched.text(name)? else { return Ok(None) };
        let moment = now.moment(&text);
        moment.map(Some).map_err(|error| UsageError::new(format!("--{name}: {error}"), TIME_FORMS))
    };
    let age = |name: &str| -> Result<Option<i64>, UsageError> {
        let Some(text) = matched.text(name)? else { return Ok(None) };
        let age = now.age(&text);
        age.map(Some).map_err(|error| UsageError::new(format!("--{name}: {error}"), TIME_FORMS))
    };
    let prefix = |name: &str| Ok::<_, UsageError>(matched.text(name)?.unwrap_or_default());
    let path = |name: &str| matched.last(name).map(|value| around.expand(value));
    Ok(Settings {
        backup: BackupSettings {
            allow_source_mismatch: matched.given("allow-source-mismatch"),
            volume_size: matched.number("volsize", 1u64)?.unwrap_or(200).saturating_mul(1 << 20),
            full_if_older_than: age("full-if-older-than")?,
            full_if_increments: matched.number("full-if-n-inc", 0u32)?,
            skip_if_no_change: matched.given("skip-if-no-change"),
            follow_links: matched.given("copy-links"),
            max_block: matched.number("max-blocksize", 0u32)?.and_then(largest_block),
            record_changes: matched.switch("files-changed", "no-files-changed", true),
            print_statistics: matched.switch("print-statistics", "no-print-statistics", true),
            fail_after: matched.number("fail-on-volume", 1u32)?,
            skip_volume: matched.number("skip-volume", 1u32)?,
        },
        selection: selection::options(matched, now)?,
        null_separator: matched.given("null-separator"),
        restoring: RestoreSettings {
            path: matched.last("path-to-restore").map(OsStr::to_owned),
            time: moment("restore-time")?,
            compare_data: matched.given("compare-data"),
            rename: pairs(matched, "rename"),
            numeric_owner: matched.given("numeric-owner"),
            restore_ownership: matched.switch("restore-ownership", "no-restore-ownership", true),
            ignore_errors: matched.given("ignore-errors"),
            file_changed: matched.last("file-changed").map(OsStr::to_owned),
            show_changes_in_set: matched.number("show-changes-in-set", 0i64)?,
        },
        protection: protection(matched, around)?,
        places: PlaceSettings {
            archive_root: path("archive-dir").unwrap_or_else(|| around.cache_folder().join("duplicity")),
            name: matched.text("name")?.map(checked_name).transpose()?,
            temp_folder: path("tempdir").unwrap_or_else(|| around.temp_folder()),
            prefix: prefix("file-prefix")?,
            prefix_archive: prefix("file-prefix-archive")?,
            prefix_manifest: prefix("file-prefix-manifest")?,
            prefix_signature: prefix("file-prefix-signature")?,
            prefix_jsonstat: prefix("file-prefix-jsonstat")?,
            time_separator: now.separator,
        },
        output: output(matched, around)?,
        force: matched.given("force"),
        dry_run: matched.given("dry-run"),
        current_time: matched.number("current-time", i64::MIN)?.map(Timestamp),
        without_effect,
    })
}

/// Refuses what is not supported, and collects what has no effect.
fn standing(matched: &Matched) -> Result<Vec<String>, UsageError> {
    let mut notes = Vec::new();
    for row in options::all().filter(|row| matched.given(row.name)) {
        match row.standing {
            Standing::Refused(instead) => {
                return Err(UsageError::new(format!("--{} is not supported", row.name), instead));
            }
            Standing::NoEffect(why) => notes.push(format!("--{} has no effect: {why}", row.name)),
            Standing::Works | Standing::Hidden => {}
        }
    }
    Ok(notes)
}

fn output(matched: &Matched, around: &Surroundings) -> Result<OutputSettings, UsageError> {
    Ok(OutputSettings {
        verbosity: match matched.text("verbosity")? {
            Some(level) => verbosity(&level)?,
            None => NOTICE,
        },
        json: matched.given("json"),
        progress: matched.given("progress"),
        progress_rate: matched.number("progress-rate", 1u64)?.unwrap_or(3),
        log_file: matched.last("log-file").map(|value| around.expand(value)),
        log_fd: matched.number("log-fd", 1u32)?,
        log_timestamp: matched.given("log-timestamp"),
    })
}

fn protection(matched: &Matched, around: &Surroundings) -> Result<ProtectionSettings, UsageError> {
    let mut recipients: Vec<_> = matched
        .placed("encrypt-key")
        .chain(matched.placed("hidden-encrypt-key"))
        .chain(matched.placed("encrypt-sign-key"))
        .collect();
    recipients.sort_by_key(|(place, ..)| *place);
    let recipients = recipients.into_iter().map(|(_, name, value)| {
        let key = value.to_str().filter(|key| !key.trim().is_empty());
        let key = key.ok_or_else(|| UsageError::value(name, &value.to_string_lossy(), "a key"))?;
        Ok((key.to_owned(), name == "hidden-encrypt-key"))
    });
    let mut signers: Vec<_> = matched.placed("sign-key").chain(matched.placed("encrypt-sign-key")).collect();
    signers.sort_by_key(|(place, ..)| *place);
    let signer = match signers.last() {
        Some((_, name, value)) => {
            let key = value.to_str().filter(|key| !key.trim().is_empty());
            Some(key.ok_or_else(|| UsageError::value(name, &value.to_string_lossy(), "a key"))?.to_owned())
        }
        None => None,
    };
    Ok(ProtectionSettings {
        encryption: matched.switch("encryption", "no-encryption", true),
        compression: matched.switch("compression", "no-compression", true),
        recipients: recipients.collect::<Result<_, UsageError>>()?,
        signer,
        keyring: matched.last("encrypt-secret-keyring").map(|value| around.expand(value)),
        gpg_program: matched.last("gpg-binary").map(|value| around.expand(value)),
        gpg_home: gpg_home(&matched.texts("gpg-options")?, around)?,
        use_agent: matched.given("use-agent"),
    })
}

/// Options of gpg that ask for what is done anyway, or for what cannot weaken a backup when left out.
const GPG_HARMLESS: &[&str] = &[
    "--always-trust",
    "--batch",
    "--no-batch",
    "--no-tty",
    "--quiet",
    "--yes",
    "--no-permission-warning",
    "--no-secmem-warning",
    "--no-auto-check-trustdb",
    "--no-greeting",
    "--expert",
    "--force-mdc",
    "--use-agent",
    "--no-use-agent",
    "--trust-model",
    "--pinentry-mode",
    "--compress-algo",
    "--compress-level",
    "--bzip2-compress-level",
    "-z",
    "--cipher-algo",
    "--digest-algo",
    "--s2k-mode",
    "--s2k-cipher-algo",
    "--s2k-digest-algo",
    "--s2k-count",
    "--status-fd",
    "--display-charset",
    "--lock-never",
];

/// What `--gpg-options` means here: `--homedir` counts, some options ask for what is done anyway, others are refused,
/// because they would be lost in silence.
fn gpg_home(options: &[String], around: &Surroundings) -> Result<Option<PathBuf>, UsageError> {
    let mut home = None;
    for text in options {
        let mut words = text.trim_matches(['"', '\'']).split_whitespace();
        let mut pending: Option<&str> = None;
        for word in words.by_ref() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (word, None),
            };
            if let Some(before) = pending.take()
                && !word.starts_with('-')
            {
                if before == "--homedir" {
                    home = Some(around.expand(OsStr::new(word.trim_matches(['"', '\'']))));
                }
                continue;
            }
            if option == "--homedir" {
                match value {
                    Some(value) => home = Some(around.expand(OsStr::new(value.trim_matches(['"', '\''])))),
                    None => pending = Some("--homedir"),
                }
            } else if GPG_HARMLESS.contains(&option) {
                pending = value.is_none().then_some(option);
            } else {
                return Err(UsageError::new(
                    format!("gpg's option {option} in --gpg-options is not supported"),
                    "Backups are sealed without the gpg program; leave the option out, or see `backtrail man`.",
                ));
            }
        }
    }
    Ok(home)
}

/// `--verbosity`: a digit, a letter or a word.
fn verbosity(level: &str) -> Result<u8, UsageError> {
    match level.to_ascii_lowercase().as_str() {
        "e" | "error" => return Ok(0),
        "w" | "warning" => return Ok(2),
        "n" | "notice" => return Ok(NOTICE),
        "i" | "info" => return Ok(5),
        "d" | "debug" => return Ok(9),
        _ => {}
    }
    level.parse().ok().filter(|level| *level <= 9).ok_or_else(|| {
        UsageError::value("verbosity", level, "0 to 9, or one of error, warning, notice, info and debug")
    })
}

/// `--max-blocksize`: 0 for no limit, else rounded up to 512.
fn largest_block(bytes: u32) -> Option<u32> {
    (bytes > 0).then(|| bytes.div_ceil(512).saturating_mul(512))
}

/// `--name` is one path component, so that the archive folder stays within its root.
fn checked_name(name: String) -> Result<String, UsageError> {
    let fits = !name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != "..";
    if fits { Ok(name) } else { Err(UsageError::value("name", &name, "a name without a slash")) }
}

fn pairs(matched: &Matched, name: &str) -> Vec<(OsString, OsString)> {
    let values: Vec<_> = matched.all(name).map(OsStr::to_owned).collect();
    let mut pairs = Vec::new();
    let mut values = values.into_iter();
    while let (Some(from), Some(to)) = (values.next(), values.next()) {
        pairs.push((from, to));
    }
    pairs
}
