//! Text as duplicity prints it, so that what reads it goes on reading it: dates, sizes, statistics, tables.

use super::progress::printable;
use crate::args::timestamp;
use backtrail_base::{Code, Timestamp};
use backtrail_engine::backup::Statistics;
use jiff::tz::TimeZone;
use std::fmt::Write;

/// A message as it is printed: the sentence with a capital letter and a full stop, the next step, the code.
pub(crate) fn sentence(message: &str, next_step: Option<&str>, code: Code) -> String {
    // A library's message of several lines becomes one; other control characters cannot steer a terminal.
    let message: String = match message.contains('\n') {
        true => message.split_whitespace().collect::<Vec<_>>().join(" "),
        false => message.to_owned(),
    };
    let message = printable(message.trim());
    // A file may be called `nothing`.
    let names_a_path = code == Code::PathNotInBackup;
    let mut text = String::new();
    let mut characters = message.chars();
    // A sentence that begins with a path, an option or a quotation is left as it is.
    match characters.next() {
        Some(first) if first.is_ascii_lowercase() && !names_a_path && begins_with_a_word(&message) => {
            text.push(first.to_ascii_uppercase());
            text.push_str(characters.as_str());
        }
        _ => text.push_str(&message),
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    if let Some(next) = next_step {
        text.push(' ');
        text.push_str(next);
    }
    let _ = write!(text, " [{}]", code.as_str());
    text
}

/// Whether a message begins with a word of the language, as opposed to a file, an option or a program of that name.
fn begins_with_a_word(message: &str) -> bool {
    const WORDS: &[&str] = &[
        "a",
        "an",
        "another",
        "both",
        "it",
        "no",
        "none",
        "nothing",
        "passed",
        "restored",
        "some",
        "something",
        "stopped",
        "the",
        "there",
        "this",
        "two",
        "volume",
    ];
    WORDS.contains(&message.trim().split(' ').next().unwrap_or_default())
}

/// An input/output error with its cause: the standard text of the calls that name the path leaves the cause out.
pub(crate) fn io_error(error: &std::io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.source()) {
        Some(cause) => format!("{error}: {}", without_number(&cause.to_string())),
        None => without_number(&error.to_string()),
    }
}

/// What the system said, without the path that a message has already.
pub(crate) fn io_cause(error: &std::io::Error) -> String {
    let cause = error.get_ref().and_then(|inner| inner.source()).map(ToString::to_string);
    without_number(&cause.unwrap_or_else(|| error.to_string()))
}

/// `Permission denied (os error 13)` without the number, in the middle of a sentence.
fn without_number(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or(text);
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().collect::<String>() + characters.as_str(),
        None => String::new(),
    }
}

/// `Thu Nov 19 09:00:00 2026`, the form of C's `asctime`, in the local zone.
pub(crate) fn date(moment: Timestamp, zone: &TimeZone) -> String {
    let zoned = timestamp(moment).to_zoned(zone.clone());
    zoned.strftime("%a %b %e %H:%M:%S %Y").to_string()
}

