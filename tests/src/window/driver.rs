//! The page in the window, driven by WebDriver: tauri-driver starts the app and speaks to its web view.

use super::session::{Session, free_port, wait_for_port};
use super::wait_for;
use backtrail_base::fs;
use base64::Engine;
use serde_json::{Value, json};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;

/// The app's page. The app ends with it.
#[derive(Debug)]
pub struct Page {
    agent: Agent,
    /// The driver's address of this page.
    address: String,
    /// Clicks and key presses so far.
    clicks: Cell<u32>,
    keys: Cell<u32>,
}

impl Page {
    /// Starts the app in the session, as its WebDriver.
    ///
    /// # Panics
    /// When the app or a program that drives it is missing, or the app does not start.
    #[must_use]
    pub fn open(session: &mut Session) -> Self {
        Self::open_with(session, &[])
    }

    /// Starts the app with these arguments.
    ///
    /// # Panics
    /// As [`Page::open`].
    #[must_use]
    pub fn open_with(session: &mut Session, arguments: &[&str]) -> Self {
        let driver =
            required("TAURI_DRIVER", "build it with `cargo install tauri-driver --version 2.1.0 --locked`");
        let (port, native) = (free_port(), free_port());
        let mut command = session.command(driver);
        command.args(["--port", &port.to_string(), "--native-port", &native.to_string()]);
        command.args(["--native-driver", "/usr/bin/WebKitWebDriver"]);
        session.keep(command, "webkit2gtk-driver");
        wait_for_port(port, "tauri-driver");
        wait_for_port(native, "WebKitWebDriver");
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let address = format!("http://127.0.0.1:{port}/session");
        let mut page = Self { agent, address, clicks: Cell::new(0), keys: Cell::new(0) };
        let application = Self::application();
        let options = json!({ "application": application, "args": arguments });
        let wanted = json!({ "browserName": "wry", "tauri:options": options });
        let answer = page.post("", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let id = answer["sessionId"].as_str();
        let id = id.unwrap_or_else(|| panic!("{} did not start: {answer}", application.display()));
        page.address = format!("{}/{id}", page.address);
        page
    }

    /// The app's program.
    ///
    /// # Panics
    /// When it is missing.
    #[must_use]
    pub fn application() -> PathBuf {
        required("BACKTRAIL_DESKTOP_BIN", "build it with `cargo xtask test desktop`")
    }

    /// The window's title.
    ///
    /// # Panics
    /// When the page does not answer.
    #[must_use]
    pub fn title(&self) -> String {
        self.get("/title").as_str().unwrap_or_default().to_owned()
    }

    /// The text on the page, as it is drawn.
    ///
    /// # Panics
    /// When the page does not answer.
    #[must_use]
    pub fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page, and gives what it returns.
    ///
    /// # Panics
    /// When the script fails.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script in the page that calls `done` with its result.
    ///
    /// # Panics
    /// When the script fails or never calls it.
    pub fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        self.post("/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Clicks what the selector finds, as a person does.
    ///
    /// # Panics
    /// When nothing is found, or it cannot be clicked.
    pub fn click(&self, selector: &str) {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        self.click_on(&found, selector);
    }

    /// Clicks the control that is called so: a button, link, switch, option or tab by its accessible name, which is the
    /// text a person sees. Waits until it is there and can be used.
    ///
    /// # Panics
    /// When it does not come, or cannot be clicked.
    pub fn press(&self, name: &str) {
        let found = wait_for(&format!("“{name}”, on a page with {}", self.text()), 30, || {
            Some(self.control(CONTROLS, name, false)).filter(|found| !found.is_null())
        });
        self.click_on(&found, name);
    }

    /// Clicks the button that is called so, where a tick box beside it has the same name.
    ///
    /// # Panics
    /// As [`Page::press`].
    pub fn press_button(&self, name: &str) {
        let found = wait_for(&format!("the button “{name}”"), 30, || {
            Some(self.control("button", name, false)).filter(|found| !found.is_null())
        });
        self.click_on(&found, name);
    }

    /// Whether a control of this name is on the page, usable or not.
    ///
    /// # Panics
    /// When the page does not answer.
    #[must_use]
    pub fn offers(&self, name: &str) -> bool {
        !self.control(CONTROLS, name, true).is_null()
    }

    /// Types into the field with this label.
    ///
    /// # Panics
    /// When there is none.
    pub fn fill(&self, label: &str, text: &str) {
        let found = wait_for(&format!("the field “{label}”"), 30, || {
            Some(self.control(CONTROLS, label, false)).filter(|found| !found.is_null())
        });
        self.post(&format!("/element/{}/value", element(&found, label)), &json!({ "text": text }));
    }

    /// Presses keys, one after the other, where the focus is: single characters, or names such as `Tab`, `Enter`,
    /// `Space`, `ArrowDown`, `Shift+Tab`.
    ///
    /// # Panics
    /// When the page does not answer.
    pub fn keys(&self, names: &[&str]) {
        let mut actions = Vec::new();
        for name in names {
            self.keys.set(self.keys.get() + 1);
            let (shift, name) = name.strip_prefix("Shift+").map_or((false, *name), |name| (true, name));
            let key = match name {
                "Tab" => "\u{e004}",
                "Enter" => "\u{e007}",
                "Escape" => "\u{e00c}",
                "Space" => " ",
                "ArrowLeft" => "\u{e012}",
                "ArrowUp" => "\u{e013}",
                "ArrowRight" => "\u{e014}",
                "ArrowDown" => "\u{e015}",
                "Home" => "\u{e011}",
                "End" => "\u{e010}",
                other => other,
            };
            let mut press = |kind: &str, key: &str| actions.push(json!({ "type": kind, "value": key }));
            if shift {
                press("keyDown", "\u{e008}");
            }
            press("keyDown", key);
            press("keyUp", key);
            if shift {
                press("keyUp", "\u{e008}");
            }
        }
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    /// The accessible name of what has the focus.
    ///
    /// # Panics
    /// When the page does not answer.
    #[must_use]
    pub fn focused(&self) -> String {
        let name = self.run(&format!("{NAME_OF} return nameOf(document.activeElement)"));
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks made so far on this page.
    #[must_use]
    pub fn clicks(&self) -> u32 {
        self.clicks.get()
    }

    /// Keys pressed so far on this page.
    #[must_use]
    pub fn keys_pressed(&self) -> u32 {
        self.keys.get()
    }

    /// Waits until the page shows this text.
    ///
    /// # Panics
    /// When it does not come in time; the message has what the page shows.
    pub fn wait_for_text(&self, text: &str, seconds: u64) {
        let start = std::time::Instant::now();
        while !self.text().contains(text) {
            assert!(
                start.elapsed() < Duration::from_secs(seconds),
                "waited {seconds} s in vain for “{text}”; the page says: {}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The control with this accessible name; null when there is none, or none that can be used.
    fn control(&self, controls: &str, name: &str, or_disabled: bool) -> Value {
        let script = format!(
            "{NAME_OF}
             const controls = '{controls}';
             const usable = (e) => {or_disabled} || !(e.disabled || e.getAttribute('aria-disabled') === 'true');
             const seen = (e) => e.getClientRects().length > 0;
             return [...document.querySelectorAll(controls)]
                 .find((e) => seen(e) && usable(e) && nameOf(e) === {}) ?? null",
            Value::from(name)
        );
        self.run(&script)
    }

    fn click_on(&self, found: &Value, what: &str) {
        self.clicks.set(self.clicks.get() + 1);
        self.post(&format!("/element/{}/click", element(found, what)), &json!({}));
    }

    /// Writes a picture of the page, after it was drawn.
    ///
    /// # Panics
    /// When the picture cannot be taken or written.
    pub fn screenshot(&self, path: &Path) {
        // A picture lags behind the page by a frame.
        self.run_until_done("requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))");
        let picture = self.get("/screenshot");
        let picture = picture.as_str().unwrap_or_else(|| panic!("no picture: {picture}"));
        let picture =
            base64::engine::general_purpose::STANDARD.decode(picture).expect("pictures come as base64");
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("the folder can be made");
        fs::write(path, picture).expect("the picture can be written");
    }

    /// Sets the size of the window, in pixels of the screen.
    ///
    /// # Panics
    /// When the window does not answer.
    pub fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", &json!({ "width": width, "height": height }));
    }

    /// Closes the window, as its own button does.
    pub fn close(&self) {
        let _ = self.agent.delete(format!("{}/window", self.address)).call();
    }

    fn get(&self, path: &str) -> Value {
        value(self.agent.get(format!("{}{path}", self.address)).call(), path)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        value(self.agent.post(format!("{}{path}", self.address)).send_json(body), path)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.address).call();
    }
}

/// What can be pressed or filled in.
const CONTROLS: &str = "button, a[href], input, textarea, select, summary, [role]";

/// Gives the name that a screen reader says: a label's, that of the element's own attributes, or its text.
const NAME_OF: &str = "
    const textOf = (id) => document.getElementById(id)?.innerText ?? '';
    const nameOf = (e) => (
        e.getAttribute('aria-labelledby')?.split(/\\s+/).map(textOf).join(' ')
        || e.getAttribute('aria-label')
        || (e.labels?.length ? [...e.labels].map((label) => label.innerText).join(' ') : '')
        || e.innerText || ''
    ).replace(/\\s+/g, ' ').trim();
";

/// WebDriver's id of an element.
fn element<'a>(found: &'a Value, what: &str) -> &'a str {
    let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
    id.unwrap_or_else(|| panic!("{what} is not on the page: {found}"))
}

fn value(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>, path: &str) -> Value {
    let mut answer = answer.unwrap_or_else(|error| panic!("WebDriver does not answer {path}: {error}"));
    let body: Value = answer.body_mut().read_json().expect("WebDriver answers in JSON");
    assert!(answer.status().is_success(), "WebDriver refused {path}: {body}");
    body["value"].clone()
}

/// A program that an environment variable names.
fn required(variable: &str, advice: &str) -> PathBuf {
    let path = std::env::var_os(variable).map(PathBuf::from);
    match path {
        Some(path) if path.is_file() => path,
        Some(path) => panic!("{variable} is {}, which is not there: {advice}", path.display()),
        None => panic!("{variable} is not set: run `cargo xtask test desktop`, or {advice}"),
    }
}
