//! How text and attributes are written.

use memchr::memchr3;

/// Text between tags: only what could be markup is written as a reference.
pub(super) fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = memchr3(b'&', b'<', b'>', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        out.push_str(reference(rest.as_bytes()[at]));
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

fn reference(byte: u8) -> &'static str {
    match byte {
        b'&' => "&amp;",
        b'<' => "&lt;",
        b'>' => "&gt;",
        _ => "&quot;",
    }
}

/// ` name="value"`: in single quotes where the value holds a double quote and no single one, with `&quot;` where it holds both.
pub(super) fn push_attribute(out: &mut String, name: &str, value: &str) {
    if !value.bytes().any(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"')) {
        for part in [" ", name, "=\"", value, "\""] {
            out.push_str(part);
        }
        return;
    }
    let quote = if value.contains('"') && !value.contains('\'') { '\'' } else { '"' };
    out.push(' ');
    out.push_str(name);
    out.push('=');
    out.push(quote);
    let mut from = 0;
    for (at, byte) in value.bytes().enumerate() {
        if matches!(byte, b'&' | b'<' | b'>') || (byte == b'"' && quote == '"') {
            out.push_str(&value[from..at]);
            out.push_str(reference(byte));
            from = at + 1;
        }
    }
    out.push_str(&value[from..]);
    out.push(quote);
}

/// The text without what no document may hold: control characters, and line ends other than LF, which a second reading would change.
pub(super) fn tidy(text: &str) -> std::borrow::Cow<'_, str> {
    let odd = |c: char| (c < ' ' && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}');
    // Without a stop in between, the bytes are looked at many at a time.
    let control = text.bytes().fold(false, |found, byte| found | ((byte < b' ') & (byte != b'\n') & (byte != b'\t')));
    let bytes = text.as_bytes();
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    let may_be_odd = pairs.fold(control, |found, (first, second)| found | ((*first == 0xef) & (*second == 0xbf)));
    if !may_be_odd || (!control && !text.contains(odd)) {
        return text.into();
    }
    let text = text.replace("\r\n", "\n");
    text.chars()
        .filter_map(|c| match c {
            '\r' => Some('\n'),
            '\u{c}' => Some(' '),
            c if odd(c) => None,
            c => Some(c),
        })
        .collect::<String>()
        .into()
}
