//! The Chinese dictionary: one for all who cut Chinese into words.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use jieba_rs::Jieba;

/// jieba's dictionary, read when Chinese text comes (a sixth of a second, 30 MB) and given back when none comes any more: make one and
/// share it.
#[derive(Debug, Default)]
pub struct Dictionary {
    jieba: ArcSwapOption<Jieba>,
    /// Held by the one who reads it.
    reading: Mutex<()>,
    /// Somebody has needed it since [`Dictionary::rest`] last looked.
    is_needed: AtomicBool,
}

/// Characters of a word that may be made of others.
const LONG_CHARS_MIN: usize = 4;

/// How finely a text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Each character belongs to one word. A long word that others make is those: 人工 and 智能 for 人工智能.
    Words,
    /// The same, and the shorter words inside of others too: 大学 and 学生 in 大学生.
    Parts,
}

impl Dictionary {
    /// One that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it is in memory.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.jieba.load().is_some()
    }

    /// Gives its memory back where nobody has needed it since this was last called: the time between two calls is how long it is kept.
    pub fn rest(&self) {
        if !self.is_needed.swap(false, Ordering::Relaxed) {
            self.jieba.store(None);
        }
    }

    /// Cuts a run of Chinese characters into words of the dictionary; what is in no dictionary comes as single characters, wherever it
    /// stands, so that what is looked for is cut like what is found. Hands on each word with the number of the character it begins at.
    pub fn each_word(&self, run: &str, cut: Cut, mut each: impl FnMut(&str, usize)) {
        let jieba = self.jieba();
        for word in jieba.cut(run, false) {
            let count = word.end - word.start;
            if count < 3 {
                each(word.word, word.start);
                continue;
            }
            let mut ends: Vec<usize> = word.word.char_indices().map(|(at, _)| at).collect();
            ends.push(word.word.len());
            let part = |from: usize, to: usize| &word.word[ends[from]..ends[to]];
            let shorter = (0..count).flat_map(|from| [(from, from + 2), (from, from + 3)]);
            let is_part = |(from, to): &(usize, usize)| *to <= count && to - from < count && jieba.has_word(part(*from, *to));
            let parts: Vec<(usize, usize)> = shorter.filter(is_part).collect();
            let made_of = if count >= LONG_CHARS_MIN { cover(count, &parts) } else { None };
            match (cut, &made_of) {
                (Cut::Parts, made_of) => {
                    parts.iter().for_each(|(from, to)| each(part(*from, *to), word.start + from));
                    if made_of.is_none() {
                        each(word.word, word.start);
                    }
                }
                (Cut::Words, Some(made_of)) => made_of.iter().for_each(|(from, to)| each(part(*from, *to), word.start + from)),
                (Cut::Words, None) => each(word.word, word.start),
            }
        }
    }

    /// jieba with the dictionary. Whoever has it keeps it, whatever is given back meanwhile.
    pub(super) fn jieba(&self) -> Arc<Jieba> {
        self.is_needed.store(true, Ordering::Relaxed);
        self.jieba.load_full().unwrap_or_else(|| {
            let _one = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
            self.jieba.load_full().unwrap_or_else(|| {
                let jieba = Arc::new(Jieba::new());
                self.jieba.store(Some(Arc::clone(&jieba)));
                jieba
            })
        })
    }
}

/// Parts that stand one behind the other from the first to the last of so many characters, where there are such; the shorter ones first.
fn cover(count: usize, parts: &[(usize, usize)]) -> Option<Vec<(usize, usize)>> {
    // For each character the part that leads from it to the end.
    let mut onward: Vec<Option<(usize, usize)>> = vec![None; count + 1];
    for from in (0..count).rev() {
        let leads = |(start, to): &&(usize, usize)| *start == from && (*to == count || onward[*to].is_some());
        onward[from] = parts.iter().find(leads).copied();
    }
    let (mut at, mut found) = (0, Vec::new());
    while at < count {
        let part = onward[at]?;
        found.push(part);
        at = part.1;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_back_when_nobody_has_needed_it_for_a_while_and_read_again() {
        let dictionary = Dictionary::new();
        let count = || {
            let mut count = 0;
            dictionary.each_word("人工智能", Cut::Words, |_, _| count += 1);
            count
        };
        assert_eq!((count(), dictionary.is_read()), (2, true));
        dictionary.rest();
        assert!(dictionary.is_read(), "it was needed a moment ago");
        dictionary.rest();
        assert!(!dictionary.is_read());
        assert_eq!((count(), dictionary.is_read()), (2, true));
    }

    #[test]
    fn long_words_are_the_words_that_they_are_made_of() {
        assert_eq!(cover(6, &[(0, 2), (1, 3), (2, 4), (4, 6)]), Some(vec![(0, 2), (2, 4), (4, 6)]));
        assert_eq!(cover(5, &[(0, 2), (2, 4)]), None);
        let dictionary = Dictionary::new();
        let words = |text: &str, cut| {
            let mut found = Vec::new();
            dictionary.each_word(text, cut, |word, at| found.push((word.to_owned(), at)));
            found
        };
        let expected = |list: &[(&str, usize)]| list.iter().map(|(word, at)| ((*word).to_owned(), *at)).collect::<Vec<_>>();
        assert_eq!(words("中国人民银行", Cut::Words), expected(&[("中国", 0), ("人民", 2), ("银行", 4)]));
        assert_eq!(words("大学生", Cut::Words), expected(&[("大学生", 0)]));
        assert_eq!(words("大学生", Cut::Parts), expected(&[("大学", 0), ("学生", 1), ("大学生", 0)]));
    }
}
