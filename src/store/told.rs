//! How far a long work on the store is, for whoever waits for it.

use super::StoreError;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Everything in the store is read once.
    Verifying,
    /// The store is written to a snapshot.
    Writing,
    /// A snapshot is read to its end, to see that it is whole.
    Checking,
    /// A snapshot is put into a store.
    Restoring,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// At what.
    pub work: Work,
    /// How much of it is done, in a unit that is the work's own; it may start again where the work does.
    pub done: u64,
    /// How much it is in all, as far as was known when it began: others may write meanwhile.
    pub of: u64,
}

/// Hears now and then how far it is. An error ends the work, which gives it back and leaves nothing half-done: [`StoreError::Stopped`] where
/// somebody asked for that.
pub type Told<'a> = &'a mut dyn FnMut(Progress) -> Result<(), StoreError>;

/// Where nobody waits.
///
/// # Errors
/// None.
pub const fn nobody(_: Progress) -> Result<(), StoreError> {
    Ok(())
}
