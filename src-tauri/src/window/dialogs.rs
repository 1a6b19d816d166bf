//! The commands that open a dialog of the system. The path goes to the background over the link and never through the
//! page, which gets an id and words to read. A dialog that was closed gives nothing, which is no failure.

use super::walls::LABEL;
use crate::link::Link;
use crate::messages;
use backtrail_api::call::{
    AddPlace, AddRestoreFolder, AddSource, FolderChoice, KitProposal, RestoredPath, SaveKitTo,
};
use backtrail_api::view::{Failure, KitSaved, PlaceChoice, SetUp, SourceChoice};
use backtrail_base::Code;
use rfd::{AsyncFileDialog, FileHandle};
use std::path::PathBuf;
use tauri::{AppHandle, Manager, State};
use tokio::sync::oneshot;

/// Lets the person choose a folder to back up.
#[tauri::command]
#[specta::specta]
pub(super) async fn choose_source(
    app: AppHandle,
    link: State<'_, Link>,
) -> Result<Option<SourceChoice>, Failure> {
    let Some(path) = folder(&app, messages::CHOOSE_SOURCE).await? else { return Ok(None) };
    link.call(AddSource { path }).await.map(Some)
}

/// Lets the person choose a folder to keep backups in.
#[tauri::command]
#[specta::specta]
pub(super) async fn choose_place(
    app: AppHandle,
    link: State<'_, Link>,
) -> Result<Option<PlaceChoice>, Failure> {
    let Some(path) = folder(&app, messages::CHOOSE_PLACE).await? else { return Ok(None) };
    link.call(AddPlace { path }).await.map(Some)
}

/// Lets the person choose a folder to restore into.
#[tauri::command]
#[specta::specta]
pub(super) async fn choose_restore_folder(
    app: AppHandle,
    link: State<'_, Link>,
) -> Result<Option<FolderChoice>, Failure> {
    let Some(path) = folder(&app, messages::CHOOSE_RESTORE_FOLDER).await? else { return Ok(None) };
    link.call(AddRestoreFolder { path }).await.map(Some)
}

/// Lets the person choose where the recovery kit is saved, saves it there, reads it back and proves it. Without a
/// profile it is the kit of the one being set up, as chosen.
#[tauri::command]
#[specta::specta]
pub(super) async fn save_kit(
    app: AppHandle,
    link: State<'_, Link>,
    profile: Option<String>,
    setup: Option<SetUp>,
    with_words: bool,
) -> Result<Option<KitSaved>, Failure> {
    let proposed = link.call(KitProposal { profile: profile.clone() }).await?;
    let dialog = move |dialog: AsyncFileDialog| {
        let dialog = dialog.set_title(messages::SAVE_KIT).add_filter(messages::PDF, &["pdf"]);
        dialog.set_directory(proposed.folder).set_file_name(proposed.name).save_file()
    };
    let Some(path) = ask(&app, dialog).await? else { return Ok(None) };
    link.call(SaveKitTo { profile, setup, with_words, path }).await.map(Some)
}

/// Shows a restored file or folder in the file manager.
#[tauri::command]
#[specta::specta]
pub(super) async fn show_restored(link: State<'_, Link>, place: String) -> Result<(), Failure> {
    let path = link.call(RestoredPath { place }).await?;
    let shown = tauri::async_runtime::spawn_blocking(move || {
        tauri_plugin_opener::reveal_item_in_dir(&path).map_err(|error| (path, error.to_string()))
    });
    match shown.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err((path, error))) => Err(Failure {
            code: Code::Io.as_str().to_owned(),
            message: messages::not_shown(&path),
            advice: Some(messages::NOT_SHOWN_ADVICE.to_owned()),
            step: None,
            details: Some(error),
        }),
        Err(error) => Err(no_dialog(error.to_string())),
    }
}

async fn folder(app: &AppHandle, title: &'static str) -> Result<Option<PathBuf>, Failure> {
    ask(app, move |dialog| dialog.set_title(title).pick_folder()).await
}

/// Opens a dialog over the window, and waits for what was chosen.
async fn ask<F>(
    app: &AppHandle,
    open: impl FnOnce(AsyncFileDialog) -> F + Send + 'static,
) -> Result<Option<PathBuf>, Failure>
where
    F: Future<Output = Option<FileHandle>> + Send + 'static,
{
    let (opened, dialog) = oneshot::channel();
    let owner = app.clone();
    // The systems want their dialogs opened from the thread that has the windows.
    app.run_on_main_thread(move || {
        let window = owner.get_webview_window(LABEL);
        let dialog = AsyncFileDialog::new();
        let dialog = window.iter().fold(dialog, AsyncFileDialog::set_parent);
        let _ = opened.send(open(dialog));
    })
    .map_err(|error| no_dialog(error.to_string()))?;
    let dialog = dialog.await.map_err(|error| no_dialog(error.to_string()))?;
    Ok(dialog.await.map(|chosen| chosen.path().to_path_buf()))
}

fn no_dialog(details: String) -> Failure {
    Failure {
        code: Code::Io.as_str().to_owned(),
        message: messages::NO_DIALOG.to_owned(),
        advice: None,
        step: None,
        details: Some(details),
    }
}
