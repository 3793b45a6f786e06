//! What a row looks like: the only place that knows. docs/STORE.md says the same in prose.
//!
//! - [`keys`]: big-endian, in time order.
//! - [`frame`]: version byte, checksum, compression, chunks that are small enough for the storage engine.
//! - [`article`], [`original`], [`state`]: the texts inside, as JSON, so that fields can be added and another program can read them.
//! - [`known`], [`journal`]: what is known of an entry, and of those of a group.
//! - [`entry`]: the short binary row of an entry's identity, of which there are most.

pub mod article;
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

/// Sixteen bytes as 32 hexadecimal digits, for JSON rows.
fn hex16(bytes: [u8; 16]) -> String {
    crate::model::ArticleId(bytes).to_string()
}

/// The sixteen bytes of 32 hexadecimal digits.
fn from_hex16(text: &str) -> Result<[u8; 16], RowError> {
    text.parse::<crate::model::ArticleId>().map(|id| id.0).map_err(|_| RowError::Broken(format!("{text:?} is no hash")))
}
