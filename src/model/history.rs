//! How the last polls of a source went, in few bytes: for the pictures on the status page and on the source's own.

use super::Instant;

/// Hours that are remembered, the present one among them.
pub const HOURS_MAX: u32 = 24;

/// What is remembered of past polls. Lists are in the order of time, and bounded by who writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Hours in which there was a poll.
    pub hours: Vec<HourOfPolls>,
    /// Failures, those in a row with one reason taken together.
    pub failures: Vec<FailureRun>,
}

/// The polls of one hour. Counts stay at their greatest value rather than start again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourOfPolls {
    /// Which: hours since 1970 in UTC.
    pub hour: u32,
    /// Polls that read a document.
    pub changed: u8,
    /// Polls that found nothing new.
    pub unchanged: u8,
    /// Polls that failed.
    pub failed: u8,
    /// Polls for which something was sent, so that they took time.
    pub timed: u8,
    /// How long those took together, in milliseconds.
    pub millis: u32,
}

/// Failures in a row that had the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRun {
    /// The first of them.
    pub first: Instant,
    /// The last of them.
    pub last: Instant,
    /// How many.
    pub times: u32,
    /// The sentence for people, cut.
    pub why: String,
}

impl HourOfPolls {
    /// The hour that holds an instant; 0 for what was before 1970.
    #[must_use]
    pub fn of(at: Instant) -> u32 {
        u32::try_from(at.timestamp().div_euclid(3600)).unwrap_or_default()
    }
}
