//! The window's end: calls, and what is told without being asked. It connects again by itself whenever the background
//! is there.

use super::lines::Lines;
use super::{Address, peer, wire};
use crate::messages;
use backtrail_api::view::{Failure, NextStep};
use backtrail_api::{Call, Event};
use backtrail_base::Code;
use interprocess::local_socket::tokio::{Stream, prelude::*};
use serde_json::Value;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot, watch};
use zeroize::Zeroizing;

/// How long a call waits for a background that is just starting.
const PATIENCE: Duration = Duration::from_secs(8);
/// The time between two looks for the background.
const AGAIN: Duration = Duration::from_millis(200);

/// What the link tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// The background is there, or gone.
    Linked(bool),
    /// Something happened.
    Event(Event),
    /// The background was told to end, and everything with it.
    Quit,
}

type Answer = Result<Value, Failure>;
type Line = Zeroizing<String>;

/// The link to the background. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Link(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    /// Takes lines while there is a connection.
    outbox: watch::Sender<Option<mpsc::UnboundedSender<Line>>>,
}

impl Link {
    /// A link without a connection; [`Link::keep`] makes it.
    pub(crate) fn new() -> Self {
        let (outbox, _) = watch::channel(None);
        Self(Arc::new(Inner { next: AtomicU64::new(1), waiting: Mutex::default(), outbox }))
    }

    /// Makes a call, and waits for its answer.
    ///
    /// # Errors
    /// What the call fails with; `background-gone` when the background is not there or goes away.
    pub(crate) async fn call<C: Call>(&self, call: C) -> Result<C::Answer, Failure> {
        let answer = self.ask(C::NAME, serde_json::to_value(call).map_err(misunderstood)?).await?;
        serde_json::from_value(answer).map_err(misunderstood)
    }

    async fn ask(&self, name: &str, with: Value) -> Answer {
        let mut outboxes = self.0.outbox.subscribe();
        let outbox = tokio::time::timeout(PATIENCE, outboxes.wait_for(Option::is_some)).await;
        let Ok(Ok(Some(outbox))) = outbox.map(|outbox| outbox.map(|outbox| outbox.clone())) else {
            return Err(gone());
        };
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let asked = wire::Asked { id, call: wire::Named { name: name.to_owned(), with } };
        let line = Zeroizing::new(wire::line(&asked).map_err(misunderstood)?);
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(id, answer);
        if outbox.send(line).is_err() {
            self.waiting().remove(&id);
            return Err(gone());
        }
        // The sender is dropped when the connection ends.
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Connects, and again whenever the connection was lost, for as long as the program runs.
    pub(crate) async fn keep(self, address: Address, told: impl Fn(Told)) {
        loop {
            if let Ok(stream) = connect(&address).await {
                self.serve(stream, &told).await;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn serve(&self, stream: Stream, told: &impl Fn(Told)) {
        let stream = Arc::new(stream);
        let (outbox, mut lines) = mpsc::unbounded_channel::<Line>();
        let join =
            wire::Asked { id: 0, call: wire::Named { name: wire::JOIN.to_owned(), with: Value::Null } };
        let Ok(join) = wire::line(&join) else { return };
        let _ = outbox.send(Zeroizing::new(join));
        self.0.outbox.send_replace(Some(outbox));
        told(Told::Linked(true));
        let writing = async {
            let mut to = &*stream;
            while let Some(line) = lines.recv().await {
                to.write_all(line.as_bytes()).await?;
                to.flush().await?;
            }
            io::Result::Ok(())
        };
        let reading = async {
            let mut lines = Lines::new(BufReader::new(&*stream), wire::LONGEST_TOLD);
            while let Some(line) = lines.next().await? {
                self.take(serde_json::from_slice(line)?, told);
            }
            io::Result::Ok(())
        };
        tokio::select! {
            _ = writing => (),
            _ = reading => (),
        }
        self.0.outbox.send_replace(None);
        self.waiting().clear();
        told(Told::Linked(false));
    }

    fn take(&self, said: wire::Told, told: &impl Fn(Told)) {
        match said {
            wire::Told::Ok { id, ok } => self.answer(id, Ok(ok)),
            wire::Told::Failure { id, failure } => self.answer(id, Err(failure)),
            wire::Told::Event { event } => told(Told::Event(event)),
            wire::Told::Quit { .. } => told(Told::Quit),
        }
    }

    fn answer(&self, id: u64, answer: Answer) {
        if let Some(waiting) = self.waiting().remove(&id) {
            // Whoever asked may have stopped waiting.
            let _ = waiting.send(answer);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects to the background, if one listens and is this person's own.
///
/// # Errors
/// When none listens.
pub(crate) async fn connect(address: &Address) -> io::Result<Stream> {
    let stream = Stream::connect(address.name()?).await?;
    if peer::is_this_person(&stream) {
        Ok(stream)
    } else {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "another person listens there"))
    }
}

/// Asks a running background for one of the link's own calls, and waits until it has understood.
///
/// # Errors
/// When no background answers.
pub(crate) async fn tell(address: &Address, name: &str, with: Value) -> io::Result<()> {
    let stream = connect(address).await?;
    let asked = wire::Asked { id: 0, call: wire::Named { name: name.to_owned(), with } };
    let mut to = &stream;
    to.write_all(wire::line(&asked)?.as_bytes()).await?;
    to.flush().await?;
    let mut lines = Lines::new(BufReader::new(&stream), wire::LONGEST_TOLD);
    lines.next().await?.map(|_| ()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The background is not there.
fn gone() -> Failure {
    Failure {
        code: Code::BackgroundGone.as_str().to_owned(),
        message: messages::BACKGROUND_GONE.to_owned(),
        advice: Some(messages::BACKGROUND_GONE_ADVICE.to_owned()),
        step: Some(NextStep::StartBackground),
        details: None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed on by map_err")]
fn misunderstood(error: serde_json::Error) -> Failure {
    super::broken(error.to_string())
}
