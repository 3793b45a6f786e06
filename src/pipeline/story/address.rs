//! Copies known by their address or guid, and when an address proves nothing.

use crate::model::address::{canonical_link, is_front_page};
use crate::model::story::Rule;
use crate::model::{Article, EntryKey};

/// A link or guid that entries with more different titles share proves nothing.
pub const TITLES_OF_ONE_PAGE_MAX: usize = 4;

/// What an article shares with its copies: its canonical link, what its page calls its own address, and a guid that names one thing in the whole world.
pub fn marks(article: &Article) -> impl Iterator<Item = String> {
    let mut marks: Vec<String> = Vec::with_capacity(MARKS_MAX);
    let link = link_of(article);
    // Most guids are the link, which is not taken apart a second time.
    let is_link = matches!(&article.key, EntryKey::Guid(guid) if link.is_some() && article.link.as_ref() == Some(guid));
    let guid = if is_link { None } else { guid_of(article) };
    for mark in [link, canonical_of(article), guid].into_iter().flatten() {
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    marks.into_iter()
}

/// Marks of one article.
const MARKS_MAX: usize = 3;

/// The rule by which one mark makes two articles one, where they share one.
#[must_use]
pub fn shared_mark(a: &Article, b: &Article) -> Option<(Rule, String)> {
    let others: Vec<String> = marks(b).collect();
    let shared = marks(a).find(|mark| others.contains(mark))?;
    let is_address = |article: &Article| [link_of(article), canonical_of(article)].contains(&Some(shared.clone()));
    Some((if is_address(a) && is_address(b) { Rule::Address } else { Rule::Guid }, shared))
}

fn link_of(article: &Article) -> Option<String> {
    article.link.as_deref().map(canonical_link).filter(|link| link.starts_with("//") && !is_front_page(link))
}

fn canonical_of(article: &Article) -> Option<String> {
    article.canonical.as_deref().map(canonical_link).filter(|link| link.starts_with("//") && !is_front_page(link))
}

fn guid_of(article: &Article) -> Option<String> {
    match &article.key {
        EntryKey::Guid(guid) if is_global(guid) => Some(canonical_link(guid)).filter(|guid| !is_front_page(guid)),
        _ => None,
    }
}

/// Whether a guid names one thing in the whole world: `12345` and `post-7` are numbers of one site.
fn is_global(guid: &str) -> bool {
    let start = guid.get(..8.min(guid.len())).unwrap_or_default().to_ascii_lowercase();
    ["http://", "https://", "tag:", "urn:"].iter().any(|scheme| start.starts_with(scheme))
}
