//! A Story: articles of several sources that tell the same thing.

use regex::Regex;

use super::{Article, ArticleId, Instant, SourceName};

/// To which story an article belongs. Decided once, when it arrives, and kept with it: what readers have seen does not fall apart later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The id of the story's entry in the output: that of the copy seen first. It never changes.
    pub id: ArticleId,
    /// When the copy seen first was published: the story's place in the output, which stays too.
    pub published: Instant,
    /// What it was merged with, and why. None: it is the first of its story, or stands by itself.
    pub merge: Option<Merge>,
    /// A person has taken it out of its story (`feedmill unmerge`): it is merged with nothing any more.
    pub kept_apart: bool,
}

/// Why an article was put to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The article that it was found to be a copy of.
    pub with: ArticleId,
    /// The rule that said so.
    pub rule: Rule,
    /// How much of the shorter text the longer one has, in percent; 100 where no text was compared.
    pub score_percent: u8,
}

/// The rules by which articles are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The same address, but for what does not belong to it.
    Address,
    /// The same guid, one that is meant for the whole world.
    Guid,
    /// The same text under the same title.
    Copy,
    /// The beginning of the other's text, or a part of it, under the same title.
    Excerpt,
    /// The same text, edited, or under another title.
    Edited,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Address, Self::Guid, Self::Copy, Self::Excerpt, Self::Edited];

    /// The word that is stored and shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Guid => "guid",
            Self::Copy => "copy",
            Self::Excerpt => "excerpt",
            Self::Edited => "edited",
        }
    }

    /// The rule of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.word() == word)
    }

    /// What the rule says, for people.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Address => "same address",
            Self::Guid => "same guid",
            Self::Copy => "same title and text",
            Self::Excerpt => "same title, and the text of one stands in the other",
            Self::Edited => "the same text, edited",
        }
    }
}

/// Articles that are never merged: a `[[keep_apart]]` of feeds.toml.
#[derive(Clone, Debug)]
pub struct KeepApart {
    /// Of these sources: two or more of them among each other, a single one with all others. None: of any.
    pub sources: Vec<SourceName>,
    /// One of the two has a title that matches.
    pub title: Option<Regex>,
}

impl KeepApart {
    /// Whether this keeps two articles apart.
    #[must_use]
    pub fn parts(&self, a: &Article, b: &Article) -> bool {
        let is_named = |article: &Article| self.sources.contains(&article.source);
        let sources = match self.sources.len() {
            0 => true,
            1 => is_named(a) || is_named(b),
            _ => is_named(a) && is_named(b),
        };
        sources && self.title.as_ref().is_none_or(|title| title.is_match(&a.title) || title.is_match(&b.title))
    }
}

impl PartialEq for KeepApart {
    fn eq(&self, other: &Self) -> bool {
        let text = |rule: &Self| rule.title.as_ref().map(|title| title.as_str().to_owned());
        self.sources == other.sources && text(self) == text(other)
    }
}
