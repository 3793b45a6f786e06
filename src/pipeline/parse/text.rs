//! Text: references decoded, markup taken out of titles.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::repair::entity;

/// XML text with its references decoded, CDATA sections opened and comments left out. Line ends become LF, as XML asks.
pub(super) fn xml_decoded(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim();
    // The usual body: one CDATA section.
    if let Some(inner) = trimmed.strip_prefix("<![CDATA[").and_then(|inner| inner.strip_suffix("]]>"))
        && memmem::find(inner.as_bytes(), b"]]>").is_none()
    {
        return line_ends(inner);
    }
    let mut out: Option<String> = None;
    let (mut pos, mut copied) = (0, 0);
    while let Some(found) = memchr::memchr2(b'&', b'<', &trimmed.as_bytes()[pos..]) {
        let at = pos + found;
        let rest = &trimmed[at..];
        let (end, text): (usize, Cow<'_, str>) = if rest.as_bytes()[0] == b'&' {
            match reference(rest) {
                Some((length, text)) => (at + length, text),
                None => {
                    pos = at + 1;
                    continue;
                }
            }
        } else if rest.starts_with("<![CDATA[") {
            let length = memmem::find(rest.as_bytes(), b"]]>").unwrap_or(rest.len());
            (at + (length + 3).min(rest.len()), Cow::Borrowed(&rest[9.min(length)..length]))
        } else if rest.starts_with("<!--") {
            (at + memmem::find(rest.as_bytes(), b"-->").map_or(rest.len(), |length| length + 3), Cow::Borrowed(""))
        } else {
            pos = at + 1;
            continue;
        };
        let out = out.get_or_insert_with(|| String::with_capacity(trimmed.len()));
        out.push_str(&trimmed[copied..at]);
        out.push_str(&text);
        (pos, copied) = (end, end);
    }
    match out {
        None => line_ends(trimmed),
        Some(mut out) => {
            out.push_str(&trimmed[copied..]);
            if memchr(b'\r', out.as_bytes()).is_some() { Cow::Owned(line_ends(&out).into_owned()) } else { Cow::Owned(out) }
        }
    }
}

fn line_ends(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_none() { Cow::Borrowed(text) } else { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) }
}

/// The reference at the beginning of `rest`: its length and what it means.
fn reference(rest: &str) -> Option<(usize, Cow<'static, str>)> {
    // By far the most frequent; the table of HTML knows two thousand others.
    let usual = match rest.as_bytes() {
        [_, b'l', b't', b';', ..] => Some((4, "<")),
        [_, b'g', b't', b';', ..] => Some((4, ">")),
        [_, b'a', b'm', b'p', b';', ..] => Some((5, "&")),
        [_, b'q', b'u', b'o', b't', b';', ..] => Some((6, "\"")),
        [_, b'a', b'p', b'o', b's', b';', ..] => Some((6, "'")),
        _ => None,
    };
    if let Some((length, text)) = usual {
        return Some((length, Cow::Borrowed(text)));
    }
    let length = memchr(b';', &rest.as_bytes()[..rest.len().min(40)])?;
    let name = &rest[1..length];
    let text = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            Cow::Owned(windows_1252(char::from_u32(code).unwrap_or('\u{fffd}')).to_string())
        }
        None => Cow::Owned(entity(name)?),
    };
    Some((length + 1, text))
}

/// Characters of the C1 block are Windows-1252 that went through the wrong decoder: U+0092 is an apostrophe.
pub(super) fn windows_1252(c: char) -> char {
    match u32::from(c) {
        code @ 0x80..=0x9f => html5ever::data::C1_REPLACEMENTS[(code - 0x80) as usize].unwrap_or(c),
        _ => c,
    }
}

/// So many bytes of a text are looked at together.
const ASCII_BYTES: usize = 64;

