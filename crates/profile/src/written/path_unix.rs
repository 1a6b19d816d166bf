//! Unix: a name is bytes; those that are no plain letters are written `%E9`.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

const ESCAPED: &AsciiSet = &CONTROLS.add(b'%').add(b'"').add(b'\\');

pub(super) fn escape(name: &OsStr) -> String {
    percent_encode(name.as_bytes(), ESCAPED).to_string()
}

pub(super) fn unescape(text: &str) -> Option<OsString> {
    Some(OsString::from_vec(percent_decode_str(text).collect()))
}
