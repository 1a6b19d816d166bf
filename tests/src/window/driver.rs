//! The page in the window, driven by WebDriver: tauri-driver starts the app and speaks to its web view.

use super::session::{Session, free_port, wait_for_port};
use backtrail_base::fs;
use base64::Engine;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;

/// The app's page. The app ends with it.
#[derive(Debug)]
pub struct Page {
    agent: Agent,
    /// The driver's address of this page.
    address: String,
}

impl Page {
    /// Starts the app in the session, as its WebDriver.
    ///
    /// # Panics
    /// When the app or a program that drives it is missing, or the app does not start.
    #[must_use]
    pub fn open(session: &mut Session) -> Self {
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
        let mut page = Self { agent, address: format!("http://127.0.0.1:{port}/session") };
        let application = Self::application();
        let wanted = json!({ "browserName": "wry", "tauri:options": { "application": application } });
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
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        let id = id.unwrap_or_else(|| panic!("{selector} is not on the page: {found}"));
        self.post(&format!("/element/{id}/click"), &json!({}));
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
