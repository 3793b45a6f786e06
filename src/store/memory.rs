//! A store in memory: for tests, `preview`, and as the plainest statement of what a store does.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::lease::{Leased, Leases};
use super::{Arrival, Place, Progress, Record, Replacement, Store, StoreError, Told, Totals, Work, rejects};
use crate::model::{Article, ArticleId, Holder, Instant, Original, PollPlan, Reject, Sighting, SourceName, SourceState};

/// A store that is gone with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    articles: BTreeMap<Place, Article>,
    places: HashMap<ArticleId, Place>,
    originals: HashMap<ArticleId, Original>,
    sightings: HashMap<ArticleId, Sighting>,
    /// Whose entries they are, where that is known.
    owners: HashMap<ArticleId, SourceName>,
    states: BTreeMap<SourceName, SourceState>,
    rejects: HashMap<SourceName, Vec<(Instant, Reject)>>,
    /// The arrivals of the articles there are.
    arrivals: BTreeMap<u64, (ArticleId, u64)>,
    numbers: HashMap<ArticleId, u64>,
    next: u64,
    next_of_source: HashMap<SourceName, u64>,
    leases: Leases,
    /// As `Totals::changes`.
    changes: u64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remove(&mut self, place: Place) {
        self.changes += 1;
        self.articles.remove(&place);
        self.places.remove(&place.id);
        self.originals.remove(&place.id);
        if let Some(number) = self.numbers.remove(&place.id) {
            self.arrivals.remove(&number);
        }
    }

    fn arrive(&mut self, article: &Article, wanted: Option<Arrival>) {
        let next = self.next_of_source.entry(article.source.clone()).or_default();
        let (number, of_source) = wanted.map_or((self.next, *next), |wanted| (wanted.number.max(self.next), wanted.of_source.max(*next)));
        *next = of_source + 1;
        self.next = number + 1;
        self.arrivals.insert(number, (article.id, of_source));
        self.numbers.insert(article.id, number);
    }

    fn put(&mut self, article: &Article, wanted: Option<Arrival>) {
        let place = Place::of(article);
        if !self.places.contains_key(&article.id) {
            self.arrive(article, wanted);
        }
        if let Some(old) = self.places.insert(article.id, place) {
            self.articles.remove(&old);
        }
        self.articles.insert(place, article.clone());
        self.changes += 1;
    }

    fn see(&mut self, source: Option<&SourceName>, sighting: &Sighting) {
        self.sightings.insert(sighting.id, sighting.clone());
        if let Some(source) = source {
            self.owners.insert(sighting.id, source.clone());
        }
    }

    fn reject(&mut self, source: &SourceName, new: rejects::Kept) {
        if !new.is_empty() {
            let kept = self.rejects.entry(source.clone()).or_default();
            *kept = rejects::merged(kept, new);
        }
    }

    fn apply(&mut self, plan: &PollPlan) {
        let mut articles: Vec<_> = plan.articles.iter().collect();
        // Within a poll the order of arrival is that of time.
        articles.sort_by_key(|article| Place::of(article));
        articles.into_iter().for_each(|article| self.put(article, None));
        for original in plan.originals.iter().filter(|original| plan.articles.iter().any(|article| article.id == original.id)) {
            self.originals.insert(original.id, original.clone());
        }
        plan.sightings.iter().for_each(|sighting| self.see(Some(&plan.source), sighting));
        self.reject(&plan.source, rejects::of_plan(plan));
        self.states.insert(plan.source.clone(), (*plan.state).clone());
    }

    fn import(&mut self, record: &Record) {
        match record {
            Record::State(state) => {
                self.states.insert(state.source.clone(), (**state).clone());
            }
            Record::Rejects(source, new) => self.reject(source, new.clone()),
            Record::Sighting(source, sighting) => self.see(source.as_ref(), sighting),
            Record::Article(article, arrival, original) => {
                self.put(article, *arrival);
                self.originals.extend(original.iter().map(|original| (article.id, (**original).clone())));
            }
        }
    }

    /// Places of all articles or of one source's, oldest first.
    fn places(&self, source: Option<&SourceName>) -> impl Iterator<Item = Place> {
        self.articles.iter().filter(move |(_, article)| source.is_none_or(|name| article.source == *name)).map(|(place, _)| *place)
    }
}

