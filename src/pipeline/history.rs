//! What is remembered of a poll for the pictures: its hour's counts, and its failure.
//!
//! By the hour, so that a source that is polled every five minutes takes no more room than one that is polled every hour, and the totals of
//! all sources cover the same time.

use std::time::Duration;

use crate::model::history::HOURS_MAX;
use crate::model::{FailureRun, HourOfPolls, Instant, Outcome, SourceState};

/// Runs of failures that are remembered.
pub const FAILURES_MAX: usize = 5;

/// Characters of a remembered reason.
pub const REASON_CHARS_MAX: usize = 200;

/// What is remembered of a feed that is gone.
const GONE: &str = "gone (410 twice, a day apart): not polled any more";

/// Adds the poll that ended at `now`, after `took`, with the state's outcome; its failures in a row count this one already.
pub fn record(state: &mut SourceState, took: Duration, now: Instant) {
    let SourceState { history, outcome: Some(outcome), failures, .. } = state else { return };
    let hour = HourOfPolls::of(now);
    // Hours to come are from a clock that was wrong.
    history.hours.retain(|past| past.hour <= hour && past.hour + HOURS_MAX > hour);
    if history.hours.last().is_none_or(|last| last.hour < hour) {
        history.hours.push(HourOfPolls { hour, ..HourOfPolls::default() });
    }
    let Some(present) = history.hours.last_mut() else { return };
    let count = match outcome {
        Outcome::Changed => &mut present.changed,
        Outcome::Unchanged => &mut present.unchanged,
        Outcome::Failed(_) | Outcome::Gone => &mut present.failed,
    };
    *count = count.saturating_add(1);
    // Without a request there is no time to tell. Sum and count stop together, so that the mean stays right.
    let millis = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
    if !took.is_zero()
        && let (Some(timed), Some(sum)) = (present.timed.checked_add(1), present.millis.checked_add(millis))
    {
        (present.timed, present.millis) = (timed, sum);
    }
    let why = match outcome {
        Outcome::Failed(why) => why,
        Outcome::Gone => GONE,
        Outcome::Changed | Outcome::Unchanged => return,
    };
    let why: String = why.chars().take(REASON_CHARS_MAX).collect();
    match history.failures.last_mut() {
        Some(run) if *failures > 1 && run.why == why => (run.last, run.times) = (now, run.times.saturating_add(1)),
        _ => history.failures.push(FailureRun { first: now, last: now, times: 1, why }),
    }
    let surplus = history.failures.len().saturating_sub(FAILURES_MAX);
    history.failures.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::History;
    use crate::pipeline::testing::{self, NOON};

    fn fresh() -> SourceState {
        let source = testing::source("s");
        SourceState::fresh(source.name, source.url.to_string(), NOON)
    }

    fn poll(state: &mut SourceState, minute: i64, outcome: Outcome) {
        state.failures = if matches!(outcome, Outcome::Failed(_)) { state.failures + 1 } else { 0 };
        state.outcome = Some(outcome);
        record(state, Duration::from_millis(100), NOON + chrono::Duration::minutes(minute));
    }

    fn failed(why: &str) -> Outcome {
        Outcome::Failed(why.into())
    }

    #[test]
    fn polls_are_counted_by_the_hour_for_a_day_however_many_there_are() {
        let mut state = fresh();
        for minute in 0..3 * 24 * 60 {
            poll(&mut state, minute, if minute % 60 == 0 { Outcome::Changed } else { Outcome::Unchanged });
        }
        let hours = &state.history.hours;
        assert_eq!(hours.len(), HOURS_MAX as usize);
        assert!(hours.is_sorted_by(|a, b| a.hour + 1 == b.hour));
        assert!(hours.iter().all(|hour| (hour.changed, hour.unchanged, hour.timed, hour.millis) == (1, 59, 60, 6_000)), "{hours:?}");
    }

    #[test]
    fn a_clock_that_was_wrong_leaves_no_hours_to_come() {
        let mut state = fresh();
        poll(&mut state, 10 * 365 * 24 * 60, Outcome::Changed);
        poll(&mut state, 0, Outcome::Changed);
        assert_eq!(state.history.hours.iter().map(|hour| hour.hour).collect::<Vec<_>>(), [HourOfPolls::of(NOON)]);
    }

    #[test]
    fn counts_stay_at_their_greatest_and_the_mean_stays_right() {
        let mut state = fresh();
        for _ in 0..400 {
            poll(&mut state, 0, Outcome::Unchanged);
        }
        let hour = state.history.hours[0];
        assert_eq!((hour.unchanged, hour.timed, hour.millis), (255, 255, 25_500));
    }

    #[test]
    fn what_took_no_time_was_not_sent() {
        let mut state = fresh();
        state.outcome = Some(failed("its secret is missing"));
        record(&mut state, Duration::ZERO, NOON);
        assert_eq!((state.history.hours[0].failed, state.history.hours[0].timed), (1, 0));
    }

    #[test]
    fn failures_in_a_row_with_one_reason_are_one_and_only_the_last_few_runs_stay() {
        let mut state = fresh();
        for minute in 0..3 {
            poll(&mut state, minute, failed("503"));
        }
        poll(&mut state, 3, Outcome::Changed);
        poll(&mut state, 4, failed("503"));
        let times: Vec<_> = state.history.failures.iter().map(|run| run.times).collect();
        assert_eq!(times, [3, 1], "a success between makes it another run");
        assert_eq!(state.history.failures[0].last, NOON + chrono::Duration::minutes(2));
        for minute in 5..20 {
            poll(&mut state, minute, failed(&format!("{minute} {}", "长".repeat(1_000))));
        }
        let failures = &state.history.failures;
        assert_eq!(failures.len(), FAILURES_MAX);
        assert!(failures.iter().all(|run| run.why.chars().count() == REASON_CHARS_MAX), "{failures:?}");
        assert!(failures[4].why.starts_with("19 "));
    }

    #[test]
    fn a_feed_that_is_gone_says_so() {
        let mut state = SourceState { history: History::default(), ..fresh() };
        poll(&mut state, 0, Outcome::Gone);
        assert_eq!((state.history.hours[0].failed, state.history.failures[0].why.as_str()), (1, GONE));
    }
}
