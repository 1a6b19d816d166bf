//! The real app in its real window: what a person sees when it opens, in light and dark; that a second start opens
//! nothing; that its page cannot leave, load or call what is not its own; and its tray.

use backtrail_base::fs;
use backtrail_tests::window::{Appearance, Page, Session, wait_for};
use std::path::Path;
use std::process::Stdio;

/// Opens the app, and waits for the answer of the program behind the page.
fn open(session: &mut Session) -> Page {
    let page = Page::open(session);
    wait_for("the version on the screen", 60, || page.text().contains("Version ").then_some(()));
    page
}

/// Keeps a picture of the page for the documentation, when asked to.
fn picture(page: &Page, name: &str) {
    if std::env::var_os("BACKTRAIL_SCREENSHOTS").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
        page.screenshot(&folder.join(format!("{name}.png")));
    }
}

fn ground(page: &Page) -> String {
    page.run("return getComputedStyle(document.body).backgroundColor").as_str().unwrap_or_default().to_owned()
}

/// What axe objects to on the page as it is drawn, colours included.
fn objections(page: &Page) -> serde_json::Value {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    page.run(&fs::read_to_string(axe).expect("the front end's packages are installed"));
    page.run_until_done(
        "axe.run().then(({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])))",
    )
}

const PAPER: &str = "rgb(247, 246, 242)";
const NIGHT: &str = "rgb(20, 26, 25)";

#[test]
fn it_opens_and_says_what_it_is() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    assert_eq!(page.title(), "Backtrail");
    let text = page.text();
    for expected in [
        "Encrypted backups that bring back any file from any moment",
        concat!("Version ", env!("CARGO_PKG_VERSION")),
        "What works today",
        "What comes next",
        "GPL-3.0-or-later",
    ] {
        assert!(text.contains(expected), "“{expected}” is not on the screen: {text}");
    }
    page.run("document.querySelector('[aria-expanded=false]').click()");
    let own = session.home().join("data").display().to_string();
    wait_for("the folders, in this session's own home", 20, || page.text().contains(&own).then_some(()));
    picture(&page, "welcome-folders");
}

#[test]
fn a_narrow_window_shows_all_of_it() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    page.resize(340, 700);
    wait_for("the narrow window", 20, || (page.run("return innerWidth") == 340).then_some(()));
    let wide = page.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth");
    assert_eq!(wide, false, "reading must not need scrolling sideways");
    picture(&page, "welcome-narrow");
}

#[test]
fn it_follows_light_and_dark_while_it_runs() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    assert_eq!(ground(&page), PAPER, "the desktop prefers light");
    assert_eq!(objections(&page), serde_json::json!([]), "what axe finds in the light look");
    picture(&page, "welcome-light");
    session.change(Appearance::Dark);
    wait_for("the dark look", 20, || (ground(&page) == NIGHT).then_some(()));
    assert_eq!(objections(&page), serde_json::json!([]), "what axe finds in the dark look");
    picture(&page, "welcome-dark");
    session.change(Appearance::Light);
    wait_for("the light look", 20, || (ground(&page) == PAPER).then_some(()));
}

#[test]
fn it_starts_dark_on_a_dark_desktop() {
    let mut session = Session::start(Appearance::Dark);
    let page = open(&mut session);
    wait_for("the dark look", 20, || (ground(&page) == NIGHT).then_some(()));
}

#[test]
fn a_second_start_opens_no_second_window() {
    let mut session = Session::start(Appearance::Light);
    let _page = open(&mut session);
    assert_eq!(session.windows_titled("Backtrail"), 1);
    let mut second =
        session.command(Page::application()).stdout(Stdio::null()).spawn().expect("it started before");
    let status = wait_for("the end of the second start", 60, || second.try_wait().expect("our own child"));
    assert!(status.success(), "handing over to the first is no failure: {status}");
    assert_eq!(session.windows_titled("Backtrail"), 1, "the first window is the only one");
}

#[test]
fn its_page_cannot_leave_load_or_call_what_is_not_its_own() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    let home = page.run("return location.href");

    page.run("location.href = 'http://127.0.0.1:9/'");
    page.run("window.open('http://127.0.0.1:9/')");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(page.run("return location.href"), home, "navigation elsewhere is denied");
    assert_eq!(session.windows_titled("Backtrail"), 1, "new windows are denied");

    let blocked = page.run_until_done(
        "const seen = new Set();
         addEventListener('securitypolicyviolation', (event) => seen.add(event.effectiveDirective));
         for (const tag of ['script', 'img']) {
             const element = document.createElement(tag);
             element.src = 'http://127.0.0.1:9/x';
             document.body.append(element);
         }
         fetch('http://127.0.0.1:9/').catch(() => 0);
         const start = Date.now();
         const look = () =>
             seen.size >= 3 || Date.now() - start > 10000 ? done([...seen].sort()) : setTimeout(look, 100);
         look();",
    );
    assert_eq!(
        blocked,
        serde_json::json!(["connect-src", "img-src", "script-src-elem"]),
        "the page loads nothing from elsewhere"
    );

    for command in
        ["plugin:window|set_title", "plugin:opener|open_url", "plugin:dialog|open", "plugin:app|version"]
    {
        let answer = page.run_until_done(&format!(
            "window.__TAURI_INTERNALS__.invoke('{command}', {{}}).then(() => done('allowed'), () => done('denied'))"
        ));
        assert_eq!(answer, "denied", "{command} is not in the window's capability file");
    }
}

#[test]
fn its_tray_menu_opens_and_quits() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    assert_eq!(session.tray().menu(), ["Open Backtrail", "Quit"]);
    assert_eq!(session.tray().icons(), 1);
    session.tray().click("Open Backtrail");
    assert_eq!(page.title(), "Backtrail", "the window is still the one that was there");
    session.tray().click("Quit");
    wait_for("the end of the window", 30, || (session.windows_titled("Backtrail") == 0).then_some(()));
}
