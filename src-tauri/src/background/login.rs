//! Starting the background at login: on Linux a desktop entry of this person's own in the autostart folder, elsewhere
//! what the system has for it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

/// Whether the background starts at login; none where the system does not say.
pub(super) fn is_on() -> Option<bool> {
    system::is_on()
}

/// Switches the start at login.
///
/// # Errors
/// What the system said, in words.
pub(super) fn switch(on: bool) -> Result<(), String> {
    system::switch(on)
}
