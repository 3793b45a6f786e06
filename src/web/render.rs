//! From the store to the files that readers get. Blocks: call it from `spawn_blocking`.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::archive;
use super::narrow::Narrow;
use super::part::{self, Part};
use super::rendered::{Rendered, RenderedFile};
use super::select::{self, Scope};
use super::shown::Shown;
use crate::config::{Config, Sort};
use crate::model::{Article, Instant, SourceName, View};
use crate::publish::chinese::Converter;
use crate::publish::document::{self as layout, FeedDocument, Heading};
use crate::publish::merge::Merged;
use crate::publish::paging::Paging;
use crate::publish::{WriteError, atom, json, rss};
use crate::search::{Search, SearchError};
use crate::store::{Store, StoreError};

/// How long readers may keep a feed: `ttl` and `max-age` alike (P12).
pub const FEED_TTL_MINUTES: u32 = 15;

/// So many times the limit of a feed are read, so that copies that fall together leave enough.
const COPIES_FACTOR: usize = 2;

/// Why there are no new files.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The store did not answer.
    #[error("the feeds cannot be rendered: {0}")]
    Store(#[from] StoreError),
    /// The index did not answer.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A writer refused.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The three forms of every feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0.
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// The last segment of its address.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Rss => "feed.xml",
            Self::Atom => "atom.xml",
            Self::Json => "feed.json",
        }
    }

    /// The form that a file name means.
    #[must_use]
    pub fn of_file(file: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.file() == file)
    }

    /// `Content-Type` (P14).
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// Writes a document in this form.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(self, feed: &FeedDocument) -> Result<Vec<u8>, WriteError> {
        match self {
            Self::Rss => rss::write(feed),
            Self::Atom => atom::write(feed),
            Self::Json => json::write(feed),
        }
    }
}

/// Renders the merged feed, every category and every named view in all formats; `now` is for filters on age. What did not change is taken over from `previous`, compressed forms included.
///
/// # Errors
/// [`RenderError`]; then `previous` is to stay in force (law 8).
pub fn render(
    store: &dyn Store,
    config: &Config,
    converter: &Converter,
    previous: &Rendered,
    now: Instant,
) -> Result<Rendered, RenderError> {
    let scope = Scope::new(config, now);
    let mut rendered = Rendered { generation: previous.generation + 1, from_store: true, ..Rendered::default() };
    let mut views = vec![View::Merged];
    views.extend(select::categories(config).into_iter().map(|name| View::Category(name.to_owned())));
    views.extend(config.views.iter().map(|view| View::Named(view.name.to_string())));
    // Asked for before the articles are: what arrives meanwhile is in the live feeds, or in the archives of the next rendering.
    let reaches = archive::reaches(store, &scope, &views)?;
    for (view, reach) in views.into_iter().zip(reaches) {
        let feed = feed(store, &scope, converter, &view, &Narrowed { reach, ..Narrowed::default() })?;
        for format in Format::ALL {
            let path = format!("{}/{}", layout::path(&view), format.file());
            rendered.insert(path, file(&feed, format)?, previous);
        }
    }
    Ok(rendered)
}

/// Tells what [`render`] makes everything of: as long as it stays the same, so do the files. None where they depend on the time too.
///
/// # Errors
/// What the store says.
pub fn stamp(store: &dyn Store, config: &Config) -> Result<Option<String>, StoreError> {
    if config.views.iter().any(|view| view.filter.depends_on_time()) {
        return Ok(None);
    }
    let changes = store.totals()?.changes;
    // What is in feeds.toml and of no concern here changes the stamp as well, which costs one rendering.
    let made_of = format!("{} {changes} {} {}", env!("CARGO_PKG_VERSION"), store.next_arrival(None)?, config.hash);
    Ok(Some(blake3::hash(made_of.as_bytes()).to_hex()[..32].to_owned()))
}

/// What a reader asked to leave out of a feed.
#[derive(Default)]
pub struct Narrowed<'a> {
    /// Entries, where fewer than configured are wanted.
    pub limit: Option<usize>,
    /// The part of the view.
    pub narrow: Narrow,
    /// The index, which finds what is rare.
    pub search: Option<&'a Search>,
    /// Which articles of it stay.
    pub keep: Option<&'a dyn Fn(&Article) -> bool>,
    /// Where the archives of the whole view begin ([`archive::reaches`]); none for a feed without archives.
    pub reach: Option<u64>,
}

