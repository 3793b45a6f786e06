//! What a group of plans and an expiry change, written in one durable transaction over all trees.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use ::sled::Transactional;
use ::sled::transaction::{ConflictableTransactionError, TransactionError};

use super::seal::Counts;
use super::trees::{COUNTS_KEY, Trees};
use super::{SledStore, caught};
use crate::model::{Article, ArticleId, PollPlan, Sighting, SourceName, SourceState};
use crate::store::rejects::{self, Kept};
use crate::store::rows::entry::{self, EntryRow};
use crate::store::rows::frame::{Chunks, Packer};
use crate::store::rows::{RowError, article, keys, state};
use crate::store::{Place, Record, StoreError, disk};

/// Space that writing needs for each byte handed to sled: it writes whole pages, and moves old ones to make room.
const SPACE_A_BYTE: u64 = 4;

/// What one transaction writes: finished data, since sled may run the transaction again.
#[derive(Default)]
pub(super) struct Changes {
    articles: ::sled::Batch,
    by_source: ::sled::Batch,
    entries: ::sled::Batch,
    states: ::sled::Batch,
    rejects: ::sled::Batch,
    meta: ::sled::Batch,
    bytes: u64,
}

/// What is to be written, from plans or from records. Later ones win.
#[derive(Default)]
struct Input<'a> {
    articles: BTreeMap<ArticleId, &'a Article>,
    sightings: Vec<&'a Sighting>,
    states: BTreeMap<&'a SourceName, &'a SourceState>,
    rejects: Vec<(&'a SourceName, Kept)>,
}

impl<'a> Input<'a> {
    fn of_plans(plans: &'a [PollPlan]) -> Self {
        let mut input = Self::default();
        for plan in plans {
            input.articles.extend(plan.articles.iter().map(|article| (article.id, article)));
            input.sightings.extend(&plan.sightings);
            input.states.insert(&plan.source, &plan.state);
            if !plan.rejects.is_empty() {
                input.rejects.push((&plan.source, rejects::of_plan(plan)));
            }
        }
        input
    }

    fn of_records(records: &'a [Record]) -> Self {
        let mut input = Self::default();
        for record in records {
            match record {
                Record::State(state) => drop(input.states.insert(&state.source, state)),
                Record::Rejects(source, kept) => input.rejects.push((source, kept.clone())),
                Record::Sighting(sighting) => input.sightings.push(sighting),
                Record::Article(article) => drop(input.articles.insert(article.id, article)),
            }
        }
        input
    }
}

/// The rows of a group, packed before the writer's lock is taken.
struct Packed<'a> {
    articles: Vec<(&'a Article, Chunks)>,
    states: Vec<(Vec<u8>, Chunks)>,
}

impl<'a> Packed<'a> {
    fn of(input: &Input<'a>, packer: &mut Packer) -> Result<Self, RowError> {
        let mut packed = Self { articles: Vec::with_capacity(input.articles.len()), states: Vec::with_capacity(input.states.len()) };
        for article in input.articles.values() {
            let chunks = packer.pack(&keys::place(Place::of(article)), &article::encode(article)?)?;
            packed.articles.push((article, chunks));
        }
        for (source, state) in &input.states {
            let key = keys::of_source(source);
            let chunks = packer.pack(&key, &state::encode(state)?)?;
            packed.states.push((key, chunks));
        }
        Ok(packed)
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
    pub(super) fn remove_article(&mut self, trees: &Trees, source: &SourceName, place: Place) -> Result<u64, StoreError> {
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
pub(super) struct Entries(HashMap<ArticleId, (EntryRow, EntryRow)>);

impl Entries {
    pub(super) fn of(&mut self, trees: &Trees, id: ArticleId) -> Result<&mut EntryRow, StoreError> {
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

    pub(super) fn put(&self, changes: &mut Changes) {
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
        if plans.is_empty() { Ok(()) } else { self.write_input(Input::of_plans(plans)) }
    }

    /// Writes the records in one durable transaction.
    pub(super) fn write_records(&self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() { Ok(()) } else { self.write_input(Input::of_records(records)) }
    }

    fn write_input(&self, input: Input<'_>) -> Result<(), StoreError> {
        let failed = |why| super::row_failed(self.folder(), why);
        let mut packer = Packer::new().map_err(failed)?;
        let packed = Packed::of(&input, &mut packer).map_err(failed)?;
        self.write(|trees, counts, changes| {
            let mut entries = Entries::default();
            for (article, chunks) in packed.articles {
                let place = Place::of(article);
                let row = entries.of(trees, place.id)?;
                let mut old = Chunks::new();
                match row.article_at.replace(article.published) {
                    Some(at) if at != article.published => {
                        let bytes = changes.remove_article(trees, &article.source, Place { published: at, ..place })?;
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
            for sighting in input.sightings {
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
            for (source, kept) in merged_rejects(trees, input.rejects)? {
                let key = keys::of_source(source);
                let text = state::encode_rejects(&kept).map_err(|why| trees.row(why))?;
                let chunks = packer.pack(&key, &text).map_err(|why| trees.row(why))?;
                let old = chunks_of(trees, &trees.rejects, &key)?;
                changes.put(|changes| &mut changes.rejects, old, chunks);
            }
            Ok(())
        })
    }

    /// One durable transaction: `decide` says what changes, seeing what the last one left.
    pub(super) fn write(&self, decide: impl FnOnce(&Trees, &mut Counts, &mut Changes) -> Result<(), StoreError>) -> Result<(), StoreError> {
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

/// The rejects of every source that has new ones.
fn merged_rejects<'a>(trees: &Trees, new: Vec<(&'a SourceName, Kept)>) -> Result<BTreeMap<&'a SourceName, Kept>, StoreError> {
    let mut out: BTreeMap<&SourceName, Kept> = BTreeMap::new();
    for (source, new) in new {
        let kept = match out.remove(source) {
            Some(kept) => kept,
            None => trees.rejects(source)?,
        };
        out.insert(source, rejects::merged(&kept, new));
    }
    Ok(out)
}
