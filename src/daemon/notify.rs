//! What systemd is told (sd_notify(3)): ready, reloading, stopping, alive. Without systemd all of it does nothing.

use std::time::Duration;

use sd_notify::NotifyState;

/// Tells systemd; a failure is logged and otherwise ignored, since nobody may be listening.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// The store is open, the socket listens (R15).
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// feeds.toml is being read again.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping: waiting for the last writes")]);
}

/// Alive: sent only while scheduler and store make progress (R15).
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often [`alive`] is to be called: half of what systemd waits for, or `None` without a watchdog.
#[must_use]
pub fn watchdog_period() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}
