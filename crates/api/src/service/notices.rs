//! What a person is told although no window is open: one plain sentence and what to do, each once, and only where
//! notices are on.

use super::surroundings::{Notice, NoticeAction, NoticeKind, NoticeStep};
use super::{Inner, Service, lock};
use crate::Screen;
use crate::view::{Failure, NextStep};
use backtrail_base::Code;
use backtrail_profile::schedule::Past;
use backtrail_profile::{Outcome, Profile, Record};

impl Inner {
    /// A backup ended.
    pub(super) fn notify_backup(&self, profile: &Profile, record: &Record, before: &Past) {
        if record.outcome.is_success() && before.last_success.is_none() {
            self.notify(Notice {
                kind: NoticeKind::FirstBackup,
                profile: Some(profile.id.to_string()),
                title: format!("“{}” is backed up", profile.name),
                body: format!(
                    "The first backup to {} is done. From now on it is kept up to date by itself.",
                    profile.place.label
                ),
                action: Some(open(Screen::Home)),
            });
        } else if record.outcome == Outcome::Failed && before.failures == 0 {
            // The tries that follow by themselves are not told anew; the banner stays until one succeeds.
            let failure = self.record_failure(profile, record);
            let title = format!("“{}” was not backed up", profile.name);
            self.notify(of_failure(NoticeKind::Failed, profile, title, failure));
        }
    }

    /// A proof ended.
    pub(super) fn notify_proof(&self, profile: &Profile, record: &Record) {
        if record.outcome == Outcome::Failed {
            let failure = self.record_failure(profile, record);
            let title = format!("A file of “{}” did not come back as it was", profile.name);
            self.notify(of_failure(NoticeKind::ProofFailed, profile, title, failure));
        }
    }

    /// No backup for too long.
    pub(super) fn notify_overdue(&self, profile: &Profile) {
        let reason = self.overdue_failure(profile);
        let title = format!("“{}” has not been backed up for a while", profile.name);
        self.notify(of_failure(NoticeKind::Overdue, profile, title, reason));
    }

    /// A backup is due and waits for a secret.
    pub(super) fn notify_secret(&self, profile: &Profile, locked: bool) {
        let code = if locked { Code::KeyringLocked } else { Code::PassphraseNeeded };
        let title = format!("The backup of “{}” waits", profile.name);
        let failure = super::about(profile).failure(code, "");
        self.notify(of_failure(NoticeKind::SecretNeeded, profile, title, failure));
    }

    /// A restore ended.
    pub(super) fn notify_restored(&self, profile: &Profile, files: u64, failure: Option<Failure>) {
        let notice = match failure {
            Some(failure) => {
                let title = "Your files could not all be brought back".to_owned();
                of_failure(NoticeKind::Restored, profile, title, failure)
            }
            None => Notice {
                kind: NoticeKind::Restored,
                profile: Some(profile.id.to_string()),
                title: "Your files are back".to_owned(),
                body: match files {
                    1 => "One file was restored.".to_owned(),
                    files => format!("{files} files were restored."),
                },
                action: Some(open(Screen::Restore)),
            },
        };
        self.notify(notice);
    }

    /// The desktop shows no tray icon.
    pub(super) fn notify_no_tray(&self) {
        self.notify(Notice {
            kind: NoticeKind::NoTray,
            profile: None,
            title: "Backtrail works in the background".to_owned(),
            body: "This desktop shows no tray icon. Start Backtrail again to open its window.".to_owned(),
            action: Some(open(Screen::Home)),
        });
    }

    #[expect(clippy::needless_pass_by_value, reason = "whoever makes a notice has no use for it any more")]
    fn notify(&self, notice: Notice) {
        let wanted = lock(&self.settings).notifications;
        if wanted {
            self.surroundings.notify(&notice);
        }
    }
}

fn open(screen: Screen) -> NoticeAction {
    NoticeAction { label: "Open Backtrail".to_owned(), step: NoticeStep::Show(screen) }
}

fn of_failure(kind: NoticeKind, profile: &Profile, title: String, failure: Failure) -> Notice {
    let action = match failure.step {
        Some(NextStep::TryAgain) => ("Try again", NoticeStep::Next(NextStep::TryAgain)),
        Some(NextStep::UnlockKeyring) => ("Unlock", NoticeStep::Next(NextStep::UnlockKeyring)),
        Some(NextStep::OpenSettings | NextStep::ChoosePlace) => {
            ("Open settings", NoticeStep::Show(Screen::Settings))
        }
        _ => ("Open Backtrail", NoticeStep::Show(Screen::Home)),
    };
    let body = [Some(failure.message), failure.advice].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (label, step) = action;
    Notice {
        kind,
        profile: Some(profile.id.to_string()),
        title,
        body,
        action: Some(NoticeAction { label: label.to_owned(), step }),
    }
}

impl Service {
    /// A notice or its button was clicked.
    pub fn notice_clicked(&self, notice: &Notice) {
        let screen = match notice.action.as_ref().map(|action| action.step) {
            Some(NoticeStep::Show(screen)) => screen,
            Some(NoticeStep::Next(NextStep::TryAgain)) => {
                let begun = notice.profile.as_deref().map(|profile| match notice.kind {
                    NoticeKind::ProofFailed => self.prove_now(profile),
                    _ => self.back_up_now(Some(profile)),
                });
                match begun {
                    Some(Ok(())) => return,
                    // The window says what is in the way.
                    _ => Screen::Home,
                }
            }
            Some(NoticeStep::Next(NextStep::UnlockKeyring)) => match self.unlock_keyring() {
                Ok(()) => return,
                Err(_) => Screen::Home,
            },
            Some(NoticeStep::Next(NextStep::ChoosePlace | NextStep::OpenSettings)) => Screen::Settings,
            Some(NoticeStep::Next(_)) | None => Screen::Home,
        };
        self.show(screen);
    }
}
