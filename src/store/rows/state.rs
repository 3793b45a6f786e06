//! The texts inside the rows of a source: its state, and its newest rejects.

use serde::{Deserialize, Serialize};

use super::{RowError, Time, from_hex16, hex16, json};
use crate::model::poll::Burst;
use crate::model::{
    ArticleId, FailureRun, History, HourOfPolls, Instant, Outcome, PageDue, PublisherHints, Reject, SourceName, SourceState, Validators,
};

#[derive(Serialize, Deserialize)]
struct StateRow {
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adopted_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving: Option<(String, Time, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<HeaderRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_modified: Option<HeaderRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filters: Option<String>,
    next_due: Time,
    next_why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held_until: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_attempt: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_success: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_new: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeRow>,
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    crashes: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone_since: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feed_title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feed_link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feed_self: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    skip_hours: Vec<u8>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    skip_days: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update_period_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rhythm_seconds: Option<u64>,
    #[serde(default)]
    polls: u64,
    #[serde(default)]
    polls_failed: u64,
    #[serde(default)]
    articles_new: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    burst: Option<(Time, u32)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pages_due: Vec<PageDueRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hours: Vec<HourRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    past_failures: Vec<FailureRow>,
}

/// An article, how often its page was asked for in vain, and what the feed's own text is worth.
#[derive(Serialize, Deserialize)]
struct PageDueRow(String, u32, u64);

/// An hour since 1970, its polls changed, unchanged, failed and timed, and the milliseconds of the timed ones.
#[derive(Serialize, Deserialize)]
struct HourRow(u32, u8, u8, u8, u8, u32);

/// The first and last of failures in a row, how many, and why.
#[derive(Serialize, Deserialize)]
struct FailureRow(Time, Time, u32, String);

/// A header value: text where it is text, otherwise its bytes (F3: they are sent back as they came).
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum HeaderRow {
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OutcomeRow {
    Changed,
    Unchanged,
    Failed(String),
    Gone,
}

#[derive(Serialize, Deserialize)]
struct RejectRow {
    at: Time,
    what: String,
    why: String,
}

/// The text to store for the state of a source. Its name is the key and not in it.
///
/// # Errors
/// None is known: every state can be written as JSON.
pub fn encode(state: &SourceState) -> Result<Vec<u8>, RowError> {
    let row = StateRow {
        url: state.url.clone(),
        adopted_url: state.adopted_url.clone(),
        moving: state.moving.clone().map(|(url, since, times)| (url, since.into(), times)),
        etag: state.validators.etag.clone().map(HeaderRow::from),
        last_modified: state.validators.last_modified.clone().map(HeaderRow::from),
        body_hash: state.body_hash.map(hex16),
        filters: state.filters.map(hex16),
        next_due: state.next_due.into(),
        next_why: state.next_why.clone(),
        held_until: state.held_until.map(Time::from),
        last_attempt: state.last_attempt.map(Time::from),
        last_success: state.last_success.map(Time::from),
        last_new: state.last_new.map(Time::from),
        outcome: state.outcome.clone().map(OutcomeRow::from),
        failures: state.failures,
        crashes: state.crashes,
        gone_since: state.gone_since.map(Time::from),
        feed_title: state.feed_title.clone(),
        feed_link: state.feed_link.clone(),
        feed_self: state.feed_self.clone(),
        hubs: state.hubs.clone(),
        format: state.format.clone(),
        ttl_minutes: state.hints.ttl_minutes,
        skip_hours: state.hints.skip_hours.clone(),
        skip_days: state.hints.skip_days.clone(),
        update_period_seconds: state.hints.update_period_seconds,
        rhythm_seconds: state.rhythm_seconds,
        polls: state.polls,
        polls_failed: state.polls_failed,
        articles_new: state.articles_new,
        burst: state.burst.map(|burst| (burst.since.into(), burst.entries)),
        pages_due: state.pages_due.iter().map(|due| PageDueRow(hex16(due.id.0), due.tries, due.own_worth)).collect(),
        hours: state.history.hours.iter().map(hour_row).collect(),
        past_failures: state.history.failures.iter().map(failure_row).collect(),
    };
    json(&row, 0).map_err(|why| RowError::Broken(format!("the state of {} cannot be written: {why}", state.source)))
}

/// The state of `source` with this text.
///
/// # Errors
/// When the text is not one that [`encode`] wrote.
pub fn decode(source: SourceName, text: &[u8]) -> Result<SourceState, RowError> {
    let row: StateRow =
        serde_json::from_slice(text).map_err(|why| RowError::Broken(format!("the state of {source} cannot be read: {why}")))?;
    let time = |time: Option<Time>| time.map(Instant::try_from).transpose();
    Ok(SourceState {
        source,
        url: row.url,
        adopted_url: row.adopted_url,
        moving: row.moving.map(|(url, since, times)| Ok((url, since.try_into()?, times))).transpose()?,
        validators: Validators { etag: row.etag.map(HeaderRow::into_bytes), last_modified: row.last_modified.map(HeaderRow::into_bytes) },
        body_hash: row.body_hash.as_deref().map(from_hex16).transpose()?,
        filters: row.filters.as_deref().map(from_hex16).transpose()?,
        next_due: row.next_due.try_into()?,
        next_why: row.next_why,
        held_until: time(row.held_until)?,
        last_attempt: time(row.last_attempt)?,
        last_success: time(row.last_success)?,
        last_new: time(row.last_new)?,
        outcome: row.outcome.map(Outcome::from),
        failures: row.failures,
        crashes: row.crashes,
        gone_since: time(row.gone_since)?,
        feed_title: row.feed_title,
        feed_link: row.feed_link,
        feed_self: row.feed_self,
        hubs: row.hubs,
        format: row.format,
        hints: PublisherHints {
            ttl_minutes: row.ttl_minutes,
            skip_hours: row.skip_hours,
            skip_days: row.skip_days,
            update_period_seconds: row.update_period_seconds,
        },
        rhythm_seconds: row.rhythm_seconds,
        polls: row.polls,
        polls_failed: row.polls_failed,
        articles_new: row.articles_new,
        burst: row.burst.map(|(since, entries)| Ok::<_, RowError>(Burst { since: since.try_into()?, entries })).transpose()?,
        pages_due: row.pages_due.into_iter().map(page_due).collect::<Result<_, _>>()?,
        history: History {
            hours: row.hours.into_iter().map(hour).collect(),
            failures: row.past_failures.into_iter().map(failure).collect::<Result<_, _>>()?,
        },
    })
}

fn hour_row(of: &HourOfPolls) -> HourRow {
    HourRow(of.hour, of.changed, of.unchanged, of.failed, of.timed, of.millis)
}

fn hour(HourRow(hour, changed, unchanged, failed, timed, millis): HourRow) -> HourOfPolls {
    HourOfPolls { hour, changed, unchanged, failed, timed, millis }
}

fn failure_row(run: &FailureRun) -> FailureRow {
    FailureRow(run.first.into(), run.last.into(), run.times, run.why.clone())
}

fn failure(FailureRow(first, last, times, why): FailureRow) -> Result<FailureRun, RowError> {
    Ok(FailureRun { first: first.try_into()?, last: last.try_into()?, times, why })
}

fn page_due(PageDueRow(id, tries, own_worth): PageDueRow) -> Result<PageDue, RowError> {
    Ok(PageDue { id: ArticleId(from_hex16(&id)?), tries, own_worth })
}

/// The text to store for the rejects of a source, newest first.
///
/// # Errors
/// None is known: all rejects can be written as JSON.
pub fn encode_rejects(rejects: &[(Instant, Reject)]) -> Result<Vec<u8>, RowError> {
    let row = |(at, reject): &(Instant, Reject)| RejectRow { at: (*at).into(), what: reject.what.clone(), why: reject.why.clone() };
    let rows: Vec<RejectRow> = rejects.iter().map(row).collect();
    serde_json::to_vec(&rows).map_err(|why| RowError::Broken(format!("rejects cannot be written: {why}")))
}

/// The rejects that [`encode_rejects`] wrote.
///
/// # Errors
/// When the text is not one of them.
pub fn decode_rejects(text: &[u8]) -> Result<Vec<(Instant, Reject)>, RowError> {
    let rows: Vec<RejectRow> = serde_json::from_slice(text).map_err(|why| RowError::Broken(format!("rejects cannot be read: {why}")))?;
    rows.into_iter().map(|row| Ok((row.at.try_into()?, Reject { what: row.what, why: row.why }))).collect()
}

impl From<Vec<u8>> for HeaderRow {
    fn from(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|why| Self::Bytes(why.into_bytes()), Self::Text)
    }
}

impl HeaderRow {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl From<Outcome> for OutcomeRow {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Changed => Self::Changed,
            Outcome::Unchanged => Self::Unchanged,
            Outcome::Failed(why) => Self::Failed(why),
            Outcome::Gone => Self::Gone,
        }
    }
}

