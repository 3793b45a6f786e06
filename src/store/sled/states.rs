//! The states of sources: packs of neighbours in the order of names, and, until those have them, packs of what each group of polls left.
//!
//! Each poll changes a state, and mostly nothing else. As a row of its own each is a change of a tree, which was a sixth of a cycle of 10,000 answers
//! 304. So what a group left is written as it comes, and taken into the packs when it is three times what they hold: each state then moves once for
//! three or four polls, and whoever asks for all reads no more than four times as many as there are sources. The newest group wins over older ones
//! and over the packs, so that taking in ([`super::packing`]) can be cut off anywhere.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::damaged;
use super::trees::{Tree, Trees, once};
use super::write::Changes;
use crate::model::{SourceName, SourceState};
use crate::store::StoreError;
use crate::store::rows::states::Named;
use crate::store::rows::{compact, keys, states};

/// States in groups that are never too many.
const POLLED_MIN: u64 = 1_024;
/// Beyond that, so many times as many as the packs hold are.
const POLLED_TIMES: u64 = 3;
/// States for which room is made before they are read.
const AT_ONCE_MAX: usize = 100_000;

/// The key of what a group left, or a part of it: the number of the group, which only rises, and that of the part.
pub(super) type PartKey = [u8; 12];

fn part_key(group: u64, part: u32) -> PartKey {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&group.to_be_bytes());
    key[8..].copy_from_slice(&part.to_be_bytes());
    key
}

/// What groups of polls left and the packs do not have yet.
#[derive(Debug, Default)]
pub(super) struct Polled {
    /// Where the newest state of a source is.
    newest: HashMap<SourceName, PartKey>,
    /// States in all groups, older ones too.
    written: u64,
}

impl Polled {
    /// Takes over what a transaction wrote.
    pub(super) fn change(&mut self, left: Vec<(SourceName, PartKey)>) {
        self.written += left.len() as u64;
        self.newest.extend(left);
    }

    /// How many sources have their newest state in a group.
    pub(super) fn sources(&self) -> u64 {
        self.newest.len() as u64
    }

    /// Whether the packs should take it in, which hold so many states.
    pub(super) fn is_much(&self, stored: u64) -> bool {
        self.written > POLLED_MIN.max(stored.saturating_mul(POLLED_TIMES))
    }
}

/// A source, and its state as it stands in a row.
pub(super) type Encoded = (SourceName, Vec<u8>);

/// Parts of what groups left, with their keys.
pub(super) type Parts = Vec<(PartKey, Vec<u8>)>;

impl Changes {
    /// Writes the states that the group of this number leaves.
    pub(super) fn put_states<'a>(
        &mut self,
        trees: &Trees,
        group: u64,
        left: impl Iterator<Item = (&'a SourceName, &'a SourceState)>,
    ) -> Result<(), StoreError> {
        let written = left.map(|(source, state)| Ok((source.clone(), compact::encode(state).map_err(|why| trees.row(why))?)));
        let written: Vec<_> = written.collect::<Result<_, StoreError>>()?;
        for (part, pack) in (0..).zip(packs(&written)) {
            // A number is given once, so that there is no row before it.
            let key = part_key(group, part);
            self.put_pack(trees, Tree::Polled, &key, pack)?;
            self.polled.extend(pack.iter().map(|(source, _)| (source.clone(), key)));
        }
        Ok(())
    }

    pub(super) fn put_pack(&mut self, trees: &Trees, tree: Tree, key: &[u8], pack: &[Encoded]) -> Result<(), StoreError> {
        let row = states::encode(borrowed(pack)).map_err(|why| trees.row(why))?;
        self.insert(tree, trees.pool.pack_fast(key, &row).map_err(|why| trees.row(why))?);
        Ok(())
    }
}

fn borrowed(states: &[Encoded]) -> impl Iterator<Item = (&SourceName, &[u8])> {
    states.iter().map(|(source, state)| (source, state.as_slice()))
}

/// These states as packs, each as full as it can be.
pub(super) fn packs(mut rest: &[Encoded]) -> impl Iterator<Item = &[Encoded]> {
    std::iter::from_fn(move || {
        let (pack, left) = rest.split_at(states::fill(borrowed(rest)).min(rest.len()));
        rest = left;
        Some(pack).filter(|pack| !pack.is_empty())
    })
}

