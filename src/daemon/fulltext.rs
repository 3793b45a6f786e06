//! The pages of new entries, for sources that give excerpts (`full_text = true`).
//!
//! In: what was decided about a document. Out: the same articles with the text of their pages. What is decided does not depend on any page,
//! so an entry that stays as it is is asked for once; and whatever goes wrong with a page, the feed's own text stands. Pages are fetched one
//! after the other, as politely and within the same limits as feeds. Bounds: [`PAGES_MAX`], [`PAGES_SECONDS_MAX`], [`FAILURES_MAX`].

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Semaphore;
use url::Url;

use super::worker::{self, Tools};
use crate::clock::Clock;
use crate::fetch::{Answer, Fetch, FetchRequest};
use crate::model::{Article, ArticleId, Entry, EntryKey, Feed, Source, Validators};
use crate::pipeline::decide::Decision;
use crate::pipeline::fulltext::{Extracted, extract};
use crate::pipeline::identify;
use crate::pipeline::normalize::{self, NormalizeContext};

/// Pages fetched in one poll of a source; entries beyond keep the feed's own text. A new source has a page or two of entries, a known one a few.
pub const PAGES_MAX: usize = 20;

/// No further page is asked for once they have taken so long: new articles should not wait for the whole texts of others.
pub const PAGES_SECONDS_MAX: i64 = 180;

/// After so many pages in a row that could not be had, the others are left alone: the website is down, or does not want this.
pub const FAILURES_MAX: usize = 3;

/// What pages are fetched and read with.
#[derive(Clone)]
pub struct Reader {
    /// Who asks publishers.
    pub fetch: Arc<dyn Fetch>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Bounds the pages read at once.
    pub parsers: Arc<Semaphore>,
    /// Hosts whose players may be framed.
    pub players: Arc<Vec<String>>,
}

impl Reader {
    /// With a worker's tools.
    #[must_use]
    pub fn of(tools: &Tools) -> Self {
        Self {
            fetch: Arc::clone(&tools.fetch),
            clock: Arc::clone(&tools.clock),
            parsers: Arc::clone(&tools.parsers),
            players: Arc::clone(&tools.players),
        }
    }
}

/// Pages that were fetched for one document: sources that share its address share them.
#[derive(Default)]
pub struct Pages(HashMap<(String, Option<String>), Option<Arc<Extracted>>>);

/// Puts the text of their pages into the articles of `decision`, where `source` asks for it and the pages hold more than the feed.
pub async fn fill(reader: &Reader, source: &Source, feed: &Arc<Feed>, decision: &mut Decision, pages: &mut Pages) {
    if !source.full_text || decision.articles.is_empty() {
        return;
    }
    let mut entries: HashMap<ArticleId, (usize, EntryKey)> = HashMap::new();
    for (at, key) in identify::keys(feed).into_iter().enumerate() {
        entries.entry(ArticleId::of(&source.name, &key)).or_insert((at, key));
    }
    let until = reader.clock.now() + TimeDelta::seconds(PAGES_SECONDS_MAX);
    let (mut asked, mut failures, mut left) = (0, 0, 0_usize);
    for article in &mut decision.articles {
        let Some((at, key)) = entries.get(&article.id) else { continue };
        let Some(link) = article.link.clone() else { continue };
        let of = (link, source.selector.clone());
        if !pages.0.contains_key(&of) {
            if asked >= PAGES_MAX || failures >= FAILURES_MAX || reader.clock.now() >= until {
                left += 1;
                continue;
            }
            asked += 1;
            let page = match page(reader, source, &of.0).await {
                Ok(page) => Some(Arc::new(page)),
                Err(why) => {
                    tracing::info!(source = source.name.as_str(), url = of.0, %why, "no full text; the feed's own text stands");
                    None
                }
            };
            failures = if page.is_some() { 0 } else { failures + 1 };
            pages.0.insert(of.clone(), page);
        }
        let Some(page) = pages.0.get(&of).cloned().flatten() else { continue };
        if let Some(full) = with_page(reader, source, feed, *at, key, article, page).await {
            *article = full;
        }
    }
    if left > 0 {
        let source = source.name.as_str();
        tracing::info!(source, asked, failures, left, "enough pages for one poll; the feed's own text stands for the other entries");
    }
}

/// Fetches the page and finds the article in it.
async fn page(reader: &Reader, source: &Source, link: &str) -> Result<Extracted, String> {
    let url = Url::parse(link).map_err(|error| format!("its address cannot be read: {error}"))?;
    // Without its secret the feed itself would not have been asked.
    let authorization = worker::authorization(source).map_err(|error| error.to_string())?;
    let request = FetchRequest { has_place: true, ..worker::request(source, url, Validators::default(), authorization) };
    let fetched = reader.fetch.fetch(request).await;
    let answer = fetched.result.map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("the page answered {}", answer.status));
    }
    let Ok(_permit) = Arc::clone(&reader.parsers).acquire_owned().await else { return Err("the program is stopping".into()) };
    let selector = source.selector.clone();
    let read = tokio::task::spawn_blocking(move || {
        let Answer { body, content_type, url, .. } = answer;
        extract(&body, content_type.as_deref(), &url, selector.as_deref())
    });
    match read.await {
        Ok(found) => found.map_err(|error| error.to_string()),
        Err(_) => Err("reading the page failed inside feedmill; please report its address".into()),
    }
}

/// The article made again with its page. Dates and revision stay as they were decided.
async fn with_page(
    reader: &Reader,
    source: &Source,
    feed: &Arc<Feed>,
    at: usize,
    key: &EntryKey,
    decided: &Article,
    page: Arc<Extracted>,
) -> Option<Article> {
    let (reader, source, feed, key, first_seen) = (reader.clone(), source.clone(), Arc::clone(feed), key.clone(), decided.first_seen);
    let made = tokio::task::spawn_blocking(move || {
        let entry: &Entry = feed.entries.get(at)?;
        let context = NormalizeContext {
            source: &source,
            feed_title: feed.title.as_deref(),
            feed_link: feed.link.as_deref(),
            now: first_seen,
            players: &reader.players,
        };
        normalize::article_with_page(entry, &key, &context, &page).ok()
    });
    let full = made.await.ok().flatten()?;
    Some(Article { published: decided.published, updated: decided.updated, revision: decided.revision, ..full })
}
