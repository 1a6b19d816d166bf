//! The main window: what it is like, and the walls around its page. The page is the one embedded in this program; it
//! leads nowhere else, opens nothing, downloads nothing, and takes nothing that is dropped on it.

use crate::messages;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder};

pub(super) const LABEL: &str = "main";

/// Runs in the page before anything else. Files dropped on a page would be opened or handed to it with their content;
/// the web view's own menu offers to load the page again, and its keys do.
const SHUT: &str = "\
for (const kind of ['dragenter', 'dragover', 'drop']) {
    addEventListener(kind, (event) => {
        if (event.dataTransfer?.types.includes('Files')) { event.preventDefault(); event.stopImmediatePropagation(); }
    }, { capture: true });
}";
/// What a person who builds Backtrail still needs is shut in what others get.
const SHUT_IN_RELEASES: &str = "\
addEventListener('contextmenu', (event) => {
    if (!event.target.closest?.('input, textarea, [contenteditable]')) { event.preventDefault(); }
}, { capture: true });
addEventListener('keydown', (event) => {
    const reload = event.key === 'F5' || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'r');
    if (reload) { event.preventDefault(); }
}, { capture: true });";

/// Opens the window.
///
/// # Errors
/// When the system has no window or no web view to give.
pub(super) fn open(app: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(messages::NAME)
        .inner_size(1100.0, 720.0)
        .min_inner_size(320.0, 420.0)
        .disable_drag_drop_handler() // it would tell the page the paths of what is dropped
        .devtools(cfg!(debug_assertions))
        .initialization_script(SHUT)
        .on_navigation(is_our_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false);
    let window = if cfg!(debug_assertions) { window } else { window.initialization_script(SHUT_IN_RELEASES) };
    window.build().map(|_| ())
}

/// Brings the window to the front.
pub(super) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        eprintln!("{}: {error}", messages::NAME);
    }
}

/// Whether an address is one of this program's own pages.
fn is_our_own(url: &Url) -> bool {
    let ours = if cfg!(feature = "custom-protocol") {
        // Windows and Android serve the pages under a host name, the other systems under a scheme.
        [("tauri", "localhost", None), ("http", "tauri.localhost", None)]
    } else {
        [("tauri", "localhost", None), ("http", "localhost", Some(5173))]
    };
    let port = url.port();
    ours.iter()
        .any(|(scheme, host, at)| url.scheme() == *scheme && url.host_str() == Some(host) && port == *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_reached() {
        let allowed = |text: &str| is_our_own(&text.parse().expect("a well-formed address"));
        assert!(allowed("tauri://localhost/index.html"));
        for foreign in [
            "https://example.org/",
            "http://localhost/",
            "tauri://elsewhere/",
            "http://tauri.localhost:8080/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "javascript:alert(1)",
            "about:blank",
        ] {
            assert!(!allowed(foreign), "{foreign} is not a page of this program");
        }
    }
}
