//! The signals that a daemon hears: SIGTERM and SIGINT end it, SIGHUP has it read feeds.toml again.

use tokio::signal::unix::{SignalKind, signal};

/// What a signal means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    End,
    Reload,
}

/// The signals that a daemon hears.
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the signal to stop; nothing can be reloaded yet.
    pub(super) async fn end(&mut self) {
        while self.wait().await != Heard::End {}
    }

    pub(super) async fn wait(&mut self) -> Heard {
        tokio::select! {
            _ = self.terminate.recv() => Heard::End,
            _ = self.interrupt.recv() => Heard::End,
            _ = self.hang_up.recv() => Heard::Reload,
        }
    }
}
