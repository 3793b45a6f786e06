//! From what an attempt brought to the [`PollPlan`]: the state of the source afterwards, and what to write with it.
//!
//! In: the state before, the attempt, the time, jitter. Out: the plan. Nothing here knows how the bytes came.

use std::sync::Arc;
use std::time::Duration;

use super::decide::Decision;
use super::history;
use super::schedule::{self, Happened, ScheduleInput};
use crate::model::{Feed, Instant, Outcome, PollPlan, Source, SourceState, Validators};

/// A permanent redirect is adopted after this many polls in a row that ended there (F35; NewsBlur waits for 10).
pub const MOVED_POLLS_MIN: u32 = 10;

/// … and not before this time has passed since the first of them (F35; Feedbin waits 6 days).
pub const MOVED_TIME_MIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A document that crashed the parser this often in a row sets its source aside (R6).
pub const CRASHES_MAX: u32 = 3;

/// The HTTP side of an attempt that got an answer.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// Final status.
    pub status: u16,
    /// Validators of this answer.
    pub validators: Validators,
    /// Redirects followed, in order: status and target.
    pub redirects: Vec<(u16, String)>,
    /// The publisher's freshness wish from the headers.
    pub fresh_for: Option<Duration>,
    /// `Retry-After` as an instant.
    pub retry_after: Option<Instant>,
    /// Hash of the decoded body.
    pub body_hash: Option<[u8; 16]>,
    /// It came from the source's own address (or the adopted one), not from a mirror: its validators are worth keeping.
    pub from_own_address: bool,
}

/// What an attempt brought.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// 304, or a body with the hash of the last one.
    Unchanged(Answered),
    /// A document, read, and what was decided about its entries.
    Read(Answered, Arc<Feed>, Box<Decision>),
    /// An answer that is not a document: 404, 410, 429, 5xx, or a body that cannot be read. With the sentence for people.
    Refused(Answered, String),
    /// The document crashed the parser.
    Crashed(Answered),
    /// Nothing was sent, since the host asked for silence until then.
    HeldBack(Instant),
    /// No answer at all. With the sentence for people.
    NoAnswer(String),
}

/// Turns an attempt, which `took` so long, into everything that it will write. `interval_max` bounds what the source's own rhythm may stretch its
/// interval to.
#[must_use]
pub fn plan(
    source: &Source,
    before: Box<SourceState>,
    attempt: Attempt,
    took: Duration,
    interval_max: Duration,
    now: Instant,
    jitter: f64,
) -> PollPlan {
    let mut state = before;
    state.last_attempt = Some(now);
    state.polls += 1;
    let mut decision = Decision::default();
    let mut heard = Answered::default();
    let happened = match attempt {
        Attempt::Unchanged(answered) => {
            succeeded(&mut state, now, Outcome::Unchanged);
            keep_validators(&mut state, &answered);
            watch_move(&mut state, &answered, now, true);
            heard = answered;
            Happened::Unchanged
        }
        Attempt::Read(answered, feed, decided) => {
            // F35: the new address must show the same entries before it is believed.
            let overlaps = decided.known > 0 || state.last_success.is_none();
            describe(&mut state, &feed);
            learn_rhythm(&mut state, &decided, now);
            state.burst = decided.burst;
            succeeded(&mut state, now, Outcome::Changed);
            keep_validators(&mut state, &answered);
            state.body_hash = answered.body_hash;
            watch_move(&mut state, &answered, now, overlaps);
            decision = *decided;
            heard = answered;
            Happened::Read
        }
        Attempt::Refused(answered, why) => {
            // Whatever it was, the articles and the validators of the last good document stay (F9, F40).
            let happened = match answered.status {
                410 if schedule::is_gone(state.gone_since, now) => Happened::Gone,
                410 => Happened::GonePerhaps,
                _ => Happened::Failed,
            };
            state.gone_since = if answered.status == 410 { state.gone_since.or(Some(now)) } else { None };
            state.held_until = if matches!(answered.status, 429 | 503) { answered.retry_after } else { None };
            failed(&mut state, if happened == Happened::Gone { Outcome::Gone } else { Outcome::Failed(why) });
            heard = answered;
            happened
        }
        Attempt::Crashed(answered) => {
            state.crashes += 1;
            state.body_hash = answered.body_hash;
            let why = format!("the document crashed the parser ({} in a row); its articles stay, please report the feed", state.crashes);
            failed(&mut state, Outcome::Failed(why));
            Happened::Failed
        }
        // Nothing was sent: that is nobody's failure, and says nothing about the source.
        Attempt::HeldBack(until) => {
            state.held_until = Some(until);
            state.outcome = Some(Outcome::Failed(format!("not asked: its host wants silence until {}", until.to_rfc3339())));
            Happened::HeldBack(until)
        }
        Attempt::NoAnswer(why) => {
            failed(&mut state, Outcome::Failed(why));
            Happened::Failed
        }
    };
    if !matches!(happened, Happened::HeldBack(_)) {
        history::record(&mut state, took, now);
    }
    let next = schedule::next(&ScheduleInput {
        now,
        jitter,
        schedule: &source.schedule,
        interval_is_own: source.interval_is_own,
        interval_max,
        has_validators: state.validators != Validators::default(),
        happened,
        status: Some(heard.status).filter(|status| *status != 0),
        fresh_for: heard.fresh_for,
        retry_after: heard.retry_after,
        hints: &state.hints,
        failures: state.failures,
        rhythm_seconds: state.rhythm_seconds,
        last_new: state.last_new,
    });
    state.next_due = next.due;
    state.next_why = next.why;
    PollPlan {
        holder: None,
        source: source.name.clone(),
        at: now,
        state,
        articles: decision.articles,
        originals: decision.originals,
        sightings: decision.sightings,
        rejects: decision.rejects,
        counts: decision.counts,
    }
}

