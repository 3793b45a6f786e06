//! Text to terms: what is looked for and what is found are cut and spelled the same way.
//!
//! | text | terms |
//! | --- | --- |
//! | Chinese | words of the dictionary in simplified characters, and for the index the shorter words inside of them |
//! | Japanese, Korean, Thai … | each character |
//! | others | runs of letters and runs of digits: small letters, without accents; English endings off |
//!
//! A term's position counts Chinese characters and words of other scripts, so that a phrase finds its place however the text around it
//! was cut, and `GPT-4o`, `GPT4o` and `gpt 4o` are one phrase.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use icu_normalizer::properties::{CanonicalDecompositionBorrowed, Decomposed};
use waken_snowball::{Algorithm, stem};

pub use crate::pipeline::dictionary::Cut;
use crate::pipeline::dictionary::Dictionary;
use crate::pipeline::story::simple::fold;

/// A run of letters that is longer is no word: a hash, an address, a picture as text.
const WORD_CHARS_MAX: usize = 40;

/// Shorter words have no ending.
const STEMMED_CHARS_MIN: usize = 4;

/// Words whose stems are remembered, about 100 bytes each.
const STEMS_MAX: usize = 4_096;

/// Longest part of a word that can be looked for by itself, in characters.
const INSIDE_CHARS_MAX: usize = 8;

/// Longest name of which other ways of cutting are tried, in characters.
const OPEN_CHARS_MAX: usize = 4;

/// A term of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it is spelled in the index.
    pub text: String,
    /// Its place among the others.
    pub position: usize,
    /// The bytes of the text that it stands for.
    pub at: Range<usize>,
}

/// Cuts texts. Clones share the dictionary.
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    dictionary: Arc<Dictionary>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Han,
    /// Each character by itself.
    Single,
    Letter,
    Digit,
    /// An accent written behind its letter.
    Accent,
    Other,
}

fn kind(c: char) -> Kind {
    match u32::from(c) {
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff | 0x3007 => Kind::Han,
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0xac00..=0xd7af if c.is_alphanumeric() => Kind::Single,
        0x300..=0x36f => Kind::Accent,
        _ if c.is_numeric() => Kind::Digit,
        _ if c.is_alphabetic() => Kind::Letter,
        _ => Kind::Other,
    }
}

impl Splitter {
    /// One that cuts Chinese with this dictionary.
    #[must_use]
    pub fn new(dictionary: Arc<Dictionary>) -> Self {
        Self { dictionary }
    }

    /// The terms of a text, in the order of their words.
    #[must_use]
    pub fn split(&self, text: &str, cut: Cut) -> Vec<Term> {
        self.split_with(&mut Stems::default(), text, cut)
    }

    /// The same, for who cuts many texts.
    pub(super) fn split_with(&self, stems: &mut Stems, text: &str, cut: Cut) -> Vec<Term> {
        let mut cutter =
            Cutter { dictionary: &self.dictionary, stems, cut, terms: Vec::new(), position: 0, run: String::new(), places: Vec::new() };
        // The kind of what is gathered.
        let mut gathered = Kind::Other;
        for (at, written) in text.char_indices() {
            let c = fold(written);
            let kind = kind(c);
            if kind == Kind::Accent && gathered == Kind::Letter {
                continue;
            }
            if kind != gathered || kind == Kind::Single {
                cutter.end(gathered, at);
                gathered = kind;
            }
            match kind {
                Kind::Han | Kind::Single | Kind::Digit => cutter.push(c, at),
                Kind::Letter => cutter.push(without_accent(c), at),
                Kind::Accent | Kind::Other => {}
            }
        }
        cutter.end(gathered, text.len());
        cutter.terms
    }
}

/// Gathers the characters of a word or run.
struct Cutter<'a> {
    dictionary: &'a Dictionary,
    stems: &'a mut Stems,
    cut: Cut,
    terms: Vec<Term>,
    position: usize,
    /// As spelled in the index.
    run: String,
    /// Where each of its characters begins in the text.
    places: Vec<usize>,
}

