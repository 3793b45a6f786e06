//! Text as units that can be compared: a word of a language with blanks, one character of a language without, or a number.
//!
//! Markup, punctuation and spelling variants are gone: what is left is what a reader would call the same text.

use super::simple::{fold, is_wide};

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
        while let Some(at) = rest.find(['<', '&']) {
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
        let mut units = Self::default();
        units.text(text);
        units.end();
        units
    }

    fn is_full(&self) -> bool {
        self.hashes.len() >= UNITS_MAX
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if self.is_full() {
                return;
            }
            let bytes = self.plain_word(rest).unwrap_or_else(|| {
                self.character(c);
                c.len_utf8()
            });
            rest = &rest[bytes..];
        }
    }

    /// Takes in the word of ASCII letters that the text begins with, and gives its length: the word of most texts, without the way over a
    /// buffer. Not where it may go on: behind a tag, behind an apostrophe, or with a letter or digit of another kind.
    fn plain_word(&mut self, text: &str) -> Option<usize> {
        let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let behind = text.as_bytes().get(letters)?;
        let is_whole = behind.is_ascii() && !behind.is_ascii_alphanumeric() && *behind != b'\'';
        if letters == 0 || !is_whole || !self.word.is_empty() {
            return None;
        }
        let hash = text.bytes().take(letters.min(WORD_BYTES_MAX)).fold(FNV_START, |hash, byte| fnv(hash, byte.to_ascii_lowercase()));
        self.push(folded(hash) & !(WIDE | NUMBER));
        Some(letters)
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
            self.push(wide(c.encode_utf8(&mut [0; 4]).as_bytes()));
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

    fn end(&mut self) {
        if self.word.is_empty() {
            return;
        }
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

    fn push(&mut self, hash: u32) {
        self.hashes.push(hash);
    }
}

/// Set in the hash of a wide unit.
const WIDE: u32 = 1 << 31;

/// Set in the hash of a number that is no wide unit.
const NUMBER: u32 = 1 << 30;

/// Whether a unit is a character that stands by itself.
pub(super) fn is_wide_unit(unit: u32) -> bool {
    unit & WIDE != 0
}

/// Whether a unit is a number.
pub(super) fn is_number(unit: u32) -> bool {
    unit & (WIDE | NUMBER) == NUMBER
}

/// The unit of a word in small letters.
pub(super) fn word(text: &str) -> u32 {
    hash(text.as_bytes()) & !(WIDE | NUMBER)
}

/// The unit of a plain number.
pub(super) fn number(text: &str) -> u32 {
    hash(text.as_bytes()) & !WIDE | NUMBER
}

fn wide(character: &[u8]) -> u32 {
    hash(character) | WIDE
}

/// The unit of one word in small letters, of one digit, or of one common Chinese character, that stands in `text` from `start` to `end`.
pub(super) const fn unit_of(text: &[u8], start: usize, end: usize) -> u32 {
    let hash = hash_of(text, start, end);
    // Those characters begin with 0xe4 to 0xe9; 〇 begins with 0xe3 and is no wide one.
    match text[start] {
        b'0'..=b'9' => hash & !WIDE | NUMBER,
        0..0xe4 => hash & !(WIDE | NUMBER),
        _ => hash | WIDE,
    }
}

/// FNV-1a, folded: units are short, and nobody gains by making two of them meet.
pub(super) fn hash(bytes: &[u8]) -> u32 {
    hash_of(bytes, 0, bytes.len())
}

const fn hash_of(bytes: &[u8], start: usize, end: usize) -> u32 {
    let mut hash = FNV_START;
    let mut at = start;
    while at < end {
        hash = fnv(hash, bytes[at]);
        at += 1;
    }
    folded(hash)
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

const fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

const fn folded(hash: u64) -> u32 {
    low(hash ^ (hash >> 32))
}

/// The lower half of a number.
pub(super) const fn low(wide: u64) -> u32 {
    (wide & 0xffff_ffff) as u32
}

/// Spreads the bits of a number over all of it.
pub(super) fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}

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
        fn a_plain_word_is_the_same_as_one_taken_letter_by_letter(text in "([a-zA-Z]{0,9}|[a-z]{60,70}|[ ,.'0-9字é<&;\u{2019}-]){0,12}") {
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
