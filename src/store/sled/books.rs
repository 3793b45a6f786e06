//! What is known of entries, source by source, read and changed together.

use std::collections::BTreeMap;

use super::leaves::Sheet;
use super::trees::{Trees, entries_of};
use super::write::Changes;
use crate::model::{ArticleId, SourceName};
use crate::store::StoreError;
use crate::store::rows::known::{self, Known};

type Entries = Sheet<16, { known::BYTES }>;

/// The entries of the sources that somebody asks about.
///
/// A store of layout 1 did not say whose a sighting is whose article has expired. Such sightings stand under no source, and move to theirs
/// when they are seen again.
#[derive(Debug)]
pub(super) struct Books {
    own: BTreeMap<SourceName, Entries>,
    orphans: Entries,
    /// Orphans that there are after the changes.
    left: u64,
}

impl Books {
    pub(super) fn of(trees: &Trees) -> Self {
        Self { own: BTreeMap::new(), orphans: Sheet::new(entries_of(None)), left: trees.counts.orphans }
    }

    /// `None` is for sightings whose source is not known.
    pub(super) fn get(&mut self, trees: &Trees, source: Option<&SourceName>, id: ArticleId) -> Result<Known, StoreError> {
        let mut found = match source {
            Some(source) => self.own_of(source).get(trees, &id.0)?,
            None => None,
        };
        if found.is_none() && self.left > 0 {
            found = self.orphans.get(trees, &id.0)?;
        }
        found.map_or(Ok(Known::default()), |record| trees.known(id, &record))
    }

    pub(super) fn put(&mut self, trees: &Trees, source: Option<&SourceName>, id: ArticleId, known: &Known) -> Result<(), StoreError> {
        if let (true, Some(source)) = (*known == Known::default(), source) {
            return self.own_of(source).remove(trees, &id.0);
        }
        let record = known::encode(known);
        let orphan = if self.left > 0 || source.is_none() { self.orphans.get(trees, &id.0)? } else { None };
        let Some(source) = source else {
            self.left += u64::from(orphan.is_none());
            return self.orphans.put(trees, id.0, record);
        };
        if orphan.is_some() {
            self.orphans.remove(trees, &id.0)?;
            self.left -= 1;
        }
        self.own_of(source).put(trees, id.0, record)
    }

    fn own_of(&mut self, source: &SourceName) -> &mut Entries {
        self.own.entry(source.clone()).or_insert_with(|| Sheet::new(entries_of(Some(source))))
    }

    /// Hands what changed to the transaction. Gives how many orphans are left.
    pub(super) fn finish(&self, trees: &Trees, changes: &mut Changes) -> Result<u64, StoreError> {
        self.own.values().try_for_each(|sheet| sheet.finish(trees, changes))?;
        self.orphans.finish(trees, changes)?;
        Ok(self.left)
    }
}
