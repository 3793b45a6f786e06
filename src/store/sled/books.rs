//! What is known of entries, source by source, read and changed together.

use std::collections::BTreeMap;

use super::leaves::Glance;
use super::trees::{Trees, entries_of};
use crate::model::{ArticleId, SourceName};
use crate::store::StoreError;
use crate::store::rows::journal::{self, Line, NOTHING};
use crate::store::rows::known::{self, Known};

type Entries = Glance<16, { known::BYTES }>;

/// The entries that somebody asks about. What changes is written in one row for all, and stays in memory until the trees take it in.
///
/// A store of layout 1 did not say whose a sighting is whose article has expired. Such sightings stand under no source, and move to theirs
/// when they are seen again.
#[derive(Debug)]
pub(super) struct Books {
    /// What the trees have.
    stored: BTreeMap<Option<SourceName>, Entries>,
    changed: BTreeMap<(Option<SourceName>, ArticleId), journal::Known>,
    /// Orphans that there are after the changes.
    left: u64,
}

impl Books {
    pub(super) fn of(trees: &Trees) -> Self {
        Self { stored: BTreeMap::new(), changed: BTreeMap::new(), left: trees.counts.orphans }
    }

    fn record(&mut self, trees: &Trees, source: Option<&SourceName>, id: ArticleId) -> Result<Option<journal::Known>, StoreError> {
        let key = (source.cloned(), id);
        if let Some(changed) = self.changed.get(&key) {
            return Ok(Some(*changed).filter(|record| *record != NOTHING));
        }
        let stored = &mut self.stored;
        trees.entry(source, id, || stored.entry(key.0).or_insert_with(|| Glance::new(entries_of(source))).get(trees, &id.0))
    }

    /// `None` is for sightings whose source is not known.
    pub(super) fn get(&mut self, trees: &Trees, source: Option<&SourceName>, id: ArticleId) -> Result<Known, StoreError> {
        let mut found = match source {
            Some(_) => self.record(trees, source, id)?,
            None => None,
        };
        if found.is_none() && self.left > 0 {
            found = self.record(trees, None, id)?;
        }
        found.map_or(Ok(Known::default()), |record| trees.known(id, &record))
    }

    pub(super) fn put(&mut self, trees: &Trees, source: Option<&SourceName>, id: ArticleId, known: &Known) -> Result<(), StoreError> {
        let orphan = if self.left > 0 || source.is_none() { self.record(trees, None, id)? } else { None };
        match (source, orphan) {
            (None, None) => self.left += 1,
            (Some(_), Some(_)) if *known != Known::default() => {
                self.changed.insert((None, id), NOTHING);
                self.left -= 1;
            }
            _ => {}
        }
        self.changed.insert((source.cloned(), id), known::encode(known));
        Ok(())
    }

    /// What changed, and how many orphans are left.
    pub(super) fn finish(self) -> (Vec<Line>, u64) {
        (self.changed.into_iter().collect(), self.left)
    }
}
