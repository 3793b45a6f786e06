//! The state of a source as it stands in the store: a MessagePack array of its fields in this order, without their names. States are read at
//! every start and written with every poll, and most of them are the same hundred words: as JSON they are three times as long, and writing and
//! reading them was a tenth of a cycle of 304s.
//!
//! Fields are added at the end, with a default; none is ever taken out or moved. A row that begins as JSON does is of a layout before 5.
//! Snapshots have JSON ([`super::state`]).

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, Bytes};

use super::{RowError, Time, state};
use crate::model::poll::Burst;
use crate::model::{
    ArticleId, FailureRun, History, HourOfPolls, Instant, Outcome, PageDue, PublisherHints, SourceName, SourceState, Validators,
};

/// Sixteen bytes as they are.
type Hash = ByteArray<16>;

/// Most states fit, in bytes.
const ROW_BYTES: usize = 512;

/// What every JSON object begins with, and no MessagePack array.
const JSON_START: u8 = b'{';

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    url: &'a str,
    adopted_url: Option<&'a str>,
    moving: Option<(&'a str, Time, u32)>,
    #[serde(borrow)]
    etag: Option<&'a Bytes>,
    #[serde(borrow)]
    last_modified: Option<&'a Bytes>,
    body_hash: Option<Hash>,
    filters: Option<Hash>,
    next_due: Time,
    next_why: &'a str,
    held_until: Option<Time>,
    last_attempt: Option<Time>,
    last_success: Option<Time>,
    last_new: Option<Time>,
    #[serde(borrow)]
    outcome: Option<OutcomeRow<'a>>,
    failures: u32,
    crashes: u32,
    gone_since: Option<Time>,
    feed_title: Option<&'a str>,
    feed_link: Option<&'a str>,
    feed_self: Option<&'a str>,
    hubs: Vec<&'a str>,
    format: Option<&'a str>,
    ttl_minutes: Option<u32>,
    skip_hours: &'a Bytes,
    skip_days: &'a Bytes,
    update_period_seconds: Option<u64>,
    rhythm_seconds: Option<u64>,
    polls: u64,
    polls_failed: u64,
    articles_new: u64,
    burst: Option<(Time, u32)>,
    pages_due: Vec<(Hash, u32, u64)>,
    hours: Vec<HourRow>,
    past_failures: Vec<(Time, Time, u32, &'a str)>,
}

/// An hour since 1970, its polls changed, unchanged, failed and timed, and the milliseconds of the timed ones.
type HourRow = (u32, u8, u8, u8, u8, u32);

#[derive(Clone, Copy, Serialize, Deserialize)]
enum OutcomeRow<'a> {
    #[serde(rename = "c")]
    Changed,
    #[serde(rename = "u")]
    Unchanged,
    #[serde(rename = "f")]
    Failed(&'a str),
    #[serde(rename = "g")]
    Gone,
}

/// The row to store for the state of a source. Its name is the key and not in it.
///
/// # Errors
/// None is known: every state can be written.
pub fn encode(state: &SourceState) -> Result<Vec<u8>, RowError> {
    let time = |at: Option<Instant>| at.map(Time::from);
    let row = Row {
        url: &state.url,
        adopted_url: state.adopted_url.as_deref(),
        moving: state.moving.as_ref().map(|(url, since, times)| (url.as_str(), (*since).into(), *times)),
        etag: state.validators.etag.as_deref().map(Bytes::new),
        last_modified: state.validators.last_modified.as_deref().map(Bytes::new),
        body_hash: state.body_hash.map(Hash::new),
        filters: state.filters.map(Hash::new),
        next_due: state.next_due.into(),
        next_why: &state.next_why,
        held_until: time(state.held_until),
        last_attempt: time(state.last_attempt),
        last_success: time(state.last_success),
        last_new: time(state.last_new),
        outcome: state.outcome.as_ref().map(outcome_row),
        failures: state.failures,
        crashes: state.crashes,
        gone_since: time(state.gone_since),
        feed_title: state.feed_title.as_deref(),
        feed_link: state.feed_link.as_deref(),
        feed_self: state.feed_self.as_deref(),
        hubs: state.hubs.iter().map(String::as_str).collect(),
        format: state.format.as_deref(),
        ttl_minutes: state.hints.ttl_minutes,
        skip_hours: Bytes::new(&state.hints.skip_hours),
        skip_days: Bytes::new(&state.hints.skip_days),
        update_period_seconds: state.hints.update_period_seconds,
        rhythm_seconds: state.rhythm_seconds,
        polls: state.polls,
        polls_failed: state.polls_failed,
        articles_new: state.articles_new,
        burst: state.burst.map(|burst| (burst.since.into(), burst.entries)),
        pages_due: state.pages_due.iter().map(|due| (Hash::new(due.id.0), due.tries, due.own_worth)).collect(),
        hours: state.history.hours.iter().map(hour_row).collect(),
        past_failures: state.history.failures.iter().map(failure_row).collect(),
    };
    let mut out = Vec::with_capacity(ROW_BYTES);
    let written = rmp_serde::encode::write(&mut out, &row);
    written.map_err(|why| RowError::Broken(format!("the state of {} cannot be written: {why}", state.source)))?;
    Ok(out)
}

/// The state of `source` in this row.
///
/// # Errors
/// When the row is neither one that [`encode`] wrote nor one of a layout before 5.
pub fn decode(source: SourceName, row: &[u8]) -> Result<SourceState, RowError> {
    if row.first() == Some(&JSON_START) {
        return state::decode(source, row);
    }
    let row: Row<'_> =
        rmp_serde::from_slice(row).map_err(|why| RowError::Broken(format!("the state of {source} cannot be read: {why}")))?;
    let time = |time: Option<Time>| time.map(Instant::try_from).transpose();
    let text = |text: Option<&str>| text.map(str::to_owned);
    Ok(SourceState {
        source,
        url: row.url.to_owned(),
        adopted_url: text(row.adopted_url),
        moving: row.moving.map(|(url, since, times)| Ok::<_, RowError>((url.to_owned(), since.try_into()?, times))).transpose()?,
        validators: Validators { etag: row.etag.map(|etag| etag.to_vec()), last_modified: row.last_modified.map(|date| date.to_vec()) },
        body_hash: row.body_hash.map(Hash::into_array),
        filters: row.filters.map(Hash::into_array),
        next_due: row.next_due.try_into()?,
        next_why: row.next_why.to_owned(),
        held_until: time(row.held_until)?,
        last_attempt: time(row.last_attempt)?,
        last_success: time(row.last_success)?,
        last_new: time(row.last_new)?,
        outcome: row.outcome.map(outcome),
        failures: row.failures,
        crashes: row.crashes,
        gone_since: time(row.gone_since)?,
        feed_title: text(row.feed_title),
        feed_link: text(row.feed_link),
        feed_self: text(row.feed_self),
        hubs: row.hubs.into_iter().map(str::to_owned).collect(),
        format: text(row.format),
        hints: PublisherHints {
            ttl_minutes: row.ttl_minutes,
            skip_hours: row.skip_hours.to_vec(),
            skip_days: row.skip_days.to_vec(),
            update_period_seconds: row.update_period_seconds,
        },
        rhythm_seconds: row.rhythm_seconds,
        polls: row.polls,
        polls_failed: row.polls_failed,
        articles_new: row.articles_new,
        burst: row.burst.map(|(since, entries)| Ok::<_, RowError>(Burst { since: since.try_into()?, entries })).transpose()?,
        pages_due: row.pages_due.into_iter().map(page_due).collect(),
        history: History {
            hours: row.hours.into_iter().map(hour).collect(),
            failures: row.past_failures.into_iter().map(failure).collect::<Result<_, _>>()?,
        },
    })
}

fn outcome_row(outcome: &Outcome) -> OutcomeRow<'_> {
    match outcome {
        Outcome::Changed => OutcomeRow::Changed,
        Outcome::Unchanged => OutcomeRow::Unchanged,
        Outcome::Failed(why) => OutcomeRow::Failed(why),
        Outcome::Gone => OutcomeRow::Gone,
    }
}

