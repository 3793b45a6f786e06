//! Everything in the store as records, a turn at a time so that writers are not held up.

use std::collections::HashSet;

use super::SledStore;
use super::check::Raw;
use super::leaves::split_records;
use super::trees::{NO_SOURCE, Tree, Trees};
use crate::model::{ArticleId, SourceName};
use crate::store::rows::pack::Slot;
use crate::store::rows::{RowError, keys, known};
use crate::store::{Record, StoreError};

/// Where the records of an export go.
type Sink<'a> = &'a mut dyn FnMut(Record) -> Result<(), StoreError>;

impl SledStore {
    /// Gives everything to `sink`: states, rejects, sightings, articles in order of arrival.
    pub(super) fn export_all(&self, sink: Sink<'_>) -> Result<(), StoreError> {
        for state in self.read(Trees::states)? {
            sink(Record::State(Box::new(state)))?;
        }
        self.give(Tree::Rejects, rejects, sink)?;
        // Those in memory first: they may come into the tree while it is read, and are left out there.
        let mut given = HashSet::new();
        let recent = self.read(|trees| {
            let known = trees.recent()?.entries().map(|(key, record)| Ok((trees.known(key.1, &record)?.sighting, key)));
            known.collect::<Result<Vec<_>, StoreError>>()
        })?;
        for (sighting, key) in recent {
            if let Some(sighting) = sighting {
                sink(Record::Sighting(key.0.clone(), sighting))?;
            }
            given.insert(key);
        }
        self.give(Tree::Entries, |trees, row| sightings(trees, row, |key| given.contains(key)), sink)?;
        self.give(Tree::Packs, articles, sink)
    }

    fn give(&self, tree: Tree, look: impl Fn(&Trees, &[u8]) -> Result<Vec<Record>, StoreError>, sink: Sink<'_>) -> Result<(), StoreError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let look = |trees: &Trees, raw: &Raw| raw.first_chunk().map_err(|why| trees.row(why))?.map(|row| look(trees, row)).transpose();
            let (records, last) = self.remember(self.turn(tree, after.as_deref(), look))?;
            records.into_iter().flatten().try_for_each(&mut *sink)?;
            if last.is_none() {
                return Ok(());
            }
            after = last;
        }
    }
}

fn rejects(trees: &Trees, row: &[u8]) -> Result<Vec<Record>, StoreError> {
    let source = keys::read_of_source(row).map_err(|why| trees.row(why))?;
    let kept = trees.rejects(&source)?;
    Ok(vec![Record::Rejects(source, kept)])
}

fn sightings(trees: &Trees, row: &[u8], is_given: impl Fn(&(Option<SourceName>, ArticleId)) -> bool) -> Result<Vec<Record>, StoreError> {
    let odd = |what: &str| trees.row(RowError::Broken(what.into()));
    let (prefix, _) = row.split_last_chunk::<16>().ok_or_else(|| odd("a key is too short"))?;
    let source = if prefix == NO_SOURCE { None } else { Some(keys::read_of_source(prefix).map_err(|why| trees.row(why))?) };
    let Some((text, _)) = trees.content(Tree::Entries, row)? else { return Ok(Vec::new()) };
    let (records, _) = split_records::<16, { known::BYTES }>(&text);
    let mut out = Vec::with_capacity(records.len());
    for (id, record) in records {
        let id = ArticleId(id);
        if is_given(&(source.clone(), id)) {
            continue;
        }
        let seen = trees.known(id, &record)?.sighting;
        out.extend(seen.map(|sighting| Record::Sighting(source.clone(), sighting)));
    }
    Ok(out)
}

fn articles(trees: &Trees, row: &[u8]) -> Result<Vec<Record>, StoreError> {
    let Some(found) = trees.pack_in(row)? else { return Ok(Vec::new()) };
    let record = |slot: Slot| Ok(Record::Article(Box::new(slot.article()?), Some(slot.arrival), slot.original()?.map(Box::new)));
    found.pack.into_slots().into_iter().map(record).collect::<Result<_, RowError>>().map_err(|why| trees.row(why))
}