impl Cutter<'_> {
    fn push(&mut self, c: char, at: usize) {
        self.run.push(c);
        self.places.push(at);
    }

    /// Ends what is gathered, before the byte `end`.
    fn end(&mut self, kind: Kind, end: usize) {
        let (run, mut places) = (std::mem::take(&mut self.run), std::mem::take(&mut self.places));
        let count = places.len();
        if count > 0 {
            places.push(end);
            let (position, terms) = (self.position, &mut self.terms);
            match kind {
                Kind::Han => self.dictionary.each_word(&run, self.cut, |word, start| {
                    let at = places[start]..places[start + word.chars().count()];
                    terms.push(Term { text: word.to_owned(), position: position + start, at });
                }),
                _ if count <= WORD_CHARS_MAX => {
                    let text = if kind == Kind::Letter { self.stems.of(&run) } else { run.clone() };
                    terms.push(Term { text, position, at: places[0]..end });
                }
                _ => {}
            }
            self.position += if kind == Kind::Han { count } else { 1 };
        }
        // Their room is used again.
        self.run = run;
        self.run.clear();
        self.places = places;
        self.places.clear();
    }
}

/// Whether a term is Chinese: such terms consist of such characters only.
pub(super) fn is_han(term: &str) -> bool {
    term.chars().next().is_some_and(|c| kind(c) == Kind::Han)
}

/// What may stand inside of a longer word: a Chinese character, or a few that are no word of which the index knows the places.
pub(super) fn inner(terms: &[Term]) -> Option<String> {
    let text = run(terms)?;
    let count = text.chars().count();
    // Words of two and three characters inside of longer ones are terms themselves.
    let is_known = terms.len() == 1 && matches!(count, 2 | 3);
    (!is_known && count <= INSIDE_CHARS_MAX).then_some(text)
}

/// Other ways in which a text may cut a few Chinese characters that are no one word: the last one begins a word with those behind it, as in
/// 英伟达到了, where the query has 伟达 as a word. Of each way the last term is the beginning of one.
pub(super) fn open(terms: &[Term]) -> Vec<Vec<Term>> {
    let text = run(terms).filter(|text| terms.len() > 1 && text.chars().count() <= OPEN_CHARS_MAX);
    let (Some(text), Some(first), Some(last)) = (text, terms.first(), terms.last()) else { return Vec::new() };
    let is_single = |term: &Term| term.text.chars().nth(1).is_none();
    let letters = text.chars().enumerate();
    let singles: Vec<Term> = letters.map(|(at, c)| Term { text: c.into(), position: first.position + at, at: first.at.clone() }).collect();
    let own = Some(terms.to_vec()).filter(|_| is_single(last));
    let other = Some(singles).filter(|_| !terms.iter().all(is_single));
    own.into_iter().chain(other).collect()
}

/// The Chinese text of terms without gaps.
fn run(terms: &[Term]) -> Option<String> {
    let follows = |two: &[Term]| two[0].position + two[0].text.chars().count() == two[1].position;
    let is_run = !terms.is_empty() && terms.iter().all(|term| is_han(&term.text)) && terms.windows(2).all(follows);
    is_run.then(|| terms.iter().map(|term| term.text.as_str()).collect())
}

/// Where a text has these characters, as the index spells them.
pub(super) fn spelled(text: &str, wanted: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = wanted.chars().collect();
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    ends.push(text.len());
    let letters: Vec<char> = text.chars().map(fold).collect();
    let windows = letters.windows(wanted.len().max(1)).enumerate();
    windows.filter(|(_, window)| *window == wanted).map(|(at, _)| ends[at]..ends[at + wanted.len()]).collect()
}

/// `é` is `e`; letters of scripts where such a mark makes another letter stay.
fn without_accent(c: char) -> char {
    if !matches!(u32::from(c), 0xc0..=0x24f | 0x370..=0x3ff | 0x1e00..=0x1fff) {
        return c;
    }
    let mut base = c;
    while let Decomposed::Expansion(first, _) | Decomposed::Singleton(first) = CanonicalDecompositionBorrowed::new().decompose(base) {
        base = first;
    }
    base
}

/// Words without their English endings, remembered: a few thousand words are most of all texts, and finding a stem was a fifteenth of taking
/// articles into the index.
#[derive(Clone, Debug, Default)]
pub(super) struct Stems(HashMap<Box<str>, Box<str>>);

