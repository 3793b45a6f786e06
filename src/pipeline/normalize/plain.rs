//! Plain text of publishers: trimmed, bounded, without characters that are not text.

/// The text trimmed and cut at `chars_max`; line ends and everything else inside stay as the publisher wrote them.
pub(super) fn text(text: &str, chars_max: usize) -> String {
    let trimmed = text.trim();
    let end = trimmed.char_indices().nth(chars_max).map_or(trimmed.len(), |(at, _)| at);
    trimmed[..end].trim_end().to_owned()
}

/// The text on one line: runs of blanks become one, control and invisible characters go.
pub(in crate::pipeline) fn line(written: &str, chars_max: usize) -> String {
    let visible: String = written.chars().filter(|c| c.is_whitespace() || !(c.is_control() || is_invisible(*c))).collect();
    text(&visible.split_whitespace().collect::<Vec<_>>().join(" "), chars_max)
}

/// Characters that change how others are shown and are nothing themselves: directions, joiners of nothing, byte order marks.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{2028}' | '\u{2029}')
}
