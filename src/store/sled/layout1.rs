//! Stores of layout 1, read once to become one of the present layout: a snapshot is written, a new store made from it, and that put in the old one's
//! place (docs/STORE.md).
//!
//! In layout 1 an article stood under its time and id, each chunk a row; a sighting was a row under its id alone.

use std::path::{Path, PathBuf};

use super::ground::{DB_FILE, Ground};
use super::recover::fill;
use super::seal::{Counts, Seal};
use super::trees::{COUNTS_KEY, open_db};
use super::{SledOptions, caught, damaged, row_failed, sled_failed};
use crate::model::{Article, ArticleId, Instant, SourceName};
use crate::store::disk::{folder_bytes, parent_of, remove_folder, require_space};
use crate::store::rows::pool::Pool;
use crate::store::rows::{RowError, article, entry, frame, keys, state};
use crate::store::told::nobody;
use crate::store::{Place, Record, StoreError, snapshot};

/// What this reads.
pub(super) const LAYOUT: u32 = 1;
/// Where snapshots are, beside the store.
const SNAPSHOTS: &str = "snapshots";
/// Ends the name of the old store until it is removed.
const OLD_SUFFIX: &str = ".layout-1";
/// The snapshot and the new store together are at most this many times the old one.
const SPACE_TIMES: u64 = 2;

/// Where the records go.
type Sink<'a> = &'a mut dyn FnMut(Record) -> Result<(), StoreError>;

/// Puts a store of the present layout in the place of this one.
///
/// # Errors
/// [`StoreError::Damaged`] when it cannot be read whole, [`StoreError::Full`] when there is no room; nothing has changed then.
pub(super) fn migrate(ground: &Ground, options: SledOptions) -> Result<(), StoreError> {
    let folder = ground.folder();
    tracing::info!("the store in {} has layout {LAYOUT}; writing it anew, after a snapshot of it", folder.display());
    require_space(folder, options.spare_bytes.saturating_add(folder_bytes(folder)?.saturating_mul(SPACE_TIMES)))?;
    ground.prepare()?;
    let path = caught(folder, || write_snapshot(folder, options))?;
    let new = ground.for_new_store()?;
    fill(&path, &new, options, &mut nobody)?;
    let old = ground.replace_with(&new, OLD_SUFFIX)?;
    remove_folder(&old)?;
    tracing::info!("the store was written anew; a snapshot of what it was is {}", path.display());
    Ok(())
}

/// Writes a snapshot of all of it. Its time is that of the last poll.
fn write_snapshot(folder: &Path, options: SledOptions) -> Result<PathBuf, StoreError> {
    let old = Old::open(folder, options)?;
    let mut at = Instant::UNIX_EPOCH;
    old.states(&mut |record| {
        if let Record::State(state) = record {
            at = state.last_attempt.map_or(at, |attempt| attempt.max(at));
        }
        Ok(())
    })?;
    snapshot::write_from(&mut |sink| old.export(sink), &parent_of(folder).join(SNAPSHOTS), at).map(|(path, _)| path)
}

/// An open store of layout 1.
struct Old<'a> {
    folder: &'a Path,
    articles: ::sled::Tree,
    by_source: ::sled::Tree,
    entries: ::sled::Tree,
    states: ::sled::Tree,
    rejects: ::sled::Tree,
    counts: Counts,
    pool: Pool,
}

impl<'a> Old<'a> {
    fn open(folder: &'a Path, options: SledOptions) -> Result<Self, StoreError> {
        let file_bytes = std::fs::metadata(folder.join(DB_FILE)).map_or(0, |data| data.len());
        let db = open_db(folder, options)?;
        let tree = |name: &str| db.open_tree(name).map_err(|why| sled_failed(folder, &why));
        let (articles, by_source, entries) = (tree("articles")?, tree("by_source")?, tree("entries")?);
        let (states, rejects, meta) = (tree("states")?, tree("rejects")?, tree("meta")?);
        let (_, sealed) = Seal::open(folder)?;
        let mut old = Self { folder, articles, by_source, entries, states, rejects, counts: Counts::default(), pool: Pool::default() };
        if let Some(text) = old.content(&meta, COUNTS_KEY)? {
            let broken = |why: serde_json::Error| damaged(folder, &format!("its counts cannot be read: {why}"));
            old.counts = serde_json::from_slice(&text).map_err(broken)?;
        }
        // Doubts are settled by reading all of it, which follows.
        sealed.doubts(old.counts, file_bytes).map_err(|why| damaged(folder, &why))?;
        Ok(old)
    }

