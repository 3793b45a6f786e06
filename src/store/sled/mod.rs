//! The store on disk: sled 0.34, used in the one way that was measured to survive a power cut (docs/STORE.md).
//!
//! - [`ground`]: the folder under it: lock, layout, free space.
//! - [`seal`]: what must be there, kept outside sled.
//! - [`trees`]: the trees, and how a row is read.
//! - [`leaves`]: small records, many to a row. [`books`], [`index`]: what is kept so. [`recent`]: what they do not have yet; [`taking`]: how they get
//!   it; [`filter`]: what
//!   need not be looked for.
//! - [`articles`], [`shipment`]: articles in packs, read and written. [`recall`]: those read a moment ago.
//! - [`mod@write`], [`session`]: what a group of plans changes, written in one durable transaction. [`room`]: where new packs go.
//! - [`expire`]: what is old goes.
//! - [`check`], [`export`]: reading everything.
//! - [`compact`]: giving space back.
//! - [`layout1`]: stores of the layout before this one.
//! - [`recover`]: setting a damaged store aside and restoring the last snapshot.

mod articles;
mod at_hand;
mod books;
mod check;
mod compact;
mod expire;
mod export;
mod filter;
mod ground;
mod index;
mod layout1;
mod leaves;
mod packing;
mod recall;
mod recent;
mod recover;
mod room;
mod seal;
mod session;
mod shipment;
mod states;
mod sweep;
mod taking;
mod trees;
mod write;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use self::recover::{Recovered, open_or_recover, restore};

use self::ground::Ground;
use self::seal::Counts;
use self::trees::Trees;
use super::lease::{Leased, Leases};
use super::rows::RowError;
use super::rows::pool::Pool;
use super::told::nobody;
use super::{Place, Record, Replacement, Store, StoreError, Told, Totals, disk};
use crate::model::{Article, ArticleId, Holder, Instant, Original, PollPlan, Reject, Sighting, SourceName, SourceState};

/// How a store on disk is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SledOptions {
    /// Memory for pages, in bytes. sled holds some tens of MB more while much is written: it lets go of a page only after 64 further accesses
    /// in each of 256 lists.
    pub cache_bytes: u64,
    /// Space on the disk that is left free, in bytes: the store neither opens nor writes when less would be left, since sled does not
    /// bear a full disk (R3).
    pub spare_bytes: u64,
    /// Articles of which the order is kept in memory at least, before the trees take it in.
    pub recent_articles: u64,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self { cache_bytes: 8 * 1024 * 1024, spare_bytes: 64 * 1024 * 1024, recent_articles: 32 * 1024 }
    }
}

/// Layouts that are taken over in place: in the first, the trees of the sources had everything that later is in memory too; in the second, the bodies
/// of articles stood within their JSON, in the third the states of sources were JSON, and both are still read; until the fifth each state was a row of its own. Older programs would not see, or not
/// read, what is written from then on.
const TAKEN_OVER: std::ops::RangeInclusive<u32> = 2..=5;

/// The store on disk. One process at a time has it open; dropping it closes it.
#[derive(Debug)]
pub struct SledStore {
    options: SledOptions,
    /// Who writes: one at a time.
    writer: Mutex<()>,
    /// The open trees, or why they are not. Reading holds it shared, so that nobody sees half a transaction; a transaction (without the
    /// waiting for the disk) and reopening hold it alone.
    trees: RwLock<Result<Trees, StoreError>>,
    pool: Arc<Pool>,
    /// In memory only: no other process can have the store open, and a process that has ended polls nothing.
    leases: Mutex<Leases>,
    /// Held as long as this lives. The last field, so that it is let go when the trees are closed.
    ground: Ground,
}

impl SledStore {
    /// Opens the store in `folder`, or makes a new one there. Takes about 2 s a GB.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Unusable`] when the folder cannot be made, read or written,
    /// [`StoreError::Full`] when the disk has less than `spare_bytes`, [`StoreError::Newer`] when a newer version of the program wrote it
    /// (nothing is changed then), [`StoreError::Damaged`] when it cannot be read or something that was acknowledged is missing.
    pub fn open(folder: &Path, options: SledOptions) -> Result<Self, StoreError> {
        Self::on(Ground::take(folder)?, options)
    }

