//! A View: one output feed.

use super::SourceName;

/// Which articles a feed is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum View {
    /// All sources, deduplicated: `/feed.xml`.
    Merged,
    /// The sources of a category: `/category/NAME/…`.
    Category(String),
    /// One source: `/source/NAME/…`.
    Source(SourceName),
    /// A `[[view]]` of feeds.toml, by its name: `/view/NAME/…`.
    Named(String),
    /// What is found by a query, newest first: `/search/…?q=QUERY`.
    Search(String),
    /// The daemon's own troubles: `/status/…`. No article stands in it.
    Status,
}
