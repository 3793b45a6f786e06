//! The order of all articles by time, and where each stands by its id.
//!
//! Both orders are random compared with arrival: with each group of new articles they would be written nearly whole. So the newest
//! arrivals are kept in memory, and taken into the trees many at once. What is in memory needs no row of its own: it is read again from the
//! packs when the store is opened.

use std::collections::{BTreeMap, HashMap};
use std::iter::Peekable;
use std::ops::Bound;

use super::leaves::{Record, Sheet};
use super::trees::{Trees, by_id, by_time};
use super::write::Changes;
use crate::model::ArticleId;
use crate::store::rows::keys::{self, PLACE_BYTES};
use crate::store::{Place, StoreError};

/// Arrivals kept in memory at least, about 100 bytes each …
const RECENT_MIN: u64 = 16 * 1024;
/// … and at most this part of all articles: taking them in costs writing the trees, whose length grows with the number of articles.
const RECENT_PART: u64 = 16;
/// Leaves written in one step of taking in, so that little waits in memory.
const STEP_LEAVES: usize = 64;

/// Articles that the trees of order do not have yet.
#[derive(Debug, Default)]
pub(super) struct Recent {
    by_place: BTreeMap<Place, u64>,
    by_id: HashMap<ArticleId, u64>,
}

impl Recent {
    pub(super) fn put(&mut self, place: Place, number: u64) {
        self.by_place.insert(place, number);
        self.by_id.insert(place.id, number);
    }

    pub(super) fn remove(&mut self, place: Place) {
        self.by_place.remove(&place);
        self.by_id.remove(&place.id);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, u64)> {
        self.by_place.iter().map(|(place, number)| (*place, *number))
    }

    fn len(&self) -> u64 {
        self.by_place.len() as u64
    }
}

/// A change of the orders, for articles that the trees have already or that memory holds: whichever it is.
#[derive(Debug)]
pub(super) struct Orders {
    by_time: Sheet<PLACE_BYTES, 8>,
    by_id: Sheet<16, 8>,
    /// What becomes of the articles in memory, once the transaction stands.
    recent: Vec<(Place, Option<u64>)>,
}

impl Orders {
    pub(super) fn new() -> Self {
        Self { by_time: Sheet::new(by_time()), by_id: Sheet::new(by_id()), recent: Vec::new() }
    }

    pub(super) fn put(&mut self, trees: &Trees, place: Place, number: u64) -> Result<(), StoreError> {
        if number >= trees.counts.ordered {
            self.recent.push((place, Some(number)));
            return Ok(());
        }
        self.by_time.put(trees, keys::place(place), number.to_be_bytes())?;
        self.by_id.put(trees, place.id.0, number.to_be_bytes())
    }

    pub(super) fn remove(&mut self, trees: &Trees, place: Place, number: u64) -> Result<(), StoreError> {
        if number >= trees.counts.ordered {
            self.recent.push((place, None));
        }
        // Also from the trees: taking in may have been interrupted when it was there already.
        self.by_time.remove(trees, &keys::place(place))?;
        self.by_id.remove(trees, &place.id.0)
    }

    pub(super) fn finish(self, trees: &Trees, changes: &mut Changes) -> Result<(), StoreError> {
        self.by_time.finish(trees, changes)?;
        self.by_id.finish(trees, changes)?;
        changes.recent = self.recent;
        Ok(())
    }
}

impl Trees {
    /// The articles that are to be kept in memory, from the packs.
    pub(super) fn read_recent(&self) -> Result<Recent, StoreError> {
        let mut recent = Recent::default();
        for pack in self.packs_from(self.counts.ordered) {
            for (arrival, place) in pack?.1.slots() {
                if arrival.number >= self.counts.ordered {
                    recent.put(place, arrival.number);
                }
            }
        }
        Ok(recent)
    }

    /// Whether so many articles are in memory that the trees should take them in.
    pub(super) fn should_take_in(&self) -> bool {
        self.recent.len() > RECENT_MIN.max(self.counts.articles / RECENT_PART)
    }

