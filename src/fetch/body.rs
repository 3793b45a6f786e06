//! Reading a body off the wire: with a cap, and with what to do when it ends early.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

use super::{FetchError, decode, failure};

/// Room made for a body whose length was announced; more is taken when it really comes.
const ROOM_BYTES_MAX: u64 = 256 * 1024;

/// A body as it came.
pub(super) struct Raw {
    bytes: Bytes,
    /// Why the end is missing, if it is.
    cut: Option<String>,
}

/// Reads until the end, the cap or a failure.
pub(super) async fn read(response: &mut Response, cap_bytes: u64, wire_bytes: &mut u64) -> Result<Raw, FetchError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > cap_bytes {
        return Err(decode::too_long(cap_bytes));
    }
    let mut bytes = BytesMut::with_capacity(usize::try_from(announced.min(ROOM_BYTES_MAX)).unwrap_or_default());
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                *wire_bytes += chunk.len() as u64;
                if (bytes.len() + chunk.len()) as u64 > cap_bytes {
                    return Err(decode::too_long(cap_bytes));
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(None) => return Ok(Raw { bytes: bytes.freeze(), cut: None }),
            Err(error) => return Ok(Raw { bytes: bytes.freeze(), cut: Some(failure::of_body(&error)) }),
        }
    }
}

/// Undoes the codings. A body without its end is used as far as it goes; one without a beginning is an error.
pub(super) async fn decoded(raw: Raw, content_encoding: &str, cap_bytes: u64) -> Result<decode::Decoded, FetchError> {
    let Raw { bytes, cut } = raw;
    let Some(why) = cut else { return decode::decode(bytes, content_encoding, cap_bytes).await };
    let got = bytes.len();
    let nothing = || FetchError::Body(format!("the body broke off at its beginning: {why}"));
    if got == 0 {
        return Err(nothing());
    }
    let mut decoded = match decode::decode(bytes, content_encoding, cap_bytes).await {
        Err(FetchError::Body(_)) => return Err(nothing()),
        other => other?,
    };
    // The decoder's own note tells of the same cut.
    decoded.notes.retain(|note| !note.contains("breaks off"));
    decoded.notes.push(format!("the body broke off after {got} bytes ({why}); it was read as far as it goes"));
    decoded.cut = true;
    Ok(decoded)
}
