//! The states of several sources in one row: those that one group of polls left, or those of neighbours in the order of names.
//!
//! A byte that says so, then for each source 2 bytes length of its name, the name, 4 bytes length of its state, and the state as [`super::compact`]
//! writes it. The names rise.

use super::RowError;
use super::frame::PLAIN_BYTES_MAX;
use crate::model::SourceName;

/// What the row begins with. No MessagePack value does, and no JSON: in layouts before 6 each state was a row of its own.
const MARK: u8 = 0xc1;

/// Bytes of a row beside those of its states, and of each of them beside its own.
const MARK_BYTES: usize = 1;
const HEAD_BYTES: usize = 2 + 4;

/// A name and its state, as they stand in a row.
pub type Named<'a> = (&'a str, &'a [u8]);

/// How many of these states a row takes, that it may stay as it is: compressing takes as long as writing them down. At least one.
#[must_use]
pub fn fill<'a>(states: impl IntoIterator<Item = (&'a SourceName, &'a [u8])>) -> usize {
    let bytes = states.into_iter().scan(MARK_BYTES, |bytes, (source, state)| {
        *bytes += HEAD_BYTES + source.as_str().len() + state.len();
        Some(*bytes)
    });
    bytes.take_while(|bytes| *bytes <= PLAIN_BYTES_MAX).count().max(1)
}

/// The row of these states. Their names rise.
///
/// # Errors
/// When a state is too long to be one.
pub fn encode<'a>(states: impl IntoIterator<Item = (&'a SourceName, &'a [u8])>) -> Result<Vec<u8>, RowError> {
    let mut out = vec![MARK];
    for (source, state) in states {
        let name = source.as_str().as_bytes();
        out.extend_from_slice(&u16::try_from(name.len()).map_err(|_| odd("a name that is too long"))?.to_be_bytes());
        out.extend_from_slice(name);
        out.extend_from_slice(&u32::try_from(state.len()).map_err(|_| odd("a state that is too long"))?.to_be_bytes());
        out.extend_from_slice(state);
    }
    Ok(out)
}

/// Whether [`encode`] wrote this row, and not that of one state of a layout before 6.
#[must_use]
pub fn is_pack(row: &[u8]) -> bool {
    row.first() == Some(&MARK)
}

/// What [`encode`] wrote. `None`: it is the state of one source, of a layout before 6.
///
/// # Errors
/// When it is neither.
pub fn decode(row: &[u8]) -> Result<Option<Vec<Named<'_>>>, RowError> {
    let Some(mut rest) = row.strip_prefix(&[MARK]) else { return Ok(None) };
    let mut out: Vec<Named<'_>> = Vec::new();
    while !rest.is_empty() {
        let name = std::str::from_utf8(take::<2>(&mut rest)?).map_err(|_| odd("a name that is no text"))?;
        if out.last().is_some_and(|(before, _)| *before >= name) {
            return Err(odd("names that do not rise"));
        }
        out.push((name, take::<4>(&mut rest)?));
    }
    Ok(Some(out))
}

/// A piece, behind `N` bytes that say how long it is.
fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8], RowError> {
    let cut = || odd("an end that is missing");
    let (length, behind) = rest.split_at_checked(N).ok_or_else(cut)?;
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let (piece, behind) = behind.split_at_checked(length).ok_or_else(cut)?;
    *rest = behind;
    Ok(piece)
}

fn odd(what: &str) -> RowError {
    RowError::Broken(format!("a row of states has {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::{compact, sample, state};
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read_back() {
        let names = ["36kr", "a", "源"].map(sample::name);
        let states: [&[u8]; 3] = [b"one", b"", &[7; 70_000]];
        for count in 0..=3 {
            let row = encode(names.iter().zip(states).take(count)).unwrap();
            let expected: Vec<Named<'_>> = names.iter().map(SourceName::as_str).zip(states).take(count).collect();
            assert_eq!(decode(&row).unwrap().unwrap(), expected);
            for length in 1..row.len().min(100) {
                assert!(decode(&row[..length]).map_or(true, |read| expected.starts_with(&read.unwrap())), "{count} cut to {length}");
            }
        }
    }

    #[test]
    fn r11_the_row_of_one_state_of_a_layout_before_6_is_told_from_it() {
        let state = sample::full_state("36kr");
        for row in [compact::encode(&state).unwrap(), state::encode(&state).unwrap(), vec![]] {
            assert_eq!(decode(&row).unwrap(), None);
        }
    }

    #[test]
    fn a_row_takes_what_fits_into_a_chunk_and_at_least_one() {
        let names: Vec<_> = (100..200).map(|number| sample::name(&format!("s{number}"))).collect();
        for (length, count) in [(0, 100), (PLAIN_BYTES_MAX / 7 - 20, 7), (PLAIN_BYTES_MAX / 7, 6), (PLAIN_BYTES_MAX - 11, 1), (90_000, 1)] {
            let state = vec![7; length];
            let states = || names.iter().map(|name| (name, state.as_slice()));
            assert_eq!(fill(states()), count, "{length}");
            assert_eq!(encode(states().take(count)).unwrap().len() <= PLAIN_BYTES_MAX, length < 90_000);
        }
        assert_eq!(fill([]), 1);
    }

    #[test]
    fn names_that_do_not_rise_are_refused() {
        for names in [["b", "a"], ["a", "a"]] {
            let names = names.map(sample::name);
            assert!(decode(&encode(names.iter().map(|name| (name, &b"x"[..]))).unwrap()).is_err());
        }
    }

    proptest! {
        #[test]
        fn reading_garbage_never_panics(row in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&[&[MARK], &row[..]].concat());
        }
    }
}
