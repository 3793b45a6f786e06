//! `feedmill list`: the sources, and how they are.

use std::collections::HashMap;

use serde_json::json;

use super::exit::{Exit, Failure};
use super::terminal::{Colour, Painted, cut, roughly, safe};
use super::{Context, Outcome};
use crate::config::Sources;
use crate::model::words::{nearest, say_duration};
use crate::model::{Instant, Outcome as PollOutcome, Schedule, Source, SourceName, SourceState};
use crate::store::StoreError;

/// Characters of a reason that a table shows.
const REASON_CHARS_MAX: usize = 80;

/// Shows the sources of feeds.toml: when each was polled, what it brought, when it is polled next.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill list\n  feedmill list --category tech --explain\n  feedmill list --json | jq -r '.[] | select(.failures > 0) | .name'"
)]
pub struct ListArgs {
    /// Only these sources.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only the sources of this category.
    #[arg(long)]
    category: Option<String>,
    /// Show why each source is polled when it is, and how its last poll ended.
    #[arg(long)]
    explain: bool,
    /// Print JSON, one object a source.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn run(context: &mut Context, args: &ListArgs) -> Outcome {
    let config = context.load_config()?;
    let sources = chosen(&config.sources, &args.names)?;
    let sources: Vec<&Source> = sources.into_iter().filter(|source| args.category.is_none() || source.category == args.category).collect();
    if let Some(category) = args.category.as_deref().filter(|_| sources.is_empty()) {
        let known = config.sources.iter().filter_map(|source| source.category.as_deref());
        let near = nearest(category, known).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        return Err(Failure::new(Exit::Trouble, format!("there is no source in the category {category:?}{near}")));
    }
    let states = match context.store_states().await {
        Ok(states) => states,
        Err(error @ StoreError::InUse(_)) => {
            context.terminal.note(format!("{error}\nUntil it is stopped, this shows what feeds.toml says, not how the sources are."));
            None
        }
        Err(error) => return Err(error.into()),
    };
    let now = context.now();
    let by_name: HashMap<&SourceName, &SourceState> = states.iter().flatten().map(|state| (&state.source, state)).collect();
    let state = |source: &Source| by_name.get(&source.name).copied();
    if args.json {
        let list: Vec<_> = sources.iter().map(|source| as_json(source, state(source))).collect();
        context.terminal.line(format!("{:#}", serde_json::Value::Array(list)));
        return Ok(Exit::Done);
    }
    if sources.is_empty() {
        context.terminal.line(format!("There is no source in {} yet; `feedmill add URL` adds one.", context.config_path.display()));
        return Ok(Exit::Done);
    }
    let mut header = vec!["Name", "Category", "Every", "Polled", "Next", "Articles", "State"];
    header.extend(args.explain.then_some("Why"));
    let rows = sources.iter().map(|source| {
        let state = state(source);
        let mut row = row(source, state, now);
        let why = || state.map_or_else(|| "never polled yet".to_owned(), |state| cut(&safe(&state.next_why), REASON_CHARS_MAX));
        row.extend(args.explain.then(|| (why(), None)));
        row
    });
    let rows: Vec<Vec<Painted>> = rows.collect();
    context.terminal.table(&header, rows);
    Ok(Exit::Done)
}

/// The named sources, or all.
pub fn chosen<'s>(sources: &'s Sources, names: &[String]) -> Result<Vec<&'s Source>, Failure> {
    if names.is_empty() {
        return Ok(sources.iter().map(|source| &**source).collect());
    }
    let find = |name: &String| match sources.place_of(name) {
        Ok(at) => Ok(&*sources[at]),
        Err(error) => Err(Failure::new(Exit::Usage, error.to_string())),
    };
    names.iter().map(find).collect()
}

fn every(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Interval(interval) => say_duration(*interval),
        Schedule::Cron { expression, .. } => expression.clone(),
    }
}

fn row(source: &Source, state: Option<&SourceState>, now: Instant) -> Vec<Painted> {
    let since = |at: Option<Instant>| at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", roughly((now - at).num_seconds())));
    let next = |state: &SourceState| {
        let seconds = (state.next_due - now).num_seconds();
        if seconds <= 0 { "now".to_owned() } else { format!("in {}", roughly(seconds)) }
    };
    let (colour, health) = health(source, state);
    let plain = [
        source.name.to_string(),
        source.category.clone().unwrap_or_default(),
        every(&source.schedule),
        state.map_or_else(|| "never".to_owned(), |state| since(state.last_attempt)),
        if source.enabled { state.map_or_else(|| "now".to_owned(), next) } else { String::new() },
        state.map_or_else(String::new, |state| state.articles_new.to_string()),
    ];
    plain.into_iter().map(|text| (text, None)).chain([(health, Some(colour))]).collect()
}

/// How a source is, in a few words.
fn health(source: &Source, state: Option<&SourceState>) -> (Colour, String) {
    if !source.enabled {
        return (Colour::Yellow, "switched off".into());
    }
    let Some(state) = state else { return (Colour::Yellow, "new".into()) };
    match &state.outcome {
        None => (Colour::Yellow, "new".into()),
        Some(PollOutcome::Gone) => (Colour::Red, "gone: the publisher removed it for good".into()),
        Some(PollOutcome::Failed(why)) => (Colour::Red, format!("failed {}×: {}", state.failures, cut(&safe(why), REASON_CHARS_MAX))),
        Some(PollOutcome::Changed | PollOutcome::Unchanged) if state.burst.is_some() => {
            let entries = state.burst.map_or(0, |burst| burst.entries);
            (Colour::Yellow, format!("holds {entries} entries back: `feedmill release {}`", source.name))
        }
        Some(PollOutcome::Changed | PollOutcome::Unchanged) => (Colour::Green, "ok".into()),
    }
}

fn as_json(source: &Source, state: Option<&SourceState>) -> serde_json::Value {
    let time = |at: Option<Instant>| at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    json!({
        "name": source.name.as_str(),
        "url": source.url.as_str(),
        "category": source.category,
        "tags": source.tags,
        "every": every(&source.schedule),
        "enabled": source.enabled,
        "state": health(source, state).1,
        "title": state.and_then(|state| state.feed_title.as_deref()),
        "website": state.and_then(|state| state.feed_link.as_deref()),
        "adopted_url": state.and_then(|state| state.adopted_url.as_deref()),
        "last_attempt": time(state.and_then(|state| state.last_attempt)),
        "last_success": time(state.and_then(|state| state.last_success)),
        "last_new": time(state.and_then(|state| state.last_new)),
        "next_due": time(state.map(|state| state.next_due)),
        "next_why": state.map(|state| state.next_why.as_str()),
        "error": state.and_then(|state| match &state.outcome {
            Some(PollOutcome::Failed(why)) => Some(why.as_str()),
            Some(PollOutcome::Gone) => Some("the publisher says that this feed is gone for good"),
            _ => None,
        }),
        "failures": state.map_or(0, |state| state.failures),
        "polls": state.map_or(0, |state| state.polls),
        "articles_new": state.map_or(0, |state| state.articles_new),
        "held_back": state.and_then(|state| state.burst).map_or(0, |burst| burst.entries),
    })
}
