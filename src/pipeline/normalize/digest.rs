//! Keywords and summary for the block of the article format. They are made after it is decided what an article is: making them takes longer
//! than all the rest, and most entries of most polls are unchanged.

use crate::model::{Article, Source, SummaryMode};
use crate::pipeline::sanitize::{SanitizeOptions, sanitize_body};
use crate::pipeline::summarize::{Digest, Summarizer, has_block};

/// The text that a digest of this article is made of, where its source asks for one and the publisher wrote none.
#[must_use]
pub fn text_to_digest(article: &Article, source: &Source) -> Option<String> {
    if source.summary == SummaryMode::Off {
        return None;
    }
    // What is sanitized stays as it is, so this is the text that the publisher's body had.
    let text = sanitize_body(article.body.as_str(), &SanitizeOptions::default()).text;
    (!has_block(&text)).then_some(text)
}

/// Gives an article the digest of its own words. Returns the text that it was made of, for a language model that may do better.
pub fn add_digest(article: &mut Article, source: &Source, summarizer: &Summarizer) -> Option<String> {
    let text = text_to_digest(article, source)?;
    put_digest(article, summarizer.digest(&article.title, &text));
    Some(text)
}

/// Puts a digest into an article. Keywords and summary come together or not at all.
pub fn put_digest(article: &mut Article, digest: Digest) {
    if !digest.keywords.is_empty() && !digest.summary.is_empty() {
        article.keywords = digest.keywords;
        article.summary = digest.summary;
    }
}
