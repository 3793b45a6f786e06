//! What a group of plans changes, written in one durable transaction over all trees.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, TryLockError};

use ::sled::Transactional;
use ::sled::transaction::{ConflictableTransactionError, TransactionError};

use super::at_hand::AtHand;
use super::filter::Filter;
use super::recent::{RECENT_BYTES, Recent};
use super::room::Room;
use super::seal::Counts;
use super::session::Session;
use super::states::{PartKey, Polled};
use super::trees::{COUNTS_KEY, Tree, Trees};
use super::{SledStore, caught, taking};
use crate::model::{Article, ArticleId, Original, PollPlan, Sighting, SourceName, SourceState};
use crate::store::rejects::{self, Kept};
use crate::store::rows::frame::Chunks;
use crate::store::rows::journal::{self, Change, Line};
use crate::store::rows::{RowError, keys, state};
use crate::store::{Arrival, Place, Record, Replacement, StoreError, disk};

/// Space that writing needs for each byte handed to sled: it writes whole pages, and moves old ones to make room.
pub(super) const SPACE_A_BYTE: u64 = 4;

/// What one transaction writes: finished data, since sled may run the transaction again.
#[derive(Default)]
pub(super) struct Changes {
    batches: BTreeMap<usize, ::sled::Batch>,
    bytes: u64,
    /// What becomes of the articles in memory once it stands.
    pub(super) recent: Vec<Change>,
    /// What was learnt of entries.
    pub(super) learnt: Vec<Line>,
    /// The filter of entries, where the trees have all that is in memory once it stands.
    pub(super) has_all: Option<Filter>,
    /// Arrivals of the articles in packs that change.
    pub(super) repacked: Vec<u64>,
    /// Where the states are that the group leaves.
    pub(super) polled: Vec<(SourceName, PartKey)>,
    /// The packs have all states once it stands.
    pub(super) has_all_states: bool,
    /// Room for the new packs, which lie behind all others.
    pub(super) room: Room,
}

/// What is to be written, from plans or from records. Later ones win.
#[derive(Default)]
struct Input<'a> {
    articles: Vec<(&'a Article, Option<Arrival>, Option<&'a Original>)>,
    sightings: Vec<(Option<&'a SourceName>, &'a Sighting)>,
    states: BTreeMap<&'a SourceName, &'a SourceState>,
    rejects: Vec<(&'a SourceName, Kept)>,
}

impl<'a> Input<'a> {
    fn of_plans(plans: &[&'a PollPlan]) -> Self {
        let mut input = Self::default();
        for plan in plans {
            let before = input.articles.len();
            let originals: HashMap<ArticleId, &Original> = plan.originals.iter().map(|original| (original.id, original)).collect();
            input.articles.extend(plan.articles.iter().map(|article| (article, None, originals.get(&article.id).copied())));
            // Within a poll the order of arrival is that of time.
            input.articles[before..].sort_by_key(|(article, ..)| Place::of(article));
            input.sightings.extend(plan.sightings.iter().map(|sighting| (Some(&plan.source), sighting)));
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
                Record::Sighting(source, sighting) => input.sightings.push((source.as_ref(), sighting)),
                Record::Article(article, arrival, original) => input.articles.push((article, *arrival, original.as_deref())),
            }
        }
        input
    }
}

impl Changes {
    /// Writes rows; gives their bytes.
    pub(super) fn insert(&mut self, tree: Tree, rows: Chunks) -> u64 {
        let mut bytes = 0;
        for (key, value) in rows {
            bytes += (key.len() + value.len()) as u64;
            self.batch(tree).insert(key, value);
        }
        self.bytes += bytes;
        bytes
    }

    pub(super) fn remove(&mut self, tree: Tree, key: Vec<u8>) {
        self.batch(tree).remove(key);
    }

    fn batch(&mut self, tree: Tree) -> &mut ::sled::Batch {
        self.batches.entry(tree as usize).or_default()
    }

    /// Writes the row `key` anew: chunks that the new one does not have are removed.
    pub(super) fn put_row(&mut self, trees: &Trees, tree: Tree, key: &[u8], text: &[u8]) -> Result<(), StoreError> {
        let rows = trees.pool.pack(key, text).map_err(|why| trees.row(why))?;
        let before = trees.chunks_of(tree, key)?;
        for number in (0..before).skip(rows.len()) {
            self.remove(tree, keys::chunk(key, number));
        }
        self.insert(tree, rows);
        Ok(())
    }

