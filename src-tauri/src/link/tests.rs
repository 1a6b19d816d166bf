//! Both ends of the link, in one process, over a real socket.

use super::lines::Lines;
use super::*;
use backtrail_api::call::{BackUpNow, Browse, GetHome, RemoveProfile};
use backtrail_api::{Event, Screen};
use backtrail_profile::Folders;
use crossbeam_channel::{Receiver, Sender};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;

/// A background that answers with what it was asked.
#[derive(Default)]
struct Echo {
    listeners: Mutex<Vec<Sender<Event>>>,
    shown: AtomicUsize,
    quit: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Answers for Echo {
    fn answer(&self, name: &str, with: Value) -> Result<Value, Failure> {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(5));
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        match name {
            "back_up_now" => Ok(Value::Null),
            "remove_profile" => Err(broken(format!("no {}", with["profile"]))),
            "browse" => {
                Ok(json!({ "trail": [], "entries": [], "total": with["offset"], "offset": with["offset"] }))
            }
            _ => panic!("{name} is not for this test"),
        }
    }

    fn subscribe(&self) -> Receiver<Event> {
        let (send, receive) = crossbeam_channel::bounded(8);
        self.listeners.lock().expect("no test panics with it").push(send);
        receive
    }

    fn show(&self, screen: Screen) {
        assert_eq!(screen, Screen::Settings, "the screen that was asked for");
        self.shown.fetch_add(1, Ordering::SeqCst);
    }

    fn quit(&self) {
        self.quit.fetch_add(1, Ordering::SeqCst);
    }
}

/// A background that listens in a folder of its own.
struct Desk {
    _root: tempfile::TempDir,
    address: Address,
    echo: Arc<Echo>,
    windows: Windows,
    ending: watch::Sender<Ending>,
}

impl Desk {
    fn listen() -> Self {
        let root = tempfile::tempdir().expect("the temporary folder can be written");
        let address = Address::of(&Folders::below(root.path()));
        let (ending, _) = watch::channel(Ending::NotYet);
        let desk = Self { _root: root, address, echo: Arc::default(), windows: Windows::default(), ending };
        desk.again();
        desk
    }

    fn again(&self) -> tokio::task::JoinHandle<()> {
        let listener = listen(&self.address).expect("a folder of its own");
        let echo = Arc::clone(&self.echo);
        tokio::spawn(serve(listener, echo, self.windows.clone(), self.ending.subscribe()))
    }

    /// A window, and what it is told.
    fn window(&self) -> (Link, tokio::sync::mpsc::UnboundedReceiver<Told>) {
        let (told, hears) = tokio::sync::mpsc::unbounded_channel();
        let link = Link::new();
        tokio::spawn(link.clone().keep(self.address.clone(), move |said| drop(told.send(said))));
        (link, hears)
    }

    async fn raw(&self) -> interprocess::local_socket::tokio::Stream {
        super::client::connect(&self.address).await.expect("the background listens")
    }
}

async fn eventually(what: &str, check: impl Fn() -> bool) {
    for _ in 0..500 {
        if check() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {what}");
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what).await.expect("the other end is in this process")
}

#[tokio::test]
async fn calls_are_answered_and_failures_arrive_whole() {
    let desk = Desk::listen();
    let (link, _) = desk.window();
    soon(link.call(BackUpNow { profile: None })).await.expect("answered with nothing");
    let failure = soon(link.call(RemoveProfile { profile: "p1".to_owned() })).await.expect_err("refused");
    assert_eq!(
        failure.details.as_deref(),
        Some("no \"p1\""),
        "what the background said, with what it was given"
    );
    let failure =
        soon(link.call(GetHome {})).await.expect_err("a panic behind a call is a failure of that call");
    assert_eq!(failure.code, "link-broken");
    soon(link.call(BackUpNow { profile: None })).await.expect("and the link goes on");
}

