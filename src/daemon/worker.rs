//! One poll: fetch, parse, decide, plan, commit. A unit of several sources with one address is fetched once.
//!
//! In: a unit and what is known of its sources. Out: plans, durable; and a report for people. Bounds: those of the fetcher, and
//! [`PARSERS_MAX`] documents parsed at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::archives;
use super::committer::CommitterHandle;
use super::fulltext::{self, Pages, Reader};
use super::llm::Llm;
use super::units::Unit;
use crate::clock::Clock;
use crate::config;
use crate::fetch::{Answer, Fetch, FetchError, FetchRequest, Fetched, Secret, is_same_home, may_travel};
use crate::model::poll::VerdictCounts;
use crate::model::{
    Article, ArticleId, Feed, Fingerprint, Instant, Outcome, PollPlan, Source, SourceName, SourceState, SummaryMode, Validators,
};
use crate::pipeline::decide::{self, Decision};
use crate::pipeline::normalize::{self, NormalizeContext};
use crate::pipeline::poll::{self, Answered, Attempt};
use crate::pipeline::summarize::Summarizer;
use crate::pipeline::summarize::reply::SENT_BYTES_MAX;
use crate::pipeline::{identify, parse};
use crate::store::{Store, StoreError};
use crate::web::Metrics;

/// Documents parsed at once: parsing takes several times a document's size in memory.
pub const PARSERS_MAX: usize = 4;

/// What a worker works with; shared by all of them.
pub struct Tools {
    /// Where it is kept.
    pub store: Arc<dyn Store>,
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
    /// Bounds the documents parsed at once.
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
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Bytes from the wire.
    pub wire_bytes: u64,
    /// Time of the fetch.
    pub took: Duration,
    /// When it is polled next.
    pub next_due: Instant,
    /// Why then.
    pub next_why: String,
}

/// Polls a unit. Reports one line for each of its sources; an error means that the store did not take the plans.
///
/// # Errors
/// Those of the store: nothing was written, and the next poll starts from where this one did.
pub async fn poll_unit(tools: &Arc<Tools>, unit: &Unit) -> Result<Vec<Report>, StoreError> {
    let states = load_states(tools, unit).await?;
    let (mut fetched, from_own_address) = fetch(tools, unit, &states).await;
    // Kept until everything is durable: so many documents and plans are in memory as there are places, and no more.
    let _place = fetched.place.take();
    let now = tools.clock.now();
    let (status, wire_bytes, took) = (fetched.result.as_ref().ok().map(|answer| answer.status), fetched.wire_bytes, fetched.took);
    tools.metrics.fetched(took, wire_bytes);
    let document = read(tools, unit, &states, fetched, from_own_address).await;
    let patience = tools.llm.as_ref().map_or_else(tokio::time::Instant::now, |llm| llm.patience());
    let mut reports = Vec::new();
    let mut pages = Pages::default();
    for (source, state) in unit.sources.iter().zip(states) {
        let is_new = state.last_success.is_none();
        let plan = plan(tools, source, state, &document, &mut pages, now, patience).await?;
        let after = plan.state.clone();
        let mut report = Report {
            source: source.name.clone(),
            outcome: plan.state.outcome.clone().unwrap_or(Outcome::Unchanged),
            counts: plan.counts,
            status,
            wire_bytes,
            took,
            next_due: plan.state.next_due,
            next_why: plan.state.next_why.clone(),
        };
        tools.committer.commit(plan).await?;
        if let (true, true, Document::Read(_, feed)) = (is_new, source.archives, &document) {
            report.counts.new += archives::walk(tools, source, after, feed).await?;
        }
        log(&report);
        tools.metrics.polled(&report.outcome, &report.counts);
        reports.push(report);
    }
    Ok(reports)
}

/// One line a source, with fields.
fn log(report: &Report) {
    let source = report.source.as_str();
    let (new, revised, unchanged, rejected) = (report.counts.new, report.counts.revised, report.counts.unchanged, report.counts.rejected);
    let took_ms = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
    let (status, bytes, next_due, why) = (report.status, report.wire_bytes, report.next_due.to_rfc3339(), &report.next_why);
    match &report.outcome {
        Outcome::Failed(error) => tracing::warn!(source, status, bytes, took_ms, %error, next_due, %why, "poll failed"),
        Outcome::Gone => tracing::warn!(source, status, "the publisher says that this feed is gone; its articles stay"),
        Outcome::Unchanged => tracing::info!(source, status, bytes, took_ms, next_due, %why, "unchanged"),
        Outcome::Changed => {
            tracing::info!(source, status, bytes, took_ms, new, revised, unchanged, rejected, next_due, %why, "polled");
        }
    }
}

