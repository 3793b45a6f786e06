//! The index at rest: what was read of its files stays mapped into memory as long as it is open (9 MB after a start with 350,000 articles), so it is
//! opened again when nobody reads it any more.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, TryLockError};

use super::Search;
use super::folder::Opened;

/// Nothing was read since it was opened.
const FRESH: u8 = 0;
/// Something was read, but not lately.
const IDLE: u8 = 1;
/// Something was read lately.
const READ: u8 = 2;

/// Whether the index was read lately.
#[derive(Debug, Default)]
pub(super) struct Rest(AtomicU8);

impl Rest {
    /// It is being read.
    pub(super) fn is_read(&self) {
        self.0.store(READ, Ordering::Release);
    }

    /// Some time went by. Whether it was read once, and not since this was last called.
    fn is_over(&self) -> bool {
        match self.0.compare_exchange(READ, IDLE, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => false,
            Err(_) => self.0.compare_exchange(IDLE, FRESH, Ordering::AcqRel, Ordering::Acquire).is_ok(),
        }
    }
}

impl Search {
    /// Gives back the memory of what was read, where nobody has read anything since this was last called. Searches that are under way go on
    /// with what they have. Blocks for as long as opening takes, and does nothing while the index follows the store.
    pub fn rest(&self) {
        let following = match self.following.try_lock() {
            Ok(following) => following,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return self.rest.is_read(),
        };
        if self.opened().is_some() && self.rest.is_over() {
            // What is wrong with it is found, and mended, by those who read it.
            if let Ok(opened) = Opened::again(&self.folder, &self.splitter, &self.vocabulary) {
                self.set_opened(Some(Arc::new(opened)));
            }
        }
        drop(following);
    }
}
