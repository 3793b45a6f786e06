//! Keeps sled's cache as small as it was told to be.
//!
//! sled 0.34 sorts its pages by number into 256 shards, and looks whether a shard holds too much only after 64 accesses to pages of that shard.
//! Our pages are large, up to 64 KB, and most are read once in a while: 16,384 accesses can bring some 700 MB into memory before anything is
//! put out (290 MB after all of a store of 10,000 sources was read once, with a cache of 16 MB; of 1 MB as well). So we see to the accesses: a
//! tree of our own, [`NAME`], has some hundred tiny pages, of every shard some, and for each [`DEBT_BYTES`] of pages that may have been read or
//! written, each of them is read once. The same reading stays at 62 MB then, and 64 rounds cost 18 ms of the processor.
//!
//! The tree holds nothing that anybody needs: it is made when a store has grown, and made again where it is not whole.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The name of the tree.
const NAME: &str = "sweep";

/// Its rows: sled keeps 8 of them on a page when they come in order, so this makes 320 pages with numbers that follow each other.
const ROWS: u16 = 2_560;

/// Rows of a page.
const PAGE_ROWS: usize = 8;

/// Bytes of pages that may have come into memory before a round is made. 64 rounds put out what is too much: 24 MB.
const DEBT_BYTES: u64 = 24 * 1024 * 1024 / 64;

/// For each byte of a row so many of its page may have been read: a page has 8 to 16 rows.
const PAGE_BYTES_A_BYTE: u64 = 8;

/// What is written brings in fewer pages than what is read, so many times: rows written together mostly stand together.
const WRITTEN_PARTS: u64 = 4;

/// Rounds made at once: what is owed beyond them is forgotten.
const ROUNDS_MAX: u64 = 16;

/// Rounds after which sled has looked at every shard.
const ROUNDS_ALL: u64 = 64;

/// Bytes of pages that are not worth all rounds.
const SETTLED_BYTES: u64 = 4 * 1024 * 1024;

/// Files of sled smaller than this fit into memory.
const STORE_BYTES: u64 = 16 * 1024 * 1024;

/// What has been read, and the tree.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    tree: OnceLock<::sled::Tree>,
    owed: AtomicU64,
    /// Bytes of pages that may have come into memory since it was last seen to.
    unsettled: AtomicU64,
}

impl Sweep {
    /// Opens the tree where sled's file has become large, and makes it where it is not there.
    pub(super) fn make(&self, db: &::sled::Db, file_bytes: u64) -> ::sled::Result<()> {
        if file_bytes <= STORE_BYTES || self.tree.get().is_some() {
            return Ok(());
        }
        let tree = db.open_tree(NAME)?;
        if !tree.contains_key((ROWS - 1).to_be_bytes())? {
            // One behind the other, so that the pages are as many as they should be.
            for row in 0..ROWS {
                tree.insert(row.to_be_bytes(), &[1])?;
            }
        }
        // Whoever was first has the same tree.
        let _ = self.tree.set(tree);
        Ok(())
    }

    /// A row of so many bytes was read.
    pub(super) fn read(&self, bytes: usize) {
        self.touched(bytes as u64 * PAGE_BYTES_A_BYTE);
    }

    /// A row of so many bytes was read behind its neighbour.
    pub(super) fn read_next(&self, bytes: usize) {
        self.touched(bytes as u64);
    }

    /// Rows of so many bytes were written.
    pub(super) fn written(&self, bytes: u64) {
        self.touched(bytes * PAGE_BYTES_A_BYTE / WRITTEN_PARTS);
    }

    fn touched(&self, bytes: u64) {
        self.unsettled.fetch_add(bytes, Ordering::Relaxed);
        let owed = self.owed.fetch_add(bytes, Ordering::Relaxed);
        if owed < DEBT_BYTES {
            return;
        }
        let rounds = (self.owed.swap(0, Ordering::Relaxed) / DEBT_BYTES).min(ROUNDS_MAX);
        self.rounds(rounds);
    }

    /// Puts out what is too much now, where that is anything worth while.
    pub(super) fn settle(&self) {
        if self.unsettled.swap(0, Ordering::Relaxed) >= SETTLED_BYTES {
            self.owed.store(0, Ordering::Relaxed);
            self.rounds(ROUNDS_ALL);
        }
    }

    fn rounds(&self, rounds: u64) {
        let Some(tree) = self.tree.get() else { return };
        for _ in 0..rounds {
            for row in (0..ROWS).step_by(PAGE_ROWS) {
                // What is wrong with sled is told to those who ask for something.
                let _ = tree.get(row.to_be_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_made_once_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let db = ::sled::open(folder.path()).unwrap();
        let sweep = Sweep::default();
        sweep.read(usize::try_from(STORE_BYTES).unwrap());
        sweep.make(&db, STORE_BYTES).unwrap();
        assert!(sweep.tree.get().is_none(), "a small store needs none");
        sweep.make(&db, STORE_BYTES + 1).unwrap();
        assert_eq!(db.open_tree(NAME).unwrap().len(), usize::from(ROWS));
        db.open_tree(NAME).unwrap().remove((ROWS - 1).to_be_bytes()).unwrap();
        let again = Sweep::default();
        again.make(&db, STORE_BYTES + 1).unwrap();
        assert_eq!(db.open_tree(NAME).unwrap().len(), usize::from(ROWS));
    }

    #[test]
    fn what_is_owed_is_paid_in_rounds() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = Sweep::default();
        sweep.make(&::sled::open(folder.path()).unwrap(), STORE_BYTES + 1).unwrap();
        let bytes = usize::try_from(DEBT_BYTES / PAGE_BYTES_A_BYTE).unwrap();
        sweep.read(bytes / 2);
        assert_eq!(sweep.owed.load(Ordering::Relaxed), DEBT_BYTES / 2);
        sweep.read(bytes);
        sweep.read(1);
        assert_eq!(sweep.owed.load(Ordering::Relaxed), 0, "a round was made");
        sweep.settle();
        assert_eq!(sweep.unsettled.load(Ordering::Relaxed), 0);
    }
}
