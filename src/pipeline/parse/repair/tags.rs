//! Tags: where they end, and whether their attributes are in order.

use memchr::{memchr, memchr2};

use super::ATTRIBUTES_MAX;
use super::refs::{self, Entities, Reference};

/// One attribute: where its name and its value stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    /// Behind `>`.
    pub(super) end: usize,
    /// `<name/>`.
    pub(super) empty: bool,
    /// Not as XML wants it: it has to be written anew.
    pub(super) broken: bool,
    pub(super) attributes: Vec<Attribute<'a>>,
}

/// A quoted value that is longer lacks its closing quote.
const VALUE_BYTES_MAX: usize = 64 << 10;

/// The name that begins at `at`, if one does.
pub(super) fn name_at(text: &str, at: usize) -> Option<&str> {
    let rest = &text.as_bytes()[at..];
    if !rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | 0x80..)) {
        return None;
    }
    let length = rest
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | 0x80..)))
        .unwrap_or(rest.len());
    let name = &text[at..at + length];
    // `<foo:>` and `<a:b:c>` are no names to a namespace-aware parser; `<http://…>` is an address in angle brackets.
    let fine = memchr(b':', name.as_bytes()).is_none()
        || name.split(':').count() <= 2
            && name
                .split(':')
                .all(|part| !part.is_empty() && !part.starts_with(['-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']));
    let ends_well =
        rest.get(length).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<' | b'=' | b'"' | b'\''));
    if fine && ends_well { Some(name) } else { None }
}

/// The start tag at `at` (its `<`), or none where the text ends inside it or it is no tag.
pub(super) fn start_tag<'a>(text: &'a str, at: usize, entities: &Entities) -> Option<Tag<'a>> {
    let bytes = text.as_bytes();
    let name = name_at(text, at + 1)?;
    let mut tag = Tag { name, end: 0, empty: false, broken: false, attributes: Vec::new() };
    let mut pos = at + 1 + name.len();
    loop {
        let before = pos;
        while bytes.get(pos).is_some_and(u8::is_ascii_whitespace) {
            pos += 1;
        }
        match bytes.get(pos)? {
            b'>' => {
                tag.end = pos + 1;
                return Some(tag);
            }
            b'/' if bytes.get(pos + 1) == Some(&b'>') => {
                tag.end = pos + 2;
                tag.empty = true;
                return Some(tag);
            }
            b'/' | b'=' | b'"' | b'\'' => {
                tag.broken = true;
                pos += 1;
            }
            // The next tag begins although this one has not ended.
            b'<' => {
                tag.broken = true;
                tag.end = pos;
                return Some(tag);
            }
            _ => {
                tag.broken |= pos == before;
                pos = attribute(text, pos, &mut tag, entities)?;
            }
        }
    }
}

/// Reads the attribute at `pos`; behind it.
fn attribute<'a>(text: &'a str, start: usize, tag: &mut Tag<'a>, entities: &Entities) -> Option<usize> {
    let bytes = text.as_bytes();
    let name_end = start
        + bytes[start..].iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/' | b'<' | b'"' | b'\''))?;
    let name = &text[start..name_end];
    let mut pos = name_end;
    while bytes.get(pos).is_some_and(u8::is_ascii_whitespace) {
        pos += 1;
    }
    let (value, end) = if bytes.get(pos)? == &b'=' {
        pos += 1;
        while bytes.get(pos).is_some_and(u8::is_ascii_whitespace) {
            pos += 1;
        }
        match *bytes.get(pos)? {
            quote @ (b'"' | b'\'') => quoted(text, pos + 1, quote, tag)?,
            _ => {
                tag.broken = true;
                let end = pos + bytes[pos..].iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'<'))?;
                // `<link href=x/>`
                let value_end = if bytes[end] == b'>' && bytes[pos..end].last() == Some(&b'/') { end - 1 } else { end };
                (&text[pos..value_end], value_end)
            }
        }
    } else {
        tag.broken = true;
        ("", name_end)
    };
    let known = || tag.attributes.iter().any(|attribute| attribute.name == name);
    if tag.attributes.len() >= ATTRIBUTES_MAX || name_shape_is_wrong(name) || known() {
        tag.broken = true;
    } else {
        tag.broken |= memchr(b'&', value.as_bytes()).is_some() && fixed(value, entities).is_some();
        tag.attributes.push(Attribute { name, value });
    }
    Some(end)
}

fn name_shape_is_wrong(name: &str) -> bool {
    name_at(name, 0) != Some(name)
}

/// The value behind the quote at `start - 1`, and behind its closing quote.
fn quoted<'a>(text: &'a str, start: usize, quote: u8, tag: &mut Tag<'a>) -> Option<(&'a str, usize)> {
    let bytes = text.as_bytes();
    let window = &bytes[start..bytes.len().min(start + VALUE_BYTES_MAX)];
    if let Some(length) = memchr(quote, window) {
        let after = bytes.get(start + length + 1);
        let has_tag = memchr(b'<', &window[..length]).is_some();
        // With a `<` inside, what follows must look like the rest of a tag; otherwise the closing quote was forgotten.
        if !has_tag || after.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')) {
            tag.broken |= has_tag;
            return Some((&text[start..start + length], start + length + 1));
        }
    }
    tag.broken = true;
    let length = memchr2(b'>', b'<', window)?;
    let trimmed = text[start..start + length].trim_end_matches('/');
    Some((trimmed, start + trimmed.len()))
}

/// `value` with its references in order, or none where they are.
pub(super) fn fixed(value: &str, entities: &Entities) -> Option<String> {
    let mut out: Option<String> = None;
    let (mut pos, mut copied) = (0, 0);
    while let Some(found) = memchr2(b'&', b'<', &value.as_bytes()[pos..]) {
        let at = pos + found;
        let (end, replacement) = if value.as_bytes()[at] == b'<' {
            (at + 1, "&lt;".to_owned())
        } else {
            match refs::look(value, at, entities) {
                Reference::Good(end) => {
                    pos = end;
                    continue;
                }
                Reference::Bad(end, replacement) => (end, replacement),
            }
        };
        let out = out.get_or_insert_default();
        out.push_str(&value[copied..at]);
        out.push_str(&replacement);
        (copied, pos) = (end, end);
    }
    out.map(|mut out| {
        out.push_str(&value[copied..]);
        out
    })
}

/// Writes a start tag with `name` as XML wants it.
pub(super) fn write<'a>(
    name: &str,
    attributes: impl Iterator<Item = (&'a str, &'a str)>,
    empty: bool,
    entities: &Entities,
    out: &mut String,
) {
    out.push('<');
    out.push_str(name);
    for (name, value) in attributes {
        let value = fixed(value, entities).map_or(std::borrow::Cow::Borrowed(value), std::borrow::Cow::Owned);
        let quote = if value.contains('"') { '\'' } else { '"' };
        out.push(' ');
        out.push_str(name);
        out.push('=');
        out.push(quote);
        // A value with both quotes can only come from one without: its double quotes become references.
        if quote == '\'' && value.contains('\'') {
            out.push_str(&value.replace('\'', "&apos;"));
        } else {
            out.push_str(&value);
        }
        out.push(quote);
    }
    out.push_str(if empty { "/>" } else { ">" });
}
