//! `feedmill status`: how it is, at a glance.

use std::collections::HashMap;

use serde_json::json;

use super::exit::Exit;
use super::terminal::{Colour, cut, roughly, safe};
use super::{Context, Outcome, in_background};
use crate::model::words::say_size;
use crate::model::{Outcome as PollOutcome, SourceName, SourceState};
use crate::store::RemoteStore;

/// Sources in trouble that are named.
const TROUBLED_MAX: usize = 20;
/// Characters of a reason that are shown.
const REASON_CHARS_MAX: usize = 100;

/// Shows how feedmill is: what it has, which sources are in trouble, what is due next.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  feedmill status\n  feedmill status --json | jq .articles")]
pub struct StatusArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn run(context: &mut Context, args: &StatusArgs) -> Outcome {
    let config = context.load_config()?;
    let running = RemoteStore::connect(&context.data).is_some();
    let store = context.need_store().await?;
    let (states, totals) = in_background(move || Ok((store.source_states()?, store.totals()?))).await?;
    let now = context.now();
    let ours: Vec<_> = config.sources.iter().filter(|source| source.enabled).collect();
    let by_name: HashMap<&SourceName, &SourceState> = states.iter().map(|state| (&state.source, state)).collect();
    let state = |name: &SourceName| by_name.get(name).copied();
    let failed = |outcome: &Option<PollOutcome>| matches!(outcome, Some(PollOutcome::Failed(_) | PollOutcome::Gone));
    let troubled: Vec<_> = ours.iter().filter_map(|source| state(&source.name)).filter(|state| failed(&state.outcome)).collect();
    let holding: Vec<_> = ours.iter().filter_map(|source| Some((&source.name, state(&source.name)?.burst?))).collect();
    let polled = ours.iter().filter(|source| state(&source.name).is_some_and(|state| state.last_attempt.is_some())).count();
    let next = ours.iter().filter_map(|source| state(&source.name)).map(|state| state.next_due).min();
    let last_new = states.iter().filter_map(|state| state.last_new).max();
    if args.json {
        let time = |at: Option<crate::model::Instant>| at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        let status = json!({
            "running": running,
            "articles": totals.articles,
            "sightings": totals.sightings,
            "disk_bytes": totals.disk_bytes,
            "sources": ours.len(),
            "polled": polled,
            "troubled": troubled.iter().map(|state| state.source.as_str()).collect::<Vec<_>>(),
            "held_back": holding.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            "last_new": time(last_new),
            "next_due": time(next),
        });
        context.terminal.line(format!("{status:#}"));
        return Ok(if troubled.is_empty() { Exit::Done } else { Exit::Trouble });
    }
    let ago = |at: Option<crate::model::Instant>| {
        at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", roughly((now - at).num_seconds())))
    };
    let due = next.map_or_else(
        || "nothing".to_owned(),
        |at| if at <= now { "now".to_owned() } else { format!("in {}", roughly((at - now).num_seconds())) },
    );
    let daemon =
        if running { context.terminal.paint(Colour::Green, "running") } else { context.terminal.paint(Colour::Yellow, "not running") };
    context.terminal.line(format!("daemon    {daemon}"));
    context.terminal.line(format!(
        "articles  {} ({} on disk), the newest came {}",
        totals.articles,
        say_size(totals.disk_bytes),
        ago(last_new)
    ));
    context.terminal.line(format!("sources   {} of {} polled, {} in trouble; the next is due {due}", polled, ours.len(), troubled.len()));
    for state in troubled.iter().take(TROUBLED_MAX) {
        let why = match &state.outcome {
            Some(PollOutcome::Failed(why)) => cut(&safe(why), REASON_CHARS_MAX),
            _ => "the publisher removed it for good".to_owned(),
        };
        context.terminal.line(format!("  {}: {}", state.source, context.terminal.paint(Colour::Red, &why)));
    }
    for (name, burst) in holding.iter().take(TROUBLED_MAX) {
        let said = format!("holds {} entries back that cannot be new; `feedmill release {name}` lets them in", burst.entries);
        context.terminal.line(format!("  {name}: {}", context.terminal.paint(Colour::Yellow, &said)));
    }
    if troubled.len() > TROUBLED_MAX {
        context.terminal.line(format!("  and {} more: `feedmill list`", troubled.len() - TROUBLED_MAX));
    }
    Ok(if troubled.is_empty() { Exit::Done } else { Exit::Trouble })
}
