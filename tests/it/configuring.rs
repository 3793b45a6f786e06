//! feeds.toml: problems with places, edits, taking up changes.
