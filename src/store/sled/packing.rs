//! Taking into the packs of states what groups of polls left: small transactions one after the other, and readers find the same with any number of
//! them done, since what a group left wins. The last one empties it.

use std::iter::Peekable;

use super::SledStore;
use super::seal::Counts;
use super::states::{Encoded, Pack, packs};
use super::trees::{Tree, Trees};
use super::write::{Changes, SPACE_A_BYTE};
use crate::store::rows::{keys, states};
use crate::store::{StoreError, disk};

/// States written in one step, and those of the pack with which they are reached.
const STEP_STATES: usize = 2_048;
/// Bytes that a state takes, about.
const STATE_BYTES: u64 = 512;

/// Taking in: the packs are written anew, one step after the other.
pub(super) struct Taking {
    /// What they do not have yet, in the order of names.
    newest: Peekable<std::vec::IntoIter<Encoded>>,
    /// The key of the first pack that is left as it was.
    start: Vec<u8>,
}

impl Taking {
    pub(super) fn new(trees: &Trees) -> Result<Self, StoreError> {
        let parts = trees.read_polled()?.1;
        let newest = trees.newest_left(&parts)?.into_iter().map(|(name, state)| Ok((trees.source(name)?, state.to_vec())));
        let newest: Vec<Encoded> = newest.collect::<Result<_, StoreError>>()?;
        Ok(Self { newest: newest.into_iter().peekable(), start: Vec::new() })
    }

    /// Writes the next packs anew, and counts what is in them; gives whether some are left.
    pub(super) fn next(&mut self, trees: &Trees, counts: &mut Counts, changes: &mut Changes) -> Result<bool, StoreError> {
        let (mut all, mut end): (Vec<Encoded>, _) = (Vec::new(), None);
        for pack in trees.packs_of(Tree::States, &self.start) {
            let Pack { row, text, chunks } = pack?;
            if all.len() >= STEP_STATES {
                end = Some(row);
                break;
            }
            let stored = trees.named(&row, &text)?;
            // The rows of a layout before 6 were not counted.
            if states::is_pack(&text) {
                counts.stored_states = counts.stored_states.saturating_sub(stored.len() as u64);
            }
            for (name, state) in stored {
                while let Some(new) = self.newest.next_if(|(new, _)| new.as_str() < name) {
                    all.push(new);
                }
                match self.newest.next_if(|(new, _)| new.as_str() == name) {
                    Some(new) => all.push(new),
                    None => all.push((trees.source(name)?, state.to_vec())),
                }
            }
            for number in 0..chunks {
                changes.remove(Tree::States, keys::chunk(&row, number));
            }
        }
        let end_name = end.as_deref().map(keys::read_of_source).transpose().map_err(|why| trees.row(why))?;
        while let Some(new) = self.newest.next_if(|(new, _)| end_name.as_ref().is_none_or(|end| new < end)) {
            all.push(new);
        }
        counts.stored_states += all.len() as u64;
        changes.put_counts(trees, *counts)?;
        for pack in packs(&all) {
            let first = pack.first().map(|(first, _)| keys::of_source(first)).unwrap_or_default();
            changes.put_pack(trees, Tree::States, &first, pack)?;
        }
        self.start = end.unwrap_or_default();
        Ok(!self.start.is_empty())
    }
}

impl SledStore {
    /// Has the packs take in what groups of polls left, once that is much. A disk without room for it is no fault: it waits.
    pub(super) fn take_in_many_states(&self) -> Result<(), StoreError> {
        let spare_bytes = self.options.spare_bytes;
        let is_time = self.read(|trees| {
            let (polled, stored) = (trees.polled()?, trees.counts.stored_states);
            let bytes = stored.saturating_add(polled.sources()).saturating_mul(STATE_BYTES * SPACE_A_BYTE);
            Ok(polled.is_much(stored) && disk::require_space(&trees.folder, spare_bytes.saturating_add(bytes)).is_ok())
        })?;
        if is_time { self.take_in_states() } else { Ok(()) }
    }

    /// The same, whether that is much or not. Small transactions one after the other: with any number of them done, readers find the same. The
    /// writer's turn is held by whoever calls.
    pub(super) fn take_in_states(&self) -> Result<(), StoreError> {
        let mut taking = self.read(Taking::new)?;
        let mut is_more = true;
        while is_more {
            let (changes, counts) = self.read(|trees| {
                let (mut changes, mut counts) = (Changes::default(), trees.counts);
                is_more = taking.next(trees, &mut counts, &mut changes)?;
                Ok((changes, counts))
            })?;
            self.commit(changes, counts)?;
        }
        let (changes, counts) = self.read(|trees| {
            let mut changes = Changes::default();
            changes.has_all_states = true;
            for key in trees.of(Tree::Polled).iter().keys() {
                changes.remove(Tree::Polled, key.map_err(|why| trees.sled(&why))?.to_vec());
            }
            Ok((changes, trees.counts))
        })?;
        self.commit(changes, counts)
    }
}
