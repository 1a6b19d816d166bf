//! How a notice looks on each system, through notify-rust.

use crate::messages;
use backtrail_api::service::{Notice, NoticeKind};
use notify_rust::{Notification, NotificationHandle, NotificationResponse, Timeout};

/// Whether a notice stays until it was seen.
fn stays(kind: NoticeKind) -> bool {
    match kind {
        NoticeKind::Failed | NoticeKind::Overdue | NoticeKind::ProofFailed | NoticeKind::SecretNeeded => true,
        NoticeKind::FirstBackup | NoticeKind::Restored | NoticeKind::NoTray => false,
    }
}

fn timeout(kind: NoticeKind) -> Timeout {
    if stays(kind) { Timeout::Never } else { Timeout::Default }
}

#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use super::*;
    use notify_rust::{Hint, Urgency};

    /// The click on the notice itself.
    const ITSELF: &str = "default";
    const BUTTON: &str = "act";

    /// Shows it, in place of the one with this number.
    pub(crate) fn shown(
        notice: &Notice,
        before: Option<u32>,
    ) -> notify_rust::error::Result<NotificationHandle> {
        let able = notify_rust::get_capabilities()?;
        look(notice, before, &able).show()
    }

    /// What the system is asked to show, as able as it says it is.
    pub(crate) fn look(notice: &Notice, before: Option<u32>, able: &[String]) -> Notification {
        let able = |what: &str| able.iter().any(|able| able == what);
        let mut look = Notification::new();
        look.appname(messages::NAME).icon("backtrail-desktop").summary(&notice.title);
        look.body(&if able("body-markup") { plain(&notice.body) } else { notice.body.clone() });
        look.hint(Hint::DesktopEntry("Backtrail".to_owned())).timeout(timeout(notice.kind));
        look.urgency(if notice.kind == NoticeKind::ProofFailed {
            Urgency::Critical
        } else {
            Urgency::Normal
        });
        if let Some(action) = notice.action.as_ref().filter(|_| able("actions")) {
            look.action(ITSELF, &action.label).action(BUTTON, &action.label);
        }
        if let Some(before) = before {
            look.id(before);
        }
        look
    }

    /// Text that a system takes for markup, so that a file's name cannot be any.
    pub(crate) fn plain(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }

    /// The system's number for it.
    #[expect(clippy::unnecessary_wraps, reason = "other systems have no numbers")]
    pub(crate) fn id(handle: &NotificationHandle) -> Option<u32> {
        Some(handle.id())
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod system {
    use super::*;

    /// Shows it. These systems replace nothing; they group what one program says.
    pub(crate) fn shown(
        notice: &Notice,
        _before: Option<u32>,
    ) -> notify_rust::error::Result<NotificationHandle> {
        let mut look = Notification::new();
        look.appname(messages::NAME).summary(&notice.title).body(&notice.body).timeout(timeout(notice.kind));
        #[cfg(windows)]
        look.app_id("org.backtrail.Backtrail");
        if let Some(action) = &notice.action {
            look.action("act", &action.label);
        }
        look.show()
    }

    /// The system's number for it: none.
    pub(crate) fn id(_handle: &NotificationHandle) -> Option<u32> {
        None
    }
}

/// Waits until it is clicked or gone.
pub(super) fn wait_for_click(handle: NotificationHandle, clicked: impl FnOnce()) {
    let answered = handle.wait_for_response(|answer: &NotificationResponse| {
        if matches!(answer, NotificationResponse::Default | NotificationResponse::Action(_)) {
            clicked();
        }
    });
    if let Err(error) = answered {
        eprintln!("{}: {}: {error}", messages::NAME, messages::NO_NOTICES);
    }
}

pub(super) use system::{id, shown};

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::system::look;
    use super::*;
    use backtrail_api::service::{NoticeAction, NoticeStep};
    use backtrail_api::{Screen, service::NoticeKind};

    fn notice(kind: NoticeKind) -> Notice {
        Notice {
            kind,
            profile: None,
            title: "A backup failed".to_owned(),
            body: "The file <b>a&b</b> is gone.".to_owned(),
            action: Some(NoticeAction {
                label: "What to do".to_owned(),
                step: NoticeStep::Show(Screen::Home),
            }),
        }
    }

    #[test]
    fn a_file_s_name_is_no_markup() {
        let able = ["body-markup".to_owned(), "actions".to_owned()];
        let shown = look(&notice(NoticeKind::Failed), None, &able);
        assert_eq!(shown.body, "The file &lt;b&gt;a&amp;b&lt;/b&gt; is gone.", "where markup is understood");
        let shown = look(&notice(NoticeKind::Failed), None, &[]);
        assert_eq!(shown.body, "The file <b>a&b</b> is gone.", "where text is text");
    }

    #[test]
    fn buttons_are_asked_for_where_the_system_has_them() {
        let shown = look(&notice(NoticeKind::Failed), None, &["actions".to_owned()]);
        assert_eq!(shown.actions, ["default", "What to do", "act", "What to do"], "a click and the button");
        let shown = look(&notice(NoticeKind::Failed), Some(7), &[]);
        assert!(
            shown.actions.is_empty(),
            "a system without buttons might refuse the notice: {:?}",
            shown.actions
        );
    }

    #[test]
    fn what_needs_a_person_stays_until_it_is_seen() {
        assert_eq!(look(&notice(NoticeKind::Failed), None, &[]).timeout, Timeout::Never);
        assert_eq!(look(&notice(NoticeKind::FirstBackup), None, &[]).timeout, Timeout::Default);
    }
}
