//! The main window: what it is like, and the walls around its page. The page is the one embedded in this program; it
//! leads nowhere else, opens nothing, and downloads nothing.

use crate::{messages, tray};
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Theme, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};

pub(super) const LABEL: &str = "main";

/// Opens the window, and gives the theme it has from the system.
///
/// # Errors
/// When the system has no window or no web view to give.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<Theme> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(messages::NAME)
        .inner_size(1100.0, 720.0)
        .min_inner_size(320.0, 420.0)
        .on_navigation(is_our_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    let tray_of = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::ThemeChanged(theme) = event {
            tray::follow(&tray_of, *theme);
        }
    });
    window.theme()
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
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
