//! macOS: a launch agent. Windows: the person's own Run key. Both through `auto-launch`.

use crate::{messages, role};
use auto_launch::{AutoLaunch, AutoLaunchBuilder, MacOSLaunchMode, WindowsEnableMode};

fn entry() -> Result<AutoLaunch, String> {
    let program = role::program().map_err(|error| error.to_string())?;
    let program = program.to_str().ok_or_else(|| messages::PROGRAM_PATH.to_owned())?;
    AutoLaunchBuilder::new()
        .set_app_name(messages::NAME)
        .set_app_path(program)
        .set_args(&["--background"])
        .set_macos_launch_mode(MacOSLaunchMode::LaunchAgent)
        .set_windows_enable_mode(WindowsEnableMode::CurrentUser)
        .build()
        .map_err(|error| error.to_string())
}

pub(super) fn is_on() -> Option<bool> {
    entry().ok()?.is_enabled().ok()
}

pub(super) fn switch(on: bool) -> Result<(), String> {
    let entry = entry()?;
    if on { entry.enable() } else { entry.disable() }.map_err(|error| error.to_string())
}