fn outcome(row: OutcomeRow<'_>) -> Outcome {
    match row {
        OutcomeRow::Changed => Outcome::Changed,
        OutcomeRow::Unchanged => Outcome::Unchanged,
        OutcomeRow::Failed(why) => Outcome::Failed(why.to_owned()),
        OutcomeRow::Gone => Outcome::Gone,
    }
}

fn hour_row(of: &HourOfPolls) -> HourRow {
    (of.hour, of.changed, of.unchanged, of.failed, of.timed, of.millis)
}

fn hour((hour, changed, unchanged, failed, timed, millis): HourRow) -> HourOfPolls {
    HourOfPolls { hour, changed, unchanged, failed, timed, millis }
}

fn failure_row(run: &FailureRun) -> (Time, Time, u32, &str) {
    (run.first.into(), run.last.into(), run.times, &run.why)
}

fn failure((first, last, times, why): (Time, Time, u32, &str)) -> Result<FailureRun, RowError> {
    Ok(FailureRun { first: first.try_into()?, last: last.try_into()?, times, why: why.to_owned() })
}

fn page_due((id, tries, own_worth): (Hash, u32, u64)) -> PageDue {
    PageDue { id: ArticleId(id.into_array()), tries, own_worth }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample;
    use proptest::prelude::*;

    #[test]
    fn f3_a_state_is_read_back_whole_with_validators_byte_for_byte() {
        let mut state = sample::full_state("36kr");
        for etag in [&b"W/\"a\""[..], b"\xff\xfe", b""] {
            state.validators.etag = Some(etag.to_vec());
            assert_eq!(decode(state.source.clone(), &encode(&state).unwrap()).unwrap(), state);
        }
        for outcome in [Outcome::Changed, Outcome::Unchanged, Outcome::Gone] {
            state.outcome = Some(outcome);
            assert_eq!(decode(state.source.clone(), &encode(&state).unwrap()).unwrap(), state);
        }
        let fresh = SourceState::fresh(state.source, "https://a.example/".into(), Instant::UNIX_EPOCH);
        assert_eq!(decode(fresh.source.clone(), &encode(&fresh).unwrap()).unwrap(), fresh);
    }

    #[test]
    fn r11_a_state_of_a_layout_before_5_is_read() {
        let state = sample::full_state("36kr");
        assert_eq!(decode(state.source.clone(), &state::encode(&state).unwrap()).unwrap(), state);
    }

    /// What this program writes today, so that the next one that adds a field sees whether it still reads it.
    #[test]
    fn r11_the_row_of_today_is_read_by_every_later_version() {
        let row = include_bytes!("state-5.bin");
        assert_eq!(decode(sample::full_state("36kr").source, row).unwrap(), sample::full_state("36kr"));
    }

    #[test]
    fn it_is_less_than_half_as_long_as_json() {
        let mut state = sample::full_state("36kr");
        state.history.hours = vec![HourOfPolls { hour: 474_000, changed: 1, unchanged: 2, failed: 0, timed: 3, millis: 1_234 }; 24];
        let (row, json) = (encode(&state).unwrap().len(), state::encode(&state).unwrap().len());
        assert!(row * 2 < json, "{row} bytes against {json}");
    }

    proptest! {
        #[test]
        fn reading_garbage_never_panics(mut row in proptest::collection::vec(any::<u8>(), 0..300), from_one in any::<bool>()) {
            if from_one {
                // Mostly right: the reader gets far.
                let mut good = encode(&sample::full_state("36kr")).unwrap();
                for (at, byte) in row.iter().enumerate().take(4) {
                    let place = (*byte as usize * 7 + at * 131) % good.len();
                    good[place] = *byte;
                }
                row = good;
            }
            let _ = decode(sample::full_state("36kr").source, &row);
        }
    }
}
