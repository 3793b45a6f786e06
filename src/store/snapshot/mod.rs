//! Snapshots: everything in a store as one compressed, checksummed file. For backup and restore, for moving to another machine or
//! another version. docs/STORE.md describes the format for other programs.
//!
//! - [`mod@line`]: one record a line.
//! - [`write()`]: making one, whole or not at all.
//! - [`read`]: checking one, then importing it.
//! - [`shelf`]: the folder of snapshots, thinned by age.

pub(in crate::store) mod line;
mod read;
mod shelf;
mod write;

#[cfg(test)]
mod tests;

pub(in crate::store) use read::next as next_line;
pub use read::{check, restore_into};
pub use shelf::{list, thin};
pub(in crate::store) use write::write_from;
pub use write::{write, write_to};

use crate::model::Instant;

/// The version of the format that this program writes. Version 1 had no `seen` and `arrived`, version 2 no originals; they are read as well.
const VERSION: u32 = 3;
/// How the first line begins; version and time follow.
const FIRST_WORDS: &str = "feedmill-snapshot";
/// Records after which those who wait hear of it.
const TOLD_EACH: u64 = 500;

/// What is in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// When it was begun.
    pub at: Instant,
    /// States of sources.
    pub states: u64,
    /// Sources with rejects.
    pub rejects: u64,
    /// Sightings.
    pub sightings: u64,
    /// Articles.
    pub articles: u64,
}

impl Summary {
    fn new(at: Instant) -> Self {
        Self { at, states: 0, rejects: 0, sightings: 0, articles: 0 }
    }

    fn count(&mut self, record: &super::Record) {
        match record {
            super::Record::State(_) => self.states += 1,
            super::Record::Rejects(..) => self.rejects += 1,
            super::Record::Sighting(..) => self.sightings += 1,
            super::Record::Article(..) => self.articles += 1,
        }
    }
}
