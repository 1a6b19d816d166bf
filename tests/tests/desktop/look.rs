//! What every screen is held to, and its picture for the documentation.

use backtrail_base::fs;
use backtrail_tests::window::{Appearance, Page, Session, wait_for};
use std::path::Path;

/// Opens the app, and waits for its first screen.
pub(crate) fn open(session: &mut Session) -> Page {
    let page = Page::open(session);
    wait_for("the first screen", 60, || {
        page.run("return !!document.querySelector('h1')").as_bool().filter(|there| *there)
    });
    page
}

/// What axe objects to on the page as it is drawn, colours included.
pub(crate) fn objections(page: &Page) -> serde_json::Value {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    page.run(&fs::read_to_string(axe).expect("the front end's packages are installed"));
    page.run_until_done(
        "axe.run().then(({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])))",
    )
}

/// How screens are looked at in light or in dark.
pub(crate) struct Look(&'static str);

impl Look {
    pub(crate) fn of(appearance: Appearance) -> Self {
        Self(match appearance {
            Appearance::Light => "light",
            Appearance::Dark => "dark",
        })
    }

    /// Looks at a screen: axe finds nothing, and a picture is kept when asked for.
    pub(crate) fn at(&self, page: &Page, screen: &str) {
        assert_eq!(objections(page), serde_json::json!([]), "what axe finds on {screen} in {}", self.0);
        picture(page, &format!("{screen}-{}", self.0));
    }
}

/// Keeps a picture of the page for the documentation, when asked to.
pub(crate) fn picture(page: &Page, name: &str) {
    if std::env::var_os("BACKTRAIL_SCREENSHOTS").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
        page.screenshot(&folder.join(format!("{name}.png")));
    }
}
