//! The background's end: listens where only this person can connect, answers each window's calls, and pushes events.
//! A window that hangs, lies about its lines or goes away costs its own connection and nothing else.

use super::lines::Lines;
use super::{Address, peer, wire};
use backtrail_api::view::Failure;
use backtrail_api::{Event, Screen};
use crossbeam_channel::Receiver;
use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::sync::{Semaphore, mpsc, watch};
use zeroize::Zeroizing;

/// Calls of one window that are worked on at a time; further ones wait.
const AT_A_TIME: usize = 16;
/// Lines that may wait for a window to take them.
const WAITING: usize = 64;
/// How long a window may take to read its last line.
const FAREWELL: Duration = Duration::from_secs(1);

/// What the background does for windows.
pub(crate) trait Answers: Send + Sync + 'static {
    /// Answers a call; may block.
    ///
    /// # Errors
    /// What went wrong, as a person reads it.
    fn answer(&self, name: &str, with: Value) -> Result<Value, Failure>;

    /// What happens from now on, until the channel ends.
    fn subscribe(&self) -> Receiver<Event>;

    /// Somebody started the program again: a window must come to the front.
    fn show(&self, screen: Screen);

    /// Somebody told the program to end.
    fn quit(&self);
}

/// Why the server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It does not.
    NotYet,
    /// The person said *Quit*: windows end as well.
    Quit,
    /// The process is told to end: windows say that the background is gone.
    Stopped,
}

/// How many windows are connected.
#[derive(Debug, Clone, Default)]
pub(crate) struct Windows(Arc<AtomicUsize>);

impl Windows {
    /// Whether there is one.
    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

/// A window that is connected, until it is dropped.
struct Joined(Windows);

impl Joined {
    fn to(windows: &Windows) -> Self {
        windows.0.fetch_add(1, Ordering::SeqCst);
        Self(windows.clone())
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Listens at the address. The caller holds the background's lock, so a socket that is there was left by a background
/// that crashed, and is replaced.
///
/// # Errors
/// When the folder or the socket cannot be made, or the folder is not this person's alone.
pub(crate) fn listen(address: &Address) -> io::Result<Listener> {
    address.make_ready()?;
    let options = ListenerOptions::new().name(address.name()?);
    peer::for_this_person_only(options)?.create_tokio()
}

/// Answers whoever connects, until told to end.
pub(crate) async fn serve(
    listener: Listener,
    answers: Arc<dyn Answers>,
    windows: Windows,
    mut ending: watch::Receiver<Ending>,
) {
    loop {
        let stream = tokio::select! {
            stream = listener.accept() => stream,
            _ = ending.wait_for(|ending| *ending != Ending::NotYet) => return,
        };
        let Ok(stream) = stream else {
            // Out of files, most likely: wait for some to be closed.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        if !peer::is_this_person(&stream) {
            continue;
        }
        let (answers, windows, ending) = (Arc::clone(&answers), windows.clone(), ending.clone());
        tokio::spawn(async move {
            // However it ends, it concerns that window alone.
            let _ = attend(stream, answers, windows, ending).await;
        });
    }
}

type Line = Zeroizing<String>;

async fn attend(
    stream: Stream,
    answers: Arc<dyn Answers>,
    windows: Windows,
    mut ending: watch::Receiver<Ending>,
) -> io::Result<()> {
    let stream = Arc::new(stream);
    let (outbox, mut lines) = mpsc::channel::<Line>(WAITING);
    let reading = read(&stream, answers, windows, outbox.clone());
    let writing = async {
        let mut to = &*stream;
        while let Some(line) = lines.recv().await {
            to.write_all(line.as_bytes()).await?;
            to.flush().await?;
        }
        io::Result::Ok(())
    };
    let ended = tokio::select! {
        ended = reading => return ended,
        ended = writing => return ended,
        ended = ending.wait_for(|ending| *ending != Ending::NotYet) => ended.map(|ending| *ending),
    };
    if matches!(ended, Ok(Ending::Quit)) {
        let line = wire::line(&wire::Told::Quit { quit: true })?;
        let mut to = &*stream;
        let _ = tokio::time::timeout(FAREWELL, to.write_all(line.as_bytes())).await;
    }
    Ok(())
}

async fn read(
    stream: &Stream,
    answers: Arc<dyn Answers>,
    windows: Windows,
    outbox: mpsc::Sender<Line>,
) -> io::Result<()> {
    let mut lines = Lines::new(BufReader::new(stream), wire::LONGEST_ASKED);
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut joined = None;
    while let Some(line) = lines.next().await? {
        let wire::Asked { id, call } = serde_json::from_slice(line)?;
        match call.name.as_str() {
            wire::JOIN => {
                if joined.is_none() {
                    joined = Some(Joined::to(&windows));
                    pass_events(answers.subscribe(), outbox.clone())?;
                }
                send(&outbox, id, Ok(Value::Null)).await;
            }
            wire::SHOW => {
                let screen = serde_json::from_value(call.with)?;
                let answers = Arc::clone(&answers);
                let shown = tokio::task::spawn_blocking(move || answers.show(screen)).await;
                shown.map_err(io::Error::other)?;
                send(&outbox, id, Ok(Value::Null)).await;
            }
            wire::QUIT => {
                send(&outbox, id, Ok(Value::Null)).await;
                answers.quit();
            }
            _ => {
                let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
                let (answers, outbox) = (Arc::clone(&answers), outbox.clone());
                tokio::spawn(async move {
                    let answer = tokio::task::spawn_blocking(move || answers.answer(&call.name, call.with));
                    if let Ok(answer) = answer.await {
                        send(&outbox, id, answer).await;
                    } else {
                        send(&outbox, id, Err(super::broken("the call panicked".to_owned()))).await;
                    }
                    drop(place);
                });
            }
        }
    }
    Ok(())
}

async fn send(outbox: &mpsc::Sender<Line>, id: u64, answer: Result<Value, Failure>) {
    let told = match answer {
        Ok(ok) => wire::Told::Ok { id, ok },
        Err(failure) => wire::Told::Failure { id, failure },
    };
    if let Ok(line) = wire::line(&told) {
        // A window that has gone needs no answer.
        let _ = outbox.send(Zeroizing::new(line)).await;
    }
}

/// Hands events on to the window until it has gone or does not keep up.
fn pass_events(events: Receiver<Event>, outbox: mpsc::Sender<Line>) -> io::Result<()> {
    let pass = move || {
        for event in events {
            let Ok(line) = wire::line(&wire::Told::Event { event }) else { continue };
            if outbox.blocking_send(Zeroizing::new(line)).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("events".to_owned()).stack_size(128 << 10).spawn(pass).map(|_| ())
}