    fn on(ground: Ground, options: SledOptions) -> Result<Self, StoreError> {
        let folder = ground.folder().to_owned();
        let layout = ground.check_layout()?;
        if layout == Some(layout1::LAYOUT) {
            layout1::migrate(&ground, options)?;
        }
        let pool = Arc::new(Pool::default());
        let trees = open_trees(&ground, options, &pool)?;
        let suspicion = trees.suspicion.clone();
        let store = Self { options, writer: Mutex::new(()), trees: RwLock::new(Ok(trees)), pool, leases: Mutex::default(), ground };
        if let Some(suspicion) = suspicion {
            tracing::warn!("the store in {} is read through because {suspicion}", folder.display());
            if let Some(finding) = store.check_everything(&mut nobody)?.into_iter().next() {
                return store.remember(Err(damaged(&folder, &format!("{suspicion}, and {finding}"))));
            }
            // Once is enough.
            store.read(Trees::write_seal)?;
        }
        if layout.is_some_and(|layout| TAKEN_OVER.contains(&layout)) {
            store.take_in_all()?;
            store.take_in_states()?;
            store.read(Trees::make_durable)?;
            store.ground.write_layout()?;
        }
        Ok(store)
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.ground.folder()
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads: `look` sees the trees as one transaction left them.
    fn read<T>(&self, look: impl FnOnce(&Trees) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.revive()?;
        let found = {
            let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
            let trees = trees.as_ref().map_err(Clone::clone)?;
            caught(self.folder(), || look(trees))
        };
        self.remember(found)
    }

    /// After damage nothing is read or written any more, so that it is not made worse, and the next opening knows of it.
    fn remember<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(why @ (StoreError::Damaged(_) | StoreError::Newer(_))) = &result {
            self.shut(why);
        }
        if let Err(StoreError::Damaged(why)) = &result {
            self.ground.mark_damaged(why);
        }
        result
    }

    /// Closes the trees and remembers why.
    fn shut(&self, why: &StoreError) {
        let mut trees = self.trees.write().unwrap_or_else(PoisonError::into_inner);
        if trees.is_ok() {
            *trees = Err(why.clone());
        }
    }

    fn open_trees(&self, ground: &Ground) -> Result<Trees, StoreError> {
        open_trees(ground, self.options, &self.pool)
    }

    /// Opens the trees again that were shut because the disk failed or was full: sled itself refuses everything after such an error,
    /// even when there is room again (R3).
    fn revive(&self) -> Result<(), StoreError> {
        let passing = |trees: &Result<Trees, StoreError>| matches!(trees, Err(StoreError::Full(_) | StoreError::Unusable(_)));
        if !passing(&self.trees.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let mut trees = self.trees.write().unwrap_or_else(PoisonError::into_inner);
        if passing(&trees) {
            *trees = Ok(self.open_trees(&self.ground)?);
        }
        Ok(())
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        let closed = Err(StoreError::Unusable(format!("the store in {} is closed", self.ground.folder().display())));
        let trees = self.trees.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Ok(trees) = std::mem::replace(trees, closed) {
            trees.close();
        }
    }
}

fn open_trees(ground: &Ground, options: SledOptions, pool: &Arc<Pool>) -> Result<Trees, StoreError> {
    ground.check_layout()?;
    ground.check_space(options.spare_bytes)?;
    ground.prepare()?;
    caught(ground.folder(), || Trees::open(ground.folder(), options, Arc::clone(pool)))
}

impl Store for SledStore {
    fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        self.read(Trees::states)
    }

