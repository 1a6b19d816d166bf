//! The commands the page may call. Most pass a call on to the background over the link, under the call's own name;
//! those that open a native dialog are in `dialogs.rs`, since a path never goes through the page. The list here is the
//! one the TypeScript bindings are made from, `ui/src/bindings.ts`; tests keep it equal to the calls of `backtrail-api`,
//! to `build.rs` and to the window's capability file.

use super::dialogs;
use super::told::{Happened, Linked};
use crate::link::Link;
use crate::window::host::Desktop;
use backtrail_api::call::{self, PauseFor};
use backtrail_api::view::{AppSettingsView, Failure, Passphrase, ProfileSettings, RestoreWhere, SetUp};
use backtrail_api::{About, Call, Screen};
use tauri::{State, Wry};
use tauri_specta::{Builder, collect_commands, collect_events};

/// What this program is.
#[tauri::command]
#[specta::specta]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
fn about(host: State<'_, Desktop>) -> About {
    backtrail_api::about(host.inner())
}

/// The page is drawn; gives the screen it was opened for. Later ones come as the event `show`.
#[tauri::command]
#[specta::specta]
async fn ready(link: State<'_, Link>) -> Result<Screen, Failure> {
    link.call(call::WindowReady {}).await
}

/// Starts the background again, where it is gone.
#[tauri::command]
#[specta::specta]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
fn start_background(host: State<'_, Desktop>) -> Result<(), Failure> {
    host.start_background()
}

macro_rules! passed_on {
    ($($(#[doc = $doc:literal])* $name:ident = $call:ident { $($field:ident: $type:ty),* };)*) => {
        $(
            $(#[doc = $doc])*
            #[tauri::command]
            #[specta::specta]
            async fn $name(link: State<'_, Link>, $($field: $type),*) -> Result<<call::$call as Call>::Answer, Failure> {
                link.call(call::$call { $($field),* }).await
            }
        )*

        /// Every command and event, with their types.
        pub(super) fn typed() -> Builder<Wry> {
            Builder::new()
                .disable_serde_phases() // each type has one form, whichever way it goes
                .commands(collect_commands![
                    about, ready, start_background,
                    dialogs::choose_source, dialogs::choose_place, dialogs::choose_restore_folder,
                    dialogs::save_kit, dialogs::show_restored,
                    $($name),*
                ])
                .events(collect_events![Happened, Linked])
        }

        #[cfg(test)]
        const COMMANDS: &[&str] = &[
            "about", "ready", "start_background",
            "choose_source", "choose_place", "choose_restore_folder", "save_kit", "show_restored",
            $(stringify!($name)),*
        ];
        #[cfg(test)]
        const PASSED_ON: &[&str] = &[$(<call::$call as Call>::NAME),*];
    };
}

passed_on! {
    /// What the home screen shows.
    home = GetHome {};
    /// Starts a backup now.
    back_up_now = BackUpNow { profile: Option<String> };
    /// Pauses or resumes a job.
    pause_job = PauseJob { job: String, paused: bool };
    /// Stops a job at the next safe point.
    stop_job = StopJob { job: String };
    /// Lets all schedules rest until a moment (none: until on power), or go on.
    pause_schedules = PauseSchedules { pause: PauseFor };
    /// Asks the system to unlock the keyring.
    unlock_keyring = UnlockKeyring {};
    /// Takes the passphrase of a profile for as long as the app runs, where there is no keyring.
    give_passphrase = GivePassphrase { profile: String, passphrase: Passphrase };
    /// Which three words (counted from 1) are asked for, to see that they were written down.
    words_to_type = WordsToType { profile: String };
    /// Checks the three words.
    type_words = TypeWords { profile: String, words: Vec<Passphrase> };
    /// Proves now that a file comes back.
    prove_now = ProveNow { profile: String };
    /// What the wizard starts from.
    setup = GetSetup {};
    /// Keeps what was chosen so far.
    keep_setup = KeepSetup { setup: SetUp };
    /// Sizes of what would be backed up, as far as they are known.
    measure = Measure { sources: Vec<String>, excludes: Vec<String> };
    /// Checks a place: writes, lists, reads, renames and deletes a probe.
    check_place = CheckPlace { place: String };
    /// The generated words, made on the first call, shown once: the page keeps them nowhere else.
    words = Words { again: bool };
    /// How strong a passphrase is.
    strength = GetStrength { passphrase: Passphrase };
    /// Takes a passphrase of the person's own instead of the generated words.
    own_passphrase = OwnPassphrase { passphrase: Passphrase };
    /// Ends the wizard: the profile is made, its schedule on, and its first backup started. Gives the profile's id.
    finish_setup = FinishSetup { setup: SetUp };
    /// Forgets the wizard's draft.
    forget_setup = ForgetSetup {};
    /// The moments of a profile, newest first.
    moments = GetMoments { profile: String };
    /// A part of a folder at a moment.
    browse = Browse { moment: String, folder: Option<String>, offset: u32, limit: u32 };
    /// What a restore would do.
    restore_sheet = GetRestoreSheet { moment: String, entries: Vec<String>, target: RestoreWhere };
    /// Restores; the job's id. Its end is told by an event.
    restore = Restore { moment: String, entries: Vec<String>, target: RestoreWhere, accept_signer: bool };
    /// All settings.
    settings = GetSettings {};
    /// Changes those of the app.
    change_app_settings = ChangeAppSettings { settings: AppSettingsView };
    /// Changes those of a profile: sources and excludes by `chosen`, name, when, keep, proof.
    change_profile = ChangeProfile { settings: ProfileSettings };
    /// Forgets a profile; its backup stays where it is.
    remove_profile = RemoveProfile { profile: String };
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_api::Caller;
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
    fn every_call_the_page_may_make_has_a_command_of_its_name() {
        let calls = backtrail_api::call::CALLS.iter().filter(|(_, caller)| *caller == Caller::Page);
        let calls: Vec<&str> = calls.map(|(name, _)| *name).collect();
        assert_eq!(PASSED_ON, calls, "the page reaches the calls that are meant for it, and no other");
        for name in calls {
            assert!(COMMANDS.contains(&name), "{name} goes by another name in the front end");
        }
    }

    #[test]
    fn every_command_needs_a_permission() {
        let build = include_str!("../../build.rs");
        let (_, list) =
            build.split_once("const COMMANDS: &[&str] = &[").expect("build.rs lists the commands");
        let (list, _) = list.split_once(']').expect("the list ends");
        let listed = list.split(',').map(|name| name.trim().trim_matches('"'));
        let listed: Vec<&str> = listed.filter(|name| !name.is_empty()).collect();
        assert_eq!(listed, COMMANDS, "a command that build.rs does not list could be called by any page");
    }

    #[test]
    fn the_window_may_call_our_commands_and_listen_and_nothing_else() {
        let capability = include_str!("../../capabilities/main-window.json");
        let capability: serde_json::Value = serde_json::from_str(capability).expect("a JSON file");
        let allowed = capability["permissions"].as_array().expect("a list of permissions");
        let allowed: Vec<&str> = allowed.iter().filter_map(serde_json::Value::as_str).collect();
        let ours = COMMANDS.iter().map(|name| format!("allow-{}", name.replace('_', "-")));
        let system = ["core:event:allow-listen", "core:event:allow-unlisten"].map(str::to_owned);
        let expected: Vec<String> = ours.chain(system).collect();
        assert_eq!(allowed, expected, "the page gets its own commands, and may hear events; no more");
    }
}
