//! Keywords and summaries out of an article's own words.

pub mod sentences;