    fn each_state(&self, each: &mut dyn FnMut(SourceState)) -> Result<(), StoreError> {
        self.read(|trees| trees.each_state(each))
    }

    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        self.read(|trees| trees.state(source))
    }

    fn sightings(&self, source: &SourceName, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        self.read(|trees| trees.sightings(source, ids))
    }

    fn find_sighting(&self, id: ArticleId) -> Result<Option<Sighting>, StoreError> {
        self.read(|trees| trees.find_sighting(id))
    }

    fn lease(&self, sources: &[SourceName], holder: Holder, now: Instant, until: Instant) -> Result<Leased, StoreError> {
        Ok(self.leases().lease(sources, holder, now, until))
    }

    fn give_back(&self, sources: &[SourceName], holder: Holder) -> Result<(), StoreError> {
        self.leases().give_back(sources, holder);
        Ok(())
    }

    fn apply(&self, plans: &[PollPlan]) -> Result<(), StoreError> {
        let admitted = self.leases().admitted(plans);
        let result = self.write_plans(&admitted);
        self.leases().written(&admitted, result.is_ok());
        result
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.read(|trees| trees.article(id))
    }

    fn holds(&self, ids: &[ArticleId]) -> Result<Vec<bool>, StoreError> {
        self.read(|trees| ids.iter().map(|id| Ok(trees.arrival_of(*id)?.is_some())).collect())
    }

    fn original(&self, id: ArticleId) -> Result<Option<Original>, StoreError> {
        self.read(|trees| trees.original(id))
    }

    fn originals(&self, numbers: Range<u64>) -> Result<Vec<(u64, Original)>, StoreError> {
        self.read(|trees| trees.originals(numbers))
    }

    fn replace(&self, articles: &[Replacement]) -> Result<usize, StoreError> {
        self.write_replacements(articles)
    }

    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        self.read(|trees| match source {
            Some(source) => trees.newest_of(source, before, limit),
            None => trees.newest(before, limit),
        })
    }

    fn newest_places(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Place>, StoreError> {
        self.read(|trees| {
            Ok(match source {
                Some(source) => trees.newest_places_of(source, before, limit)?.into_iter().map(|(place, _)| place).collect(),
                None => trees.newest_places(before, limit)?.into_iter().map(|(place, _)| place).collect(),
            })
        })
    }

    fn arrived(&self, source: Option<&SourceName>, numbers: Range<u64>) -> Result<Vec<(u64, Article)>, StoreError> {
        self.read(|trees| trees.arrived(source, numbers))
    }

    fn next_arrival(&self, source: Option<&SourceName>) -> Result<u64, StoreError> {
        self.read(|trees| trees.next_arrival(source))
    }

    fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        self.read(|trees| trees.rejects(source))
    }

    fn settle(&self) {
        // A store that cannot be used says so to those who ask it for something.
        let _ = self.read(|trees| {
            trees.sweep.settle();
            Ok(())
        });
    }

    fn rest(&self) {
        // A store that is shut has nothing to give back.
        let _ = self.read(|trees| {
            trees.recall.rest();
            Ok(())
        });
        // What cannot be written is told to whoever writes next.
        let _ = self.take_in_at_rest();
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        self.read(|trees| {
            let disk_bytes = disk::folder_bytes(self.folder())?;
            let Counts { articles, sightings, changes, .. } = trees.counts;
            Ok(Totals { articles, sightings, sources: trees.sources()?.len() as u64, disk_bytes, changes })
        })
    }

    fn expire(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        self.expire_before(source, before, limit)
    }

    fn expire_beyond(&self, source: Option<&SourceName>, keep: u64, limit: usize) -> Result<usize, StoreError> {
        self.expire_to(source, keep, limit)
    }

    fn export(&self, sink: &mut dyn FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.export_all(sink)
    }

    fn import(&self, records: &[Record]) -> Result<(), StoreError> {
        self.write_records(records)
    }

    fn tidy(&self) -> Result<Option<String>, StoreError> {
        self.compact_if_wasteful()
    }

    fn verify_told(&self, told: Told<'_>) -> Result<Vec<String>, StoreError> {
        self.check_everything(told)
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
        ::sled::Error::Io(why) => disk::io_failed(folder, "read or write", why),
        other => damaged(folder, &other.to_string()),
    }
}

#[cfg(test)]
mod tests;
