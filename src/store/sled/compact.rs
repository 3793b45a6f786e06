//! Giving space back: sled keeps what was removed, so the store is written anew and the old one removed.

use std::sync::PoisonError;

use super::check::Raw;
use super::ground::Ground;
use super::trees::{Tree, Trees};
use super::{SledStore, caught};
use crate::store::rows::frame;
use crate::store::{StoreError, disk};

/// Below that a store is left alone, in bytes.
const DISK_BYTES_MIN: u64 = 64 * 1024 * 1024;
/// A store is written anew when its files are this many times as large as what is in it. Written anew they are 1.2 times (measured).
const WASTE_TIMES_MAX: u64 = 3;
/// What an entry takes besides its article: its own record and those in the three orders, in bytes.
const ENTRY_BYTES: u64 = 150;
/// Rows copied between two syncs, so that little waits in memory.
const SYNC_ROWS: usize = 50_000;
/// How a set-aside store is named until it is removed.
const OLD_SUFFIX: &str = ".old";

impl SledStore {
    /// Writes the store anew when its files are much larger than what is in it, and says so.
    pub(super) fn compact_if_wasteful(&self) -> Result<Option<String>, StoreError> {
        let needed = self.needed_bytes()?;
        let before = disk::folder_bytes(self.folder())?;
        if before < DISK_BYTES_MIN || before / WASTE_TIMES_MAX < needed {
            return Ok(None);
        }
        self.compact()?;
        let after = disk::folder_bytes(self.folder())?;
        Ok(Some(format!("the store was written anew: {} MB instead of {} MB", after.div_ceil(1_000_000), before.div_ceil(1_000_000))))
    }

    /// What is in the store, in bytes.
    fn needed_bytes(&self) -> Result<u64, StoreError> {
        self.read(|trees| Ok(trees.counts.pack_bytes + trees.counts.sightings.max(trees.counts.articles) * ENTRY_BYTES))
    }

    /// Writes the store anew. Writers wait; readers go on but for the moment in which the new one is opened.
    ///
    /// # Errors
    /// [`StoreError::Full`] when there is no room for a second store; then nothing has changed.
    pub fn compact(&self) -> Result<(), StoreError> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Twice, since sled's pages are not full.
        disk::require_space(self.folder(), self.options.spare_bytes.saturating_add(self.needed_bytes()?.saturating_mul(2)))?;
        let new = self.ground.for_new_store()?;
        let copied = self.copy_to(&new);
        if copied.is_err() {
            disk::remove_folder(new.folder())?;
        }
        self.remember(copied)?;

        let mut trees = self.trees.write().unwrap_or_else(PoisonError::into_inner);
        // Closes the old ones. Should the new ones not open, the next reader tries again.
        *trees = Err(StoreError::Unusable(format!("the store in {} is being written anew", self.folder().display())));
        let old = self.ground.replace_with(&new, OLD_SUFFIX)?;
        *trees = self.open_trees(&self.ground);
        if let Err(why) = &*trees {
            return Err(why.clone());
        }
        drop(trees);
        disk::remove_folder(&old)
    }

    fn copy_to(&self, ground: &Ground) -> Result<(), StoreError> {
        let mut new = self.open_trees(ground)?;
        caught(ground.folder(), || new.sweep.make(&new.db, u64::MAX).map_err(|why| new.sled(&why)))?;
        let mut unsynced = 0;
        for tree in Tree::ALL {
            let mut after: Option<Vec<u8>> = None;
            loop {
                // Damage must not move into the new store.
                let take = |trees: &Trees, raw: &Raw| {
                    frame::open(&raw.key, &raw.value).map_err(|why| trees.row(why))?;
                    Ok(Some((raw.key.clone(), raw.value.clone())))
                };
                let (rows, last) = self.turn(tree, after.as_deref(), take)?;
                if last.is_none() {
                    break;
                }
                after = last;
                unsynced += rows.len();
                let mut batch = ::sled::Batch::default();
                for (key, value) in rows {
                    new.sweep.written(value.len() as u64);
                    batch.insert(key, value);
                }
                caught(ground.folder(), || {
                    new.of(tree).apply_batch(batch).map_err(|why| new.sled(&why))?;
                    if unsynced >= SYNC_ROWS { new.make_durable() } else { Ok(()) }
                })?;
                unsynced %= SYNC_ROWS;
            }
        }
        caught(ground.folder(), || {
            new.make_durable()?;
            new.counts = new.read_counts()?;
            new.write_seal()
        })
    }
}
