//! Windows: a name is UTF-16 that may hold half a pair; such a half is written `%uD800`, a percent sign `%u0025`.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};

pub(super) fn escape(name: &OsStr) -> String {
    let mut text = String::new();
    for unit in char::decode_utf16(name.encode_wide()) {
        match unit {
            Ok('%') => text.push_str("%u0025"),
            Ok(letter) => text.push(letter),
            // Writing into a string cannot fail.
            Err(half) => drop(write!(text, "%u{:04X}", half.unpaired_surrogate())),
        }
    }
    text
}

pub(super) fn unescape(text: &str) -> Option<OsString> {
    let mut parts = text.split('%');
    let mut wide: Vec<u16> = parts.next()?.encode_utf16().collect();
    for part in parts {
        let digits = part.strip_prefix('u')?.get(..4)?;
        wide.push(u16::from_str_radix(digits, 16).ok()?);
        wide.extend(part.get(5..)?.encode_utf16());
    }
    Some(OsString::from_wide(&wide))
}
