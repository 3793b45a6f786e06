//! The trees, and how their rows are read. docs/STORE.md lists each with its key, its value and its invariants.

use std::fs::File;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use super::seal::{Counts, Seal};
use super::{SledOptions, damaged, ground, row_failed, sled_failed};
use crate::model::{Article, ArticleId, Instant, Reject, SourceName, SourceState};
use crate::store::rows::entry::{self, EntryRow};
use crate::store::rows::{RowError, article, frame, keys, state};
use crate::store::{Place, StoreError, disk};

/// The key of the counts in the tree `meta`.
pub(super) const COUNTS_KEY: &[u8] = b"counts";
/// How often sled's file is tried again while the last user of it, in this process, is still letting go.
const LETTING_GO_TRIES_MAX: u32 = 50;
const LETTING_GO_MILLISECONDS: u64 = 20;

fn open_db(folder: &Path, options: SledOptions) -> Result<::sled::Db, StoreError> {
    let config = ::sled::Config::new()
        .path(folder)
        .mode(::sled::Mode::LowSpace)
        .cache_capacity(options.cache_bytes)
        // We flush when a group is written, and nothing is written otherwise.
        .flush_every_ms(None);
    let mut tries = 0;
    loop {
        match config.open() {
            // We hold our own lock, so it is not another process.
            Err(::sled::Error::Io(why)) if tries < LETTING_GO_TRIES_MAX && why.to_string().contains("could not acquire lock") => {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(LETTING_GO_MILLISECONDS));
            }
            opened => return opened.map_err(|why| sled_failed(folder, &why)),
        }
    }
}

/// The open trees.
#[derive(Debug)]
pub(super) struct Trees {
    pub(super) folder: PathBuf,
    pub(super) db: ::sled::Db,
    /// Our own handle to sled's file: its flush writes, and only a sync through this makes it durable (CRATES: 20 of 20 power cuts).
    pub(super) file: File,
    /// place, chunk number: the article.
    pub(super) articles: ::sled::Tree,
    /// source, place: nothing. The order of one source.
    pub(super) by_source: ::sled::Tree,
    /// id: sighting and place.
    pub(super) entries: ::sled::Tree,
    /// source, chunk number: its state.
    pub(super) states: ::sled::Tree,
    /// source, chunk number: its newest rejects.
    pub(super) rejects: ::sled::Tree,
    /// Counts.
    pub(super) meta: ::sled::Tree,
    /// How much is in them.
    pub(super) counts: Counts,
    /// Why everything should be read before they are trusted.
    pub(super) suspicion: Option<String>,
    seal: Seal,
}

impl Trees {
    /// Opens what is in `folder`, or makes it.
    pub(super) fn open(folder: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let path = folder.join(ground::DB_FILE);
        // Before sled can make it longer again.
        let file_bytes = std::fs::metadata(&path).map_or(0, |data| data.len());
        let db = open_db(folder, options)?;
        let tree = |name: &str| db.open_tree(name).map_err(|why| sled_failed(folder, &why));
        let (articles, by_source, entries) = (tree("articles")?, tree("by_source")?, tree("entries")?);
        let (states, rejects, meta) = (tree("states")?, tree("rejects")?, tree("meta")?);
        // Writable, since some systems sync through writable handles only.
        let file = File::options().read(true).write(true).open(&path).map_err(|why| disk::io_failed(&path, "open", &why))?;
        let (seal, sealed) = Seal::open(folder)?;
        let (counts, folder) = (Counts::default(), folder.to_owned());
        let mut trees = Self { folder, db, file, articles, by_source, entries, states, rejects, meta, counts, suspicion: None, seal };
        trees.counts = trees.read_counts()?;
        trees.suspicion = sealed.doubts(trees.counts, file_bytes).map_err(|why| damaged(&trees.folder, &why))?;
        trees.make_durable()?;
        disk::sync_folder(&trees.folder)?;
        Ok(trees)
    }

    /// The counts that the last transaction left.
    pub(super) fn read_counts(&self) -> Result<Counts, StoreError> {
        let Some(text) = self.content(&self.meta, COUNTS_KEY, &mut self.unpacker()?)? else { return Ok(Counts::default()) };
        serde_json::from_slice(&text).map_err(|why| self.row(RowError::Broken(format!("its counts cannot be read: {why}"))))
    }

    /// Notes outside sled what must be there from now on.
    pub(super) fn write_seal(&self) -> Result<(), StoreError> {
        let file_bytes = self.file.metadata().map_err(|why| disk::io_failed(&self.folder, "read", &why))?.len();
        self.seal.write(self.counts, file_bytes).map_err(|why| disk::io_failed(&self.folder, "write", &why))
    }

    /// Returns when everything written so far survives a power cut.
    pub(super) fn make_durable(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(|why| self.sled(&why))?;
        self.file.sync_all().map_err(|why| disk::io_failed(&self.folder, "sync", &why))
    }

    pub(super) fn sled(&self, why: &::sled::Error) -> StoreError {
        sled_failed(&self.folder, why)
    }

    pub(super) fn row(&self, why: RowError) -> StoreError {
        row_failed(&self.folder, why)
    }

    fn get(&self, tree: &::sled::Tree, key: &[u8]) -> Result<Option<::sled::IVec>, StoreError> {
        tree.get(key).map_err(|why| self.sled(&why))
    }

