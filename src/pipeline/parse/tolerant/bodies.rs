//! The bodies of an entry, each exactly as the publisher wrote it.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::{Context, media};
use crate::model::{Body, BodyKind, Feed, FeedFormat};
use crate::pipeline::parse::outline::{ENTRY, ENTRY_BYTES_MIN, RDF_ENTRY, TEXT_BYTES_MIN};
use crate::pipeline::parse::raw::{Node, RawFeed, Space};
use crate::pipeline::parse::text;

/// Most bodies kept of one entry.
const BODIES_MAX: usize = 8;

/// The bodies among the elements, in document order, each text once.
pub(super) fn bodies(nodes: &[Node], context: &Context) -> Vec<Body> {
    let mut found: Vec<Body> = Vec::new();
    for node in nodes {
        if let Some(body) = one(node, context)
            && found.len() < BODIES_MAX
            && !found.iter().any(|known| known.text == body.text)
        {
            found.push(body);
        }
    }
    if found.is_empty() {
        // The text of YouTube's entries stands in `media:group`; beside another text it is a caption.
        found.extend(nodes.iter().find_map(|node| media::inside(node, "description", context, &|text| one(text, context))));
    }
    found
}

/// What feed-rs need not read, with what it reads in its place: entries in which title and text were found, or a title and no place for a text,
/// and the texts of those in which only texts were.
pub(in super::super) fn texts<'a>(raw: &RawFeed<'a>, feed: &Feed) -> Vec<(&'a str, &'static str)> {
    let mut found = Vec::with_capacity(raw.entries.len());
    let shrunk = if feed.format == FeedFormat::Rdf { RDF_ENTRY } else { ENTRY };
    for (raw, entry) in raw.entries.iter().zip(&feed.entries) {
        if entry.title.is_some() && raw.inner.len() >= ENTRY_BYTES_MIN && (!entry.bodies.is_empty() || raw.nodes.iter().all(has_no_text)) {
            found.push((raw.inner, shrunk));
            continue;
        }
        if entry.bodies.is_empty() {
            continue;
        }
        let nodes = raw.nodes.iter().filter(|node| matches!(node.space, Space::Core | Space::Content));
        let long = nodes.filter(|node| node.inner.len() >= TEXT_BYTES_MIN && meant(node).is_some());
        found.extend(long.map(|node| (node.inner, "-")));
    }
    found
}

/// Whether nobody would look for the entry's text here: what says something else, or nothing.
fn has_no_text(node: &Node) -> bool {
    let says_else = match node.space {
        Space::Core => matches!(
            &*node.local,
            "title"
                | "link"
                | "guid"
                | "id"
                | "pubdate"
                | "published"
                | "updated"
                | "author"
                | "category"
                | "comments"
                | "enclosure"
                | "source"
        ),
        Space::Dc => matches!(&*node.local, "creator" | "date" | "subject"),
        _ => false,
    };
    let bare = || {
        let inside = node.inner.trim();
        inside.strip_prefix("<![CDATA[").and_then(|inside| inside.strip_suffix("]]>")).unwrap_or(inside).trim().is_empty()
    };
    says_else || (node.attrs.trim().is_empty() && bare())
}

/// How an element's text is meant if it does not say so itself.
fn meant(node: &Node) -> Option<BodyKind> {
    match (node.space, &*node.local) {
        (Space::Core, "description" | "fullitem" | "body") | (Space::Content, "encoded") | (Space::Xhtml, "body" | "div") => {
            Some(BodyKind::Html)
        }
        (Space::Core, "summary" | "content" | "abstract" | "full-text") | (Space::Dc, "description" | "abstract") => Some(BodyKind::Text),
        (Space::Media, "description" | "text") | (Space::Itunes, "summary") => Some(BodyKind::Text),
        // `yandex:full-text`
        (Space::Other, "full-text") => Some(BodyKind::Html),
        _ => None,
    }
}