    fn row(&self, why: RowError) -> StoreError {
        row_failed(self.folder, why)
    }

    fn get(&self, tree: &::sled::Tree, key: &[u8]) -> Result<Option<::sled::IVec>, StoreError> {
        tree.get(key).map_err(|why| sled_failed(self.folder, &why))
    }

    fn content(&self, tree: &::sled::Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let first = keys::chunk(key, 0);
        let Some(value) = self.get(tree, &first)? else { return Ok(None) };
        let chunk = frame::open(&first, &value).map_err(|why| self.row(why))?;
        let mut joined = chunk.piece.to_vec();
        for number in 1..chunk.count {
            let key = keys::chunk(key, number);
            let value = self.get(tree, &key)?.ok_or_else(|| damaged(self.folder, "a chunk of a row is missing"))?;
            joined.extend_from_slice(frame::open(&key, &value).map_err(|why| self.row(why))?.piece);
        }
        self.pool.unpack(&joined).map(Some).map_err(|why| self.row(why))
    }

    /// Gives the key of each row of a tree to `look`.
    fn each(&self, tree: &::sled::Tree, mut look: impl FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        for key in tree.iter().keys() {
            let key = key.map_err(|why| sled_failed(self.folder, &why))?;
            let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
            if number == 0 {
                look(row)?;
            }
        }
        Ok(())
    }

    fn states(&self, sink: Sink<'_>) -> Result<(), StoreError> {
        self.each(&self.states, |row| {
            let source = keys::read_of_source(row).map_err(|why| self.row(why))?;
            let Some(text) = self.content(&self.states, row)? else { return Ok(()) };
            sink(Record::State(Box::new(state::decode(source, &text).map_err(|why| self.row(why))?)))
        })
    }

    fn entry(&self, id: ArticleId) -> Result<Option<entry::EntryRow>, StoreError> {
        let value = self.get(&self.entries, &id.0)?;
        value.map(|value| entry::decode(id, &value).map_err(|why| self.row(why))).transpose()
    }

    fn article(&self, place: Place) -> Result<Article, StoreError> {
        let text = self.content(&self.articles, &keys::place(place))?;
        let text = text.ok_or_else(|| damaged(self.folder, &format!("article {} is in an index and not there", place.id)))?;
        article::decode(place, &text).map_err(|why| self.row(why))
    }

    fn read_index(&self, key: &[u8]) -> Result<(SourceName, Place), StoreError> {
        keys::read_in_source(key).map_err(|why| self.row(why))
    }

    /// States, rejects, sightings, articles in the order of time: that in which they arrived is not known.
    fn export(&self, sink: Sink<'_>) -> Result<(), StoreError> {
        let (mut articles, mut sightings) = (0, 0);
        self.states(sink)?;
        self.each(&self.rejects, |row| {
            let source = keys::read_of_source(row).map_err(|why| self.row(why))?;
            let Some(text) = self.content(&self.rejects, row)? else { return Ok(()) };
            sink(Record::Rejects(source, state::decode_rejects(&text).map_err(|why| self.row(why))?))
        })?;
        for key in self.by_source.iter().keys() {
            let (source, place) = self.read_index(&key.map_err(|why| sled_failed(self.folder, &why))?)?;
            if let Some(sighting) = self.entry(place.id)?.and_then(|entry| entry.sighting) {
                sightings += 1;
                sink(Record::Sighting(Some(source), sighting))?;
            }
        }
        for key in self.entries.iter().keys() {
            let key = key.map_err(|why| sled_failed(self.folder, &why))?;
            let id = <[u8; 16]>::try_from(&*key).map(ArticleId).map_err(|_| self.row(entry::no_id()))?;
            let entry = self.entry(id)?.unwrap_or_default();
            if let (None, Some(sighting)) = (entry.article_at, entry.sighting) {
                sightings += 1;
                sink(Record::Sighting(None, sighting))?;
            }
        }
        self.each(&self.articles, |row| {
            articles += 1;
            let place = keys::read_place(row).map_err(|why| self.row(why))?;
            sink(Record::Article(Box::new(self.article(place)?), None, None))
        })?;
        if (articles, sightings) == (self.counts.articles, self.counts.sightings) {
            return Ok(());
        }
        let Counts { articles: a, sightings: s, .. } = self.counts;
        Err(damaged(self.folder, &format!("{articles} articles and {sightings} sightings are there, and {a} and {s} were written")))
    }
}
