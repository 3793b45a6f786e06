//! Taking into the trees what waits in memory: small transactions one after the other, and readers find the same with any number of them done,
//! since memory wins. The last one says that the trees have it all.

use super::articles::{ORDER_BYTES, order};
use super::leaves::{Record, Sheet, Shelf};
use super::recent::Recent;
use super::trees::{Trees, by_id, by_time, entries_of, order_of};
use super::write::Changes;
use crate::model::SourceName;
use crate::store::rows::journal::NOTHING;
use crate::store::rows::keys::{self, PLACE_BYTES};
use crate::store::rows::known;
use crate::store::{Arrival, Place, StoreError};

/// Leaves written in one step, so that little waits in memory.
const STEP_LEAVES: usize = 64;

/// Records, and to which of several shelves they go.
type Records<S, const K: usize, const V: usize> = Vec<(S, Record<K, V>)>;

/// Records of one shelf, or of those of many sources, the last ones first: taken from the end they come in order, so that a leaf into which thousands
/// come (the only one of a new store) grows at its end.
#[derive(Debug)]
pub(super) enum Step {
    Places(Records<(), PLACE_BYTES, 8>),
    Ids(Records<(), 16, 8>),
    OfSources(Records<SourceName, PLACE_BYTES, ORDER_BYTES>),
    Entries(Records<Option<SourceName>, 16, { known::BYTES }>),
}

impl Trees {
    /// Whether so much is in memory, more than `least`, that the trees should take it in. What nobody asked for yet can wait.
    pub(super) fn should_take_in(&self, least: u64) -> bool {
        self.recent.get().is_some_and(|recent| recent.is_much(least, self.counts.articles.max(self.counts.sightings)))
    }
}

/// The steps of taking in, in order, each made only when the one before is done: each is a copy of what it takes in.
pub(super) const STEPS: [fn(&Recent) -> Step; 4] = [Step::places, Step::ids, Step::of_sources, Step::entries];

impl Step {
    fn places(recent: &Recent) -> Self {
        Self::Places(recent.places(None).rev().map(|(place, number)| ((), (keys::place(place), number.to_be_bytes()))).collect())
    }

    fn ids(recent: &Recent) -> Self {
        let mut ids: Vec<_> = recent.places(None).map(|(place, number)| ((), (place.id.0, number.to_be_bytes()))).collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        Self::Ids(ids)
    }

    fn of_sources(recent: &Recent) -> Self {
        let record = |(source, place, arrival): (&SourceName, Place, Arrival)| (source.clone(), (keys::place(place), order(arrival)));
        Self::OfSources(recent.of_sources().rev().map(record).collect())
    }

    fn entries(recent: &Recent) -> Self {
        Self::Entries(recent.entries().rev().map(|((source, id), record)| (source, (id.0, record))).collect())
    }

    /// Hands what fits into one transaction over; gives whether something is left.
    pub(super) fn next(&mut self, trees: &Trees, changes: &mut Changes) -> Result<bool, StoreError> {
        match self {
            Self::Places(records) => take_in(records, |()| by_time(), |_| false, trees, changes),
            Self::Ids(records) => take_in(records, |()| by_id(), |_| false, trees, changes),
            Self::OfSources(records) => take_in(records, order_of, |_| false, trees, changes),
            Self::Entries(records) => take_in(records, |source| entries_of(source.as_ref()), |known| *known == NOTHING, trees, changes),
        }
    }
}

fn take_in<S: Clone + PartialEq, const K: usize, const V: usize>(
    records: &mut Records<S, K, V>,
    shelf: impl Fn(&S) -> Shelf,
    goes: impl Fn(&[u8; V]) -> bool,
    trees: &Trees,
    changes: &mut Changes,
) -> Result<bool, StoreError> {
    let mut room = STEP_LEAVES;
    while let Some((which, _)) = records.last().filter(|_| room > 0) {
        let which = which.clone();
        let mut sheet = Sheet::new(shelf(&which));
        // What is done can be cut off.
        while let Some((key, value)) = records.last().filter(|(other, _)| *other == which).map(|(_, record)| *record) {
            if sheet.len() >= room && !sheet.has(&key) {
                break;
            }
            if goes(&value) {
                sheet.remove(trees, &key)?;
            } else {
                sheet.put(trees, key, value)?;
            }
            records.pop();
        }
        sheet.finish(trees, changes)?;
        room = room.saturating_sub(sheet.len());
    }
    Ok(!records.is_empty())
}