#[tokio::test]
async fn many_windows_ask_at_once_and_each_gets_its_own_answer() {
    let desk = Desk::listen();
    let mut asking = tokio::task::JoinSet::new();
    for window in 0..5_u32 {
        let (link, _) = desk.window();
        for call in 0..40_u32 {
            let link = link.clone();
            asking.spawn(async move {
                let offset = window * 1000 + call;
                let browse = Browse { moment: "m".to_owned(), folder: None, offset, limit: 1 };
                let listing = link.call(browse).await.expect("answered");
                assert_eq!(listing.offset.0, u64::from(offset), "no answer of another call or window");
            });
        }
    }
    soon(async { while asking.join_next().await.is_some_and(|done| done.is_ok()) {} }).await;
    assert!(asking.is_empty(), "all were answered");
    let most = desk.echo.most_at_once.load(Ordering::SeqCst);
    assert!(most > 1, "calls do not wait for each other");
    assert!(most <= 5 * 16, "but no window takes all of the background: {most} at once");
}

#[tokio::test]
async fn events_reach_every_window_that_is_there() {
    let desk = Desk::listen();
    let (mut one, mut two) = (desk.window().1, desk.window().1);
    eventually("two listeners", || desk.echo.listeners.lock().expect("no panic").len() == 2).await;
    assert!(desk.windows.any(), "the background knows that there are windows");
    for listener in desk.echo.listeners.lock().expect("no panic").iter() {
        listener.send(Event::Show(Screen::Restore)).expect("it listens");
    }
    for hears in [&mut one, &mut two] {
        assert!(matches!(soon(hears.recv()).await, Some(Told::Linked(true))), "first that it is linked");
        assert!(
            matches!(soon(hears.recv()).await, Some(Told::Event(Event::Show(Screen::Restore)))),
            "then events"
        );
    }
}

#[tokio::test]
async fn a_window_finds_the_background_again_after_it_was_gone() {
    let desk = Desk::listen();
    let (link, mut hears) = desk.window();
    assert!(matches!(soon(hears.recv()).await, Some(Told::Linked(true))));
    desk.ending.send_replace(Ending::Stopped);
    assert!(
        matches!(soon(hears.recv()).await, Some(Told::Linked(false))),
        "it says that the background is gone"
    );
    eventually("no window", || !desk.windows.any()).await;
    desk.ending.send_replace(Ending::NotYet);
    desk.again();
    assert!(matches!(soon(hears.recv()).await, Some(Told::Linked(true))), "and that it is there again");
    soon(link.call(BackUpNow { profile: None })).await.expect("calls work as before");
}

#[tokio::test]
async fn a_call_that_was_cut_off_fails_and_does_not_hang() {
    let root = tempfile::tempdir().expect("the temporary folder can be written");
    let address = Address::of(&Folders::below(root.path()));
    let listener = listen(&address).expect("a folder of its own");
    let link = Link::new();
    tokio::spawn(link.clone().keep(address, |_| ()));
    let call = tokio::spawn(async move { link.call(BackUpNow { profile: None }).await });
    use interprocess::local_socket::tokio::prelude::*;
    let mut stream = soon(listener.accept()).await.expect("the window connects");
    let mut said = [0; 256];
    soon(async {
        // The window joins, then asks; then the background is killed.
        let mut text = String::new();
        while !text.contains("back_up_now") {
            let read = stream.read(&mut said).await.expect("it is there");
            text.push_str(&String::from_utf8_lossy(&said[..read]));
        }
    })
    .await;
    drop((stream, listener));
    let failure = soon(call).await.expect("no panic").expect_err("nobody answered");
    assert_eq!(failure.code, "background-gone", "said plainly: {failure:?}");
    assert_eq!(failure.step, Some(backtrail_api::view::NextStep::StartBackground), "with the way out");
}

