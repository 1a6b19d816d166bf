//! How much room a file system has.

use std::path::Path;

/// Bytes that this person may still write where `path` lies, and bytes in all; none where it does not exist or the
/// system does not say.
#[cfg(unix)]
#[must_use]
pub fn free_space(path: &Path) -> Option<(u64, u64)> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
    Some((bytes(stat.f_bavail), bytes(stat.f_blocks)))
}

/// Bytes that this person may still write where `path` lies, and bytes in all; none where it does not exist or the
/// system does not say.
#[cfg(windows)]
#[must_use]
pub fn free_space(path: &Path) -> Option<(u64, u64)> {
    Some((fs4::available_space(path).ok()?, fs4::total_space(path).ok()?))
}

/// This system is not asked.
#[cfg(not(any(unix, windows)))]
#[must_use]
pub fn free_space(_: &Path) -> Option<(u64, u64)> {
    None
}
