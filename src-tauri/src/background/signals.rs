//! The signals that tell the process to end: at logout, at shutdown, from a service manager, from a terminal.

use std::io;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals, caught from the moment this is made.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Caught so that the terminal that started the app may be closed.
    _hangup: Signal,
}

#[cfg(unix)]
impl Signals {
    /// Catches them.
    ///
    /// # Errors
    /// When the system does not let them be caught.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one that means the end.
    pub(super) async fn end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}

#[cfg(windows)]
pub(super) struct Signals {
    shutdown: tokio::signal::windows::CtrlShutdown,
    logoff: tokio::signal::windows::CtrlLogoff,
    close: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    /// Catches them. A program with windows is ended by the system without one; what runs is then taken up again at
    /// the next start, as after a power cut.
    ///
    /// # Errors
    /// When the system does not let them be caught.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            shutdown: tokio::signal::windows::ctrl_shutdown()?,
            logoff: tokio::signal::windows::ctrl_logoff()?,
            close: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for one that means the end.
    pub(super) async fn end(&mut self) {
        tokio::select! {
            _ = self.shutdown.recv() => (),
            _ = self.logoff.recv() => (),
            _ = self.close.recv() => (),
        }
    }
}
