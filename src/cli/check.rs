//! `feedmill check`: the configuration, and with `--live` every source.

use futures_util::StreamExt as _;
use serde_json::json;

use super::exit::Exit;
use super::list::chosen;
use super::probe::{Answered, Probe};
use super::progress::counting;
use super::terminal::{Colour, roughly, safe};
use super::{Context, Outcome};
use crate::config::{Config, TABLES};
use crate::model::{Instant, Source};

/// Reads feeds.toml and tells everything that is wrong with it; with --live, asks every source once.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill check\n  feedmill check --live\n  feedmill check --live 36kr V2EX\n  feedmill check --keys      # every key of feeds.toml, explained"
)]
pub struct CheckArgs {
    /// With --live: only these sources.
    #[arg(value_name = "NAME", requires = "live")]
    names: Vec<String>,
    /// Ask every source once, and say what came back.
    #[arg(long)]
    live: bool,
    /// Explain every key that feeds.toml can have.
    #[arg(long, conflicts_with = "live")]
    keys: bool,
    /// With --live: print JSON, one object a source.
    #[arg(long, requires = "live")]
    json: bool,
}

/// Does it.
pub async fn run(context: &mut Context, args: &CheckArgs) -> Outcome {
    if args.keys {
        keys(context);
        return Ok(Exit::Done);
    }
    let config = context.load_config()?;
    for warning in &config.warnings {
        let word = context.terminal.paint(Colour::Yellow, "warning:");
        context.terminal.note(format!("{word} {warning}"));
    }
    if args.live {
        return live(context, &config, args).await;
    }
    let summary = summary(&config);
    context.terminal.line(format!("{} is fine: {summary}.", context.config_path.display()));
    Ok(Exit::Done)
}

fn summary(config: &Config) -> String {
    let count = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let categories: std::collections::BTreeSet<_> = config.sources.iter().filter_map(|source| source.category.as_deref()).collect();
    let off = config.sources.iter().filter(|source| !source.enabled).count();
    let off = if off == 0 { String::new() } else { format!(" ({off} switched off)") };
    let sources = count(config.sources.len(), "source", "sources");
    let categories = count(categories.len(), "category", "categories");
    format!("{sources}{off}, {categories}, {}", count(config.views.len(), "view", "views"))
}

/// Every key, with its kind, an example and its meaning.
fn keys(context: &mut Context) {
    for table in TABLES {
        context.terminal.line(format!("{}  {}", table.header(), table.doc));
        for key in table.keys {
            context.terminal.line(format!("  {} = {}", key.name, key.example));
            context.terminal.line(format!("      {} ({})", key.doc, key.kind.words()));
        }
        context.terminal.line("");
    }
}

async fn live(context: &mut Context, config: &Config, args: &CheckArgs) -> Outcome {
    let sources = chosen(&config.sources, &args.names)?;
    let probe = Probe::new(&config.fetch)?;
    let bar = counting(context, sources.len() as u64);
    let widest = sources.iter().map(|source| unicode_width::UnicodeWidthStr::width(source.name.as_str())).max().unwrap_or(0);
    let mut asked = futures_util::stream::iter(sources.into_iter().map(|source| {
        let probe = probe.clone();
        async move { (source, probe.source(source).await) }
    }))
    .buffer_unordered(config.fetch.max_in_flight);
    let (mut failed, mut total, mut list) = (0, 0, Vec::new());
    let now = context.now();
    while let Some((source, answered)) = asked.next().await {
        total += 1;
        let verdict = verdict(&answered, now);
        failed += usize::from(verdict.is_err());
        if args.json {
            list.push(as_json(source, &answered));
        } else {
            let (mark, text) = match &verdict {
                Ok(text) => (context.terminal.paint(Colour::Green, "ok    "), text),
                Err(text) => (context.terminal.paint(Colour::Red, "failed"), text),
            };
            let pad = " ".repeat(widest.saturating_sub(unicode_width::UnicodeWidthStr::width(source.name.as_str())));
            bar.suspend(|| context.terminal.line(format!("{mark}  {}{pad}  {text}", source.name)));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.json {
        context.terminal.line(format!("{:#}", serde_json::Value::Array(list)));
    } else {
        context.terminal.line(format!("{} of {total} sources answer with a feed.", total - failed));
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::Trouble })
}

/// One line on what a source answered.
fn verdict(answered: &Result<Answered, String>, now: Instant) -> Result<String, String> {
    let answered = answered.as_ref().map_err(|why| safe(why))?;
    let feed = answered.feed.as_ref().map_err(|error| safe(&format!("{}: {error}", answered.url)))?;
    let mut text = format!("{}, {} entries", feed.format.word(), feed.entries.len());
    if let Some(newest) = feed.entries.iter().filter_map(|entry| entry.published).max() {
        let seconds = (now - newest).num_seconds();
        text.push_str(&if seconds >= 0 { format!(", newest {} ago", roughly(seconds)) } else { ", newest in the future".to_owned() });
    }
    text.push_str(&format!(", {:.1} s", answered.took.as_secs_f64()));
    if !feed.rejects.is_empty() {
        text.push_str(&format!("; {} entries unreadable, the first: {}", feed.rejects.len(), safe(&feed.rejects[0].why)));
    }
    if let Some(repair) = feed.repairs.first() {
        text.push_str(&format!("; repaired: {}", safe(repair)));
    }
    if let Some(moved) = &answered.moved {
        text.push_str(&format!("; moved for good to {moved}"));
    }
    Ok(text)
}

fn as_json(source: &Source, answered: &Result<Answered, String>) -> serde_json::Value {
    let found = answered.as_ref().ok();
    let feed = found.and_then(|answered| answered.feed.as_ref().ok());
    let error = match answered {
        Err(why) => Some(why.clone()),
        Ok(answered) => answered.feed.as_ref().err().map(ToString::to_string),
    };
    json!({
        "name": source.name.as_str(),
        "url": source.url.as_str(),
        "ok": feed.is_some(),
        "error": error,
        "format": feed.map(|feed| feed.format.word()),
        "title": feed.and_then(|feed| feed.title.as_deref()),
        "entries": feed.map(|feed| feed.entries.len()),
        "rejects": feed.map(|feed| feed.rejects.iter().map(|reject| json!({ "what": reject.what, "why": reject.why })).collect::<Vec<_>>()),
        "repairs": feed.map(|feed| &feed.repairs),
        "moved_to": found.and_then(|answered| answered.moved.as_ref()).map(url::Url::as_str),
        "seconds": found.map(|answered| answered.took.as_secs_f64()),
    })
}
