//! Which entries the tree `entries` does not have, told without reading it: most of what a poll looks up there is new, and each id may stand in
//! another leaf, on another page.
//!
//! A Bloom filter in layers, each for twice as many entries as the one before, so that nothing has to be read again when it grows. Twelve bits an
//! entry and eight looks: of 1,000 new entries some 3 are looked up in vain for each layer. Ids are hashes, so their halves give the places (Kirsch
//! and Mitzenmacher, "Less Hashing, Same Performance", 2006). It has what the tree has, and not what is in memory ([`super::recent`]); an entry
//! that goes stays in it, which costs a look.

use super::leaves::split_records;
use super::trees::{Tree, Trees};
use super::write::Changes;
use crate::model::ArticleId;
use crate::store::StoreError;
use crate::store::rows::journal::NOTHING;
use crate::store::rows::{RowError, keys, known};

/// Entries of the first layer.
const FIRST_ENTRIES: u64 = 64 * 1024;
const ENTRY_BITS: u64 = 12;
const LOOKS: u64 = 8;
/// Enough for more entries than there are numbers of arrival.
const LAYERS_MAX: u32 = 40;

/// The filter.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    layers: Vec<Layer>,
    /// Layers that have not changed since they were written.
    written: usize,
}

#[derive(Clone, Debug)]
struct Layer {
    entries: u64,
    bits: Vec<u64>,
}

fn entries_max(layer: usize) -> u64 {
    FIRST_ENTRIES << layer
}

fn words(layer: usize) -> usize {
    usize::try_from(entries_max(layer) * ENTRY_BITS / 64).unwrap_or(usize::MAX)
}

impl Layer {
    fn new(layer: usize) -> Self {
        Self { entries: 0, bits: vec![0; words(layer)] }
    }

    /// The word and the bit of each look.
    fn looks(&self, id: ArticleId) -> impl Iterator<Item = (usize, u64)> {
        let (first, step) = id.0.split_at(8);
        let number = |half: &[u8]| half.try_into().map_or(0, u64::from_be_bytes);
        let (first, step, bits) = (number(first), number(step) | 1, self.bits.len() as u128 * 64);
        (0..LOOKS).map(move |look| {
            // Below `bits`, since the hash is below 2 to the 64th.
            let at = (u128::from(first.wrapping_add(step.wrapping_mul(look))) * bits) >> 64;
            (usize::try_from(at / 64).unwrap_or_default(), 1 << (at % 64))
        })
    }

    fn may_have(&self, id: ArticleId) -> bool {
        self.looks(id).all(|(word, bit)| self.bits[word] & bit != 0)
    }

    fn add(&mut self, id: ArticleId) {
        let looks: Vec<_> = self.looks(id).collect();
        looks.into_iter().for_each(|(word, bit)| self.bits[word] |= bit);
        self.entries += 1;
    }

    fn encode(&self) -> Vec<u8> {
        self.entries.to_be_bytes().into_iter().chain(self.bits.iter().flat_map(|word| word.to_be_bytes())).collect()
    }

    fn decode(layer: usize, text: &[u8]) -> Result<Self, RowError> {
        let (numbers, rest) = text.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|bytes| u64::from_be_bytes(*bytes));
        let entries = numbers.next();
        let bits: Vec<u64> = numbers.collect();
        match entries {
            Some(entries) if rest.is_empty() && bits.len() == words(layer) => Ok(Self { entries, bits }),
            _ => Err(RowError::Broken(format!("layer {layer} of the filter of entries has {} bytes", text.len()))),
        }
    }
}

impl Filter {
    /// Whether the tree may have this entry; `false`: it has not.
    pub(super) fn may_have(&self, id: ArticleId) -> bool {
        self.layers.iter().any(|layer| layer.may_have(id))
    }

    pub(super) fn add(&mut self, id: ArticleId) {
        if self.may_have(id) {
            return;
        }
        let last = self.layers.len().checked_sub(1).filter(|last| self.layers[*last].entries < entries_max(*last));
        let at = last.unwrap_or_else(|| {
            self.layers.push(Layer::new(self.layers.len()));
            self.layers.len() - 1
        });
        self.written = self.written.min(at);
        self.layers[at].add(id);
    }

