//! Numbers on their way to the page. JavaScript's are exact to 2^53, which no count of bytes here passes.

use serde::{Deserialize, Serialize};

/// A count: files, bytes, seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(transparent)]
pub struct Whole(#[cfg_attr(feature = "typescript", specta(type = u32))] pub u64);

/// A moment: seconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(transparent)]
pub struct UnixTime(#[cfg_attr(feature = "typescript", specta(type = i32))] pub i64);
