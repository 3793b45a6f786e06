//! Room for rows that are written behind all others of their tree.
//!
//! Of rows that come in order sled keeps [`PAGE_ROWS`] on a page: it splits a page of one more than [`PAGE_ROWS_MAX`], and writes both halves anew.
//! It also writes a page anew with the tenth change. So rows with values are written a second and a third time, and sled gives a segment of its
//! file back only when half of it is not in use any more. So the keys come first, without values: pages split while they are empty, and then each
//! value is written once. And the rows of a group are as many as fill pages ([`Tail::filling`]), with [`WAITING_ROWS`] keys behind them, so that
//! the page which the next group begins has no values yet either. Written in groups of 45 rows, the file is 1.06 times as large as what is in it;
//! with keys first, but not whole pages, 1.45 times, otherwise 1.64 times.
//!
//! **A row without a value is room, and never seen**: whoever reads the tree passes over it. What lies behind the arrivals that the counts know
//! goes at the next opening, where it is not what should wait there. Should sled's pages be other than is thought here (rows of the last page have
//! expired), the file is larger and nothing else.

use std::ops::RangeFrom;

use serde::{Deserialize, Serialize};

use super::trees::{Tree, Trees};
use crate::store::StoreError;
use crate::store::rows::keys;

/// Rows that stay on a page that sled splits.
pub(super) const PAGE_ROWS: usize = 9;
/// Rows of a page that is not split yet.
const PAGE_ROWS_MAX: usize = 16;
/// Keys that wait behind the last row: one more than fits stands on a page with the last nine rows then, and sled splits it between them.
pub(super) const WAITING_ROWS: usize = PAGE_ROWS_MAX + 1 - PAGE_ROWS;
/// Groups shorter than this do not fill pages, in bytes: what the rows cost besides, and sled's memory of each page, would be more than what is gained.
const FILLING_BYTES_MIN: usize = 9 * 1_024;

/// The last page of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tail {
    /// Its rows, with those that wait.
    rows: usize,
    /// Whether it is made of the keys that wait for the next group, and nothing else.
    waits: bool,
}

/// What is done before rows are written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// Keys to make, in order.
    keys: Vec<Vec<u8>>,
    /// Keys that waited, and are none of these.
    given_up: Vec<Vec<u8>>,
}

impl Room {
    /// That for these rows, whose keys rise, where the last page is not known.
    pub(super) fn plain(keys: Vec<Vec<u8>>) -> Self {
        Self { keys, given_up: Vec::new() }
    }
}

impl Tail {
    /// That of a new tree.
    pub(super) const EMPTY: Self = Self { rows: 0, waits: false };

    /// Into how many rows to cut what is `bytes` long and needs at least `rows` rows, so that they fill pages; `None`: they should not.
    pub(super) fn filling(self, rows: usize, bytes: usize) -> Option<usize> {
        let before = if self.waits { 0 } else { self.rows };
        (bytes >= FILLING_BYTES_MIN).then(|| (rows + before).next_multiple_of(PAGE_ROWS) - before)
    }

    /// The last page with so many more rows.
    fn with(self, more: usize) -> usize {
        (0..more).fold(self.rows, |rows, _| if rows > PAGE_ROWS_MAX { rows + 1 - PAGE_ROWS } else { rows + 1 })
    }

    /// That of a tree with these rows, which came in order, the last `rows` of them without values before they were written.
    pub(super) const fn of_last(rows: usize) -> Self {
        Self { rows, waits: false }
    }

    /// The room for these rows, whose keys rise, and whether they fill pages. Arrivals will go on with `next`; where this was the last page, they
    /// went on with `before`.
    pub(super) fn room(self, rows: Vec<Vec<u8>>, fills: bool, before: u64, next: u64) -> (Room, Self) {
        let waited = if self.waits { waiting(before).collect() } else { Vec::new() };
        let more = rows.iter().filter(|key| !waited.contains(key)).count();
        if !fills {
            // What waited stays where it is: without it its page could be so short that sled puts it together with the one before.
            return (Room::plain(rows), Self { rows: self.with(more), waits: false });
        }
        let given_up = waited.into_iter().filter(|key| !rows.contains(key)).collect();
        let keys = rows.into_iter().chain(waiting(next)).collect();
        (Room { keys, given_up }, Self { rows: WAITING_ROWS, waits: true })
    }
}

/// The keys that wait where arrivals go on with `next`.
fn waiting(next: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..).take(WAITING_ROWS).map(move |number| keys::chunk(&next.to_be_bytes(), number))
}

/// Whether a row is more than room.
pub(super) fn is_written(row: &::sled::Result<(::sled::IVec, ::sled::IVec)>) -> bool {
    row.as_ref().map_or(true, |(_, value)| !value.is_empty())
}

impl Trees {
    /// Makes room for packs.
    pub(super) fn make_room(&self, room: &Room) -> Result<(), StoreError> {
        // The first of them go into the page that waits, as many as it takes: then what waited can go without leaving a page of so few rows that sled
        // puts it together with the one before.
        let (first, others) = room.keys.split_at(room.keys.len().min(PAGE_ROWS - 1));
        self.make_rows(Tree::Packs, first)?;
        let packs = self.of(Tree::Packs);
        room.given_up.iter().try_for_each(|key| packs.remove(key).map(drop).map_err(|why| self.sled(&why)))?;
        self.make_rows(Tree::Packs, others)
    }