fn succeeded(state: &mut SourceState, now: Instant, outcome: Outcome) {
    state.last_success = Some(now);
    state.held_until = None;
    state.outcome = Some(outcome);
    state.failures = 0;
    state.crashes = 0;
    state.gone_since = None;
}

fn failed(state: &mut SourceState, outcome: Outcome) {
    state.outcome = Some(outcome);
    state.failures = state.failures.saturating_add(1);
    state.polls_failed += 1;
}

/// F6, F7, F8: the answer's validators replace the old ones whole; but a 304 that names none confirms those it was asked with.
fn keep_validators(state: &mut SourceState, answered: &Answered) {
    if !answered.from_own_address {
        return;
    }
    if answered.status == 304 {
        if answered.validators.etag.is_some() {
            state.validators.etag.clone_from(&answered.validators.etag);
        }
        if answered.validators.last_modified.is_some() {
            state.validators.last_modified.clone_from(&answered.validators.last_modified);
        }
    } else {
        state.validators = answered.validators.clone();
    }
}

fn describe(state: &mut SourceState, feed: &Feed) {
    state.format = Some(feed.format.word().to_owned());
    state.feed_title.clone_from(&feed.title);
    state.feed_link.clone_from(&feed.link);
    state.feed_self.clone_from(&feed.self_link);
    state.hubs.clone_from(&feed.hubs);
    state.hints = feed.hints.clone();
}

fn learn_rhythm(state: &mut SourceState, decided: &Decision, now: Instant) {
    if decided.counts.new > 0 {
        state.rhythm_seconds = schedule::rhythm(state.rhythm_seconds, state.last_new, now, decided.counts.new);
        state.articles_new += u64::from(decided.counts.new);
        state.last_new = Some(now);
    }
}

/// F35, F36: only hops before the first temporary one count, and only a move that lasts is believed.
fn watch_move(state: &mut SourceState, answered: &Answered, now: Instant, overlaps: bool) {
    let lasting = answered.redirects.iter().take_while(|(status, _)| matches!(status, 301 | 308)).last();
    let Some((_, target)) = lasting.filter(|_| answered.from_own_address && overlaps) else {
        if answered.from_own_address {
            state.moving = None;
        }
        return;
    };
    let (since, times) = match &state.moving {
        Some((to, since, times)) if to == target => (*since, times + 1),
        _ => (now, 1),
    };
    let long_enough = now.signed_duration_since(since).to_std().is_ok_and(|time| time >= MOVED_TIME_MIN);
    if times >= MOVED_POLLS_MIN && long_enough {
        state.adopted_url = Some(target.clone());
        state.moving = None;
    } else {
        state.moving = Some((target.clone(), since, times));
    }
}

#[cfg(test)]
#[path = "poll_tests.rs"]
mod tests;
