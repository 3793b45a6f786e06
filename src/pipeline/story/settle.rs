//! To which story a new article belongs, among those that may be copies of it.
//!
//! In: the article, the articles that share keys with it, what feeds.toml says. Out: its [`Story`], decided once.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::address::{TITLES_OF_ONE_PAGE_MAX, shared_mark};
use super::profile::Profile;
use super::verdict::{Likeness, Verdict, verdict};
use crate::model::story::{KeepApart, Merge, Rule};
use crate::model::{Article, Story};

/// What feeds.toml says of stories.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether texts are compared at all; addresses and guids are always.
    pub similar: bool,
    /// Texts published further apart are not compared.
    pub window: Duration,
    /// What is never merged.
    pub keep_apart: Vec<KeepApart>,
}

/// Two texts with so many words each under one address …
const WORDS_OF_OWN_TEXT_MIN: usize = 60;

/// … and less than this part in common, are two: a comment links to what it comments on.
const OWN_TEXT_CONTAINED_MAX: f32 = 0.2;

/// Titles of a series under one address are two, unless their texts have this part in common: then the page was updated.
const SERIES_CONTAINED_MIN: f32 = 0.5;

/// The story of `article`. `others` are articles that may be copies; where one is put to a story of which another article is the first, that
/// first one is among them too, if it is still there. `siblings` came together with it and are not decided yet: they only show what an
/// address is worth.
#[must_use]
pub fn settle(article: &Article, profile: &Profile, others: &[Article], siblings: &[&Article], settings: &Settings) -> Story {
    let found = by_address(article, profile, others, siblings, settings).or_else(|| by_text(article, profile, others, settings));
    match found {
        Some((other, merge)) => Story {
            id: other.story.as_ref().map_or(other.id, |story| story.id),
            published: other.story.as_ref().map_or(other.published, |story| story.published),
            merge: Some(merge),
            kept_apart: false,
        },
        None => alone(article),
    }
}

/// The story of an article that stands by itself.
#[must_use]
pub fn alone(article: &Article) -> Story {
    Story { id: article.id, published: article.published, merge: None, kept_apart: false }
}

fn may_be_one(a: &Article, b: &Article, settings: &Settings) -> bool {
    a.id != b.id && !b.story.as_ref().is_some_and(|story| story.kept_apart) && !settings.keep_apart.iter().any(|rule| rule.parts(a, b))
}

/// A link that one source uses under two titles, or that many titles share, proves nothing.
fn by_address<'a>(
    article: &Article,
    profile: &Profile,
    others: &'a [Article],
    siblings: &[&Article],
    settings: &Settings,
) -> Option<(&'a Article, Merge)> {
    let sharing: Vec<(&Article, Rule)> =
        others.iter().filter_map(|other| shared_mark(article, other).map(|(rule, _)| (other, rule))).collect();
    let mut title_of_source: HashMap<&str, &str> = HashMap::new();
    let mut titles = BTreeSet::new();
    for one in sharing.iter().map(|(other, _)| *other).chain(siblings.iter().copied()).chain([article]) {
        let title = one.title.trim();
        if title_of_source.insert(one.source.as_str(), title).is_some_and(|before| before != title) {
            return None;
        }
        titles.insert(title);
    }
    if titles.len() > TITLES_OF_ONE_PAGE_MAX {
        return None;
    }
    // The copy seen first, so that the order of others changes nothing.
    let (other, rule) = sharing
        .into_iter()
        .filter(|(other, _)| may_be_one(article, other, settings))
        .min_by_key(|(other, _)| (other.first_seen, other.id))?;
    let theirs = Profile::of(other);
    let like = Likeness::of(profile, &theirs);
    let texts_of_their_own =
        like.words >= WORDS_OF_OWN_TEXT_MIN && like.contained < OWN_TEXT_CONTAINED_MAX && !profile.has_title_of(&theirs);
    // Releases that are told on one page.
    let series = profile.is_series_with(&theirs) && like.contained < SERIES_CONTAINED_MIN;
    (!texts_of_their_own && !series).then_some((other, Merge { with: other.id, rule, score_percent: 100 }))
}

/// Texts of one source are never compared: who publishes two entries means two.
fn by_text<'a>(article: &Article, profile: &Profile, others: &'a [Article], settings: &Settings) -> Option<(&'a Article, Merge)> {
    if !settings.similar {
        return None;
    }
    let window = chrono::TimeDelta::from_std(settings.window).unwrap_or(chrono::TimeDelta::MAX);
    let is_near = |other: &Article| (article.published - other.published).abs() <= window;
    let first_is_of_this_source = |other: &Article| {
        let first = other.story.as_ref().and_then(|story| others.iter().find(|first| first.id == story.id));
        first.is_some_and(|first| first.source == article.source)
    };
    let comparable = others.iter().filter(|other| other.source != article.source && is_near(other) && may_be_one(article, other, settings));
    let same = comparable.filter(|other| !first_is_of_this_source(other)).filter_map(|other| match verdict(profile, &Profile::of(other)) {
        Verdict::Same { rule, score_percent } => Some((other, Merge { with: other.id, rule, score_percent })),
        Verdict::Different { .. } => None,
    });
    same.max_by_key(|(other, merge)| (merge.score_percent, std::cmp::Reverse((other.first_seen, other.id))))
}

#[cfg(test)]
mod tests;
