//! The text of a sighting in a snapshot. (In the store it is a short binary row: see [`super::entry`].)

use serde::{Deserialize, Serialize};

use super::{RowError, Time, from_hex16, hex16};
use crate::model::{ArticleId, Fingerprint, Sighting};

#[derive(Serialize, Deserialize)]
struct SightingRow {
    first_seen: Time,
    last_seen: Time,
    fingerprint: String,
    published: Time,
    #[serde(default)]
    revision: u32,
}

/// The text of a sighting. Its id is the key and not in it.
///
/// # Errors
/// None is known: every sighting can be written as JSON.
pub fn encode(sighting: &Sighting) -> Result<Vec<u8>, RowError> {
    let row = SightingRow {
        first_seen: sighting.first_seen.into(),
        last_seen: sighting.last_seen.into(),
        fingerprint: hex16(sighting.fingerprint.0),
        published: sighting.published.into(),
        revision: sighting.revision,
    };
    serde_json::to_vec(&row).map_err(|why| RowError::Broken(format!("a sighting cannot be written: {why}")))
}

/// The sighting of the entry `id` with this text.
///
/// # Errors
/// When the text is not one that [`encode`] wrote.
pub fn decode(id: ArticleId, text: &[u8]) -> Result<Sighting, RowError> {
    let row: SightingRow =
        serde_json::from_slice(text).map_err(|why| RowError::Broken(format!("the sighting of {id} cannot be read: {why}")))?;
    Ok(Sighting {
        id,
        first_seen: row.first_seen.try_into()?,
        last_seen: row.last_seen.try_into()?,
        fingerprint: Fingerprint(from_hex16(&row.fingerprint)?),
        published: row.published.try_into()?,
        revision: row.revision,
    })
}