    /// Makes rows without values, in order.
    pub(super) fn make_rows<'a>(&self, tree: Tree, keys: impl IntoIterator<Item = &'a Vec<u8>>) -> Result<(), StoreError> {
        keys.into_iter().try_for_each(|key| self.of(tree).insert(key, &[]).map(drop).map_err(|why| self.sled(&why)))
    }

    /// Takes away the room made for packs that never came.
    pub(super) fn clear_room(&mut self) -> Result<(), StoreError> {
        let next = self.counts.next;
        let behind: RangeFrom<Vec<u8>> = keys::chunk(&next.to_be_bytes(), 0)..;
        // Anything else there is damage, and found as such.
        let room = self.of(Tree::Packs).range(behind).filter(|row| !is_written(row));
        let keys: Result<Vec<_>, _> = room.map(|row| row.map(|(key, _)| key.to_vec())).collect();
        let keys = keys.map_err(|why| self.sled(&why))?;
        let waits = self.counts.tail.is_some_and(|tail| tail.waits);
        if (waits && waiting(next).eq(keys.iter().cloned())) || (!waits && keys.is_empty()) {
            return Ok(());
        }
        self.counts.tail = None;
        keys.iter().try_for_each(|key| self.of(Tree::Packs).remove(key).map(drop).map_err(|why| self.sled(&why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        range.map(|number| keys::chunk(&number.to_be_bytes(), 0)).collect()
    }

    #[test]
    fn rows_are_cut_to_fill_pages_unless_they_are_short() {
        let tail = |rows| Tail { rows, waits: false };
        assert_eq!(Tail::EMPTY.filling(45, 200_000), Some(45));
        assert_eq!(Tail::EMPTY.filling(46, 200_000), Some(54));
        assert_eq!(Tail { rows: WAITING_ROWS, waits: true }.filling(46, 200_000), Some(54));
        assert_eq!(tail(7).filling(2, 10_000), Some(2));
        assert_eq!(tail(13).filling(2, 10_000), Some(5));
        assert_eq!(tail(2).filling(1, 6_000), None);
        assert_eq!(Tail::EMPTY.filling(0, 0), None);
    }

    #[test]
    fn what_waits_is_filled_or_given_up() {
        let (room, tail) = Tail::EMPTY.room(rows(0..9), true, 0, 9);
        assert_eq!((room.keys.len(), room.given_up.len()), (9 + WAITING_ROWS, 0));
        assert_eq!(tail, Tail { rows: WAITING_ROWS, waits: true });
        // The first of these waited already.
        let (room, tail) = tail.room(rows(9..27), true, 9, 27);
        assert_eq!((room.keys.len(), room.given_up.len()), (18 + WAITING_ROWS, WAITING_ROWS - 1));
        // Too few to fill the page: it is one with eight rows that waited.
        let (room, few) = tail.room(rows(27..30), false, 27, 30);
        assert_eq!((room.keys.len(), room.given_up.len()), (3, 0));
        assert_eq!(few, Tail { rows: WAITING_ROWS + 2, waits: false });
        // Seventeen are split when the next one comes.
        let (_, seventeen) = few.room(rows(30..37), false, 30, 37);
        assert_eq!(seventeen, Tail { rows: 17, waits: false });
        assert_eq!(seventeen.room(rows(37..38), true, 37, 38), (Room::plain([rows(37..38), waiting(38).collect()].concat()), tail));
        // Articles that come from a snapshot keep their numbers, which have gaps.
        let (room, _) = tail.room(rows(1_000..1_009), true, 37, 1_009);
        assert_eq!((room.keys.len(), room.given_up.len()), (9 + WAITING_ROWS, WAITING_ROWS));
    }

    /// That sled does to its pages what is thought here: otherwise the file is half as large again.
    #[test]
    fn groups_of_any_size_make_a_file_little_larger_than_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut trees = Trees::open(folder.path(), super::super::SledOptions::default(), std::sync::Arc::default()).unwrap();
        let mut random = blake3::Hasher::new().finalize_xof();
        let (mut tail, mut next, mut bytes) = (Tail::EMPTY, 0, 0);
        while bytes < 60_000_000 {
            // A group in which every other arrival begins a pack of one row.
            let count = tail.filling([3, 45, 7, 180, 20][usize::try_from(next).unwrap() % 5], usize::MAX).unwrap();
            let keys: Vec<Vec<u8>> = (next..).step_by(2).take(count).map(|first| keys::chunk(&u64::to_be_bytes(first), 0)).collect();
            let (room, behind) = tail.room(keys.clone(), true, next, next + count as u64 * 2);
            trees.make_room(&room).unwrap();
            let mut batch = ::sled::Batch::default();
            for key in keys {
                let mut value = vec![0; 5_000];
                random.fill(&mut value);
                bytes += value.len() + key.len();
                batch.insert(key, value);
            }
            trees.of(Tree::Packs).apply_batch(batch).unwrap();
            (tail, next) = (behind, next + count as u64 * 2);
            trees.make_durable().unwrap();
        }
        let file = usize::try_from(trees.file_bytes().unwrap()).unwrap();
        assert!(file * 100 < bytes * 112, "{file} bytes for {bytes}");
        trees.counts.next = next;
        trees.counts.tail = Some(tail);
        trees.clear_room().unwrap();
        assert_eq!(trees.counts.tail, Some(tail), "what waits stays");
        assert_eq!(trees.of(Tree::Packs).iter().filter(|row| !is_written(row)).count(), WAITING_ROWS);
    }
}
