//! Pure: articles to RSS, Atom, JSON Feed, OPML and Markdown files. The same input gives the same bytes (law 8).
