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

/// The tray icon's states; a source for each is in `icons/tray`.
const TRAY: [&str; 5] = ["good", "busy", "warning", "attention", "paused"];

/// The tray icon's colours on a light panel, and what they are on a dark one.
const DARK: [(&str, &str); 5] = [
    ("#1d2422", "#ffffff"),
    ("#0b62a8", "#7cc0ff"),
    ("#a35c00", "#ffc14d"),
    ("#b3261e", "#ff8a80"),
    ("#5a6461", "#c5ccca"),
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
    let tray = target.join("tray");
    fs_err::create_dir_all(&tray)?;
    for state in TRAY {
        let source = icons.join(format!("tray/{state}.svg"));
        draw(&source, made, Some("44"))?;
        fs_err::copy(made.join("44x44.png"), tray.join(format!("{state}-light.png")))?;
        let dark = DARK.iter().fold(fs_err::read_to_string(&source)?, |text, (on_light, on_dark)| {
            text.replace(on_light, on_dark)
        });
        let source = made.join("dark.svg");
        fs_err::write(&source, dark)?;
        draw(&source, made, Some("44"))?;
        fs_err::copy(made.join("44x44.png"), tray.join(format!("{state}-dark.png")))?;
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
