//! The Chinese words that stand in the index: what a character or a part of a word is looked for in.
//!
//! All of them are words of jieba's dictionary, so there are at most as many as it has, and they are few beside the articles. They are read from the index when
//! it is opened, and learned as articles are taken in; a word that left the index with its last article does no harm. On disk they cost nothing.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use memchr::memmem;
use tantivy::Searcher;
use tantivy::schema::Field;

use super::terms::is_han;

/// Words that are known at most: more than the dictionary has.
const WORDS_MAX: usize = 500_000;

/// Words that one part of a word stands for at most.
const FOUND_MAX: usize = 10_000;

/// No term before this one in the order of bytes is Chinese.
const FIRST_HAN: &[u8] = "\u{3007}".as_bytes();

/// Words of two and more characters.
#[derive(Debug, Default)]
pub(super) struct Vocabulary(RwLock<Words>);

#[derive(Debug, Default)]
struct Words {
    known: HashSet<Box<str>>,
    /// The same one behind the other, each between line feeds: looked through in one go.
    text: String,
}

impl Words {
    fn add(&mut self, word: &str) {
        if self.known.len() < WORDS_MAX && self.known.insert(word.into()) {
            if self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(word);
            self.text.push('\n');
        }
    }
}

impl Vocabulary {
    /// Learns the words among these terms.
    pub(super) fn learn<'a>(&self, terms: impl Iterator<Item = &'a str>) {
        let is_word = |term: &&str| is_han(term) && term.chars().nth(1).is_some();
        let new: Vec<&str> = {
            let words = self.0.read().unwrap_or_else(PoisonError::into_inner);
            terms.filter(is_word).filter(|term| !words.known.contains(*term)).collect()
        };
        if !new.is_empty() {
            let mut words = self.0.write().unwrap_or_else(PoisonError::into_inner);
            new.into_iter().for_each(|word| words.add(word));
        }
    }

    /// Reads the words of an index.
    pub(super) fn read(&self, searcher: &Searcher, fields: &[Field]) -> tantivy::Result<()> {
        for segment in searcher.segment_readers() {
            for field in fields {
                let inverted = segment.inverted_index(*field)?;
                let mut terms = inverted.terms().range().ge(FIRST_HAN).into_stream()?;
                while terms.advance() {
                    self.learn(std::str::from_utf8(terms.key()).into_iter());
                }
            }
        }
        Ok(())
    }

    /// The longer words that this stands in, in order.
    pub(super) fn around(&self, part: &str) -> Vec<String> {
        let words = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let text = words.text.as_str();
        let word = |at: usize| {
            let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
            let end = text[at..].find('\n').map_or(text.len(), |behind| at + behind);
            &text[start..end]
        };
        let found = memmem::find_iter(text.as_bytes(), part.as_bytes()).map(word).filter(|word| word.len() > part.len());
        let mut found: Vec<String> = found.take(FOUND_MAX).map(str::to_owned).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_around_a_part_are_known_once() {
        let vocabulary = Vocabulary::default();
        assert!(vocabulary.around("模").is_empty());
        vocabulary.learn(["模型", "大", "model", "规模", "模型", "半导体", "体"].into_iter());
        vocabulary.learn(["模模糊糊", "规模"].into_iter());
        assert_eq!(vocabulary.around("模"), ["模型", "模模糊糊", "规模"]);
        assert_eq!(vocabulary.around("半导"), ["半导体"]);
        for none in ["半导体", "大", "del", "型\n规", "糊"] {
            assert_eq!(vocabulary.around(none).len(), usize::from(none == "糊"), "{none}");
        }
    }
}
