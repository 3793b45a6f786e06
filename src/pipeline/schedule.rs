//! When a source is polled next, and why, in words (F14 to F29). Nothing here waits, asks the time or draws a random number.
//!
//! | what happened | when next |
//! | --- | --- |
//! | read, or unchanged | the largest of interval, max-age or Expires, ttl, sy:update (F17), a day without validators (F15), its own rhythm |
//! | 429 or 503 with Retry-After | not before that (F19) |
//! | 429 without | at least an hour (F21) |
//! | another failure | 1, 2, 4 … 24 hours (F24) |
//! | 410 | once more a day later, then never (F39) |
//!
//! Then: never inside skipHours and skipDays (F27), and never earlier for jitter, only later (F14).

use std::time::Duration;

use chrono::{Datelike, TimeDelta, Timelike};

use crate::model::words::say_duration;
use crate::model::{Instant, PublisherHints, Schedule, cron};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A publisher's wish counts up to here (F17); a longer interval of the user's own is obeyed.
pub const WISH_DAYS_MAX: u32 = 7;
/// Without validators every poll costs the publisher a whole document (F15).
const UNCONDITIONAL: Duration = DAY;
/// After 429 without Retry-After (F21).
const TOO_MANY: Duration = HOUR;
/// The longest pause between two tries of a source that fails (F24).
const BACK_OFF_HOURS_MAX: u32 = 24;
/// Between the first 410 and the one that proves it (F39).
const GONE_PROOF: Duration = DAY;
/// "Never" as a date: farther than anything else, near enough for every calendar.
const NEVER_DAYS: i64 = 36_500;
/// Jitter is at most this part of the wait …
const JITTER_PART: f64 = 0.1;
/// … and at most so long.
const JITTER_SECONDS_MAX: f64 = 1800.0;
/// The same for cron times, which somebody wrote down on purpose.
const CRON_JITTER_SECONDS_MAX: f64 = 30.0;
/// A source is asked so many times in the time in which it usually brings one new article …
const POLLS_PER_ARTICLE: u32 = 4;
/// … and a silent one so many times in the time in which it has been silent.
const POLLS_PER_SILENCE: u32 = 16;
/// Cron times tried until one lies outside skipHours and skipDays.
const CRON_TIMES_TRIED_MAX: u32 = 2000;
/// Up to so many new sources are polled at once: somebody is waiting for them.
const NEW_AT_ONCE_MAX: usize = 100;
/// Up to so many are spread at [`NEW_PER_SECOND`]; more are spread over their interval (F29).
const NEW_SOON_MAX: usize = 1000;
const NEW_PER_SECOND: usize = 10;

/// How the last attempt ended, as far as the schedule cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// 200 and read.
    Read,
    /// 304, or the same bytes.
    Unchanged,
    /// Anything else: no answer, another status, a document that cannot be read.
    Failed,
    /// Nothing was sent, because the host asked for silence until then.
    HeldBack(Instant),
    /// 410 for the first time, or again too soon to prove anything.
    GonePerhaps,
    /// 410 twice, a day apart (see [`is_gone`]).
    Gone,
}

/// Everything the decision depends on.
#[derive(Clone, Debug)]
pub struct ScheduleInput<'a> {
    /// Now.
    pub now: Instant,
    /// From 0 to 1, drawn by the caller.
    pub jitter: f64,
    /// What feeds.toml says.
    pub schedule: &'a Schedule,
    /// The source itself sets its interval.
    pub interval_is_own: bool,
    /// The slowest that a learned rhythm may make a source.
    pub interval_max: Duration,
    /// The last answer that was read had an ETag or a Last-Modified.
    pub has_validators: bool,
    /// How the attempt ended.
    pub happened: Happened,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// `max-age` or `Expires` of the answer.
    pub fresh_for: Option<Duration>,
    /// `Retry-After` of the answer.
    pub retry_after: Option<Instant>,
    /// What the document asks for (of the last one that was read).
    pub hints: &'a PublisherHints,
    /// Failures in a row, this one included.
    pub failures: u32,
    /// Smoothed time between new articles, see [`rhythm`].
    pub rhythm_seconds: Option<u64>,
    /// Last time an article was new.
    pub last_new: Option<Instant>,
}

/// When, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Not before then.
    pub due: Instant,
    /// One plain phrase: "every 1h (interval)".
    pub why: String,
}

