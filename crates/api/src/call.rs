//! Every call that the window makes of the background, declared once: a name, what it takes, what it gives. The page
//! may make those that are [`Caller::Page`]; those that carry a path or open a dialog are the window's own.

use crate::Screen;
use crate::failure;
use crate::view::{
    AppSettingsView, Failure, Home, KitSaved, Listing, Measured, Moments, Passphrase, PlaceChoice,
    ProfileSettings, RestoreSheet, RestoreWhere, SetUp, SettingsView, SetupView, SourceChoice, Strength,
    Tick,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// A call of the background.
pub trait Call: Serialize + DeserializeOwned + Send + 'static {
    /// Its name on the link, and the command's name in the front end.
    const NAME: &'static str;
    /// Who may make it.
    const CALLER: Caller;
    /// What it gives.
    type Answer: Serialize + DeserializeOwned + Send + 'static;
}

/// Who may make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// The page, through a command of the same name.
    Page,
    /// Only the window's own code: it carries a path that a native dialog gave.
    Window,
}

macro_rules! calls {
    ($($(#[doc = $doc:literal])* $caller:ident $name:literal $call:ident { $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)* } -> $answer:ty;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            pub struct $call { $($(#[doc = $field_doc])* pub $field: $type,)* }

            impl Call for $call {
                const NAME: &'static str = $name;
                const CALLER: Caller = Caller::$caller;
                type Answer = $answer;
            }
        )*

        /// Every call: its name, and who may make it.
        pub const CALLS: &[(&str, Caller)] = &[$(($name, Caller::$caller),)*];

        /// Answers a call by its name. A call that `handler` does not handle does not compile.
        pub(crate) fn dispatch<H>(handler: &H, name: &str, with: Value) -> Result<Value, Failure>
        where
            H: $(Handles<$call> +)*
        {
            match name {
                $($name => answer::<H, $call>(handler, with),)*
                _ => Err(failure::unknown_call(name)),
            }
        }
    };
}

/// Who answers a call.
pub(crate) trait Handles<C: Call> {
    /// Its answer.
    fn handle(&self, call: C) -> Result<C::Answer, Failure>;
}

fn answer<H: Handles<C>, C: Call>(handler: &H, with: Value) -> Result<Value, Failure> {
    // A unit-like call may come with nothing at all. What does not fit is not repeated: it may hold a passphrase.
    let with = if with.is_null() { Value::Object(serde_json::Map::new()) } else { with };
    let call = serde_json::from_value(with).map_err(|_| failure::unreadable_call(C::NAME))?;
    serde_json::to_value(handler.handle(call)?).map_err(|_| failure::unreadable_call(C::NAME))
}

calls! {
    /// What the home screen shows.
    Page "home" GetHome {} -> Home;
    /// Starts a backup now.
    Page "back_up_now" BackUpNow {
        /// The profile; none for all.
        profile: Option<String>,
    } -> ();
    /// Pauses or resumes a job.
    Page "pause_job" PauseJob {
        /// The job.
        job: String,
        /// Whether it shall rest.
        paused: bool,
    } -> ();
    /// Stops a job at the next safe point.
    Page "stop_job" StopJob {
        /// The job.
        job: String,
    } -> ();
    /// Lets all schedules rest until a moment (none: until on power), or go on.
    Page "pause_schedules" PauseSchedules {
        /// For how long.
        pause: PauseFor,
    } -> ();
    /// Asks the system to unlock the keyring.
    Page "unlock_keyring" UnlockKeyring {} -> ();
    /// Takes the passphrase of a profile for as long as the app runs, where there is no keyring.
    Page "give_passphrase" GivePassphrase {
        /// The profile.
        profile: String,
        /// The passphrase; cleared in the page afterwards.
        passphrase: Passphrase,
    } -> ();
    /// Which three words (counted from 1) are asked for, to see that they were written down.
    Page "words_to_type" WordsToType {
        /// The profile.
        profile: String,
    } -> Vec<u8>;
    /// Checks the three words.
    Page "type_words" TypeWords {
        /// The profile.
        profile: String,
        /// The words, in the order asked for.
        words: Vec<Passphrase>,
    } -> bool;
    /// Proves now that a file comes back.
    Page "prove_now" ProveNow {
        /// The profile.
        profile: String,
    } -> ();

    /// What the wizard starts from.
    Page "setup" GetSetup {} -> SetupView;
    /// Keeps what was chosen so far.
    Page "keep_setup" KeepSetup {
        /// What was chosen.
        setup: SetUp,
    } -> ();
    /// Sizes of what would be backed up, as far as they are known.
    Page "measure" Measure {
        /// The folders, by id.
        sources: Vec<String>,
        /// What is left out, by id.
        excludes: Vec<String>,
    } -> Measured;
    /// Checks a place: writes, lists, reads, renames and deletes a probe.
    Page "check_place" CheckPlace {
        /// The place.
        place: String,
    } -> Vec<Tick>;
    /// The generated words, made on the first call, shown once: the page keeps them nowhere else.
    Page "words" Words {
        /// Whether new ones are wanted.
        again: bool,
    } -> Passphrase;
    /// How strong a passphrase is.
    Page "strength" GetStrength {
        /// The passphrase.
        passphrase: Passphrase,
    } -> Strength;
    /// Takes a passphrase of the person's own instead of the generated words.
    Page "own_passphrase" OwnPassphrase {
        /// The passphrase; cleared in the page afterwards.
        passphrase: Passphrase,
    } -> Strength;
    /// Ends the wizard: the profile is made, its schedule on, and its first backup started. Gives the profile's id.
    Page "finish_setup" FinishSetup {
        /// What was chosen.
        setup: SetUp,
    } -> String;
    /// Forgets the wizard's draft.
    Page "forget_setup" ForgetSetup {} -> ();

    /// The moments of a profile, newest first.
    Page "moments" GetMoments {
        /// The profile.
        profile: String,
    } -> Moments;
    /// A part of a folder at a moment.
    Page "browse" Browse {
        /// The moment.
        moment: String,
        /// The folder; none for the outermost.
        folder: Option<String>,
        /// The first entry wanted.
        offset: u32,
        /// How many, at most 1,000.
        limit: u32,
    } -> Listing;
    /// What a restore would do.
    Page "restore_sheet" GetRestoreSheet {
        /// The moment.
        moment: String,
        /// The entries.
        entries: Vec<String>,
        /// Where to.
        target: RestoreWhere,
    } -> RestoreSheet;
    /// Restores; the job's id. Its end is told by an event.
    Page "restore" Restore {
        /// The moment.
        moment: String,
        /// The entries.
        entries: Vec<String>,
        /// Where to.
        target: RestoreWhere,
        /// Goes on although the backup is unsigned or signed by another key.
        accept_signer: bool,
    } -> String;

    /// All settings.
    Page "settings" GetSettings {} -> SettingsView;
    /// Changes those of the app.
    Page "change_app_settings" ChangeAppSettings {
        /// The settings.
        settings: AppSettingsView,
    } -> ();
    /// Changes those of a profile: sources and excludes by `chosen`, name, when, keep, proof.
    Page "change_profile" ChangeProfile {
        /// The settings.
        settings: ProfileSettings,
    } -> ();
    /// Forgets a profile; its backup stays where it is.
    Page "remove_profile" RemoveProfile {
        /// The profile.
        profile: String,
    } -> ();

    /// A folder that a native dialog gave, to be backed up.
    Window "add_source" AddSource {
        /// The folder.
        path: PathBuf,
    } -> SourceChoice;
    /// A folder that a native dialog gave, to keep backups in.
    Window "add_place" AddPlace {
        /// The folder.
        path: PathBuf,
    } -> PlaceChoice;
    /// A folder that a native dialog gave, to restore into; its id.
    Window "add_restore_folder" AddRestoreFolder {
        /// The folder.
        path: PathBuf,
    } -> FolderChoice;
    /// The name that the kit's save dialog proposes, and the folder it starts in.
    Window "kit_proposal" KitProposal {
        /// The profile; none for the one being set up.
        profile: Option<String>,
    } -> KitProposed;
    /// Saves the kit where a native dialog said, reads it back and proves it. In the wizard the key is made now.
    Window "save_kit_to" SaveKitTo {
        /// The profile; none for the one being set up.
        profile: Option<String>,
        /// What was chosen in the wizard, for the one being set up.
        setup: Option<SetUp>,
        /// Whether the passphrase's words are printed on it.
        with_words: bool,
        /// The file.
        path: PathBuf,
    } -> KitSaved;
    /// The path of a restored place, for the file manager.
    Window "restored_path" RestoredPath {
        /// The place.
        place: String,
    } -> PathBuf;
    /// The window is there and shows this; the background answers with the screen it was asked for.
    Window "window_ready" WindowReady {} -> Screen;
}

/// For how long all schedules rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum PauseFor {
    /// They go on.
    Not,
    /// One hour.
    Hour,
    /// Until tomorrow morning.
    UntilTomorrow,
    /// Until the computer is on power.
    UntilOnPower,
}

/// A folder that a native dialog gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct FolderChoice {
    /// Its id.
    pub id: String,
    /// Its path, for reading.
    pub path: String,
}

/// What the kit's save dialog proposes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KitProposed {
    /// The folder it starts in.
    pub folder: PathBuf,
    /// The file's name.
    pub name: String,
}
