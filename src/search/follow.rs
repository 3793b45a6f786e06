//! The index follows the store: what arrived is taken in, in steps; what was revised is replaced; what expired goes.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic;

use tantivy::collector::TopDocs;
use tantivy::indexer::IndexWriter;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, TantivyDocument};

use super::fields::{ID_HIGH, ID_LOW, STAMP, stamp, whole};
use super::folder::{Mark, Opened, fault};
use super::{Progress, Search, SearchError, lock};
use crate::model::ArticleId;
use crate::store::{Store, scan_arrivals};

/// Arrivals read from the store at once.
const STEP_ARRIVALS: u64 = 256;

/// Articles after which what is taken in is written down: so much is done again after a kill.
const COMMIT_ARTICLES: u64 = 10_000;

/// Bytes of text likewise.
const COMMIT_TEXT_BYTES: usize = 64 * 1024 * 1024;

/// Of the newest articles so many are compared with the store when the index is opened: a revision may have come without us.
const LOOKED_AT_MAX: u64 = 2_000;

/// Ids asked about at once.
const ASKED_IDS: usize = 2_000;

/// Times that an index is made anew in one go before it is left as it is.
const ANEW_MAX: u32 = 2;

impl Search {
    /// Brings the index up to the store. Blocks; one at a time does it. `go_on` hears of the progress after every step and says whether to
    /// go on; what was taken in until the last commit stays.
    ///
    /// # Errors
    /// [`SearchError::Unusable`] and [`SearchError::Store`]: try again later. Damage is mended on the way.
    pub fn follow(&self, store: &dyn Store, go_on: &mut dyn FnMut(Progress) -> bool) -> Result<(), SearchError> {
        let _alone = lock(&self.following);
        let mut anew = 0;
        loop {
            let done = catch_unwind(AssertUnwindSafe(|| self.catch_up(store, go_on, anew < ANEW_MAX)));
            let done = done.unwrap_or_else(|_| Err(self.damage("reading it failed in an unforeseen way")));
            match done {
                Err(SearchError::Damaged { folder, why }) if anew < ANEW_MAX => {
                    tracing::warn!("the index for searching in {folder} is made anew: {why}");
                    self.set_opened(None);
                    self.report_damage();
                    anew += 1;
                }
                Err(error) => {
                    // Whatever state the writer left: the next time it is opened and checked.
                    self.set_opened(None);
                    return Err(error);
                }
                Ok(()) => return Ok(()),
            }
        }
    }

    pub(super) fn damage(&self, why: &str) -> SearchError {
        SearchError::Damaged { folder: self.folder.display().to_string(), why: why.to_owned() }
    }

    fn catch_up(&self, store: &dyn Store, go_on: &mut dyn FnMut(Progress) -> bool, may_doubt: bool) -> Result<(), SearchError> {
        let (opened, mut mark, is_new) = self.open()?;
        let end = store.next_arrival(None)?;
        if mark.next > end {
            return Err(self.damage("it knows more than the store, which was restored"));
        }
        if is_new {
            self.rest.is_read();
        }
        self.set_opened(Some(Arc::clone(&opened)));
        self.tell(&opened, mark, end, false);
        if is_new && mark.next > 0 {
            self.look_at(store, &opened, mark.next.saturating_sub(LOOKED_AT_MAX)..mark.next)?;
        }
        // Taken before the store is read: what is doubted from now on is looked at by the next round.
        let doubted = lock(&self.doubted).take();
        if let Some(doubted) = doubted {
            self.look_at(store, &opened, doubted.start..doubted.end.min(mark.next))?;
        }
        if mark.next < end {
            if end - mark.next > COMMIT_ARTICLES {
                tracing::info!(articles = end - mark.next, "taking articles into the index for searching");
            }
            let whole = self.take_in(store, &opened, &mut mark, end, go_on)?;
            if !whole {
                return Ok(());
            }
        }
        self.replace_revised(store, &opened, mark)?;
        if self.difference(store, &opened, mark)? != Ordering::Equal {
            self.remove_expired(store, &opened, mark)?;
            // More than the store has: it goes on removing, and so does the next time. Fewer cannot be.
            if may_doubt && self.difference(store, &opened, mark)? == Ordering::Less {
                return Err(self.damage("articles of the store are missing in it"));
            }
        }
        self.tell(&opened, mark, end, true);
        Ok(())
    }

