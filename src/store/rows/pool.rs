//! Packers and unpackers kept between uses: preparing the dictionary costs more than packing a short row.

use std::sync::{Mutex, PoisonError};

use super::RowError;
use super::frame::{Chunks, PLAIN_BYTES_MAX, Packer, Payload, Unpacker};

/// Idle ones kept, of each kind. A packer holds up to 2 MB for each of its two compressors.
const IDLE_MAX: usize = 4;

/// Rows up to this length are not compressed: the states of sources, some hundred bytes that are read and written with each poll. A cycle of 304s
/// takes a twelfth less (measured).
const SHORT_BYTES_MAX: usize = 1024;

/// Packs and unpacks rows for whoever asks.
#[derive(Default)]
pub struct Pool {
    packers: Mutex<Vec<Packer>>,
    unpackers: Mutex<Vec<Unpacker>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool")
    }
}

impl Pool {
    /// As [`Packer::pack`]; a short row stays as it is.
    ///
    /// # Errors
    /// As there.
    pub fn pack(&self, key: &[u8], plain: &[u8]) -> Result<Chunks, RowError> {
        let payload = if plain.len() <= SHORT_BYTES_MAX { Payload::plain(plain)? } else { self.compress(plain)? };
        payload.cut(key, 1)
    }

    /// The same, where time is dear: content stays as it is wherever that fits into one chunk.
    ///
    /// # Errors
    /// As there.
    pub fn pack_fast(&self, key: &[u8], plain: &[u8]) -> Result<Chunks, RowError> {
        let payload = if plain.len() <= PLAIN_BYTES_MAX { Payload::plain(plain)? } else { self.compress(plain)? };
        payload.cut(key, 1)
    }

    /// As [`Packer::compress`].
    ///
    /// # Errors
    /// As there.
    pub fn compress(&self, plain: &[u8]) -> Result<Payload, RowError> {
        let mut packer = taken(&self.packers).map_or_else(Packer::new, Ok)?;
        let payload = packer.compress(plain)?;
        give(&self.packers, packer);
        Ok(payload)
    }

    /// As [`Unpacker::unpack`].
    ///
    /// # Errors
    /// As there.
    pub fn unpack(&self, joined: &[u8]) -> Result<Vec<u8>, RowError> {
        let mut unpacker = taken(&self.unpackers).map_or_else(Unpacker::new, Ok)?;
        let plain = unpacker.unpack(joined)?;
        give(&self.unpackers, unpacker);
        Ok(plain)
    }
}

fn taken<T>(idle: &Mutex<Vec<T>>) -> Option<T> {
    idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn give<T>(idle: &Mutex<Vec<T>>, one: T) {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    if idle.len() < IDLE_MAX {
        idle.push(one);
    }
}
