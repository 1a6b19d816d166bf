//! A request to stop or to pause, shared between whoever asks and whoever works. Work looks at it at its safe points:
//! between entries, pieces of a large file, volumes and deleted objects. It promises that a paused operation goes on
//! where it was, and that a paused one can be cancelled; what a pause costs (a held lock, an open connection) is for
//! whoever asks to weigh.

use crate::EngineError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A request to stop or to pause. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Request>);

#[derive(Debug, Default)]
struct Request {
    cancelled: AtomicBool,
    /// Looked at first, so that work that is not paused never takes the lock.
    paused: AtomicBool,
    gate: Mutex<()>,
    opened: Condvar,
}

impl Cancel {
    /// A request that has not been made yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop. Work that is paused stops too.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// Asks to wait at the next safe point, until [`Self::resume`] or [`Self::cancel`].
    pub fn pause(&self) {
        self.0.paused.store(true, Ordering::SeqCst);
    }

    /// Lets paused work go on.
    pub fn resume(&self) {
        self.0.paused.store(false, Ordering::SeqCst);
        self.wake();
    }

    /// Whether a pause was asked for and not ended.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.paused.load(Ordering::Relaxed)
    }

    /// A safe point: waits while paused.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`] once a stop was asked for.
    pub fn check(&self) -> Result<(), EngineError> {
        if self.is_paused() {
            let mut gate = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner);
            while self.is_paused() && !self.is_cancelled() {
                gate = self.0.opened.wait(gate).unwrap_or_else(PoisonError::into_inner);
            }
        }
        if self.is_cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }

    /// The lock is taken so that a waiter is either before its look at the flags or asleep.
    fn wake(&self) {
        drop(self.0.gate.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.opened.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    /// Work that says when it has passed a safe point.
    fn worker(cancel: &Cancel) -> mpsc::Receiver<bool> {
        let (send, receive) = mpsc::channel();
        let cancel = cancel.clone();
        std::thread::spawn(move || send.send(cancel.check().is_ok()));
        receive
    }

    const SOON: Duration = Duration::from_secs(20);
    const A_WHILE: Duration = Duration::from_millis(50);

    #[test]
    fn paused_work_waits_and_goes_on() {
        let cancel = Cancel::new();
        cancel.pause();
        let passed = worker(&cancel);
        assert!(passed.recv_timeout(A_WHILE).is_err(), "a pause that lets work through is none");
        cancel.resume();
        assert_eq!(passed.recv_timeout(SOON), Ok(true), "work that is never woken looks like a hang");
    }

    #[test]
    fn paused_work_can_be_cancelled() {
        let cancel = Cancel::new();
        cancel.pause();
        let passed = worker(&cancel);
        cancel.cancel();
        assert_eq!(passed.recv_timeout(SOON), Ok(false), "stop must not have to wait for resume");
    }
}
