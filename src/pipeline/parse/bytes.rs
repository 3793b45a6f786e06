//! A body that is still compressed although no header says so: seen of static hosts that serve `feed.xml.gz` as `feed.xml`.

use std::borrow::Cow;
use std::io::Read;

use super::limits::ParseError;

/// The document itself: `bytes`, or what they decompress to, at most `limit_bytes`.
pub(super) fn unpacked(bytes: &[u8], limit_bytes: usize) -> Result<Cow<'_, [u8]>, ParseError> {
    if bytes.len() > limit_bytes {
        return Err(ParseError::TooLarge { limit_bytes });
    }
    if !bytes.starts_with(&[0x1f, 0x8b, 8]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut out = Vec::new();
    let most = u64::try_from(limit_bytes).unwrap_or(u64::MAX).saturating_add(1);
    // A stream that is cut gives what came before the cut; nothing at all is an error.
    let result = flate2::read::MultiGzDecoder::new(bytes).take(most).read_to_end(&mut out);
    if out.len() > limit_bytes {
        return Err(ParseError::TooLarge { limit_bytes });
    }
    match result {
        Err(error) if out.is_empty() => Err(ParseError::Compression(error.to_string())),
        _ => Ok(Cow::Owned(out)),
    }
}
