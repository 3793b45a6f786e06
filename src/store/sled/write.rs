//! What a group of plans and an expiry change, written in one durable transaction over all trees.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use ::sled::Transactional;
use ::sled::transaction::{ConflictableTransactionError, TransactionError};

use super::seal::Counts;
use super::trees::{COUNTS_KEY, Trees};
use super::{SledStore, caught};
use crate::model::{Article, ArticleId, Instant, PollPlan, SourceName, SourceState};
use crate::store::rejects::{self, Kept};
use crate::store::rows::entry::{self, EntryRow};
use crate::store::rows::frame::{Chunks, Packer};
use crate::store::rows::{RowError, article, keys, state};
use crate::store::{Place, StoreError, disk};

/// Space that writing needs for each byte handed to sled: it writes whole pages, and moves old ones to make room.
const SPACE_A_BYTE: u64 = 4;

/// What one transaction writes: finished data, since sled may run the transaction again.
#[derive(Default)]
struct Changes {
    articles: ::sled::Batch,
    by_source: ::sled::Batch,
    entries: ::sled::Batch,
    states: ::sled::Batch,
    rejects: ::sled::Batch,
    meta: ::sled::Batch,
    bytes: u64,
}

/// The rows of a group, packed before the writer's lock is taken. What is written twice in a group is here once, as it is at its end.
struct Packed<'a> {
    articles: BTreeMap<ArticleId, (&'a Article, Chunks)>,
    states: Vec<(Vec<u8>, Chunks)>,
}

impl<'a> Packed<'a> {
    fn of(plans: &'a [PollPlan], packer: &mut Packer) -> Result<Self, RowError> {
        let last: BTreeMap<ArticleId, &Article> =
            plans.iter().flat_map(|plan| &plan.articles).map(|article| (article.id, article)).collect();
        let last_states: BTreeMap<&SourceName, &SourceState> = plans.iter().map(|plan| (&plan.source, &plan.state)).collect();
        let mut articles = BTreeMap::new();
        for (id, article) in last {
            let chunks = packer.pack(&keys::place(Place::of(article)), &article::encode(article)?)?;
            articles.insert(id, (article, chunks));
        }
        let mut states = Vec::new();
        for (source, state) in last_states {
            let key = keys::of_source(source);
            let chunks = packer.pack(&key, &state::encode(state)?)?;
            states.push((key, chunks));
        }
        Ok(Self { articles, states })
    }
}

impl Changes {
    /// Writes a row anew. `old` is how it stands now: chunks that the new one does not have are removed.
    fn put(&mut self, which: fn(&mut Self) -> &mut ::sled::Batch, old: Chunks, new: Chunks) {
        for (key, _) in old {
            if !new.iter().any(|(new, _)| *new == key) {
                which(self).remove(key);
            }
        }
        self.bytes += bytes_of(&new);
        for (key, value) in new {
            which(self).insert(key, value);
        }
    }

    /// Removes an article and gives the bytes of its row.
    fn remove_article(&mut self, trees: &Trees, source: &SourceName, place: Place) -> Result<u64, StoreError> {
        let old = chunks_of(trees, &trees.articles, &keys::place(place))?;
        let bytes = bytes_of(&old);
        for (key, _) in old {
            self.articles.remove(key);
        }
        self.by_source.remove(keys::in_source(source, place));
        Ok(bytes)
    }

    fn put_counts(&mut self, counts: Counts, packer: &mut Packer) -> Result<(), RowError> {
        let text = serde_json::to_vec(&counts).map_err(|why| RowError::Broken(format!("counts cannot be written: {why}")))?;
        for (key, value) in packer.pack(COUNTS_KEY, &text)? {
            self.meta.insert(key, value);
        }
        Ok(())
    }

    fn commit(&self, trees: &Trees) -> Result<(), StoreError> {
        let all = (&trees.articles, &trees.by_source, &trees.entries, &trees.states, &trees.rejects, &trees.meta);
        let done = all.transaction(|(articles, by_source, entries, states, rejects, meta)| {
            articles.apply_batch(&self.articles)?;
            by_source.apply_batch(&self.by_source)?;
            entries.apply_batch(&self.entries)?;
            states.apply_batch(&self.states)?;
            rejects.apply_batch(&self.rejects)?;
            meta.apply_batch(&self.meta)?;
            Ok::<(), ConflictableTransactionError<std::convert::Infallible>>(())
        });
        done.map_err(|why| match why {
            TransactionError::Storage(why) => trees.sled(&why),
            TransactionError::Abort(never) => match never {},
        })
    }
}

/// The chunks that a row has now.
fn chunks_of(trees: &Trees, tree: &::sled::Tree, row: &[u8]) -> Result<Chunks, StoreError> {
    let end = keys::chunk(row, u16::MAX);
    let found = tree.range(row.to_vec()..=end);
    found.map(|chunk| chunk.map(|(key, value)| (key.to_vec(), value.to_vec())).map_err(|why| trees.sled(&why))).collect()
}

fn bytes_of(chunks: &Chunks) -> u64 {
    chunks.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
}

/// The rows of the entries that a transaction touches, as they were and as they become.
#[derive(Default)]
struct Entries(HashMap<ArticleId, (EntryRow, EntryRow)>);

impl Entries {
    fn of(&mut self, trees: &Trees, id: ArticleId) -> Result<&mut EntryRow, StoreError> {
        use std::collections::hash_map::Entry;
        let (_, becoming) = match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let row = trees.entry(id)?.unwrap_or_default();
                place.insert((row.clone(), row))
            }
        };
        Ok(becoming)
    }

    fn put(&self, changes: &mut Changes) {
        for (id, (was, becomes)) in &self.0 {
            if was == becomes {
                continue;
            }
            if *becomes == EntryRow::default() {
                changes.entries.remove(&id.0);
            } else {
                let value = entry::encode(*id, becomes);
                changes.bytes += (id.0.len() + value.len()) as u64;
                changes.entries.insert(&id.0, value);
            }
        }
    }
}

