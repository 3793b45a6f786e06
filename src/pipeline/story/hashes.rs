//! The hashes that stand for units: of words, numbers, and characters that stand by themselves.
//!
//! Short, made anew in each run and never stored: nobody gains by making two of them meet.

/// Set in the hash of a wide unit.
pub(super) const WIDE: u32 = 1 << 31;

/// Set in the hash of a number that is no wide unit.
pub(super) const NUMBER: u32 = 1 << 30;

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

/// The code of the character of three bytes that begins at `at`.
pub(super) const fn code_of(text: &[u8], at: usize) -> u32 {
    (text[at] as u32 & 0x0f) << 12 | (text[at + 1] as u32 & 0x3f) << 6 | (text[at + 2] as u32 & 0x3f)
}

/// Whether it is one of the common Chinese characters.
pub(super) const fn is_common(code: u32) -> bool {
    matches!(code, 0x4e00..=0x9fff)
}

/// The unit of a character that stands by itself.
pub(super) const fn wide(code: u32) -> u32 {
    // The golden ratio spreads what lies side by side; shingles mix it once more.
    low((code as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) | WIDE
}

/// The unit of one word in small letters, of one digit, or of one common Chinese character, that stands in `text` from `start` to `end`.
pub(super) const fn unit_of(text: &[u8], start: usize, end: usize) -> u32 {
    // 〇, of three bytes too, is none of the common ones.
    if text[start] >= 0x80 && end - start == 3 && is_common(code_of(text, start)) {
        return wide(code_of(text, start));
    }
    let hash = hash_of::<AS_IT_IS>(text, start, end);
    if text[start].is_ascii_digit() { hash & !WIDE | NUMBER } else { hash & !(WIDE | NUMBER) }
}

/// The hash of these bytes.
pub(super) fn hash(bytes: &[u8]) -> u32 {
    hash_of::<AS_IT_IS>(bytes, 0, bytes.len())
}

/// Set in each byte: makes ASCII letters small ones.
pub(super) const SMALL: u8 = 0x20;
const AS_IT_IS: u8 = 0;

/// Eight bytes at a time, the first one the lowest: most words are no longer.
pub(super) const fn hash_of<const SET: u8>(bytes: &[u8], start: usize, end: usize) -> u32 {
    let mut hash = (end - start) as u64;
    let mut at = start;
    while at < end {
        let (mut part, mut bits) = (0_u64, 0);
        while at < end && bits < 64 {
            part |= ((bytes[at] | SET) as u64) << bits;
            at += 1;
            bits += 8;
        }
        hash = with_part(hash, part);
    }
    low(mixed(hash))
}

const fn with_part(hash: u64, part: u64) -> u64 {
    let hash = (hash ^ part).wrapping_mul(MIXER);
    hash ^ (hash >> 32)
}

/// The length of the word of fewer than eight ASCII letters that begins at `start`, and its hash in small letters: all bytes looked at together. None
/// where it is longer, or the text ends before eight bytes.
pub(super) fn short_word(bytes: &[u8], start: usize) -> Option<(usize, u32)> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let eight = u64::from_le_bytes(*bytes.get(start..)?.first_chunk::<8>()?);
    let small = eight | (ONES * SMALL as u64);
    // Sums of seven bits leave the eighth of each byte alone: set from `a` on, and beyond `z`.
    let seven = small & !HIGH;
    let (from_a, beyond_z) = (seven + ONES * (0x80 - b'a' as u64), seven + ONES * (0x7f - b'z' as u64));
    let others = !(from_a & !beyond_z & !eight) & HIGH;
    let bits = others.trailing_zeros().checked_sub(7).filter(|_| others != 0)?;
    let letters = bits / 8;
    let part = small & ((1_u64 << bits) - 1);
    Some((letters as usize, low(mixed(with_part(u64::from(letters), part)))))
}

/// Odd, and without a pattern in its bits: multiplying by it spreads those of a number upwards.
const MIXER: u64 = 0xd6e8_feb8_6659_fd93;

/// The lower half of a number.
pub(super) const fn low(wide: u64) -> u32 {
    (wide & 0xffff_ffff) as u32
}

/// Spreads the bits of a number over all of it.
pub(super) const fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 32)).wrapping_mul(MIXER);
    x = (x ^ (x >> 32)).wrapping_mul(MIXER);
    x ^ (x >> 32)
}