impl Stems {
    /// In other languages of these letters such endings seldom stand, and come off on both sides.
    fn of(&mut self, word: &str) -> String {
        if word.len() < STEMMED_CHARS_MIN || !word.is_ascii() {
            return word.to_owned();
        }
        if let Some(known) = self.0.get(word) {
            return known.to_string();
        }
        let found = stem(Algorithm::English, word).into_owned();
        if self.0.len() >= STEMS_MAX {
            // What is common comes back at once.
            self.0.clear();
        }
        self.0.insert(word.into(), found.as_str().into());
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(text: &str) -> Vec<(String, usize)> {
        Splitter::default().split(text, Cut::Words).into_iter().map(|term| (term.text, term.position)).collect()
    }

    fn words(text: &str) -> Vec<String> {
        terms(text).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn chinese_is_cut_into_words_whatever_characters_it_is_written_in() {
        assert_eq!(words("人工智能的發展"), ["人工", "智能", "的", "发展"]);
        assert_eq!(words("人工智慧與臺灣"), words("人工智慧与台湾"));
    }

    #[test]
    fn latin_is_found_whatever_its_case_accents_width_and_endings() {
        assert_eq!(words("Café MODELS model’s ＧＰＴ４ cafe\u{301}"), ["cafe", "model", "model", "s", "gpt", "4", "cafe"]);
        assert_eq!(words("regulations Regulating"), ["regul", "regul"]);
        assert_eq!(words("Ёлка Ελλάδα ß"), ["ёлка", "ελλαδα", "ß"]);
    }

    #[test]
    fn remembered_stems_are_the_same_and_bounded() {
        let (splitter, mut stems) = (Splitter::default(), Stems::default());
        for round in 0..3 {
            for number in 0..STEMS_MAX {
                let text = format!("regulations models {}ings", ["a", "b", "c"].map(|letter| letter.repeat(1 + number % 37)).join("er"));
                assert_eq!(splitter.split_with(&mut stems, &text, Cut::Parts), splitter.split(&text, Cut::Parts), "{round} {text}");
            }
        }
        (0..2 * STEMS_MAX).for_each(|number| drop(stems.of(&format!("word{number}s"))));
        assert!(stems.0.len() <= STEMS_MAX);
    }

    #[test]
    fn positions_make_the_same_phrase_of_different_spellings() {
        let place = |text: &str| terms(text);
        assert_eq!(place("GPT-4o"), place("gpt4o"));
        assert_eq!(place("GPT-4o"), place("GPT 4 O"));
        assert_eq!(terms("OpenAI发布大模型"), [("openai", 0), ("发布", 1), ("大", 3), ("模型", 4)].map(|(text, at)| (text.to_owned(), at)));
    }

    #[test]
    fn the_index_also_has_the_words_inside_of_long_ones_at_their_places() {
        let parts = Splitter::default().split("中国人民银行", Cut::Parts);
        let at = |word: &str| parts.iter().find(|term| term.text == word).map(|term| term.position);
        assert_eq!((at("中国"), at("人民"), at("银行")), (Some(0), Some(2), Some(4)));
    }

    #[test]
    fn scripts_without_blanks_are_found_by_their_characters() {
        assert_eq!(words("カメラ서울"), ["カ", "メ", "ラ", "서", "울"]);
        assert_eq!(words(&"x".repeat(1000)), [""; 0]);
    }

    #[test]
    fn other_ways_of_cutting_are_tried_for_what_is_no_word() {
        let ways = |text: &str| {
            let ways = open(&Splitter::default().split(text, Cut::Words));
            ways.into_iter().map(|way| way.into_iter().map(|term| term.text).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
        };
        assert_eq!(ways("英伟达"), ["英 伟 达"]);
        assert_eq!(ways("大模型"), ["大 模 型"]);
        for none in ["模型", "模", "", "model", "人工智能发展", "gpt 模"] {
            assert_eq!(ways(none), [""; 0], "{none}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn every_term_stands_for_a_part_of_the_text(text in "\\PC{0,60}|[大模型a-zé０-９ カ서\u{301}’-]{0,60}") {
            for cut in [Cut::Words, Cut::Parts] {
                for term in Splitter::default().split(&text, cut) {
                    prop_assert!(!term.text.is_empty() && !text[term.at.clone()].is_empty());
                }
            }
        }
    }
}
