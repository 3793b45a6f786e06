//! A pack: articles that arrived one after the other, compressed together. One article alone compresses badly and costs a row of its own.
//!
//! Its text is a list of slots, then the texts of the articles. All numbers are big-endian:
//!
//! - 2 bytes: number of slots;
//! - a slot: 2 bytes that its number of arrival is above that of the pack, 8 bytes number of arrival in its source, 28 bytes place,
//!   4 bytes length of its text;
//! - the texts, in the same order;
//! - the originals, where there is one: for each slot 4 bytes length of its original (0: it has none), then their texts. An original is mostly
//!   what its article says already, so that beside it it takes little. Packs of before originals were kept end with the texts.

use std::ops::Range;

use super::{RowError, article, keys, original};
use crate::model::{Article, Original};
use crate::store::{Arrival, Place};

/// Text of articles in one pack, in bytes: longer ones stand alone. Larger packs compress better; the newest hundred articles may stand in
/// as many packs, each of which is unpacked whole.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;
/// Articles in one pack.
pub const ARTICLES_MAX: usize = 64;

/// Originals in one pack, in bytes, likewise.
pub const ORIGINALS_BYTES_MAX: usize = 64 * 1024;

const COUNT_BYTES: usize = 2;
const LENGTH_BYTES: usize = 4;
const SLOT_BYTES: usize = 2 + 8 + keys::PLACE_BYTES + LENGTH_BYTES;

/// An article in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its numbers of arrival.
    pub arrival: Arrival,
    /// Its place.
    pub place: Place,
    /// Its text, as [`article::encode_for_pack`] wrote it.
    pub text: Vec<u8>,
    /// What it was made of, as [`original::encode_for_pack`] wrote it.
    pub original: Option<Vec<u8>>,
}

impl Slot {
    /// The article.
    ///
    /// # Errors
    /// When its text cannot be read.
    pub fn article(&self) -> Result<Article, RowError> {
        article::decode(self.place, &self.text)
    }

    /// What it was made of.
    ///
    /// # Errors
    /// When its text cannot be read.
    pub fn original(&self) -> Result<Option<Original>, RowError> {
        self.original.as_ref().map(|text| original::decode(self.place.id, text)).transpose()
    }
}

/// Whether an article can join those of a pack that begins at `first` and holds `count` articles of `bytes` bytes.
#[must_use]
pub fn has_room(first: u64, count: usize, bytes: usize, number: u64, more: usize) -> bool {
    let near = number.checked_sub(first).is_some_and(|step| step <= u64::from(u16::MAX));
    count == 0 || (near && count < ARTICLES_MAX && bytes.saturating_add(more) <= TEXT_BYTES_MAX)
}

/// How many of these articles, the next in order of arrival, go into one pack; at least one.
#[must_use]
pub fn fill(slots: &[Slot]) -> usize {
    let first = slots.first().map_or(0, |slot| slot.arrival.number);
    let (mut count, mut bytes, mut originals) = (0, 0, 0);
    for slot in slots {
        originals += slot.original.as_ref().map_or(0, Vec::len);
        let fits = has_room(first, count, bytes, slot.arrival.number, slot.text.len());
        if !fits || (count > 0 && originals > ORIGINALS_BYTES_MAX) {
            break;
        }
        count += 1;
        bytes += slot.text.len();
    }
    count.max(1).min(slots.len())
}

