//! What two titles say of two texts.
//!
//! A title is no proof: columns have the same title every day, and editors give a copy a title of their own. But it can speak against:
//! titles that differ in nothing but a number, a date or a part are those of a series.

use std::cell::OnceCell;

use super::hashes::{is_number, is_wide_unit, unit_of};
use super::profile::weight;
use super::simple::{fold, is_wide};
use super::units::Units;

/// How two titles stand to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Titles {
    /// The same units in the same order.
    pub(super) equal: bool,
    /// How much of the shorter one's pairs of neighbours the longer one has, 0 to 1.
    pub(super) alike: f32,
    /// They are those of two parts of a series: why.
    pub(super) series: Option<Series>,
}

/// What tells the parts of a series apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Series {
    /// Numbers or dates.
    Numbers,
    /// Words that count: 上 and 下, Monday and Tuesday, I and II.
    Ordinals,
}

/// Titles as alike as this, with numbers that differ, are those of a series.
const ALIKE_OF_SERIES: f32 = 0.4;

/// The same by single words, whatever their order; single Chinese characters meet by chance.
const WORDS_ALIKE_OF_SERIES: f32 = 0.6;

/// Titles as alike as this that differ in words that count only.
const ALIKE_OF_PARTS: f32 = 0.3;

/// A title of one word that the other holds: that is something, and not much.
const ALIKE_OF_ONE_WORD: f32 = 0.5;

/// Words that count the parts of a series. The single Chinese characters do so only where nothing else differs.
const ORDINALS: &str = "一 二 三 四 五 六 七 八 九 十 百 零 〇 两 上 中 下 前 后 左 右 早 午 晚 日 夜 首 终 末 初 甲 乙 丙 丁 春 夏 秋 冬 \
    i ii iii iv v vi vii viii ix x xi xii a b c d e one two three four five six seven eight nine ten eleven twelve \
    first second third fourth fifth sixth seventh eighth ninth tenth last final monday tuesday wednesday thursday friday saturday sunday \
    mon tue tues wed thu thur thurs fri sat sun january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec morning afternoon evening night noon spring summer autumn fall winter \
    alpha beta gamma rc st nd rd th";

/// The units of [`ORDINALS`], made once for all titles while compiling.
static ORDINAL_UNITS: [u32; 138] = units_of(ORDINALS);

/// The units of words between blanks: small letters, or one Chinese character each.
const fn units_of<const COUNT: usize>(words: &str) -> [u32; COUNT] {
    let text = words.as_bytes();
    let mut out = [0; COUNT];
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        let start = at;
        while at < text.len() && text[at] != b' ' {
            at += 1;
        }
        if at > start {
            out[count] = unit_of(text, start, at);
            count += 1;
        }
        at += 1;
    }
    assert!(count == COUNT, "the length of the table is that of the list");
    out
}

/// What digests are called: several stories under one title.
const DIGESTS: [&str; 32] = [
    "早报",
    "晚报",
    "日报",
    "周报",
    "周刊",
    "月报",
    "简报",
    "快报",
    "早知道",
    "早餐",
    "日历",
    "要闻",
    "合集",
    "盘点",
    "汇总",
    "一周",
    "本周",
    "8点1氪",
    "9点1氪",
    "早班车",
    "digest",
    "briefing",
    "roundup",
    "round up",
    "newsletter",
    "top stories",
    "weekly",
    "links",
    "this week",
    "headlines",
    "recap",
    "open thread",
];

/// Units of the longest of them.
const DIGEST_UNITS_MAX: usize = 4;

/// The units of [`DIGESTS`], made once for all titles while compiling; zero where there are fewer.
static DIGEST_UNITS: [[u32; DIGEST_UNITS_MAX]; DIGESTS.len()] = {
    let mut out = [[0; DIGEST_UNITS_MAX]; DIGESTS.len()];
    let mut at = 0;
    while at < DIGESTS.len() {
        out[at] = units_of_name(DIGESTS[at].as_bytes());
        at += 1;
    }
    out
};

/// The units of a name of small letters, single digits and common Chinese characters.
const fn units_of_name(text: &[u8]) -> [u32; DIGEST_UNITS_MAX] {
    let mut out = [0; DIGEST_UNITS_MAX];
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        let start = at;
        if text[at] >= 0x80 {
            at += 3;
        } else if text[at].is_ascii_digit() {
            at += 1;
        } else {
            while at < text.len() && text[at].is_ascii_lowercase() {
                at += 1;
            }
        }
        if at == start {
            at += 1;
        } else {
            out[count] = unit_of(text, start, at);
            count += 1;
        }
    }
    out
}

/// Two neighbours as one number.
pub(super) fn pair(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

/// A title, ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Title {
    pub(super) units: Units,
    /// Made when it is first compared: most are only sketched.
    signs: OnceCell<Signs>,
}

