//! What a row looks like: the only place that knows. docs/STORE.md says the same in prose.
//!
//! - [`keys`]: big-endian, in time order.
//! - [`frame`]: version byte, checksum, compression, chunks that are small enough for the storage engine.
//! - [`article`], [`original`], [`state`]: the texts inside, as JSON, so that fields can be added and another program can read them;
//!   in packs with the long texts behind it.
//! - [`compact`], [`states`]: states as the store itself has them, since they are written with every poll, and several of them in a row.
//! - [`known`], [`journal`]: what is known of an entry, and of those of a group.
//! - [`entry`]: the short binary row of an entry's identity, of which there are most.

pub mod article;
pub mod compact;
pub mod entry;
pub mod frame;
pub mod journal;
pub mod keys;
pub mod known;
pub mod original;
pub mod pack;
pub mod pool;
pub mod seen;
pub mod state;
pub mod states;

#[cfg(test)]
pub(crate) mod sample;

use crate::model::Instant;

/// Why a row cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// It was written by a newer version of the program.
    #[error("the row has version {0}, which only a newer version of feedmill can read")]
    Newer(u8),
    /// It is not what was written.
    #[error("{0}")]
    Broken(String),
}

/// An instant as it stands in a JSON row: seconds since 1970 and nanoseconds. Exact, and short after compression.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Time(i64, u32);

impl From<Instant> for Time {
    fn from(at: Instant) -> Self {
        Self(at.timestamp(), at.timestamp_subsec_nanos())
    }
}

impl TryFrom<Time> for Instant {
    type Error = RowError;

    fn try_from(time: Time) -> Result<Self, RowError> {
        instant(time.0, time.1)
    }
}

/// The instant of these seconds and nanoseconds.
pub(super) fn instant(seconds: i64, nanoseconds: u32) -> Result<Instant, RowError> {
    Instant::from_timestamp(seconds, nanoseconds).ok_or_else(|| RowError::Broken(format!("{seconds} s {nanoseconds} ns is no time")))
}

/// Parts a line of JSON from the long texts behind it, as they are.
const LINE_END: u8 = b'\n';

/// Bytes of a row of JSON beside its long texts, mostly.
const ROW_BYTES: usize = 1536;

/// A row as one line of JSON, with room for long texts of so many bytes: a buffer that grows is copied again and again.
fn json(row: &impl serde::Serialize, long_bytes: usize) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = Vec::with_capacity(ROW_BYTES + long_bytes + long_bytes / 8);
    serde_json::to_writer(&mut text, row)?;
    Ok(text)
}

/// A row of JSON, and the long texts that stand behind its line.
fn read_json<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<(T, Option<&'a str>), serde_json::Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let row = values.next().unwrap_or_else(|| serde_json::from_str(""))?;
    let (line, behind) = text.split_at(values.byte_offset());
    match behind.strip_prefix(char::from(LINE_END)) {
        None if !behind.is_empty() => Err(serde::de::Error::custom(format!("something follows at byte {}", line.len()))),
        behind => Ok((row, behind)),
    }
}

/// Sixteen bytes as 32 hexadecimal digits, for JSON rows.
fn hex16(bytes: [u8; 16]) -> String {
    crate::model::ArticleId(bytes).to_string()
}

/// The sixteen bytes of 32 hexadecimal digits.
fn from_hex16(text: &str) -> Result<[u8; 16], RowError> {
    text.parse::<crate::model::ArticleId>().map(|id| id.0).map_err(|_| RowError::Broken(format!("{text:?} is no hash")))
}