/// When the source is polled next.
#[must_use]
pub fn next(input: &ScheduleInput<'_>) -> Next {
    let now = input.now;
    if input.happened == Happened::Gone {
        let why = "gone (410 twice, a day apart): not polled any more".into();
        return Next { due: now + TimeDelta::days(NEVER_DAYS), why };
    }
    match input.schedule {
        Schedule::Interval(interval) => {
            let own = Wait { at_least: *interval, why: format!("every {} (interval)", words(*interval)) };
            let held = matches!(input.happened, Happened::HeldBack(_));
            // A source that was held back was due already: it waits for the end of the silence only.
            let own = if held { Wait { at_least: Duration::ZERO, ..own } } else { own };
            let wait = waits(input, *interval).into_iter().fold(own, Wait::longer);
            let due = now + wait.at_least + seconds((wait.at_least.as_secs_f64() * JITTER_PART).min(JITTER_SECONDS_MAX) * jitter(input));
            outside_skipped(Next { due, why: wait.why }, input)
        }
        Schedule::Cron { expression, time_zone } => at_cron(input, expression, *time_zone),
    }
}

/// When a source is polled for the first time. A few new sources are polled at once, because somebody waits for them; ten thousand are
/// spread over their interval (F29).
#[must_use]
pub fn first(now: Instant, jitter: f64, interval: Duration, new_sources: usize) -> Next {
    if new_sources <= NEW_AT_ONCE_MAX {
        return Next { due: now, why: "new: polled at once".into() };
    }
    let span =
        if new_sources <= NEW_SOON_MAX { interval.min(Duration::from_secs((new_sources / NEW_PER_SECOND) as u64)) } else { interval };
    let why = format!("new, with {new_sources} others: the first polls are spread over {}", words(span));
    Next { due: now + seconds(span.as_secs_f64() * jitter.clamp(0.0, 1.0)), why }
}

/// Whether a 410 now, after the first one at `gone_since`, proves that the feed is gone (F39).
#[must_use]
pub fn is_gone(gone_since: Option<Instant>, now: Instant) -> bool {
    gone_since.is_some_and(|since| (now - since).to_std().is_ok_and(|passed| passed >= GONE_PROOF))
}

/// The smoothed time between new articles after a poll that brought `new_articles`. The first poll of a source says nothing: it brings
/// all that there is.
#[must_use]
pub fn rhythm(rhythm_seconds: Option<u64>, last_new: Option<Instant>, now: Instant, new_articles: u32) -> Option<u64> {
    let (Some(last), true) = (last_new, new_articles > 0) else { return rhythm_seconds };
    let gap = (now - last).to_std().unwrap_or_default().as_secs() / u64::from(new_articles);
    Some(rhythm_seconds.map_or(gap, |before| (before / 4).saturating_mul(3).saturating_add(gap / 4)).max(1))
}

/// A reason to wait.
struct Wait {
    at_least: Duration,
    why: String,
}

impl Wait {
    fn longer(self, other: Self) -> Self {
        if other.at_least > self.at_least { other } else { self }
    }
}

/// Every reason to wait but the schedule of feeds.toml itself.
fn waits(input: &ScheduleInput<'_>, interval: Duration) -> Vec<Wait> {
    let until = |instant: Instant| (instant - input.now).to_std().unwrap_or_default();
    match input.happened {
        Happened::Read | Happened::Unchanged => {
            let mut waits = wishes(input);
            if !input.has_validators && !input.interval_is_own {
                waits.push(Wait {
                    at_least: UNCONDITIONAL,
                    why: "once a day, since the publisher sends neither ETag nor Last-Modified".into(),
                });
            }
            waits.extend(own_rhythm(input, interval));
            waits
        }
        Happened::HeldBack(instant) => {
            let at_least = until(instant);
            vec![Wait { at_least, why: format!("the host asked for silence, for {} more (Retry-After)", words(at_least)) }]
        }
        Happened::Failed => match (input.status, input.retry_after) {
            (Some(429 | 503), Some(instant)) => {
                let at_least = until(instant);
                vec![Wait { at_least, why: format!("the publisher asks to wait {} (Retry-After)", words(at_least)) }]
            }
            (Some(429), None) => {
                let too_many = Wait { at_least: TOO_MANY, why: format!("too many requests (429): next try in {}", words(TOO_MANY)) };
                vec![too_many, back_off(input.failures)]
            }
            _ => vec![back_off(input.failures)],
        },
        Happened::GonePerhaps => vec![Wait { at_least: GONE_PROOF, why: "the publisher says gone (410): one more try a day later".into() }],
        Happened::Gone => Vec::new(),
    }
}

fn back_off(failures: u32) -> Wait {
    let hours = 2_u32.saturating_pow(failures.saturating_sub(1)).min(BACK_OFF_HOURS_MAX);
    let at_least = HOUR * hours;
    let how_often = if failures > 1 { format!("{failures} failures in a row") } else { "failed".into() };
    Wait { at_least, why: format!("{how_often}: next try in {}", words(at_least)) }
}

/// What the publisher asks for, in headers and document (F17, F28).
fn wishes(input: &ScheduleInput<'_>) -> Vec<Wait> {
    let ttl = input.hints.ttl_minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    let period = input.hints.update_period_seconds.map(Duration::from_secs);
    let named = [(input.fresh_for, "max-age"), (ttl, "ttl"), (period, "sy:updatePeriod")];
    let wish = |(wish, name): (Option<Duration>, &str)| {
        let at_least = wish?.min(DAY * WISH_DAYS_MAX);
        Some(Wait { at_least, why: format!("publisher asks for {} ({name})", words(at_least)) })
    };
    named.into_iter().filter_map(wish).collect()
}

