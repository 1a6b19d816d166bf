//! Hands Tauri the list of the app's own commands, so that each needs a permission in a capability file, and makes
//! sure that there is a page to embed when the front end was not built.

use fs_err as fs;
use std::path::Path;

/// The commands, which `src/commands.rs` defines; a test there compares the two lists.
const COMMANDS: &[&str] = &["about"];

/// Says what is missing, on the screen where it is missing.
const UNBUILT: &str = "<!doctype html><meta charset=utf-8><title>Backtrail</title>\
<p>This Backtrail was built without its front end. Build it with: cargo xtask run</p>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let page = Path::new("../ui/dist/index.html");
    if !page.exists() {
        fs::create_dir_all("../ui/dist")?;
        fs::write(page, UNBUILT)?;
    }
    println!("cargo::rerun-if-changed=../ui/dist");
    println!("cargo::rerun-if-changed=../icons/generated");
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
