//! Keywords and summaries out of an article's own words, offline.
//!
//! | step | module |
//! | --- | --- |
//! | text to sentences | [`sentences`] |
//! | text to words, by script, each with a weight: how rare it is | `words`, `chinese`, `languages` |
//! | words to five keywords: frequency times rarity, neighbours that always stand together as one | `keywords` |
//! | sentences to a summary: those that hold most of what is rare and frequent, each thing once, in their order | `select` |
//!
//! What a language model is asked instead, and what it replies, is in [`reply`].

mod chinese;
mod keywords;
mod languages;
pub mod reply;
mod select;
pub mod sentences;
mod words;

use std::sync::Arc;

use super::dictionary::Dictionary;

/// Keywords of an article.
pub const KEYWORDS_MAX: usize = 5;

/// Longest summary in the seed's block, in characters.
pub const SUMMARY_CHARS_MAX: usize = 200;

/// Longest beginning of a text that is looked at, in bytes: what is important stands there, and the time has a bound.
pub const TEXT_BYTES_MAX: usize = 32 * 1024;

/// What a text is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// At most [`KEYWORDS_MAX`], the most telling first.
    pub keywords: Vec<String>,
    /// Sentences of the text, in their order, together at most [`SUMMARY_CHARS_MAX`] characters; empty where none is short enough.
    pub summary: String,
}

/// Makes digests. It holds the Chinese dictionary: make one and share it.
#[derive(Debug, Default)]
pub struct Summarizer {
    dictionary: Arc<Dictionary>,
}

impl Summarizer {
    /// One that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest of a plain text (one line a block). The same text gives the same digest.
    #[must_use]
    pub fn digest(&self, title: &str, text: &str) -> Digest {
        let text = &*select::without_boilerplate(&text[..text.floor_char_boundary(TEXT_BYTES_MAX)]);
        let language = languages::guess(text);
        let stop_words = languages::StopWords::of(language);
        let title_words = words::split(title, language, &stop_words, || self.dictionary.jieba());
        let text_words = words::split(text, language, &stop_words, || self.dictionary.jieba());
        let keywords = keywords::find(title, &title_words, text, &text_words, language);
        let summary = select::summary(text, &text_words, &title_words, SUMMARY_CHARS_MAX);
        Digest { keywords, summary }
    }

    /// The dictionary that it cuts Chinese with.
    #[must_use]
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }
}

/// Whether a publisher's text begins with keywords and a summary of its own, as the seed's does: then it gets no second one.
#[must_use]
pub fn has_block(text: &str) -> bool {
    /// How far into the text such a block begins, in characters.
    const BEGINNING_CHARS: usize = 600;
    let end = text.char_indices().nth(BEGINNING_CHARS).map_or(text.len(), |(at, _)| at);
    ["总结：", "总结:", "總結：", "總結:", "Summary:", "关键词：", "关键词:", "摘要：", "摘要:"].iter().any(|mark| {
        text[..end].match_indices(mark).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            before.is_none_or(|c| c.is_whitespace() || matches!(c, '。' | '！' | '？' | '.'))
        })
    })
}

#[cfg(test)]
mod tests;
