//! Which articles a view shows: read from the store in pages, never more than are needed.

use std::cell::RefCell;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::config::{Config, ViewConfig};
use crate::model::{Article, ArticleId, Filter, FilterSubject, Instant, Source, SourceName, View};
use crate::publish::merge::{self, Choice, Merged};
use crate::store::{Place, Store, StoreError};

/// Articles read at once.
const PAGE_ARTICLES: usize = 200;

/// Articles read at once at least: one at a time would make a narrow filter slow.
const PAGE_ARTICLES_MIN: usize = 50;

/// Articles read to fill a view with a narrow filter, where it is not longer than that; what lies further back is found by searching, not in a feed.
pub const SCAN_ARTICLES_MAX: usize = 5_000;

/// Copies that another source leads with do not count in a source's share: so many times the share is read.
const SHARE_FACTOR: usize = 2;

/// The configuration at a time.
pub struct Scope<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The time, which filters on age ask for.
    now: Instant,
}

impl<'a> Scope<'a> {
    /// Of this configuration, at this time.
    #[must_use]
    pub fn new(config: &'a Config, now: Instant) -> Self {
        Self { config, now }
    }

    /// Whether there is such a view.
    #[must_use]
    pub fn knows(&self, view: &View) -> bool {
        match view {
            View::Merged => true,
            View::Source(name) => self.config.sources.named(name.as_str()).is_some(),
            View::Category(name) => self.config.sources.iter().any(|source| source.category.as_ref() == Some(name)),
            View::Named(name) => self.named(name).is_some(),
            View::Search(_) | View::Status => true,
        }
    }

    /// Whether a view shows an article.
    #[must_use]
    pub fn shows(&self, view: &View, article: &Article) -> bool {
        match view {
            View::Merged | View::Search(_) => true,
            View::Source(name) => article.source == *name,
            View::Category(name) => self.source_of(article).is_some_and(|source| source.category.as_ref() == Some(name)),
            View::Named(name) => self.named(name).is_some_and(|view| self.passes(&view.filter, article)),
            View::Status => false,
        }
    }

    /// The `[[view]]` of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&'a ViewConfig> {
        self.config.views.iter().find(|view| view.name.as_str() == name)
    }

    /// Whether a filter lets an article pass.
    #[must_use]
    pub fn passes(&self, filter: &Filter, article: &Article) -> bool {
        let source = self.source_of(article);
        let category = source.and_then(|source| source.category.as_deref());
        let tags = source.map_or(&[][..], |source| &source.tags);
        filter.matches(&FilterSubject::new(article, category, tags), self.now)
    }

    /// The source of an article, while it is still in feeds.toml.
    #[must_use]
    pub fn source_of(&self, article: &Article) -> Option<&'a Source> {
        self.config.sources.named(article.source.as_str()).map(|source| &**source)
    }
}

/// The categories that sources have, in the order of feeds.toml.
#[must_use]
pub fn categories(config: &Config) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for category in config.sources.iter().filter_map(|source| source.category.as_deref()) {
        if !found.contains(&category) {
            found.push(category);
        }
    }
    found
}

/// The newest articles of a view, after `before` where given: at most `wanted`, and those of them that `keep` keeps, of which about
/// `looked_at` are looked at for it ([`SCAN_ARTICLES_MAX`] unless there is another way to them).
///
/// # Errors
/// What the store says.
pub fn newest(
    looked_at: usize,
    store: &dyn Store,
    scope: &Scope<'_>,
    view: &View,
    before: Option<Place>,
    wanted: usize,
    keep: &dyn Fn(&Article) -> bool,
) -> Result<Vec<Article>, StoreError> {
    let scan = |source, keep: &dyn Fn(&Article) -> bool| scan(looked_at, store, source, before, wanted, keep);
    match view {
        View::Source(name) => scan(Some(name), keep),
        View::Category(category) => {
            let in_category = |source: &&Arc<Source>| source.category.as_deref() == Some(category.as_str());
            let names: Vec<&SourceName> = scope.config.sources.iter().filter(in_category).map(|source| &source.name).collect();
            // Where most sources are in the category, most articles are: reading all in order is then the shorter way.
            if names.len() * 2 > scope.config.sources.len() {
                scan(None, &|article| scope.shows(view, article) && keep(article))
            } else {
                of_sources(looked_at, store, &names, before, wanted, keep)
            }
        }
        // What a query finds is found by the index (`web::found`).
        View::Merged | View::Search(_) => scan(None, keep),
        View::Status => Ok(Vec::new()),
        View::Named(name) => {
            // Where a source has a share only, what is beyond it does not take the place of others.
            let most = scope.named(name).and_then(|view| view.per_source).map_or(usize::MAX, |most| most.saturating_mul(SHARE_FACTOR));
            let of_source: RefCell<HashMap<SourceName, usize>> = RefCell::default();
            let in_share = |article: &Article| {
                let mut of_source = of_source.borrow_mut();
                let count = of_source.entry(article.source.clone()).or_default();
                *count += 1;
                *count <= most
            };
            scan(None, &|article| scope.shows(view, article) && keep(article) && in_share(article))
        }
    }
}

