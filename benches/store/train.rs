//! Trains the dictionary of the rows: `cargo bench --bench store -- --train FILE`. Done once for a row version; never for one that is in use.

use std::collections::HashSet;

use feedmill::model::{Article, ArticleId, Entry, EntryKey, Feed, Fingerprint, SourceName};
use feedmill::pipeline::identify;
use feedmill::pipeline::sanitize::{SanitizeOptions, sanitize};
use feedmill::store::rows::article::encode;

use crate::texts::feeds;

/// Nearly all of what a larger one saves, and quick to load.
const DICTIONARY_BYTES: usize = 16 * 1024;
/// So that no publisher with a long feed has most of it.
const ENTRIES_OF_A_FEED_MAX: usize = 20;

/// The row that an entry becomes, near enough.
fn row(source: &SourceName, key: EntryKey, entry: &Entry, feed: &Feed) -> Option<Vec<u8>> {
    let fullest = entry.bodies.iter().max_by_key(|body| body.text.len())?;
    let published = entry.published.unwrap_or_default();
    let article = Article {
        id: ArticleId::of(source, &key),
        source: source.clone(),
        key,
        title: entry.title.clone()?,
        link: entry.link.clone(),
        date_text: entry.date_text.clone().unwrap_or_default(),
        published,
        updated: entry.updated.unwrap_or(published),
        first_seen: published,
        body: sanitize(&fullest.text, &SanitizeOptions::default()),
        cover: entry.image.clone(),
        image: None,
        summary: fullest.text.chars().take(150).collect(),
        keywords: Vec::new(),
        authors: entry.authors.clone(),
        categories: entry.categories.clone(),
        enclosures: entry.enclosures.clone(),
        language: entry.language.clone(),
        feed_title: feed.title.clone(),
        feed_link: feed.link.clone(),
        fingerprint: Fingerprint::of(&[&fullest.text]),
        revision: 0,
        canonical: None,
        story: None,
    };
    encode(&article).ok()
}

/// The rows of the first entries of every feed.
fn rows() -> Vec<Vec<u8>> {
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for (number, feed) in feeds().into_iter().enumerate() {
        let Ok(source) = SourceName::new(&format!("source {number}")) else { continue };
        let made = feed.entries.iter().zip(identify::keys(&feed)).take(ENTRIES_OF_A_FEED_MAX);
        let texts = made.filter_map(|(entry, key)| row(&source, key, entry, &feed));
        // The same entry stands in several documents of the corpus.
        rows.extend(texts.filter(|text| seen.insert(text.clone())));
    }
    rows
}

/// Writes the dictionary to `path`, and says what it saves on the rows that it was not trained on.
pub fn train(path: &str) -> Result<(), crate::Failure> {
    let rows = rows();
    let (learn, test): (Vec<_>, Vec<_>) = rows.iter().cloned().enumerate().partition(|(number, _)| (number / 20) % 2 == 0);
    let strip = |rows: Vec<(usize, Vec<u8>)>| rows.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    let (learn, test) = (strip(learn), strip(test));
    let half = zstd::dict::from_samples(&learn, DICTIONARY_BYTES)?;
    for (name, dictionary) in [("without", &[][..]), ("with", &half)] {
        let mut packer = zstd::bulk::Compressor::with_dictionary(3, dictionary)?;
        let (mut plain, mut packed) = (0, 0);
        for text in &test {
            plain += text.len();
            packed += packer.compress(text)?.len();
        }
        crate::say(&format!("{} unseen rows, {name} a dictionary", test.len()), format!("{:.3}", packed as f64 / plain as f64));
    }
    std::fs::write(path, zstd::dict::from_samples(&rows, DICTIONARY_BYTES)?)?;
    Ok(())
}