/// Lays out one view.
///
/// # Errors
/// What the store says.
pub fn feed(
    store: &dyn Store,
    scope: &Scope<'_>,
    converter: &Converter,
    view: &View,
    narrowed: &Narrowed<'_>,
) -> Result<FeedDocument, RenderError> {
    let config = scope.config;
    let limit = narrowed.limit.unwrap_or(usize::MAX).min(limit_of(config, view));
    let asked = |article: &Article| narrowed.keep.is_none_or(|keep| keep(article));
    let part = Part { view, narrow: &narrowed.narrow, before: None, wanted: limit * COPIES_FACTOR, keep: &asked };
    let newest = part::newest(store, scope, narrowed.search, part)?;
    let keep = |article: &Article| narrowed.narrow.keeps(scope, article) && asked(article);
    // Stories whose place lies further back than what was read have been shown already.
    let end = newest.last().filter(|_| newest.len() == limit * COPIES_FACTOR).map(|last| last.published);
    let was_cut = end.is_some() || is_read_in_part(scope, view, narrowed.reach);
    let articles = select::with_first_copies(store, scope, view, newest, &keep)?;
    let mut merged = select::stories(scope, view, &articles);
    if let View::Named(name) = view
        && scope.named(name).is_some_and(|view| view.sort == Sort::Seen)
    {
        merged.sort_by_key(|one| Reverse((one.lead.first_seen, one.id)));
    } else {
        merged.retain(|one| end.is_none_or(|end| one.published >= end));
    }
    let was_cut = was_cut || merged.len() > limit;
    merged.truncate(limit);
    let previous = narrowed.reach.filter(|_| was_cut).and_then(|reach| archive::before_live(scope, view, reach, &merged));
    let newest = merged.first().map(|one| one.lead);
    let document = document(scope, converter, view, &narrowed.narrow.query('?'), merged, newest);
    Ok(FeedDocument { paging: Paging { previous, ..Paging::default() }, ..document })
}

/// Whether a view may have articles that were not looked at for its live feed.
fn is_read_in_part(scope: &Scope<'_>, view: &View, reach: Option<u64>) -> bool {
    match view {
        View::Merged | View::Source(_) | View::Search(_) | View::Status => false,
        View::Category(_) => reach.is_some_and(|reach| reach > select::SCAN_ARTICLES_MAX as u64),
        View::Named(name) => {
            let has_shares = scope.named(name).is_some_and(|view| view.per_source.is_some());
            has_shares || reach.is_some_and(|reach| reach > select::SCAN_ARTICLES_MAX as u64)
        }
    }
}

/// Lays out these stories as the feed of a view, or of the part of it that `query` leaves.
#[must_use]
pub fn document(
    scope: &Scope<'_>,
    converter: &Converter,
    view: &View,
    query: &str,
    merged: Vec<Merged<'_>>,
    newest: Option<&Article>,
) -> FeedDocument {
    let config = scope.config;
    let shown = Shown::of(scope, converter, view, &merged);
    let merged = shown.show(merged);
    let (title, description) = words(config, view, newest);
    let public_feeds = public_feeds(config);
    let heading = Heading {
        view,
        query,
        title: &title,
        description: &description,
        site_url: &config.site.url,
        language: &config.site.language,
        author: config.site.author.as_deref(),
        icon: config.site.icon.as_deref(),
        ttl_minutes: FEED_TTL_MINUTES,
        public_feeds: &public_feeds,
        no_referrer: &config.sources.iter().filter(|source| source.no_referrer).map(|source| source.name.clone()).collect(),
    };
    FeedDocument::new(&heading, &merged)
}

/// Writes one form of a laid-out view.
///
/// # Errors
/// What the writer says.
pub fn file(feed: &FeedDocument, format: Format) -> Result<RenderedFile, WriteError> {
    Ok(RenderedFile::new(format.write(feed)?, format.content_type(), feed.updated))
}

/// Entries in the feed of a view.
#[must_use]
pub fn limit_of(config: &Config, view: &View) -> usize {
    match view {
        View::Named(name) => config.views.iter().find(|view| view.name.as_str() == name).map_or(config.site.limit, |view| view.limit),
        _ => config.site.limit,
    }
}

/// Title and description of a view.
#[must_use]
pub fn words(config: &Config, view: &View, newest: Option<&Article>) -> (String, String) {
    let site = &config.site;
    match view {
        View::Merged => (site.title.clone(), site.description.clone()),
        View::Category(name) => (format!("{name} · {}", site.title), site.description.clone()),
        View::Source(name) => {
            let title = newest.map_or_else(|| name.to_string(), layout::source_title);
            (format!("{title} · {}", site.title), site.description.clone())
        }
        View::Named(name) => {
            let title = config.views.iter().find(|view| view.name.as_str() == name).map_or(name.as_str(), |view| &view.title);
            (format!("{title} · {}", site.title), site.description.clone())
        }
        View::Status => (site.title.clone(), site.description.clone()),
        View::Search(query) => (format!("{query} · {}", site.title), site.description.clone()),
    }
}

/// The addresses that sources are polled at, less those that hold or need a secret: those are nobody's business but the user's.
#[must_use]
pub fn public_feeds(config: &Config) -> HashMap<SourceName, String> {
    let public = config.sources.iter().filter(|source| {
        let named_secret = |name: &str| {
            let name = name.to_ascii_lowercase();
            ["token", "key", "auth", "secret", "pass", "sig", "session", "access"].iter().any(|word| name.contains(word))
        };
        source.auth_env.is_none()
            && source.headers.is_empty()
            && source.url.username().is_empty()
            && source.url.password().is_none()
            && !source.url.query_pairs().any(|(name, _)| named_secret(&name))
    });
    public.map(|source| (source.name.clone(), source.url.to_string())).collect()
}
