//! What becomes of each entry of a document: new, revised, unchanged, a repeat, or rejected with a reason.
//!
//! In: the parsed document, the identity of each entry, what was seen before, the time. Out: what to write, as data. The order of
//! the document is kept, nothing depends on anything but the arguments.

use std::collections::HashSet;
use std::time::Duration;

use crate::model::poll::{Burst, VerdictCounts};
use crate::model::{Article, ArticleId, Entry, EntryKey, Feed, Instant, Original, Reject, Sighting, Source, Verdict};

/// After this many revisions a changed text is no longer taken: some publishers write the current time into every entry, and readers
/// should not see the same article change all day (lemon24/reader stops after 24 likewise).
pub const REVISIONS_MAX: u32 = 24;

/// An unchanged entry's sighting is written again only when its last one is older than this: a poll that found nothing writes little.
pub const SIGHTING_REFRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest part of a rejected entry's name that is kept, in characters.
const WHAT_CHARS_MAX: usize = 200;

/// What to write, and what was decided about each entry.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// New and revised articles, in document order.
    pub articles: Vec<Article>,
    /// What they were made of, in the same order.
    pub originals: Vec<Original>,
    /// Sightings that changed.
    pub sightings: Vec<Sighting>,
    /// Entries not taken, with the reason; what the parser rejected comes first.
    pub rejects: Vec<Reject>,
    /// One for each entry, in document order.
    pub verdicts: Vec<Verdict>,
    /// The same, counted.
    pub counts: VerdictCounts,
    /// How many entries had been seen before this poll.
    pub known: u32,
    /// What was held back ([`super::burst`]).
    pub burst: Option<Burst>,
}

/// Decides about every entry of `feed`.
///
/// `keys` and `seen` stand in the order of the entries. `make` turns an entry into an article as if it had been seen first at the
/// time it is given, so that an undated entry keeps the date of its first sight for ever.
pub fn decide(
    source: &Source,
    feed: &Feed,
    keys: &[EntryKey],
    seen: &[Option<Sighting>],
    now: Instant,
    make: impl Fn(&Entry, &EntryKey, Instant) -> Result<Article, Reject>,
) -> Decision {
    let unseen = seen.iter().filter(|sighting| sighting.is_none()).count();
    let mut out = Decision {
        articles: Vec::with_capacity(unseen),
        originals: Vec::with_capacity(unseen),
        sightings: Vec::with_capacity(unseen),
        rejects: feed.rejects.clone(),
        verdicts: Vec::with_capacity(feed.entries.len()),
        ..Decision::default()
    };
    out.counts.rejected = count(feed.rejects.len());
    let mut in_this_document = HashSet::new();
    for ((entry, key), sighting) in feed.entries.iter().zip(keys).zip(seen) {
        let id = ArticleId::of(&source.name, key);
        let verdict = if in_this_document.insert(id) {
            out.known += u32::from(sighting.is_some());
            let verdict = one(source, entry, key, sighting.as_ref(), now, &make, &mut out);
            if matches!(verdict, Verdict::New | Verdict::Revised) {
                out.originals.push(original(id, entry, feed));
            }
            verdict
        } else {
            Verdict::Duplicate(id)
        };
        match &verdict {
            Verdict::New => out.counts.new += 1,
            Verdict::Revised => out.counts.revised += 1,
            Verdict::Unchanged => out.counts.unchanged += 1,
            Verdict::Duplicate(_) => out.counts.duplicate += 1,
            Verdict::Rejected(_) => out.counts.rejected += 1,
        }
        out.verdicts.push(verdict);
    }
    out
}

fn one(
    source: &Source,
    entry: &Entry,
    key: &EntryKey,
    sighting: Option<&Sighting>,
    now: Instant,
    make: &impl Fn(&Entry, &EntryKey, Instant) -> Result<Article, Reject>,
    out: &mut Decision,
) -> Verdict {
    if let Some(why) = left_out(source, entry) {
        return reject(out, Reject { what: name_of(entry, key), why });
    }
    // The clock may have been set back since: an entry was never first seen in the future.
    let first_seen = sighting.map_or(now, |sighting| sighting.first_seen.min(now));
    let mut article = match make(entry, key, first_seen) {
        Ok(article) => article,
        Err(rejected) => return reject(out, rejected),
    };
    let Some(before) = sighting else {
        out.sightings.push(sighting_of(&article, now, 0));
        out.articles.push(article);
        return Verdict::New;
    };
    // An article stays where it stood, whatever date the publisher gives it later.
    article.published = before.published;
    if before.fingerprint == article.fingerprint || before.revision >= REVISIONS_MAX {
        let age = now.signed_duration_since(before.last_seen).to_std().unwrap_or_default();
        if age >= SIGHTING_REFRESH {
            out.sightings.push(Sighting { last_seen: now, ..before.clone() });
        }
        return Verdict::Unchanged;
    }
    article.revision = before.revision + 1;
    article.updated = entry.updated.filter(|updated| *updated <= now && *updated > article.published).unwrap_or(now).max(article.published);
    out.sightings.push(sighting_of(&article, now, article.revision));
    out.articles.push(article);
    Verdict::Revised
}

fn original(id: ArticleId, entry: &Entry, feed: &Feed) -> Original {
    Original { id, entry: entry.clone(), feed_title: feed.title.clone(), feed_link: feed.link.clone(), page: None }
}

/// The filters of feeds.toml, in words.
fn left_out(source: &Source, entry: &Entry) -> Option<String> {
    let title = entry.title.as_deref().unwrap_or_default();
    if let Some(include) = &source.include
        && !include.is_match(title)
    {
        return Some(format!("left out: its title does not match include = \"{include}\""));
    }
    if let Some(exclude) = &source.exclude
        && exclude.is_match(title)
    {
        return Some(format!("left out: its title matches exclude = \"{exclude}\""));
    }
    None
}

fn name_of(entry: &Entry, key: &EntryKey) -> String {
    let name = entry.title.as_deref().or(entry.link.as_deref()).unwrap_or(key.value());
    name.chars().take(WHAT_CHARS_MAX).collect()
}

fn reject(out: &mut Decision, rejected: Reject) -> Verdict {
    let why = rejected.why.clone();
    out.rejects.push(rejected);
    Verdict::Rejected(why)
}

fn sighting_of(article: &Article, now: Instant, revision: u32) -> Sighting {
    Sighting {
        id: article.id,
        first_seen: article.first_seen,
        last_seen: now,
        fingerprint: article.fingerprint,
        published: article.published,
        revision,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