/// `7.23 GB`: three significant figures, units of 1024, as duplicity writes.
pub(crate) fn size(bytes: u64) -> String {
    for (unit, name) in [(1u64 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")] {
        if bytes >= unit {
            #[expect(clippy::cast_precision_loss, reason = "three figures are shown")]
            let count = bytes as f64 / unit as f64;
            let digits = if count >= 100.0 {
                0
            } else if count >= 10.0 {
                1
            } else {
                2
            };
            return format!("{count:.digits$} {name}");
        }
    }
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// `1 hour 2 minutes 3.45 seconds`.
pub(crate) fn duration(seconds: f64) -> String {
    let mut parts = Vec::new();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole minutes of a run")]
    let minutes = (seconds.max(0.0) / 60.0) as u64;
    #[expect(clippy::cast_precision_loss, reason = "minutes of a run")]
    let rest = seconds.max(0.0) - (minutes * 60) as f64;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    for (count, unit) in [(hours, "hour"), (minutes, "minute")] {
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            _ => parts.push(format!("{count} {unit}s")),
        }
    }
    if parts.is_empty() || rest >= 0.01 {
        parts.push(format!("{rest:.2} seconds"));
    }
    parts.join(" ")
}

/// `1 file`, `2 files`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Duplicity's block of statistics.
pub(crate) fn statistics(figures: &Statistics, zone: &TimeZone) -> String {
    let header = "--------------[ Backup Statistics ]--------------";
    let mut text = format!("{header}\n");
    let mut line = |name: &str, value: String, note: Option<String>| {
        let _ = match note {
            Some(note) => writeln!(text, "{name} {value} ({note})"),
            None => writeln!(text, "{name} {value}"),
        };
    };
    let time = |moment: Timestamp| format!("{}.00", moment.0);
    line("StartTime", time(figures.start), Some(date(figures.start, zone)));
    line("EndTime", time(figures.end), Some(date(figures.end, zone)));
    line("ElapsedTime", format!("{:.2}", figures.elapsed), Some(duration(figures.elapsed)));
    for (name, value, bytes) in [
        ("SourceFiles", figures.source_files, false),
        ("SourceFileSize", figures.source_bytes, true),
        ("NewFiles", figures.new_files, false),
        ("NewFileSize", figures.new_bytes, true),
        ("DeletedFiles", figures.deleted_files, false),
        ("ChangedFiles", figures.changed_files, false),
        ("ChangedFileSize", figures.changed_bytes, true),
        ("ChangedDeltaSize", figures.changed_delta_bytes, true),
        ("DeltaEntries", figures.delta_entries, false),
        ("RawDeltaSize", figures.raw_delta_bytes, true),
        ("TotalDestinationSizeChange", figures.stored_bytes, true),
        ("Errors", figures.errors, false),
    ] {
        line(name, value.to_string(), bytes.then(|| size(value)));
    }
    text.push_str(&"-".repeat(header.len()));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_are_written_as_duplicity_writes_them() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1.00 KB"),
            (8200, "8.01 KB"),
            (15_728_640, "15.0 MB"),
            (250 << 30, "250 GB"),
            (3 << 40, "3.00 TB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        for (seconds, text) in [
            (0.0, "0.00 seconds"),
            (1.5, "1.50 seconds"),
            (60.0, "1 minute"),
            (125.25, "2 minutes 5.25 seconds"),
            (7384.0, "2 hours 3 minutes 4.00 seconds"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn a_failed_call_says_what_and_why() {
        let error = backtrail_base::fs::read("/nonexistent/x").expect_err("it is not there");
        assert_eq!(io_error(&error), "failed to open file `/nonexistent/x`: no such file or directory");
        assert_eq!(io_cause(&error), "no such file or directory");
        let bare = std::io::Error::from_raw_os_error(13);
        assert_eq!(io_error(&bare), "permission denied");
    }

    #[test]
    fn dates_are_asctime() {
        assert_eq!(date(Timestamp(1_795_323_370), &TimeZone::UTC), "Sun Nov 22 04:56:10 2026");
        assert_eq!(date(Timestamp(0), &TimeZone::UTC), "Thu Jan  1 00:00:00 1970", "the day is padded");
    }

    #[test]
    fn messages_are_sentences() {
        let code = Code::NoBackup;
        for (message, next, text) in [
            ("the backup is gone", None, "The backup is gone. [no-backup]"),
            ("--name is empty", Some("Give one."), "--name is empty. Give one. [no-backup]"),
            ("the a\nb\u{7} is gone", None, "The a b\\u{7} is gone. [no-backup]"),
            ("out is gone", None, "out is gone. [no-backup]"),
            ("/etc is gone.", None, "/etc is gone. [no-backup]"),
            ("duplicity-full.x is gone", None, "duplicity-full.x is gone. [no-backup]"),
        ] {
            assert_eq!(sentence(message, next, code), text);
        }
    }
}
