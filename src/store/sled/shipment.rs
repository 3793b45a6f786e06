//! New and changed packs of articles, on their way into one transaction.

use std::collections::BTreeMap;

use super::room::{Room, Tail};
use super::seal::Counts;
use super::trees::{Tree, Trees};
use super::write::Changes;
use crate::store::StoreError;
use crate::store::rows::frame::{Chunks, Payload};
use crate::store::rows::pack::{self, Slot};
use crate::store::rows::{RowError, keys};

/// A pack that is there already and changes.
#[derive(Debug)]
struct Opened {
    slots: Vec<Slot>,
    /// What arrived as these numbers stood in it before.
    numbers: Vec<u64>,
    chunks: u16,
    changed: bool,
}

/// Packs to write.
#[derive(Debug, Default)]
pub(super) struct Shipment {
    opened: BTreeMap<u64, Opened>,
    /// New articles in order of arrival.
    new: Vec<Slot>,
}

impl Shipment {
    /// Adds an article behind all others.
    pub(super) fn add(&mut self, slot: Slot) {
        self.new.push(slot);
    }

    /// The slot of the article that arrived as `number`, new or stored; `None`: it is not there.
    pub(super) fn slot(&mut self, trees: &Trees, number: u64) -> Result<Option<&mut Slot>, StoreError> {
        if let Some(at) = self.new.iter().position(|slot| slot.arrival.number == number) {
            return Ok(self.new.get_mut(at));
        }
        let Some(opened) = self.open(trees, number)? else { return Ok(None) };
        let slot = opened.slots.iter_mut().find(|slot| slot.arrival.number == number);
        opened.changed |= slot.is_some();
        Ok(slot)
    }

    /// Takes an article out of its pack.
    pub(super) fn remove(&mut self, trees: &Trees, number: u64) -> Result<Option<Slot>, StoreError> {
        let Some(opened) = self.open(trees, number)? else { return Ok(None) };
        let at = opened.slots.iter().position(|slot| slot.arrival.number == number);
        opened.changed |= at.is_some();
        Ok(at.map(|at| opened.slots.remove(at)))
    }

    fn open(&mut self, trees: &Trees, number: u64) -> Result<Option<&mut Opened>, StoreError> {
        let holds = |opened: &Opened| opened.slots.iter().any(|slot| slot.arrival.number == number);
        let held = self.opened.range(..=number).next_back().filter(|(_, opened)| holds(opened)).map(|(first, _)| *first);
        let first = match held {
            Some(first) => first,
            None => {
                let Some(found) = trees.pack_of(number)? else { return Ok(None) };
                let numbers = found.pack.slots().map(|(arrival, _)| arrival.number).collect();
                let opened = || Opened { slots: found.pack.into_slots(), numbers, chunks: found.chunks, changed: false };
                self.opened.entry(found.first).or_insert_with(opened);
                found.first
            }
        };
        Ok(self.opened.get_mut(&first))
    }

    /// Hands the packs to the transaction.
    pub(super) fn finish(self, trees: &Trees, counts: &mut Counts, changes: &mut Changes) -> Result<(), StoreError> {
        let row = |why: RowError| trees.row(why);
        let (mut came, mut went) = (0, 0);
        for (first, opened) in self.opened.iter().filter(|(_, opened)| opened.changed) {
            let key = first.to_be_bytes();
            changes.repacked.extend(&opened.numbers);
            went += trees.row_bytes(Tree::Packs, &key, opened.chunks)?;
            let mut written = 0;
            if !opened.slots.is_empty() {
                let chunks = trees.pool.pack(&key, &pack::encode(*first, &opened.slots).map_err(row)?).map_err(row)?;
                written = chunks.len();
                came += changes.insert(Tree::Packs, chunks);
            }
            for number in (0..opened.chunks).skip(written) {
                changes.remove(Tree::Packs, keys::chunk(&key, number));
            }
        }
        let mut packs = Vec::new();
        let mut rest = self.new.as_slice();
        while let Some(first) = rest.first().map(|slot| slot.arrival.number) {
            let (slots, behind) = rest.split_at(pack::fill(rest));
            packs.push((first, trees.pool.compress(&pack::encode(first, slots).map_err(row)?).map_err(row)?));
            rest = behind;
        }
        let (rows, fills) = cut(&packs, counts.tail).map_err(row)?;
        if !rows.is_empty() {
            let keys = rows.iter().map(|(key, _)| key.clone()).collect();
            (changes.room, counts.tail) = match counts.tail {
                Some(tail) => {
                    let (room, tail) = tail.room(keys, fills, trees.counts.next, counts.next);
                    (room, Some(tail))
                }
                None => (Room::plain(keys), None),
            };
        }
        came += changes.insert(Tree::Packs, rows);
        counts.pack_bytes = (counts.pack_bytes + came).saturating_sub(went);
        Ok(())
    }
}

/// The rows of new packs, in order, and whether they are so many that they fill pages behind the last one.
fn cut(packs: &[(u64, Payload)], tail: Option<Tail>) -> Result<(Chunks, bool), RowError> {
    let mut counts: Vec<usize> = packs.iter().map(|(_, payload)| payload.chunks_min()).collect();
    let (rows, bytes) = (counts.iter().sum(), packs.iter().map(|(_, payload)| payload.bytes()).sum());
    let filling = tail.and_then(|tail| tail.filling(rows, bytes));
    let more = filling.map_or(0, |filling| filling.saturating_sub(rows));
    for _ in 0..more {
        // Fewer than a page has; the longest rows become shorter.
        let longest = packs.iter().zip(&mut counts).max_by_key(|((_, payload), count)| payload.bytes() / (**count).max(1));
        if let Some((_, count)) = longest {
            *count += 1;
        }
    }
    let mut rows = Chunks::with_capacity(rows + more);
    for ((first, payload), count) in packs.iter().zip(counts) {
        rows.extend(payload.cut(&first.to_be_bytes(), count)?);
    }
    Ok((rows, filling.is_some()))
}
