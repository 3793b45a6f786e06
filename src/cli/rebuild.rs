//! `feedmill rebuild`: makes stored articles again of what they were made of.

use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::progress::bar;
use super::{Context, Outcome, in_background, list, poll};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::daemon::control::give_order;
use crate::daemon::orders::Order;
use crate::daemon::rebuild::{Rebuilt, STEP_ARTICLES, step};
use crate::daemon::run::open_store;
use crate::pipeline::summarize::Summarizer;
use crate::store::{RemoteStore, Store, StoreError};

/// Makes stored articles again, by feeds.toml and the program as they are now: pictures, players, whole texts, keywords and summaries. Nobody is asked
/// for anything; ids, dates and stories stay. It can be interrupted and begun again, and works while the daemon runs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedmill rebuild            # after an update, or a change of [article]\n  feedmill rebuild 36kr V2EX  # after a change of these sources"
)]
pub struct RebuildArgs {
    /// Only the articles of these sources.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print JSON: how many articles had which outcome.
    #[arg(long)]
    json: bool,
}

/// Who does it.
enum Worker {
    /// This process.
    Here(Arc<dyn Store>, Arc<Summarizer>),
    /// The daemon that has the store open.
    Daemon(RemoteStore),
}

impl Worker {
    /// One step. Blocks.
    fn step(&self, config: &Config, names: &[String], from: u64) -> Result<Rebuilt, StoreError> {
        match self {
            Self::Here(store, summarizer) => step(&**store, config, summarizer, names, from),
            Self::Daemon(daemon) => {
                let said = give_order(daemon, &Order::Rebuild { names: names.to_vec(), from })?.unwrap_or_default();
                serde_json::from_str(&said)
                    .map_err(|error| StoreError::Unusable(format!("the running feedmill is another version: {error}; restart it")))
            }
        }
    }
}

/// Does it.
pub async fn run(context: &mut Context, args: &RebuildArgs) -> Outcome {
    let config = Arc::new(context.load_config()?);
    list::chosen(&config.sources, &args.names)?;
    let (worker, store) = match open_store(&context.data, SystemClock.now()).await {
        Ok((store, recovered)) => {
            if let Some(text) = recovered {
                context.terminal.note(text);
            }
            (Worker::Here(Arc::clone(&store), Arc::default()), store)
        }
        Err(StoreError::InUse(why)) => match RemoteStore::connect(&context.data) {
            Some(daemon) => (Worker::Daemon(daemon.clone()), Arc::new(daemon) as Arc<dyn Store>),
            None => return Err(StoreError::InUse(why).into()),
        },
        Err(error) => return Err(error.into()),
    };
    let end = in_background(move || store.next_arrival(None)).await?;
    let worker = Arc::new(worker);
    let bar = bar(context.terminal.interactive && !args.json, "{bar:30} {pos}/{len} articles  {msg}  {eta} left", end);
    let (mut done, mut from) = (Rebuilt::default(), 0);
    let mut interrupted = false;
    while from < end && !interrupted {
        let (worker, config, names) = (Arc::clone(&worker), Arc::clone(&config), args.names.clone());
        let stepping = in_background(move || worker.step(&config, &names, from));
        tokio::pin!(stepping);
        // A step is short and whole: after an interruption it is waited for.
        done = done.and(tokio::select! {
            step = &mut stepping => step?,
            _ = tokio::signal::ctrl_c() => {
                interrupted = true;
                stepping.await?
            }
        });
        from = from.saturating_add(STEP_ARTICLES).min(end);
        bar.set_position(from);
        bar.set_message(format!("{} changed", done.changed));
    }
    bar.finish_and_clear();
    // The daemon renders by itself.
    if let (Worker::Here(store, _), true) = (&*worker, done.changed > 0) {
        // The index for searching knows the articles as they were; it is made anew when it is next needed, and none is no fault.
        let _ = std::fs::remove_dir_all(context.data.join(crate::search::FOLDER));
        poll::publish(context, &config, Arc::clone(store), Arc::new(SystemClock)).await;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&done).map_err(|error| Failure::new(Exit::File, error.to_string()))?;
        context.terminal.line(text);
    } else {
        context.terminal.line(said(done));
    }
    if interrupted {
        return Err(Failure::new(Exit::Trouble, "interrupted; what was made until now is stored, and the rest is as it was"));
    }
    Ok(Exit::Done)
}

fn said(done: Rebuilt) -> String {
    let Rebuilt { changed, same, without_original, without_source, left } = done;
    let mut text = format!("{} articles: {changed} changed, {same} stay the same", done.articles());
    let reasons = [
        (without_original, "were stored before originals were kept, or are too long for it"),
        (without_source, "are of sources that feeds.toml does not have"),
        (left, "could not be made again (see the log) or changed meanwhile"),
    ];
    for (count, why) in reasons.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("; {count} {why}"));
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_with_why_some_stay_as_they_are() {
        let done = Rebuilt { changed: 2, same: 3, without_original: 1, ..Rebuilt::default() };
        assert_eq!(said(done), "6 articles: 2 changed, 3 stay the same; 1 were stored before originals were kept, or are too long for it.");
    }
}
