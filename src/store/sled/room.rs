//! Room for rows that are written behind all others.
//!
//! sled splits a page when a row makes it longer than 16, and writes both halves anew; the rows before had been written one by one, and most of
//! them a second time with the split before. Of what is written so, a third is in use, and sled gives a segment of its file back
//! only when half of it is not. So the keys come first, without values: the pages split while they are empty, and then each value is
//! written once. With 200,000 articles of 12 KB the file is 0.75 of their plain size that way, and 0.87 otherwise.
//!
//! Keys without a value are never seen: they come and are filled under the lock of the writer, and lie behind the arrivals that the counts know. Those
//! of a group that was cut off go at the next opening.

use std::ops::RangeFrom;

use super::trees::{Tree, Trees};
use crate::store::StoreError;
use crate::store::rows::keys;

impl Trees {
    /// Makes room for these rows, whose keys rise and lie behind all others of the tree.
    pub(super) fn make_room<'a>(&self, tree: Tree, keys: impl IntoIterator<Item = &'a Vec<u8>>) -> Result<(), StoreError> {
        keys.into_iter().try_for_each(|key| self.of(tree).insert(key, &[]).map(drop).map_err(|why| self.sled(&why)))
    }

    /// Takes away the room made for packs that never came.
    pub(super) fn clear_room(&self) -> Result<(), StoreError> {
        let behind: RangeFrom<Vec<u8>> = keys::chunk(&self.counts.next.to_be_bytes(), 0)..;
        for row in self.of(Tree::Packs).range(behind) {
            let (key, value) = row.map_err(|why| self.sled(&why))?;
            // Anything else there is damage, and found as such.
            if value.is_empty() {
                self.of(Tree::Packs).remove(key).map_err(|why| self.sled(&why))?;
            }
        }
        Ok(())
    }
}
