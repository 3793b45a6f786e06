//! Characters in one spelling: small letters, half width, simplified Chinese. For comparing only.

/// First character of the table: the block of common Chinese characters.
const FIRST: u16 = 0x4e00;

/// Characters in that block.
const COUNT: usize = 0x5200;

/// Pairs of a traditional character and the simplified one that stands for it: `kSimplifiedVariant` of the Unicode Han Database, as far as
/// Big5 and GB 2312 hold them, and a few spellings that only differ in print (裏, 説, 羣).
static SIMPLIFIED: [u16; COUNT] = table(include_bytes!("traditional.txt"));

const fn table(text: &[u8]) -> [u16; COUNT] {
    let mut out = [0; COUNT];
    let (mut at, mut first) = (0, 0);
    while at < text.len() {
        // A line end, or a character of three bytes: all of this block have three.
        if text[at] < 0x80 {
            at += 1;
            continue;
        }
        let c = (text[at] as u16 & 0x0f) << 12 | (text[at + 1] as u16 & 0x3f) << 6 | (text[at + 2] as u16 & 0x3f);
        if first == 0 {
            first = c;
        } else {
            out[(first - FIRST) as usize] = c;
            first = 0;
        }
        at += 3;
    }
    out
}

/// The one spelling of a character.
#[inline]
pub(crate) fn fold(c: char) -> char {
    let code = u32::from(c);
    match code {
        0..0x80 => c.to_ascii_lowercase(),
        // Full-width forms of ASCII.
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c).to_ascii_lowercase(),
        0x4e00..0xa000 => char::from_u32(simplified(code)).unwrap_or(c),
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// The code of the simplified character that stands for a common Chinese one, which may be itself.
#[inline]
pub(super) fn simplified(code: u32) -> u32 {
    let at = usize::try_from(code.wrapping_sub(FIRST.into())).unwrap_or(COUNT);
    match SIMPLIFIED.get(at).copied().unwrap_or(0) {
        0 => code,
        simple => simple.into(),
    }
}

/// Whether a character is a word or part of one by itself: Chinese, Japanese and Korean write without blanks, or nearly so.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0xac00..=0xd7af | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_full_width_and_large_letters_are_one_with_the_others() {
        let folded: String = "蘋果發佈ｉＰｈｏｎｅ１５，後裏著乾 ÉÀ".chars().map(fold).collect();
        assert_eq!(folded, "苹果发布iphone15,后里着干 éà");
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for code in 0..0x11000 {
            let Some(c) = char::from_u32(code) else { continue };
            assert_eq!(fold(fold(c)), fold(c), "{c:?}");
        }
    }
}
