//! What all answers are made from.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use super::cache::Cache;
use super::metrics::Metrics;
use super::rendered::Rendered;
use super::troubles::{self, Event, Journal};
use crate::clock::Clock;
use crate::config::Config;
use crate::publish::chinese::Converter;
use crate::search::Search;
use crate::store::{Store, StoreError};

/// Answers that are made from the store at the same time; the others wait.
const RENDERS_AT_ONCE_MAX: usize = 4;

/// Shared by all handlers; clones are the same state. It starts without a store: before that is open, what an earlier process rendered is
/// served, or 503 (P20).
#[derive(Clone)]
pub struct WebState(Arc<Inner>);

struct Inner {
    config: Arc<ArcSwap<Config>>,
    clock: Arc<dyn Clock>,
    store: OnceLock<Arc<dyn Store>>,
    rendered: ArcSwap<Rendered>,
    cache: Cache,
    renders: Semaphore,
    trouble: AtomicBool,
    metrics: Arc<Metrics>,
    converter: Arc<Converter>,
    search: OnceLock<Arc<Search>>,
    troubles: Mutex<(u64, Journal)>,
}

impl WebState {
    /// A server without a store and without views.
    #[must_use]
    pub fn new(config: Arc<ArcSwap<Config>>, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Inner {
            config,
            clock,
            store: OnceLock::new(),
            rendered: ArcSwap::from_pointee(Rendered::default()),
            cache: Cache::default(),
            renders: Semaphore::new(RENDERS_AT_ONCE_MAX),
            trouble: AtomicBool::new(false),
            metrics,
            converter: Arc::default(),
            search: OnceLock::new(),
            troubles: Mutex::default(),
        }))
    }

    /// Gives it the open store. A second call changes nothing.
    pub fn open(&self, store: Arc<dyn Store>) {
        let _ = self.0.store.set(store);
    }

    /// Gives it the index that follows the store. A second call changes nothing.
    pub fn open_search(&self, search: Arc<Search>) {
        let _ = self.0.search.set(search);
    }

    /// What articles are found with, once it is there and while feeds.toml does not switch it off.
    #[must_use]
    pub fn search(&self) -> Option<Arc<Search>> {
        self.0.search.get().filter(|_| self.config().search.enabled).cloned()
    }

    /// Whether the index finds all articles: then parts of views reach further back.
    #[must_use]
    pub fn can_find(&self) -> bool {
        self.search().is_some_and(|search| search.progress().complete)
    }

    fn journal(&self) -> MutexGuard<'_, (u64, Journal)> {
        self.0.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over the journal of troubles of an earlier process.
    pub fn open_journal(&self, journal: Journal) {
        *self.journal() = (1, journal);
    }

    /// Looks at how the sources are, and notes what began and what is over; the journal, where that is anything. Blocks.
    ///
    /// # Errors
    /// Those of the store.
    pub fn look_for_troubles(&self, store: &dyn Store) -> Result<Option<Journal>, StoreError> {
        let mut states = Vec::new();
        store.each_state(&mut |state| {
            if troubles::is_in_trouble(&state) {
                states.push(state);
            }
        })?;
        let found = troubles::current(&self.config(), &states, self.in_trouble());
        let mut journal = self.journal();
        if !journal.1.note(&found, self.clock().now()) {
            return Ok(None);
        }
        journal.0 += 1;
        Ok(Some(journal.1.clone()))
    }

    /// What happened, the newest first, and a number that changes with it.
    #[must_use]
    pub fn troubles(&self) -> (u64, Vec<Event>) {
        let journal = self.journal();
        (journal.0, journal.1.events().cloned().collect())
    }

    /// Swaps in newly rendered views. The first ones that were made from the store make the server ready.
    pub fn publish(&self, rendered: Rendered) {
        self.0.rendered.store(Arc::new(rendered));
    }

    /// The views in force.
    #[must_use]
    pub fn rendered(&self) -> Arc<Rendered> {
        self.0.rendered.load_full()
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.0.config.load_full()
    }

    /// The store, once it is open.
    #[must_use]
    pub fn store(&self) -> Option<Arc<dyn Store>> {
        self.0.store.get().cloned()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Who shows Chinese in the way that is asked for.
    #[must_use]
    pub fn converter(&self) -> Arc<Converter> {
        Arc::clone(&self.0.converter)
    }

    /// Whether readers get what the store holds (`/readyz`).
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.store.get().is_some() && self.0.rendered.load().from_store
    }

    /// Something needs a person: `/healthz` is red from now on. What it is, the caller tells the log.
    pub fn report_trouble(&self) {
        self.0.trouble.store(true, Ordering::Relaxed);
    }

    /// Whether something needs a person.
    #[must_use]
    pub fn in_trouble(&self) -> bool {
        self.0.trouble.load(Ordering::Relaxed)
    }

    /// What was made on request and may be used again.
    pub(super) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// Bounds the answers that are made from the store at the same time.
    pub(super) fn renders(&self) -> &Semaphore {
        &self.0.renders
    }
}
