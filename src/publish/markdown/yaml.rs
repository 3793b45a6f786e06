//! Strings in YAML, so that every parser of YAML 1.1 and 1.2 reads them back.

/// A string between quotes.
pub(super) struct Quoted {
    /// With its quotes.
    pub(super) text: String,
    /// The kind of quotes.
    pub(super) quote: char,
}

/// In single quotes where that is possible, else in double quotes.
pub(super) fn quoted(text: &str) -> Quoted {
    if text.contains('\'') || text.chars().any(needs_escape) {
        Quoted { text: in_double_quotes(text), quote: '"' }
    } else {
        Quoted { text: format!("'{text}'"), quote: '\'' }
    }
}

/// Between double quotes, with escapes where they are needed.
pub(super) fn in_double_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) && u32::from(c) > 0xffff => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c if needs_escape(c) => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `['a', 'b']`.
pub(super) fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name).text).collect();
    format!("[{}]", names.join(", "))
}

/// An address as it stands where YAML reads it as one plain string, otherwise in quotes.
pub(super) fn address(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') && text.contains(['/', '.']);
    let plain =
        !text.contains(": ") && !text.contains(" #") && !text.ends_with([':', ' ']) && !text.chars().any(|c| needs_escape(c) || c == ' ');
    if begins && plain { text.to_owned() } else { quoted(text).text }
}

/// Characters that YAML does not take as they are, reads as line ends, or that an editor would not show.
fn needs_escape(c: char) -> bool {
    let nonprintable = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}');
    nonprintable
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
