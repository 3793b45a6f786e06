//! The disk in the test's hand: a store that can be full.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use feedmill::model::{Article, ArticleId, Holder, Instant, Original, PollPlan, Reject, Sighting, SourceName, SourceState};
use feedmill::store::{Leased, Place, Record, Replacement, SledOptions, SledStore, Store, StoreError, Told, Totals};

/// The store on a disk that is full while it is told so.
pub struct Disk {
    inner: SledStore,
    is_full: Arc<AtomicBool>,
}

impl Disk {
    /// Opens the store there.
    pub fn open(folder: &Path, is_full: &Arc<AtomicBool>) -> Self {
        let options = SledOptions { spare_bytes: 1024 * 1024, ..SledOptions::default() };
        Self { inner: SledStore::open(folder, options).unwrap(), is_full: Arc::clone(is_full) }
    }

    fn room(&self) -> Result<&SledStore, StoreError> {
        if self.is_full.load(Ordering::Relaxed) { Err(StoreError::Full("the disk is full".into())) } else { Ok(&self.inner) }
    }
}

impl Store for Disk {
    fn lease(&self, sources: &[SourceName], holder: Holder, now: Instant, until: Instant) -> Result<Leased, StoreError> {
        self.inner.lease(sources, holder, now, until)
    }

    fn give_back(&self, sources: &[SourceName], holder: Holder) -> Result<(), StoreError> {
        self.inner.give_back(sources, holder)
    }

    fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        self.inner.source_states()
    }

    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        self.inner.source_state(source)
    }

    fn sightings(&self, source: &SourceName, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        self.inner.sightings(source, ids)
    }

    fn find_sighting(&self, id: ArticleId) -> Result<Option<Sighting>, StoreError> {
        self.inner.find_sighting(id)
    }

    fn apply(&self, plans: &[PollPlan]) -> Result<(), StoreError> {
        self.room()?.apply(plans)
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.inner.article(id)
    }

    fn original(&self, id: ArticleId) -> Result<Option<Original>, StoreError> {
        self.inner.original(id)
    }

    fn replace(&self, articles: &[Replacement]) -> Result<usize, StoreError> {
        self.room()?.replace(articles)
    }

    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        self.inner.newest(source, before, limit)
    }

    fn arrived(&self, source: Option<&SourceName>, numbers: Range<u64>) -> Result<Vec<(u64, Article)>, StoreError> {
        self.inner.arrived(source, numbers)
    }

    fn next_arrival(&self, source: Option<&SourceName>) -> Result<u64, StoreError> {
        self.inner.next_arrival(source)
    }

    fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        self.inner.rejects(source)
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        self.inner.totals()
    }

    fn expire(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        self.room()?.expire(source, before, limit)
    }

    fn expire_beyond(&self, source: Option<&SourceName>, keep: u64, limit: usize) -> Result<usize, StoreError> {
        self.room()?.expire_beyond(source, keep, limit)
    }

    fn tidy(&self) -> Result<Option<String>, StoreError> {
        self.room()?.tidy()
    }

    fn verify_told(&self, told: Told<'_>) -> Result<Vec<String>, StoreError> {
        self.inner.verify_told(told)
    }

    fn export(&self, sink: &mut dyn FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.inner.export(sink)
    }

    fn import(&self, records: &[Record]) -> Result<(), StoreError> {
        self.room()?.import(records)
    }
}
