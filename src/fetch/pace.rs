//! How far apart requests start: at one host, and over all (F25, F29).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::MutexGuard;

use crate::clock::Clock;
use crate::model::Instant;

/// At most so many starts within a time. The lock is the queue.
pub(super) struct Pace {
    starts_max: usize,
    within: Duration,
    /// The newest starts, oldest first, `starts_max` at most.
    starts: tokio::sync::Mutex<VecDeque<Instant>>,
}

/// A start that was granted; it counts, and the next waiter goes on, when this is dropped.
pub(super) struct Start<'a> {
    pace: &'a Pace,
    starts: Option<MutexGuard<'a, VecDeque<Instant>>>,
    clock: &'a dyn Clock,
}

impl Pace {
    /// With a zero of either kind there is no limit.
    pub(super) fn new(starts_max: u32, within: Duration) -> Self {
        Self { starts_max: starts_max as usize, within, starts: tokio::sync::Mutex::default() }
    }

    fn is_unlimited(&self) -> bool {
        self.starts_max == 0 || self.within.is_zero()
    }

    pub(super) async fn wait<'a>(&'a self, clock: &'a dyn Clock) -> Start<'a> {
        if self.is_unlimited() {
            return Start { pace: self, starts: None, clock };
        }
        let mut starts = self.starts.lock().await;
        let now = clock.now();
        if starts.back().is_some_and(|newest| *newest > now) {
            // The clock was set back (R7): what it showed before says nothing any more, and must not make anybody wait.
            starts.clear();
        }
        if starts.len() >= self.starts_max
            && let Some(oldest) = starts.pop_front()
        {
            let since = (now - oldest).to_std().unwrap_or_default();
            clock.sleep(self.within.saturating_sub(since)).await;
        }
        Start { pace: self, starts: Some(starts), clock }
    }

    /// Whether a start would not have to wait even if nothing were remembered.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        let over = |last: Option<&Instant>| last.is_none_or(|last| (now - *last).to_std().unwrap_or_default() >= self.within);
        self.is_unlimited() || self.starts.try_lock().is_ok_and(|starts| over(starts.back()))
    }
}

impl Drop for Start<'_> {
    fn drop(&mut self) {
        if let Some(starts) = &mut self.starts {
            starts.push_back(self.clock.now());
            while starts.len() > self.pace.starts_max {
                starts.pop_front();
            }
        }
    }
}
