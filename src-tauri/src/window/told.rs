//! What the page is told without asking.

use backtrail_api::Event;
use serde::{Deserialize, Serialize};

/// Something happened in the background.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
pub(super) struct Happened(pub(super) Event);

/// The background is there, or gone; while it is gone, `startBackground` starts it again.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
pub(super) struct Linked(pub(super) bool);
