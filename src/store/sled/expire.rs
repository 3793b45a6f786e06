//! Retention: old articles go, their sightings stay (law 4).

use super::SledStore;
use super::trees::Trees;
use super::write::Entries;
use crate::model::{Instant, SourceName};
use crate::store::rows::{frame, keys};
use crate::store::{Place, StoreError};

/// Articles and whose they are.
type Owned = Vec<(SourceName, Place)>;

impl Trees {
    /// The oldest articles published before `before` (or any), oldest first.
    fn oldest(&self, before: Option<Instant>, limit: usize) -> Result<Owned, StoreError> {
        let mut unpacker = frame::Unpacker::new().map_err(|why| self.row(why))?;
        let end = before.map_or_else(|| vec![0xff; keys::PLACE_BYTES + 1], |before| keys::time(before).to_vec());
        let mut out = Vec::new();
        for key in self.articles.range(..end).keys() {
            if out.len() >= limit {
                break;
            }
            let key = key.map_err(|why| self.sled(&why))?;
            let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
            if number == 0 {
                let place = keys::read_place(row).map_err(|why| self.row(why))?;
                out.push((self.article_at(place, &mut unpacker)?.source, place));
            }
        }
        Ok(out)
    }

    /// The same of one source.
    fn oldest_of(&self, source: &SourceName, before: Option<Instant>, limit: usize) -> Result<Owned, StoreError> {
        let start = keys::of_source(source);
        let end = before.map_or_else(|| vec![0xff; keys::PLACE_BYTES + 1], |before| keys::time(before).to_vec());
        let end = [start.as_slice(), &end].concat();
        let found = self.by_source.range(start..end).keys().take(limit);
        found.map(|key| keys::read_in_source(&key.map_err(|why| self.sled(&why))?).map_err(|why| self.row(why))).collect()
    }

    /// How many articles a source has.
    fn count_of(&self, source: &SourceName) -> Result<u64, StoreError> {
        let found = self.by_source.scan_prefix(keys::of_source(source)).keys();
        found.map(|key| key.map(|_| 1).map_err(|why| self.sled(&why))).sum()
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
            let there = source.map_or(Ok(trees.counts.articles), |source| trees.count_of(source))?;
            let beyond = usize::try_from(there.saturating_sub(keep)).unwrap_or(usize::MAX).min(limit);
            match source {
                _ if beyond == 0 => Ok(Vec::new()),
                Some(source) => trees.oldest_of(source, None, beyond),
                None => trees.oldest(None, beyond),
            }
        })?;
        self.remove_articles(&old)
    }

    fn remove_articles(&self, old: &[(SourceName, Place)]) -> Result<usize, StoreError> {
        if old.is_empty() {
            return Ok(0);
        }
        let mut removed = 0;
        self.write(|trees, counts, changes| {
            let mut entries = Entries::default();
            for (source, place) in old {
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
}
