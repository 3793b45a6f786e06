//! How text and attributes are written.

/// Text between tags: only what could be markup is written as a reference.
pub(super) fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
}

/// ` name="value"`: in single quotes where the value holds a double quote and no single one, with `&quot;` where it holds both.
pub(super) fn push_attribute(out: &mut String, name: &str, value: &str) {
    let quote = if value.contains('"') && !value.contains('\'') { '\'' } else { '"' };
    out.push(' ');
    out.push_str(name);
    out.push('=');
    out.push(quote);
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quote == '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out.push(quote);
}

/// The text without what no document may hold: control characters, and line ends other than LF, which a second reading would change.
pub(super) fn tidy(text: &str) -> std::borrow::Cow<'_, str> {
    let odd = |c: char| (c < ' ' && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}');
    if !text.contains(odd) {
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