    /// Writes what was learnt of entries and what became of articles in memory, in the group of this number.
    pub(super) fn learn(&mut self, trees: &Trees, number: u64, lines: Vec<Line>) -> Result<(), StoreError> {
        self.learnt = lines;
        if self.learnt.is_empty() && self.recent.is_empty() {
            return Ok(());
        }
        let text = journal::encode(&self.learnt, &self.recent).map_err(|why| trees.row(why))?;
        // A number is given once, so that there is no row before it.
        self.insert(Tree::Recent, trees.pool.pack(&number.to_be_bytes(), &text).map_err(|why| trees.row(why))?);
        Ok(())
    }

    pub(super) fn put_counts(&mut self, trees: &Trees, counts: Counts) -> Result<(), StoreError> {
        let text = serde_json::to_vec(&counts).map_err(|why| trees.row(RowError::Broken(format!("counts cannot be written: {why}"))))?;
        self.put_row(trees, Tree::Meta, COUNTS_KEY, &text)
    }

    pub(super) fn commit(&self, trees: &Trees) -> Result<(), StoreError> {
        // Where taking in was interrupted, a step may find all done; sled panics at a transaction over no tree.
        if self.batches.is_empty() {
            return Ok(());
        }
        let touched: Vec<::sled::Tree> = self.batches.keys().filter_map(|tree| trees.all.get(*tree).cloned()).collect();
        let done = touched.as_slice().transaction(|open| {
            for (tree, batch) in open.iter().zip(self.batches.values()) {
                tree.apply_batch(batch)?;
            }
            Ok::<(), ConflictableTransactionError<std::convert::Infallible>>(())
        });
        done.map_err(|why| match why {
            TransactionError::Storage(why) => trees.sled(&why),
            TransactionError::Abort(never) => match never {},
        })
    }
}

impl SledStore {
    /// Applies the plans in one durable transaction.
    pub(super) fn write_plans(&self, plans: &[&PollPlan]) -> Result<(), StoreError> {
        if plans.is_empty() { Ok(()) } else { self.write_input(Input::of_plans(plans)) }
    }

    /// Writes the records in one durable transaction.
    pub(super) fn write_records(&self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() { Ok(()) } else { self.write_input(Input::of_records(records)) }
    }

    /// Replaces what is still as it was read, in one durable transaction; gives how many that were.
    pub(super) fn write_replacements(&self, articles: &[Replacement]) -> Result<usize, StoreError> {
        let mut replaced = 0;
        if !articles.is_empty() {
            self.write(|trees, counts, changes| {
                let mut session = Session::new(trees, counts);
                for Replacement { before, after } in articles {
                    replaced += usize::from(session.replace_article(before, after)?);
                }
                session.finish(changes)
            })?;
        }
        Ok(replaced)
    }

    fn write_input(&self, input: Input<'_>) -> Result<(), StoreError> {
        self.write(|trees, counts, changes| {
            let mut session = Session::new(trees, counts);
            input.articles.iter().try_for_each(|(article, arrival, original)| session.put_article(article, *arrival, *original))?;
            input.sightings.iter().try_for_each(|(source, sighting)| session.put_sighting(*source, sighting))?;
            session.finish(changes)?;
            changes.put_states(trees, counts.groups, input.states.iter().map(|(source, state)| (*source, *state)))?;
            for (source, kept) in merged_rejects(trees, input.rejects)? {
                let text = state::encode_rejects(&kept).map_err(|why| trees.row(why))?;
                changes.put_row(trees, Tree::Rejects, &keys::of_source(source), &text)?;
            }
            Ok(())
        })
    }

    /// One durable transaction: `decide` says what changes, seeing what the last one left.
    pub(super) fn write(&self, decide: impl FnOnce(&Trees, &mut Counts, &mut Changes) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (changes, becoming) = self.read(|trees| {
            let (mut becoming, mut changes) = (trees.counts, Changes::default());
            becoming.groups += 1;
            decide(trees, &mut becoming, &mut changes)?;
            changes.put_counts(trees, becoming)?;
            disk::require_space(&trees.folder, self.options.spare_bytes.saturating_add(changes.bytes.saturating_mul(SPACE_A_BYTE)))?;
            Ok((changes, becoming))
        })?;
        self.made_durable(self.commit(changes, becoming).and_then(|()| self.take_in_recent()).and_then(|()| self.take_in_many_states()))
    }

