//! The logs of `--log-file` and `--log-fd`, in the form that duplicity writes for other programs: a line with level,
//! number and further words, the message on lines that begin with a dot, and an empty line.

use super::Sink;
use backtrail_base::fs;
use std::io;
use std::path::Path;

/// One record.
pub(super) fn record(level: &str, control: &str, message: &str) -> String {
    let mut record = format!("{level} {control}\n");
    for line in message.lines() {
        record.push_str(". ");
        record.push_str(line);
        record.push('\n');
    }
    record.push('\n');
    record
}

/// A path in the words behind a number: in quotes, in ASCII.
pub(super) fn quoted(path: &str) -> String {
    let mut text = String::from("'");
    for c in path.chars() {
        match c {
            '\'' => text.push_str("\\x27"),
            '\\' => text.push_str("\\\\"),
            ' '..='~' => text.push(c),
            c if u32::from(c) < 0x100 => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if u32::from(c) < 0x1_0000 => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    text.push('\'');
    text
}

/// A log at the end of a file.
pub(super) fn to_file(path: &Path) -> io::Result<Sink> {
    let file = fs::OpenOptions::new().create(true).append(true).open(path)?;
    Ok(Box::new(file))
}

/// A log to a descriptor that the caller left open. Opened again by its name under `/dev/fd`, so that nobody else's
/// descriptor is closed.
pub(super) fn to_descriptor(number: u32) -> io::Result<Sink> {
    if cfg!(not(unix)) {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "--log-fd needs file descriptors with numbers, which this system has not; use --log-file",
        ));
    }
    to_file(Path::new(&format!("/dev/fd/{number}")))
}

#[cfg(test)]
mod tests {
    use super::{quoted, record};

    #[test]
    fn a_path_is_quoted_as_duplicity_quotes_it() {
        assert_eq!(quoted("a b'ü\n€"), r"'a b\x27\xfc\x0a\u20ac'");
    }

    #[test]
    fn a_record_is_what_programs_that_read_duplicity_expect() {
        assert_eq!(record("NOTICE", "1", "one\ntwo"), "NOTICE 1\n. one\n. two\n\n");
        assert_eq!(record("INFO", "16 5 10", ""), "INFO 16 5 10\n\n", "progress may have no text");
    }
}
