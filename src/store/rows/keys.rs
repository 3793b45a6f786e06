//! Keys: big-endian, so that their order as bytes is their order in time.

use super::{RowError, instant};
use crate::model::{ArticleId, Instant, SourceName};
use crate::store::Place;

/// Length of a time in a key.
pub const TIME_BYTES: usize = 12;
/// Length of a place in a key.
pub const PLACE_BYTES: usize = TIME_BYTES + 16;
/// Stands after a source's name in a key. A name holds no control characters, so no name is the beginning of another's keys.
pub const NAME_END: u8 = 0;

/// A time: seconds with the sign turned so that earlier ones sort first, then nanoseconds.
#[must_use]
pub fn time(at: Instant) -> [u8; TIME_BYTES] {
    let mut out = [0; TIME_BYTES];
    let seconds = at.timestamp().cast_unsigned() ^ (1 << 63);
    out[..8].copy_from_slice(&seconds.to_be_bytes());
    out[8..].copy_from_slice(&at.timestamp_subsec_nanos().to_be_bytes());
    out
}

/// The time that [`time`] wrote.
///
/// # Errors
/// When the bytes are no time.
pub fn read_time(bytes: &[u8]) -> Result<Instant, RowError> {
    let (seconds, nanoseconds) = bytes.split_at_checked(8).ok_or_else(|| broken("time", bytes))?;
    let seconds = u64::from_be_bytes(seconds.try_into().map_err(|_| broken("time", bytes))?);
    let nanoseconds = u32::from_be_bytes(nanoseconds.try_into().map_err(|_| broken("time", bytes))?);
    instant((seconds ^ (1 << 63)).cast_signed(), nanoseconds)
}

/// The place of an article in the order of time.
#[must_use]
pub fn place(place: Place) -> [u8; PLACE_BYTES] {
    let mut out = [0; PLACE_BYTES];
    out[..TIME_BYTES].copy_from_slice(&time(place.published));
    out[TIME_BYTES..].copy_from_slice(&place.id.0);
    out
}

/// The place that [`place`] wrote.
///
/// # Errors
/// When the bytes are no place.
pub fn read_place(bytes: &[u8]) -> Result<Place, RowError> {
    let (time, id) = bytes.split_at_checked(TIME_BYTES).ok_or_else(|| broken("place", bytes))?;
    let id = ArticleId(id.try_into().map_err(|_| broken("place", bytes))?);
    Ok(Place { published: read_time(time)?, id })
}

/// The beginning of all keys of a source.
#[must_use]
pub fn of_source(source: &SourceName) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.as_str().len() + 1 + PLACE_BYTES);
    out.extend_from_slice(source.as_str().as_bytes());
    out.push(NAME_END);
    out
}

/// The key of an article in the index of its source.
#[must_use]
pub fn in_source(source: &SourceName, at: Place) -> Vec<u8> {
    let mut out = of_source(source);
    out.extend_from_slice(&place(at));
    out
}

/// The name and the place in a key of the index of sources.
///
/// # Errors
/// When the key is none of that index.
pub fn read_in_source(key: &[u8]) -> Result<(SourceName, Place), RowError> {
    let cut = key.len().checked_sub(PLACE_BYTES).ok_or_else(|| broken("index key", key))?;
    let (name, at) = key.split_at(cut);
    Ok((read_of_source(name)?, read_place(at)?))
}

/// The name in a key that [`of_source`] wrote.
///
/// # Errors
/// When the bytes are no name, or one that feeds.toml would not take.
pub fn read_of_source(key: &[u8]) -> Result<SourceName, RowError> {
    let Some((&NAME_END, name)) = key.split_last() else { return Err(broken("source", key)) };
    checked_name(std::str::from_utf8(name).map_err(|_| broken("source", key))?)
}

/// The name of a source, as it stands in a key or a row.
///
/// # Errors
/// When feeds.toml would not take it.
pub fn checked_name(name: &str) -> Result<SourceName, RowError> {
    SourceName::new(name).map_err(|why| RowError::Broken(format!("the source name {name:?} in the store: {why}")))
}

/// A number of arrival.
///
/// # Errors
/// When the bytes are not eight.
pub fn read_arrival(bytes: &[u8]) -> Result<u64, RowError> {
    bytes.try_into().map(u64::from_be_bytes).map_err(|_| broken("number of arrival", bytes))
}

/// The key of a chunk of the row `key`.
#[must_use]
pub fn chunk(key: &[u8], number: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len() + 2);
    out.extend_from_slice(key);
    out.extend_from_slice(&number.to_be_bytes());
    out
}

/// The key of the row and the number of the chunk in the key of a chunk.
///
/// # Errors
/// When the key is too short to be one.
pub fn read_chunk(key: &[u8]) -> Result<(&[u8], u16), RowError> {
    let cut = key.len().checked_sub(2).ok_or_else(|| broken("chunk key", key))?;
    let (row, number) = key.split_at(cut);
    Ok((row, u16::from_be_bytes(number.try_into().map_err(|_| broken("chunk key", key))?)))
}

fn broken(what: &str, bytes: &[u8]) -> RowError {
    RowError::Broken(format!("{} bytes are no {what}", bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_place() -> impl Strategy<Value = Place> {
        let seconds = -8_000_000_000_000i64..8_000_000_000_000;
        (seconds, 0u32..1_000_000_000, any::<[u8; 16]>()).prop_map(|(seconds, nanoseconds, id)| Place {
            published: Instant::from_timestamp(seconds, nanoseconds).unwrap(),
            id: ArticleId(id),
        })
    }

    proptest! {
        #[test]
        fn keys_of_places_sort_as_the_places_do(a in any_place(), b in any_place()) {
            prop_assert_eq!(place(a).cmp(&place(b)), a.cmp(&b));
            prop_assert_eq!(read_place(&place(a)).unwrap(), a);
        }
    }

    #[test]
    fn keys_of_a_source_whose_name_begins_like_anothers_do_not_mix() {
        let (short, long) = (SourceName::new("36kr").unwrap(), SourceName::new("36krai").unwrap());
        assert!(!of_source(&long).starts_with(&of_source(&short)));
        let at = Place { published: Instant::UNIX_EPOCH, id: ArticleId([7; 16]) };
        assert_eq!(read_in_source(&in_source(&long, at)).unwrap(), (long, at));
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        assert!(read_place(b"short").is_err());
        assert!(read_in_source(b"short").is_err());
        assert!(read_of_source(b"a/b\0").is_err());
        assert!(read_chunk(b"1").is_err());
    }
}
