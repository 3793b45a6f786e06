//! The pages of entries, for sources that give excerpts (`full_text = true`).
//!
//! In: the articles that a poll found, and those of earlier polls whose pages are still to be had. Out: the same articles with the text of
//! their pages, and what is left for later polls. What is decided does not depend on any page, so an entry that stays as it is is asked for
//! once; and whatever goes wrong with a page, the text that was there stands. Pages are fetched one after the other, as politely and within
//! the same limits as feeds. Bounds: [`PAGES_MAX`], [`PAGES_SECONDS_MAX`], [`FAILURES_MAX`], [`TRIES_MAX`], [`DUE_MAX`].

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Semaphore;
use url::Url;

use super::parsers::at_work;
use super::request;
use super::worker::Tools;
use crate::clock::Clock;
use crate::fetch::{Answer, Fetch, FetchError, FetchRequest};
use crate::model::{Article, ArticleId, Instant, PageDue, PageText, Source, Validators};
use crate::pipeline::fulltext::{Extracted, extract};
use crate::pipeline::normalize;

/// Pages fetched in one poll of a source; those of the entries beyond are fetched by later polls. A new source has a page or two of
/// entries, a known one a few.
pub const PAGES_MAX: usize = 20;

/// No further page is asked for once they have taken so long: new articles should not wait for the whole texts of others.
pub const PAGES_SECONDS_MAX: i64 = 180;

/// After so many pages in a row that could not be had, the others are left for a later poll: the website is down, or does not want this.
pub const FAILURES_MAX: usize = 3;

/// A page that was asked for so often in vain is not asked for again.
pub const TRIES_MAX: u32 = 4;

/// Articles of one source whose pages are still to be had; the oldest beyond keep the feed's own text.
pub const DUE_MAX: usize = 200;

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

/// What came of asking for a page.
#[derive(Clone)]
enum Got {
    /// The article in it.
    Page(Arc<Extracted>),
    /// Not now: the website is down, or busy.
    Later,
    /// There is none to be had: it is not found, or no article is in it.
    Never,
}

/// Pages that were fetched for one document: sources that share its address share them.
#[derive(Default)]
pub struct Pages(HashMap<(String, Option<String>), Got>);

/// The pages of one source in one poll: how many were asked for, and whether more may be.
pub struct Turn<'a> {
    reader: &'a Reader,
    source: &'a Source,
    pages: &'a mut Pages,
    until: Instant,
    asked: usize,
    failures: usize,
    texts: Vec<(ArticleId, PageText)>,
}

/// What [`Turn::fill`] made of one article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// It has the text of its page, or had the fuller one already.
    Done,
    /// The text that was there stands, for good.
    Without,
    /// Likewise, until a later poll.
    Later(PageDue),
}

impl<'a> Turn<'a> {
    /// The turn of `source`, which begins now.
    #[must_use]
    pub fn new(reader: &'a Reader, source: &'a Source, pages: &'a mut Pages) -> Self {
        let until = reader.clock.now() + TimeDelta::seconds(PAGES_SECONDS_MAX);
        Self { reader, source, pages, until, asked: 0, failures: 0, texts: Vec::new() }
    }

    /// Whether no further page is asked for.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.asked >= PAGES_MAX || self.failures >= FAILURES_MAX || self.reader.clock.now() >= self.until
    }

    /// The texts that were put into articles, each once.
    pub fn texts(self) -> Vec<(ArticleId, PageText)> {
        self.texts
    }

    /// Puts the text of its page into a new or revised article, where the page holds more than the feed.
    pub async fn fill(&mut self, article: &mut Article) -> Filled {
        let due = PageDue { id: article.id, tries: 0, own_worth: normalize::worth(article) };
        self.fill_due(article, due).await
    }

    /// The same for an article whose page is due since an earlier poll.
    pub async fn fill_due(&mut self, article: &mut Article, due: PageDue) -> Filled {
        let Some(link) = article.link.clone() else { return Filled::Without };
        let of = (link, self.source.selector.clone());
        let got = match self.pages.0.get(&of) {
            Some(got) => got.clone(),
            None if self.is_over() => return Filled::Later(due),
            None => self.ask(of).await,
        };
        match got {
            Got::Page(page) => {
                self.put(article, due, page).await;
                Filled::Done
            }
            Got::Later if due.tries + 1 < TRIES_MAX => Filled::Later(PageDue { tries: due.tries + 1, ..due }),
            Got::Later | Got::Never => Filled::Without,
        }
    }

    async fn ask(&mut self, of: (String, Option<String>)) -> Got {
        self.asked += 1;
        let got = match page(self.reader, self.source, &of.0).await {
            Ok(page) => Got::Page(Arc::new(page)),
            Err((got, why)) => {
                tracing::info!(source = self.source.name.as_str(), url = of.0, %why, "no full text; the text that was there stands");
                got
            }
        };
        self.failures = if matches!(got, Got::Page(_)) { 0 } else { self.failures + 1 };
        self.pages.0.insert(of, got.clone());
        got
    }

    async fn put(&mut self, article: &mut Article, due: PageDue, page: Arc<Extracted>) {
        // Worth knowing even where the page has no more text than the feed.
        article.canonical.clone_from(&page.canonical);
        let (from, source, players) = (article.clone(), self.source.clone(), Arc::clone(&self.reader.players));
        let text = Arc::clone(&page);
        let made = at_work(&self.reader.parsers, move || normalize::with_page(&from, due.own_worth, &page.text, &source, &players)).await;
        // A page that crashes the sanitizer is one that could not be had.
        if let Some(Some(full)) = made {
            *article = full;
            self.texts.push((article.id, text.text.clone()));
        }
    }
}

/// Fetches the page and finds the article in it. The error is a sentence for people, and whether it is worth asking again.
async fn page(reader: &Reader, source: &Source, link: &str) -> Result<Extracted, (Got, String)> {
    let never = |why: String| (Got::Never, why);
    let url = Url::parse(link).map_err(|error| never(format!("its address cannot be read: {error}")))?;
    // Without its secret the feed itself would not have been asked.
    let authorization = request::authorization(source).map_err(|error| never(error.to_string()))?;
    let request = FetchRequest { has_place: true, ..request::request(source, url, Validators::default(), authorization) };
    let fetched = reader.fetch.fetch(request).await;
    let answer = fetched.result.map_err(|error| match error {
        FetchError::Refused(_) | FetchError::Redirects(_) | FetchError::Body(_) => never(error.to_string()),
        FetchError::Unreachable(_) | FetchError::Limit(_) | FetchError::HeldBack(_) => (Got::Later, error.to_string()),
    })?;
    if answer.status != 200 {
        let got = if matches!(answer.status, 408 | 425 | 429 | 500..=599) { Got::Later } else { Got::Never };
        return Err((got, format!("the page answered {}", answer.status)));
    }
    let selector = source.selector.clone();
    let read = at_work(&reader.parsers, move || {
        let Answer { body, content_type, url, .. } = answer;
        extract(&body, content_type.as_deref(), &url, selector.as_deref())
    });
    match read.await {
        Some(found) => found.map_err(|error| never(error.to_string())),
        None => Err(never("reading the page failed inside feedmill; please report its address".into())),
    }
}
