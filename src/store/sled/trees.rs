//! The trees, and how their rows are read. docs/STORE.md lists each with its key, its value and its invariants.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::at_hand::AtHand;
use super::books::Books;
use super::filter::Filter;
use super::leaves::Shelf;
use super::recall::Recall;
use super::recent::Recent;
use super::room::Tail;
use super::seal::{Counts, Seal};
use super::states::Polled;
use super::sweep::Sweep;
use super::{SledOptions, damaged, ground, row_failed, sled_failed};
use crate::model::{ArticleId, Instant, Reject, Sighting, SourceName};
use crate::store::rows::journal::{self, NOTHING};
use crate::store::rows::known::{self, Known};
use crate::store::rows::pool::Pool;
use crate::store::rows::{RowError, frame, keys, state};
use crate::store::{StoreError, disk};

/// The key of the counts in the tree `meta`.
pub(super) const COUNTS_KEY: &[u8] = b"counts";
/// How often sled's file is tried again while the last user of it, in this process, is still letting go.
const LETTING_GO_TRIES_MAX: u32 = 50;
const LETTING_GO_MILLISECONDS: u64 = 20;

/// A tree of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// Arrival of the first, chunk: a pack of articles.
    Packs,
    /// Source, leaf: id to what is known of an entry. Without a source: sightings whose source is not known.
    Entries,
    /// Source, leaf: place to arrival.
    BySource,
    /// Leaf: place to arrival.
    ByTime,
    /// Leaf: id to arrival.
    ById,
    /// First source, chunk: the states of neighbours in the order of names.
    States,
    /// Number of the group, chunk: the states that its polls left, until `States` has them.
    Polled,
    /// Source, chunk: its newest rejects.
    Rejects,
    /// Source, chunk: the number that its next article gets.
    Arrivals,
    /// Number of the group, chunk: what it says of entries, until `Entries` has it.
    Recent,
    /// Layer, chunk: which entries `Entries` does not have.
    Filter,
    /// Counts.
    Meta,
}

impl Tree {
    /// All of them.
    pub(super) const ALL: [Self; 12] = [
        Self::Packs,
        Self::Entries,
        Self::BySource,
        Self::ByTime,
        Self::ById,
        Self::States,
        Self::Polled,
        Self::Rejects,
        Self::Arrivals,
        Self::Recent,
        Self::Filter,
        Self::Meta,
    ];

    /// Its name in sled.
    fn name(self) -> &'static str {
        match self {
            Self::Packs => "packs",
            Self::Entries => "entries",
            Self::BySource => "by_source",
            Self::ByTime => "by_time",
            Self::ById => "by_id",
            Self::States => "states",
            Self::Polled => "polled",
            Self::Rejects => "rejects",
            Self::Arrivals => "arrivals",
            Self::Recent => "recent",
            Self::Filter => "filter",
            Self::Meta => "meta",
        }
    }
}

/// Opens sled itself.
pub(super) fn open_db(folder: &Path, options: SledOptions) -> Result<::sled::Db, StoreError> {
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
    /// In the order of [`Tree::ALL`].
    pub(super) all: Vec<::sled::Tree>,
    /// How much is in them.
    pub(super) counts: Counts,
    /// Sources that have a state, once somebody asked.
    pub(super) sources: OnceLock<BTreeSet<SourceName>>,
    /// Where the states are that the packs of them do not have yet, once somebody asked.
    pub(super) polled: OnceLock<Polled>,
    /// What the trees do not have yet, of articles and entries, once somebody asked: a poll that brings nothing never does.
    pub(super) recent: OnceLock<Recent>,
    /// What the tree of entries does not have; `None`: that is not known.
    pub(super) filter: Option<Filter>,
    /// Articles that were read a moment ago.
    pub(super) recall: Recall,
    /// Packs of states that were read a moment ago.
    pub(super) at_hand: AtHand,
    /// Keeps sled's cache small.
    pub(super) sweep: Sweep,
    /// Why everything should be read before they are trusted.
    pub(super) suspicion: Option<String>,
    pub(super) pool: Arc<Pool>,
    seal: Seal,
}

impl Trees {
    /// Opens what is in `folder`, or makes it.
    pub(super) fn open(folder: &Path, options: SledOptions, pool: Arc<Pool>) -> Result<Self, StoreError> {
        let path = folder.join(ground::DB_FILE);
        // Before sled can make it longer again.
        let file_bytes = std::fs::metadata(&path).map_or(0, |data| data.len());
        let db = open_db(folder, options)?;
        let all: Result<Vec<_>, _> = Tree::ALL.iter().map(|tree| db.open_tree(tree.name())).collect();
        let all = all.map_err(|why| sled_failed(folder, &why))?;
        // Writable, since some systems sync through writable handles only.
        let file = File::options().read(true).write(true).open(&path).map_err(|why| disk::io_failed(&path, "open", &why))?;
        let (seal, sealed) = Seal::open(folder)?;
        let (counts, folder) = (Counts::default(), folder.to_owned());
        let (recall, at_hand, sweep) = (Recall::default(), AtHand::default(), Sweep::default());
        let (sources, polled, recent) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let mut trees = Self {
            folder,
            db,
            file,
            all,
            counts,
            sources,
            polled,
            recent,
            filter: None,
            recall,
            at_hand,
            sweep,
            suspicion: None,
            pool,
            seal,
        };
        trees.keep_cache_small()?;
        trees.counts = trees.read_counts()?;
        trees.clear_room()?;
        trees.suspicion = sealed.doubts(trees.counts, file_bytes).map_err(|why| damaged(&trees.folder, &why))?;
        trees.filter = trees.counts.filter.map(|layers| trees.read_filter(layers)).transpose()?;
        trees.make_durable()?;
        disk::sync_folder(&trees.folder)?;
        Ok(trees)
    }

