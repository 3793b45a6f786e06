//! `feedmill preview URL|NAME`: the articles as they would be, without storing anything; without either, which stored articles a filter lets
//! pass.

mod stored;

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Semaphore;
use url::Url;

use super::add::address;
use super::exit::{Exit, Failure};
use super::probe::Probe;
use super::terminal::{cut, safe};
use super::{Context, Outcome};
use crate::clock::SystemClock;
use crate::config::{Config, parse};
use crate::daemon::fulltext::{Pages, Reader, Turn};
use crate::model::{Article, Filter, FilterSubject, Instant, Source};
use crate::pipeline::decide::{Decision, decide};
use crate::pipeline::identify::keys;
use crate::pipeline::normalize::{NormalizeContext, add_digest, article};
use crate::pipeline::summarize::Summarizer;
use crate::publish::chinese::Converter;
use crate::web::pages::article::markdown;

/// Articles that are shown.
const LIMIT_DEFAULT: usize = 10;
/// Characters of a title that a table shows.
const TITLE_CHARS_MAX: usize = 80;

/// Fetches a feed and shows the articles as they would be stored; nothing is written. With `--filter` alone: which stored articles a view
/// with this filter would show.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill preview 36kr\n  feedmill preview https://sspai.com/feed --markdown --limit 1\n  feedmill preview 36kr --filter 'title ~ \"AI\" and age < 1 day'\n  feedmill preview --filter 'category = tech and not title ~ \"广告\"'"
)]
pub struct PreviewArgs {
    /// The name of a source, or the address of a feed.
    #[arg(value_name = "URL|NAME", required_unless_present = "filter")]
    what: Option<String>,
    /// Only articles that pass this filter, written as in a `[[view]]`.
    #[arg(long)]
    filter: Option<String>,
    /// Show this many articles.
    #[arg(long, default_value_t = LIMIT_DEFAULT, value_name = "COUNT")]
    limit: usize,
    /// Print the whole articles as Markdown files with front matter.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print JSON, one object an article.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn run(context: &mut Context, args: &PreviewArgs) -> Outcome {
    let config = context.config_or_empty()?;
    let filter = args.filter.as_deref().map(Filter::parse).transpose().map_err(|error| wrong_filter(args, &error))?;
    let source = match (args.what.as_deref(), filter.clone()) {
        (Some(what), _) => source_of(&config, what)?,
        (None, Some(filter)) => return stored::run(context, config, args, filter).await,
        (None, None) => return Err(Failure::new(Exit::Usage, "say whose articles (URL or NAME), or which stored ones (--filter)")),
    };
    let probe = Probe::new(&config.fetch)?;
    let answered = probe.source(&source).await.map_err(|why| Failure::new(Exit::Trouble, why))?;
    let feed = answered.feed.map_err(|error| Failure::new(Exit::Trouble, format!("{}: {error}", answered.url)))?;
    let now = context.now();
    let (keys, unseen) = (keys(&feed), vec![None; feed.entries.len()]);
    let feed = Arc::new(feed);
    let reader = Reader {
        fetch: probe.fetch(),
        clock: Arc::new(SystemClock),
        parsers: Arc::new(Semaphore::new(1)),
        players: Arc::new(config.article.players.clone()),
    };
    let (summarizer, players) = (Summarizer::new(), &reader.players);
    let mut decision = decide(&source, &feed, &keys, &unseen, now, |entry, key, first_seen| {
        let (feed_title, feed_link) = (feed.title.as_deref(), feed.link.as_deref());
        article(entry, key, &NormalizeContext { source: &source, feed_title, feed_link, now: first_seen, players })
    });
    if source.full_text {
        let mut pages = Pages::default();
        let mut turn = Turn::new(&reader, &source, &mut pages);
        for article in &mut decision.articles {
            turn.fill(article).await;
        }
    }
    for article in &mut decision.articles {
        // A language model is not asked for a preview: it costs its user money.
        add_digest(article, &source, &summarizer);
    }
    let passes = |article: &&Article| {
        let subject = FilterSubject::new(article, source.category.as_deref(), &source.tags);
        filter.as_ref().is_none_or(|filter| filter.matches(&subject, now))
    };
    let mut articles: Vec<&Article> = decision.articles.iter().filter(passes).collect();
    articles.sort_by_key(|article| (std::cmp::Reverse(article.published), article.id));
    articles.truncate(args.limit);
    if args.json {
        let list: Vec<_> = articles.iter().map(|article| as_json(article)).collect();
        context.terminal.line(format!("{:#}", serde_json::Value::Array(list)));
    } else if args.markdown {
        let converter = Converter::new();
        for article in &articles {
            context.terminal.bytes(markdown(&config, &converter, article).as_bytes());
        }
    } else {
        table(context, &articles, now);
        summary(context, &decision, articles.len());
    }
    Ok(Exit::Done)
}

