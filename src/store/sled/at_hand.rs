//! Packs of states that were read a moment ago. Who polls asks for one state after the other, and those that were polled together are due together: they
//! stand in the same packs, while sled reads a whole page for each, some 100 KB.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::states::{Pack, PartKey};

/// Packs that are kept: a third of a MB, but where a state is longer than 7 KB. A group of 256 polls leaves a dozen, and few groups are polled at once.
const PACKS_MAX: usize = 48;

/// Which states a pack has.
#[derive(Debug, PartialEq, Eq)]
enum Has {
    /// The part of what a group left.
    Part(PartKey),
    /// All that are stored from this name to that.
    Names(String, String),
}

/// The packs, the newest first.
#[derive(Debug, Default)]
pub(super) struct AtHand(Mutex<VecDeque<(Has, Arc<Pack>)>>);

impl AtHand {
    /// The pack that has the state of a source, or would have: the part of a group, or where that has none, the one among neighbours.
    pub(super) fn find(&self, part: Option<&PartKey>, source: &str) -> Option<Arc<Pack>> {
        let fits = |has: &Has| match (has, part) {
            (Has::Part(key), Some(part)) => key == part,
            (Has::Names(first, last), None) => first.as_str() <= source && source <= last.as_str(),
            _ => false,
        };
        let packs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        packs.iter().find(|(has, _)| fits(has)).map(|(_, pack)| Arc::clone(pack))
    }

    /// Keeps the part of a group.
    pub(super) fn keep_part(&self, part: PartKey, pack: &Arc<Pack>) {
        self.keep(Has::Part(part), pack);
    }

    /// Keeps a pack of neighbours: from this name to that there are no others.
    pub(super) fn keep_names(&self, first: &str, last: &str, pack: &Arc<Pack>) {
        self.keep(Has::Names(first.to_owned(), last.to_owned()), pack);
    }

    fn keep(&self, has: Has, pack: &Arc<Pack>) {
        let mut packs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Two may have read it at once.
        if packs.iter().all(|(other, _)| *other != has) {
            packs.truncate(PACKS_MAX - 1);
            packs.push_front((has, Arc::clone(pack)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_found_by_part_or_by_name() {
        let at_hand = AtHand::default();
        let pack = |text: &[u8]| Arc::new(Pack { row: Vec::new(), text: text.to_vec(), chunks: 1 });
        let found = |part: Option<&PartKey>, source| at_hand.find(part, source).map(|pack| pack.text.clone());
        at_hand.keep_names("b", "d", &pack(b"names"));
        at_hand.keep_part([1; 12], &pack(b"part"));
        at_hand.keep_part([1; 12], &pack(b"the same again"));
        for (part, source, text) in [
            (None, "b", Some(b"names".to_vec())),
            (None, "c", Some(b"names".to_vec())),
            (None, "d", Some(b"names".to_vec())),
            (None, "a", None),
            (None, "da", None),
            (Some(&[1; 12]), "a", Some(b"part".to_vec())),
            (Some(&[2; 12]), "c", None),
        ] {
            assert_eq!(found(part, source), text, "{part:?} {source}");
        }
        for number in (2..).take(PACKS_MAX - 1) {
            at_hand.keep_part([number; 12], &pack(b"more"));
        }
        assert_eq!((found(None, "c"), found(Some(&[1; 12]), "a")), (None, Some(b"part".to_vec())), "the oldest went");
    }
}
