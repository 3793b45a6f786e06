//! A store in memory: for tests, `preview`, and as the plainest statement of what a store does.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Place, Store, StoreError, Totals, rejects};
use crate::model::{Article, ArticleId, Instant, PollPlan, Reject, Sighting, SourceName, SourceState};

/// A store that is gone with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    articles: BTreeMap<Place, Article>,
    places: HashMap<ArticleId, Place>,
    sightings: HashMap<ArticleId, Sighting>,
    states: BTreeMap<SourceName, SourceState>,
    rejects: HashMap<SourceName, Vec<(Instant, Reject)>>,
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
        self.articles.remove(&place);
        self.places.remove(&place.id);
    }

    fn apply(&mut self, plan: &PollPlan) {
        for article in &plan.articles {
            let place = Place::of(article);
            if let Some(old) = self.places.insert(article.id, place) {
                self.articles.remove(&old);
            }
            self.articles.insert(place, article.clone());
        }
        for sighting in &plan.sightings {
            self.sightings.insert(sighting.id, sighting.clone());
        }
        let kept = self.rejects.entry(plan.source.clone()).or_default();
        if let Some(merged) = rejects::merged(kept, plan) {
            *kept = merged;
        }
        self.states.insert(plan.source.clone(), plan.state.clone());
    }
}

impl Store for MemoryStore {
    fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        Ok(self.lock().states.values().cloned().collect())
    }

    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        Ok(self.lock().states.get(source).cloned())
    }

    fn sightings(&self, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        let inner = self.lock();
        Ok(ids.iter().map(|id| inner.sightings.get(id).cloned()).collect())
    }

    fn apply(&self, plans: &[PollPlan]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        plans.iter().for_each(|plan| inner.apply(plan));
        Ok(())
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        let inner = self.lock();
        Ok(inner.places.get(&id).and_then(|place| inner.articles.get(place)).cloned())
    }

    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        let inner = self.lock();
        let end = before.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let found = inner.articles.range((std::ops::Bound::Unbounded, end)).rev().map(|(_, article)| article);
        Ok(found.filter(|article| source.is_none_or(|name| article.source == *name)).take(limit).cloned().collect())
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
        })
    }

    fn expire(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        let mut inner = self.lock();
        let end = Place { published: before, id: ArticleId([0; 16]) };
        let old = inner.articles.range(..end).filter(|(_, article)| source.is_none_or(|name| article.source == *name));
        let old: Vec<Place> = old.map(|(place, _)| *place).take(limit).collect();
        old.iter().for_each(|place| inner.remove(*place));
        Ok(old.len())
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        let inner = self.lock();
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
