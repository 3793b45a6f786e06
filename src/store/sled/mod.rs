//! The store on disk: sled 0.34, used in the one way that was measured to survive a power cut (docs/STORE.md).
//!
//! - [`ground`]: the folder under it: lock, layout, free space.
//! - [`trees`]: the trees, and how a row is read.
//! - [`write`]: what a group of plans and an expiry change, written in one durable transaction.
//! - [`check`]: reading everything.

mod check;
mod ground;
mod trees;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use self::ground::Ground;
use self::trees::Trees;
use self::write::Counts;
use super::rows::RowError;
use super::{Place, Store, StoreError, Totals};
use crate::model::{Article, ArticleId, Instant, PollPlan, Reject, Sighting, SourceName, SourceState};

/// How a store on disk is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SledOptions {
    /// Memory for pages, in bytes.
    pub cache_bytes: u64,
    /// Space on the disk that is left free, in bytes: the store neither opens nor writes when less would be left, since sled does not
    /// bear a full disk (R3).
    pub spare_bytes: u64,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 * 1024 * 1024, spare_bytes: 64 * 1024 * 1024 }
    }
}

/// The store on disk. One process at a time has it open; dropping it closes it.
#[derive(Debug)]
pub struct SledStore {
    folder: PathBuf,
    options: SledOptions,
    /// Who writes: one at a time, with the counts that the last one left.
    writer: Mutex<Counts>,
    /// The open trees, or why they are not. Reading holds it shared, so that nobody sees half a transaction; a transaction (without the
    /// waiting for the disk) and reopening hold it alone.
    trees: RwLock<Result<Trees, StoreError>>,
    /// Held as long as this lives. The last field, so that it is let go when the trees are closed.
    _ground: Ground,
}

impl SledStore {
    /// Opens the store in `folder`, or makes a new one there. Takes about 2 s a GB.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Unusable`] when the folder cannot be made, read or written,
    /// [`StoreError::Full`] when the disk has less than `spare_bytes`, [`StoreError::Newer`] when a newer version of the program wrote it
    /// (nothing is changed then), [`StoreError::Damaged`] when it cannot be read.
    pub fn open(folder: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let ground = Ground::take(folder)?;
        ground.check_layout()?;
        ground.check_space(options.spare_bytes)?;
        ground.prepare()?;
        let trees = caught(folder, || Trees::open(folder, options))?;
        let counts = caught(folder, || write::read_counts(&trees))?;
        Ok(Self { folder: folder.to_owned(), options, writer: Mutex::new(counts), trees: RwLock::new(Ok(trees)), _ground: ground })
    }

    /// Reads: `look` sees the trees as one transaction left them.
    fn read<T>(&self, look: impl FnOnce(&Trees) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let found = {
            let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
            let trees = trees.as_ref().map_err(Clone::clone)?;
            caught(&self.folder, || look(trees))
        };
        self.remember(found)
    }

    /// After damage nothing is read or written any more, so that it is not made worse: the store must be opened anew.
    fn remember<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(why @ (StoreError::Damaged(_) | StoreError::Newer(_))) = &result {
            let mut trees = self.trees.write().unwrap_or_else(PoisonError::into_inner);
            if trees.is_ok() {
                *trees = Err(why.clone());
            }
        }
        result
    }
}

impl Store for SledStore {
    fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        self.read(Trees::states)
    }

    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        self.read(|trees| trees.state(source))
    }

    fn sightings(&self, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        self.read(|trees| ids.iter().map(|id| Ok(trees.entry(*id)?.and_then(|row| row.sighting))).collect())
    }

    fn apply(&self, plans: &[PollPlan]) -> Result<(), StoreError> {
        self.write_plans(plans)
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.read(|trees| trees.article(id))
    }

    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        self.read(|trees| match source {
            Some(source) => trees.newest_of(source, before, limit),
            None => trees.newest(before, limit),
        })
    }

    fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        self.read(|trees| trees.rejects(source))
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        let counts = *self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.read(|trees| {
            let disk_bytes = ground::folder_bytes(&self.folder)?;
            Ok(Totals { articles: counts.articles, sightings: counts.sightings, sources: trees.states.len() as u64, disk_bytes })
        })
    }

    fn expire(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        self.expire_articles(source, before, limit)
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.check_everything()
    }
}

/// Runs `inside` and turns a panic of sled, which it has on damaged files, into [`StoreError::Damaged`].
fn caught<T>(folder: &Path, inside: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    // What is left half-done by a panic is not used any more: the store stays closed after it.
    catch_unwind(AssertUnwindSafe(inside)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(damaged(folder, text.unwrap_or("sled panicked")))
    })
}

fn damaged(folder: &Path, why: &str) -> StoreError {
    StoreError::Damaged(format!(
        "the store in {} is damaged ({why}); restore the last snapshot with `feedmill restore`, the damaged folder is kept beside it",
        folder.display()
    ))
}

/// What a failing row means for the store.
fn row_failed(folder: &Path, why: RowError) -> StoreError {
    match why {
        RowError::Newer(_) => StoreError::Newer(format!("the store in {}: {why}; update feedmill", folder.display())),
        RowError::Broken(why) => damaged(folder, &why),
    }
}

/// What a failing call of sled means for the store.
fn sled_failed(folder: &Path, why: &::sled::Error) -> StoreError {
    match why {
        ::sled::Error::Io(why) => ground::io_failed(folder, "read or write", why),
        other => damaged(folder, &other.to_string()),
    }
}

#[cfg(test)]
mod tests;