/// UTF-8 that was taken for Windows-1252 and encoded once more (`Â£30`), put right; none where that is not what happened. Seen in whole feeds of
/// Le Monde and 20 minutos.
pub(super) fn twice_encoded(text: &str) -> Option<String> {
    // Most texts tell by their first wide character that they are fine.
    let ascii = text.as_bytes().chunks(ASCII_BYTES).take_while(|chunk| chunk.is_ascii()).map(<[u8]>::len).sum::<usize>();
    let first = text[text.floor_char_boundary(ascii)..].chars().find(|c| !c.is_ascii())?;
    // It must stand for the first byte of a character: an apostrophe of Windows-1252 never does.
    if !('\u{c2}'..='\u{f4}').contains(&first) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        bytes.push(match u32::from(c) {
            code @ 0..=0xff => u8::try_from(code).ok()?,
            _ => 0x80 + u8::try_from(html5ever::data::C1_REPLACEMENTS.iter().position(|known| *known == Some(c))?).ok()?,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether plain text is really HTML that was escaped once too often: it has an end tag, a reference or an element without an end tag, and all
/// of its tags are HTML's.
pub(super) fn looks_like_html(text: &str) -> bool {
    let (mut proof, mut pos) = (false, 0);
    while let Some(found) = memchr::memchr2(b'<', b'&', &text.as_bytes()[pos..]) {
        let at = pos + found;
        let rest = &text[at..];
        pos = at + 1;
        if rest.starts_with('&') {
            match rest
                .find(';')
                .map(|end| &rest[1..end])
                .filter(|name| name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#'))
            {
                Some(name) if name.starts_with('#') => proof |= reference(rest).is_some(),
                Some(name) if entity(name).is_some() => proof = true,
                Some("") | None => {}
                Some(_) => return false,
            }
            continue;
        }
        let closing = rest[1..].starts_with('/');
        let name = &rest[1 + usize::from(closing)..];
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if length == 0 {
            continue;
        }
        let name = name[..length].to_ascii_lowercase();
        if !is_html(&name) {
            return false;
        }
        proof = proof || (closing || matches!(name.as_str(), "br" | "img" | "wbr" | "hr")) && rest.contains('>');
    }
    proof
}

fn is_html(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "a",
        "abbr",
        "acronym",
        "address",
        "area",
        "article",
        "aside",
        "audio",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "body",
        "br",
        "button",
        "canvas",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "command",
        "data",
        "datalist",
        "dd",
        "del",
        "details",
        "dfn",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "event",
        "fieldset",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "keygen",
        "label",
        "legend",
        "li",
        "link",
        "m",
        "main",
        "map",
        "mark",
        "menu",
        "meta",
        "meter",
        "multicol",
        "nav",
        "nextid",
        "noscript",
        "object",
        "ol",
        "optgroup",
        "option",
        "output",
        "p",
        "param",
        "picture",
        "pre",
        "progress",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "script",
        "section",
        "select",
        "small",
        "sound",
        "source",
        "spacer",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "track",
        "tt",
        "u",
        "ul",
        "var",
        "video",
        "wbr",
    ];
    NAMES.binary_search(&name).is_ok()
}

/// The text that a reader of HTML sees: no tags, references decoded.
pub(super) fn without_markup(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut pos = 0;
    while let Some(found) = memchr::memchr2(b'<', b'&', &html.as_bytes()[pos..]) {
        let at = pos + found;
        out.push_str(&html[pos..at]);
        let rest = &html[at..];
        let next = rest.as_bytes().get(1).copied().unwrap_or(b' ');
        if rest.starts_with('&') {
            let (length, text) = reference(rest).unwrap_or((1, Cow::Borrowed("&")));
            out.push_str(&text);
            pos = at + length;
        } else if rest.starts_with("<!--") {
            pos = at + rest.find("-->").map_or(rest.len(), |end| end + 3);
        } else if (next.is_ascii_alphabetic() || matches!(next, b'/' | b'!'))
            && let Some(end) = rest.find('>')
        {
            let name = rest[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
            if name == "br" {
                out.push(' ');
            }
            pos = at + end + 1;
            // Nobody reads what stands in these.
            if matches!(name.as_str(), "script" | "style") {
                pos = at + find_end(rest, &name);
            }
        } else {
            out.push('<');
            pos = at + 1;
        }
    }
    out.push_str(&html[pos..]);
    out
}

/// Behind the end tag of `name` in `text`, or its end.
fn find_end(text: &str, name: &str) -> usize {
    let ends =
        text.match_indices("</").filter(|(at, _)| text[at + 2..].get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)));
    let mut ends = ends.map(|(at, _)| at + text[at..].find('>').map_or(text.len() - at, |length| length + 1));
    ends.next().unwrap_or(text.len())
}

/// One line: breaks and tabs become a blank, both ends are trimmed, Windows-1252 leftovers are put right; at most `bytes_max`.
pub(super) fn one_line(text: &str, bytes_max: usize) -> String {
    let text = cut(text.trim(), bytes_max);
    if !text.chars().any(|c| c.is_control() || ('\u{80}'..='\u{9f}').contains(&c)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control()) {
        let c = rest[at..].chars().next().unwrap_or(' ');
        out.push_str(&rest[..at]);
        if c.is_whitespace() && c != '\u{85}' {
            let trimmed = out.trim_end().len();
            out.truncate(trimmed);
            rest = rest[at..].trim_start();
            out.push(' ');
        } else {
            let mapped = windows_1252(c);
            if mapped != c {
                out.push(mapped);
            }
            rest = &rest[at + c.len_utf8()..];
        }
    }
    out.push_str(rest);
    out
}

/// At most `bytes_max` bytes of `text`, whole characters.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max { text } else { &text[..text.floor_char_boundary(bytes_max)] }
}

/// A plain-text title or name of a publisher that may have put markup into it.
pub(super) fn plain(text: &str, is_html: bool, bytes_max: usize) -> Option<String> {
    // Markup takes room that the text behind it does not.
    let text = cut(text, bytes_max.saturating_mul(4));
    let text = if is_html || looks_like_html(text) { Cow::Owned(without_markup(text)) } else { Cow::Borrowed(text) };
    line(&text, bytes_max)
}

/// A title: in Atom it is plain text unless it says that it is HTML; everywhere else publishers are known to put HTML into it.
pub(super) fn title(text: &str, atom: bool, is_html: bool, bytes_max: usize) -> Option<String> {
    if !atom || is_html {
        return plain(text, is_html, bytes_max);
    }
    line(cut(text, bytes_max), bytes_max)
}

/// The text on one line. First it is put right: the characters that tell what happened are not kept on a line (the `č` of Der Standard holds U+008D).
fn line(text: &str, bytes_max: usize) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() && c != '\u{85}');
    let line = match twice_encoded(text) {
        Some(right) => one_line(&right, bytes_max),
        None => one_line(text, bytes_max),
    };
    if line.is_empty() { None } else { Some(line) }
}

#[cfg(test)]
mod tests;