#[derive(Clone, Debug)]
struct Signs {
    /// Hashes of two neighbours each; of one alone where there is no second.
    pairs: Vec<u64>,
    /// Units that count, by their place.
    counts: Vec<bool>,
}

impl Title {
    pub(super) fn new(title: &str) -> Self {
        Self { units: Units::of_text(title), signs: OnceCell::new() }
    }

    fn signs(&self) -> &Signs {
        self.signs.get_or_init(|| Signs::of(&self.units))
    }

    /// How much it says, in words; two characters make about one.
    pub(super) fn words(&self) -> usize {
        self.units.hashes.iter().map(|unit| weight(*unit)).sum::<usize>() / 2
    }

    /// What this title speaks of and the other does not: words, and pairs of characters.
    pub(super) fn own(&self, other: &Self) -> Vec<u64> {
        self.speaks_of(self.without(other)).filter(|feature| !other.signs().pairs.contains(feature)).collect()
    }

    /// What it speaks of at all.
    pub(super) fn features(&self) -> Vec<u64> {
        self.speaks_of((0..self.units.hashes.len()).collect()).collect()
    }

    fn speaks_of(&self, places: Vec<usize>) -> impl Iterator<Item = u64> {
        let units = &self.units.hashes;
        places.into_iter().filter_map(|at| match units[at] {
            wide if is_wide_unit(wide) => {
                let next = units.get(at + 1).filter(|next| is_wide_unit(**next)).map(|next| pair(wide, *next));
                next.or_else(|| units.get(at.checked_sub(1)?).filter(|before| is_wide_unit(**before)).map(|before| pair(*before, wide)))
            }
            word => Some(u64::from(word)),
        })
    }

    /// Whether it is that of a digest: several stories under one title.
    pub(super) fn is_digest(&self) -> bool {
        let begins = |units: &[u32], name: &[u32; DIGEST_UNITS_MAX]| {
            name.iter().enumerate().all(|(at, unit)| *unit == 0 || units.get(at) == Some(unit))
        };
        let units = &self.units.hashes;
        (0..units.len()).any(|at| DIGEST_UNITS.iter().any(|name| begins(&units[at..], name)))
    }

    pub(super) fn compare(&self, other: &Self) -> Titles {
        let equal = self.units.hashes == other.units.hashes;
        let (mine, theirs) = (&self.signs().pairs, &other.signs().pairs);
        let shorter = mine.len().min(theirs.len());
        let shared = mine.iter().filter(|pair| theirs.binary_search(pair).is_ok()).count();
        let alike = match (equal, self.only(other).or(other.only(self))) {
            (true, _) if shorter > 0 => 1.0,
            (false, Some(has)) => {
                if has {
                    ALIKE_OF_ONE_WORD
                } else {
                    0.0
                }
            }
            _ => super::part(shared, shorter),
        };
        Titles { equal, alike, series: if equal { None } else { self.series(other, alike) } }
    }

    /// Whether the other title has this one's only unit.
    fn only(&self, other: &Self) -> Option<bool> {
        if let [one] = self.units.hashes.as_slice() { Some(other.units.hashes.contains(one)) } else { None }
    }

    fn series(&self, other: &Self, alike: f32) -> Option<Series> {
        let (mine, yours) = (self.without(other), other.without(self));
        let has_number = |title: &Self, places: &[usize]| places.iter().any(|at| is_number(title.units.hashes[*at]));
        let numbers = has_number(self, &mine) && has_number(other, &yours);
        if numbers && (alike >= ALIKE_OF_SERIES || self.words_alike(other) >= WORDS_ALIKE_OF_SERIES) {
            return Some(Series::Numbers);
        }
        let counting = |title: &Self, places: &[usize]| !places.is_empty() && places.iter().all(|at| title.signs().counts[*at]);
        (counting(self, &mine) && counting(other, &yours) && alike >= ALIKE_OF_PARTS).then_some(Series::Ordinals)
    }

    /// Places of units that the other title does not have, or not so often.
    fn without(&self, other: &Self) -> Vec<usize> {
        let mut theirs = other.units.hashes.clone();
        theirs.sort_unstable();
        let mut left: Vec<(u32, usize)> = theirs.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect();
        let mut out = Vec::new();
        for (at, unit) in self.units.hashes.iter().enumerate() {
            match left.binary_search_by_key(unit, |(unit, _)| *unit) {
                Ok(found) if left[found].1 > 0 => left[found].1 -= 1,
                _ => out.push(at),
            }
        }
        out
    }