#[tokio::test]
async fn quit_ends_windows_and_stop_does_not() {
    let desk = Desk::listen();
    let (link, mut hears) = desk.window();
    assert!(matches!(soon(hears.recv()).await, Some(Told::Linked(true))));
    // Connected is not yet heard: a window that was answered is one that the background knows.
    soon(link.call(BackUpNow { profile: None })).await.expect("the background answers");
    desk.ending.send_replace(Ending::Quit);
    assert!(matches!(soon(hears.recv()).await, Some(Told::Quit)), "the window is told why");
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_that_connection_alone() {
    let desk = Desk::listen();
    let (link, _) = desk.window();
    soon(link.call(BackUpNow { profile: None })).await.expect("a window that behaves");
    let stream = desk.raw().await;
    let mut to = &stream;
    let long = vec![b'x'; wire::LONGEST_ASKED + 2];
    // The other end may close before all is written.
    let _ = soon(to.write_all(&long)).await;
    let mut from = &stream;
    let end = soon(from.read(&mut [0; 8])).await;
    assert!(matches!(end, Ok(0) | Err(_)), "closed without an answer: {end:?}");
    soon(link.call(BackUpNow { profile: None })).await.expect("others do not notice");
}

#[tokio::test]
async fn nonsense_ends_that_connection() {
    let desk = Desk::listen();
    for nonsense in ["hello\n", "{}\n", "{\"id\":1,\"call\":{\"name\":\"home\"}}\n", "\u{0}\n"] {
        let stream = desk.raw().await;
        let (mut to, mut from) = (&stream, &stream);
        soon(to.write_all(nonsense.as_bytes())).await.expect("it listens");
        let end = soon(from.read(&mut [0; 8])).await;
        assert!(matches!(end, Ok(0) | Err(_)), "{nonsense:?} got an answer: {end:?}");
    }
}

#[tokio::test]
async fn another_start_shows_the_window_and_quit_quits() {
    let desk = Desk::listen();
    soon(tell(&desk.address, SHOW, json!("settings"))).await.expect("understood");
    assert_eq!(desk.echo.shown.load(Ordering::SeqCst), 1);
    assert!(!desk.windows.any(), "one who only asks is no window");
    soon(tell(&desk.address, QUIT, Value::Null)).await.expect("understood");
    eventually("quit", || desk.echo.quit.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_socket_that_a_crash_left_behind_is_replaced() {
    let root = tempfile::tempdir().expect("the temporary folder can be written");
    let folders = Folders::below(root.path());
    crate::own_folder::make(folders.runtime()).expect("ours");
    let path = folders.runtime().join("backtrail.sock");
    // A socket whose process is gone stays as a file that nobody answers at.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a new socket"));
    assert!(path.exists(), "left behind");
    assert!(super::client::connect(&Address::of(&folders)).await.is_err(), "and dead");
    let listener = listen(&Address::of(&folders)).expect("the next background replaces it");
    assert!(super::client::connect(&Address::of(&folders)).await.is_ok(), "and is reached");
    drop(listener);
    assert!(!path.exists(), "one that ends well leaves none");
}

#[tokio::test]
async fn nobody_else_can_open_it() {
    use std::os::unix::fs::MetadataExt;
    let desk = Desk::listen();
    let path = desk.address.path();
    let mode =
        |path: &std::path::Path| backtrail_base::fs::metadata(path).expect("it is there").mode() & 0o777;
    assert_eq!(mode(path), 0o600, "the socket");
    assert_eq!(mode(path.parent().expect("in a folder")), 0o700, "its folder");
    let stream = desk.raw().await;
    let ours = rustix::process::geteuid().as_raw();
    assert!(peer::belongs_to(&stream, ours), "a process of this person's");
    assert!(!peer::belongs_to(&stream, ours + 1), "and not of another's");
}

#[tokio::test]
async fn lines_have_ends_and_limits() {
    let mut lines = Lines::new(&b"one\n\ntwo\n"[..], 3);
    assert_eq!(lines.next().await.expect("short"), Some(&b"one"[..]));
    assert_eq!(lines.next().await.expect("empty"), Some(&b""[..]));
    assert_eq!(lines.next().await.expect("short"), Some(&b"two"[..]), "as long as is allowed");
    assert_eq!(lines.next().await.expect("the end"), None);
    assert!(Lines::new(&b"long\n"[..], 3).next().await.is_err(), "one byte too long");
    assert!(
        Lines::new(&b"cut"[..], 9).next().await.is_err(),
        "a line without its end is not taken for whole"
    );
}
