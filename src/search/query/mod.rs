//! What people write into the search box, read and checked.
//!
//! ```text
//! 大模型 openai                 both of them
//! "large language model"        the words next to each other, in this order
//! 大模型 OR LLM -广告            one of the two, and not 广告
//! source:36kr after:2024-02-01 title:(发布 OR launch)
//! ```
//!
//! | filter | value |
//! | --- | --- |
//! | `title:` `author:` | words or a phrase in the title, in the names of the authors |
//! | `source:` `category:` `tag:` `lang:` | a name; several with commas between are alternatives, and so are several filters of one kind |
//! | `after:` `before:` | `2024`, `2024-02`, `2024-02-01`, a moment of RFC 3339, or an age: `7d`. `after:` includes the day, `before:` does not |
//! | `sort:` | `date` or `relevance` |
//!
//! Blanks mean "and", `OR` (or `|`) binds looser, parentheses group, `-` and `NOT` take out. Chinese names of the filters (`来源:` …), full-width
//! colons and parentheses and “ ” 「 」 are understood. Reading is pure; size, depth and parts are bounded.

mod lex;
mod mistake;
mod parse;

use std::ops::Range;

use chrono::{FixedOffset, TimeDelta};

pub use mistake::{Mistake, QueryError};

use crate::model::Instant;

/// Longest query, in bytes.
pub const QUERY_BYTES_MAX: usize = 1_000;

/// Words, phrases and filters in a query.
pub const PARTS_MAX: usize = 40;

/// Parentheses inside of each other.
pub const DEPTH_MAX: usize = 8;

/// A query, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What must hold; nothing asks for all articles.
    pub(super) root: Node,
    /// The order that the query itself asks for.
    pub sort: Option<Sort>,
}

/// The order of what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The best first; of those that are as good, the newest.
    Relevance,
    /// The newest first.
    Date,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// All of these.
    All(Vec<Node>),
    /// One of these.
    Any(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
    /// Words.
    Words(Words),
    /// Of one of these.
    Is(Name, Vec<String>),
    /// Published then or later.
    After(Instant),
    /// Published before.
    Before(Instant),
}

/// Words that are looked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    pub(super) place: Place,
    pub(super) text: String,
    /// In quotes: next to each other.
    pub(super) phrase: bool,
}

/// Where words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    Title,
    Author,
}

/// What an article is compared by as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The name of its source.
    Source,
    /// The category of its source.
    Category,
    /// A tag of its source, a category or keyword of its own.
    Tag,
    /// Its language, or the first part of it.
    Language,
}

impl Query {
    /// Reads a query: `now` is for ages, `zone` for days.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(text: &str, now: Instant, zone: FixedOffset) -> Result<Self, QueryError> {
        parse::parse(text, now, zone)
    }

    /// All articles with these names, published in the second of `until` or before it.
    #[must_use]
    pub fn named<'a>(names: impl IntoIterator<Item = (Name, &'a str)>, until: Option<Instant>) -> Self {
        let names = names.into_iter().map(|(name, value)| Node::Is(name, vec![value.trim().to_lowercase()]));
        // The index knows seconds; where there is none after the last, all are before.
        let before = until.and_then(|until| until.checked_add_signed(TimeDelta::seconds(1))).map(Node::Before);
        Self { root: Node::All(names.chain(before).collect()), sort: Some(Sort::Date) }
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.root, Node::All(nodes) if nodes.is_empty())
    }

    /// Whether words are looked for, so that some articles are better than others.
    #[must_use]
    pub fn has_words(&self) -> bool {
        !self.words().is_empty()
    }

    /// The words that an article is found by.
    pub(super) fn words(&self) -> Vec<&Words> {
        let mut found = Vec::new();
        gather(&self.root, &mut |node| {
            if let Node::Words(words) = node {
                found.push(words);
            }
        });
        found
    }

    /// The names that are asked for: of sources, or of categories.
    fn names(&self, wanted: Name) -> Vec<&str> {
        let mut found = Vec::new();
        gather(&self.root, &mut |node| {
            if let Node::Is(name, values) = node
                && *name == wanted
            {
                found.extend(values.iter().map(String::as_str));
            }
        });
        found
    }

    /// The names of sources that it asks for, in small letters.
    #[must_use]
    pub fn sources(&self) -> Vec<&str> {
        self.names(Name::Source)
    }

    /// The names of categories that it asks for, in small letters.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        self.names(Name::Category)
    }
}

fn gather<'a>(node: &'a Node, each: &mut dyn FnMut(&'a Node)) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| gather(node, each)),
        Node::Not(_) => {}
        node => each(node),
    }
}

/// The range moved to where characters begin and end, for showing it.
#[must_use]
pub fn shown_range(text: &str, at: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(at.start.min(text.len()));
    start..text.ceil_char_boundary(at.end.clamp(start, text.len()))
}

#[cfg(test)]
mod tests;
