//! When each unit is due: a heap of times, with no more in it than there are units.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use crate::model::Instant;

/// Due times by unit key. A unit that is being polled is not due until its poll ends.
#[derive(Debug, Default)]
pub struct DueQueue {
    heap: BinaryHeap<Reverse<(Instant, Arc<str>)>>,
    /// The time that counts: an entry of the heap with another time is stale.
    times: HashMap<Arc<str>, Instant>,
    polled: HashSet<Arc<str>>,
}

impl DueQueue {
    /// Sets when `key` is due, replacing what was set before; ends its poll.
    pub fn set(&mut self, key: &Arc<str>, due: Instant) {
        // Its entry left the heap when it was taken.
        let was_polled = self.polled.remove(key);
        if self.times.insert(Arc::clone(key), due) != Some(due) || was_polled {
            self.heap.push(Reverse((due, Arc::clone(key))));
        }
    }

    /// Forgets every unit that is not in `keys`.
    pub fn retain(&mut self, keys: &HashSet<&str>) {
        self.times.retain(|key, _| keys.contains(&**key));
        self.polled.retain(|key| keys.contains(&**key));
        self.heap = self.times.iter().map(|(key, due)| Reverse((*due, Arc::clone(key)))).collect();
    }

    /// Whether the unit is known.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        self.times.contains_key(key)
    }

    /// Units known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Nobody is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// How many are due and not being polled, counted to `most`.
    #[must_use]
    pub fn waiting(&self, now: Instant, most: usize) -> usize {
        self.times.iter().filter(|(key, due)| **due <= now && !self.polled.contains(*key)).take(most).count()
    }

    /// How many are due and not being polled, and since when the longest waiting of them is.
    #[must_use]
    pub fn backlog(&self, now: Instant) -> (usize, Option<Instant>) {
        // The usual case costs nothing.
        if self.heap.peek().is_none_or(|Reverse((due, _))| *due > now) {
            return (0, None);
        }
        let waiting = self.times.iter().filter(|(key, due)| **due <= now && !self.polled.contains(*key));
        waiting.fold((0, None), |(count, first), (_, due)| (count + 1, Some(first.map_or(*due, |first: Instant| first.min(*due)))))
    }

    /// Takes at most `limit` units that are due, the longest waiting first; they count as being polled until [`Self::set`].
    pub fn take(&mut self, now: Instant, limit: usize) -> Vec<Arc<str>> {
        let mut taken = Vec::new();
        while taken.len() < limit && self.heap.peek().is_some_and(|Reverse((due, _))| *due <= now) {
            let Some(Reverse((due, key))) = self.heap.pop() else { break };
            if self.times.get(&key) == Some(&due) && self.polled.insert(Arc::clone(&key)) {
                taken.push(key);
            }
        }
        taken
    }

    /// Whether its time has come.
    #[must_use]
    pub fn is_due(&self, key: &str, now: Instant) -> bool {
        self.times.get(key).is_some_and(|due| *due <= now)
    }

    /// Whether it is being polled now.
    #[must_use]
    pub fn is_polled(&self, key: &str) -> bool {
        self.polled.contains(key)
    }

    /// Marks a unit as being polled although it is not due: a person asked.
    pub fn take_one(&mut self, key: &Arc<str>) -> bool {
        self.times.contains_key(key) && self.polled.insert(Arc::clone(key))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn named(key: &str) -> Arc<str> {
        key.into()
    }

    fn taken(queue: &mut DueQueue, now: Instant, limit: usize) -> Vec<String> {
        queue.take(now, limit).iter().map(ToString::to_string).collect()
    }

    fn at(seconds: u64) -> Instant {
        Instant::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_longest_waiting_come_first_and_no_more_than_the_limit() {
        let mut queue = DueQueue::default();
        for (key, seconds) in [("c", 30), ("a", 10), ("b", 20)] {
            queue.set(&named(key), at(seconds));
        }
        assert_eq!(taken(&mut queue, at(25), 1), ["a"]);
        assert_eq!(taken(&mut queue, at(25), 9), ["b"]);
        assert_eq!(taken(&mut queue, at(25), 9), [""; 0]);
    }

    #[test]
    fn a_unit_being_polled_is_not_taken_again_until_its_poll_ended() {
        let mut queue = DueQueue::default();
        queue.set(&named("a"), at(10));
        assert_eq!(taken(&mut queue, at(10), 9), ["a"]);
        assert!(!queue.take_one(&named("a")));
        assert_eq!(queue.waiting(at(99), 9), 0);
        queue.set(&named("a"), at(20));
        assert_eq!(taken(&mut queue, at(19), 9), [""; 0]);
        assert_eq!(taken(&mut queue, at(20), 9), ["a"]);
    }

    #[test]
    fn the_backlog_is_what_waits_and_since_when() {
        let mut queue = DueQueue::default();
        assert_eq!(queue.backlog(at(99)), (0, None));
        for (key, seconds) in [("a", 10), ("b", 20), ("c", 30), ("d", 90)] {
            queue.set(&named(key), at(seconds));
        }
        assert_eq!(taken(&mut queue, at(40), 1), ["a"]);
        assert_eq!(queue.backlog(at(40)), (2, Some(at(20))));
        assert_eq!(queue.backlog(at(5)), (0, None));
    }

    #[test]
    fn a_poll_that_ends_with_the_same_due_time_is_due_again() {
        let mut queue = DueQueue::default();
        queue.set(&named("a"), at(10));
        assert_eq!(taken(&mut queue, at(10), 9), ["a"]);
        queue.set(&named("a"), at(10));
        assert_eq!(taken(&mut queue, at(10), 9), ["a"], "it must not fall out of the queue");
    }

    #[test]
    fn a_new_time_replaces_the_old_one_and_forgotten_units_are_gone() {
        let mut queue = DueQueue::default();
        queue.set(&named("a"), at(10));
        queue.set(&named("a"), at(50));
        queue.set(&named("b"), at(10));
        assert_eq!(taken(&mut queue, at(20), 9), ["b"]);
        queue.retain(&HashSet::from(["b"]));
        assert_eq!((queue.take(at(99), 9).len(), queue.len()), (0, 1));
    }
}