/// The text of the pack whose key is `first`.
///
/// # Errors
/// When a slot lies too far from `first`, which [`has_room`] keeps from happening.
pub fn encode(first: u64, slots: &[Slot]) -> Result<Vec<u8>, RowError> {
    let original_bytes = |slot: &Slot| LENGTH_BYTES + slot.original.as_ref().map_or(0, Vec::len);
    let bytes: usize = slots.iter().map(|slot| SLOT_BYTES + slot.text.len() + original_bytes(slot)).sum();
    let mut out = Vec::with_capacity(COUNT_BYTES + bytes);
    out.extend_from_slice(&u16::try_from(slots.len()).map_err(|_| odd("too many articles"))?.to_be_bytes());
    for slot in slots {
        let step = slot.arrival.number.checked_sub(first).and_then(|step| u16::try_from(step).ok());
        out.extend_from_slice(&step.ok_or_else(|| odd("an article of another pack"))?.to_be_bytes());
        out.extend_from_slice(&slot.arrival.of_source.to_be_bytes());
        out.extend_from_slice(&keys::place(slot.place));
        out.extend_from_slice(&length(slot.text.len())?);
    }
    slots.iter().for_each(|slot| out.extend_from_slice(&slot.text));
    if slots.iter().any(|slot| slot.original.is_some()) {
        for slot in slots {
            out.extend_from_slice(&length(slot.original.as_ref().map_or(0, Vec::len))?);
        }
        slots.iter().flat_map(|slot| &slot.original).for_each(|text| out.extend_from_slice(text));
    }
    Ok(out)
}

fn length(bytes: usize) -> Result<[u8; LENGTH_BYTES], RowError> {
    u32::try_from(bytes).map(u32::to_be_bytes).map_err(|_| odd("an article that is too long"))
}

/// A pack as it was read.
#[derive(Clone, Debug)]
pub struct Pack {
    text: Vec<u8>,
    slots: Vec<(Arrival, Place, Range<usize>)>,
    /// Where the original of each slot stands; empty: it has none.
    originals: Vec<Range<usize>>,
}

impl Pack {
    /// The pack whose key is `first`.
    ///
    /// # Errors
    /// When the text is not one that [`encode`] wrote.
    pub fn read(first: u64, text: Vec<u8>) -> Result<Self, RowError> {
        let (count, mut rest) = text.split_first_chunk::<COUNT_BYTES>().ok_or_else(|| odd("no slots"))?;
        let count = usize::from(u16::from_be_bytes(*count));
        let mut at = COUNT_BYTES + count * SLOT_BYTES;
        let mut slots = Vec::with_capacity(count);
        for _ in 0..count {
            let (slot, behind) = rest.split_first_chunk::<SLOT_BYTES>().ok_or_else(|| odd("a slot that is cut short"))?;
            rest = behind;
            let number = u64::from(u16::from_be_bytes([slot[0], slot[1]]));
            let of_source = keys::read_arrival(&slot[2..10])?;
            let place = keys::read_place(&slot[10..10 + keys::PLACE_BYTES])?;
            let length = u32::from_be_bytes([slot[38], slot[39], slot[40], slot[41]]) as usize;
            let end = at.checked_add(length).filter(|end| *end <= text.len()).ok_or_else(|| odd("a text that is cut short"))?;
            slots.push((Arrival { number: first.saturating_add(number), of_source }, place, at..end));
            at = end;
        }
        let mut originals = Vec::new();
        if at < text.len() {
            let mut lengths = text.get(at..at + count * LENGTH_BYTES).ok_or_else(|| odd("more than its slots say"))?;
            at += count * LENGTH_BYTES;
            while let Some((length, behind)) = lengths.split_first_chunk::<LENGTH_BYTES>() {
                let end = at.checked_add(u32::from_be_bytes(*length) as usize).filter(|end| *end <= text.len());
                let end = end.ok_or_else(|| odd("an original that is cut short"))?;
                originals.push(at..end);
                (at, lengths) = (end, behind);
            }
        }
        if at == text.len() { Ok(Self { text, slots, originals }) } else { Err(odd("more than its slots say")) }
    }

    /// What stands in it, in order of arrival.
    pub fn slots(&self) -> impl Iterator<Item = (Arrival, Place)> {
        self.slots.iter().map(|(arrival, place, _)| (*arrival, *place))
    }

    /// The article that arrived as `number`, where it is in this pack.
    pub fn article(&self, number: u64) -> Option<Result<Article, RowError>> {
        let (_, place, range) = self.slots.iter().find(|(arrival, ..)| arrival.number == number)?;
        Some(article::decode(*place, &self.text[range.clone()]))
    }

