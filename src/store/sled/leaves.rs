//! Sorted records of fixed length, many to a row: a leaf.
//!
//! sled splits its own pages at 16 rows whatever their length, so a row for each small record costs a page for each dozen of them. Here a
//! row holds up to [`RECORDS_MAX`] records, or [`SCATTERED_MAX`]. The key of a row is a prefix (a source, or nothing), then the lowest record key that it may
//! hold: a record stands in the last row whose key is not above its own.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::trees::{Tree, Trees};
use super::write::Changes;
use crate::store::StoreError;
use crate::store::rows::{RowError, keys};

/// Records in one leaf of an order, where new ones come close together or many at once. More are split into leaves of two thirds of it.
const RECORDS_MAX: usize = 192;
/// Records in one leaf of entries, likewise. They are more than twice as long, and their keys are hashes: each entry of a poll may stand in another
/// leaf, all of which is unpacked for it.
const SCATTERED_MAX: usize = 48;

/// A record: its key and its value.
pub(super) type Record<const K: usize, const V: usize> = ([u8; K], [u8; V]);

/// A row of sled's.
type Row = (::sled::IVec, ::sled::IVec);

/// A leaf that was read.
struct Read<const K: usize, const V: usize> {
    start: [u8; K],
    records: Vec<Record<K, V>>,
    chunks: u16,
}

/// Which leaves.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    pub(super) tree: Tree,
    pub(super) prefix: Vec<u8>,
}

/// One leaf as it stands.
#[derive(Debug)]
struct Leaf<const K: usize, const V: usize> {
    records: Vec<Record<K, V>>,
    /// Where the next leaf begins.
    end: Option<[u8; K]>,
    /// Rows that it has now.
    chunks: u16,
    changed: bool,
}

impl Shelf {
    /// Records in one of its leaves.
    fn records_max(&self) -> usize {
        if self.tree == Tree::Entries { SCATTERED_MAX } else { RECORDS_MAX }
    }

    fn at(&self, key: &[u8]) -> Vec<u8> {
        [&self.prefix, key].concat()
    }

    /// Above every chunk of the leaf that begins at `key`.
    fn above(&self, key: &[u8]) -> Vec<u8> {
        [&self.prefix, key, &[0xff; 2]].concat()
    }

    fn start_of<const K: usize>(&self, trees: &Trees, key: &[u8]) -> Result<[u8; K], StoreError> {
        let start = key.strip_prefix(self.prefix.as_slice()).and_then(|rest| rest.first_chunk::<K>());
        start.copied().ok_or_else(|| trees.row(RowError::Broken(format!("a key of {} bytes is none of a leaf", key.len()))))
    }

    /// The leaf of which a chunk was found, its records, and how many chunks it has.
    fn read<const K: usize, const V: usize>(&self, trees: &Trees, (key, value): &Row) -> Result<Read<K, V>, StoreError> {
        let odd = |what: &str| trees.row(RowError::Broken(what.into()));
        let start = self.start_of(trees, key)?;
        let (row, number) = keys::read_chunk(key).map_err(|why| trees.row(why))?;
        let (text, chunks) = trees.content_at(self.tree, row, number, value)?.ok_or_else(|| odd("a leaf is missing"))?;
        let (records, rest) = split_records::<K, V>(&text);
        let sorted = records.is_sorted_by(|a, b| a.0 < b.0) && records.first().is_none_or(|(first, _)| *first >= start);
        if rest || !sorted || records.is_empty() {
            return Err(odd("a leaf is out of order"));
        }
        Ok(Read { start, records, chunks })
    }

    /// The record of this key.
    pub(super) fn get<const K: usize, const V: usize>(&self, trees: &Trees, key: &[u8; K]) -> Result<Option<[u8; V]>, StoreError> {
        Ok(self.leaf_of(trees, key)?.and_then(|leaf| find(&leaf.records, key)))
    }

    /// The leaf in which a record of this key stands or would stand.
    fn leaf_of<const K: usize, const V: usize>(&self, trees: &Trees, key: &[u8; K]) -> Result<Option<Read<K, V>>, StoreError> {
        let found =
            trees.of(self.tree).range(self.at(&[0; K])..=self.above(key)).next_back().transpose().map_err(|why| trees.sled(&why))?;
        found.map(|found| self.read(trees, &found)).transpose()
    }

    /// The records below `end` (or all), last ones first.
    pub(super) fn backward<'a, const K: usize, const V: usize>(&'a self, trees: &'a Trees, end: Option<[u8; K]>) -> Backward<'a, K, V> {
        Backward { shelf: self, trees, end, waiting: Vec::new(), done: false }
    }

