//! The whole texts of one poll of a source: first those of its new and revised articles, then those that earlier polls left over.
//!
//! In: the articles that were decided about, and the pages that are due. Out: the same articles with their texts, stored ones with theirs,
//! what is due from now on, and the originals with the texts of their pages. Bounds: those of [`Turn`], and [`DUE_MAX`].

use std::collections::HashSet;
use std::sync::Arc;

use super::fulltext::{DUE_MAX, Filled, Pages, Reader, Turn};
use super::parsers::blocking;
use super::worker::Tools;
use crate::model::{Article, ArticleId, Instant, Original, PageDue, Source};
use crate::pipeline::normalize;
use crate::store::StoreError;

/// Fills `decided` where `source` asks for whole texts. Returns the stored articles that have theirs only now, and what is due from now on.
///
/// # Errors
/// Those of the store.
pub async fn complete(
    tools: &Arc<Tools>,
    source: &Source,
    decided: &mut [Article],
    originals: &mut Vec<Original>,
    due: Vec<PageDue>,
    pages: &mut Pages,
    now: Instant,
) -> Result<(Vec<Article>, Vec<PageDue>), StoreError> {
    if !source.full_text || (decided.is_empty() && due.is_empty()) {
        return Ok((Vec::new(), Vec::new()));
    }
    let reader = Reader::of(tools);
    let mut turn = Turn::new(&reader, source, pages);
    let mut left = Vec::new();
    for article in decided.iter_mut() {
        let filled = turn.fill(article).await;
        left.extend(later(filled));
        if filled != Filled::Done && article.revision > 0 {
            // Readers keep the whole text that they had, until the page can be had again.
            if let Some(earlier) = stored(tools, article.id).await?
                && normalize::keep_text(article, &earlier)
                && let Some(page) = original(tools, article.id).await?.and_then(|earlier| earlier.page)
                && let Some(new) = originals.iter_mut().find(|original| original.id == article.id)
            {
                new.page = Some(page);
            }
        }
    }
    let decided: HashSet<ArticleId> = decided.iter().map(|article| article.id).collect();
    let mut completed = Vec::new();
    for due in due.into_iter().filter(|due| !decided.contains(&due.id)) {
        if turn.is_over() {
            left.push(due);
            continue;
        }
        // An article that has expired meanwhile needs no page.
        let Some(before) = stored(tools, due.id).await? else { continue };
        let mut article = before.clone();
        left.extend(later(turn.fill_due(&mut article, due).await));
        if article.body != before.body {
            article.updated = now.max(article.published);
            completed.push(article);
        }
    }
    for (id, page) in turn.texts() {
        match originals.iter_mut().find(|original| original.id == id) {
            Some(original) => original.page = Some(page),
            None => originals.extend(original(tools, id).await?.map(|original| Original { page: Some(page), ..original })),
        }
    }
    if !left.is_empty() || !completed.is_empty() {
        let (source, beyond) = (source.name.as_str(), left.len().saturating_sub(DUE_MAX));
        tracing::info!(source, completed = completed.len(), left = left.len(), beyond, "pages that are left for later polls");
    }
    // What was never asked for comes before what failed, so that some pages that cannot be had do not keep the others from their turn.
    left.sort_by_key(|due| due.tries);
    left.truncate(DUE_MAX);
    Ok((completed, left))
}

fn later(filled: Filled) -> Option<PageDue> {
    match filled {
        Filled::Later(due) => Some(due),
        Filled::Done | Filled::Without => None,
    }
}

async fn original(tools: &Arc<Tools>, id: ArticleId) -> Result<Option<Original>, StoreError> {
    let store = Arc::clone(&tools.store);
    blocking(tools, move || store.original(id)).await
}

async fn stored(tools: &Arc<Tools>, id: ArticleId) -> Result<Option<Article>, StoreError> {
    let store = Arc::clone(&tools.store);
    blocking(tools, move || store.article(id)).await
}