/// A source that brings an article a day is not asked every hour; one that was quiet for long, less and less often. Only an interval that
/// the source does not set itself is stretched so.
fn own_rhythm(input: &ScheduleInput<'_>, interval: Duration) -> Option<Wait> {
    let (false, Some(rhythm)) = (input.interval_is_own, input.rhythm_seconds.map(Duration::from_secs)) else { return None };
    let silent = input.last_new.and_then(|last| (input.now - last).to_std().ok()).unwrap_or_default();
    let at_least = (rhythm / POLLS_PER_ARTICLE).max(silent / POLLS_PER_SILENCE).min(input.interval_max).max(interval);
    Some(Wait { at_least, why: format!("every {} (its own rhythm: an article in {})", words(at_least), words(rhythm)) })
}

fn at_cron(input: &ScheduleInput<'_>, expression: &str, zone: chrono_tz::Tz) -> Next {
    let own = Wait { at_least: Duration::ZERO, why: String::new() };
    // A schedule was written down on purpose, so it counts as an interval of the source's own.
    let input = &ScheduleInput { interval_is_own: true, has_validators: true, ..input.clone() };
    let wait = waits(input, Duration::ZERO).into_iter().fold(own, Wait::longer);
    let why = if wait.why.is_empty() {
        format!("at {expression} {zone} (schedule)")
    } else {
        format!("{}, then at {expression} {zone} (schedule)", wait.why)
    };
    let earliest = input.now + wait.at_least;
    // A time that is exactly the earliest one is good, when there is something to wait for.
    let mut after = if wait.at_least.is_zero() { earliest } else { earliest - TimeDelta::nanoseconds(1) };
    let skips = Skips::of(input.hints);
    for _ in 0..CRON_TIMES_TRIED_MAX {
        let Some(due) = cron::next_after(expression, zone, after) else { break };
        if !skips.cover(due) {
            let jitter = seconds(
                ((due - input.now).to_std().unwrap_or_default().as_secs_f64() * JITTER_PART).min(CRON_JITTER_SECONDS_MAX) * jitter(input),
            );
            return Next { due: if skips.cover(due + jitter) { due } else { due + jitter }, why };
        }
        after = due;
    }
    Next { due: earliest + DAY, why: format!("once a day, since {expression} ({zone}) names no time that the publisher allows") }
}

/// The hours and days in which a publisher wants no requests, in GMT (F27).
struct Skips<'a> {
    hours: &'a [u8],
    days: &'a [u8],
}

impl<'a> Skips<'a> {
    /// A publisher that names all hours or all days names none.
    fn of(hints: &'a PublisherHints) -> Self {
        let all = |listed: &[u8], count: u8| (0..count).all(|one| listed.contains(&one));
        let hours: &[u8] = if all(&hints.skip_hours, 24) { &[] } else { &hints.skip_hours };
        let days: &[u8] = if all(&hints.skip_days, 7) { &[] } else { &hints.skip_days };
        Self { hours, days }
    }

    fn cover(&self, at: Instant) -> bool {
        let (hour, day) = (at.hour(), at.weekday().num_days_from_monday());
        self.hours.iter().any(|skipped| u32::from(*skipped) == hour) || self.days.iter().any(|skipped| u32::from(*skipped) == day)
    }
}

fn outside_skipped(next: Next, input: &ScheduleInput<'_>) -> Next {
    let skips = Skips::of(input.hints);
    if !skips.cover(next.due) {
        return next;
    }
    let hour_of = |at: Instant| at - TimeDelta::nanoseconds(at.timestamp_nanos_opt().unwrap_or_default().rem_euclid(3_600_000_000_000));
    let mut at = hour_of(next.due);
    // One hour of a week is free at least, since neither list is complete.
    for _ in 0..=8 * 24 {
        at += TimeDelta::hours(1);
        if !skips.cover(at) {
            break;
        }
    }
    let jitter = seconds(3600.0 * JITTER_PART * jitter(input));
    Next { due: at + jitter, why: format!("{}, but not in the publisher's skipHours and skipDays", next.why) }
}

fn jitter(input: &ScheduleInput<'_>) -> f64 {
    if input.jitter.is_finite() { input.jitter.clamp(0.0, 1.0) } else { 0.0 }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// A length of time as people say it, without parts that nobody asks for: "45s", "1h", "2h 30m", "7 days".
fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let unit = match seconds {
        0..3600 => 1,
        3600..86_400 => 60,
        _ => 3600,
    };
    say_duration(Duration::from_secs(seconds / unit * unit))
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
