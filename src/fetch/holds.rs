//! Hosts that asked for silence (`Retry-After`), and until when (F19).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

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
        let mut held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until <= now {
            return;
        }
        if held.len() >= HOLDS_MAX && !held.contains_key(key) {
            held.retain(|_, until| *until > now);
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
        if until > now {
            return Some(until);
        }
        held.remove(key);
        None
    }
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
