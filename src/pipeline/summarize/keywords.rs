//! The words that a text is about.

use std::collections::HashMap;

use super::KEYWORDS_MAX;
use super::languages::Language;
use super::sentences::is_wide;
use super::words::Word;

/// Longest keyword, in characters.
const KEYWORD_CHARS_MAX: usize = 30;

/// How much more a word counts that stands in the title.
const TITLE_BONUS: f32 = 1.8;

/// Neighbours that stand together at least this often are one keyword.
const TOGETHER_MIN: usize = 2;

/// Most words whose neighbours are looked at, and most characters that are added.
const EXTENDED_MAX: usize = 12;
const EXTENSION_CHARS_MAX: usize = 4;

/// A term and where it was found.
#[derive(Clone, Default)]
struct Term {
    /// The way it is written most often.
    written: HashMap<String, usize>,
    count: usize,
    score: f32,
    first: usize,
    in_title: bool,
}

/// At most [`KEYWORDS_MAX`] keywords, the most telling first.
pub(super) fn find(title: &str, title_words: &[Word], text: &str, text_words: &[Word], language: Language) -> Vec<String> {
    let mut terms: HashMap<String, Term> = HashMap::new();
    for (source, words, in_title) in [(title, title_words, true), (text, text_words, false)] {
        for word in words.iter().filter(|word| word.is_term) {
            add(&mut terms, word.key.to_string(), word.text, word.weight, word.start, in_title);
        }
        for (key, written, weight, start) in together(source, words, language) {
            add(&mut terms, key, written, weight, start, in_title);
        }
    }
    let mut ranked: Vec<(f32, usize, String, usize)> = terms
        .into_iter()
        .filter(|(key, term)| !key.contains(' ') && !is_joined(key) || term.count >= TOGETHER_MIN)
        .filter_map(|(_, term)| {
            let title = if term.in_title { TITLE_BONUS } else { 1.0 };
            let (written, _) = term.written.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))?;
            (written.chars().count() <= KEYWORD_CHARS_MAX).then(|| (term.score * title, term.first, written.clone(), term.count))
        })
        .collect();
    // Equal scores in the order of the text, so that the same text gives the same keywords.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then_with(|| a.2.cmp(&b.2)));
    if language == Language::Chinese {
        for (_, _, word, _) in ranked.iter_mut().take(EXTENDED_MAX).filter(|(_, _, _, count)| *count >= TOGETHER_MIN) {
            *word = extended(word, text);
        }
    }
    choose(&ranked)
}

fn add(terms: &mut HashMap<String, Term>, key: String, written: &str, weight: f32, start: usize, in_title: bool) {
    let term = terms.entry(key).or_insert_with(|| Term { first: start, ..Term::default() });
    // The third mention says less than the first.
    term.score += weight / (1.0 + f32::from(u8::try_from(term.count).unwrap_or(u8::MAX)) * 0.15);
    term.count += 1;
    term.in_title |= in_title;
    *term.written.entry(written.to_owned()).or_default() += 1;
}

/// Marks the key of a Chinese term made of several words.
const JOINED: char = '\u{1}';

fn is_joined(key: &str) -> bool {
    key.contains(JOINED)
}

/// Neighbours that may be one name: Chinese words without anything between them, words with capitals with one blank between them.
fn together<'a>(text: &'a str, words: &[Word<'a>], language: Language) -> Vec<(String, &'a str, f32, usize)> {
    let mut found = Vec::new();
    for (at, first) in words.iter().enumerate().filter(|(_, word)| word.is_term) {
        let (mut key, mut weight, mut end) = (first.key.to_string(), first.weight, first.end());
        for next in words[at + 1..].iter().take(2) {
            let gap = text.get(end..next.start).unwrap_or("\n");
            let wide = gap.is_empty() && language == Language::Chinese;
            let named = gap == " " && first.is_name && next.is_name && next.text.starts_with(char::is_uppercase);
            if !(next.is_term && (wide || named)) {
                break;
            }
            key.push(if wide { JOINED } else { ' ' });
            key.push_str(&next.key);
            weight += next.weight;
            end = next.end();
            // Less than the sum: only what stands together often should come before its parts.
            found.push((key.clone(), &text[first.start..end], weight * 0.75, first.start));
        }
    }
    found
}

/// A Chinese name that the dictionary does not know is cut into parts: 月/之/暗面, 大/模型. Where the characters before or behind a word are
/// the same nearly wherever it stands, they belong to it.
fn extended(word: &str, text: &str) -> String {
    let mut whole = word.to_owned();
    let mut best = word.to_owned();
    for _ in 0..EXTENSION_CHARS_MAX {
        let places: Vec<usize> = text.match_indices(whole.as_str()).map(|(at, _)| at).collect();
        let count = places.len();
        let before = most_common(places.iter().filter_map(|at| text[..*at].chars().next_back()), count);
        let behind = most_common(places.iter().filter_map(|at| text[at + whole.len()..].chars().next()), count);
        match (before, behind) {
            (Some(c), _) => whole.insert(0, c),
            (None, Some(c)) => whole.push(c),
            (None, None) => break,
        }
        // A name may hold a small word (月之暗面) but does not begin or end with one.
        if !whole.starts_with(is_small) && !whole.ends_with(is_small) {
            best.clone_from(&whole);
        }
    }
    best
}

/// The Chinese character that stands there nearly always, where the word was seen often enough to tell.
fn most_common(found: impl Iterator<Item = char>, count: usize) -> Option<char> {
    let mut counts: HashMap<char, usize> = HashMap::new();
    for c in found.filter(|c| is_wide(*c)) {
        *counts.entry(c).or_default() += 1;
    }
    let (c, times) = counts.into_iter().max_by_key(|(c, times)| (*times, *c))?;
    (times >= TOGETHER_MIN && times * 5 >= count * 4).then_some(c)
}

/// Characters that join words and are no part of a name at its edge.
fn is_small(c: char) -> bool {
    "的了在是和与及或对从被把将也就都而但于为以到给让向由等这那其之所有个一不很更最还又再地得着过们我你他她它".contains(c)
}

/// The best ones, none of which is a part of another.
fn choose(ranked: &[(f32, usize, String, usize)]) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for (_, _, word, _) in ranked {
        if chosen.len() == KEYWORDS_MAX {
            break;
        }
        let lower = word.to_lowercase();
        let part = chosen.iter().any(|other| {
            let other = other.to_lowercase();
            other.contains(&lower) || lower.contains(&other)
        });
        if !part {
            chosen.push(word.clone());
        }
    }
    chosen
}