    /// sled's tree.
    pub(super) fn of(&self, tree: Tree) -> &::sled::Tree {
        // `all` has one for each, in the order in which they are declared.
        &self.all[tree as usize]
    }

    /// The counts that the last transaction left.
    pub(super) fn read_counts(&self) -> Result<Counts, StoreError> {
        let Some((text, _)) = self.content(Tree::Meta, COUNTS_KEY)? else {
            return Ok(Counts { tail: Some(Tail::EMPTY), filter: Some(0), ..Counts::default() });
        };
        serde_json::from_slice(&text).map_err(|why| self.row(RowError::Broken(format!("its counts cannot be read: {why}"))))
    }

    /// Makes what keeps sled's cache small, where the store has grown so large that it needs it.
    pub(super) fn keep_cache_small(&self) -> Result<(), StoreError> {
        self.sweep.make(&self.db, self.file_bytes()?).map_err(|why| self.sled(&why))
    }

    pub(super) fn file_bytes(&self) -> Result<u64, StoreError> {
        self.file.metadata().map(|data| data.len()).map_err(|why| disk::io_failed(&self.folder, "read", &why))
    }

    /// Notes outside sled what must be there from now on.
    pub(super) fn write_seal(&self) -> Result<(), StoreError> {
        self.seal.write(self.counts, self.file_bytes()?).map_err(|why| disk::io_failed(&self.folder, "write", &why))
    }

    /// Closes them. sled gives the empty end of its file back then too: not noted, the next opening would take the file for one that was cut, and read
    /// all of it (7 s of a processor with 350,000 articles, at each start, until something is written).
    pub(super) fn close(self) {
        let Self { folder, db, all, sweep, file, seal, .. } = self;
        drop((sweep, all, db));
        if let Err(why) = file.metadata().and_then(|data| seal.shorten(data.len())) {
            tracing::warn!(
                "closing the store in {} could not note how long its file is, so the next start reads it: {why}",
                folder.display()
            );
        }
    }

    /// Returns when everything written so far survives a power cut.
    pub(super) fn make_durable(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(|why| self.sled(&why))?;
        disk::sync_file(&self.file).map_err(|why| disk::io_failed(&self.folder, "sync", &why))
    }

    pub(super) fn sled(&self, why: &::sled::Error) -> StoreError {
        sled_failed(&self.folder, why)
    }

    pub(super) fn row(&self, why: RowError) -> StoreError {
        row_failed(&self.folder, why)
    }

    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<::sled::IVec>, StoreError> {
        self.of(tree).get(key).map_err(|why| self.sled(&why))
    }

    /// The content of the row `key`, and how many chunks it has.
    pub(super) fn content(&self, tree: Tree, key: &[u8]) -> Result<Option<(Vec<u8>, u16)>, StoreError> {
        let first = keys::chunk(key, 0);
        let Some(value) = self.get(tree, &first)? else { return Ok(None) };
        self.content_from(tree, key, &value).map(Some)
    }

    /// The same, where the value of the first chunk was read already.
    pub(super) fn content_from(&self, tree: Tree, key: &[u8], value: &[u8]) -> Result<(Vec<u8>, u16), StoreError> {
        self.sweep.read(value.len());
        self.content_of(tree, key, value)
    }

    /// The same, of a row behind the one that was read last: they share a page.
    pub(super) fn content_of_next(&self, tree: Tree, key: &[u8], value: &[u8]) -> Result<(Vec<u8>, u16), StoreError> {
        self.sweep.read_next(value.len());
        self.content_of(tree, key, value)
    }

    fn content_of(&self, tree: Tree, key: &[u8], value: &[u8]) -> Result<(Vec<u8>, u16), StoreError> {
        let chunk = frame::open(&keys::chunk(key, 0), value).map_err(|why| self.row(why))?;
        if chunk.count == 1 {
            return self.pool.unpack(chunk.piece).map(|text| (text, 1)).map_err(|why| self.row(why));
        }
        let mut joined = chunk.piece.to_vec();
        for number in 1..chunk.count {
            let key = keys::chunk(key, number);
            let value = self.get(tree, &key)?.ok_or_else(|| damaged(&self.folder, "a chunk of a row is missing"))?;
            joined.extend_from_slice(frame::open(&key, &value).map_err(|why| self.row(why))?.piece);
        }
        self.pool.unpack(&joined).map(|text| (text, chunk.count)).map_err(|why| self.row(why))
    }