    /// What the article was made of that arrived as `number`, where that is kept.
    ///
    /// # Errors
    /// When its text cannot be read.
    pub fn original(&self, number: u64) -> Result<Option<Original>, RowError> {
        let Some(at) = self.slots.iter().position(|(arrival, ..)| arrival.number == number) else { return Ok(None) };
        let range = self.originals.get(at).filter(|range| !range.is_empty());
        range.map(|range| original::decode(self.slots[at].1.id, &self.text[range.clone()])).transpose()
    }

    /// All of it, to be changed.
    #[must_use]
    pub fn into_slots(self) -> Vec<Slot> {
        let original =
            |number: usize| self.originals.get(number).filter(|range| !range.is_empty()).map(|range| self.text[range.clone()].to_vec());
        let slot = |(number, (arrival, place, range)): (usize, (Arrival, Place, Range<usize>))| Slot {
            arrival,
            place,
            text: self.text[range].to_vec(),
            original: original(number),
        };
        self.slots.into_iter().enumerate().map(slot).collect()
    }
}

fn odd(what: &str) -> RowError {
    RowError::Broken(format!("a pack of articles has {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample;

    fn slots() -> Vec<Slot> {
        let articles = [sample::article("a", 1), sample::full_article(), sample::long_article("b", 2, 9_000)];
        let slot = |(number, article): (u64, &Article)| Slot {
            arrival: Arrival { number: 70 + number * 3, of_source: number },
            place: Place::of(article),
            text: article::encode(article).unwrap(),
            original: (article.id == sample::full_article().id).then(|| original::encode(&sample::full_original()).unwrap().unwrap()),
        };
        (0..).zip(&articles).map(slot).collect()
    }

    #[test]
    fn a_pack_is_read_back_whole_and_article_by_article() {
        let slots = slots();
        let pack = Pack::read(70, encode(70, &slots).unwrap()).unwrap();
        assert_eq!(pack.article(73).unwrap().unwrap(), sample::full_article());
        assert!(pack.article(71).is_none());
        assert_eq!(pack.original(73).unwrap(), Some(sample::full_original()));
        assert_eq!((pack.original(70).unwrap(), pack.original(71).unwrap()), (None, None));
        assert_eq!(pack.slots().map(|(arrival, _)| arrival.number).collect::<Vec<_>>(), [70, 73, 76]);
        assert_eq!(pack.into_slots(), slots);
        assert_eq!(slots[1].original().unwrap(), Some(sample::full_original()));
        assert_eq!(slots[0].original().unwrap(), None);
    }

    #[test]
    fn r11_a_pack_of_before_originals_were_kept_is_read() {
        let without: Vec<Slot> = slots().into_iter().map(|slot| Slot { original: None, ..slot }).collect();
        let text = encode(70, &without).unwrap();
        assert!(text.ends_with(&without[2].text));
        assert_eq!(Pack::read(70, text).unwrap().into_slots(), without);
    }

    #[test]
    fn a_pack_that_is_cut_or_too_long_is_refused() {
        let whole = encode(70, &slots()).unwrap();
        // Cut behind the texts it is one without originals.
        let texts: usize = COUNT_BYTES + slots().iter().map(|slot| SLOT_BYTES + slot.text.len()).sum::<usize>();
        for length in (0..whole.len()).step_by(7).filter(|length| *length != texts) {
            assert!(Pack::read(70, whole[..length].to_vec()).is_err(), "cut to {length}");
        }
        assert!(Pack::read(70, [whole, vec![0]].concat()).is_err());
        assert!(encode(71, &slots()).is_err());
    }

    #[test]
    fn a_pack_takes_what_is_near_and_short() {
        assert!(has_room(5, 0, 0, 5, 1_000_000), "a long one alone");
        assert!(has_room(5, 3, 5_000, 9, 5_000));
        assert!(!has_room(5, 3, 12_000, 9, 5_000));
        assert!(!has_room(5, ARTICLES_MAX, 10, 80, 10));
        assert!(!has_room(5, 1, 10, 5 + 65_536, 10));
    }
}
