//! The newest articles of a part of a view. Where the index can say which they are it is asked: of what is rare, reading all articles until
//! enough are found reads thousands, and finds none of those that lie further back.
//!
//! What the index finds is read from the store and compared again, so that a page never shows what its address leaves out. What arrived
//! after the index was last brought up is read from the store. Bounds: [`READ_FIRST`], [`RESULTS_MAX`] results, [`BEHIND_MAX`] articles behind the index;
//! beyond them, and while there is no index, all articles are read in order ([`select::newest`], with the bounds of that).

use std::cmp::Reverse;

use crate::model::{Article, View};
use crate::search::query::Name;
use crate::search::{Query, RESULTS_MAX, Search, SearchError, Wanted};
use crate::store::{Place, Store, StoreError};

use super::narrow::Narrow;
use super::select::{self, SCAN_ARTICLES_MAX, Scope};

/// Articles that the index does not know yet, at most.
const BEHIND_MAX: u64 = 500;

/// So many times as many articles as are wanted are read before the index is asked.
const READ_FIRST: usize = 4;

/// Results asked for beyond those that are wanted: some of the same second, of which the index knows no order.
const SPARE: usize = 20;

/// Each further time so many times as many are asked for.
const NEXT_TIMES: usize = 4;

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// Of this view.
    pub view: &'a View,
    /// What is left of it.
    pub narrow: &'a Narrow,
    /// Only what stands behind this place.
    pub before: Option<Place>,
    /// Articles at most.
    pub wanted: usize,
    /// What must hold besides.
    pub keep: &'a dyn Fn(&Article) -> bool,
}

/// The newest articles of a part.
///
/// # Errors
/// What the store says.
pub fn newest(store: &dyn Store, scope: &Scope<'_>, search: Option<&Search>, part: Part<'_>) -> Result<Vec<Article>, StoreError> {
    let keep = |article: &Article| part.narrow.keeps(scope, article) && (part.keep)(article);
    let read = |looked_at| select::newest(looked_at, store, scope, part.view, part.before, part.wanted, &keep);
    if let (Some(search), Some(query)) = (search, query(part)) {
        // Of what is frequent the index would go through hundreds of thousands.
        let first = read(READ_FIRST * part.wanted)?;
        if first.len() == part.wanted {
            return Ok(first);
        }
        match found(store, scope, search, &query, part) {
            Ok(Some(articles)) => return Ok(articles),
            Ok(None) => {}
            Err(SearchError::Store(error)) => return Err(error),
            // It is mended by those who keep it; readers need not wait for that.
            Err(error) => tracing::debug!(%error, "a part of a view is read without the index"),
        }
    }
    // A feed may be longer than what is worth reading for a narrow filter (`limit = 10000`).
    read(SCAN_ARTICLES_MAX.max(part.wanted))
}

/// What the index is asked; None where the newest are wanted as they are, and where it cannot say which these are.
fn query(part: Part<'_>) -> Option<Query> {
    let of_view = match part.view {
        View::Merged => None,
        View::Category(name) => Some((Name::Category, name.as_str())),
        View::Source(name) => Some((Name::Source, name.as_str())),
        // What a filter of feeds.toml lets pass is not in the index.
        View::Named(_) | View::Search(_) | View::Status => return None,
    };
    let asked = || Query::named(part.narrow.names().chain(of_view), part.before.map(|before| before.published));
    (!part.narrow.is_whole()).then(asked)
}

