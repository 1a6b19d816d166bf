//! The tray icon and its menu: drawn anew whenever what it shows changed. Everything it offers is in the menu, since a
//! Linux tray delivers no click.

mod icon;
#[cfg(target_os = "linux")]
mod linux;
mod menu;
#[cfg(not(target_os = "linux"))]
mod other;

use backtrail_api::service::TrayItem;
pub(super) use icon::Ground;
#[cfg(target_os = "linux")]
pub(super) use linux::Tray;
#[cfg(not(target_os = "linux"))]
pub(super) use other::{Tray, build};

/// What the tray tells.
pub(super) trait Panel: Send + Sync + 'static {
    /// An entry was chosen.
    fn clicked(&self, item: TrayItem);
    /// A tray shows the icon, or none does.
    fn there(&self, there: bool);
}
