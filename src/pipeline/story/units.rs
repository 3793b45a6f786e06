//! Text as units that can be compared: a word of a language with blanks, one character of a language without, or a number.
//!
//! Markup, punctuation and spelling variants are gone: what is left is what a reader would call the same text.

use super::hashes::{NUMBER, SMALL, WIDE, code_of, hash_of, is_common, low, number, short_word, wide, word};
use super::simple::{fold, is_wide, simplified};

/// Units that are looked at: what two texts share, they share in their first hundred pages.
pub const UNITS_MAX: usize = 20_000;

/// Longest word or number, in bytes; longer ones are addresses and codes, and cut.
const WORD_BYTES_MAX: usize = 64;

/// Units in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    /// The hash of each.
    pub(super) hashes: Vec<u32>,
    word: String,
}

impl Units {
    /// The units of markup.
    pub(super) fn of_html(html: &str) -> Self {
        // Three bytes a unit are those of Chinese; markup and words take more.
        let mut units = Self { hashes: Vec::with_capacity((html.len() / 3).min(UNITS_MAX)), ..Self::default() };
        let mut rest = html;
        while let Some(at) = memchr::memchr2(b'<', b'&', rest.as_bytes()) {
            units.text(&rest[..at]);
            if units.is_full() {
                return units;
            }
            rest = &rest[at..];
            if rest.starts_with('&') {
                let (c, bytes) = reference(rest);
                units.character(c);
                rest = &rest[bytes..];
            } else {
                let (is_inside_word, bytes) = tag(rest);
                if !is_inside_word {
                    units.end();
                }
                rest = &rest[bytes..];
            }
        }
        units.text(rest);
        units.end();
        units
    }

    /// The units of plain text, and what to call each of them.
    pub(super) fn of_text(text: &str) -> Self {
        let mut units = Self { hashes: Vec::with_capacity((text.len() / 3).min(UNITS_MAX)), ..Self::default() };
        units.text(text);
        units.end();
        units
    }

    fn is_full(&self) -> bool {
        self.hashes.len() >= UNITS_MAX
    }

    fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && !self.is_full() {
            match CLASSES[usize::from(bytes[at])] {
                Class::Letter if self.word.is_empty() => at = self.letters(text, at),
                Class::Blank => {
                    self.end();
                    at += 1;
                }
                Class::Common => {
                    self.end();
                    let count = self.common(&bytes[at..]);
                    at += count * 3;
                    if count == 0 {
                        self.character(char::from_u32(code_of(bytes, at)).unwrap_or(' '));
                        at += 3;
                    }
                }
                _ => {
                    let c = text[at..].chars().next().unwrap_or(' ');
                    self.character(c);
                    at += c.len_utf8();
                }
            }
        }
    }

    /// Takes in the common Chinese characters that the text begins with, and gives how many they are.
    fn common(&mut self, text: &[u8]) -> usize {
        let mut count = 0;
        while let Some(c) = text.get(count * 3..).and_then(<[u8]>::first_chunk::<3>) {
            let code = code_of(c, 0);
            if !matches!(c[0], 0xe4..=0xe9) || !is_common(code) || self.is_full() {
                break;
            }
            self.push(wide(simplified(code)));
            count += 1;
        }
        count
    }

    /// Takes in the ASCII letters that stand from `start` on, and gives where they end. Mostly they are a whole word, which needs no buffer. Not
    /// where it may go on: behind a tag, behind an apostrophe, or with a letter or digit of another kind.
    fn letters(&mut self, text: &str, start: usize) -> usize {
        let bytes = text.as_bytes();
        let short = short_word(bytes, start);
        let end = match short {
            Some((letters, _)) => start + letters,
            None => start + bytes[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count(),
        };
        let is_whole = bytes.get(end).is_some_and(|behind| behind.is_ascii() && !behind.is_ascii_alphanumeric() && *behind != b'\'');
        if is_whole {
            let hash = match short {
                Some((_, hash)) => hash,
                None => hash_of::<SMALL>(bytes, start, end.min(start + WORD_BYTES_MAX)),
            };
            self.push(hash & !(WIDE | NUMBER));
        } else {
            text[start..end].chars().for_each(|c| self.character(c));
        }
        end
    }

    fn character(&mut self, c: char) {
        // Most characters of many languages, without a look into tables.
        if c.is_ascii_alphabetic() {
            if self.word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
                self.end();
            }
            if self.word.len() < WORD_BYTES_MAX {
                self.word.push(c.to_ascii_lowercase());
            }
            return;
        }
        let c = fold(c);
        if is_wide(c) {
            self.end();
            self.push(wide(u32::from(c)));
        } else if c.is_alphanumeric() {
            let digit = c.is_ascii_digit();
            // `iOS17` and `iOS 17` are the same.
            if self.word.as_bytes().first().is_some_and(|first| first.is_ascii_digit() != digit) {
                self.end();
            }
            if self.word.len() < WORD_BYTES_MAX {
                self.word.push(c);
            }
        } else {
            match c {
                // `1,000` and `3.14` are one number, `don’t` is one word; an accent of its own belongs to its letter.
                '.' | ',' if self.word.as_bytes().last().is_some_and(u8::is_ascii_digit) && self.word.len() < WORD_BYTES_MAX => {
                    self.word.push(c);
                }
                '\'' | '\u{2019}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{300}'..='\u{36f}' => {}
                _ => self.end(),
            }
        }
    }

    #[inline]
    fn end(&mut self) {
        if !self.word.is_empty() {
            self.end_word();
        }
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.as_bytes()[0].is_ascii_digit() {
            let plain: String = word.trim_end_matches(['.', ',']).chars().filter(|c| *c != ',').collect();
            let plain = plain.trim_start_matches('0');
            self.push(number(if plain.is_empty() { "0" } else { plain }));
        } else {
            self.push(self::word(&word));
        }
        self.word = word;
        self.word.clear();
    }

    #[inline]
    fn push(&mut self, hash: u32) {
        self.hashes.push(hash);
    }
}

