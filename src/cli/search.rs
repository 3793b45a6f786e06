//! `feedmill search WORDS…`: full text over all articles, asked of the running daemon or of the index in the data folder.

use std::sync::Arc;

use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use super::exit::{Exit, Failure};
use super::progress::bar;
use super::terminal::{cut, safe};
use super::{Context, Outcome, in_background};
use crate::config::{Config, Problem};
use crate::daemon::control::ask_to_find;
use crate::search::query::shown_range;
use crate::search::{AnswerLine, Query, QueryError, RESULTS_MAX, Search, SearchError, Wanted};
use crate::store::{RemoteStore, Store, StoreError};

/// Articles shown where nobody says how many.
const LIMIT_DEFAULT: usize = 20;
/// Characters of a title that a table shows.
const TITLE_CHARS_MAX: usize = 60;
/// Characters of an extract that a table shows.
const EXTRACT_CHARS_MAX: usize = 90;

/// Finds articles by their words, the best first. Words are all wanted; "…" is a phrase, OR an alternative, NOT (or -) takes out.
///
/// Filters: source: category: tag: lang: author: title: after: before: sort:date. Works while the daemon runs and without it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct SearchArgs {
    /// What to look for.
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
    /// Show this many articles.
    #[arg(long, default_value_t = LIMIT_DEFAULT, value_name = "COUNT")]
    limit: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  feedmill search 大模型 openai
  feedmill search '\"large language model\"' after:2024-02-01 NOT sponsored
  feedmill search source:36kr,ifanr title:发布 sort:date --limit 50
  feedmill search 'lang:en (rust OR zig) -game' --json | jq -r '.hits[].link'";

/// Does it.
pub async fn run(context: &mut Context, args: &SearchArgs) -> Outcome {
    let config = context.config_or_empty()?;
    let text = args.words.join(" ");
    let query = Query::parse(&text, context.now(), config.site.zone()).map_err(|error| wrong(&text, &error))?;
    if query.is_empty() {
        return Err(Failure::new(Exit::Usage, "there is nothing to look for"));
    }
    let limit = args.limit.clamp(1, RESULTS_MAX);
    let found = match RemoteStore::connect(&context.data) {
        Some(daemon) => {
            let (asked, unanswered) = (text.clone(), || StoreError::Unusable("the running feedmill gave no answer".into()));
            in_background(move || ask_to_find(&daemon, &asked, limit)?.ok_or_else(unanswered)).await?
        }
        None => here(context, &config, &text, query, limit).await?,
    };
    if args.json {
        let text = serde_json::to_string_pretty(&found).map_err(|error| Failure::new(Exit::File, error.to_string()))?;
        context.terminal.line(text);
    } else {
        show(context, &found);
    }
    Ok(if found.hits.is_empty() { Exit::Trouble } else { Exit::Done })
}

/// Brings the index up to the store, with a bar where that takes long, and asks it.
async fn here(context: &mut Context, config: &Config, text: &str, query: Query, limit: usize) -> Result<AnswerLine, Failure> {
    if !config.search.enabled {
        return Err(Failure::new(Exit::Config, SearchError::Off.to_string()));
    }
    let store = context.need_store().await?;
    let search = Arc::new(Search::new(&context.data, Arc::default()));
    let bar = bar(context.terminal.interactive, "making the index {bar:30} {percent}%  {eta} left", 0);
    let stop = CancellationToken::new();
    let (sources, stopping, moving) = (config.sources.clone(), stop.clone(), bar.clone());
    let mut work = tokio::task::spawn_blocking(move || -> Result<AnswerLine, SearchError> {
        follow(&search, &*store, &moving, &stopping)?;
        let wanted = Wanted { query: &query, sources: &sources, sort: None, skip: 0, limit };
        let answer = match search.answer(&*store, &wanted, &|article| article) {
            // What is damaged is found when it is read, and made anew.
            Err(SearchError::Damaged { .. }) => {
                follow(&search, &*store, &moving, &stopping)?;
                search.answer(&*store, &wanted, &|article| article)
            }
            answer => answer,
        };
        answer.map(|answer| AnswerLine::from(&answer))
    });
    let done = tokio::select! {
        done = &mut work => done,
        _ = tokio::signal::ctrl_c() => {
            stop.cancel();
            let _ = work.await;
            bar.finish_and_clear();
            return Err(Failure::new(Exit::Trouble, "interrupted; the index keeps what it has, and goes on the next time"));
        }
    };
    bar.finish_and_clear();
    match done {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(SearchError::Query(error))) => Err(wrong(text, &error)),
        Ok(Err(SearchError::Store(error))) => Err(error.into()),
        Ok(Err(error)) => Err(Failure::new(Exit::File, error.to_string())),
        Err(_) => Err(Failure::new(Exit::Trouble, "searching failed inside feedmill; please report it")),
    }
}

fn follow(search: &Search, store: &dyn Store, bar: &ProgressBar, stop: &CancellationToken) -> Result<(), SearchError> {
    search.follow(store, &mut |progress| {
        bar.set_length(progress.arrived);
        bar.set_position(progress.taken);
        !stop.is_cancelled()
    })
}

/// The mistake, with a caret under it.
fn wrong(text: &str, error: &QueryError) -> Failure {
    let problem = Problem::at("the query", text, shown_range(text, &error.at), error.to_string());
    Failure::new(Exit::Usage, problem.to_string())
}

fn show(context: &mut Context, found: &AnswerLine) {
    let row = |hit: &crate::search::HitLine| {
        let day = hit.published.split('T').next().unwrap_or_default().to_owned();
        let cells = [day, safe(&hit.source), cut(&safe(&hit.title), TITLE_CHARS_MAX), cut(&safe(&hit.extract), EXTRACT_CHARS_MAX)];
        cells.into_iter().map(|text| (text, None)).collect()
    };
    if !found.hits.is_empty() {
        context.terminal.table(&["Published", "Source", "Title", "Text"], found.hits.iter().map(row).collect());
    }
    let shown = found.hits.len();
    if !context.global.quiet {
        context.terminal.note(match (found.total, shown) {
            (0, _) => format!("Nothing was found among {} articles.", found.searched),
            (total, shown) if total > shown => format!("{shown} of {total} articles; --limit shows more."),
            (total, _) => format!("{total} {}.", if total == 1 { "article" } else { "articles" }),
        });
        if !found.complete {
            context.terminal.note(format!("The index is still being made ({} %): more may be found later.", found.percent));
        }
    }
}
