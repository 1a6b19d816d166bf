//! Notices of the system: shown with a button where the system has buttons, in place of an earlier one about the same.
//! Showing one waits for nobody: each has a short-lived thread of its own, which lives longer only while a click on it
//! may still come.

mod look;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use crate::messages;
use backtrail_api::service::{Notice, NoticeKind};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Whom a click goes to.
type Clicked = Box<dyn Fn(&Notice) + Send + Sync>;
type About = (NoticeKind, Option<String>);

/// The notices.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Inner>);

#[derive(Default)]
struct Inner {
    clicked: OnceLock<Clicked>,
    shown: Mutex<HashMap<About, Shown>>,
}

/// A notice that the system shows, or showed.
struct Shown {
    /// The system's number for it; none where it has none.
    id: Option<u32>,
    /// What it says now.
    notice: Notice,
    /// Whether a thread waits for a click.
    waited_for: bool,
}

impl Notices {
    /// Tells whom a click goes to. The first word counts.
    pub(crate) fn on_click(&self, clicked: impl Fn(&Notice) + Send + Sync + 'static) {
        let _ = self.0.clicked.set(Box::new(clicked));
    }

    /// Shows a notice.
    pub(crate) fn show(&self, notice: &Notice) {
        let (notices, notice) = (self.clone(), notice.clone());
        let started =
            std::thread::Builder::new().name("notice".to_owned()).stack_size(512 << 10).spawn(move || {
                notices.show_here(notice);
            });
        if let Err(error) = started {
            eprintln!("{}: {error}", messages::NAME);
        }
    }

    fn show_here(&self, notice: Notice) {
        let about = (notice.kind, notice.profile.clone());
        let before = self.shown().get(&about).and_then(|shown| shown.id);
        let handle = match look::shown(&notice, before) {
            Ok(handle) => handle,
            // A system without notices has the tray and the window.
            Err(error) => return eprintln!("{}: {}: {error}", messages::NAME, messages::NO_NOTICES),
        };
        let id = look::id(&handle);
        let wait = {
            let mut all = self.shown();
            let waited_for =
                all.get(&about).is_some_and(|shown| shown.waited_for && shown.id == id && id.is_some());
            let wait = !waited_for && notice.action.is_some();
            all.insert(about.clone(), Shown { id, notice, waited_for: waited_for || wait });
            wait
        };
        if wait {
            look::wait_for_click(handle, || self.click(&about));
            if let Some(shown) = self.shown().get_mut(&about).filter(|shown| shown.id == id) {
                shown.waited_for = false;
            }
        }
    }

    fn click(&self, about: &About) {
        let notice = self.shown().get(about).map(|shown| shown.notice.clone());
        if let (Some(clicked), Some(notice)) = (self.0.clicked.get(), notice) {
            clicked(&notice);
        }
    }

    fn shown(&self) -> MutexGuard<'_, HashMap<About, Shown>> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
