//! What is found, in which order.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::DateTime;
use tantivy::collector::{Count, TopDocs};
use tantivy::columnar::Column;
use tantivy::{DocAddress, DocId, Order, Searcher, SegmentOrdinal, SegmentReader};

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
    pub sources: &'a [Arc<Source>],
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
        self.rest.is_read();
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
    // Opening a column reads its outline, which is long where there are many articles: once for a segment.
    let mut columns: HashMap<SegmentOrdinal, Columns> = HashMap::new();
    let mut found = Vec::with_capacity(places.len());
    for at in places {
        let columns = match columns.entry(at.segment_ord) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(closed) => closed.insert(Columns::open(searcher.segment_reader(at.segment_ord))?),
        };
        found.extend(columns.read(at.doc_id));
    }
    Ok(found)
}

/// What is read of each result.
struct Columns {
    high: Column<u64>,
    low: Column<u64>,
    published: Column<i64>,
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        Ok(Self { high: fast.u64(ID_HIGH)?, low: fast.u64(ID_LOW)?, published: fast.i64(PUBLISHED)? })
    }

    fn read(&self, doc: DocId) -> Option<(ArticleId, Instant)> {
        let published = DateTime::from_timestamp(self.published.first(doc)?, 0).unwrap_or_default();
        Some((whole(self.high.first(doc)?, self.low.first(doc)?), published))
    }
}
