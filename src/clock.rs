//! The only place that reads the time: `Clock` is handed to whoever needs it, and tests move it by hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::model::Instant;

/// What time it is, and how to wait.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Instant;

    /// Completes when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    fn now(&self) -> Instant {
        chrono::Utc::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that stands still until it is moved. Clones share the same time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    inner: Arc<Mutex<Manual>>,
}

#[derive(Debug)]
struct Manual {
    now: Instant,
    /// Who waits until when; the number keeps the order of equal times and lets the heap compare.
    sleepers: BinaryHeap<Reverse<(Instant, u64)>>,
    wakers: std::collections::HashMap<u64, oneshot::Sender<()>>,
    next_number: u64,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let manual = Manual { now, sleepers: BinaryHeap::new(), wakers: std::collections::HashMap::new(), next_number: 0 };
        Self { inner: Arc::new(Mutex::new(manual)) }
    }

    /// Moves the clock on and wakes whoever waited for a time up to the new one.
    pub fn advance(&self, by: Duration) {
        let to = self.now() + by;
        self.set(to);
    }

    /// Sets the clock, backwards too (R7), and wakes whoever waited for a time up to the new one.
    pub fn set(&self, to: Instant) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.now = to;
        while inner.sleepers.peek().is_some_and(|Reverse((at, _))| *at <= to) {
            if let Some(Reverse((_, number))) = inner.sleepers.pop()
                && let Some(waker) = inner.wakers.remove(&number)
            {
                // A sleeper that was dropped no longer listens, and that is fine.
                let _ = waker.send(());
            }
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if duration.is_zero() {
            return Box::pin(std::future::ready(()));
        }
        let (sender, receiver) = oneshot::channel();
        let (at, number) = (inner.now + duration, inner.next_number);
        inner.next_number += 1;
        inner.sleepers.push(Reverse((at, number)));
        inner.wakers.insert(number, sender);
        Box::pin(async move {
            // An error means that the clock itself is gone; then nobody can wake us on purpose any more.
            let _ = receiver.await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_reaches_its_time_and_not_before() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH);
        let sleep = tokio::spawn(clock.sleep(Duration::from_secs(60)));
        clock.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleep.is_finished());
        clock.advance(Duration::from_secs(1));
        sleep.await.unwrap();
        assert_eq!(clock.now(), Instant::UNIX_EPOCH + Duration::from_secs(60));
    }
}
