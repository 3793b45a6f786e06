//! The words that a text is about.

use std::collections::HashMap;

use super::KEYWORDS_MAX;
use super::languages::Language;
use super::words::Word;

/// Longest keyword, in characters.
const KEYWORD_CHARS_MAX: usize = 30;

/// How much more a word counts that stands in the title.
const TITLE_BONUS: f32 = 1.8;

/// Neighbours that stand together at least this often are one keyword.
const TOGETHER_MIN: usize = 2;

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
