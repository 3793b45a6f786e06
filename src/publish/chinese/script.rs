//! Whether a text is Chinese, and which characters it is written in.

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use crate::model::Article;

/// Characters of an article that are looked at: enough to know.
const LOOK_CHARS: usize = 20_000;

/// From so many percent of kana and hangul among the characters of East Asia a text is Japanese or Korean: Japanese has about half,
/// Chinese about Japan a few.
const OTHER_PERCENT_MIN: usize = 20;

/// The common characters of Chinese.
const FIRST: char = '\u{4e00}';
const LAST: char = '\u{9fff}';

/// Which characters a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Simplified,
    Traditional,
}

/// What each character says of the text that it stands in.
pub(super) struct Characters(Vec<Sign>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It is written so in both.
    Both,
    Simplified,
    Traditional,
}

impl Characters {
    /// Out of OpenCC's dictionaries: a character that has another form in traditional writing is a simplified one, and the other way round.
    pub(super) fn read() -> Self {
        let all: String = (FIRST..=LAST).flat_map(|c| [c, '\n']).collect();
        let through = |way| OpenCC::from_config(way).map(|chain| chain.convert(&all)).unwrap_or_else(|_| all.clone());
        let (traditional, simplified) = (through(BuiltinConfig::S2t), through(BuiltinConfig::T2s));
        let signs = (FIRST..=LAST).zip(traditional.lines()).zip(simplified.lines()).map(|((c, traditional), simplified)| {
            let same = |other: &str| other.chars().eq([c]);
            match (same(traditional), same(simplified)) {
                (_, false) => Sign::Traditional,
                (false, true) => Sign::Simplified,
                (true, true) => Sign::Both,
            }
        });
        Self(signs.collect())
    }

    fn sign(&self, c: char) -> Sign {
        let place = (c as usize).checked_sub(FIRST as usize);
        place.and_then(|place| self.0.get(place)).copied().unwrap_or(Sign::Both)
    }
}

/// Whether there is any character of Chinese in an article that does not say to be in another language of East Asia.
pub(super) fn may_be_chinese(article: &Article) -> bool {
    let other = |tag: &str| ["ja", "ko", "vi"].contains(&tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str());
    !article.language.as_deref().is_some_and(other) && texts(article).any(|text| text.contains(is_han))
}

/// The characters that a Chinese article is written in; `None` where it is another language, or nothing in it tells.
pub(super) fn of(article: &Article, characters: &Characters) -> Option<Script> {
    let (mut simplified, mut traditional, mut counted) = (0_usize, 0_usize, Count::default());
    for c in texts(article).flat_map(str::chars).take(LOOK_CHARS) {
        counted.add(c);
        match characters.sign(c) {
            Sign::Simplified => simplified += 1,
            Sign::Traditional => traditional += 1,
            Sign::Both => {}
        }
    }
    if counted.is_other() || simplified + traditional == 0 {
        return None;
    }
    // 台, 里 and 后 are signs of simplified writing that stand in traditional texts too, and never as often as the others.
    Some(if traditional > simplified { Script::Traditional } else { Script::Simplified })
}

/// Whether a text is Japanese or Korean.
pub(super) fn is_other(text: &str) -> bool {
    let mut counted = Count::default();
    text.chars().for_each(|c| counted.add(c));
    counted.is_other()
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | FIRST..=LAST | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Title and body; tags are ASCII, or nearly.
fn texts(article: &Article) -> impl Iterator<Item = &str> {
    [article.title.as_str(), article.body.as_str()].into_iter()
}

#[derive(Default)]
struct Count {
    han: usize,
    other: usize,
}

impl Count {
    fn add(&mut self, c: char) {
        if is_han(c) {
            self.han += 1;
        } else if matches!(c, '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}')
        {
            self.other += 1;
        }
    }

    fn is_other(&self) -> bool {
        self.other * 100 >= (self.han + self.other) * OTHER_PERCENT_MIN && self.other > 0
    }
}