    /// What was written is made durable. Readers go on while we wait for the disk; only the next writer waits with us.
    fn made_durable(&self, written: Result<(), StoreError>) -> Result<(), StoreError> {
        let durable = written.and_then(|()| self.read(|trees| trees.make_durable().and_then(|()| trees.write_seal())));
        if let Err(why) = &durable {
            // sled takes nothing after a failed write; what it has in memory is not on the disk and must not be seen.
            self.shut(why);
        }
        self.remember(durable)
    }

    /// Has the trees take in what waits in memory, where hardly anything has come since this was last called: what a large cycle leaves would be kept
    /// for hours. A disk without room for it is no fault: it waits.
    pub(super) fn take_in_at_rest(&self) -> Result<(), StoreError> {
        let _turn = match self.writer.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            // Somebody writes, so this is no rest; writing the store anew takes minutes.
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        let spare_bytes = self.options.spare_bytes;
        let is_time = self.read(|trees| {
            Ok(trees.recent.get().is_some_and(|recent| {
                let bytes = recent.len() as u64 * RECENT_BYTES * SPACE_A_BYTE;
                recent.is_at_rest() && disk::require_space(&trees.folder, spare_bytes.saturating_add(bytes)).is_ok()
            }))
        })?;
        if is_time { self.made_durable(self.take_in_all()) } else { Ok(()) }
    }

    pub(super) fn commit(&self, mut changes: Changes, becoming: Counts) -> Result<(), StoreError> {
        let mut trees = self.trees.write().unwrap_or_else(PoisonError::into_inner);
        let trees = trees.as_mut().map_err(|why| why.clone())?;
        caught(self.folder(), || {
            trees.make_room(&changes.room)?;
            changes.commit(trees)?;
            trees.keep_cache_small()?;
            trees.sweep.written(changes.bytes);
            Ok(())
        })?;
        trees.counts = becoming;
        if changes.batches.contains_key(&(Tree::States as usize)) {
            trees.at_hand = AtHand::default();
        }
        trees.states_were_left(changes.polled);
        if changes.has_all_states {
            trees.polled = Polled::default().into();
        }
        trees.recall.forget(&changes.repacked);
        if let Some(filter) = changes.has_all.take() {
            trees.recent = Recent::default().into();
            trees.filter = Some(filter);
        }
        // Where nobody has asked yet, it is read from the disk.
        if let Some(recent) = trees.recent.get_mut() {
            recent.change(&changes.recent, &changes.learnt);
        }
        Ok(())
    }

    /// Has the trees take in what waits in memory, once that is much. Small transactions one after the other: with any number of
    /// them done, readers find the same.
    fn take_in_recent(&self) -> Result<(), StoreError> {
        if !self.read(|trees| Ok(trees.should_take_in(self.options.recent_articles)))? {
            return Ok(());
        }
        self.take_in_all()
    }

    /// The same, whether that is much or not. The writer's turn is held by whoever calls.
    pub(super) fn take_in_all(&self) -> Result<(), StoreError> {
        for step in taking::STEPS {
            let mut step = self.read(|trees| Ok(step(trees.recent()?)))?;
            let mut is_more = true;
            while is_more {
                let (changes, counts) = self.read(|trees| {
                    let mut changes = Changes::default();
                    is_more = step.next(trees, &mut changes)?;
                    Ok((changes, trees.counts))
                })?;
                self.commit(changes, counts)?;
            }
        }
        let (changes, counts) = self.read(|trees| {
            let mut changes = Changes::default();
            let mut filter = trees.filter_of_all()?;
            filter.write(trees, &mut changes)?;
            let counts = Counts { ordered: trees.counts.next, filter: Some(filter.layers()), ..trees.counts };
            changes.has_all = Some(filter);
            for key in trees.of(Tree::Recent).iter().keys() {
                changes.remove(Tree::Recent, key.map_err(|why| trees.sled(&why))?.to_vec());
            }
            changes.put_counts(trees, counts)?;
            Ok((changes, counts))
        })?;
        self.commit(changes, counts)
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