    /// The index that is open, or that of the folder, or an empty one. The last value: it was not open before.
    fn open(&self) -> Result<(Arc<Opened>, Mark, bool), SearchError> {
        let is_damaged = self.damaged.swap(false, atomic::Ordering::AcqRel);
        if let Some(opened) = self.opened().filter(|_| !is_damaged) {
            let mark = Mark { next: self.progress().taken };
            return Ok((opened, mark, false));
        }
        if !is_damaged && self.folder.is_dir() {
            match Opened::open(&self.folder, &self.splitter, &self.vocabulary) {
                Ok((opened, mark)) => return Ok((Arc::new(opened), mark, true)),
                Err(SearchError::Damaged { folder, why }) => tracing::warn!("the index for searching in {folder} is made anew: {why}"),
                Err(error) => return Err(error),
            }
        }
        self.set_opened(None);
        *lock(&self.progress) = Progress::default();
        let (opened, mark) = Opened::create(&self.folder, &self.splitter, &self.vocabulary)?;
        Ok((Arc::new(opened), mark, true))
    }

    fn tell(&self, opened: &Opened, mark: Mark, arrived: u64, complete: bool) -> Progress {
        let mut progress = lock(&self.progress);
        let articles = opened.reader.searcher().num_docs();
        self.version.fetch_add(1, atomic::Ordering::AcqRel);
        *progress = Progress { articles, taken: mark.next, arrived, complete: complete || progress.complete };
        *progress
    }

    fn fault(&self, error: &tantivy::TantivyError) -> SearchError {
        fault(&self.folder, error)
    }

    /// Takes in what arrived from the mark up to `end`; false where it was told to stop.
    fn take_in(
        &self,
        store: &dyn Store,
        opened: &Opened,
        mark: &mut Mark,
        end: u64,
        go_on: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<bool, SearchError> {
        let mut writer = opened.writer(end - mark.next).map_err(|error| self.fault(&error))?;
        let (mut text_bytes, mut articles, mut next) = (0, 0, mark.next);
        while next < end {
            let step = next..end.min(next + STEP_ARRIVALS);
            for (_, article) in store.arrived(None, step.clone())? {
                let (document, bytes) = opened.fields.document(&article);
                writer.add_document(document).map_err(|error| self.fault(&error))?;
                text_bytes += bytes;
                articles += 1;
            }
            next = step.end;
            if articles >= COMMIT_ARTICLES || text_bytes >= COMMIT_TEXT_BYTES || next == end {
                *mark = Mark { next };
                self.commit(opened, &mut writer, *mark)?;
                (text_bytes, articles) = (0, 0);
            }
            let progress = self.tell(opened, *mark, end, false);
            if next < end && !go_on(Progress { taken: next, ..progress }) {
                return Ok(false);
            }
        }
        // Pieces are brought together before the writer goes: many small ones make the search slow.
        writer.wait_merging_threads().map_err(|error| self.fault(&error))?;
        opened.reload().map_err(|error| self.fault(&error))?;
        Ok(true)
    }

    fn commit(&self, opened: &Opened, writer: &mut IndexWriter<TantivyDocument>, mark: Mark) -> Result<(), SearchError> {
        self.rest.is_read();
        let committed = (|| {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&mark.text());
            prepared.commit()?;
            opened.reload()
        })();
        committed.map_err(|error| self.fault(&error))
    }

    /// Articles of these arrivals that are otherwise in the store are noted as revised.
    fn look_at(&self, store: &dyn Store, opened: &Opened, arrivals: Range<u64>) -> Result<(), SearchError> {
        let searcher = opened.reader.searcher();
        let mut revised = Vec::new();
        scan_arrivals(store, arrivals, |article| {
            if self.stamp_of(&searcher, opened, article.id)?.is_some_and(|known| known != stamp(&article)) {
                revised.push(article.id);
            }
            Ok::<_, SearchError>(())
        })?;
        self.revised(revised);
        Ok(())
    }

