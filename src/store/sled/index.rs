//! The orders of articles: by time, by id, and of each source by time. Each is what the trees have and what is in memory ([`super::recent`]).

use std::collections::BTreeMap;
use std::iter::Peekable;

use super::articles::{ORDER_BYTES, order, read_order};
use super::leaves::{Record, Sheet};
use super::trees::{Trees, by_id, by_time, order_of};
use super::write::Changes;
use crate::model::{ArticleId, SourceName};
use crate::store::rows::journal::Change;
use crate::store::rows::keys::{self, PLACE_BYTES};
use crate::store::{Arrival, Place, StoreError};

/// The order of one source.
pub(super) type OfSource = Sheet<PLACE_BYTES, ORDER_BYTES>;

/// A change of the orders, for articles that the trees have already or that memory holds: whichever it is.
#[derive(Debug)]
pub(super) struct Orders {
    by_time: Sheet<PLACE_BYTES, 8>,
    by_id: Sheet<16, 8>,
    of_sources: BTreeMap<SourceName, OfSource>,
    /// What becomes of the articles in memory, once the transaction stands.
    recent: Vec<Change>,
}

impl Orders {
    pub(super) fn new() -> Self {
        Self { by_time: Sheet::new(by_time()), by_id: Sheet::new(by_id()), of_sources: BTreeMap::new(), recent: Vec::new() }
    }

    fn of_source(&mut self, source: &SourceName) -> &mut OfSource {
        self.of_sources.entry(source.clone()).or_insert_with(|| Sheet::new(order_of(source)))
    }

    pub(super) fn put(&mut self, trees: &Trees, source: &SourceName, place: Place, arrival: Arrival) -> Result<(), StoreError> {
        if arrival.number >= trees.counts.ordered {
            self.recent.push(Change { source: source.clone(), place, arrival: Some(arrival) });
            return Ok(());
        }
        self.by_time.put(trees, keys::place(place), arrival.number.to_be_bytes())?;
        self.by_id.put(trees, place.id.0, arrival.number.to_be_bytes())?;
        self.of_source(source).put(trees, keys::place(place), order(arrival))
    }

    pub(super) fn remove(&mut self, trees: &Trees, source: &SourceName, place: Place, arrival: Arrival) -> Result<(), StoreError> {
        if arrival.number >= trees.counts.ordered {
            self.recent.push(Change { source: source.clone(), place, arrival: None });
        }
        // Also from the trees: taking in may have been interrupted when it was there already.
        self.by_time.remove(trees, &keys::place(place))?;
        self.by_id.remove(trees, &place.id.0)?;
        self.of_source(source).remove(trees, &keys::place(place))
    }

    pub(super) fn finish(self, trees: &Trees, changes: &mut Changes) -> Result<(), StoreError> {
        self.by_time.finish(trees, changes)?;
        self.by_id.finish(trees, changes)?;
        self.of_sources.values().try_for_each(|sheet| sheet.finish(trees, changes))?;
        changes.recent = self.recent;
        Ok(())
    }
}

impl Trees {
    /// The number of arrival of the article of this id.
    pub(super) fn arrival_of(&self, id: ArticleId) -> Result<Option<u64>, StoreError> {
        match self.recent()?.arrival(id) {
            Some(number) => Ok(Some(number)),
            None => Ok(by_id().get::<16, 8>(self, &id.0)?.map(u64::from_be_bytes)),
        }
    }

    /// Places and arrivals before `before` (or all), newest first, up to `limit`.
    pub(super) fn newest_places(&self, before: Option<Place>, limit: usize) -> Result<Vec<(Place, u64)>, StoreError> {
        let shelf = by_time();
        let stored = shelf.backward::<PLACE_BYTES, 8>(self, before.map(keys::place)).map(|record| self.place_of(record?));
        merged(self.recent()?.places(before).rev(), stored, limit, |a, b| a > b)
    }

    /// The same from the oldest on.
    pub(super) fn oldest_places(&self, limit: usize) -> Result<Vec<(Place, u64)>, StoreError> {
        let shelf = by_time();
        let stored = shelf.forward::<PLACE_BYTES, 8>(self).map(|record| self.place_of(record?));
        merged(self.recent()?.places(None), stored, limit, |a, b| a < b)
    }

    /// The same of one source, newest first.
    pub(super) fn newest_places_of(
        &self,
        source: &SourceName,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<(Place, Arrival)>, StoreError> {
        let shelf = order_of(source);
        let stored = shelf.backward::<PLACE_BYTES, ORDER_BYTES>(self, before.map(keys::place)).map(|record| self.arrival_at(record?));
        merged(self.recent()?.of_source(source, before).rev(), stored, limit, |a, b| a > b)
    }

    /// The same from the oldest on.
    pub(super) fn oldest_places_of(&self, source: &SourceName, limit: usize) -> Result<Vec<(Place, Arrival)>, StoreError> {
        let shelf = order_of(source);
        let stored = shelf.forward::<PLACE_BYTES, ORDER_BYTES>(self).map(|record| self.arrival_at(record?));
        merged(self.recent()?.of_source(source, None), stored, limit, |a, b| a < b)
    }

    /// The arrivals of a source, in no order.
    pub(super) fn arrivals_of(&self, source: &SourceName) -> Result<Vec<Arrival>, StoreError> {
        let mut out: Vec<Arrival> = self.recent()?.of_source(source, None).map(|(_, arrival)| arrival).collect();
        for record in order_of(source).forward::<PLACE_BYTES, ORDER_BYTES>(self) {
            let arrival = read_order(record?.1);
            // What memory holds may stand there as well, where taking in was interrupted.
            if arrival.number < self.counts.ordered {
                out.push(arrival);
            }
        }
        Ok(out)
    }

    fn place_of(&self, (key, value): Record<PLACE_BYTES, 8>) -> Result<(Place, u64), StoreError> {
        Ok((keys::read_place(&key).map_err(|why| self.row(why))?, u64::from_be_bytes(value)))
    }

    fn arrival_at(&self, (key, value): Record<PLACE_BYTES, ORDER_BYTES>) -> Result<(Place, Arrival), StoreError> {
        Ok((keys::read_place(&key).map_err(|why| self.row(why))?, read_order(value)))
    }
}

/// Two sorted sequences as one; what is in both is given once.
fn merged<T>(
    first: impl Iterator<Item = (Place, T)>,
    second: impl Iterator<Item = Result<(Place, T), StoreError>>,
    limit: usize,
    earlier: impl Fn(&Place, &Place) -> bool,
) -> Result<Vec<(Place, T)>, StoreError> {
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