    /// How many layers it has.
    pub(super) fn layers(&self) -> u32 {
        u32::try_from(self.layers.len()).unwrap_or(LAYERS_MAX)
    }

    /// Writes the layers that have changed.
    pub(super) fn write(&mut self, trees: &Trees, changes: &mut Changes) -> Result<(), StoreError> {
        for (number, layer) in (0u64..).zip(&self.layers).skip(self.written) {
            changes.put_row(trees, Tree::Filter, &number.to_be_bytes(), &layer.encode())?;
        }
        self.written = self.layers.len();
        Ok(())
    }
}

impl Trees {
    /// The filter that was written with so many layers.
    pub(super) fn read_filter(&self, layers: u32) -> Result<Filter, StoreError> {
        let mut filter = Filter::default();
        for number in 0..layers.min(LAYERS_MAX) as usize {
            let found = self.content(Tree::Filter, &(number as u64).to_be_bytes())?;
            let (text, _) =
                found.ok_or_else(|| self.row(RowError::Broken(format!("layer {number} of the filter of entries is missing"))))?;
            filter.layers.push(Layer::decode(number, &text).map_err(|why| self.row(why))?);
        }
        filter.written = filter.layers.len();
        Ok(filter)
    }

    /// The filter that the tree should have, with what is in memory: made from the tree, where there is none.
    pub(super) fn filter_of_all(&self) -> Result<Filter, StoreError> {
        let mut filter = match &self.filter {
            Some(filter) => filter.clone(),
            None => self.filter_of_tree()?,
        };
        self.recent()?.entries().filter(|(_, record)| *record != NOTHING).for_each(|((_, id), _)| filter.add(id));
        Ok(filter)
    }

    fn filter_of_tree(&self) -> Result<Filter, StoreError> {
        let mut filter = Filter::default();
        for row in self.of(Tree::Entries).iter() {
            let (key, value) = row.map_err(|why| self.sled(&why))?;
            let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
            if number == 0 {
                let (text, _) = self.content_from(Tree::Entries, row, &value)?;
                split_records::<16, { known::BYTES }>(&text).0.into_iter().for_each(|(id, _)| filter.add(ArticleId(id)));
            }
        }
        Ok(filter)
    }

    /// Whether the tree of entries may have this one; `false`: it has not.
    pub(super) fn may_have_entry(&self, id: ArticleId) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.may_have(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> ArticleId {
        let mut id = [0; 16];
        id.copy_from_slice(&blake3::hash(&number.to_be_bytes()).as_bytes()[..16]);
        ArticleId(id)
    }

    #[test]
    fn what_was_added_is_never_denied_and_little_else_is_found() {
        let mut filter = Filter::default();
        assert!(!filter.may_have(id(0)));
        let count = FIRST_ENTRIES * 5;
        (0..count).for_each(|number| filter.add(id(number)));
        assert_eq!(filter.layers(), 3);
        assert!((0..count).all(|number| filter.may_have(id(number))));
        let wrong = (count..count + 100_000).filter(|number| filter.may_have(id(*number))).count();
        assert!(wrong < 1_500, "{wrong} of 100,000");
        let before = filter.layers[2].entries;
        filter.add(id(7));
        assert_eq!(filter.layers[2].entries, before, "what is there is not counted twice");
    }

    #[test]
    fn a_layer_is_read_back_or_refused() {
        let mut layer = Layer::new(0);
        (0..100).for_each(|number| layer.add(id(number)));
        let text = layer.encode();
        let read = Layer::decode(0, &text).unwrap();
        assert_eq!((read.entries, read.bits), (layer.entries, layer.bits));
        assert!(Layer::decode(1, &text).is_err() && Layer::decode(0, &text[1..]).is_err() && Layer::decode(0, &[]).is_err());
    }
}
