//! What a write does to articles and sightings: each change to all trees that know of it.

use std::collections::BTreeMap;

use super::books::Books;
use super::index::Orders;
use super::seal::Counts;
use super::shipment::Shipment;
use super::trees::{Tree, Trees};
use super::write::Changes;
use crate::model::{Article, ArticleId, Original, Sighting, SourceName};
use crate::store::rows::pack::Slot;
use crate::store::rows::{RowError, article, keys, original};
use crate::store::{Arrival, Place, StoreError};

/// Changes of one write, seeing what the last one left.
pub(super) struct Session<'a> {
    trees: &'a Trees,
    counts: &'a mut Counts,
    books: Books,
    orders: Orders,
    /// The number that the next article of a source gets, before and now.
    sources: BTreeMap<SourceName, (u64, u64)>,
    shipment: Shipment,
}

impl<'a> Session<'a> {
    pub(super) fn new(trees: &'a Trees, counts: &'a mut Counts) -> Self {
        let (books, orders) = (Books::of(trees), Orders::new());
        Self { trees, counts, books, orders, sources: BTreeMap::new(), shipment: Shipment::default() }
    }

    fn next_of(&mut self, source: &SourceName) -> Result<&mut u64, StoreError> {
        use std::collections::btree_map::Entry;
        match self.sources.entry(source.clone()) {
            Entry::Occupied(known) => Ok(&mut known.into_mut().1),
            Entry::Vacant(place) => {
                let next = self.trees.next_of_source(source)?;
                Ok(&mut place.insert((next, next)).1)
            }
        }
    }

    /// Adds an article, or puts it in the place of the one that is there. `wanted`: its arrival in the store that it comes from, kept
    /// where nothing arrived later.
    pub(super) fn put_article(
        &mut self,
        article: &Article,
        wanted: Option<Arrival>,
        original: Option<&Original>,
    ) -> Result<(), StoreError> {
        let trees = self.trees;
        let text = article::encode_for_pack(article).map_err(|why| trees.row(why))?;
        let original = original.map(original::encode_for_pack).transpose().map_err(|why| trees.row(why))?;
        let place = Place::of(article);
        self.counts.changes += 1;
        let mut known = self.books.get(trees, Some(&article.source), article.id)?;
        if let Some(number) = known.arrival {
            let slot = self.shipment.slot(trees, number)?;
            let slot = slot.ok_or_else(|| trees.row(RowError::Broken(format!("article {} is not in its pack", article.id))))?;
            slot.text = text;
            if let Some(original) = original {
                slot.original = original;
            }
            let (before, arrival) = (std::mem::replace(&mut slot.place, place), slot.arrival);
            if before != place {
                self.orders.remove(trees, &article.source, before, arrival)?;
                self.orders.put(trees, &article.source, place, arrival)?;
            }
            return Ok(());
        }
        let number = wanted.map_or(self.counts.next, |wanted| wanted.number.max(self.counts.next));
        let next = self.next_of(&article.source)?;
        let arrival = Arrival { number, of_source: wanted.map_or(*next, |wanted| wanted.of_source.max(*next)) };
        *next = arrival.of_source + 1;
        self.counts.next = number + 1;
        self.counts.articles += 1;
        self.orders.put(trees, &article.source, place, arrival)?;
        self.shipment.add(Slot { arrival, place, text, original: original.flatten() });
        known.arrival = Some(number);
        self.books.put(trees, Some(&article.source), article.id, &known)
    }

    /// Puts an article in the place of the stored one, where that is still `before`; says whether it is.
    pub(super) fn replace_article(&mut self, before: &Article, after: &Article) -> Result<bool, StoreError> {
        let trees = self.trees;
        let mut known = self.books.get(trees, Some(&before.source), before.id)?;
        let Some(slot) = known.arrival.map(|number| self.shipment.slot(trees, number)).transpose()?.flatten() else { return Ok(false) };
        let stored = slot.article().map_err(|why| trees.row(why))?;
        if stored != *before || after.source != before.source || Place::of(after) != Place::of(before) {
            return Ok(false);
        }
        slot.text = article::encode_for_pack(after).map_err(|why| trees.row(why))?;
        self.counts.changes += 1;
        // A sighting of another content is of a later revision that was not taken.
        if let Some(seen) = known.sighting.as_mut().filter(|seen| seen.fingerprint == before.fingerprint) {
            seen.fingerprint = after.fingerprint;
            self.books.put(trees, Some(&before.source), before.id, &known)?;
        }
        Ok(true)
    }

    /// Writes a sighting; `None`: it is not known whose it is.
    pub(super) fn put_sighting(&mut self, source: Option<&SourceName>, sighting: &Sighting) -> Result<(), StoreError> {
        let mut known = self.books.get(self.trees, source, sighting.id)?;
        if known.sighting.replace(sighting.clone()).is_none() {
            self.counts.sightings += 1;
        }
        self.books.put(self.trees, source, sighting.id, &known)
    }

    /// Removes an article; its sighting stays (law 4). `false`: it is not there (any more).
    pub(super) fn remove_article(&mut self, source: &SourceName, id: ArticleId) -> Result<bool, StoreError> {
        let trees = self.trees;
        let mut known = self.books.get(trees, Some(source), id)?;
        let Some(number) = known.arrival.take() else { return Ok(false) };
        let slot = self.shipment.remove(trees, number)?;
        let slot = slot.ok_or_else(|| trees.row(RowError::Broken(format!("article {id} is not in its pack"))))?;
        self.orders.remove(trees, source, slot.place, slot.arrival)?;
        self.books.put(trees, Some(source), id, &known)?;
        self.counts.articles = self.counts.articles.saturating_sub(1);
        self.counts.changes += 1;
        Ok(true)
    }

    /// Hands everything to the transaction.
    pub(super) fn finish(self, changes: &mut Changes) -> Result<(), StoreError> {
        let trees = self.trees;
        self.orders.finish(trees, changes)?;
        let (lines, orphans) = self.books.finish();
        self.counts.orphans = orphans;
        changes.learn(trees, self.counts.groups, lines)?;
        for (source, (before, next)) in &self.sources {
            if next != before {
                changes.put_row(trees, Tree::Arrivals, &keys::of_source(source), &next.to_be_bytes())?;
            }
        }
        self.shipment.finish(trees, self.counts, changes)
    }
}
