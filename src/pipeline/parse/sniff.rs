//! What a document is, by looking at it; the media type is not asked.

use memchr::{memchr, memmem};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Begins with `{` or `[`.
    Json,
    /// Markup with a feed in it; its outermost element begins here.
    Feed(usize),
    /// A web page.
    Html,
    /// Markup of another kind; its first element begins here.
    Xml(usize),
    /// No markup at all.
    Text,
}

/// Tags that begin a feed, in lower case.
const ROOTS: &[&str] = &["rss", "feed", "rdf", "channel"];

/// Looks at `text`.
pub(super) fn look(text: &str) -> Kind {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if start.starts_with(['{', '[']) {
        return Kind::Json;
    }
    let Some((at, name)) = next_tag(text, 0) else { return Kind::Text };
    let local = name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    if ROOTS.contains(&local.as_str()) || matches!(local.as_str(), "entry" | "item") {
        return Kind::Feed(at);
    }
    // Warnings of a script, a wrapper, a whole page around it: the feed may come later, in tags, not in the text of a page.
    let entries = has_entries(&text[at..]);
    let mut pos = at;
    let mut html = matches!(local.as_str(), "html" | "head" | "body" | "meta" | "title" | "!doctype");
    while let Some((next, name)) = next_tag(text, pos) {
        let local = name.rsplit(':').next().unwrap_or_default();
        if ROOTS[..3].iter().any(|root| local.eq_ignore_ascii_case(root)) && entries {
            return Kind::Feed(next);
        }
        html |= matches!(local, "html" | "HTML" | "body" | "BODY" | "script");
        pos = next + 1;
    }
    if html {
        return Kind::Html;
    }
    if entries { Kind::Feed(at) } else { Kind::Xml(at) }
}

fn has_entries(text: &str) -> bool {
    ["<item", "<entry", "<ITEM", "<ENTRY", ":item", ":entry"].iter().any(|tag| memmem::find(text.as_bytes(), tag.as_bytes()).is_some())
}

/// The next start tag at or after `from`, comments, declarations, instructions and CDATA passed over: its place and name.
pub(super) fn next_tag(text: &str, from: usize) -> Option<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut pos = from;
    loop {
        let at = pos + memchr(b'<', &bytes[pos..])?;
        let rest = &text[at..];
        let skip = |end: &str| rest.find(end).map_or(rest.len(), |length| length + end.len());
        pos = at
            + if rest.starts_with("<!--") {
                skip("-->")
            } else if rest.starts_with("<![CDATA[") {
                skip("]]>")
            } else if rest.starts_with("<!") {
                doctype(rest)
            } else if rest.starts_with("<?") {
                skip("?>")
            } else {
                let name = &rest[1..];
                let length =
                    name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.')).count();
                if length > 0 && name.as_bytes()[0].is_ascii_alphabetic() {
                    return Some((at, &name[..length]));
                }
                1
            };
        if pos >= bytes.len() {
            return None;
        }
    }
}

/// The length of a document type, with the part in brackets.
fn doctype(rest: &str) -> usize {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            // Quotes count inside the brackets only: a stray apostrophe in a broken head must not swallow the document.
            (None, b'"' | b'\'') if depth > 0 => quote = Some(byte),
            (None, b'[') => depth += 1,
            (None, b']') => depth = depth.saturating_sub(1),
            (None, b'>') if depth == 0 => return at + 1,
            _ => {}
        }
    }
    rest.find('>').map_or(rest.len(), |at| at + 1)
}

#[cfg(test)]
mod tests;
