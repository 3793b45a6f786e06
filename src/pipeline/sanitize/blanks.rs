//! The plain text of an article, with single blanks.

/// Adds a piece of text, each run of blanks in it as one U+0020. The ideographic space is a sign of the text.
pub(super) fn push(out: &mut String, text: &str) {
    // What stands around a link begins or ends with one blank.
    let behind = text.strip_prefix(' ').unwrap_or(text);
    if !behind.starts_with(is_blank) && is_evenly_spaced(behind) {
        if behind.len() < text.len() && !matches!(out.as_bytes().last(), None | Some(b' ' | b'\n')) {
            out.push(' ');
        }
        out.push_str(behind);
        return;
    }
    let mut rest = text;
    while let Some(at) = blank(rest) {
        out.push_str(&rest[..at]);
        if !matches!(out.as_bytes().last(), None | Some(b' ' | b'\n')) {
            out.push(' ');
        }
        rest = rest[at..].trim_start_matches(is_blank);
    }
    out.push_str(rest);
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() && c != '\u{3000}'
}

/// Whether every blank of the text, the last one too, is a single U+0020, told without a stop, many bytes at a time; `false` where that is not
/// certain.
fn is_evenly_spaced(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(second), Some(third)) = (bytes.get(1..), bytes.get(2..)) else { return false };
    // The last two are looked at by themselves.
    let ends_well = match bytes[bytes.len() - 2..] {
        [0xc2, 0x85 | 0xa0] => false,
        [first, second] => first > b' ' && second >= b' ',
        _ => false,
    };
    let odd = bytes.iter().zip(second).zip(third).fold(false, |odd, ((first, second), third)| {
        let control = *first < b' ';
        let double = (*first == b' ') & (*second == b' ');
        // U+0085, U+00A0; U+1680; U+2000 to U+200A, U+2028, U+2029, U+202F; U+205F.
        let latin = (*first == 0xc2) & ((*second == 0x85) | (*second == 0xa0));
        let ogham = (*first == 0xe1) & (*second == 0x9a);
        let general =
            (*first == 0xe2) & (((*second == 0x80) & ((*third <= 0x8a) | ((*third >= 0xa8) & (*third <= 0xaf)))) | (*second == 0x81));
        odd | control | double | latin | ogham | general
    });
    ends_well && !odd
}

/// Where the first blank is that must become a single one: two blanks in a row count, and whatever is another sign than U+0020. The bytes that begin one are looked for first,
/// since most texts have few blanks, or only the usual ones.
fn blank(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        // What begins a blank: U+0009 to U+0020; U+0085 and U+00A0; U+1680; U+2000 to U+205F.
        at += bytes[at..].iter().position(|byte| matches!(byte, 9..=13 | b' ' | 0xc2 | 0xe1 | 0xe2))?;
        let usual =
            bytes[at] == b' ' && at > 0 && bytes[at - 1] > b' ' && bytes.get(at + 1).is_some_and(|next| (0x21..0x80).contains(next));
        if !usual && text[at..].starts_with(is_blank) {
            return Some(at);
        }
        at += 1;
        while at < bytes.len() && !text.is_char_boundary(at) {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, character by character.
    fn plainly(out: &mut String, text: &str) {
        for c in text.chars() {
            match is_blank(c) {
                true if matches!(out.as_bytes().last(), None | Some(b' ' | b'\n')) => {}
                true => out.push(' '),
                false => out.push(c),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn blanks_become_single_ones_however_they_are_found(
            begun in prop_oneof![Just(""), Just("a"), Just("a "), Just("a\n")],
            text in "[a ]{0,3}[ \u{a0}\u{85}\u{1680}\u{2003}\u{2028}\u{202f}\u{205f}\u{3000}\t\né“”’中a]{0,12}[ a\u{a0}]{0,2}",
        ) {
            let (mut fast, mut plain) = (begun.to_owned(), begun.to_owned());
            push(&mut fast, &text);
            plainly(&mut plain, &text);
            prop_assert_eq!(fast, plain);
        }
    }
}