    /// The stamp of the document of an article, where it has one.
    fn stamp_of(&self, searcher: &Searcher, opened: &Opened, id: ArticleId) -> Result<Option<u64>, SearchError> {
        let query = TermQuery::new(opened.fields.of(id), IndexRecordOption::Basic);
        let read = || {
            let found = searcher.search(&query, &TopDocs::with_limit(1).order_by_score())?;
            let Some((_, at)) = found.first() else { return Ok(None) };
            let column = searcher.segment_reader(at.segment_ord).fast_fields().u64(STAMP)?;
            Ok(column.first(at.doc_id))
        };
        read().map_err(|error: tantivy::TantivyError| self.fault(&error))
    }

    fn replace_revised(&self, store: &dyn Store, opened: &Opened, mark: Mark) -> Result<(), SearchError> {
        let waiting: HashSet<ArticleId> = std::mem::take(&mut *lock(&self.revised));
        let searcher = opened.reader.searcher();
        let mut writer = None;
        for id in waiting {
            // What is not in it has expired, or arrived later than the mark and is read then.
            let Some(known) = self.stamp_of(&searcher, opened, id)? else { continue };
            let Some(article) = store.article(id)? else { continue };
            if known == stamp(&article) {
                continue;
            }
            let writer = match &mut writer {
                Some(writer) => writer,
                none => none.insert(opened.writer(0).map_err(|error| self.fault(&error))?),
            };
            writer.delete_term(opened.fields.of(id));
            writer.add_document(opened.fields.document(&article).0).map_err(|error| self.fault(&error))?;
        }
        self.end(opened, writer, mark)
    }

    fn end(&self, opened: &Opened, writer: Option<IndexWriter<TantivyDocument>>, mark: Mark) -> Result<(), SearchError> {
        let Some(mut writer) = writer else { return Ok(()) };
        self.commit(opened, &mut writer, mark)?;
        writer.wait_merging_threads().map_err(|error| self.fault(&error))?;
        opened.reload().map_err(|error| self.fault(&error))
    }

    /// Whether the index, which has taken in all that arrived, holds more or fewer articles than the store.
    fn difference(&self, store: &dyn Store, opened: &Opened, mark: Mark) -> Result<Ordering, SearchError> {
        let articles = store.totals()?.articles;
        // Whatever arrives meanwhile is counted by the store only.
        let nothing_new = store.next_arrival(None)? == mark.next;
        Ok(if nothing_new { opened.reader.searcher().num_docs().cmp(&articles) } else { Ordering::Equal })
    }

    /// Removes what the store no longer holds.
    fn remove_expired(&self, store: &dyn Store, opened: &Opened, mark: Mark) -> Result<(), SearchError> {
        let mut ids = self.all_ids(opened)?;
        // The store looks up what stands close to each other in one go.
        ids.sort_unstable();
        let mut writer = None;
        for asked in ids.chunks(ASKED_IDS) {
            for (id, held) in asked.iter().zip(store.holds(asked)?) {
                if !held {
                    let writer: &mut IndexWriter<TantivyDocument> = match &mut writer {
                        Some(writer) => writer,
                        none => none.insert(opened.writer(0).map_err(|error| self.fault(&error))?),
                    };
                    writer.delete_term(opened.fields.of(*id));
                }
            }
        }
        self.end(opened, writer, mark)
    }

    fn all_ids(&self, opened: &Opened) -> Result<Vec<ArticleId>, SearchError> {
        let searcher = opened.reader.searcher();
        let mut ids = Vec::new();
        for segment in searcher.segment_readers() {
            let fast = segment.fast_fields();
            let columns = fast.u64(ID_HIGH).and_then(|high| Ok((high, fast.u64(ID_LOW)?)));
            let (high, low) = columns.map_err(|error| self.fault(&error))?;
            let id = |doc| Some(whole(high.first(doc)?, low.first(doc)?));
            ids.extend(segment.doc_ids_alive().filter_map(id));
        }
        Ok(ids)
    }
}
