//! A text's words with their weights, by script.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use jieba_rs::Jieba;

use super::chinese;
use super::languages::{Language, StopWords, stemmer};
use super::sentences::is_wide;

/// A word in its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word<'a> {
    /// As written.
    pub(super) text: &'a str,
    /// Its first byte in the text.
    pub(super) start: usize,
    /// What it has in common with its other forms.
    pub(super) key: Cow<'a, str>,
    /// How much it says, where it says anything: its rarity.
    pub(super) weight: f32,
    /// Whether it could be a keyword.
    pub(super) is_term: bool,
    /// Whether it is a name: written with a capital inside a sentence, in Latin letters amid Chinese, or known as one.
    pub(super) is_name: bool,
}

impl Word<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Longest word of letters, in characters: longer ones are addresses and codes.
const LETTERS_MAX: usize = 40;

/// The weight of a word in a language without a dictionary: longer words are rarer.
fn weight_of(word: &str) -> f32 {
    let chars = u16::try_from(word.chars().count()).unwrap_or(u16::MAX);
    3.0 + f32::from(chars.min(12)) * 0.5
}

/// The words of a text in order; stop words and numbers are left out. `jieba` is asked for only when there is Chinese.
pub(super) fn split<'a>(text: &'a str, language: Language, stop_words: &StopWords, jieba: impl Fn() -> Arc<Jieba>) -> Vec<Word<'a>> {
    let (mut words, mut rarities) = (Vec::new(), HashMap::new());
    let mut run: Option<(usize, Kind)> = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let kind = kind_of(c, language);
        if let Some((start, before)) = run {
            if before.goes_on(kind) && at < text.len() {
                continue;
            }
            let run = Run { text, start, end: at, kind: before, language };
            push_run(&mut words, &run, stop_words, &jieba, &mut rarities);
        }
        run = (kind != Kind::None).then_some((at, kind));
    }
    words
}

/// What a run of characters is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    /// Letters and digits of scripts that write blanks, with the marks inside of names: `GPT-4`, `C++`, `node.js`.
    Letters,
    /// Stands inside a run of letters only.
    Joiner,
    /// Chinese.
    Han,
    /// Japanese: characters of one kind are a word.
    Kanji,
    Katakana,
    /// Japanese endings and small words.
    Hiragana,
}

impl Kind {
    fn goes_on(self, next: Self) -> bool {
        self == next || (self == Self::Letters && next == Self::Joiner)
    }
}

fn kind_of(c: char, language: Language) -> Kind {
    match c {
        '\u{30a0}'..='\u{30ff}' => Kind::Katakana,
        '\u{3040}'..='\u{309f}' => Kind::Hiragana,
        c if is_wide(c) && language == Language::Japanese => Kind::Kanji,
        c if is_wide(c) => Kind::Han,
        c if c.is_alphanumeric() => Kind::Letters,
        '-' | '.' | '\'' | '’' | '+' | '#' | '&' | '_' => Kind::Joiner,
        _ => Kind::None,
    }
}

/// A run of characters of one kind in its text.
struct Run<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    kind: Kind,
    language: Language,
}

fn push_run<'a>(
    words: &mut Vec<Word<'a>>,
    run: &Run<'a>,
    stop_words: &StopWords,
    jieba: &impl Fn() -> Arc<Jieba>,
    rarities: &mut HashMap<&'a str, f32>,
) {
    let written = &run.text[run.start..run.end];
    match run.kind {
        Kind::Han => chinese::push(words, written, run.start, stop_words, &jieba(), rarities),
        Kind::Kanji | Kind::Katakana if written.chars().nth(1).is_some() => {
            let rare = if run.kind == Kind::Katakana { 1.0 } else { 0.0 };
            let weight = weight_of(written) + 2.0 + rare;
            words.push(Word { text: written, start: run.start, key: written.into(), weight, is_term: true, is_name: false });
        }
        Kind::Letters => {
            let before = &run.text[..run.start];
            let first = before.ends_with('\n') || before.trim_end().ends_with(['.', '!', '?', ':', '"', '“']) || before.trim().is_empty();
            let written = written.trim_end_matches(['-', '.', '\'', '’', '&', '_']);
            words.extend(letters(written, run.start, run.language, first, stop_words));
        }
        _ => {}
    }
}

/// A word of letters, unless it says nothing.
fn letters<'a>(written: &'a str, start: usize, language: Language, first: bool, stop_words: &StopWords) -> Option<Word<'a>> {
    let bare = written.strip_suffix("'s").or_else(|| written.strip_suffix("’s")).unwrap_or(written);
    let bare = if language == Language::Korean { without_particle(bare) } else { bare };
    let lower = bare.to_lowercase().replace('’', "'");
    let chars = bare.chars().count();
    let alphabetic: Vec<char> = bare.chars().filter(|c| c.is_alphabetic()).collect();
    let numbered = bare.chars().any(|c| c.is_ascii_digit());
    let acronym = (alphabetic.len() >= 2 || numbered) && alphabetic.iter().all(|c| c.is_uppercase());
    let least = match language {
        _ if acronym => 2,
        Language::Korean => 2,
        Language::Other => 5,
        _ => 3,
    };
    if chars < least || chars > LETTERS_MAX || alphabetic.is_empty() || stop_words.has(&lower) {
        return None;
    }
    // Amid Chinese every word of Latin letters is a name or a term; German writes every noun with a capital.
    let foreign = matches!(language, Language::Chinese | Language::Japanese | Language::Korean) && bare.is_ascii();
    let inner = bare.chars().skip(1).any(char::is_uppercase);
    let capital = bare.starts_with(char::is_uppercase) && !first && language != Language::German;
    let is_name = foreign || inner || capital;
    let key = match stemmer(language) {
        Some(algorithm) if !foreign => waken_snowball::stem(algorithm, &lower).into_owned(),
        _ => lower,
    };
    let weight = weight_of(bare) + if is_name { 3.0 } else { 0.0 };
    Some(Word { text: bare, start, key: key.into(), weight, is_term: true, is_name })
}

/// A Korean word without the particle behind it.
fn without_particle(word: &str) -> &str {
    const PARTICLES: &[&str] = &[
        "에서는",
        "으로는",
        "에게서",
        "이라는",
        "에서",
        "에게",
        "으로",
        "까지",
        "부터",
        "처럼",
        "보다",
        "이나",
        "라는",
        "은",
        "는",
        "이",
        "가",
        "을",
        "를",
        "의",
        "에",
        "도",
        "로",
        "와",
        "과",
        "만",
    ];
    PARTICLES.iter().find_map(|particle| word.strip_suffix(particle).filter(|bare| bare.chars().count() >= 2)).unwrap_or(word)
}
