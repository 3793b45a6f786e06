//! Retention: old articles go, their sightings stay (law 4).

use super::SledStore;
use super::session::Session;
use super::trees::Trees;
use crate::model::{ArticleId, Instant, SourceName};
use crate::store::StoreError;

/// Articles and whose they are.
type Owned = Vec<(SourceName, ArticleId)>;

impl Trees {
    /// The oldest articles published before `before` (or any), oldest first.
    fn oldest(&self, before: Option<Instant>, limit: usize) -> Result<Owned, StoreError> {
        let mut found = self.oldest_places(limit)?;
        found.truncate(found.partition_point(|(place, _)| before.is_none_or(|before| place.published < before)));
        let articles = self.articles_at(&found.iter().map(|(_, number)| *number).collect::<Vec<_>>())?;
        Ok(articles.into_iter().map(|article| (article.source, article.id)).collect())
    }

    /// The same of one source.
    fn oldest_of(&self, source: &SourceName, before: Option<Instant>, limit: usize) -> Result<Owned, StoreError> {
        let mut found = self.oldest_places_of(source, limit)?;
        found.truncate(found.partition_point(|(place, _)| before.is_none_or(|before| place.published < before)));
        Ok(found.into_iter().map(|(place, _)| (source.clone(), place.id)).collect())
    }
}

impl SledStore {
    /// Removes articles published before `before`, at most `limit`.
    pub(super) fn expire_before(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        let old = self.read(|trees| match source {
            Some(source) => trees.oldest_of(source, Some(before), limit),
            None => trees.oldest(Some(before), limit),
        })?;
        self.remove_articles(&old)
    }

    /// Removes the oldest articles beyond the newest `keep`, at most `limit`.
    pub(super) fn expire_to(&self, source: Option<&SourceName>, keep: u64, limit: usize) -> Result<usize, StoreError> {
        let old = self.read(|trees| {
            let there = source.map_or(Ok(trees.counts.articles), |source| Ok(trees.arrivals_of(source)?.len() as u64))?;
            let beyond = usize::try_from(there.saturating_sub(keep)).unwrap_or(usize::MAX).min(limit);
            match source {
                _ if beyond == 0 => Ok(Vec::new()),
                Some(source) => trees.oldest_of(source, None, beyond),
                None => trees.oldest(None, beyond),
            }
        })?;
        self.remove_articles(&old)
    }

    fn remove_articles(&self, old: &[(SourceName, ArticleId)]) -> Result<usize, StoreError> {
        if old.is_empty() {
            return Ok(0);
        }
        let mut removed = 0;
        self.write(|trees, counts, changes| {
            let mut session = Session::new(trees, counts);
            for (source, id) in old {
                // Somebody else may have removed it since we looked.
                removed += usize::from(session.remove_article(source, *id)?);
            }
            session.finish(changes)
        })?;
        Ok(removed)
    }
}