/// The state of each source of the unit, fit for the address that feeds.toml names now.
async fn load_states(tools: &Arc<Tools>, unit: &Unit) -> Result<Vec<SourceState>, StoreError> {
    let store = Arc::clone(&tools.store);
    let names: Vec<_> = unit.sources.iter().map(|source| source.name.clone()).collect();
    let stored: Vec<Option<SourceState>> = blocking(move || names.iter().map(|name| store.source_state(name)).collect()).await?;
    let now = tools.clock.now();
    let fit = |(source, stored): (&Source, Option<SourceState>)| match stored {
        Some(state) if state.url == source.url.as_str() && state.filters == Some(filters_of(source)) => state,
        // What was left out before may be wanted now, or the other way round: the document is read again whole, once.
        Some(state) if state.url == source.url.as_str() => {
            SourceState { validators: Validators::default(), body_hash: None, filters: Some(filters_of(source)), ..state }
        }
        // The URL in feeds.toml is a new one: what was learned of the old address does not hold, the name and its articles stay.
        Some(state) => SourceState {
            url: source.url.to_string(),
            filters: Some(filters_of(source)),
            adopted_url: None,
            moving: None,
            validators: Validators::default(),
            body_hash: None,
            gone_since: None,
            failures: 0,
            crashes: 0,
            ..state
        },
        None => SourceState { filters: Some(filters_of(source)), ..SourceState::fresh(source.name.clone(), source.url.to_string(), now) },
    };
    Ok(unit.sources.iter().zip(stored).map(fit).collect())
}

/// Tells one pair of include and exclude from another.
fn filters_of(source: &Source) -> [u8; 16] {
    let text = |regex: &Option<regex::Regex>| regex.as_ref().map(|regex| regex.as_str().to_owned()).unwrap_or_default();
    Fingerprint::of(&[&text(&source.include), &text(&source.exclude)]).0
}

/// Asks the source's own address, and on failure its mirrors in turn. The flag says whether the own address answered.
async fn fetch(tools: &Tools, unit: &Unit, states: &[SourceState]) -> (Fetched, bool) {
    let first = &unit.sources[0];
    let authorization = match authorization(first) {
        Ok(authorization) => authorization,
        Err(why) => return (nothing(why), true),
    };
    let adopted = states[0].adopted_url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let own = adopted.unwrap_or_else(|| first.url.clone());
    // Sources that share an address may be conditional only if they all stand at the same version of it.
    let validators = &states[0].validators;
    let validators = if states.iter().all(|state| state.validators == *validators) { validators.clone() } else { Validators::default() };
    let mut fetched = tools.fetch.fetch(request(first, own, validators, authorization.clone())).await;
    if first.mirrors.is_empty() || usable(&fetched) {
        return (fetched, true);
    }
    // Each mirror waits for a place of its own.
    fetched.place = None;
    for mirror in &first.mirrors {
        // A mirror is another publisher's server: it gets neither the validators nor (by `request`) the secrets of the first.
        let answer = tools.fetch.fetch(request(first, mirror.clone(), Validators::default(), authorization.clone())).await;
        if usable(&answer) {
            return (answer, false);
        }
    }
    (fetched, true)
}

/// Headers and secrets are for the origin that feeds.toml names: an adopted address or a mirror elsewhere does not get them.
pub(super) fn request(source: &Source, url: url::Url, validators: Validators, authorization: Option<Secret>) -> FetchRequest {
    let at_home = is_same_home(&source.url, &url);
    FetchRequest {
        source: Some(source.name.clone()),
        url,
        validators,
        headers: source.headers.iter().filter(|(name, _)| at_home || may_travel(name)).cloned().collect(),
        authorization: authorization.filter(|_| at_home),
        proxy: source.proxy.clone(),
        has_place: false,
    }
}

/// The value of `Authorization` for this source, from the environment or a credential.
pub(super) fn authorization(source: &Source) -> Result<Option<Secret>, FetchError> {
    let Some(name) = source.auth_env.as_deref() else { return Ok(None) };
    config::secret(name).map(|secret| Some(Secret(secret))).ok_or_else(|| FetchError::Refused(missing_secret(name)))
}

fn missing_secret(name: &str) -> String {
    format!("not asked, since its secret is missing: set the environment variable {name}, or pass a systemd credential of that name")
}

fn nothing(error: FetchError) -> Fetched {
    Fetched { result: Err(error), redirects: Vec::new(), wire_bytes: 0, took: Duration::ZERO, place: None }
}

fn usable(fetched: &Fetched) -> bool {
    matches!(&fetched.result, Ok(answer) if matches!(answer.status, 200 | 226 | 304))
}

/// What the fetch brought, before it is looked at source by source.
enum Document {
    Unchanged(Answered),
    Read(Answered, Arc<Feed>),
    Refused(Answered, String),
    Crashed(Answered),
    HeldBack(Instant),
    NoAnswer(String),
}

