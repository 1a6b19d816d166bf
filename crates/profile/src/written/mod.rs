//! How values are written in our files, so that a person can read them: moments as RFC 3339 in UTC, paths as they are
//! typed, codes by their text. What this version does not know never stops the rest from being read.

pub(crate) mod code;
pub(crate) mod moment;
pub(crate) mod path;
