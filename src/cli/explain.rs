//! `feedmill explain ID|URL|NAME`: why an article is here, merged, or missing, and what a source leaves out.

use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::terminal::{Colour, cut, safe};
use super::{Context, Outcome, in_background};
use crate::config::Config;
use crate::model::address::canonical_link;
use crate::model::{Article, ArticleId, Instant, Reject, Sighting, SourceName};
use crate::pipeline::story::{Likeness, Profile, Verdict, shared_mark, verdict};
use crate::store::{Store, StoreError};
use crate::web::explain::{Explained, explained, feeds, why};

/// Articles read at once when an address is looked for.
const READ_AT_ONCE: u64 = 1_000;
/// Articles looked through for copies.
const COPIES_ARTICLES_MAX: usize = 5_000;
/// Articles that are explained where an address belongs to several.
const EXPLAINED_MAX: usize = 5;
/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 32;
/// Characters of a text that are shown.
const TEXT_CHARS_MAX: usize = 160;

/// Says why an article is here, what it was merged with, or why an entry is missing; of a source, what it leaves out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill explain https://36kr.com/p/3040918461\n  feedmill explain 0123456789abcdef0123456789abcdef\n  feedmill explain http://127.0.0.1:8080/article/0123456789abcdef0123456789abcdef\n  feedmill explain https://36kr.com/p/3040918461 https://www.ifanr.com/1577231\n  feedmill explain 36krai"
)]
pub struct ExplainArgs {
    /// The id of an article, the address of its page here, the address of the publisher's page, or the name of a source.
    #[arg(value_name = "ID|URL|NAME")]
    what: String,
    /// A second article: say whether the two are copies of each other, and why.
    #[arg(value_name = "ID|URL")]
    other: Option<String>,
}

/// What was found in the store.
enum Found {
    Articles(Vec<Explained>),
    Expired(Sighting),
    Rejected(Vec<(SourceName, Instant, Reject)>),
    Nothing,
}

