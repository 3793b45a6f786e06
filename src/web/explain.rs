//! Why an article is here: how it was recognised, what it was merged with by which rule, in which feeds it stands. What `feedmill explain` prints,
//! and the page of an article has one click away.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::select::Scope;
use crate::config::Config;
use crate::model::story::Rule;
use crate::model::{Article, ArticleId, Instant, View};
use crate::publish::document;
use crate::publish::merge::{Choice, merge};
use crate::store::{Place, Store, StoreError, scan};

/// How far around the first of a story copies are looked for: so many hours, then more where that holds few articles, then the window of feeds.toml.
const AROUND_HOURS: [Option<i64>; 3] = [Some(2), Some(12), None];

/// The next time is about so many times as long, and holds as many times as many articles.
const NEXT_TIMES: usize = 6;

/// An article, and what the merged feed shows with it.
pub struct Explained {
    /// It.
    pub article: Article,
    /// The other copies of its story.
    pub copies: Vec<Article>,
    /// The id under which its story stands in the feeds, and the article that leads it.
    pub shown: Option<(ArticleId, ArticleId)>,
}

/// The article with the copies that the merged feed shows with it, the earliest seen first. They are looked for around the time of the first
/// of its story, where copies stand; where more than `articles_max` were published in that time, in a shorter one.
///
/// # Errors
/// Those of the store.
pub fn explained(store: &dyn Store, config: &Config, article: Article, articles_max: usize) -> Result<Explained, StoreError> {
    let mut near = near(store, config, &article, articles_max)?;
    near.entry(article.id).or_insert_with(|| article.clone());
    // What it was merged with may have been published at another time, where an address says so.
    for id in article.story.iter().flat_map(|story| [Some(story.id), story.merge.as_ref().map(|merge| merge.with)]).flatten() {
        if !near.contains_key(&id) {
            near.extend(store.article(id)?.map(|other| (id, other)));
        }
    }
    let near: Vec<Article> = near.into_values().collect();
    let priority = |article: &Article| config.sources.named(article.source.as_str()).map_or(0, |source| source.priority);
    let merged = merge(&near, &Choice { priority: &priority, apart: &config.keep_apart });
    let group = merged.iter().find(|group| group.lead.id == article.id || group.others.iter().any(|other| other.id == article.id));
    let copies = group.into_iter().flat_map(|group| std::iter::once(group.lead).chain(group.others.iter().copied()));
    let mut copies: Vec<Article> = copies.filter(|copy| copy.id != article.id).cloned().collect();
    copies.sort_by_key(|copy| (copy.first_seen, copy.published, copy.id));
    let shown = group.map(|group| (group.id, group.lead.id));
    Ok(Explained { article, copies, shown })
}

/// The articles near the first one of the story that may be copies of it: those of the same story, and those of which none is known.
fn near(store: &dyn Store, config: &Config, article: &Article, articles_max: usize) -> Result<BTreeMap<ArticleId, Article>, StoreError> {
    let window = TimeDelta::from_std(config.stories.window).unwrap_or(TimeDelta::MAX);
    let first = article.story.as_ref().map_or(article.published, |story| story.published);
    let may_be_copy = |other: &Article| match (&article.story, &other.story) {
        (Some(own), Some(its)) => own.id == its.id,
        _ => true,
    };
    let mut found = BTreeMap::new();
    for (number, hours) in AROUND_HOURS.into_iter().enumerate() {
        let time = hours.map_or(window, TimeDelta::hours).min(window);
        let newest = first.checked_add_signed(time).unwrap_or(Instant::MAX_UTC);
        let oldest = first.checked_sub_signed(time).unwrap_or_default();
        let from = Place { published: newest, id: ArticleId([0xff; 16]) };
        let (mut these, mut read) = (BTreeMap::new(), 0);
        let whole = scan(store, None, Some(from), articles_max, |other| {
            let inside = other.published >= oldest;
            read += usize::from(inside);
            if inside && may_be_copy(&other) {
                these.insert(other.id, other);
            }
            inside
        })?;
        // The newest of a time that holds too many may all lie behind the copies: then what the shorter time gave is better.
        if whole || number == 0 {
            found = these;
        }
        if !whole || read * NEXT_TIMES > articles_max || time == window {
            break;
        }
    }
    Ok(found)
}

/// Why two articles are one story.
#[must_use]
pub fn why(article: &Article, copy: &Article) -> String {
    let merge_of = |one: &Article, with: &Article| one.story.as_ref()?.merge.clone().filter(|merge| merge.with == with.id);
    match merge_of(article, copy).or_else(|| merge_of(copy, article)) {
        Some(merge) if matches!(merge.rule, Rule::Address | Rule::Guid) => merge.rule.says().to_owned(),
        Some(merge) => format!("{} ({} %)", merge.rule.says(), merge.score_percent),
        None if article.story.is_some() => "both are copies of another one".to_owned(),
        None => "same address or guid".to_owned(),
    }
}

/// The feeds that the article can stand in, newest ones first cut by their limits.
#[must_use]
pub fn feeds(config: &Config, now: Instant, article: &Article) -> Vec<String> {
    let scope = Scope::new(config, now);
    let category = scope.source_of(article).and_then(|source| source.category.clone());
    let views = [Some(View::Merged), Some(View::Source(article.source.clone())), category.map(View::Category)];
    let named = config.views.iter().map(|view| View::Named(view.name.to_string()));
    let shown = views.into_iter().flatten().chain(named).filter(|view| scope.knows(view) && scope.shows(view, article));
    shown.map(|view| format!("{}/feed.xml", document::path(&view))).collect()
}