    /// The content of the row `key`.
    pub(super) fn content(&self, tree: &::sled::Tree, key: &[u8], unpacker: &mut frame::Unpacker) -> Result<Option<Vec<u8>>, StoreError> {
        let first = keys::chunk(key, 0);
        let Some(value) = self.get(tree, &first)? else { return Ok(None) };
        let chunk = frame::open(&first, &value).map_err(|why| self.row(why))?;
        let mut joined = chunk.piece.to_vec();
        for number in 1..chunk.count {
            let key = keys::chunk(key, number);
            let value = self.get(tree, &key)?.ok_or_else(|| damaged(&self.folder, "a chunk of a row is missing"))?;
            joined.extend_from_slice(frame::open(&key, &value).map_err(|why| self.row(why))?.piece);
        }
        unpacker.unpack(&joined).map(Some).map_err(|why| self.row(why))
    }

    pub(super) fn unpacker(&self) -> Result<frame::Unpacker, StoreError> {
        frame::Unpacker::new().map_err(|why| self.row(why))
    }

    pub(super) fn state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        let text = self.content(&self.states, &keys::of_source(source), &mut self.unpacker()?)?;
        text.map(|text| state::decode(source.clone(), &text).map_err(|why| self.row(why))).transpose()
    }

    pub(super) fn states(&self) -> Result<Vec<SourceState>, StoreError> {
        let mut unpacker = self.unpacker()?;
        let mut out = Vec::new();
        for source in self.state_names() {
            let source = source?;
            if let Some(text) = self.content(&self.states, &keys::of_source(&source), &mut unpacker)? {
                out.push(state::decode(source, &text).map_err(|why| self.row(why))?);
            }
        }
        Ok(out)
    }

    pub(super) fn count_states(&self) -> Result<u64, StoreError> {
        self.state_names().map(|name| name.map(|_| 1)).sum()
    }

    /// The sources that have a state.
    fn state_names(&self) -> impl Iterator<Item = Result<SourceName, StoreError>> {
        self.states.iter().keys().filter_map(|key| {
            let read = || {
                let key = key.map_err(|why| self.sled(&why))?;
                let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
                let first = (number == 0).then(|| keys::read_of_source(row).map_err(|why| self.row(why)));
                first.transpose()
            };
            read().transpose()
        })
    }

    pub(super) fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        let text = self.content(&self.rejects, &keys::of_source(source), &mut self.unpacker()?)?;
        text.map_or(Ok(Vec::new()), |text| state::decode_rejects(&text).map_err(|why| self.row(why)))
    }

    pub(super) fn entry(&self, id: ArticleId) -> Result<Option<EntryRow>, StoreError> {
        let value = self.get(&self.entries, &id.0)?;
        value.map(|value| entry::decode(id, &value).map_err(|why| self.row(why))).transpose()
    }

    pub(super) fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        let Some(published) = self.entry(id)?.and_then(|row| row.article_at) else { return Ok(None) };
        self.article_at(Place { published, id }, &mut self.unpacker()?).map(Some)
    }

    /// The article that an index says is there.
    pub(super) fn article_at(&self, place: Place, unpacker: &mut frame::Unpacker) -> Result<Article, StoreError> {
        let text = self.content(&self.articles, &keys::place(place), unpacker)?;
        let text = text.ok_or_else(|| damaged(&self.folder, &format!("article {} is in an index and not there", place.id)))?;
        article::decode(place, &text).map_err(|why| self.row(why))
    }

    pub(super) fn newest(&self, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        let end = before.map_or(Bound::Unbounded, |place| Bound::Excluded(keys::place(place)));
        let range = self.articles.range::<[u8; keys::PLACE_BYTES], _>((Bound::Unbounded, end));
        let mut unpacker = self.unpacker()?;
        let (mut out, mut chunks) = (Vec::new(), Vec::new());
        for found in range.rev() {
            if out.len() >= limit {
                break;
            }
            let (key, value) = found.map_err(|why| self.sled(&why))?;
            let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
            let place = keys::read_place(row).map_err(|why| self.row(why))?;
            chunks.push((key.clone(), value));
            if number == 0 {
                out.push(self.joined(place, &chunks, &mut unpacker)?);
                chunks.clear();
            }
        }
        Ok(out)
    }

    /// The article of these chunks, last one first.
    fn joined(&self, place: Place, chunks: &[(::sled::IVec, ::sled::IVec)], unpacker: &mut frame::Unpacker) -> Result<Article, StoreError> {
        let key = keys::place(place);
        let mut joined = Vec::new();
        for (number, (found, value)) in (0u16..).zip(chunks.iter().rev()) {
            let chunk = frame::open(found, value).map_err(|why| self.row(why))?;
            if **found != keys::chunk(&key, number) || usize::from(chunk.count) != chunks.len() {
                return Err(damaged(&self.folder, &format!("chunks of article {} are missing", place.id)));
            }
            joined.extend_from_slice(chunk.piece);
        }
        let text = unpacker.unpack(&joined).map_err(|why| self.row(why))?;
        article::decode(place, &text).map_err(|why| self.row(why))
    }

    pub(super) fn newest_of(&self, source: &SourceName, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        let start = keys::of_source(source);
        let end = match before {
            Some(place) => keys::in_source(source, place),
            // Above every time that a place can have.
            None => [start.as_slice(), &[0xff; keys::PLACE_BYTES + 1]].concat(),
        };
        let mut unpacker = self.unpacker()?;
        let mut out = Vec::new();
        for key in self.by_source.range(start..end).keys().rev().take(limit) {
            let key = key.map_err(|why| self.sled(&why))?;
            let (_, place) = keys::read_in_source(&key).map_err(|why| self.row(why))?;
            out.push(self.article_at(place, &mut unpacker)?);
        }
        Ok(out)
    }
}
