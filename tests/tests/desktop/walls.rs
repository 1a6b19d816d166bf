//! The real app in its real window: what a person sees when it opens, in light and dark; that a second start opens
//! nothing; that its page cannot leave, load or call what is not its own; and its tray.

use backtrail_base::fs;
use backtrail_tests::window::{Appearance, Page, Session, wait_for};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

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
    let own = session.home().join(".local/share").display().to_string();
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
    assert_eq!(session.windows(), ["Backtrail"]);
    let mut second =
        session.command(Page::application()).stdout(Stdio::null()).spawn().expect("it started before");
    let status = wait_for("the end of the second start", 60, || second.try_wait().expect("our own child"));
    assert!(status.success(), "handing over to the first is no failure: {status}");
    assert_eq!(session.windows(), ["Backtrail"], "the first window is the only one");
}

/// A web server elsewhere, which counts who asks it for something.
fn elsewhere() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]);
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>gotcha";
            let _ = stream.write_all(page.as_bytes());
        }
    });
    (format!("http://{address}/"), asked)
}

#[test]
fn its_page_cannot_leave_or_load_what_is_not_its_own() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    let (there, asked) = elsewhere();
    let home = page.run("return location.href");

    page.run(&format!("location.href = '{there}'"));
    page.run(&format!(
        "const button = document.createElement('button');
         button.id = 'leave';
         button.textContent = 'leave';
         button.addEventListener('click', () => window.open('{there}'));
         document.body.prepend(button);"
    ));
    page.click("#leave"); // a person's click, since pages may open nothing by themselves
    let blocked = page.run_until_done(&format!(
        "const seen = new Set();
         addEventListener('securitypolicyviolation', (event) => seen.add(event.effectiveDirective));
         // A frame is refused by the policy or as a navigation, whichever looks first.
         const certain = () => [...seen].filter((directive) => directive !== 'frame-src').sort();
         for (const tag of ['script', 'img', 'iframe']) {{
             const element = document.createElement(tag);
             element.src = '{there}';
             document.body.append(element);
         }}
         fetch('{there}').catch(() => 0);
         const start = Date.now();
         const look = () =>
             certain().length >= 3 || Date.now() - start > 10000 ? done(certain()) : setTimeout(look, 100);
         look();"
    ));
    assert_eq!(
        blocked,
        serde_json::json!(["connect-src", "img-src", "script-src-elem"]),
        "the policy refuses these"
    );
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(page.run("return location.href"), home, "navigation elsewhere is denied");
    assert_eq!(session.windows(), ["Backtrail"], "new windows are denied");
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody elsewhere was asked for anything");
}

#[test]
fn its_page_may_call_its_own_commands_alone() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    for call in [
        "'plugin:app|version', {}",
        "'plugin:window|set_title', { label: 'main', value: 'taken over' }",
        "'plugin:webview|create_webview_window', { options: { label: 'other', url: 'index.html' } }",
    ] {
        let answer = page.run_until_done(&format!(
            "window.__TAURI_INTERNALS__.invoke({call}).then(() => done('allowed'), (error) => done(String(error)))"
        ));
        let answer = answer.as_str().unwrap_or_default();
        assert!(
            answer.contains("not allowed"),
            "{call} is not in the window's capability file, and yet: {answer}"
        );
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
    wait_for("the end of the window", 30, || session.windows().is_empty().then_some(()));
}
