//! Full text over all articles.
//!
//! | file | what |
//! | --- | --- |
//! | [`query`] | what people write, read and checked |
//! | [`terms`] | text to terms |
//! | `fields` | what the index knows of an article |
//! | `vocabulary` | the Chinese words in it, for looking inside of them |
//! | `compile` | a query as the index is asked |
//! | `folder` | the index on disk: opened, checked, thrown away |
//! | `follow` | it follows the store |
//! | `find`, `answer` | what is found, in which order; read from the store |
//! | [`marks`] | where in a text the words stand, and the part of it that shows them |
//!
//! The store is the truth, and the index, in `data/search`, is made of nothing else: it holds the number of arrival up to which it has
//! taken articles in, with each commit, and goes on there. When it is missing, damaged, of another version, or knows more than the store, it
//! is made anew, off the path of the polls. Bounds: memory of a writer, articles of a step, terms of a query, results of a page.

mod answer;
mod best;
mod compile;
mod fields;
mod find;
mod folder;
mod follow;
pub mod marks;
pub mod query;
mod rest;
pub mod terms;
mod vocabulary;

use std::collections::HashSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use answer::{Answer, AnswerLine, Hit, HitLine};
pub use find::{Found, RESULTS_MAX, Wanted};
pub use marks::Marker;
pub use query::{Mistake, Query, QueryError, Sort};

use crate::model::ArticleId;
use crate::pipeline::dictionary::Dictionary;
use crate::store::StoreError;
use folder::Opened;
use terms::Splitter;
use vocabulary::Vocabulary;

/// The folder of the index in the data folder.
pub const FOLDER: &str = "search";

/// Articles whose revisions wait to be taken in; beyond them the next start finds those that arrived last.
const REVISED_MAX: usize = 100_000;

/// The index of all articles: asked by many, made by one at a time.
#[derive(Debug)]
pub struct Search {
    folder: PathBuf,
    splitter: Splitter,
    vocabulary: Arc<Vocabulary>,
    opened: RwLock<Option<Arc<Opened>>>,
    progress: Mutex<Progress>,
    revised: Mutex<HashSet<ArticleId>>,
    /// Arrivals whose articles may have been made again: the next round compares them with the store.
    doubted: Mutex<Option<Range<u64>>>,
    /// Counts what changed what is found.
    version: AtomicU64,
    /// One at a time follows the store.
    following: Mutex<()>,
    /// Something in it could not be read: it is to be made anew.
    damaged: AtomicBool,
    /// When it was last read.
    rest: rest::Rest,
}

/// How far the index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Articles in it.
    pub articles: u64,
    /// Arrivals taken in.
    pub taken: u64,
    /// Arrivals there are, as far as is known.
    pub arrived: u64,
    /// It has been complete once since it was opened: what is missing are the newest.
    pub complete: bool,
}

impl Progress {
    /// How much of the work is done, in percent.
    #[must_use]
    pub fn percent(&self) -> u64 {
        (self.taken * 100).checked_div(self.arrived).map_or(100, |percent| percent.min(100))
    }
}

/// Why the index did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SearchError {
    /// feeds.toml says so.
    #[error("the search is switched off; set enabled = true in [search] of feeds.toml")]
    Off,
    /// It has not been opened yet, or is being made anew.
    #[error("the index for searching is being made; try again in a moment")]
    NotReady,
    /// The query is wrong.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// It is damaged, and will be made anew.
    #[error("the index for searching in {folder} is damaged and is made anew: {why}")]
    Damaged {
        /// Where.
        folder: String,
        /// What was found.
        why: String,
    },
    /// The system refused.
    #[error("the index for searching in {folder} cannot be used: {why}")]
    Unusable {
        /// Where.
        folder: String,
        /// What it said.
        why: String,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Search {
    /// The index in the folder `data/search`; nothing is read before [`Search::follow`].
    #[must_use]
    pub fn new(data: &std::path::Path, dictionary: Arc<Dictionary>) -> Self {
        Self {
            folder: data.join(FOLDER),
            splitter: Splitter::new(dictionary),
            vocabulary: Arc::default(),
            opened: RwLock::default(),
            progress: Mutex::default(),
            revised: Mutex::default(),
            doubted: Mutex::default(),
            version: AtomicU64::new(0),
            following: Mutex::default(),
            damaged: AtomicBool::new(false),
            rest: rest::Rest::default(),
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        *lock(&self.progress)
    }

    /// What changes with every commit: answers made before are old.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// These articles, known already, may have been revised: the next [`Search::follow`] takes them in anew.
    pub fn revised(&self, ids: impl IntoIterator<Item = ArticleId>) {
        let mut waiting = lock(&self.revised);
        let room = REVISED_MAX.saturating_sub(waiting.len());
        waiting.extend(ids.into_iter().take(room));
    }

    /// The articles of these arrivals may have been made again: the next [`Search::follow`] compares them with the store.
    pub fn doubt(&self, arrivals: Range<u64>) {
        let mut doubted = lock(&self.doubted);
        *doubted = Some(match doubted.take() {
            Some(before) => before.start.min(arrivals.start)..before.end.max(arrivals.end),
            None => arrivals,
        });
    }

    /// How texts are cut, for marking what was found.
    #[must_use]
    pub fn splitter(&self) -> &Splitter {
        &self.splitter
    }

    fn opened(&self) -> Option<Arc<Opened>> {
        self.opened.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_opened(&self, opened: Option<Arc<Opened>>) {
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = opened;
    }

    fn report_damage(&self) {
        self.damaged.store(true, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