    /// All records, first ones first.
    pub(super) fn forward<'a, const K: usize, const V: usize>(&'a self, trees: &'a Trees) -> Forward<'a, K, V> {
        Forward { shelf: self, trees, after: None, waiting: Vec::new().into_iter(), done: false }
    }

    fn leaf_below<const K: usize>(&self, trees: &Trees, end: Option<&[u8; K]>) -> Result<Option<Row>, StoreError> {
        let high = end.map_or_else(|| Bound::Included(self.above(&[0xff; K])), |end| Bound::Excluded(self.at(end)));
        let low = Bound::Included(self.at(&[0; K]));
        let found = trees.of(self.tree).range::<Vec<u8>, _>((low, high)).next_back();
        found.transpose().map_err(|why| trees.sled(&why))
    }

    fn leaf_above<const K: usize>(&self, trees: &Trees, after: Option<&[u8; K]>) -> Result<Option<Row>, StoreError> {
        let low = after.map_or_else(|| Bound::Included(self.at(&[0; K])), |after| Bound::Excluded(self.above(after)));
        let found = trees.of(self.tree).range::<Vec<u8>, _>((low, Bound::Included(self.above(&[0xff; K])))).next();
        found.transpose().map_err(|why| trees.sled(&why))
    }
}

/// The value of this key in sorted records.
fn find<const K: usize, const V: usize>(records: &[Record<K, V>], key: &[u8; K]) -> Option<[u8; V]> {
    records.binary_search_by(|(known, _)| known.cmp(key)).ok().map(|at| records[at].1)
}

/// The records of a leaf's text, and whether something is left over.
pub(super) fn split_records<const K: usize, const V: usize>(text: &[u8]) -> (Vec<Record<K, V>>, bool) {
    let mut records = Vec::with_capacity(text.len() / (K + V));
    let mut rest = text;
    while let Some((key, behind)) = rest.split_first_chunk::<K>()
        && let Some((value, behind)) = behind.split_first_chunk::<V>()
    {
        records.push((*key, *value));
        rest = behind;
    }
    (records, !rest.is_empty())
}

/// See [`Shelf::backward`].
pub(super) struct Backward<'a, const K: usize, const V: usize> {
    shelf: &'a Shelf,
    trees: &'a Trees,
    end: Option<[u8; K]>,
    waiting: Vec<Record<K, V>>,
    done: bool,
}

impl<const K: usize, const V: usize> Backward<'_, K, V> {
    fn load(&mut self) -> Result<(), StoreError> {
        let Some(found) = self.shelf.leaf_below(self.trees, self.end.as_ref())? else {
            self.done = true;
            return Ok(());
        };
        let Read { start, mut records, .. } = self.shelf.read::<K, V>(self.trees, &found)?;
        if let Some(end) = self.end {
            records.truncate(records.partition_point(|(key, _)| *key < end));
        }
        self.waiting = records;
        self.end = Some(start);
        Ok(())
    }
}

impl<const K: usize, const V: usize> Iterator for Backward<'_, K, V> {
    type Item = Result<Record<K, V>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.waiting.pop() {
                return Some(Ok(record));
            }
            if self.done {
                return None;
            }
            if let Err(why) = self.load() {
                self.done = true;
                return Some(Err(why));
            }
        }
    }
}

/// See [`Shelf::forward`].
pub(super) struct Forward<'a, const K: usize, const V: usize> {
    shelf: &'a Shelf,
    trees: &'a Trees,
    after: Option<[u8; K]>,
    waiting: std::vec::IntoIter<Record<K, V>>,
    done: bool,
}

impl<const K: usize, const V: usize> Forward<'_, K, V> {
    fn load(&mut self) -> Result<(), StoreError> {
        let Some(found) = self.shelf.leaf_above(self.trees, self.after.as_ref())? else {
            self.done = true;
            return Ok(());
        };
        let Read { start, records, .. } = self.shelf.read::<K, V>(self.trees, &found)?;
        self.waiting = records.into_iter();
        self.after = Some(start);
        Ok(())
    }
}

impl<const K: usize, const V: usize> Iterator for Forward<'_, K, V> {
    type Item = Result<Record<K, V>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.waiting.next() {
                return Some(Ok(record));
            }
            if self.done {
                return None;
            }
            if let Err(why) = self.load() {
                self.done = true;
                return Some(Err(why));
            }
        }
    }
}

/// Leaves that are read together.
#[derive(Debug)]
pub(super) struct Glance<const K: usize, const V: usize> {
    shelf: Shelf,
    leaves: BTreeMap<[u8; K], Vec<Record<K, V>>>,
}