    /// How much of the shorter one's units that do not count the longer one has.
    fn words_alike(&self, other: &Self) -> f32 {
        let plain = |title: &Self| title.signs().counts.iter().filter(|counts| !**counts).count();
        let missing = self.without(other).iter().filter(|at| !self.signs().counts[**at]).count();
        let missing_there = other.without(self).iter().filter(|at| !other.signs().counts[**at]).count();
        let (mine, yours) = (plain(self), plain(other));
        if mine + yours == 0 {
            // `1.0` and `1.1` are alike in all but what counts.
            return 1.0;
        }
        let (shorter, missing) = if mine <= yours { (mine, missing) } else { (yours, missing_there) };
        super::part(shorter - missing.min(shorter), shorter)
    }
}

impl Signs {
    fn of(units: &Units) -> Self {
        let counts = units.hashes.iter().map(|unit| is_number(*unit) || ORDINAL_UNITS.contains(unit)).collect();
        let mut pairs: Vec<u64> = match units.hashes.as_slice() {
            [one] => vec![u64::from(*one)],
            more => more.windows(2).map(|two| pair(two[0], two[1])).collect(),
        };
        pairs.sort_unstable();
        pairs.dedup();
        Self { pairs, counts }
    }
}

/// The clauses of a title that are long enough to be known by: what stands before `：`, behind `|`, around a dash.
pub(super) fn clauses(title: &str) -> impl Iterator<Item = &str> {
    let is_edge =
        |c: char| matches!(fold(c), ':' | '|' | '丨' | '｜' | '—' | '–' | '_' | '!' | '?' | '。' | '【' | '】' | ',' | '「' | '」');
    title.split(is_edge).map(str::trim).filter(|clause| {
        let wide = clause.chars().filter(|c| is_wide(*c)).count();
        wide >= CLAUSE_WIDE_MIN || clause.split_whitespace().count() >= CLAUSE_WORDS_MIN
    })
}

/// Least Chinese characters of a clause that is looked for by itself.
const CLAUSE_WIDE_MIN: usize = 8;

/// Least words.
const CLAUSE_WORDS_MIN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn series(a: &str, b: &str) -> Option<Series> {
        let (a, b) = (Title::new(a), Title::new(b));
        assert_eq!(a.compare(&b).series, b.compare(&a).series);
        a.compare(&b).series
    }

    #[test]
    fn numbers_and_dates_tell_the_parts_of_a_series_apart() {
        for (a, b) in [
            ("StarCraft II 4.7.1 Patch Notes", "StarCraft II 4.7.0 Patch Notes"),
            ("独立开发变现周刊（第110期）: 一个副业产品", "独立开发变现周刊（第109期）: 通过公开构建"),
            ("AI探索站 08月22日", "AI探索站 08月21日"),
            ("Daily Hacker News for 2026-08-21", "Daily Hacker News for 2026-08-22"),
            ("Firefox 119.0.1", "Firefox 120.0"),
            ("v1.0", "v1.1"),
            ("2024-06-03", "2024-05-27"),
        ] {
            assert_eq!(series(a, b), Some(Series::Numbers), "{a} / {b}");
        }
    }

    #[test]
    fn words_that_count_do_so_too() {
        for (a, b) in [
            ("VR 新手指南（上）", "VR 新手指南（下）"),
            ("小朋友的涂鸦（三）", "小朋友的涂鸦（二）"),
            ("Sorting out Unicode, Part I", "Sorting out Unicode, Part II"),
            ("Open thread for Monday", "Open thread for Tuesday"),
            ("财经早报", "财经晚报"),
        ] {
            assert_eq!(series(a, b), Some(Series::Ordinals), "{a} / {b}");
        }
    }

    #[test]
    fn words_that_count_are_known_by_the_units_of_a_title() {
        assert_eq!(ORDINAL_UNITS.as_slice(), Units::of_text(ORDINALS).hashes);
    }

    #[test]
    fn names_of_digests_are_known_by_the_units_of_a_title() {
        for (name, units) in DIGESTS.iter().zip(&DIGEST_UNITS) {
            let filled: Vec<u32> = units.iter().copied().filter(|unit| *unit != 0).collect();
            assert_eq!(Units::of_text(name).hashes, filled, "{name}");
            assert!(Title::new(&format!("Some {name} and more")).is_digest(), "{name}");
        }
        assert!(!Title::new("Round the clock").is_digest() && !Title::new("").is_digest());
    }

    #[test]
    fn a_title_with_more_to_it_is_no_other_part() {
        for (a, b) in [
            ("iOS 17.4 发布", "苹果正式发布 iOS17.4 更新"),
            ("Foo released", "Foo 1.2 released"),
            ("一图看懂新规", "一图看懂新规 - 某某网"),
            ("Tesla recalls cars", "Ford recalls cars"),
        ] {
            assert_eq!(series(a, b), None, "{a} / {b}");
        }
    }

    #[test]
    fn a_title_is_known_by_its_longer_clauses() {
        let found: Vec<_> = clauses("9点1氪丨微信支付与三大运营商条码支付互联互通：短").collect();
        assert_eq!(found, ["微信支付与三大运营商条码支付互联互通"]);
    }
}