fn scan(
    looked_at: usize,
    store: &dyn Store,
    source: Option<&SourceName>,
    mut before: Option<Place>,
    wanted: usize,
    keep: &dyn Fn(&Article) -> bool,
) -> Result<Vec<Article>, StoreError> {
    let mut found = Vec::new();
    let mut read = 0;
    while found.len() < wanted && read < looked_at {
        let page = store.newest(source, before, PAGE_ARTICLES.min(wanted.max(PAGE_ARTICLES_MIN)))?;
        let Some(last) = page.last() else { break };
        read += page.len();
        before = Some(Place::of(last));
        found.extend(page.into_iter().filter(|article| keep(article)));
    }
    found.truncate(wanted);
    Ok(found)
}

/// The newest of several sources: the place of the next article of each in a heap, and only those whose turn comes are read, in small steps.
fn of_sources(
    looked_at: usize,
    store: &dyn Store,
    names: &[&SourceName],
    before: Option<Place>,
    wanted: usize,
    keep: &dyn Fn(&Article) -> bool,
) -> Result<Vec<Article>, StoreError> {
    let step = (2 * wanted / names.len().max(1)).clamp(1, 32);
    let mut heads = BinaryHeap::new();
    for (at, name) in names.iter().enumerate() {
        heads.extend(store.newest_places(Some(name), before, 1)?.first().map(|place| (*place, at)));
    }
    let mut waiting: Vec<VecDeque<Article>> = vec![VecDeque::new(); names.len()];
    let mut after = vec![before; names.len()];
    let mut found = Vec::new();
    let mut read = 0;
    while let Some((_, at)) = heads.pop()
        && found.len() < wanted
        && read < looked_at
    {
        if waiting[at].is_empty() {
            waiting[at] = store.newest(Some(names[at]), after[at], step)?.into();
        }
        let Some(article) = waiting[at].pop_front() else { continue };
        // Not the place in the heap: a newer one may have come meanwhile.
        after[at] = Some(Place::of(&article));
        read += 1;
        if keep(&article) {
            found.push(article);
        }
        let next = match waiting[at].front() {
            Some(article) => Some(Place::of(article)),
            None => store.newest_places(Some(names[at]), after[at], 1)?.first().copied(),
        };
        heads.extend(next.map(|place| (place, at)));
    }
    Ok(found)
}

/// The stories of a view among these articles, which are its newest after `before` where given, at most `wanted`.
///
/// A story stands where its first copy stands: that copy is looked up where it is not among them, and a story whose place is before or after
/// them is left to the page that it belongs to.
///
/// # Errors
/// What the store says.
pub fn with_first_copies(
    store: &dyn Store,
    scope: &Scope<'_>,
    view: &View,
    mut articles: Vec<Article>,
    keep: &dyn Fn(&Article) -> bool,
) -> Result<Vec<Article>, StoreError> {
    let here: HashSet<ArticleId> = articles.iter().map(|article| article.id).collect();
    let first_of = |article: &Article| article.story.as_ref().map(|story| story.id).filter(|id| !here.contains(id));
    let missing: BTreeSet<ArticleId> = articles.iter().filter_map(first_of).collect();
    for id in missing {
        articles.extend(store.article(id)?.filter(|first| scope.shows(view, first) && keep(first)));
    }
    Ok(articles)
}

/// Brings articles together as stories, as feeds.toml wants it.
#[must_use]
pub fn merged<'a>(scope: &Scope<'_>, articles: &'a [Article]) -> Vec<Merged<'a>> {
    let priority = |article: &Article| scope.source_of(article).map_or(0, |source| source.priority);
    merge::merge(articles, &Choice { priority: &priority, apart: &scope.config.keep_apart })
}

/// Brings the articles of a view together as stories: each article by itself in the feed of a source, which shows all that the source carries.
#[must_use]
pub fn stories<'a>(scope: &Scope<'_>, view: &View, articles: &'a [Article]) -> Vec<Merged<'a>> {
    let mut stories = match view {
        View::Source(_) => merge::each(articles),
        _ => merged(scope, articles),
    };
    if let View::Named(name) = view
        && let Some(most) = scope.named(name).and_then(|view| view.per_source)
    {
        let mut of_source: HashMap<&SourceName, usize> = HashMap::new();
        stories.retain(|story| {
            let count = of_source.entry(&story.lead.source).or_default();
            *count += 1;
            *count <= most
        });
    }
    stories
}