impl<const K: usize, const V: usize> Glance<K, V> {
    pub(super) fn new(shelf: Shelf) -> Self {
        Self { shelf, leaves: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, trees: &Trees, key: &[u8; K]) -> Result<Option<[u8; V]>, StoreError> {
        // Behind its last record a leaf may have ended.
        let known = self.leaves.range(..=*key).next_back().filter(|(_, records)| records.last().is_some_and(|(last, _)| key <= last));
        if let Some((_, records)) = known {
            return Ok(find(records, key));
        }
        let Some(Read { start, records, .. }) = self.shelf.leaf_of(trees, key)? else { return Ok(None) };
        let found = find(&records, key);
        self.leaves.insert(start, records);
        Ok(found)
    }
}

/// Leaves that are read and changed together.
#[derive(Debug)]
pub(super) struct Sheet<const K: usize, const V: usize> {
    shelf: Shelf,
    leaves: BTreeMap<[u8; K], Leaf<K, V>>,
}

impl<const K: usize, const V: usize> Sheet<K, V> {
    pub(super) fn new(shelf: Shelf) -> Self {
        Self { shelf, leaves: BTreeMap::new() }
    }

    /// The leaf in which a record of this key stands or would stand.
    fn leaf(&mut self, trees: &Trees, key: &[u8; K]) -> Result<&mut Leaf<K, V>, StoreError> {
        let loaded = self.leaves.range(..=*key).next_back().filter(|(_, leaf)| leaf.end.is_none_or(|end| *key < end));
        let start = match loaded.map(|(start, _)| *start) {
            Some(start) => start,
            None => self.load(trees, key)?,
        };
        self.leaves.get_mut(&start).ok_or_else(|| trees.row(RowError::Broken("a leaf was lost while reading".into())))
    }

    fn load(&mut self, trees: &Trees, key: &[u8; K]) -> Result<[u8; K], StoreError> {
        let shelf = &self.shelf;
        let nothing = Read { start: [0; K], records: Vec::new(), chunks: 0 };
        let Read { start, records, chunks } = shelf.leaf_of(trees, key)?.unwrap_or(nothing);
        let end = shelf.leaf_above(trees, Some(&start))?.map(|(key, _)| shelf.start_of(trees, &key)).transpose()?;
        self.leaves.insert(start, Leaf { records, end, chunks, changed: false });
        Ok(start)
    }

    pub(super) fn put(&mut self, trees: &Trees, key: [u8; K], value: [u8; V]) -> Result<(), StoreError> {
        let leaf = self.leaf(trees, &key)?;
        match leaf.records.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) if leaf.records[at].1 == value => {}
            Ok(at) => {
                leaf.records[at].1 = value;
                leaf.changed = true;
            }
            Err(at) => {
                leaf.records.insert(at, (key, value));
                leaf.changed = true;
            }
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, trees: &Trees, key: &[u8; K]) -> Result<(), StoreError> {
        let leaf = self.leaf(trees, key)?;
        if let Ok(at) = leaf.records.binary_search_by(|(known, _)| known.cmp(key)) {
            leaf.records.remove(at);
            leaf.changed = true;
        }
        Ok(())
    }

    /// Whether the leaf of this key has been read.
    pub(super) fn has(&self, key: &[u8; K]) -> bool {
        self.leaves.range(..=*key).next_back().is_some_and(|(_, leaf)| leaf.end.is_none_or(|end| *key < end))
    }

    /// How many leaves it has read.
    pub(super) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Hands what changed to the transaction.
    pub(super) fn finish(&self, trees: &Trees, changes: &mut Changes) -> Result<(), StoreError> {
        let (tree, records_max) = (self.shelf.tree, self.shelf.records_max());
        for (start, leaf) in self.leaves.iter().filter(|(_, leaf)| leaf.changed) {
            let own = self.shelf.at(start);
            let parts = if leaf.records.len() <= records_max { 1 } else { leaf.records.len().div_ceil(records_max * 2 / 3) };
            let each = leaf.records.len().div_ceil(parts).max(1);
            let mut written = 0;
            for (number, part) in leaf.records.chunks(each).enumerate() {
                let text = part.iter().flat_map(|(key, value)| [&key[..], value]).collect::<Vec<_>>().concat();
                let row = if number == 0 { own.clone() } else { part.first().map(|(key, _)| self.shelf.at(key)).unwrap_or_default() };
                let chunks = trees.pool.pack(&row, &text).map_err(|why| trees.row(why))?;
                if number == 0 {
                    written = chunks.len();
                }
                changes.insert(tree, chunks);
            }
            for number in (0..leaf.chunks).skip(written) {
                changes.remove(tree, keys::chunk(&own, number));
            }
        }
        Ok(())
    }
}
