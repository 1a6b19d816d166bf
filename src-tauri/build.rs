//! Hands Tauri the list of the app's own commands, so that each needs a permission in a capability file, and makes
//! sure that there is a page to embed when the front end was not built.

use fs_err as fs;
use std::path::Path;

/// The commands, which `src/window/commands.rs` defines; a test there compares the two lists.
const COMMANDS: &[&str] = &[
    "about",
    "ready",
    "start_background",
    "choose_source",
    "choose_place",
    "choose_restore_folder",
    "save_kit",
    "show_restored",
    "home",
    "back_up_now",
    "pause_job",
    "stop_job",
    "pause_schedules",
    "unlock_keyring",
    "give_passphrase",
    "words_to_type",
    "type_words",
    "prove_now",
    "setup",
    "keep_setup",
    "measure",
    "check_place",
    "words",
    "strength",
    "own_passphrase",
    "finish_setup",
    "forget_setup",
    "moments",
    "browse",
    "restore_sheet",
    "restore",
    "settings",
    "change_app_settings",
    "change_profile",
    "remove_profile",
];

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
