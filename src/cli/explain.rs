//! `feedmill explain ID|URL`: why an article is here, merged, or missing.

use chrono::Duration;

use super::exit::{Exit, Failure};
use super::terminal::{Colour, cut, safe};
use super::{Context, Outcome, in_background};
use crate::config::Config;
use crate::model::address::canonical_link;
use crate::model::{Article, ArticleId, Instant, Reject, Sighting, SourceName, View};
use crate::publish::merge::merge;
use crate::store::{Place, Store, StoreError};
use crate::web::select::Scope;

/// Articles read at once.
const PAGE_ARTICLES: usize = 200;
/// Articles looked through for an address.
const SCAN_ARTICLES_MAX: usize = 200_000;
/// How far apart copies of one article are looked for.
const COPIES_DAYS: i64 = 7;
/// Articles looked through for copies.
const COPIES_ARTICLES_MAX: usize = 5_000;
/// Articles that are explained where an address belongs to several.
const EXPLAINED_MAX: usize = 5;
/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 32;
/// Characters of a text that are shown.
const TEXT_CHARS_MAX: usize = 160;

/// Says why an article is here, what it was merged with, or why an entry is missing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill explain https://36kr.com/p/3040918461\n  feedmill explain 0123456789abcdef0123456789abcdef\n  feedmill explain http://127.0.0.1:8080/article/0123456789abcdef0123456789abcdef"
)]
pub struct ExplainArgs {
    /// The id of an article, the address of its page here, or the address of the publisher's page.
    #[arg(value_name = "ID|URL")]
    what: String,
}

/// What was found in the store.
enum Found {
    Articles(Vec<Explained>),
    Expired(Sighting),
    Rejected(Vec<(SourceName, Instant, Reject)>),
    Nothing,
}

struct Explained {
    article: Article,
    copies: Vec<Article>,
}

/// Does it.
pub async fn run(context: &mut Context, args: &ExplainArgs) -> Outcome {
    let config = context.load_config()?;
    let store = context.need_store().await?;
    let what = args.what.trim();
    let short = what.contains('.') && !what.contains("://") && !what.contains(char::is_whitespace);
    let what = if short { format!("https://{what}") } else { what.to_owned() };
    let names: Vec<SourceName> = config.sources.iter().map(|source| source.name.clone()).collect();
    let found = in_background(move || find(&*store, &what, &names)).await?;
    match found {
        Found::Articles(list) => {
            for explained in &list {
                show(context, &config, explained);
            }
            Ok(Exit::Done)
        }
        Found::Expired(sighting) => {
            let said = format!(
                "The article {} was here and has been removed by `keep`; it was first seen {} and last seen {}. It does not come back as new.",
                sighting.id,
                day(sighting.first_seen),
                day(sighting.last_seen)
            );
            context.terminal.line(said);
            Ok(Exit::Done)
        }
        Found::Rejected(list) => {
            for (source, at, reject) in list {
                context.terminal.line(format!(
                    "{source} left it out on {}: {} ({})",
                    day(at),
                    safe(&reject.why),
                    cut(&safe(&reject.what), TEXT_CHARS_MAX)
                ));
            }
            Ok(Exit::Done)
        }
        Found::Nothing => Err(Failure::new(
            Exit::Trouble,
            format!(
                "no article and no reason is known for {}; `feedmill preview NAME` shows what a source offers now, `feedmill list --explain` when each is polled",
                safe(&args.what)
            ),
        )),
    }
}

fn find(store: &dyn Store, what: &str, names: &[SourceName]) -> Result<Found, StoreError> {
    if let Some(id) = id_in(what) {
        if let Some(article) = store.article(id)? {
            return Ok(Found::Articles(vec![explained(store, article)?]));
        }
        return Ok(store.find_sighting(id)?.map_or(Found::Nothing, Found::Expired));
    }
    let wanted = canonical_link(what);
    let mut list = Vec::new();
    scan(store, None, SCAN_ARTICLES_MAX, |article| {
        let hit = article.link.as_deref().is_some_and(|link| canonical_link(link) == wanted) || article.key.value() == what;
        if hit {
            list.push(article);
        }
        list.len() < EXPLAINED_MAX
    })?;
    if !list.is_empty() {
        return list.into_iter().map(|article| explained(store, article)).collect::<Result<_, _>>().map(Found::Articles);
    }
    let mut rejected = Vec::new();
    for name in names {
        for (at, reject) in store.rejects(name)? {
            if reject.what.contains(what) {
                rejected.push((name.clone(), at, reject));
            }
        }
    }
    Ok(if rejected.is_empty() { Found::Nothing } else { Found::Rejected(rejected) })
}