/// A pack as it stands in a tree.
#[derive(Debug)]
pub(super) struct Pack {
    pub(super) row: Vec<u8>,
    pub(super) text: Vec<u8>,
    pub(super) chunks: u16,
}

impl Trees {
    /// Where the states are that the packs do not have yet.
    pub(super) fn polled(&self) -> Result<&Polled, StoreError> {
        once(&self.polled, || Ok(self.read_polled()?.0))
    }

    /// The same from the disk, with the parts that have the newest state of a source. From the newest on, so that no others are kept.
    pub(super) fn read_polled(&self) -> Result<(Polled, Parts), StoreError> {
        let (mut polled, mut parts) = (Polled::default(), Parts::new());
        for pack in self.packs_of(Tree::Polled, &[]).rev() {
            let Pack { row, text, .. } = pack?;
            let key = row.try_into().map_err(|_| damaged(&self.folder, "a key of what groups of polls left has another length"))?;
            let known = polled.newest.len();
            for (name, _) in self.left(&text)? {
                polled.written += 1;
                if !polled.newest.contains_key(name) {
                    polled.newest.insert(self.source(name)?, key);
                }
            }
            if polled.newest.len() > known {
                parts.push((key, text));
            }
        }
        Ok((polled, parts))
    }

    /// The state of a source.
    pub(super) fn state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        let part = self.polled()?.newest.get(source);
        let Some(pack) = self.at_hand.find(part, source.as_str()).map_or_else(|| self.pack_with(part, source), |pack| Ok(Some(pack)))?
        else {
            return Ok(None);
        };
        let named = self.named(&pack.row, &pack.text)?;
        let at = named.binary_search_by(|(name, _)| (*name).cmp(source.as_str())).ok();
        at.map(|at| self.decoded(source.clone(), named[at].1)).transpose()
    }

    /// The pack that has the state of a source, if any has, from the disk.
    fn pack_with(&self, part: Option<&PartKey>, source: &SourceName) -> Result<Option<Arc<Pack>>, StoreError> {
        if let Some(part) = part {
            let found = self.content(Tree::Polled, part)?;
            let (text, chunks) = found.ok_or_else(|| damaged(&self.folder, "the states that a group of polls left are missing"))?;
            let pack = Arc::new(Pack { row: part.to_vec(), text, chunks });
            self.at_hand.keep_part(*part, &pack);
            return Ok(Some(pack));
        }
        let pack = self.pack_of_source(source)?.map(Arc::new);
        if let Some(pack) = &pack {
            let named = self.named(&pack.row, &pack.text)?;
            if let (Some((first, _)), Some((last, _))) = (named.first(), named.last()) {
                self.at_hand.keep_names(first, last, pack);
            }
        }
        Ok(pack)
    }

    /// The states of all sources, in the order of their names.
    pub(super) fn states(&self) -> Result<Vec<SourceState>, StoreError> {
        // Room for all at once: states are long, and a vector that grows copies them again and again.
        let count = usize::try_from(self.counts.stored_states).unwrap_or_default().saturating_add(self.polled()?.newest.len());
        let mut out = Vec::with_capacity(count.min(AT_ONCE_MAX));
        self.each_state(&mut |state| out.push(state))?;
        Ok(out)
    }

    /// Hands the states of all sources to `each`, in the order of their names.
    pub(super) fn each_state(&self, each: &mut dyn FnMut(SourceState)) -> Result<(), StoreError> {
        let (polled, parts) = self.read_polled()?;
        self.polled.get_or_init(|| polled);
        let mut sources = self.sources.get().is_none().then(BTreeSet::new);
        let mut hand = |name: &str, state: &[u8]| {
            let state = self.decoded(self.source(name)?, state)?;
            if let Some(sources) = &mut sources {
                sources.insert(state.source.clone());
            }
            each(state);
            Ok::<_, StoreError>(())
        };
        let mut newest = self.newest_left(&parts)?.into_iter().peekable();
        for pack in self.packs_of(Tree::States, &[]) {
            let Pack { row, text, .. } = pack?;
            for (name, state) in self.named(&row, &text)? {
                while let Some((name, state)) = newest.next_if(|(new, _)| *new < name) {
                    hand(name, state)?;
                }
                let (_, state) = newest.next_if(|(new, _)| *new == name).unwrap_or((name, state));
                hand(name, state)?;
            }
        }
        newest.try_for_each(|(name, state)| hand(name, state))?;
        // Nobody has to look for them after this.
        if let Some(sources) = sources {
            self.sources.get_or_init(|| sources);
        }
        Ok(())
    }

    /// The sources that have a state. Looked for once: the program looks after its store twice a minute, and all states are to be read for it.
    pub(super) fn sources(&self) -> Result<&BTreeSet<SourceName>, StoreError> {
        once(&self.sources, || {
            let mut sources: BTreeSet<SourceName> = self.polled()?.newest.keys().cloned().collect();
            for pack in self.packs_of(Tree::States, &[]) {
                let Pack { row, text, .. } = pack?;
                for (name, _) in self.named(&row, &text)? {
                    sources.insert(self.source(name)?);
                }
            }
            Ok(sources)
        })
    }

    /// Takes over what a transaction wrote of states.
    pub(super) fn states_were_left(&mut self, left: Vec<(SourceName, PartKey)>) {
        if let Some(known) = self.sources.get_mut() {
            for (source, _) in &left {
                if !known.contains(source) {
                    known.insert(source.clone());
                }
            }
        }
        // Where nobody has asked yet, it is read from the disk.
        if let Some(polled) = self.polled.get_mut() {
            polled.change(left);
        }
    }

    /// The newest states in these parts, in the order of names.
    pub(super) fn newest_left<'a>(&self, parts: &'a Parts) -> Result<Vec<Named<'a>>, StoreError> {
        let newest_of = &self.polled()?.newest;
        let mut newest = Vec::with_capacity(newest_of.len());
        for (key, text) in parts {
            newest.extend(self.left(text)?.into_iter().filter(|(name, _)| newest_of.get(*name) == Some(key)));
        }
        newest.sort_unstable_by_key(|(name, _)| *name);
        Ok(newest)
    }

    /// The states in the row of a group.
    pub(super) fn left<'a>(&self, text: &'a [u8]) -> Result<Vec<Named<'a>>, StoreError> {
        states::decode(text).map_err(|why| self.row(why))?.ok_or_else(|| damaged(&self.folder, "what a group left is no row of states"))
    }

    /// The packs of a tree from the key `start` on. One after the other, since neighbours share a page, of which all is read for each of them.
    pub(super) fn packs_of(&self, tree: Tree, start: &[u8]) -> impl DoubleEndedIterator<Item = Result<Pack, StoreError>> {
        self.of(tree).range(start..).filter_map(move |row| {
            let read = || {
                let (key, value) = row.map_err(|why| self.sled(&why))?;
                let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
                if number > 0 {
                    return Ok(None);
                }
                let (text, chunks) = self.content_of_next(tree, row, &value)?;
                Ok(Some(Pack { row: row.to_vec(), text, chunks }))
            };
            read().transpose()
        })
    }

    /// The pack that has the state of this source, if any has: the last one whose key is not above it.
    fn pack_of_source(&self, source: &SourceName) -> Result<Option<Pack>, StoreError> {
        let end = keys::chunk(&keys::of_source(source), u16::MAX);
        let Some(last) = self.of(Tree::States).range(..=end).next_back() else { return Ok(None) };
        let (key, value) = last.map_err(|why| self.sled(&why))?;
        let (row, number) = keys::read_chunk(&key).map_err(|why| self.row(why))?;
        Ok(self.content_at(Tree::States, row, number, &value)?.map(|(text, chunks)| Pack { row: row.to_vec(), text, chunks }))
    }

    /// The states in the pack `row`. In a layout before 6 that is the one of the source in its key.
    pub(super) fn named<'a>(&self, row: &'a [u8], text: &'a [u8]) -> Result<Vec<Named<'a>>, StoreError> {
        if let Some(named) = states::decode(text).map_err(|why| self.row(why))? {
            return Ok(named);
        }
        keys::read_of_source(row).map_err(|why| self.row(why))?;
        let name = row.strip_suffix(&[keys::NAME_END]).and_then(|name| std::str::from_utf8(name).ok());
        Ok(name.map(|name| (name, text)).into_iter().collect())
    }

    pub(super) fn source(&self, name: &str) -> Result<SourceName, StoreError> {
        keys::checked_name(name).map_err(|why| self.row(why))
    }

    fn decoded(&self, source: SourceName, state: &[u8]) -> Result<SourceState, StoreError> {
        compact::decode(source, state).map_err(|why| self.row(why))
    }
}
