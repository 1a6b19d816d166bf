//! The icons' sizes, made from their sources by the Tauri command line. The sizes are kept in the checkout, so that a
//! build needs no tool for them.

use crate::say::{Done, step};
use crate::{places, shell, ui};
use std::path::Path;

/// The Tauri command line, fetched when it is needed: it is no part of the front end's own packages, since its builds
/// for other systems would then have to be there as well.
const TAURI: &str = "@tauri-apps/cli@2.12.5";

/// The app icon's sizes: what Linux wants, and the two containers for Windows and macOS.
const APP: [(&str, &str); 6] = [
    ("32x32.png", "32x32.png"),
    ("128x128.png", "128x128.png"),
    ("256x256.png", "256x256.png"),
    ("512x512.png", "512x512.png"),
    ("icon.ico", "icon.ico"),
    ("icon.icns", "icon.icns"),
];

/// Makes every size again.
///
/// # Errors
/// When npm or the Tauri command line fails.
pub(crate) fn icons() -> Done {
    step("Making the icons' sizes");
    let icons = places::root().join("icons");
    let made = std::env::temp_dir().join(format!("backtrail-icons-{}", std::process::id()));
    let result = make(&icons, &made);
    if made.exists() {
        fs_err::remove_dir_all(&made)?;
    }
    result
}

fn make(icons: &Path, made: &Path) -> Done {
    let target = icons.join("generated");
    fs_err::create_dir_all(&target)?;
    let app = icons.join("app.svg");
    // Twice: asking for sizes leaves the containers out.
    draw(&app, made, None)?;
    draw(&app, made, Some("32,128,256,512"))?;
    for (from, to) in APP {
        fs_err::copy(made.join(from), target.join(to))?;
    }
    for panel in ["light", "dark"] {
        draw(&icons.join(format!("tray/{panel}.svg")), made, Some("44"))?;
        fs_err::copy(made.join("44x44.png"), target.join(format!("tray-{panel}.png")))?;
    }
    Ok(())
}

fn draw(source: &Path, into: &Path, sizes: Option<&str>) -> Done {
    let mut command = ui::npm(&["exec", "--yes", "--package", TAURI, "--", "tauri", "icon"]);
    command.arg(source).arg("--output").arg(into);
    if let Some(sizes) = sizes {
        command.args(["--png", sizes]);
    }
    shell::output(&mut command).map(|_| ())
}
