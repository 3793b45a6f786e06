//! Hosts that asked for silence (`Retry-After`), and until when (F19).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::freshness::RETRY_AFTER_SECONDS_MAX;
use crate::model::Instant;

/// Holds kept at most. Above it the ones that end first are forgotten.
const HOLDS_MAX: usize = 20_000;

#[derive(Default)]
pub(super) struct Holds {
    until: Mutex<HashMap<String, Instant>>,
}

impl Holds {
    /// Nothing is sent to this host (or feed) before `until`. A hold that ends later stays.
    pub(super) fn hold(&self, key: &str, until: Instant, now: Instant) {
        if !is_held(until, now) {
            return;
        }
        let mut held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HOLDS_MAX && !held.contains_key(key) {
            held.retain(|_, until| is_held(*until, now));
        }
        if held.len() >= HOLDS_MAX
            && !held.contains_key(key)
            && let Some(first) = held.iter().min_by_key(|(_, until)| **until).map(|(key, _)| key.clone())
        {
            held.remove(&first);
        }
        let entry = held.entry(key.to_owned()).or_insert(until);
        *entry = (*entry).max(until);
    }

    /// Until when this host (or feed) is held, if it is.
    pub(super) fn held(&self, key: &str, now: Instant) -> Option<Instant> {
        let mut held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *held.get(key)?;
        if is_held(until, now) {
            return Some(until);
        }
        held.remove(key);
        None
    }
}

/// Whether a silence until then is still one. Nobody asks for more than two days, so one that ends later was asked for by a clock that
/// has been set back since (R7).
fn is_held(until: Instant, now: Instant) -> bool {
    (until - now).to_std().is_ok_and(|left| !left.is_zero() && left.as_secs() <= RETRY_AFTER_SECONDS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_ends_by_itself_and_a_shorter_one_does_not_shorten_it() {
        let at = |seconds: i64| Instant::from_timestamp(seconds, 0).unwrap();
        let holds = Holds::default();
        holds.hold("a", at(100), at(0));
        holds.hold("a", at(50), at(0));
        assert_eq!(holds.held("a", at(99)), Some(at(100)));
        assert_eq!(holds.held("a", at(100)), None);
        assert_eq!(holds.held("b", at(0)), None);
    }

    #[test]
    fn r7_a_clock_that_is_set_back_does_not_prolong_a_hold() {
        let at = |seconds: i64| Instant::from_timestamp(seconds, 0).unwrap();
        let holds = Holds::default();
        let year = 365 * 24 * 3600;
        holds.hold("a", at(year + 100), at(year));
        assert_eq!(holds.held("a", at(0)), None);
        holds.hold("a", at(year), at(0));
        assert_eq!(holds.held("a", at(1)), None);
    }

    #[test]
    fn the_number_of_holds_is_bounded() {
        let at = |seconds: i64| Instant::from_timestamp(seconds, 0).unwrap();
        let holds = Holds::default();
        for number in 0..HOLDS_MAX + 10 {
            holds.hold(&number.to_string(), at(1000 + i64::try_from(number).unwrap()), at(0));
        }
        assert_eq!(holds.until.lock().unwrap().len(), HOLDS_MAX);
        assert_eq!(holds.held("0", at(0)), None);
    }
}