/// The id in an id, or in the address of an article's page.
fn id_in(what: &str) -> Option<ArticleId> {
    let last = what.trim_end_matches('/').rsplit('/').next()?.trim_end_matches(".md");
    if last.len() == ID_DIGITS { last.parse().ok() } else { None }
}

/// Hands articles to `each`, newest first, until it has enough.
fn scan(store: &dyn Store, from: Option<Place>, articles_max: usize, mut each: impl FnMut(Article) -> bool) -> Result<(), StoreError> {
    let (mut before, mut seen) = (from, 0);
    while seen < articles_max {
        let page = store.newest(None, before, PAGE_ARTICLES)?;
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

/// The article with the copies that the merged feed shows with it.
fn explained(store: &dyn Store, article: Article) -> Result<Explained, StoreError> {
    let (from, to) = (article.published + Duration::days(COPIES_DAYS), article.published - Duration::days(COPIES_DAYS));
    let mut near = Vec::new();
    scan(store, Some(Place { published: from, id: ArticleId([0xff; 16]) }), COPIES_ARTICLES_MAX, |other| {
        let inside = other.published >= to;
        near.push(other);
        inside
    })?;
    if !near.iter().any(|other| other.id == article.id) {
        near.push(article.clone());
    }
    let merged = merge(&near);
    let group = merged.iter().find(|group| group.lead.id == article.id || group.others.iter().any(|other| other.id == article.id));
    let copies = group.into_iter().flat_map(|group| std::iter::once(group.lead).chain(group.others.iter().copied()));
    let copies = copies.filter(|copy| copy.id != article.id).cloned().collect();
    Ok(Explained { article, copies })
}

fn day(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn show(context: &mut Context, config: &Config, explained: &Explained) {
    let Explained { article, copies } = explained;
    let title = context.terminal.paint(Colour::Green, &cut(&safe(&article.title), TEXT_CHARS_MAX));
    let source = config.sources.iter().find(|source| source.name == article.source);
    let category = source.and_then(|source| source.category.as_deref()).map_or_else(String::new, |category| format!(" in {category}"));
    let gone = if source.is_none() { " (no longer in feeds.toml)" } else { "" };
    let wrote = if article.date_text.is_empty() { String::new() } else { format!(" (the publisher wrote {:?})", safe(&article.date_text)) };
    let revised =
        if article.revision == 0 { String::new() } else { format!(", changed {}×, last {}", article.revision, day(article.updated)) };
    let mut lines = vec![
        title,
        format!("  id      {}", article.id),
        format!("  source  {}{category}{gone}", article.source),
        format!("  link    {}", article.link.as_deref().map_or_else(|| "none".to_owned(), safe)),
        format!("  known   by its {}: {}", article.key.kind(), cut(&safe(article.key.value()), TEXT_CHARS_MAX)),
        format!("  dates   published {}{wrote}, first seen {}{revised}", day(article.published), day(article.first_seen)),
    ];
    for copy in copies {
        let first = if copy.first_seen < article.first_seen { "seen earlier" } else { "seen later" };
        lines.push(format!("  merged  with {} of {} ({first}): same link or guid", copy.id, copy.source));
    }
    lines.push(format!("  feeds   {}", feeds(config, context.now(), article).join("  ")));
    context.terminal.line(lines.join("\n"));
}

/// The feeds that the article can stand in, newest ones first cut by their limits.
fn feeds(config: &Config, now: Instant, article: &Article) -> Vec<String> {
    let scope = Scope::new(config, now);
    let category = scope.source_of(article).and_then(|source| source.category.clone());
    let views = [Some(View::Merged), Some(View::Source(article.source.clone())), category.map(View::Category)];
    let named = config.views.iter().map(|view| View::Named(view.name.to_string()));
    let shown = views.into_iter().flatten().chain(named).filter(|view| scope.knows(view) && scope.shows(view, article));
    shown.map(|view| format!("{}/feed.xml", crate::publish::document::path(&view))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_addresses_of_its_page() {
        let id = "0123456789abcdef0123456789abcdef";
        for what in [id.to_owned(), format!("http://x.example/article/{id}"), format!("/article/{id}.md"), format!("{id}/")] {
            assert_eq!(id_in(&what).map(|id| id.to_string()).as_deref(), Some(id), "{what}");
        }
        assert!(id_in("https://36kr.com/p/3040918461").is_none());
    }
}
