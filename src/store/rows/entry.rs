//! The row of an entry's identity: its sighting, and the place of its article while there is one.
//!
//! Every entry ever seen has one, every poll reads as many as its document has entries, and nothing in it compresses: a short binary row.

use super::frame::checksum;
use super::{RowError, instant};
use crate::model::{ArticleId, Fingerprint, Instant, Sighting};

/// The version of these rows that this program writes.
pub const VERSION: u8 = 1;

const CHECKSUM_BYTES: usize = 4;
const HAS_SIGHTING: u8 = 1;
const HAS_ARTICLE: u8 = 2;
/// The article stands at the date in the sighting, which is the rule.
const AT_SIGHTING: u8 = 4;
/// No time in the row has a fraction of a second, which is the rule.
const WHOLE_SECONDS: u8 = 8;

/// What is known of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryRow {
    /// When it was seen.
    pub sighting: Option<Sighting>,
    /// The `published` of its article, which with the id is the article's place. `None`: there is no article (any more).
    pub article_at: Option<Instant>,
}

/// What a key is that is no id.
#[must_use]
pub fn no_id() -> RowError {
    RowError::Broken("the key of an entry is no id".into())
}

/// The value to write for the entry `id`.
#[must_use]
pub fn encode(id: ArticleId, row: &EntryRow) -> Vec<u8> {
    let own_place = row.article_at.filter(|at| row.sighting.as_ref().is_none_or(|sighting| sighting.published != *at));
    let mut times = Vec::with_capacity(4);
    if let Some(sighting) = &row.sighting {
        times.extend([sighting.first_seen, sighting.last_seen, sighting.published]);
    }
    times.extend(own_place);
    let whole = times.iter().all(|time| time.timestamp_subsec_nanos() == 0);

    let mut flags = 0;
    flags |= if row.sighting.is_some() { HAS_SIGHTING } else { 0 };
    flags |= if row.article_at.is_some() { HAS_ARTICLE } else { 0 };
    flags |= if row.article_at.is_some() && own_place.is_none() { AT_SIGHTING } else { 0 };
    flags |= if whole { WHOLE_SECONDS } else { 0 };

    let mut content = vec![flags];
    if let Some(sighting) = &row.sighting {
        content.extend_from_slice(&sighting.fingerprint.0);
        content.extend_from_slice(&sighting.revision.to_be_bytes());
    }
    for time in times {
        content.extend_from_slice(&time.timestamp().to_be_bytes());
        if !whole {
            content.extend_from_slice(&time.timestamp_subsec_nanos().to_be_bytes());
        }
    }
    let sum: [u8; CHECKSUM_BYTES] = checksum(&[&id.0, &[VERSION], &content]);
    [&[VERSION][..], &sum, &content].concat()
}

/// The row that [`encode`] wrote for the entry `id`.
///
/// # Errors
/// When it is not what was written there, or a newer program wrote it.
pub fn decode(id: ArticleId, value: &[u8]) -> Result<EntryRow, RowError> {
    let Some((&[version, ref sum @ ..], content)) = value.split_first_chunk::<{ 1 + CHECKSUM_BYTES }>() else {
        return Err(RowError::Broken(format!("the row of entry {id} is cut short")));
    };
    if *sum != checksum::<CHECKSUM_BYTES>(&[&id.0, &[version], content])[..] {
        return Err(RowError::Broken(format!("the row of entry {id} does not match its checksum")));
    }
    if version > VERSION {
        return Err(RowError::Newer(version));
    }
    let mut rest = Rest(content);
    let [flags] = rest.take()?;
    let whole = flags & WHOLE_SECONDS != 0;
    let mut row = EntryRow::default();
    if flags & HAS_SIGHTING != 0 {
        let fingerprint = Fingerprint(rest.take()?);
        let revision = u32::from_be_bytes(rest.take()?);
        let (first_seen, last_seen, published) = (rest.time(whole)?, rest.time(whole)?, rest.time(whole)?);
        row.sighting = Some(Sighting { id, first_seen, last_seen, fingerprint, published, revision });
    }
    if flags & HAS_ARTICLE != 0 {
        row.article_at = match &row.sighting {
            Some(sighting) if flags & AT_SIGHTING != 0 => Some(sighting.published),
            _ => Some(rest.time(whole)?),
        };
    }
    Ok(row)
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], RowError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or_else(|| RowError::Broken("the row of an entry is cut short".into()))?;
        self.0 = tail;
        Ok(*head)
    }

    fn time(&mut self, whole: bool) -> Result<Instant, RowError> {
        let seconds = i64::from_be_bytes(self.take()?);
        let nanoseconds = if whole { 0 } else { u32::from_be_bytes(self.take()?) };
        instant(seconds, nanoseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(nanoseconds: u32) -> Sighting {
        let at = |seconds| Instant::from_timestamp(seconds, nanoseconds).unwrap();
        Sighting {
            id: ArticleId([3; 16]),
            first_seen: at(1_700_000_000),
            last_seen: at(1_700_100_000),
            fingerprint: Fingerprint([9; 16]),
            published: at(-5),
            revision: 7,
        }
    }

    #[test]
    fn every_shape_of_the_row_is_read_back() {
        let id = ArticleId([3; 16]);
        for nanoseconds in [0, 999_999_999] {
            for seen in [None, Some(sighting(nanoseconds))] {
                for article_at in [None, Some(sighting(nanoseconds).published), Some(sighting(5).first_seen)] {
                    let row = EntryRow { sighting: seen.clone(), article_at };
                    assert_eq!(decode(id, &encode(id, &row)), Ok(row));
                }
            }
        }
    }

    #[test]
    fn the_usual_row_is_short() {
        let seen = sighting(0);
        let row = EntryRow { article_at: Some(seen.published), sighting: Some(seen) };
        assert_eq!(encode(ArticleId([3; 16]), &row).len(), 50);
    }

    #[test]
    fn r5_a_flipped_bit_or_a_lost_byte_is_noticed() {
        let id = ArticleId([3; 16]);
        let value = encode(id, &EntryRow { sighting: Some(sighting(1)), article_at: None });
        for bit in 0..value.len() * 8 {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(id, &flipped).is_err(), "bit {bit}");
        }
        for length in 0..value.len() {
            assert!(decode(id, &value[..length]).is_err(), "cut to {length}");
        }
        assert!(decode(ArticleId([4; 16]), &value).is_err(), "under another id");
    }
}
