//! Pure: articles to RSS, Atom, JSON Feed, OPML and Markdown files. The same input gives the same bytes (law 8).
//!
//! | step | function | in | out |
//! | --- | --- | --- | --- |
//! | merge | [`merge::merge`] | articles of many sources | [`merge::Merged`]: each story once, the others named under it |
//! | lay out | [`document::FeedDocument`] | merged articles, what the view is called | entries in words that every format has |
//! | write | [`rss::write`], [`atom::write`], [`json::write`] | a [`document::FeedDocument`] | bytes |
//! | page | [`paging::Paging`] | which archive stands before a document | links by RFC 5005 |
//! | list | [`opml::write`] | sources | OPML |

pub mod atom;
pub mod chinese;
pub mod document;
pub mod html;
pub mod ids;
pub mod json;
pub mod markdown;
pub mod media;
pub mod merge;
pub mod opml;
pub mod paging;
pub mod rss;
pub mod text;

use memchr::memmem;

#[cfg(test)]
pub(crate) mod testing;

/// How the program names itself in what it writes.
pub const GENERATOR: &str = concat!("feedmill ", env!("CARGO_PKG_VERSION"));

/// The page of the program, for `generator`.
pub const HOMEPAGE: &str = "https://crates.io/crates/feedmill";

/// The stylesheet that makes a feed a page in a browser (P15). XSLT is leaving the browsers; CSS stays.
pub const FEED_STYLESHEET: &str = "/feed.css";

/// A writer refused what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {format} feed cannot be written: {why}")]
pub struct WriteError {
    format: &'static str,
    why: String,
}

impl WriteError {
    fn new(format: &'static str, why: &dyn std::fmt::Display) -> Self {
        Self { format, why: why.to_string() }
    }
}

/// Replaces the writer's XML declaration by one that names the encoding, and a stylesheet of our own.
fn with_stylesheet(document: &[u8], stylesheet: &str) -> Vec<u8> {
    let head =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?xml-stylesheet type=\"text/css\" href=\"{}\"?>\n", text::escape(stylesheet));
    let start = document.windows(2).position(|pair| pair == b"?>").map_or(0, |at| at + 2);
    let body = document[start..].trim_ascii();
    [head.as_bytes(), &with_references_in_titles(body), b"\n"].concat()
}

/// Writes `&` and `<` in titles as `&#x26;` and `&#x3C;`, which every reader takes for the signs themselves: `S&amp;P500` and `a &lt;b` are
/// taken for markup by some, and validators warn of them (RSS Profile, "title").
fn with_references_in_titles(document: &[u8]) -> Vec<u8> {
    const START: &[u8] = b"<title>";
    const END: &[u8] = b"</title>";
    const SIGNS: [(&[u8], &[u8]); 2] = [(b"&amp;", b"&#x26;"), (b"&lt;", b"&#x3C;")];
    let mut out = Vec::with_capacity(document.len());
    let mut rest = document;
    while let Some(start) = memmem::find(rest, START) {
        let (before, title) = rest.split_at(start + START.len());
        let (mut title, behind) = title.split_at(memmem::find(title, END).unwrap_or(title.len()));
        out.extend_from_slice(before);
        while let Some(at) = memchr::memchr(b'&', title) {
            out.extend_from_slice(&title[..at]);
            let known = SIGNS.iter().find(|(sign, _)| title[at..].starts_with(sign));
            let (sign, reference) = known.copied().unwrap_or((b"&", b"&"));
            out.extend_from_slice(reference);
            title = &title[at + sign.len()..];
        }
        out.extend_from_slice(title);
        rest = behind;
    }
    out.extend_from_slice(rest);
    out
}
