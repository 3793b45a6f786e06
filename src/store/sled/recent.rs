//! What the trees do not have yet: the newest articles by time, by id and in their sources, and what was lately learnt of entries.
//!
//! All four orders are random compared with arrival: with each group of new articles they would be written nearly whole, between packs that stay
//! for years, and sled gives such space back only when the store is written anew. So the newest are kept in memory, and taken into the trees many
//! at once ([`super::taking`]). In a store that was opened they are read again, once somebody asks, from the tree `recent`, which has a row for each group.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::trees::{Tree, Trees, once};
use crate::model::{ArticleId, Instant, SourceName};
use crate::store::rows::journal::{self, Change, Line};
use crate::store::{Arrival, Place, StoreError};

/// Bytes that an arrival takes here, about.
pub(super) const RECENT_BYTES: u64 = 350;
/// What is kept in memory at most, as a part of all articles, where that is more than the options say: taking it in costs writing the trees, whose
/// length grows with the number of articles.
const RECENT_PART: u64 = 16;
/// Arrivals that are worth taking in at rest.
const RESTING_MIN: usize = 4 * 1024;
/// The part of them that may have come since the store was last found at rest.
const RESTING_PART: usize = 16;

/// Before and behind all places.
const FIRST: Place = Place { published: Instant::MIN_UTC, id: ArticleId([0; 16]) };
const LAST: Place = Place { published: Instant::MAX_UTC, id: ArticleId([0xff; 16]) };

/// What the trees do not have yet. It wins over what they have: taking in may have been interrupted.
#[derive(Debug, Default)]
pub(super) struct Recent {
    by_place: BTreeMap<Place, u64>,
    by_id: HashMap<ArticleId, u64>,
    of_sources: BTreeMap<(SourceName, Place), Arrival>,
    entries: BTreeMap<(Option<SourceName>, ArticleId), journal::Known>,
    /// Each name once, for all keys.
    names: BTreeSet<SourceName>,
    /// What has come since the store was last found at rest.
    fresh: AtomicUsize,
}

impl Recent {
    /// The one copy of a name. `last`: the one before, since those of one source stand together.
    fn name(&mut self, source: &SourceName, last: &mut Option<SourceName>) -> SourceName {
        if let Some(last) = last.as_ref().filter(|last| *last == source) {
            return last.clone();
        }
        let name = self.names.get(source).cloned().unwrap_or_else(|| {
            self.names.insert(source.clone());
            source.clone()
        });
        *last = Some(name.clone());
        name
    }

    fn put(&mut self, place: Place, number: u64) {
        self.by_place.insert(place, number);
        self.by_id.insert(place.id, number);
    }

    /// Takes over what a transaction changed.
    pub(super) fn change(&mut self, changes: &[Change], entries: &[Line]) {
        let mut last = None;
        for Change { source, place, arrival } in changes {
            let source = self.name(source, &mut last);
            if let Some(arrival) = arrival {
                self.put(*place, arrival.number);
                self.of_sources.insert((source, *place), *arrival);
            } else {
                self.by_place.remove(place);
                self.by_id.remove(&place.id);
                self.of_sources.remove(&(source, *place));
            }
        }
        self.learn(entries);
        self.fresh.fetch_add(changes.len().max(entries.len()), Ordering::Relaxed);
    }

    fn learn(&mut self, entries: &[Line]) {
        let mut last = None;
        for ((source, id), record) in entries {
            let source = source.as_ref().map(|source| self.name(source, &mut last));
            self.entries.insert((source, *id), *record);
        }
    }

    /// Whether so much is here, beside so many in all, that the trees should take it in; `least` is never too much.
    pub(super) fn is_much(&self, least: u64, all: u64) -> bool {
        self.len() as u64 > least.max(all / RECENT_PART)
    }

    /// How many arrivals are here.
    pub(super) fn len(&self) -> usize {
        self.by_place.len().max(self.entries.len())
    }

    /// Whether much is here and hardly anything has come since this was last called.
    pub(super) fn is_at_rest(&self) -> bool {
        let fresh = self.fresh.swap(0, Ordering::Relaxed);
        self.len() >= RESTING_MIN && fresh <= self.len() / RESTING_PART
    }

    /// By time, before `end` where given.
    pub(super) fn places(&self, end: Option<Place>) -> impl DoubleEndedIterator<Item = (Place, u64)> {
        let end = end.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_place.range((Bound::Unbounded, end)).map(|(place, number)| (*place, *number))
    }

    /// The number of arrival of the article of this id.
    pub(super) fn arrival(&self, id: ArticleId) -> Option<u64> {
        self.by_id.get(&id).copied()
    }

    /// The articles of all sources, by source and time.
    pub(super) fn of_sources(&self) -> impl DoubleEndedIterator<Item = (&SourceName, Place, Arrival)> {
        self.of_sources.iter().map(|((source, place), arrival)| (source, *place, *arrival))
    }

    /// Those of one source, by time, before `end` where given.
    pub(super) fn of_source(&self, source: &SourceName, end: Option<Place>) -> impl DoubleEndedIterator<Item = (Place, Arrival)> {
        let at = |place| (source.clone(), place);
        let end = end.map_or_else(|| Bound::Included(at(LAST)), |end| Bound::Excluded(at(end)));
        self.of_sources.range((Bound::Included(at(FIRST)), end)).map(|((_, place), arrival)| (*place, *arrival))
    }

    /// What is known of an entry, where that is here.
    pub(super) fn entry(&self, source: Option<&SourceName>, id: ArticleId) -> Option<journal::Known> {
        self.entries.get(&(source.cloned(), id)).copied()
    }

    /// The entries, those without a source first.
    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = Line> {
        self.entries.iter().map(|(key, record)| (key.clone(), *record))
    }
}

impl Trees {
    /// What the trees do not have yet.
    pub(super) fn recent(&self) -> Result<&Recent, StoreError> {
        once(&self.recent, || self.read_recent())
    }

    /// What is to be kept in memory, from the disk.
    fn read_recent(&self) -> Result<Recent, StoreError> {
        // Whether all rows say the places of articles; `None`: there is no row.
        let (mut recent, mut say_places) = (Recent::default(), None);
        for row in self.rows_of(Tree::Recent) {
            let Some((text, _)) = self.content(Tree::Recent, &row?)? else { continue };
            let (lines, changes) = journal::decode(&text).map_err(|why| self.row(why))?;
            say_places = Some(say_places.unwrap_or(true) && changes.is_some());
            recent.change(&changes.unwrap_or_default(), &lines);
        }
        if say_places.unwrap_or(self.counts.ordered == self.counts.next) {
            return Ok(recent);
        }
        // A store of a layout before 4: what the packs say.
        let mut sources = HashMap::new();
        for ((source, id), record) in &recent.entries {
            if let (Some(source), Some(number)) = (source, self.known(*id, record)?.arrival.filter(|number| *number >= self.counts.ordered))
            {
                sources.insert(number, source.clone());
            }
        }
        for pack in self.packs_from(self.counts.ordered) {
            for (arrival, place) in pack?.1.slots().filter(|(arrival, _)| arrival.number >= self.counts.ordered) {
                recent.put(place, arrival.number);
                // A store of layout 2 has it in its tree.
                if let Some(source) = sources.remove(&arrival.number) {
                    recent.of_sources.insert((source, place), arrival);
                }
            }
        }
        Ok(recent)
    }
}
