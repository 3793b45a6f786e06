//! A publisher's bytes to a [`Feed`]. Pure.
//!
//! | stage | file | in | out |
//! | --- | --- | --- | --- |
//! | unpack | `bytes` | a body, perhaps compressed | bytes |
//! | decode | `encoding` | bytes in any encoding | text |
//! | sniff | `sniff` | text | feed, JSON, web page, something else |
//! | repair | `repair` | markup as it is found in the wild | well-formed XML |
//! | strict reading | `outline`, `strict` | well-formed XML, JSON, without long texts | what feed-rs makes of it |
//! | tolerant reading | `raw`, `tolerant`, `json` | the same | everything feed-rs loses, and all of it where feed-rs gives up |
//! | merge | `merge` | both | [`Feed`] |
//!
//! Bounds: [`ParseLimits`], and constants named `…_MAX` where they apply. No entity is ever expanded, nothing is fetched.

mod bytes;
mod encoding;
mod json;
mod limits;
mod merge;
mod outline;
mod raw;
mod repair;
mod sniff;
mod strict;
mod text;
mod tolerant;

pub use limits::{ParseError, ParseLimits};

use url::Url;

use crate::model::{Feed, FeedFormat, Reject};
use crate::pipeline::discover;
use sniff::Kind;

/// feed-rs takes a kilobyte for each entry, however little stands in it: documents whose entries are smaller on average are ours to read.
const STRICT_ENTRY_BYTES_MIN: usize = 128;

/// Likewise documents that are hardly more than tags: so many of them, so short on average with what stands behind them.
const STRICT_TAGS_MAX: usize = 10_000;
const STRICT_TAG_BYTES_MIN: usize = 12;

/// Reads a document, whatever dialect and encoding it is in and however broken it is.
///
/// `content_type` is the media type it was served with (only its charset is believed, and that not blindly); `url` is the base for relative
/// addresses.
///
/// # Errors
/// [`ParseError`] when there is no feed in it: nothing, a web page, something else, or too much.
pub fn parse(bytes: &[u8], content_type: Option<&str>, url: &str, limits: &ParseLimits) -> Result<Feed, ParseError> {
    let bytes = bytes::unpacked(bytes, limits.document_bytes_max)?;
    let decoded = encoding::decode(&bytes, content_type);
    let text = repair::without_controls(&decoded.text);
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    let mut feed = match sniff::look(&text) {
        Kind::Json => json_feed(&text, url, limits)?,
        Kind::Html => {
            let feeds = discover::feeds(text.as_bytes(), url);
            return Err(ParseError::Html { feeds: feeds.into_iter().map(|feed| feed.url).collect() });
        }
        Kind::Text => return Err(ParseError::NotAFeed("plain text or a file of another kind".to_owned())),
        Kind::Feed(root_at) | Kind::Xml(root_at) => xml_feed(&text, root_at, url, limits)?,
    };
    if let Some(note) = decoded.note {
        feed.repairs.insert(0, note);
    }
    Ok(feed)
}

/// The text of a document that was served as `content_type`, whatever it declares: for pages as for feeds.
pub(in crate::pipeline) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> std::borrow::Cow<'a, str> {
    encoding::decode(bytes, content_type).text
}

fn json_feed(text: &str, url: &str, limits: &ParseLimits) -> Result<Feed, ParseError> {
    let (mut feed, total, texts) = json::read(text, url, limits).map_err(ParseError::NotAFeed)?;
    let strict = if total > limits.entries_max || text.len() < total.saturating_mul(STRICT_ENTRY_BYTES_MIN) {
        Err("more entries, or emptier ones, than feed-rs can hold in little memory".to_owned())
    } else {
        let texts = texts.into_iter().map(|text| (text, "\"-\"")).collect();
        strict::read(outline::outline(text, texts).trim_start_matches('\u{feff}'), url)
    };
    merge::merge(&mut feed, strict, limits);
    Ok(feed)
}

fn xml_feed(text: &str, root_at: usize, url: &str, limits: &ParseLimits) -> Result<Feed, ParseError> {
    let repaired = repair::repair(text, root_at, limits.entries_max);
    let raw = raw::read(&repaired.text);
    let Some(format) = tolerant::format(&raw) else {
        return Err(ParseError::NotAFeed(format!("an XML document of another kind (<{}>)", text::cut(&raw.root, 40))));
    };
    let zone = tolerant::zone(limits.time_zone, tolerant::chinese(&raw));
    let mut context = tolerant::Context {
        limits,
        base: Url::parse(url).ok(),
        set_base: None,
        zone,
        atom: format == FeedFormat::Atom,
        names: raw.names.clone(),
    };
    let mut feed = tolerant::feed(&raw, format, &mut context);
    feed.repairs.extend(repaired.notes.iter().map(|note| (*note).to_owned()));
    if root_at > 0 && sniff::next_tag(text, 0).is_some_and(|(at, _)| at != root_at) {
        feed.repairs.push("something before the feed".to_owned());
    }
    if repaired.cut {
        let what = format!("the entries after entry {}", limits.entries_max);
        feed.rejects.push(Reject { what, why: format!("at most {} entries of a document are read", limits.entries_max) });
    }
    let strict = if tolerant::upsets_feed_rs(&raw) {
        Err("a mail address or a playing time that feed-rs cannot take".to_owned())
    } else if raw.crowded || (repaired.tags > STRICT_TAGS_MAX && repaired.text.len() < repaired.tags * STRICT_TAG_BYTES_MIN) {
        Err("more elements, or emptier ones, than feed-rs can hold in little memory".to_owned())
    } else {
        strict::read(&outline::outline(&repaired.text, tolerant::texts(&raw, &feed)), url)
    };
    drop(raw);
    merge::merge(&mut feed, strict, limits);
    Ok(feed)
}

#[cfg(test)]
mod tests;