    /// The same, where the value of any chunk was read already: most rows are one chunk, and that is at hand.
    pub(super) fn content_at(&self, tree: Tree, key: &[u8], number: u16, value: &[u8]) -> Result<Option<(Vec<u8>, u16)>, StoreError> {
        if number == 0 { self.content_from(tree, key, value).map(Some) } else { self.content(tree, key) }
    }

    /// How many chunks the row `key` has now; 0: it is not there.
    pub(super) fn chunks_of(&self, tree: Tree, key: &[u8]) -> Result<u16, StoreError> {
        let first = keys::chunk(key, 0);
        let Some(value) = self.get(tree, &first)? else { return Ok(0) };
        frame::open(&first, &value).map(|chunk| chunk.count).map_err(|why| self.row(why))
    }

    /// Bytes of the rows of `key`, of which there are `chunks`.
    pub(super) fn row_bytes(&self, tree: Tree, key: &[u8], chunks: u16) -> Result<u64, StoreError> {
        let bytes = |number| {
            let key = keys::chunk(key, number);
            Ok(self.get(tree, &key)?.map_or(0, |value| (key.len() + value.len()) as u64))
        };
        (0..chunks).map(bytes).sum()
    }

    /// The keys of the rows of a tree.
    pub(super) fn rows_of(&self, tree: Tree) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> {
        self.of(tree).iter().keys().filter_map(|key| {
            let read = || {
                let key = key.map_err(|why| self.sled(&why))?;
                let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
                Ok((number == 0).then(|| row.to_vec()))
            };
            read().transpose()
        })
    }

    pub(super) fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        let text = self.content(Tree::Rejects, &keys::of_source(source))?;
        text.map_or(Ok(Vec::new()), |(text, _)| state::decode_rejects(&text).map_err(|why| self.row(why)))
    }

    /// The number that the next article of a source gets.
    pub(super) fn next_of_source(&self, source: &SourceName) -> Result<u64, StoreError> {
        let text = self.content(Tree::Arrivals, &keys::of_source(source))?;
        text.map_or(Ok(0), |(text, _)| keys::read_arrival(&text).map_err(|why| self.row(why)))
    }

    /// What is known of the entries of a source, in the order asked.
    pub(super) fn sightings(&self, source: &SourceName, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        let mut books = Books::of(self);
        ids.iter().map(|id| Ok(books.get(self, Some(source), *id)?.sighting)).collect()
    }

    /// The sighting of this id, of whichever source: all of them are read.
    pub(super) fn find_sighting(&self, id: ArticleId) -> Result<Option<Sighting>, StoreError> {
        for source in std::iter::once(None).chain(self.sources()?.iter().map(Some)) {
            if let Some(record) = self.entry(source, id, || entries_of(source).get(self, &id.0))? {
                return Ok(self.known(id, &record)?.sighting);
            }
        }
        Ok(None)
    }

    /// The record of an entry: memory wins over the tree, which `stored` asks.
    pub(super) fn entry(
        &self,
        source: Option<&SourceName>,
        id: ArticleId,
        stored: impl FnOnce() -> Result<Option<journal::Known>, StoreError>,
    ) -> Result<Option<journal::Known>, StoreError> {
        let found = match self.recent()?.entry(source, id) {
            Some(found) => Some(found),
            None if !self.may_have_entry(id) => None,
            None => stored()?,
        };
        Ok(found.filter(|record| *record != NOTHING))
    }

    pub(super) fn known(&self, id: ArticleId, record: &[u8; known::BYTES]) -> Result<Known, StoreError> {
        known::decode(id, record).map_err(|why| self.row(why))
    }
}

/// What is read once somebody asks.
pub(super) fn once<T>(place: &OnceLock<T>, read: impl FnOnce() -> Result<T, StoreError>) -> Result<&T, StoreError> {
    if let Some(known) = place.get() {
        return Ok(known);
    }
    let read = read()?;
    Ok(place.get_or_init(|| read))
}

/// Stands before the entries whose source is not known.
pub(super) const NO_SOURCE: [u8; 1] = [keys::NAME_END];

/// Where the records of a source's entries stand; `None`: those whose source is not known.
pub(super) fn entries_of(source: Option<&SourceName>) -> Shelf {
    Shelf { tree: Tree::Entries, prefix: source.map_or_else(|| NO_SOURCE.to_vec(), keys::of_source) }
}

/// Where the order of a source's articles stands.
pub(super) fn order_of(source: &SourceName) -> Shelf {
    Shelf { tree: Tree::BySource, prefix: keys::of_source(source) }
}

/// The order of all articles.
pub(super) const fn by_time() -> Shelf {
    Shelf { tree: Tree::ByTime, prefix: Vec::new() }
}

/// All articles by their ids.
pub(super) const fn by_id() -> Shelf {
    Shelf { tree: Tree::ById, prefix: Vec::new() }
}