async fn read(tools: &Arc<Tools>, unit: &Unit, states: &[SourceState], fetched: Fetched, from_own_address: bool) -> Document {
    let redirects = fetched.redirects.iter().map(|(status, url)| (*status, url.to_string())).collect();
    let answer = match fetched.result {
        Ok(answer) => answer,
        Err(FetchError::HeldBack(until)) => return Document::HeldBack(until),
        Err(error) => return Document::NoAnswer(error.to_string()),
    };
    let mut answered = Answered {
        status: answer.status,
        validators: answer.validators.clone(),
        redirects,
        fresh_for: answer.fresh_for,
        retry_after: answer.retry_after,
        body_hash: None,
        from_own_address,
    };
    if answer.status == 304 {
        return Document::Unchanged(answered);
    }
    if !matches!(answer.status, 200 | 226) {
        let why = refusal(&answer);
        return Document::Refused(answered, why);
    }
    let hash = blake3::hash(&answer.body);
    let hash = hash.as_bytes().first_chunk::<16>().copied();
    answered.body_hash = hash;
    if hash.is_some() && states.iter().all(|state| state.body_hash == hash && state.crashes == 0) {
        return Document::Unchanged(answered);
    }
    parse_document(tools, unit, states, answer, answered).await
}

async fn parse_document(tools: &Arc<Tools>, unit: &Unit, states: &[SourceState], answer: Answer, answered: Answered) -> Document {
    if states.iter().any(|state| state.crashes >= poll::CRASHES_MAX && state.body_hash == answered.body_hash) {
        return Document::Crashed(answered);
    }
    let Ok(_permit) = Arc::clone(&tools.parsers).acquire_owned().await else {
        return Document::NoAnswer("the program is stopping".into());
    };
    // The fetcher bounds the body already, by a setting; sources that share a document share its zone.
    let limits = parse::ParseLimits {
        document_bytes_max: answer.body.len().max(1),
        time_zone: unit.sources.iter().find_map(|source| source.time_zone),
        ..parse::ParseLimits::default()
    };
    let parsed =
        tokio::task::spawn_blocking(move || parse::parse(&answer.body, answer.content_type.as_deref(), answer.url.as_str(), &limits));
    match parsed.await {
        Ok(Ok(feed)) => Document::Read(answered, Arc::new(feed)),
        Ok(Err(error)) => Document::Refused(answered, error.to_string()),
        Err(_) => Document::Crashed(answered),
    }
}

/// A status that is not a document, in words that say what to do.
fn refusal(answer: &Answer) -> String {
    let advice = match answer.status {
        401 | 403 => "; the publisher wants to know who asks: see auth_env and headers, or the publisher does not want to be polled",
        404 => "; if the feed has moved, put its new address into feeds.toml",
        410 => "; the publisher says that the feed is gone for good",
        429 => "; the publisher asks for fewer requests",
        500..=599 => "; the publisher's server has trouble, it is tried again later",
        _ => "",
    };
    format!("{} answered {}{advice}", answer.url, answer.status)
}

/// Looks at the document with one source's eyes. A language model is waited for until `patience` ends.
async fn plan(
    tools: &Arc<Tools>,
    source: &Source,
    state: SourceState,
    document: &Document,
    pages: &mut Pages,
    now: Instant,
    patience: tokio::time::Instant,
) -> Result<PollPlan, StoreError> {
    let jitter = jitter(source, now);
    let attempt = match document {
        Document::Unchanged(answered) => Attempt::Unchanged(answered.clone()),
        Document::Refused(answered, why) => Attempt::Refused(answered.clone(), why.clone()),
        Document::Crashed(answered) => Attempt::Crashed(answered.clone()),
        Document::HeldBack(until) => Attempt::HeldBack(*until),
        Document::NoAnswer(why) => Attempt::NoAnswer(why.clone()),
        Document::Read(answered, feed) => {
            let (with, of, read) = (Arc::clone(tools), source.clone(), Arc::clone(feed));
            let looked = tokio::task::spawn_blocking(move || look(&with, &of, &read, now)).await;
            let decided = match looked {
                Ok(decision) => {
                    let mut decision = decision?;
                    fulltext::fill(&Reader::of(tools), source, feed, &mut decision, pages).await;
                    let (with, of) = (Arc::clone(tools), source.clone());
                    tokio::task::spawn_blocking(move || {
                        let texts = add_digests(&with, &of, &mut decision.articles);
                        (Box::new(decision), texts)
                    })
                    .await
                }
                Err(error) => Err(error),
            };
            match decided {
                Ok((mut decision, texts)) => {
                    if let Some(llm) = &tools.llm {
                        llm.improve(source.name.as_str(), &mut decision.articles, texts, patience).await;
                    }
                    Attempt::Read(answered.clone(), Arc::clone(feed), decision)
                }
                // An entry crashed the normalizer: the document is at fault as much as one that crashes the parser.
                Err(_) => Attempt::Crashed(crashed(document)),
            }
        }
    };
    Ok(poll::plan(source, state, attempt, tools.interval_max, now, jitter))
}

fn crashed(document: &Document) -> Answered {
    match document {
        Document::Read(answered, _) | Document::Unchanged(answered) | Document::Refused(answered, _) | Document::Crashed(answered) => {
            answered.clone()
        }
        Document::HeldBack(_) | Document::NoAnswer(_) => Answered::default(),
    }
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

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::Damaged("reading the store failed in an unforeseen way".into())),
    }
}
