//! Why an article is here: how it was recognised, what it was merged with by which rule, in which feeds it stands. What `feedmill explain` prints,
//! and the page of an article has one click away.

use chrono::Duration;

use super::select::Scope;
use crate::config::Config;
use crate::model::story::Rule;
use crate::model::{Article, ArticleId, Instant, View};
use crate::publish::document;
use crate::publish::merge::{Choice, merge};
use crate::store::{Place, Store, StoreError};

/// Articles read at once.
const PAGE_ARTICLES: usize = 200;

/// An article, and what the merged feed shows with it.
pub struct Explained {
    /// It.
    pub article: Article,
    /// The other copies of its story.
    pub copies: Vec<Article>,
    /// The id under which its story stands in the feeds, and the article that leads it.
    pub shown: Option<(ArticleId, ArticleId)>,
}

/// Hands articles to `each`, newest first, until it has enough.
///
/// # Errors
/// Those of the store.
pub fn scan(store: &dyn Store, from: Option<Place>, articles_max: usize, mut each: impl FnMut(Article) -> bool) -> Result<(), StoreError> {
    let (mut before, mut seen) = (from, 0);
    while seen < articles_max {
        let page = store.newest(None, before, PAGE_ARTICLES.min(articles_max))?;
        let Some(last) = page.last() else { break };
        before = Some(Place { published: last.published, id: last.id });
        seen += page.len();
        for article in page {
            if !each(article) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The article with the copies that the merged feed shows with it; they are looked for among `articles_max` near it.
///
/// # Errors
/// Those of the store.
pub fn explained(store: &dyn Store, config: &Config, article: Article, articles_max: usize) -> Result<Explained, StoreError> {
    let window = Duration::from_std(config.stories.window).unwrap_or(Duration::MAX);
    let (from, to) = (article.published + window, article.published - window);
    let mut near = Vec::new();
    scan(store, Some(Place { published: from, id: ArticleId([0xff; 16]) }), articles_max, |other| {
        let inside = other.published >= to;
        near.push(other);
        inside
    })?;
    if !near.iter().any(|other| other.id == article.id) {
        near.push(article.clone());
    }
    // What it was merged with may have been published at another time, where an address says so.
    for id in article.story.iter().flat_map(|story| [Some(story.id), story.merge.as_ref().map(|merge| merge.with)]).flatten() {
        if !near.iter().any(|other| other.id == id) {
            near.extend(store.article(id)?);
        }
    }
    let priority =
        |article: &Article| config.sources.iter().find(|source| source.name == article.source).map_or(0, |source| source.priority);
    let merged = merge(&near, &Choice { priority: &priority, apart: &config.keep_apart });
    let group = merged.iter().find(|group| group.lead.id == article.id || group.others.iter().any(|other| other.id == article.id));
    let copies = group.into_iter().flat_map(|group| std::iter::once(group.lead).chain(group.others.iter().copied()));
    let copies = copies.filter(|copy| copy.id != article.id).cloned().collect();
    let shown = group.map(|group| (group.id, group.lead.id));
    Ok(Explained { article, copies, shown })
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
