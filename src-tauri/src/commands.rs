//! The commands the page may call: each hands its words to `backtrail-api` and the answer back. The list here is the
//! one the TypeScript bindings are made from, `ui/src/bindings.ts`; a test keeps the two equal.

use crate::host::Desktop;
use backtrail_api::About;
use tauri::{State, Wry};
use tauri_specta::{Builder, collect_commands};

/// What this program is.
#[tauri::command]
#[specta::specta]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
fn about(host: State<'_, Desktop>) -> About {
    backtrail_api::about(host.inner())
}

/// Every command, with its types.
pub(crate) fn typed() -> Builder<Wry> {
    Builder::new().commands(collect_commands![about])
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_base::fs;
    use specta_typescript::Typescript;

    const BINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/bindings.ts");

    #[test]
    fn the_front_end_s_bindings_are_up_to_date() {
        let fresh = std::env::temp_dir().join(format!("backtrail-bindings-{}.ts", std::process::id()));
        typed().export(Typescript::default(), &fresh).expect("the types can be written as TypeScript");
        let expected = fs::read_to_string(&fresh).expect("it was just written");
        fs::remove_file(&fresh).expect("it was just written");
        if std::env::var_os("BACKTRAIL_WRITE_BINDINGS").is_some() {
            fs::write(BINDINGS, &expected).expect("the checkout can be written");
        }
        let found = fs::read_to_string(BINDINGS).unwrap_or_default();
        assert!(
            found == expected,
            "ui/src/bindings.ts does not say what the commands take and give. Write it again with \
             BACKTRAIL_WRITE_BINDINGS=1 cargo test -p backtrail-desktop"
        );
    }

    #[test]
    fn every_command_needs_a_permission() {
        let build = include_str!("../build.rs");
        let (_, list) =
            build.split_once("const COMMANDS: &[&str] = &[").expect("build.rs lists the commands");
        let (list, _) = list.split_once(']').expect("the list ends");
        let listed: Vec<&str> = list.split(',').map(|name| name.trim().trim_matches('"')).collect();
        let source = include_str!("commands.rs");
        let (_, collected) =
            source.split_once("collect_commands![").expect("this file collects the commands");
        let (collected, _) = collected.split_once(']').expect("the list ends");
        let collected: Vec<&str> = collected.split(',').map(str::trim).collect();
        assert_eq!(collected, listed, "a command that build.rs does not list could be called by any page");
    }
}
