//! On which page a story stands: where the first of its copies arrived that the view shows, and that is still there.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::Line;
use crate::model::{Article, ArticleId, Instant, Story, View};
use crate::publish::merge::Merged;
use crate::store::{Store, StoreError};
use crate::web::select::{self, Scope};

/// Articles that are read, before a page begins, to find earlier copies of stories whose first copy the view does not show.
const LOOK_BACK_ARTICLES_MAX: usize = 2_000;

/// Whether an article is the first of its story.
pub(super) fn is_first(article: &Article) -> bool {
    article.story.as_ref().is_none_or(|story| story.id == article.id)
}

/// Those of `articles`, which arrived from the number `start` on, that no earlier page tells.
pub(super) fn here(
    store: &dyn Store,
    scope: &Scope<'_>,
    view: &View,
    line: Line<'_>,
    start: u64,
    articles: Vec<Article>,
) -> Result<Vec<Article>, StoreError> {
    if matches!(view, View::Source(_)) {
        return Ok(articles);
    }
    let ids: HashSet<ArticleId> = articles.iter().map(|article| article.id).collect();
    let mut firsts: HashMap<ArticleId, Option<Article>> = HashMap::new();
    for story in articles.iter().filter_map(|article| article.story.as_ref()).filter(|story| !ids.contains(&story.id)) {
        if let Entry::Vacant(place) = firsts.entry(story.id) {
            place.insert(store.article(story.id)?.filter(|first| scope.shows(view, first)));
        }
    }
    let unseen = |id: &ArticleId| firsts.get(id).is_some_and(Option::is_none);
    let doubtful = articles.iter().filter_map(|article| article.story.as_ref()).filter(|story| unseen(&story.id));
    let oldest = doubtful.clone().map(|story| story.published).min();
    let doubtful: HashSet<ArticleId> = doubtful.map(|story| story.id).collect();
    let told = match oldest {
        Some(oldest) => earlier(store, scope, view, line, start, &doubtful, oldest)?,
        None => HashSet::new(),
    };
    let apart = |a: &Article, b: &Article| scope.config.keep_apart.iter().any(|rule| rule.parts(a, b));
    let kept = articles.into_iter().filter_map(|mut article| {
        let Some(id) = article.story.as_ref().map(|story| story.id).filter(|id| !ids.contains(id)) else { return Some(article) };
        match firsts.get(&id) {
            // It stands by itself wherever it is shown.
            Some(Some(first)) if apart(first, &article) => {
                article.story = article.story.take().map(|story| Story { id: article.id, published: article.published, ..story });
                Some(article)
            }
            Some(Some(_)) => None,
            _ => (!told.contains(&id)).then_some(article),
        }
    });
    Ok(kept.collect())
}

/// Which of these stories an article of the view tells that arrived before the number `start` and not before the time `oldest`.
fn earlier(
    store: &dyn Store,
    scope: &Scope<'_>,
    view: &View,
    line: Line<'_>,
    start: u64,
    stories: &HashSet<ArticleId>,
    oldest: Instant,
) -> Result<HashSet<ArticleId>, StoreError> {
    let (mut told, mut end, mut read) = (HashSet::new(), start, 0);
    while end > 0 && read < LOOK_BACK_ARTICLES_MAX {
        let arrived = store.arrived(line.source, line.start(end)..end)?;
        end = line.start(end);
        read += arrived.len();
        let of_stories = arrived.iter().filter(|(_, article)| scope.shows(view, article)).filter_map(|(_, article)| article.story.as_ref());
        told.extend(of_stories.map(|story| story.id).filter(|id| stories.contains(id)));
        if arrived.first().is_none_or(|(_, article)| article.first_seen < oldest) {
            break;
        }
    }
    Ok(told)
}

/// These articles as entries, newest first.
pub(super) fn entries<'a>(scope: &Scope<'_>, view: &View, articles: &'a [Article]) -> Vec<Merged<'a>> {
    match view {
        // A source's share in a named view is a matter of the live feed.
        View::Named(_) => select::merged(scope, articles),
        _ => select::stories(scope, view, articles),
    }
}
