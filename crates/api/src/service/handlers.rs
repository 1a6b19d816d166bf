//! Every call and what answers it. A call that is missing here does not compile.

use super::Service;
use crate::Screen;
use crate::call::*;
use crate::view::*;

macro_rules! handles {
    ($($call:ident($this:ident, $with:pat) -> $answer:ty = $body:expr;)*) => {
        $(impl Handles<$call> for Service {
            fn handle(&self, $with: $call) -> Result<$answer, Failure> {
                let $this = self;
                $body
            }
        })*
    };
}

handles! {
    GetHome(this, GetHome {}) -> Home = this.home();
    BackUpNow(this, BackUpNow { profile }) -> () = this.back_up_now(profile.as_deref());
    PauseJob(this, PauseJob { job, paused }) -> () = this.pause_job(&job, paused);
    StopJob(this, StopJob { job }) -> () = this.stop_job(&job);
    PauseSchedules(this, PauseSchedules { pause }) -> () = this.pause_schedules(pause);
    UnlockKeyring(this, UnlockKeyring {}) -> () = this.unlock_keyring();
    GivePassphrase(this, GivePassphrase { profile, passphrase }) -> () =
        this.give_passphrase(&profile, &passphrase.into_sensitive());
    WordsToType(this, WordsToType { profile }) -> Vec<u8> = this.words_to_type(&profile);
    TypeWords(this, TypeWords { profile, words }) -> bool =
        this.type_words(&profile, &words.into_iter().map(Passphrase::into_sensitive).collect::<Vec<_>>());
    ProveNow(this, ProveNow { profile }) -> () = this.prove_now(&profile);

    GetSetup(this, GetSetup {}) -> SetupView = this.setup();
    KeepSetup(this, KeepSetup { setup }) -> () = this.keep_setup(&setup);
    Measure(this, Measure { sources, excludes }) -> Measured = this.measure(&sources, &excludes);
    CheckPlace(this, CheckPlace { place }) -> Vec<Tick> = this.check_place(&place);
    Words(this, Words { again }) -> Passphrase = this.words(again);
    GetStrength(_this, GetStrength { passphrase }) -> Strength =
        Ok(super::wizard::strength(&passphrase.into_sensitive()));
    OwnPassphrase(this, OwnPassphrase { passphrase }) -> Strength =
        this.own_passphrase(passphrase.into_sensitive());
    FinishSetup(this, FinishSetup { setup }) -> String = this.finish_setup(&setup);
    ForgetSetup(this, ForgetSetup {}) -> () = this.forget_setup();

    GetMoments(this, GetMoments { profile }) -> Moments = this.moments(&profile);
    Browse(this, Browse { moment, folder, offset, limit }) -> Listing =
        this.browse(&moment, folder.as_deref(), offset, limit);
    GetRestoreSheet(this, GetRestoreSheet { moment, entries, target }) -> RestoreSheet =
        this.restore_sheet(&moment, &entries, &target);
    Restore(this, Restore { moment, entries, target, accept_signer }) -> String =
        this.restore(&moment, &entries, &target, accept_signer);

    GetSettings(this, GetSettings {}) -> SettingsView = this.settings();
    ChangeAppSettings(this, ChangeAppSettings { settings }) -> () = this.change_app_settings(settings);
    ChangeProfile(this, ChangeProfile { settings }) -> () = this.change_profile(&settings);
    RemoveProfile(this, RemoveProfile { profile }) -> () = this.remove_profile(&profile);

    AddSource(this, AddSource { path }) -> SourceChoice = this.add_source(path);
    AddPlace(this, AddPlace { path }) -> PlaceChoice = this.add_place(path);
    AddRestoreFolder(this, AddRestoreFolder { path }) -> FolderChoice = this.add_restore_folder(path);
    KitProposal(this, KitProposal { profile }) -> KitProposed = this.kit_proposal(profile.as_deref());
    SaveKitTo(this, SaveKitTo { profile, setup, with_words, path }) -> KitSaved =
        this.save_kit(profile.as_deref(), setup.as_ref(), with_words, &path);
    RestoredPath(this, RestoredPath { place }) -> std::path::PathBuf = this.restored_path(&place);
    WindowReady(this, WindowReady {}) -> Screen = Ok(this.window_ready());
}
