//! What is known of an entry: its sighting, and the arrival of its article while there is one. A record of fixed length: a poll looks up as
//! many as its document has entries, and they stand side by side under their source.
//!
//! 1 byte flags (1 sighting, 2 article), 16 bytes fingerprint, 4 bytes revision, then first seen, last seen and published as times, then
//! the number of arrival. What is not there is zero.

use super::{RowError, keys};
use crate::model::{ArticleId, Fingerprint, Sighting};

/// Length of the record, without the id.
pub const BYTES: usize = 1 + 16 + 4 + 3 * keys::TIME_BYTES + 8;

const HAS_SIGHTING: u8 = 1;
const HAS_ARTICLE: u8 = 2;

/// What is known of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// When it was seen.
    pub sighting: Option<Sighting>,
    /// The number of arrival of its article. `None`: there is no article (any more).
    pub arrival: Option<u64>,
}

/// The record.
#[must_use]
pub fn encode(known: &Known) -> [u8; BYTES] {
    let mut out = [0; BYTES];
    let mut at = 1;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    match &known.sighting {
        Some(sighting) => {
            put(&sighting.fingerprint.0);
            put(&sighting.revision.to_be_bytes());
            put(&keys::time(sighting.first_seen));
            put(&keys::time(sighting.last_seen));
            put(&keys::time(sighting.published));
        }
        None => put(&[0; 16 + 4 + 3 * keys::TIME_BYTES]),
    }
    put(&known.arrival.unwrap_or(0).to_be_bytes());
    out[0] = if known.sighting.is_some() { HAS_SIGHTING } else { 0 } | if known.arrival.is_some() { HAS_ARTICLE } else { 0 };
    out
}

/// What [`encode`] wrote for the entry `id`.
///
/// # Errors
/// When a time in it is none.
pub fn decode(id: ArticleId, record: &[u8; BYTES]) -> Result<Known, RowError> {
    let mut at = 1;
    let mut take = |length: usize| {
        at += length;
        &record[at - length..at]
    };
    let (fingerprint, revision) = (take(16), take(4));
    let times = (take(keys::TIME_BYTES), take(keys::TIME_BYTES), take(keys::TIME_BYTES));
    let arrival = keys::read_arrival(take(8))?;
    let sighting = if record[0] & HAS_SIGHTING == 0 {
        None
    } else {
        Some(Sighting {
            id,
            first_seen: keys::read_time(times.0)?,
            last_seen: keys::read_time(times.1)?,
            fingerprint: Fingerprint(fingerprint.try_into().map_err(|_| RowError::Broken("a fingerprint is cut short".into()))?),
            published: keys::read_time(times.2)?,
            revision: u32::from_be_bytes(revision.try_into().map_err(|_| RowError::Broken("a revision is cut short".into()))?),
        })
    };
    Ok(Known { sighting, arrival: (record[0] & HAS_ARTICLE != 0).then_some(arrival) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample;

    #[test]
    fn every_shape_of_the_record_is_read_back() {
        let article = sample::full_article();
        for sighting in [None, Some(sample::sighting(&article))] {
            for arrival in [None, Some(0), Some(u64::MAX)] {
                let known = Known { sighting: sighting.clone(), arrival };
                assert_eq!(decode(article.id, &encode(&known)), Ok(known));
            }
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        let article = sample::full_article();
        let mut record = encode(&Known { sighting: Some(sample::sighting(&article)), arrival: None });
        record[21..33].fill(0xff);
        assert!(decode(article.id, &record).is_err());
    }
}
