//! One poll: fetch, parse, decide, plan, commit. A unit of several sources with one address is fetched once.
//!
//! In: a unit and what is known of its sources. Out: plans, durable; and a report for people. Bounds: those of the fetcher, and
//! as many documents worked on at once as there is room for among [`parsers`](super::parsers::parsers).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::Semaphore;

use super::committer::CommitterHandle;
use super::document::{self, Document};
use super::fit::{filters_of, fit};
use super::fulltext::Pages;
use super::lease::{self, Begun, Seen};
use super::llm::Llm;
use super::parsers::at_work;
use super::units::Unit;
use super::{archives, completion, request};
use crate::clock::Clock;
use crate::fetch::{Fetch, Fetched};
use crate::model::poll::VerdictCounts;
use crate::model::{Article, ArticleId, Feed, Holder, Instant, Outcome, PageDue, PollPlan, Source, SourceName, SourceState, SummaryMode};
use crate::pipeline::burst;
use crate::pipeline::decide::{self, Decision};
use crate::pipeline::identify;
use crate::pipeline::normalize::{self, NormalizeContext};
use crate::pipeline::poll::{self, Attempt};
use crate::pipeline::summarize::Summarizer;
use crate::pipeline::summarize::reply::SENT_BYTES_MAX;
use crate::store::{Store, StoreError};
use crate::web::Metrics;

/// What a worker works with; shared by all of them.
#[derive(Clone)]
pub struct Tools {
    /// Where it is kept.
    pub store: Arc<dyn Store>,
    /// Who this poller is to others over the same store.
    pub holder: Holder,
    /// Who asks publishers.
    pub fetch: Arc<dyn Fetch>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who makes plans durable.
    pub committer: CommitterHandle,
    /// Hosts whose players may be framed in an article.
    pub players: Arc<Vec<String>>,
    /// Makes keywords and summaries; holds the dictionary, once it was needed.
    pub summarizer: Arc<Summarizer>,
    /// What a source's own rhythm may stretch its interval to.
    pub interval_max: Duration,
    /// Bounds the documents that are worked on, and the questions to the store, at once ([`super::parsers::parsers`]).
    pub parsers: Arc<Semaphore>,
    /// The language model, where one is configured.
    pub llm: Option<Arc<Llm>>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// What became of one source in one poll, for people.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whose.
    pub source: SourceName,
    /// How it ended.
    pub outcome: Outcome,
    /// How many entries had which verdict.
    pub counts: VerdictCounts,
    /// Known articles that have the text of their page only now.
    pub completed: usize,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Bytes from the wire.
    pub wire_bytes: u64,
    /// Time of the fetch.
    pub took: Duration,
    /// Polls of it so far, this one included.
    pub seen: Seen,
    /// When it is polled next.
    pub next_due: Instant,
    /// Why then.
    pub next_why: String,
}

/// Polls a unit. Reports one line for each of its sources, none where another poller has it; an error means that the store did not take the
/// plans.
///
/// # Errors
/// Those of the store: nothing was written, and the next poll starts from where this one did.
pub async fn poll_unit(tools: &Arc<Tools>, unit: &Arc<Unit>) -> Result<Vec<Report>, StoreError> {
    match lease::begin(tools, unit, None).await? {
        Begun::Ours(stored) => poll_leased(tools, unit, stored).await,
        Begun::Theirs(_) | Begun::NotDue(..) => Ok(Vec::new()),
    }
}

/// Polls a unit that is leased to us, and of whose sources the states were read since.
///
/// # Errors
/// As [`poll_unit`].
pub async fn poll_leased(tools: &Arc<Tools>, unit: &Unit, stored: Vec<Option<Box<SourceState>>>) -> Result<Vec<Report>, StoreError> {
    let polled = lease::kept(tools, unit, async {
        let states = fit(unit, stored, tools.clock.now());
        // Thousands of units wait for their turn at once: what one of them needs later takes no memory before.
        let fetched = Box::pin(request::fetch(tools, unit, &states)).await;
        Box::pin(work_up(tools, unit, states, fetched)).await
    });
    Ok(polled.await?.unwrap_or_default())
}

