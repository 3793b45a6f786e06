//! `feedmill poll`: once, then exit.

use std::sync::Arc;

use serde_json::json;

use super::check::progress;
use super::exit::{Exit, Failure};
use super::list::chosen;
use super::terminal::{Colour, roughly, safe};
use super::{Context, Outcome};
use crate::clock::SystemClock;
use crate::daemon::once::{self, Summary, Which};
use crate::daemon::run::{open_store, tools};
use crate::daemon::worker::Report;
use crate::model::Outcome as PollOutcome;

/// Polls once and exits: what is due, everything, or the named sources. Requests are conditional always.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  feedmill poll\n  feedmill poll --all\n  feedmill poll 36kr V2EX")]
pub struct PollArgs {
    /// Only these sources, due or not.
    #[arg(value_name = "NAME", conflicts_with = "all")]
    names: Vec<String>,
    /// All sources, due or not.
    #[arg(long)]
    all: bool,
    /// Print JSON, one object a source.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn run(context: &mut Context, args: &PollArgs) -> Outcome {
    let config = context.load_config()?;
    let named = chosen(&config.sources, &args.names)?;
    if let Some(off) = named.iter().find(|source| !args.names.is_empty() && !source.enabled) {
        return Err(Failure::new(
            Exit::Usage,
            format!("{:?} is switched off; set enabled = true in {}", off.name.as_str(), context.config_path.display()),
        ));
    }
    let which = match (args.all, args.names.is_empty()) {
        (true, _) => Which::All,
        (false, true) => Which::Due,
        (false, false) => Which::Named(args.names.clone()),
    };
    let store = open_store(&context.data).await?;
    let set_up = tools(&config, store, Arc::new(SystemClock));
    let (tools, committing) = set_up.map_err(|error| Failure::new(Exit::Network, error.to_string()))?;
    let (units, summary) = once::choose(&tools, &config, &which).await?;
    let total: usize = units.iter().map(|unit| unit.sources.len()).sum();
    let bar = progress(context, total as u64);
    let quiet = context.global.quiet;
    let mut list = Vec::new();
    let polled = {
        let terminal = &mut context.terminal;
        let tell = |report: &Report| {
            if args.json {
                list.push(as_json(report));
            } else if !quiet || matches!(report.outcome, PollOutcome::Failed(_) | PollOutcome::Gone) {
                let text = line(report);
                let colour = if matches!(report.outcome, PollOutcome::Failed(_) | PollOutcome::Gone) { Colour::Red } else { Colour::Green };
                bar.suspend(|| terminal.line(format!("{}: {}", report.source, terminal.paint(colour, &text))));
            }
            bar.inc(1);
        };
        // Whatever is durable stays so, and the rest is due at the next poll: nothing is lost by stopping here.
        tokio::select! {
            polled = once::poll(&tools, units, config.fetch.max_in_flight, summary, tell) => Some(polled?),
            _ = tokio::signal::ctrl_c() => None,
        }
    };
    bar.finish_and_clear();
    drop(tools);
    // The committer ends when nobody can hand it plans any more.
    let _ = committing.await;
    let Some(summary) = polled else {
        return Err(Failure::new(Exit::Trouble, "interrupted; what was polled is stored, the rest is still due"));
    };
    if args.json {
        context.terminal.line(format!("{:#}", serde_json::Value::Array(list)));
    } else {
        let next = summary.next_due.map(|due| (due - context.now()).num_seconds());
        context.terminal.line(said(&summary, next));
    }
    Ok(if summary.failed == 0 { Exit::Done } else { Exit::Trouble })
}

/// How the poll of one source ended, in one line.
fn line(report: &Report) -> String {
    let counts = &report.counts;
    match &report.outcome {
        PollOutcome::Failed(why) => format!("failed: {}", safe(why)),
        PollOutcome::Gone => "gone: the publisher removed it for good".to_owned(),
        PollOutcome::Unchanged => "unchanged".to_owned(),
        PollOutcome::Changed => {
            let rest = [(counts.revised, "revised"), (counts.unchanged, "known"), (counts.rejected, "left out")];
            let rest = rest.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!(", {count} {word}"));
            format!("{} new{}", counts.new, rest.collect::<String>())
        }
    }
}

fn said(summary: &Summary, next_seconds: Option<i64>) -> String {
    let next = match next_seconds {
        None => String::new(),
        Some(seconds) if seconds <= 0 => " The next is due now.".to_owned(),
        Some(seconds) => format!(" The next is due in {}.", roughly(seconds)),
    };
    if summary.polled == 0 {
        return match summary.not_due {
            0 => "There is nothing to poll; `feedmill add URL` adds a source.".to_owned(),
            count => format!("None of {count} sources is due; --all polls them all the same.{next}"),
        };
    }
    let rejected = if summary.rejected == 0 { String::new() } else { format!(", {} left out", summary.rejected) };
    format!(
        "Polled {} sources: {} changed, {} unchanged, {} failed; {} articles new, {} revised{rejected}.{next}",
        summary.polled, summary.changed, summary.unchanged, summary.failed, summary.articles_new, summary.articles_revised,
    )
}

fn as_json(report: &Report) -> serde_json::Value {
    let (result, error) = match &report.outcome {
        PollOutcome::Changed => ("changed", None),
        PollOutcome::Unchanged => ("unchanged", None),
        PollOutcome::Gone => ("gone", None),
        PollOutcome::Failed(why) => ("failed", Some(why.as_str())),
    };
    json!({
        "name": report.source.as_str(),
        "result": result,
        "error": error,
        "status": report.status,
        "new": report.counts.new,
        "revised": report.counts.revised,
        "unchanged": report.counts.unchanged,
        "rejected": report.counts.rejected,
        "wire_bytes": report.wire_bytes,
        "seconds": report.took.as_secs_f64(),
        "next_due": report.next_due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "next_why": report.next_why,
    })
}