impl From<OutcomeRow> for Outcome {
    fn from(row: OutcomeRow) -> Self {
        match row {
            OutcomeRow::Changed => Self::Changed,
            OutcomeRow::Unchanged => Self::Unchanged,
            OutcomeRow::Failed(why) => Self::Failed(why),
            OutcomeRow::Gone => Self::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample;

    #[test]
    fn f3_a_state_is_read_back_whole_with_validators_byte_for_byte() {
        let mut state = sample::full_state("36kr");
        for etag in [&b"W/\"a\""[..], b"\xff\xfe", b""] {
            state.validators.etag = Some(etag.to_vec());
            assert_eq!(decode(state.source.clone(), &encode(&state).unwrap()).unwrap(), state);
        }
        let fresh = SourceState::fresh(state.source, "https://a.example/".into(), Instant::UNIX_EPOCH);
        assert_eq!(decode(fresh.source.clone(), &encode(&fresh).unwrap()).unwrap(), fresh);
    }

    #[test]
    fn a_state_of_a_version_without_history_is_read() {
        let mut state = sample::full_state("36kr");
        let mut text: serde_json::Value = serde_json::from_slice(&encode(&state).unwrap()).unwrap();
        for field in ["hours", "past_failures"] {
            assert!(text.as_object_mut().unwrap().remove(field).is_some(), "{field}");
        }
        state.history = History::default();
        assert_eq!(decode(state.source.clone(), text.to_string().as_bytes()).unwrap(), state);
    }

    #[test]
    fn rejects_are_read_back() {
        let rejects = vec![(Instant::UNIX_EPOCH, Reject { what: "entry 3".into(), why: "it has neither title nor text".into() })];
        assert_eq!(decode_rejects(&encode_rejects(&rejects).unwrap()).unwrap(), rejects);
    }
}