fn one(node: &Node, context: &Context) -> Option<Body> {
    let meant = meant(node)?;
    let media_type = node.attr("type").unwrap_or_default().to_ascii_lowercase();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if node.has_elements() {
        return body(BodyKind::Html, &markup(node), context);
    }
    let core = node.space == Space::Core;
    let kind = match essence {
        "html" | "text/html" | "xhtml" | "application/xhtml+xml" => BodyKind::Html,
        "text" | "text/plain" | "plain" | "" => meant,
        other if other.starts_with("text/") || other.ends_with("+xml") || other.ends_with("/xml") => BodyKind::Text,
        // A picture or a file in base64 (RFC 4287, 4.1.3.3), which can be a text all the same (feedparser's tests).
        _ if core && matches!(&*node.local, "content" | "summary") && essence.contains('/') => {
            return base64(&node.text()).and_then(|text| body(BodyKind::Html, &text, context));
        }
        _ if core && node.local == "content" => return None,
        _ => meant,
    };
    let value = node.text();
    let value = if node.attr("mode").is_some_and(|mode| mode.eq_ignore_ascii_case("base64")) { Cow::Owned(base64(&value)?) } else { value };
    // Only Atom says what its texts are, and even there an RSS element is HTML.
    let core_atom = context.atom && core;
    let kind = if kind == BodyKind::Text && !core_atom && text::looks_like_html(&value) { BodyKind::Html } else { kind };
    body(kind, &value, context)
}

fn body(kind: BodyKind, value: &str, context: &Context) -> Option<Body> {
    let value = text::cut(value.trim(), context.limits.body_bytes_max);
    if value.is_empty() {
        return None;
    }
    let text = text::twice_encoded(value).unwrap_or_else(|| without_c1(value).into_owned());
    Some(Body { kind, text })
}

/// U+0080 to U+009F as the Windows-1252 characters that were meant.
fn without_c1(text: &str) -> Cow<'_, str> {
    let mut pos = 0;
    while let Some(found) = memchr(0xc2, &text.as_bytes()[pos..]) {
        pos += found + 1;
        if text.as_bytes().get(pos).is_some_and(|byte| *byte < 0xa0) {
            return Cow::Owned(text.chars().map(text::windows_1252).collect());
        }
    }
    Cow::Borrowed(text)
}

/// The markup inside an element: XHTML as HTML source, without the `div` that Atom asks for around it.
fn markup<'a>(node: &Node<'a>) -> Cow<'a, str> {
    let inner = node.inner.trim();
    let mut source = Cow::Borrowed(inner);
    if memmem::find(inner.as_bytes(), b"<![CDATA[").is_some() {
        source = Cow::Owned(open_cdata(inner));
    }
    for prefix in ["xhtml:", "html:", "h:", "x:"] {
        let (start, end) = (format!("<{prefix}"), format!("</{prefix}"));
        if source.contains(&start) {
            source = Cow::Owned(source.replace(&start, "<").replace(&end, "</"));
        }
    }
    if node.local == "content" || node.attr("type").is_some() {
        let inside = match &source {
            Cow::Borrowed(source) => without_div(source).map(Cow::Borrowed),
            Cow::Owned(source) => without_div(source).map(|inside| Cow::Owned(inside.to_owned())),
        };
        if let Some(inside) = inside {
            return inside;
        }
    }
    source
}

/// What stands in the one `div` that holds everything.
fn without_div(source: &str) -> Option<&str> {
    let source = source.trim();
    let rest = source.strip_prefix("<div").filter(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace() || c == '>'))?;
    let inside = rest[rest.find('>')? + 1..].strip_suffix("</div>")?;
    // Its end must be the end of this one, not of a later sibling.
    let (mut depth, mut pos) = (1_usize, 0);
    while let Some(found) = memchr(b'<', &inside.as_bytes()[pos..]) {
        let tag = &inside[pos + found..];
        pos += found + 1;
        let is = |name: &str| {
            tag.strip_prefix(name).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')))
        };
        if is("</div") {
            depth -= 1;
        } else if is("<div") && !tag[..tag.find('>').unwrap_or(0)].ends_with('/') {
            depth += 1;
        }
        if depth == 0 {
            return None;
        }
    }
    Some(inside.trim())
}

/// CDATA sections inside markup, as escaped text.
fn open_cdata(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("<![CDATA[") {
        out.push_str(before);
        let (inner, after) = after.split_once("]]>").unwrap_or((after, ""));
        out.push_str(&inner.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Text in base64 (`mode="base64"` of Atom 0.3).
pub(super) fn base64(text: &str) -> Option<String> {
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0_u8);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    String::from_utf8(bytes).ok()
}