/// From the answer to durable plans and reports.
#[expect(clippy::vec_box, reason = "each goes on into a plan of its own, without being copied")]
async fn work_up(
    tools: &Arc<Tools>,
    unit: &Unit,
    states: Vec<Box<SourceState>>,
    (mut fetched, from_own_address): (Fetched, bool),
) -> Result<Vec<Report>, StoreError> {
    // Kept until all that was brought is durable: so many documents and plans are in memory as there are places, and no more.
    let place = fetched.place.take();
    let now = tools.clock.now();
    let (status, wire_bytes, took) = (fetched.result.as_ref().ok().map(|answer| answer.status), fetched.wire_bytes, fetched.took);
    tools.metrics.fetched(took, wire_bytes);
    let document = (document::read(tools, unit, &states, fetched, from_own_address).await, took);
    let mut patience = tools.llm.as_ref().map_or(Duration::ZERO, |llm| llm.patience());
    let mut plans = Vec::with_capacity(unit.sources.len());
    let mut new_to_us = Vec::new();
    let mut pages = Pages::default();
    for (source, state) in unit.sources.iter().zip(states) {
        if state.last_success.is_none() && source.archives {
            new_to_us.push(source);
        }
        let plan = plan(tools, source, state, &document, &mut pages, now, &mut patience).await?;
        plans.push(plan);
    }
    // Only who walks its archives needs the document any more; without it a poll that waits for the disk is half as large.
    let feed = match document.0 {
        Document::Read(_, feed) if !new_to_us.is_empty() => Some(feed),
        _ => None,
    };
    drop(pages);
    let mut reports: Vec<Report> = plans.iter().map(|plan| report(plan, status, wire_bytes, took)).collect();
    let walkers: Vec<Box<SourceState>> =
        plans.iter().filter(|plan| new_to_us.iter().any(|source| source.name == plan.source)).map(|plan| plan.state.clone()).collect();
    let _while_walking = place.clone().filter(|_| feed.is_some());
    let places = std::iter::repeat_n(place, plans.len());
    try_join_all(places.zip(plans).map(|(place, plan)| tools.committer.commit_from(place, plan))).await?;
    if let Some(feed) = feed {
        for (source, after) in new_to_us.into_iter().zip(walkers) {
            let new = archives::walk(tools, source, after, &feed).await?;
            if let Some(report) = reports.iter_mut().find(|report| report.source == source.name) {
                report.counts.new += new;
            }
        }
    }
    for report in &reports {
        log(report);
        tools.metrics.polled(&report.outcome, &report.counts);
    }
    Ok(reports)
}

fn report(plan: &PollPlan, status: Option<u16>, wire_bytes: u64, took: Duration) -> Report {
    Report {
        source: plan.source.clone(),
        outcome: plan.state.outcome.clone().unwrap_or(Outcome::Unchanged),
        counts: plan.counts,
        completed: plan.articles.len().saturating_sub((plan.counts.new + plan.counts.revised) as usize),
        status,
        wire_bytes,
        took,
        seen: Seen::of([&*plan.state]),
        next_due: plan.state.next_due,
        next_why: plan.state.next_why.clone(),
    }
}

/// One line a source, with fields.
fn log(report: &Report) {
    let source = report.source.as_str();
    let (new, revised, unchanged, rejected) = (report.counts.new, report.counts.revised, report.counts.unchanged, report.counts.rejected);
    let took_ms = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
    // Where nobody reads it, writing a time costs as much as deciding it.
    let is_read = matches!(report.outcome, Outcome::Failed(_)) || tracing::enabled!(tracing::Level::INFO);
    let next_due = is_read.then(|| report.next_due.to_rfc3339());
    let (status, bytes, why) = (report.status, report.wire_bytes, &report.next_why);
    if report.counts.held > 0 {
        let entries = report.counts.held;
        tracing::warn!(source, entries, "held back: so many entries at once that cannot be new; `feedmill release {source}` lets them in");
    }
    match &report.outcome {
        Outcome::Failed(error) => tracing::warn!(source, status, bytes, took_ms, %error, next_due, %why, "poll failed"),
        Outcome::Gone => tracing::warn!(source, status, "the publisher says that this feed is gone; its articles stay"),
        Outcome::Unchanged => tracing::info!(source, status, bytes, took_ms, next_due, %why, "unchanged"),
        Outcome::Changed => {
            tracing::info!(source, status, bytes, took_ms, new, revised, unchanged, rejected, next_due, %why, "polled");
        }
    }
}

/// Looks at the document, whose fetch took so long, with one source's eyes. A language model is waited for as long as `patience` lasts.
async fn plan(
    tools: &Arc<Tools>,
    source: &Arc<Source>,
    mut state: Box<SourceState>,
    (document, took): &(Document, Duration),
    pages: &mut Pages,
    now: Instant,
    patience: &mut Duration,
) -> Result<PollPlan, StoreError> {
    // Another include or exclude brings old entries in, and is meant to.
    let filters = filters_of(source);
    let widened = state.filters.replace(filters).is_some_and(|before| before != filters);
    let guarded = (!widened && matches!(document, Document::Read(..))).then(|| state.clone());
    let due = std::mem::take(&mut state.pages_due);
    let decided = match document {
        Document::Unchanged(_) if due.is_empty() => Some((Decision::default(), Vec::new())),
        // On the heap: most polls have nothing to decide, and carry no room for it.
        Document::Read(..) | Document::Unchanged(_) => {
            Box::pin(decided(tools, source, document, Before { guarded, due: due.clone() }, pages, now, patience)).await?
        }
        _ => Some((Decision::default(), due.clone())),
    };
    let (attempt, completed, due) = match (document, decided) {
        // An entry crashed the normalizer: the document is at fault as much as one that crashes the parser.
        (_, None) => (Attempt::Crashed(document.answered()), None, due),
        (Document::Read(answered, feed), Some((decision, due))) => {
            (Attempt::Read(answered.clone(), Arc::clone(feed), Box::new(decision)), None, due)
        }
        (Document::Unchanged(answered), Some((decision, due))) => (Attempt::Unchanged(answered.clone()), Some(decision), due),
        (Document::Refused(answered, why), Some((_, due))) => (Attempt::Refused(answered.clone(), why.clone()), None, due),
        (Document::Crashed(answered), Some((_, due))) => (Attempt::Crashed(answered.clone()), None, due),
        (Document::HeldBack(until), Some((_, due))) => (Attempt::HeldBack(*until), None, due),
        (Document::NoAnswer(why), Some((_, due))) => (Attempt::NoAnswer(why.clone()), None, due),
    };
    let mut plan = poll::plan(source, state, attempt, *took, tools.interval_max, now, jitter(source, now));
    plan.holder = Some(tools.holder);
    plan.state.pages_due = due;
    if let Some(completed) = completed {
        plan.articles.extend(completed.articles);
        plan.originals.extend(completed.originals);
    }
    Ok(plan)
}

