//! `cargo xtask run`: what a newcomer sees first. It builds Backtrail, then does the main job with the real `backtrail`
//! command on a copy of this checkout's own sources, in a folder of its own, with keys and caches of its own, so that
//! nothing of the person's is touched; last it opens the desktop app. Each command is shown as one would type it.

mod story;
mod tree;

use crate::say::{Done, failure, note, step};
use crate::{install, places, shell, ui};
use std::process::Stdio;
use std::time::Duration;

/// How it was called.
pub(crate) struct Options {
    /// Leave the desktop app closed.
    pub(crate) headless: bool,
    /// Leave the folder with everything the run made.
    pub(crate) keep: bool,
}

/// Builds, shows the main job, opens the app.
///
/// # Errors
/// The first step that fails ends it; the sentence says which.
pub(crate) fn run(options: &Options) -> Done {
    install::install(&[install::BUILD])?;
    ui::build()?;
    step("Building Backtrail (the first time takes some minutes)");
    shell::run(shell::cargo(&places::root()).args(["build", "--workspace", "--exclude", "xtask", "--bins"]))?;
    story::tell(options.keep)?;
    if options.headless {
        note("The desktop app stays closed, as asked for with --headless.");
        return Ok(());
    }
    if !has_display() {
        note("There is no display here, so the desktop app stays closed.");
        return Ok(());
    }
    open_app()
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Starts the desktop app and leaves it running; an app that ends at once is a failure.
fn open_app() -> Done {
    step("Opening the desktop app");
    let mut app = shell::command(places::program("backtrail-desktop")?, &places::root());
    // It outlives this command, so it must not hold on to its terminal or pipe.
    let log = std::env::temp_dir().join(format!("backtrail-desktop-{}.log", std::process::id()));
    app.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs_err::File::create(&log)?.into_file());
    note(&format!("$ {}", shell::shown(&app)));
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut app, 0); // Ctrl-C in this terminal is not for it
    let mut child = app.spawn()?;
    std::thread::sleep(Duration::from_secs(2));
    match child.try_wait()? {
        Some(status) if !status.success() => {
            let said = fs_err::read_to_string(&log).unwrap_or_default();
            failure(format!("the desktop app ended at once, {status}: {}", said.trim()))
        }
        _ => {
            note("Its window is open. Closing it ends the app.");
            Ok(())
        }
    }
}
