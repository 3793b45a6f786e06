//! What is found, in which order.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::DateTime;
use tantivy::collector::{Count, TopDocs};
use tantivy::{DocAddress, Order, Searcher};

use super::best::Best;
use super::compile::Compiler;
use super::fields::{ID_HIGH, ID_LOW, PUBLISHED, whole};
use super::folder::{Opened, fault};
use super::query::{Query, Sort};
use super::{Search, SearchError};
use crate::model::{ArticleId, Instant, Source};

/// Results that can be paged through: who wants more asks more closely.
pub const RESULTS_MAX: usize = 1_000;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The query.
    pub query: &'a Query,
    /// The sources of feeds.toml, for their categories and tags.
    pub sources: &'a [Source],
    /// The order, where the query does not say one. None: by relevance where there are words.
    pub sort: Option<Sort>,
    /// Results left out, of earlier pages.
    pub skip: usize,
    /// Results at most.
    pub limit: usize,
}

impl Wanted<'_> {
    /// The order in which results come.
    #[must_use]
    pub fn order(&self) -> Sort {
        self.query.sort.or(self.sort).unwrap_or(if self.query.has_words() { Sort::Relevance } else { Sort::Date })
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many there are in all.
    pub total: usize,
    /// Those asked for, in order. Some may have left the store a moment ago.
    pub ids: Vec<(ArticleId, Instant)>,
}

impl Search {
    /// The same in the order of a feed, whatever the query says.
    ///
    /// # Errors
    /// Those of [`Search::find`].
    pub fn find_newest(&self, wanted: &Wanted<'_>) -> Result<Found, SearchError> {
        let query = Query { sort: Some(Sort::Date), ..wanted.query.clone() };
        self.find(&Wanted { query: &query, ..*wanted })
    }

    /// Finds articles. Blocks; bounded by [`RESULTS_MAX`] and the bounds of a query.
    ///
    /// # Errors
    /// [`SearchError::NotReady`] before it was opened, [`SearchError::Query`] where the query has too many words, [`SearchError::Damaged`]:
    /// the index is made anew by the next [`Search::follow`].
    pub fn find(&self, wanted: &Wanted<'_>) -> Result<Found, SearchError> {
        let opened = self.opened().ok_or(SearchError::NotReady)?;
        let asked = Compiler::new(opened.fields, self.splitter(), &self.vocabulary, wanted.sources).compile(wanted.query)?;
        // What is damaged after it was checked can make it stumble in any way.
        let found = catch_unwind(AssertUnwindSafe(|| ask(&opened, &*asked, wanted)));
        let found = match found {
            Ok(found) => found.map_err(|error| fault(&self.folder, &error)),
            Err(_) => Err(self.damage("reading it failed in an unforeseen way")),
        };
        if matches!(found, Err(SearchError::Damaged { .. })) {
            self.report_damage();
        }
        found
    }
}

fn ask(opened: &Opened, asked: &dyn tantivy::query::Query, wanted: &Wanted<'_>) -> tantivy::Result<Found> {
    let searcher = opened.reader.searcher();
    let skip = wanted.skip.min(RESULTS_MAX);
    let limit = wanted.limit.min(RESULTS_MAX - skip);
    if limit == 0 {
        return Ok(Found { total: searcher.search(asked, &Count)?, ids: Vec::new() });
    }
    let (total, places): (usize, Vec<DocAddress>) = match wanted.order() {
        Sort::Date => {
            let top = TopDocs::with_limit(limit).and_offset(skip);
            let (total, found) = searcher.search(asked, &(Count, top.order_by_fast_field::<i64>(PUBLISHED, Order::Desc)))?;
            (total, found.into_iter().map(|(_, at)| at).collect())
        }
        Sort::Relevance => {
            let (total, mut best) = searcher.search(asked, &Best { limit: skip + limit })?;
            best.drain(..skip.min(best.len()));
            (total, best)
        }
    };
    Ok(Found { total, ids: ids(&searcher, &places)? })
}

fn ids(searcher: &Searcher, places: &[DocAddress]) -> tantivy::Result<Vec<(ArticleId, Instant)>> {
    let mut found = Vec::with_capacity(places.len());
    for at in places {
        let fast = searcher.segment_reader(at.segment_ord).fast_fields();
        let (high, low, published) = (fast.u64(ID_HIGH)?, fast.u64(ID_LOW)?, fast.i64(PUBLISHED)?);
        if let (Some(high), Some(low), Some(published)) = (high.first(at.doc_id), low.first(at.doc_id), published.first(at.doc_id)) {
            found.push((whole(high, low), DateTime::from_timestamp(published, 0).unwrap_or_default()));
        }
    }
    Ok(found)
}
