//! The walls around the page: it follows the desktop's light and dark, and cannot leave, load or call what is not its
//! own.

use crate::look::{objections, open};
use backtrail_tests::window::{Appearance, Page, Session, wait_for};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn ground(page: &Page) -> String {
    page.run("return getComputedStyle(document.body).backgroundColor").as_str().unwrap_or_default().to_owned()
}

const PAPER: &str = "rgb(247, 246, 242)";
const NIGHT: &str = "rgb(20, 26, 25)";

#[test]
fn it_follows_light_and_dark_while_it_runs() {
    let mut session = Session::start(Appearance::Light);
    let page = open(&mut session);
    assert_eq!(ground(&page), PAPER, "the desktop prefers light");
    assert_eq!(objections(&page), serde_json::json!([]), "what axe finds in the light look");
    session.change(Appearance::Dark);
    wait_for("the dark look", 20, || (ground(&page) == NIGHT).then_some(()));
    assert_eq!(objections(&page), serde_json::json!([]), "what axe finds in the dark look");
    session.change(Appearance::Light);
    wait_for("the light look", 20, || (ground(&page) == PAPER).then_some(()));
}

#[test]
fn it_starts_dark_on_a_dark_desktop() {
    let mut session = Session::start(Appearance::Dark);
    let page = open(&mut session);
    wait_for("the dark look", 20, || (ground(&page) == NIGHT).then_some(()));
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
