//! The filter of a `[[view]]`: which articles its feed holds.
//!
//! ```text
//! category = "tech" and text ~ "大模型|LLM"
//! (source in ("36kr", sspai) or tags = ai) and not title ~ "(?i)广告|sponsored" and age < 3 days
//! has enclosure and length > 500 and date >= 2024-02
//! ```
//!
//! | fields | operators | values |
//! | --- | --- | --- |
//! | `title` `text` `summary` `link` `source` `category` `language` | `=` `!=` `~` `!~` `in` `not in` | text in quotes, or one word without |
//! | `tags` `keywords` `author` (any of them) | the same | the same |
//! | `length` (characters of the text) `revision` | `=` `!=` `<` `<=` `>` `>=` | a whole number |
//! | `date` `updated` `seen` | the same | `2024`, `2024-02`, `2024-02-01`, `2024-02-01T08:00:00+08:00`; days are those of UTC |
//! | `age` (since `date`) | the same | `3 days`, `12h` |
//! | `has` | | `enclosure` `image` `link` `author` `summary` `category` `tags` `keywords` |
//!
//! `~` is a regular expression found anywhere; `=` is the whole text. `text` is the title and the body. `and` binds closer than `or`;
//! `all` is every article. A checked filter is pure and bounded: its size, depth and expressions have limits, and it reads no clock.

mod condition;
mod fields;
mod lex;
mod parse;
mod subject;

use std::ops::Range;
use std::sync::Arc;

pub use fields::date_span;
pub use subject::{FilterSubject, plain_text};

use super::Instant;

/// Longest filter, in bytes.
pub const FILTER_BYTES_MAX: usize = 8 * 1024;

/// The condition of a `[[view]]`, checked when the configuration is read.
#[derive(Clone, Debug)]
pub struct Filter {
    text: String,
    condition: Arc<condition::Condition>,
}

/// Why a text is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// What is wrong, and what to write instead.
    pub message: String,
    /// The bytes of the text that it is about.
    pub at: Range<usize>,
}

impl Filter {
    /// Reads and checks a filter.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.len() > FILTER_BYTES_MAX {
            let message = format!("the filter has {} bytes, and {FILTER_BYTES_MAX} is the most", text.len());
            return Err(FilterError { message, at: 0..text.len() });
        }
        let tokens = lex::tokens(text)?;
        let condition = parse::parse(&tokens, text)?;
        Ok(Self { text: text.to_owned(), condition: Arc::new(condition) })
    }

    /// The filter as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the article passes, at the time `now` (which only `age` asks for).
    #[must_use]
    pub fn matches(&self, subject: &FilterSubject<'_>, now: Instant) -> bool {
        self.condition.holds(subject, now)
    }

    /// Whether the answer for the same article can change with time: a feed of such a view must be made again now and then.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        self.condition.depends_on_time()
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

#[cfg(test)]
mod tests;