/// What a byte begins, as far as it matters.
#[derive(Clone, Copy)]
enum Class {
    /// An ASCII letter.
    Letter,
    /// ASCII that ends a word.
    Blank,
    /// A character of three bytes, mostly a common Chinese one.
    Common,
    /// Whatever needs a closer look.
    Other,
}

/// The class of each byte.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut at = 0;
    while at < 256 {
        classes[at] = match low(at as u64).to_le_bytes()[0] {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' | b'.' | b',' | b'\'' | 0xea..=0xff | 0x80..=0xe3 => Class::Other,
            0xe4..=0xe9 => Class::Common,
            _ => Class::Blank,
        };
        at += 1;
    }
    classes
};

/// The character that a reference means, and its length. What is none is the sign itself.
fn reference(text: &str) -> (char, usize) {
    const BYTES_MAX: usize = 10;
    let Some(end) = text.bytes().take(BYTES_MAX).position(|byte| byte == b';') else { return (' ', 1) };
    let name = &text[1..end];
    let number = name.strip_prefix('#').and_then(|digits| {
        let hex = digits.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16).ok());
        hex.unwrap_or_else(|| digits.parse().ok()).and_then(char::from_u32)
    });
    let c = number.unwrap_or(match name {
        "amp" => '&',
        "rsquo" | "apos" => '\'',
        _ => ' ',
    });
    (c, end + 1)
}

/// Whether a word goes on behind this tag, and its length.
fn tag(text: &str) -> (bool, usize) {
    const INLINE: &[&str] = &["a", "abbr", "b", "em", "font", "i", "mark", "s", "small", "span", "strong", "u", "wbr"];
    let inside = &text[1..];
    if inside.starts_with("!--") {
        return (true, text.find("-->").map_or(text.len(), |at| at + 3));
    }
    let name = inside.trim_start_matches('/');
    let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
    if name.is_empty() && !inside.starts_with('!') {
        return (false, 1);
    }
    let mut quote = None;
    let end = text.bytes().position(|byte| match (quote, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), _) if open == byte => {
            quote = None;
            false
        }
        _ => false,
    });
    (INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline)), end.map_or(text.len(), |at| at + 1))
}

#[cfg(test)]
mod tests {
    use super::super::hashes::is_number;
    use super::*;

    fn same(a: &str, b: &str) {
        assert_eq!(Units::of_html(a).hashes, Units::of_html(b).hashes, "{a} and {b} read the same");
    }

    #[test]
    fn markup_punctuation_and_spelling_change_nothing() {
        same("<p>Apple’s new <b>iPhone</b> 15, out&nbsp;now</p>", "APPLE'S new iPhone15 &mdash; out<br/>now!");
        same("蘋果發佈「ｉＰｈｏｎｅ１５」", "<div>苹果发布 iPhone 15。</div>");
        same("<a title=\"a > b\" href='x'>1,000.50</a><!-- x -->", "1000.50");
        same("com<b>bin</b>ed", "combined");
        same("02月03日", "2月3日");
    }

    proptest::proptest! {
        #[test]
        fn a_plain_word_is_the_same_as_one_taken_letter_by_letter(text in "([a-zA-Z]{0,9}|[a-z]{60,70}|[一-龥體䷀㐀〇。，]{1,4}|[ ,.'0-9字é<&;\u{2019}-]){0,12}") {
            let mut slow = Units::default();
            text.chars().for_each(|c| slow.character(c));
            slow.end();
            proptest::prop_assert_eq!(Units::of_text(&text).hashes, slow.hashes);
        }
    }

    #[test]
    fn numbers_are_told_from_words() {
        let units = Units::of_text("Version 2.10 of 3 files");
        assert_eq!(units.hashes, [word("version"), number("2.10"), word("of"), number("3"), word("files")]);
        assert!(is_number(number("2.10")) && !is_number(word("of")) && !is_number(Units::of_text("字").hashes[0]));
    }

    #[test]
    fn odd_markup_and_long_texts_are_bounded() {
        for odd in ["<", "<p", "&", "&#xffffffff;", "a<>b", "<!-- a", "< b", "<p title=\"a", "&#;x"] {
            Units::of_html(odd);
        }
        assert_eq!(Units::of_html(&"字".repeat(UNITS_MAX + 9)).hashes.len(), UNITS_MAX);
        assert!(Units::of_html(&"1,".repeat(UNITS_MAX * 99)).hashes.len() <= UNITS_MAX);
    }
}