impl Store for MemoryStore {
    fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        Ok(self.lock().states.values().cloned().collect())
    }

    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        Ok(self.lock().states.get(source).cloned())
    }

    fn sightings(&self, _: &SourceName, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        let inner = self.lock();
        Ok(ids.iter().map(|id| inner.sightings.get(id).cloned()).collect())
    }

    fn find_sighting(&self, id: ArticleId) -> Result<Option<Sighting>, StoreError> {
        Ok(self.lock().sightings.get(&id).cloned())
    }

    fn lease(&self, sources: &[SourceName], holder: Holder, now: Instant, until: Instant) -> Result<Leased, StoreError> {
        Ok(self.lock().leases.lease(sources, holder, now, until))
    }

    fn give_back(&self, sources: &[SourceName], holder: Holder) -> Result<(), StoreError> {
        self.lock().leases.give_back(sources, holder);
        Ok(())
    }

    fn apply(&self, plans: &[PollPlan]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let admitted = inner.leases.admitted(plans);
        admitted.iter().for_each(|plan| inner.apply(plan));
        inner.leases.written(&admitted, true);
        Ok(())
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        let inner = self.lock();
        Ok(inner.places.get(&id).and_then(|place| inner.articles.get(place)).cloned())
    }

    fn original(&self, id: ArticleId) -> Result<Option<Original>, StoreError> {
        Ok(self.lock().originals.get(&id).cloned())
    }

    fn replace(&self, articles: &[Replacement]) -> Result<usize, StoreError> {
        let mut inner = self.lock();
        let mut replaced = 0;
        for Replacement { before, after } in articles {
            let place = Place::of(before);
            if inner.articles.get(&place) == Some(before) && Place::of(after) == place && after.source == before.source {
                inner.articles.insert(place, after.clone());
                inner.changes += 1;
                let seen = inner.sightings.get_mut(&before.id).filter(|seen| seen.fingerprint == before.fingerprint);
                seen.into_iter().for_each(|seen| seen.fingerprint = after.fingerprint);
                replaced += 1;
            }
        }
        Ok(replaced)
    }

    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        let inner = self.lock();
        let end = before.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let found = inner.articles.range((std::ops::Bound::Unbounded, end)).rev().map(|(_, article)| article);
        Ok(found.filter(|article| source.is_none_or(|name| article.source == *name)).take(limit).cloned().collect())
    }

    fn arrived(&self, source: Option<&SourceName>, numbers: Range<u64>) -> Result<Vec<(u64, Article)>, StoreError> {
        let inner = self.lock();
        let mut out = Vec::new();
        for (number, (id, of_source)) in &inner.arrivals {
            let article = inner.places.get(id).and_then(|place| inner.articles.get(place));
            let Some(article) = article.filter(|article| source.is_none_or(|name| article.source == *name)) else { continue };
            let number = if source.is_some() { of_source } else { number };
            if numbers.contains(number) {
                out.push((*number, article.clone()));
            }
        }
        Ok(out)
    }

    fn next_arrival(&self, source: Option<&SourceName>) -> Result<u64, StoreError> {
        let inner = self.lock();
        Ok(source.map_or(inner.next, |source| inner.next_of_source.get(source).copied().unwrap_or(0)))
    }

    fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        Ok(self.lock().rejects.get(source).cloned().unwrap_or_default())
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        let inner = self.lock();
        Ok(Totals {
            articles: inner.articles.len() as u64,
            sightings: inner.sightings.len() as u64,
            sources: inner.states.len() as u64,
            disk_bytes: 0,
            changes: inner.changes,
        })
    }

    fn expire(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        let mut inner = self.lock();
        let old: Vec<Place> = inner.places(source).take_while(|place| place.published < before).take(limit).collect();
        old.iter().for_each(|place| inner.remove(*place));
        Ok(old.len())
    }

    fn expire_beyond(&self, source: Option<&SourceName>, keep: u64, limit: usize) -> Result<usize, StoreError> {
        let mut inner = self.lock();
        let beyond = inner.places(source).count().saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
        let old: Vec<Place> = inner.places(source).take(beyond.min(limit)).collect();
        old.iter().for_each(|place| inner.remove(*place));
        Ok(old.len())
    }

    fn export(&self, sink: &mut dyn FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let inner = self.lock();
        inner.states.values().try_for_each(|state| sink(Record::State(Box::new(state.clone()))))?;
        inner.rejects.iter().try_for_each(|(source, kept)| sink(Record::Rejects(source.clone(), kept.clone())))?;
        inner
            .sightings
            .values()
            .try_for_each(|sighting| sink(Record::Sighting(inner.owners.get(&sighting.id).cloned(), sighting.clone())))?;
        for (number, (id, of_source)) in &inner.arrivals {
            if let Some(article) = inner.places.get(id).and_then(|place| inner.articles.get(place)) {
                let arrival = Arrival { number: *number, of_source: *of_source };
                let original = inner.originals.get(id).cloned().map(Box::new);
                sink(Record::Article(Box::new(article.clone()), Some(arrival), original))?;
            }
        }
        Ok(())
    }

    fn import(&self, records: &[Record]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        records.iter().for_each(|record| inner.import(record));
        Ok(())
    }

    fn tidy(&self) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    fn verify_told(&self, told: Told<'_>) -> Result<Vec<String>, StoreError> {
        let inner = self.lock();
        let of = inner.places.len() as u64;
        told(Progress { work: Work::Verifying, done: of, of })?;
        let lost = inner.places.iter().filter(|(_, place)| !inner.articles.contains_key(place));
        Ok(lost.map(|(id, _)| format!("article {id} is known but not there")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_in_memory_keeps_the_contract() {
        crate::store::contract::holds(|| Box::new(MemoryStore::new()));
    }
}