fn wrong_filter(args: &PreviewArgs, error: &crate::model::FilterError) -> Failure {
    let text = args.filter.as_deref().unwrap_or_default();
    let problem = crate::config::Problem::at("--filter", text, error.at.clone(), error.message.as_str());
    Failure::new(Exit::Usage, problem.to_string())
}

/// The named source, or one made of an address with the defaults of feeds.toml.
fn source_of(config: &Config, what: &str) -> Result<Source, Failure> {
    if let Some(source) = config.sources.named(what) {
        return Ok(Source::clone(source));
    }
    if !what.contains(['.', ':', '/']) {
        super::list::chosen(&config.sources, std::slice::from_ref(&what.to_owned()))?;
    }
    let url: Url = address(what)?;
    if let Some(source) = config.sources.iter().find(|source| source.url == url) {
        return Ok(Source::clone(source));
    }
    // As if these two lines stood in feeds.toml. An address has neither quotes nor backslashes.
    let made = parse(&format!("[[source]]\nname = \"preview\"\nurl = '{}'\n", url.as_str().replace('\'', "%27")), "the address");
    let source = made.map(|config| config.sources.first().cloned());
    let mut source = source
        .map_err(|problems| Failure::new(Exit::Usage, problems.to_string()))?
        .map(Arc::unwrap_or_clone)
        .ok_or_else(|| Failure::new(Exit::Usage, "no address"))?;
    source.image_template.clone_from(&config.article.image_template);
    source.default_cover.clone_from(&config.article.default_cover);
    Ok(source)
}

fn table(context: &mut Context, articles: &[&Article], now: Instant) {
    if articles.is_empty() {
        return;
    }
    let row = |article: &&Article| {
        let age = super::terminal::roughly((now - article.published).num_seconds());
        let cells = [
            format!("{age} ago"),
            cut(&safe(&article.title), TITLE_CHARS_MAX),
            safe(&article.keywords.join(" ")),
            format!("{} characters", article.body.as_str().chars().count()),
        ];
        cells.into_iter().map(|text| (text, None)).collect()
    };
    context.terminal.table(&["Published", "Title", "Keywords", "Body"], articles.iter().map(row).collect());
}

fn summary(context: &mut Context, decision: &Decision, shown: usize) {
    let counts = &decision.counts;
    context.terminal.line(format!("{shown} of {} articles; {} entries are left out.", counts.new, counts.rejected + counts.duplicate));
    for reject in decision.rejects.iter().take(LIMIT_DEFAULT) {
        context.terminal.line(format!("  {}: {}", cut(&safe(&reject.what), TITLE_CHARS_MAX), safe(&reject.why)));
    }
}

fn as_json(article: &Article) -> serde_json::Value {
    json!({
        "id": article.id.to_string(),
        "title": article.title,
        "link": article.link,
        "published": article.published.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "date": article.date_text,
        "summary": article.summary,
        "keywords": article.keywords,
        "categories": article.categories,
        "authors": article.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>(),
        "cover": article.cover,
        "image": article.image,
        "files": article.enclosures.iter().map(|file| json!({
            "url": file.url,
            "type": file.media_type,
            "bytes": file.length_bytes,
            "seconds": file.duration_seconds,
            "title": file.title,
        })).collect::<Vec<_>>(),
        "language": article.language,
        "key": { "kind": article.key.kind(), "value": article.key.value() },
        "body": article.body.as_str(),
    })
}