    /// The steps of taking in: each is applied by itself, and readers see the same with any number of them. The last is to set
    /// [`super::seal::Counts::ordered`].
    pub(super) fn taking_in(&self) -> Vec<Step> {
        let mut places: Vec<_> = self.recent.iter().map(|(place, number)| (keys::place(place), number.to_be_bytes())).collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        let mut ids: Vec<_> = self.recent.iter().map(|(place, number)| (place.id.0, number.to_be_bytes())).collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        vec![Step::Places(places), Step::Ids(ids)]
    }

    /// The number of arrival of the article of this id.
    pub(super) fn arrival_of(&self, id: ArticleId) -> Result<Option<u64>, StoreError> {
        if let Some(number) = self.recent.by_id.get(&id) {
            return Ok(Some(*number));
        }
        Ok(by_id().get::<16, 8>(self, &id.0)?.map(u64::from_be_bytes))
    }

    /// Places and arrivals before `before` (or all), newest first, up to `limit`.
    pub(super) fn newest_places(&self, before: Option<Place>, limit: usize) -> Result<Vec<(Place, u64)>, StoreError> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let recent = self.recent.by_place.range((Bound::Unbounded, end)).rev().map(|(place, number)| (*place, *number));
        let shelf = by_time();
        let stored = shelf.backward::<PLACE_BYTES, 8>(self, before.map(keys::place)).map(|record| self.place_of(record?));
        merged(recent, stored, limit, |a, b| a > b)
    }

    /// The same from the oldest on.
    pub(super) fn oldest_places(&self, limit: usize) -> Result<Vec<(Place, u64)>, StoreError> {
        let shelf = by_time();
        let stored = shelf.forward::<PLACE_BYTES, 8>(self).map(|record| self.place_of(record?));
        merged(self.recent.iter(), stored, limit, |a, b| a < b)
    }

    fn place_of(&self, (key, value): Record<PLACE_BYTES, 8>) -> Result<(Place, u64), StoreError> {
        Ok((keys::read_place(&key).map_err(|why| self.row(why))?, u64::from_be_bytes(value)))
    }
}

/// What is taken into a tree of order, the last ones first: taken from the end they come in order, so that a leaf into which thousands
/// come (the only one of a new store) grows at its end.
#[derive(Debug)]
pub(super) enum Step {
    Places(Vec<Record<PLACE_BYTES, 8>>),
    Ids(Vec<Record<16, 8>>),
}

impl Step {
    /// Hands what fits into one transaction over; gives whether something is left.
    pub(super) fn next(&mut self, trees: &Trees, changes: &mut Changes) -> Result<bool, StoreError> {
        match self {
            Self::Places(records) => take_in(Sheet::new(by_time()), records, trees, changes),
            Self::Ids(records) => take_in(Sheet::new(by_id()), records, trees, changes),
        }
    }
}

fn take_in<const K: usize>(
    mut sheet: Sheet<K, 8>,
    records: &mut Vec<Record<K, 8>>,
    trees: &Trees,
    changes: &mut Changes,
) -> Result<bool, StoreError> {
    // What is done can be cut off.
    while let Some((key, value)) = records.last().copied() {
        if sheet.len() >= STEP_LEAVES && !sheet.has(&key) {
            break;
        }
        sheet.put(trees, key, value)?;
        records.pop();
    }
    sheet.finish(trees, changes)?;
    Ok(!records.is_empty())
}

/// Two sorted sequences as one; what is in both is given once.
fn merged(
    first: impl Iterator<Item = (Place, u64)>,
    second: impl Iterator<Item = Result<(Place, u64), StoreError>>,
    limit: usize,
    earlier: impl Fn(&Place, &Place) -> bool,
) -> Result<Vec<(Place, u64)>, StoreError> {
    let (mut first, mut second): (Peekable<_>, Peekable<_>) = (first.peekable(), second.peekable());
    let mut out = Vec::new();
    while out.len() < limit {
        let take_first = match (first.peek(), second.peek()) {
            (Some((a, _)), Some(Ok((b, _)))) => {
                if a == b {
                    second.next();
                    continue;
                }
                earlier(a, b)
            }
            (Some(_), None) => true,
            _ => false,
        };
        if take_first {
            out.extend(first.next());
        } else {
            match second.next() {
                Some(found) => out.push(found?),
                None => break,
            }
        }
    }
    Ok(out)
}