/// What the index finds; None where it does not know enough.
fn found(
    store: &dyn Store,
    scope: &Scope<'_>,
    search: &Search,
    query: &Query,
    part: Part<'_>,
) -> Result<Option<Vec<Article>>, SearchError> {
    let progress = search.progress();
    let behind = progress.taken..store.next_arrival(None)?;
    if !progress.complete || behind.end.saturating_sub(behind.start) > BEHIND_MAX {
        return Ok(None);
    }
    let keeps = |article: &Article| {
        let is_behind = part.before.is_none_or(|before| Place::of(article) < before);
        is_behind && scope.shows(part.view, article) && part.narrow.keeps(scope, article) && (part.keep)(article)
    };
    let mut new: Vec<Article> = store.arrived(None, behind)?.into_iter().map(|(_, article)| article).collect();
    new.retain(|article| keeps(article));
    let mut limit = part.wanted + SPARE;
    loop {
        limit = limit.min(RESULTS_MAX);
        let wanted = Wanted { query, sources: &scope.config.sources, sort: None, skip: 0, limit };
        let ids = search.find(&wanted)?.ids;
        let is_all = ids.len() < limit;
        // Others of the last second may be among those that were not asked for.
        let end = ids.last().map(|(_, published)| *published).filter(|_| !is_all);
        let mut articles = new.clone();
        let mut last = None;
        for (id, published) in ids {
            // Of one second the index knows no order: all of it or nothing.
            let is_enough = articles.len() >= part.wanted + new.len() && last != Some(published);
            if is_enough || end.is_some_and(|end| published <= end) {
                break;
            }
            last = Some(published);
            articles.extend(store.article(id)?.filter(|article| keeps(article)));
        }
        articles.sort_unstable_by_key(|article| Reverse(Place::of(article)));
        articles.dedup_by_key(|article| article.id);
        if is_all || articles.len() >= part.wanted {
            articles.truncate(part.wanted);
            return Ok(Some(articles));
        }
        if limit == RESULTS_MAX {
            return Ok(None);
        }
        limit *= NEXT_TIMES;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config;
    use crate::model::Instant;
    use crate::store::MemoryStore;
    use crate::store::rows::sample;

    /// Articles in the order in which they arrive: many of them share a second, tags are frequent and rare.
    fn articles(numbers: std::ops::Range<u32>) -> Vec<Article> {
        let make = |number: u32| {
            let mut article = sample::article(if number.is_multiple_of(3) { "a" } else { "b" }, number);
            let mixed = number.wrapping_mul(2_654_435_761) >> 8;
            article.published = Instant::from_timestamp(1_700_000_000 + i64::from(mixed % 40), mixed % 3 * 1_000).unwrap_or_default();
            article.categories = vec![format!("Of {}", mixed % 5), format!("rare{}", number % 200)];
            article.language = Some(if number.is_multiple_of(2) { "en-GB" } else { "zh-CN" }.into());
            article
        };
        numbers.map(make).collect()
    }

    #[test]
    fn the_index_finds_what_reading_everything_finds() {
        let toml = "[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\ncategory = \"Tech\"\ntags = [\"daily\"]\n\
                    [[source]]\nname = \"b\"\nurl = \"https://b.example/\"\ncategory = \"Art\"\n";
        let config = config::parse(toml, "feeds.toml").unwrap();
        let (scope, store, folder) = (Scope::new(&config, Instant::UNIX_EPOCH), MemoryStore::new(), tempfile::tempdir().unwrap());
        let search = Search::new(folder.path(), Arc::default());
        let add = |numbers| {
            for article in articles(numbers) {
                store.apply(&[sample::plan(article.source.as_str(), 0, vec![article.clone()])]).unwrap();
            }
        };
        add(0..700);
        search.follow(&store, &mut |_| true).unwrap();
        // The index hears of these later.
        add(700..740);
        let views = [View::Merged, View::Category("Tech".into()), View::Source(config.sources[1].name.clone())];
        let asked = ["tag=of 3", "tag=rare17", "tag=daily&language=en", "category=art&language=zh", "source=A", "tag=nowhere"];
        for (view, text) in views.iter().flat_map(|view| asked.map(|text| (view, text))) {
            let narrow = Narrow::read(Some(text));
            let mut before = None;
            loop {
                let part = Part { view, narrow: &narrow, before, wanted: 30, keep: &|article| article.title.len() % 7 != 0 };
                let keep = |article: &Article| narrow.keeps(&scope, article) && (part.keep)(article);
                let expected = select::newest(SCAN_ARTICLES_MAX, &store, &scope, view, before, 30, &keep).unwrap();
                let found = found(&store, &scope, &search, &query(part).unwrap(), part).unwrap().unwrap();
                let ids = |articles: &[Article]| articles.iter().map(|article| article.id).collect::<Vec<_>>();
                assert_eq!(ids(&found), ids(&expected), "{view:?} {text} {before:?}");
                assert_eq!(ids(&newest(&store, &scope, Some(&search), part).unwrap()), ids(&expected));
                let Some(last) = expected.last() else { break };
                before = Some(Place::of(last));
            }
        }
    }

    #[test]
    fn a_feed_longer_than_what_is_read_for_a_filter_is_filled() {
        let config = config::parse("[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\n", "feeds.toml").unwrap();
        let (scope, store) = (Scope::new(&config, Instant::UNIX_EPOCH), MemoryStore::new());
        let count = SCAN_ARTICLES_MAX + 300;
        let numbers = 0..u32::try_from(count).unwrap();
        store.apply(&[sample::plan("a", 0, numbers.map(|number| sample::article("a", number)).collect())]).unwrap();
        let narrow = Narrow::read(None);
        for view in [View::Merged, View::Source(config.sources[0].name.clone())] {
            let part = Part { view: &view, narrow: &narrow, before: None, wanted: count, keep: &|_| true };
            assert_eq!(newest(&store, &scope, None, part).unwrap().len(), count);
        }
    }

    #[test]
    fn without_an_index_everything_is_read() {
        let config = config::parse("[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\n", "feeds.toml").unwrap();
        let (scope, store, folder) = (Scope::new(&config, Instant::UNIX_EPOCH), MemoryStore::new(), tempfile::tempdir().unwrap());
        store.apply(&[sample::plan("a", 0, articles(0..1))]).unwrap();
        let search = Search::new(folder.path(), Arc::default());
        let narrow = Narrow::read(Some("tag=rare0"));
        let part = Part { view: &View::Merged, narrow: &narrow, before: None, wanted: 30, keep: &|_| true };
        assert!(found(&store, &scope, &search, &query(part).unwrap(), part).unwrap().is_none(), "it has not been made");
        assert_eq!(newest(&store, &scope, Some(&search), part).unwrap().len(), 1);
        assert_eq!(newest(&store, &scope, None, part).unwrap().len(), 1);
    }
}