/// Does it.
pub async fn run(context: &mut Context, args: &ExplainArgs) -> Outcome {
    let config = context.load_config()?;
    let store = context.need_store().await?;
    let what = whole(&args.what);
    let choice_of = Arc::new(config.clone());
    if let Some(other) = args.other.as_deref().map(whole) {
        return pair(context, &config, store, what, other).await;
    }
    if let Some(source) = config.sources.named(args.what.trim()) {
        return of_source(context, store, source.name.clone()).await;
    }
    let names: Vec<SourceName> = config.sources.iter().map(|source| source.name.clone()).collect();
    let found = in_background(move || find(&*store, &choice_of, &what, &names)).await?;
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
            show_left_out(context, &list);
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

/// What a source leaves out.
async fn of_source(context: &mut Context, store: Arc<dyn Store>, name: SourceName) -> Outcome {
    let asked = name.clone();
    let rejects = in_background(move || store.rejects(&asked)).await?;
    let list: Vec<_> = rejects.into_iter().map(|(at, reject)| (name.clone(), at, reject)).collect();
    show_left_out(context, &list);
    if list.is_empty() {
        context.terminal.line(format!(
            "{name} leaves nothing out. `feedmill list {quoted} --explain` shows when it is polled and why, `feedmill preview {quoted}` what it offers now.",
            quoted = format_args!("{:?}", name.as_str())
        ));
    }
    Ok(Exit::Done)
}

fn show_left_out(context: &mut Context, list: &[(SourceName, Instant, Reject)]) {
    for (source, at, Reject { what, why }) in list {
        context.terminal.line(format!("{source} left it out on {}: {} ({})", day(*at), safe(why), cut(&safe(what), TEXT_CHARS_MAX)));
    }
}

/// An address written without its scheme is meant as one.
fn whole(what: &str) -> String {
    let what = what.trim();
    let short = what.contains('.') && !what.contains("://") && !what.contains(char::is_whitespace);
    if short { format!("https://{what}") } else { what.to_owned() }
}

/// Whether two articles are copies of each other, and why.
async fn pair(context: &mut Context, config: &Config, store: Arc<dyn Store>, what: String, other: String) -> Outcome {
    let (asked, names) = ([what.clone(), other.clone()], Vec::new());
    let settings = Arc::new(config.clone());
    let found = in_background(move || {
        let first = |what: &str| match find(&*store, &settings, what, &names)? {
            Found::Articles(list) => Ok(list.into_iter().next().map(|explained| explained.article)),
            Found::Expired(_) | Found::Rejected(_) | Found::Nothing => Ok(None),
        };
        Ok::<_, StoreError>([first(&what)?, first(&other)?])
    });
    let [Some(a), Some(b)] = found.await? else {
        let missing =
            format!("one of {} and {} is not stored; `feedmill explain` with it alone says more", safe(&asked[0]), safe(&asked[1]));
        return Err(Failure::new(Exit::Trouble, missing));
    };
    let story = |article: &Article| article.story.as_ref().map_or(article.id, |story| story.id);
    let decided = if story(&a) == story(&b) { "one story" } else { "two stories" };
    let (first, second) = (Profile::of(&a), Profile::of(&b));
    let like = Likeness::of(&first, &second);
    let said = match verdict(&first, &second) {
        Verdict::Same { rule, score_percent } => format!("copies of each other: {} ({score_percent} %)", rule.says()),
        Verdict::Different { why } => format!("not copies: {why}"),
    };
    let of = |part: f32| format!("{:.0} %", part * 100.0);
    let title = |article: &Article| format!("{} {} ({})", article.id, cut(&safe(&article.title), TEXT_CHARS_MAX), article.source);
    let mut lines = vec![title(&a), title(&b), format!("  stored  as {decided}")];
    lines.extend(shared_mark(&a, &b).map(|(rule, mark)| format!("  address {}: {}", rule.says(), safe(&mark))));
    lines.push(format!("  texts   {said}"));
    lines.push(format!(
        "  shared  {} of the shorter text ({} in whole sentences; {} words), {} of the longer; numbers: {} kept, {} changed",
        of(like.contained),
        of(like.in_runs),
        like.words,
        of(like.of_longer),
        like.numbers_kept,
        like.numbers_changed
    ));
    if a.source == b.source {
        lines.push("  source  both are of one source, whose texts are never merged with each other".to_owned());
    }
    if config.keep_apart.iter().any(|rule| rule.parts(&a, &b)) {
        lines.push("  apart   a [[keep_apart]] of feeds.toml keeps them apart".to_owned());
    }
    context.terminal.line(lines.join("\n"));
    Ok(Exit::Done)
}

fn find(store: &dyn Store, config: &Config, what: &str, names: &[SourceName]) -> Result<Found, StoreError> {
    if let Some(id) = id_in(what) {
        if let Some(article) = store.article(id)? {
            return Ok(Found::Articles(vec![explained(store, config, article, COPIES_ARTICLES_MAX)?]));
        }
        if let Some(sighting) = store.find_sighting(id)? {
            return Ok(Found::Expired(sighting));
        }
        // An entry with neither title nor address is told by the id that it would have.
        return left_out(store, what, names);
    }
    let list = of_address(store, what)?;
    if !list.is_empty() {
        return list
            .into_iter()
            .map(|article| explained(store, config, article, COPIES_ARTICLES_MAX))
            .collect::<Result<_, _>>()
            .map(Found::Articles);
    }
    left_out(store, what, names)
}

fn left_out(store: &dyn Store, what: &str, names: &[SourceName]) -> Result<Found, StoreError> {
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

/// The articles of a publisher's address, those that came last first. Reads the store from its end in the order of arrival, in which it stands on the
/// disk: by time, neighbours are anywhere.
fn of_address(store: &dyn Store, what: &str) -> Result<Vec<Article>, StoreError> {
    let wanted = canonical_link(what);
    let is_it =
        |article: &Article| article.link.as_deref().is_some_and(|link| canonical_link(link) == wanted) || article.key.value() == what;
    let (mut list, mut end) = (Vec::new(), store.next_arrival(None)?);
    while end > 0 && list.len() < EXPLAINED_MAX {
        let begin = end.saturating_sub(READ_AT_ONCE);
        list.extend(store.arrived(None, begin..end)?.into_iter().rev().map(|(_, article)| article).filter(is_it));
        end = begin;
    }
    list.truncate(EXPLAINED_MAX);
    Ok(list)
}

/// The id in an id, or in the address of an article's page.
fn id_in(what: &str) -> Option<ArticleId> {
    let last = what.trim_end_matches('/').rsplit('/').next()?.trim_end_matches(".md");
    if last.len() == ID_DIGITS { last.parse().ok() } else { None }
}

fn day(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn show(context: &mut Context, config: &Config, explained: &Explained) {
    let Explained { article, copies, shown } = explained;
    let title = context.terminal.paint(Colour::Green, &cut(&safe(&article.title), TEXT_CHARS_MAX));
    let source = config.sources.named(article.source.as_str());
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
        lines.push(format!("  merged  with {} of {} ({first}): {}", copy.id, copy.source, why(article, copy)));
    }
    if let Some((id, lead)) = shown.filter(|_| !copies.is_empty()) {
        let leads = if lead == article.id { "this copy leads".to_owned() } else { format!("{lead} leads") };
        lines.push(format!("  story   {leads}, under the id of {id}; `feedmill unmerge {}` takes this one out for good", article.id));
    }
    if article.story.as_ref().is_some_and(|story| story.kept_apart) {
        lines.push("  apart   taken out of its story by `feedmill unmerge`".to_owned());
    }
    lines.push(format!("  feeds   {}", feeds(config, context.now(), article).join("  ")));
    context.terminal.line(lines.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::store::rows::sample;

    #[test]
    fn an_id_is_found_in_addresses_of_its_page() {
        let id = "0123456789abcdef0123456789abcdef";
        for what in [id.to_owned(), format!("http://x.example/article/{id}"), format!("/article/{id}.md"), format!("{id}/")] {
            assert_eq!(id_in(&what).map(|id| id.to_string()).as_deref(), Some(id), "{what}");
        }
        assert!(id_in("https://36kr.com/p/3040918461").is_none());
    }

    #[test]
    fn an_address_is_found_however_long_ago_its_article_came() {
        let store = MemoryStore::new();
        for poll in 0..25 {
            let articles = (0..100).map(|number| sample::article("a", poll * 100 + number)).collect();
            store.apply(&[sample::plan("a", i64::from(poll), articles)]).unwrap();
        }
        let first = sample::article("a", 0);
        for what in [first.link.as_deref().unwrap(), first.key.value()] {
            assert_eq!(of_address(&store, what).unwrap().iter().map(|article| article.id).collect::<Vec<_>>(), [first.id], "{what}");
        }
        assert!(of_address(&store, "https://nowhere.example/").unwrap().is_empty());
    }
}
