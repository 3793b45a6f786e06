//! What is remembered of a model while the program runs: its answers, and whether it failed.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::LlmError;
use crate::model::Fingerprint;
use crate::pipeline::summarize::Digest;

/// Answers kept in memory: the same entry in two sources is asked about once. A restart forgets them, which costs nothing, since articles
/// that are stored are not asked about again.
pub const KEPT_MAX: usize = 2_000;

/// After this many failures in a row the model is left alone for [`REST`].
pub const FAILURES_MAX: u32 = 3;

/// How long it is left alone.
pub const REST: Duration = Duration::from_secs(5 * 60);

#[derive(Default)]
pub(super) struct Memory {
    answers: HashMap<Fingerprint, Digest>,
    /// Oldest first.
    order: VecDeque<Fingerprint>,
    failures: u32,
    resting_until: Option<Instant>,
}

impl Memory {
    /// The answer about this text, where there was one.
    ///
    /// # Errors
    /// Where there was none and the model is left alone.
    pub(super) fn recall(&self, fingerprint: Fingerprint) -> Result<Option<Digest>, LlmError> {
        match self.answers.get(&fingerprint) {
            None if self.resting_until.is_some_and(|until| Instant::now() < until) => Err(LlmError::Resting),
            known => Ok(known.cloned()),
        }
    }

    /// Keeps an answer; the oldest one makes room.
    pub(super) fn keep(&mut self, fingerprint: Fingerprint, digest: &Digest) {
        if self.answers.insert(fingerprint, digest.clone()).is_none() {
            self.order.push_back(fingerprint);
        }
        if self.order.len() > KEPT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.answers.remove(&oldest);
        }
    }

    /// It works.
    pub(super) fn answered(&mut self) {
        self.failures = 0;
    }

    /// It does not work.
    pub(super) fn failed(&mut self) {
        self.failures += 1;
        if self.failures >= FAILURES_MAX {
            self.failures = 0;
            self.resting_until = Some(Instant::now() + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_kept_have_a_bound() {
        let mut memory = Memory::default();
        for number in 0..KEPT_MAX + 10 {
            memory.keep(Fingerprint::of(&[&number.to_string()]), &Digest::default());
        }
        assert_eq!((memory.answers.len(), memory.order.len()), (KEPT_MAX, KEPT_MAX));
        assert!(!memory.answers.contains_key(&Fingerprint::of(&["0"])));
    }

    #[tokio::test(start_paused = true)]
    async fn after_failures_in_a_row_it_rests_and_then_is_asked_again() {
        let (mut memory, text) = (Memory::default(), Fingerprint::of(&["a"]));
        for _ in 0..FAILURES_MAX - 1 {
            memory.failed();
        }
        memory.answered();
        memory.failed();
        assert_eq!(memory.recall(text), Ok(None));
        for _ in 0..FAILURES_MAX {
            memory.failed();
        }
        assert_eq!(memory.recall(text), Err(LlmError::Resting));
        tokio::time::advance(REST).await;
        assert_eq!(memory.recall(text), Ok(None));
    }
}
