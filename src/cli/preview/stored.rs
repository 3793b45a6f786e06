//! `feedmill preview --filter '…'`: which of the stored articles a `[[view]]` with this filter would show.
//!
//! In: the filter, the store (the daemon's where one runs). Out: the newest that pass, and how many do. Bound: as many articles are read as
//! for a view.

use super::{PreviewArgs, TITLE_CHARS_MAX, as_json};
use crate::cli::context::in_background;
use crate::cli::exit::Exit;
use crate::cli::terminal::{cut, roughly, safe};
use crate::cli::{Context, Outcome};
use crate::config::Config;
use crate::model::{Article, Filter};
use crate::publish::chinese::Converter;
use crate::store::scan;
use crate::web::pages::article::markdown;
use crate::web::select::{SCAN_ARTICLES_MAX, Scope};

/// What passed.
struct Passed {
    /// The newest of them.
    articles: Vec<Article>,
    /// All of them.
    count: usize,
    /// Articles that were read.
    read: usize,
    /// There are older ones that were not read.
    is_cut: bool,
}

/// Does it.
pub(super) async fn run(context: &mut Context, config: Config, args: &PreviewArgs, filter: Filter) -> Outcome {
    let store = context.need_store().await?;
    let (now, limit) = (context.now(), args.limit);
    let settings = config.clone();
    let passed = in_background(move || {
        let scope = Scope::new(&settings, now);
        let mut passed = Passed { articles: Vec::new(), count: 0, read: 0, is_cut: false };
        let is_whole = scan(&*store, None, None, SCAN_ARTICLES_MAX, |article| {
            passed.read += 1;
            if scope.passes(&filter, &article) {
                passed.count += 1;
                if passed.articles.len() < limit {
                    passed.articles.push(article);
                }
            }
            true
        })?;
        passed.is_cut = !is_whole;
        Ok(passed)
    });
    let passed = passed.await?;
    if args.json {
        let list: Vec<_> = passed.articles.iter().map(as_json).collect();
        context.terminal.line(format!("{:#}", serde_json::Value::Array(list)));
    } else if args.markdown {
        let converter = Converter::new();
        for article in &passed.articles {
            context.terminal.bytes(markdown(&config, &converter, article).as_bytes());
        }
    } else {
        show(context, &passed);
    }
    Ok(Exit::Done)
}

fn show(context: &mut Context, passed: &Passed) {
    let now = context.now();
    let row = |article: &Article| {
        let age = roughly((now - article.published).num_seconds());
        let cells = [format!("{age} ago"), safe(article.source.as_str()), cut(&safe(&article.title), TITLE_CHARS_MAX)];
        cells.into_iter().map(|text| (text, None)).collect()
    };
    if !passed.articles.is_empty() {
        context.terminal.table(&["Published", "Source", "Title"], passed.articles.iter().map(row).collect());
    }
    let which = if passed.is_cut { "newest " } else { "" };
    let more = if passed.count > passed.articles.len() { "; --limit shows more" } else { "" };
    context.terminal.line(format!("{} of the {which}{} stored articles pass{more}.", passed.count, passed.read));
}
