//! Events on their way to whoever listens: each connected window. A listener that does not keep up is let go rather
//! than waited for; its channel ends, it connects anew and asks again for what it shows.

use crate::Event;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Events that may wait for a listener. A window takes them at once; one that hangs is cut off after a minute or so.
const WAITING: usize = 256;

/// The listeners.
#[derive(Debug, Default)]
pub(super) struct Bus {
    listeners: Mutex<Vec<Sender<Event>>>,
    /// How often something changed.
    version: AtomicU64,
}

impl Bus {
    /// A new listener.
    pub(super) fn subscribe(&self) -> Receiver<Event> {
        let (send, receive) = bounded(WAITING);
        self.listeners().push(send);
        receive
    }

    /// Tells everybody.
    pub(super) fn tell(&self, event: &Event) {
        if *event == Event::Changed {
            self.version.fetch_add(1, Ordering::SeqCst);
        }
        self.listeners().retain(|listener| match listener.try_send(event.clone()) {
            Ok(()) => true,
            // The next one says more: only what is not said again must arrive.
            Err(TrySendError::Full(Event::Progress(_))) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        });
    }

    /// A number that is another one after each change.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::SeqCst)
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<Sender<Event>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listener_hears_and_one_that_hangs_is_let_go() {
        let bus = Bus::default();
        let (awake, hangs) = (bus.subscribe(), bus.subscribe());
        for _ in 0..=WAITING {
            bus.tell(&Event::Changed);
            assert!(awake.recv().is_ok(), "a listener hears, whatever another does");
        }
        assert_eq!(hangs.iter().count(), WAITING, "memory is bounded, and the end of the channel says so");
        drop(awake);
        bus.tell(&Event::Changed);
        assert!(bus.listeners().is_empty(), "one that has gone is forgotten");
    }
}
