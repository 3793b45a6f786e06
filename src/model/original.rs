//! What an article was made of.

use super::{ArticleId, Entry};

/// The publisher's entry as it was read, kept beside its article: `feedmill rebuild` makes the article of it again, after a change of
/// feeds.toml or of the program, without asking anybody. Untrusted, as the entry itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Original {
    /// The article that was made of it.
    pub id: ArticleId,
    /// The entry.
    pub entry: Entry,
    /// The title of the feed that it stood in.
    pub feed_title: Option<String>,
    /// The website of that feed, as the publisher wrote it.
    pub feed_link: Option<String>,
    /// The text of its page, where that was fetched and held more than the feed (`full_text = true`).
    pub page: Option<PageText>,
}

/// The article found in a page, not sanitized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// Its markup.
    pub html: String,
    /// What relative addresses in it are meant against.
    pub base: String,
}