/// What an earlier poll left for this one.
struct Before {
    /// The state before it, where a burst is to be looked for.
    guarded: Option<Box<SourceState>>,
    /// Pages that are still to be had.
    due: Vec<PageDue>,
}

/// What becomes of the entries, with whole texts, keywords and summaries, and the pages that are still due; `None` where looking crashed.
async fn decided(
    tools: &Arc<Tools>,
    source: &Arc<Source>,
    document: &Document,
    before: Before,
    pages: &mut Pages,
    now: Instant,
    patience: &mut Duration,
) -> Result<Option<(Decision, Vec<PageDue>)>, StoreError> {
    let mut decision = Decision::default();
    if let Document::Read(_, feed) = document {
        let (with, of, read) = (Arc::clone(tools), Arc::clone(source), Arc::clone(feed));
        let Some(looked) = at_work(&tools.parsers, move || look(&with, &of, &read, now)).await else { return Ok(None) };
        decision = looked?;
        if let Some(state) = before.guarded {
            burst::hold(source, &state, &mut decision, now);
        }
    }
    let (completed, due) =
        completion::complete(tools, source, &mut decision.articles, &mut decision.originals, before.due, pages, now).await?;
    decision.articles.extend(completed);
    if decision.articles.is_empty() || source.summary == SummaryMode::Off {
        return Ok(Some((decision, due)));
    }
    let (with, of) = (Arc::clone(tools), Arc::clone(source));
    let digested = at_work(&tools.parsers, move || {
        let texts = add_digests(&with, &of, &mut decision.articles);
        (decision, texts)
    });
    let Some((mut decision, texts)) = digested.await else { return Ok(None) };
    if let Some(llm) = &tools.llm {
        llm.improve(source.name.as_str(), &mut decision.articles, texts, patience).await;
    }
    Ok(Some((decision, due)))
}

pub(super) fn look(tools: &Tools, source: &Source, feed: &Feed, now: Instant) -> Result<Decision, StoreError> {
    let keys = identify::keys(feed);
    let ids: Vec<_> = keys.iter().map(|key| ArticleId::of(&source.name, key)).collect();
    let seen = tools.store.sightings(&source.name, &ids)?;
    Ok(decide::decide(source, feed, &keys, &seen, now, |entry, key, first_seen| {
        let (feed_title, feed_link) = (feed.title.as_deref(), feed.link.as_deref());
        let context = NormalizeContext { source, feed_title, feed_link, now: first_seen, players: &tools.players };
        normalize::article(entry, key, &context)
    }))
}

/// Gives new and revised articles the digests of their own words. Returns the texts that a language model is asked about, by their place.
pub(super) fn add_digests(tools: &Tools, source: &Source, articles: &mut [Article]) -> Vec<(usize, String)> {
    let texts = articles.iter_mut().enumerate().filter_map(|(at, article)| {
        let mut text = normalize::add_digest(article, source, &tools.summarizer)?;
        text.truncate(text.floor_char_boundary(SENT_BYTES_MAX));
        (source.summary == SummaryMode::Llm && tools.llm.is_some()).then_some((at, text))
    });
    texts.collect()
}

/// A number from 0 up to 1 that differs between sources and between polls, and is the same when a poll is played again.
pub fn jitter(source: &Source, now: Instant) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(source.name.as_str().as_bytes());
    hasher.update(&now.timestamp_millis().to_be_bytes());
    let hash = hasher.finalize();
    let [a, b, c, d] = hash.as_bytes().first_chunk::<4>().copied().unwrap_or_default();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_that_waits_for_its_turn_takes_little_memory() {
        fn size_of_future<F: Future>(_: impl FnOnce(Arc<Tools>, Arc<Unit>) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = size_of_future(|tools, unit: Arc<Unit>| async move { poll_unit(&tools, &unit).await.is_ok() });
        assert!(bytes <= 1024, "{bytes} bytes, ten thousand times");
    }
}
