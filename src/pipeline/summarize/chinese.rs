//! Chinese words: cut by jieba, weighed by how rare they are in its dictionary.

use std::collections::HashMap;

use jieba_rs::Jieba;

use super::languages::StopWords;
use super::words::Word;

/// Words counted for the dictionary's frequencies, roughly.
const DICTIONARY_WORDS: f32 = 6.0e7;

/// Pushes the words of a run of Chinese characters that begins at `start`.
pub(super) fn push<'a>(
    words: &mut Vec<Word<'a>>,
    run: &'a str,
    start: usize,
    stop_words: &StopWords,
    jieba: &Jieba,
    rarities: &mut HashMap<&'a str, f32>,
) {
    let mut at = start;
    for token in jieba.tag(run, true) {
        let begin = at;
        at += token.word.len();
        let chars = token.word.chars().count();
        if chars < 2 || stop_words.has(token.word) {
            continue;
        }
        let Some(worth) = worth_of(token.tag) else { continue };
        let is_name = matches!(token.tag, "nr" | "ns" | "nt" | "nz" | "nrt" | "nrfg");
        // `&run[..]` has the text's own lifetime; the token's is the call's.
        let text = &run[begin - start..at - start];
        // Asking for a frequency cuts the word anew, and most words stand in a text more than once.
        let rarity = *rarities.entry(text).or_insert_with(|| rarity(jieba, text));
        words.push(Word { text, start: begin, key: text.into(), weight: rarity * worth, is_term: is_term(token.tag), is_name });
    }
}

/// How rare a word is.
fn rarity(jieba: &Jieba, word: &str) -> f32 {
    // A word that is not in the dictionary counts as seen once: it is rare, or it was guessed wrongly.
    let frequency = jieba.suggest_freq(word).max(1);
    #[expect(clippy::cast_precision_loss, reason = "a weight, not a count")]
    let rarity = (DICTIONARY_WORDS / frequency as f32).ln().clamp(1.0, 14.0);
    rarity
}

/// How much a part of speech tells; `None` where it tells nothing.
fn worth_of(tag: &str) -> Option<f32> {
    match tag {
        "nr" | "nt" | "nz" | "nrt" | "nrfg" => Some(1.2),
        "ns" => Some(1.0),
        tag if tag.starts_with('n') || matches!(tag, "vn" | "an" | "j" | "l" | "i" | "eng") => Some(1.0),
        tag if tag.starts_with('v') || tag.starts_with('a') => Some(0.4),
        _ => None,
    }
}

/// Whether a word of this part of speech could be a keyword.
fn is_term(tag: &str) -> bool {
    (tag.starts_with('n') && tag != "ng") || matches!(tag, "vn" | "j" | "l" | "eng")
}
