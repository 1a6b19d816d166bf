//! The JSON objects of `--json`. Each command prints one, with `action` first; a failure prints [`Failure`]. Times are
//! seconds since 1970, sizes bytes. A path is text where it is UTF-8; where it is not, `path` has replacement
//! characters and `path_hex` the exact bytes. Fields are added over time, never renamed.

use crate::error::CliError;
use backtrail_base::{Coded, Timestamp};
use backtrail_engine::Warning;
use backtrail_engine::backup::Statistics;
use backtrail_format::EntryPath;
use backtrail_format::names::SetId;
use serde::Serialize;

/// A path; flattened into what has one.
#[derive(Debug, Serialize)]
pub(crate) struct Path {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
}

impl Path {
    pub(crate) fn new(path: &EntryPath) -> Self {
        let exact = std::str::from_utf8(path.as_bytes()).is_ok();
        Self { path: path.to_string_lossy().into_owned(), path_hex: (!exact).then(|| hex(path.as_bytes())) }
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A set by its kind and times.
#[derive(Debug, Serialize)]
pub(crate) struct Set {
    /// `full` or `incremental`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The moment it shows.
    time: Timestamp,
    /// The moment it builds on; none for a full.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Timestamp>,
}

impl Set {
    pub(crate) fn new(id: SetId) -> Self {
        Self {
            kind: if id.is_full() { "full" } else { "incremental" },
            time: id.end(),
            start_time: (!id.is_full()).then(|| id.start()),
        }
    }
}

/// Something that went wrong without stopping the run.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    code: &'static str,
    message: String,
    #[serde(flatten)]
    path: Option<Path>,
}

impl Problem {
    pub(crate) fn list(warnings: &[Warning]) -> Vec<Self> {
        let one = |warning: &Warning| Self {
            code: warning.code.as_str(),
            message: warning.message.clone(),
            path: warning.path.as_ref().map(Path::new),
        };
        warnings.iter().map(one).collect()
    }
}

/// The figures of a backup, under duplicity's names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Figures {
    start_time: Timestamp,
    end_time: Timestamp,
    elapsed_time: f64,
    source_files: u64,
    source_file_size: u64,
    new_files: u64,
    new_file_size: u64,
    deleted_files: u64,
    changed_files: u64,
    changed_file_size: u64,
    changed_delta_size: u64,
    delta_entries: u64,
    raw_delta_size: u64,
    total_destination_size_change: u64,
    errors: u64,
}

impl From<&Statistics> for Figures {
    fn from(figures: &Statistics) -> Self {
        Self {
            start_time: figures.start,
            end_time: figures.end,
            elapsed_time: figures.elapsed,
            source_files: figures.source_files,
            source_file_size: figures.source_bytes,
            new_files: figures.new_files,
            new_file_size: figures.new_bytes,
            deleted_files: figures.deleted_files,
            changed_files: figures.changed_files,
            changed_file_size: figures.changed_bytes,
            changed_delta_size: figures.changed_delta_bytes,
            delta_entries: figures.delta_entries,
            raw_delta_size: figures.raw_delta_bytes,
            total_destination_size_change: figures.stored_bytes,
            errors: figures.errors,
        }
    }
}

/// What a stopped command prints.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    error: FailureBody,
}

#[derive(Debug, Serialize)]
struct FailureBody {
    code: &'static str,
    message: String,
    next_step: Option<String>,
    exit: u8,
}

impl Failure {
    pub(super) fn new(error: &CliError) -> Self {
        Self {
            error: FailureBody {
                code: error.code().as_str(),
                message: error.message(),
                next_step: error.next_step(),
                exit: error.exit(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_no_text_keeps_its_bytes() {
        let path = EntryPath::parse(b"a/\xff").expect("a path");
        let json = serde_json::to_string(&Path::new(&path)).expect("serialises");
        assert_eq!(json, r#"{"path":"a/�","path_hex":"612fff"}"#);
        let path = EntryPath::parse("a/ü\n".as_bytes()).expect("a path");
        let json = serde_json::to_string(&Path::new(&path)).expect("serialises");
        assert_eq!(json, r#"{"path":"a/ü\n"}"#, "text needs no second form");
    }
}
