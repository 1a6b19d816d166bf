//! What the tests of the background share: a bus of their own, and patience.

use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use zbus::{Connection, connection};

/// A bus that ends with the test.
pub(super) struct Bus {
    daemon: Child,
    /// Where it listens.
    pub(super) address: String,
}

impl Bus {
    pub(super) async fn start() -> Self {
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--print-address"]).stdout(Stdio::piped()).stdin(Stdio::null());
        let mut daemon = daemon.spawn().expect("dbus-daemon comes with the package dbus-daemon");
        let said = daemon.stdout.take().expect("it was piped");
        let said = tokio::net::unix::pipe::Receiver::from_owned_fd(said.into()).expect("a pipe");
        let mut address = String::new();
        BufReader::new(said).read_line(&mut address).await.expect("it says where it listens");
        Self { daemon, address: address.trim().to_owned() }
    }

    pub(super) fn builder(&self) -> connection::Builder<'_> {
        connection::Builder::address(self.address.as_str()).expect("the daemon's own address")
    }

    pub(super) async fn connect(&self) -> Connection {
        self.builder().build().await.expect("the daemon listens")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// Waits until `check` says yes, and fails the test when that takes seconds.
pub(super) async fn eventually(what: &str, check: impl Fn() -> bool) {
    for _ in 0..500 {
        if check() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {what}");
}
