//! The other copies of an article: those that the store holds of its story.
//!
//! An article says to which story it belongs, and with what it was merged; the story's first copy is known so. Those that came to it later are
//! looked for around the time of the first, where copies stand: bounded, and the same for the same store.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::config::Config;
use crate::model::{Article, ArticleId, Instant};
use crate::store::{Place, Store, StoreError};

/// Copies are looked for among articles published so long after the first one at most; where those are too many, for a shorter time.
const AFTER_MINUTES: [i64; 3] = [3 * 24 * 60, 12 * 60, 2 * 60];

/// … and so long before it: the copy that we saw first need not be the one that was published first.
const BEFORE_MINUTES: i64 = 12 * 60;

/// Articles that are read for each of these times.
const READ_ARTICLES_MAX: usize = 600;

/// Articles read at once.
const PAGE_ARTICLES: usize = 200;

/// The other copies, the earliest seen first.
///
/// # Errors
/// What the store says.
pub fn of(store: &dyn Store, config: &Config, article: &Article) -> Result<Vec<Article>, StoreError> {
    let Some(story) = &article.story else { return Ok(Vec::new()) };
    let mut found: BTreeMap<ArticleId, Article> = BTreeMap::new();
    let with = story.merge.as_ref().map(|merge| merge.with);
    for id in [Some(story.id), with].into_iter().flatten().filter(|id| *id != article.id) {
        found.extend(store.article(id)?.map(|other| (other.id, other)));
    }
    let minutes = |minutes: i64| TimeDelta::minutes(minutes);
    let oldest = story.published.checked_sub_signed(minutes(BEFORE_MINUTES)).unwrap_or_default();
    for after in AFTER_MINUTES {
        let newest = story.published.checked_add_signed(minutes(after)).unwrap_or(Instant::MAX_UTC);
        if read(store, newest, oldest, &mut |other| drop(found.insert(other.id, other)), story.id)? {
            break;
        }
    }
    let mut copies: Vec<Article> = found.into_values().collect();
    let is_copy = |other: &Article| {
        other.id != article.id
            && other.story.as_ref().is_some_and(|of| of.id == story.id)
            && !config.keep_apart.iter().any(|rule| rule.parts(article, other))
    };
    copies.retain(is_copy);
    copies.sort_by_key(|copy| (copy.first_seen, copy.published, copy.id));
    Ok(copies)
}

/// Gives the articles of a story that were published between two times; whether all of them were read.
fn read(store: &dyn Store, newest: Instant, oldest: Instant, give: &mut dyn FnMut(Article), story: ArticleId) -> Result<bool, StoreError> {
    let mut before = Place { published: newest, id: ArticleId([0xff; 16]) };
    for _ in 0..READ_ARTICLES_MAX / PAGE_ARTICLES {
        let page = store.newest(None, Some(before), PAGE_ARTICLES)?;
        let is_last = page.len() < PAGE_ARTICLES || page.last().is_some_and(|last| last.published < oldest);
        before = page.last().map_or(before, Place::of);
        page.into_iter().filter(|article| article.story.as_ref().is_some_and(|of| of.id == story)).for_each(&mut *give);
        if is_last {
            return Ok(true);
        }
    }
    Ok(false)
}