impl SledStore {
    /// Applies the plans in one durable transaction.
    pub(super) fn write_plans(&self, plans: &[PollPlan]) -> Result<(), StoreError> {
        if plans.is_empty() {
            return Ok(());
        }
        let failed = |why| super::row_failed(&self.folder(), why);
        let mut packer = Packer::new().map_err(failed)?;
        let packed = Packed::of(plans, &mut packer).map_err(failed)?;
        self.write(|trees, counts, changes| {
            let mut entries = Entries::default();
            for (id, (article, chunks)) in packed.articles {
                let row = entries.of(trees, id)?;
                let place = Place::of(article);
                let mut old = Chunks::new();
                match row.article_at.replace(article.published) {
                    Some(at) if at != article.published => {
                        let bytes = changes.remove_article(trees, &article.source, Place { published: at, id })?;
                        counts.article_bytes = counts.article_bytes.saturating_sub(bytes);
                    }
                    Some(_) => {
                        old = chunks_of(trees, &trees.articles, &keys::place(place))?;
                        counts.article_bytes = counts.article_bytes.saturating_sub(bytes_of(&old));
                    }
                    None => counts.articles += 1,
                }
                counts.article_bytes += bytes_of(&chunks);
                changes.put(|changes| &mut changes.articles, old, chunks);
                changes.by_source.insert(keys::in_source(&article.source, place), &[]);
            }
            for sighting in plans.iter().flat_map(|plan| &plan.sightings) {
                let row = entries.of(trees, sighting.id)?;
                if row.sighting.replace(sighting.clone()).is_none() {
                    counts.sightings += 1;
                }
            }
            entries.put(changes);
            for (key, chunks) in packed.states {
                let old = chunks_of(trees, &trees.states, &key)?;
                changes.put(|changes| &mut changes.states, old, chunks);
            }
            for (source, kept) in merged_rejects(trees, plans)? {
                let key = keys::of_source(source);
                let text = state::encode_rejects(&kept).map_err(|why| trees.row(why))?;
                let chunks = packer.pack(&key, &text).map_err(|why| trees.row(why))?;
                let old = chunks_of(trees, &trees.rejects, &key)?;
                changes.put(|changes| &mut changes.rejects, old, chunks);
            }
            Ok(())
        })
    }

    /// Removes articles older than `before`, at most `limit`; their sightings stay.
    pub(super) fn expire_articles(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        let old = self.read(|trees| match source {
            Some(source) => trees.oldest_of(source, before, limit),
            None => trees.oldest(before, limit),
        })?;
        if old.is_empty() {
            return Ok(0);
        }
        let mut removed = 0;
        self.write(|trees, counts, changes| {
            let mut entries = Entries::default();
            for (source, place) in &old {
                let row = entries.of(trees, place.id)?;
                // Somebody else may have removed or moved it since we looked.
                if row.article_at == Some(place.published) {
                    row.article_at = None;
                    let bytes = changes.remove_article(trees, source, *place)?;
                    counts.article_bytes = counts.article_bytes.saturating_sub(bytes);
                    counts.articles = counts.articles.saturating_sub(1);
                    removed += 1;
                }
            }
            entries.put(changes);
            Ok(())
        })?;
        Ok(removed)
    }

    /// One durable transaction: `decide` says what changes, seeing what the last one left.
    fn write(&self, decide: impl FnOnce(&Trees, &mut Counts, &mut Changes) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes = Changes::default();
        let becoming = self.read(|trees| {
            let mut becoming = trees.counts;
            becoming.groups += 1;
            decide(trees, &mut becoming, &mut changes)?;
            let mut packer = Packer::new().map_err(|why| trees.row(why))?;
            changes.put_counts(becoming, &mut packer).map_err(|why| trees.row(why))?;
            disk::require_space(&trees.folder, self.options.spare_bytes.saturating_add(changes.bytes.saturating_mul(SPACE_A_BYTE)))?;
            Ok(becoming)
        })?;
        let committed = {
            let mut trees = self.trees.write().unwrap_or_else(PoisonError::into_inner);
            let trees = trees.as_mut().map_err(|why| why.clone())?;
            let committed = caught(self.folder(), || changes.commit(trees));
            if committed.is_ok() {
                trees.counts = becoming;
            }
            committed
        };
        // Readers go on while we wait for the disk; only the next writer waits with us.
        let durable = committed.and_then(|()| self.read(|trees| trees.make_durable().and_then(|()| trees.write_seal())));
        if let Err(why) = &durable {
            // sled takes nothing after a failed write; what it has in memory is not on the disk and must not be seen.
            self.shut(why);
        }
        self.remember(durable)
    }
}

/// The rejects of every source that has new ones in these plans.
fn merged_rejects<'a>(trees: &Trees, plans: &'a [PollPlan]) -> Result<BTreeMap<&'a SourceName, Kept>, StoreError> {
    let mut out: BTreeMap<&SourceName, Kept> = BTreeMap::new();
    for plan in plans.iter().filter(|plan| !plan.rejects.is_empty()) {
        let kept = match out.remove(&plan.source) {
            Some(kept) => kept,
            None => trees.rejects(&plan.source)?,
        };
        let merged = rejects::merged(&kept, plan).unwrap_or(kept);
        out.insert(&plan.source, merged);
    }
    Ok(out)
}
