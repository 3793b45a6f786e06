//! Everything in the store as records, a turn at a time so that writers are not held up.

use super::SledStore;
use super::check::{Raw, Which};
use super::trees::Trees;
use crate::model::ArticleId;
use crate::store::rows::{entry, frame, keys};
use crate::store::{Record, StoreError};

/// Where the records of an export go.
type Sink<'a> = &'a mut dyn FnMut(Record) -> Result<(), StoreError>;

impl SledStore {
    /// Gives everything to `sink`: states, rejects, sightings, articles.
    pub(super) fn export_all(&self, sink: Sink<'_>) -> Result<(), StoreError> {
        for state in self.read(Trees::states)? {
            sink(Record::State(Box::new(state)))?;
        }
        self.give(|trees| &trees.rejects, rejects, sink)?;
        self.give(|trees| &trees.entries, sighting, sink)?;
        let mut unpacker = self.read(Trees::unpacker)?;
        self.give(|trees| &trees.articles, |trees, raw| article(trees, raw, &mut unpacker), sink)
    }

    fn give(
        &self,
        tree: Which,
        mut look: impl FnMut(&Trees, &Raw) -> Result<Option<Record>, StoreError>,
        sink: Sink<'_>,
    ) -> Result<(), StoreError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let (records, last) = self.remember(self.turn(tree, after.as_deref(), &mut look))?;
            records.into_iter().try_for_each(&mut *sink)?;
            if last.is_none() {
                return Ok(());
            }
            after = last;
        }
    }
}

fn rejects(trees: &Trees, raw: &Raw) -> Result<Option<Record>, StoreError> {
    let (row, number) = keys::read_chunk(&raw.key).map_err(|why| trees.row(why))?;
    if number > 0 {
        return Ok(None);
    }
    let source = keys::read_of_source(row).map_err(|why| trees.row(why))?;
    let kept = trees.rejects(&source)?;
    Ok(Some(Record::Rejects(source, kept)))
}

fn sighting(trees: &Trees, raw: &Raw) -> Result<Option<Record>, StoreError> {
    let id = <[u8; 16]>::try_from(raw.key.as_slice()).map_err(|_| trees.row(entry::no_id()))?;
    let row = entry::decode(ArticleId(id), &raw.value).map_err(|why| trees.row(why))?;
    Ok(row.sighting.map(Record::Sighting))
}

fn article(trees: &Trees, raw: &Raw, unpacker: &mut frame::Unpacker) -> Result<Option<Record>, StoreError> {
    let (row, number) = keys::read_chunk(&raw.key).map_err(|why| trees.row(why))?;
    if number > 0 {
        return Ok(None);
    }
    let place = keys::read_place(row).map_err(|why| trees.row(why))?;
    Ok(Some(Record::Article(Box::new(trees.article_at(place, unpacker)?))))
}
