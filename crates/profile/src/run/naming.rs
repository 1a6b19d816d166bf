//! Names for restored files that stand beside what is there: `report (from 2026-11-22 14.00).pdf`. Nothing is ever
//! replaced.

use backtrail_base::Timestamp;
use jiff::tz::TimeZone;
use std::ffi::{OsStr, OsString};

/// The most bytes that common file systems allow in a name.
const LONGEST: usize = 255;
/// Beyond this many restores of one moment beside each other something else is wrong.
const MOST: u32 = 10_000;

/// The first of the names for `name` that is free: the name itself, then with the moment it is from, then with a
/// number as well. None when all are taken.
pub(super) fn free(
    name: &OsStr,
    is_folder: bool,
    moment: Timestamp,
    zone: &TimeZone,
    taken: &dyn Fn(&OsStr) -> bool,
) -> Option<OsString> {
    if !taken(name) {
        return Some(name.to_owned());
    }
    let when = when(moment, zone);
    (1..MOST).map(|number| beside(name, is_folder, &when, number)).find(|name| !taken(name))
}

fn when(moment: Timestamp, zone: &TimeZone) -> String {
    // A colon cannot stand in names on Windows and macOS.
    let moment = jiff::Timestamp::from_second(moment.0).unwrap_or_default();
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H.%M").to_string()
}

fn beside(name: &OsStr, is_folder: bool, when: &str, number: u32) -> OsString {
    let added = if number == 1 { format!(" (from {when})") } else { format!(" (from {when}, {number})") };
    let path = std::path::Path::new(name);
    let (stem, ending) = match (path.file_stem(), path.extension()) {
        (Some(stem), Some(ending)) if !is_folder => (stem, Some(ending)),
        _ => (name, None),
    };
    let rest = added.len() + ending.map_or(0, |ending| ending.len() + 1);
    let mut whole = shortened(stem, LONGEST.saturating_sub(rest));
    whole.push(added);
    if let Some(ending) = ending {
        whole.push(".");
        whole.push(ending);
    }
    whole
}

/// The name cut to `most` bytes, between letters where it is text.
fn shortened(name: &OsStr, most: usize) -> OsString {
    if name.len() <= most {
        return name.to_owned();
    }
    let text = name.to_string_lossy();
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    OsString::from(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_keeps_its_name() {
        let moment = Timestamp(1_795_356_000);
        let named = |name: &str, is_folder, there: &[&str]| {
            let taken = |name: &OsStr| there.iter().any(|other| *other == name);
            free(OsStr::new(name), is_folder, moment, &TimeZone::UTC, &taken)
                .and_then(|name| name.into_string().ok())
                .expect("a free name")
        };
        assert_eq!(named("a.pdf", false, &[]), "a.pdf");
        assert_eq!(named("a.pdf", false, &["a.pdf"]), "a (from 2026-11-22 14.00).pdf");
        assert_eq!(
            named("a.pdf", false, &["a.pdf", "a (from 2026-11-22 14.00).pdf"]),
            "a (from 2026-11-22 14.00, 2).pdf"
        );
        assert_eq!(named("v1.2", true, &["v1.2"]), "v1.2 (from 2026-11-22 14.00)", "a folder has no ending");
        assert_eq!(named(".bashrc", false, &[".bashrc"]), ".bashrc (from 2026-11-22 14.00)");
        let long = "\u{e9}".repeat(126) + ".txt";
        let beside = named(&long, false, &[&long]);
        assert!(beside.len() <= LONGEST && beside.ends_with("14.00).txt"), "{beside}");
    }
}
