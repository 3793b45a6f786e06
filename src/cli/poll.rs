//! `feedmill poll`: polls once, with a progress bar on a terminal and plain lines otherwise.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressState};

use super::exit::{Exit, Failure};
use super::list::chosen;
use super::progress::bar;
use super::terminal::{Colour, roughly, safe};
use super::{Context, Outcome, in_background};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::daemon::control::{ReportLine, ask_to_poll};
use crate::daemon::maintenance::{expires, without_daemon};
use crate::daemon::once::{self, Summary, Which};
use crate::daemon::run::{open_store, tools};
use crate::daemon::{publisher, units};
use crate::store::{RemoteStore, StoreError};
use crate::web::{Rendered, WebState, folder, render};

/// Units under way at once, those included that wait for their host's turn; the fetcher's own limits are narrower.
const AT_ONCE: usize = 10_000;

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

impl PollArgs {
    /// One source, due or not.
    pub fn of(name: &str) -> Self {
        Self { names: vec![name.to_owned()], ..Self::default() }
    }
}

/// Does it: in this process, or by the daemon that has the store open.
pub async fn run(context: &mut Context, args: &PollArgs) -> Outcome {
    let config = context.load_config()?;
    chosen(&config.sources, &args.names)?;
    if let Some(name) = once::unknown(&config, &args.names).first() {
        return Err(Failure::new(Exit::Usage, format!("the source {name:?} is switched off (enabled = false)")));
    }
    if config.sources.is_empty() {
        context.terminal.line(format!("There is no source in {} yet; `feedmill add URL` adds one.", context.config_path.display()));
        return Ok(Exit::Done);
    }
    let mut teller = Teller::new(args.json, context.terminal.interactive && !args.json);
    let summary = match open_store(&context.data, SystemClock.now()).await {
        Ok((store, recovered)) => {
            if let Some(text) = recovered {
                context.terminal.note(text);
            }
            here(context, &config, args, store, &mut teller).await?
        }
        Err(StoreError::InUse(why)) => match RemoteStore::connect(&context.data) {
            Some(daemon) => by_the_daemon(context, &config, args, daemon, &mut teller).await?,
            None => return Err(StoreError::InUse(why).into()),
        },
        Err(error) => return Err(error.into()),
    };
    teller.bar.finish_and_clear();
    if args.json {
        let list = serde_json::to_string_pretty(&teller.list).map_err(|error| Failure::new(Exit::File, error.to_string()))?;
        context.terminal.line(list);
    } else {
        context.terminal.line(said(&summary, SystemClock.now()));
    }
    Ok(if summary.failed > 0 { Exit::Trouble } else { Exit::Done })
}

async fn here(
    context: &mut Context,
    config: &Config,
    args: &PollArgs,
    store: Arc<dyn crate::store::Store>,
    teller: &mut Teller,
) -> Result<Summary, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (tools, committing) = tools(config, Arc::clone(&store), Arc::clone(&clock), Arc::default(), &context.data)
        .map_err(|error| Failure::new(Exit::Network, error.to_string()))?;
    let which = match (args.all, args.names.is_empty()) {
        (true, _) => Which::All,
        (false, true) => Which::Due,
        (false, false) => Which::Named(args.names.clone()),
    };
    let (units, summary) = once::choose(&tools, config, &which).await?;
    teller.expect(units.iter().map(|chosen| chosen.unit.sources.len()).sum());
    let polling = once::poll(&tools, units, AT_ONCE, summary, |reports| {
        teller.tell(context, reports.iter().map(ReportLine::from).collect());
    });
    // Whatever was acknowledged before an interruption stays; the rest is due still.
    let result = tokio::select! {
        result = polling => result.map_err(Failure::from),
        _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Trouble, "interrupted; what was polled until now is stored")),
    };
    drop(tools);
    let _ = committing.await;
    let mut upkeep = Ok(());
    // Whoever interrupted it does not wait for more.
    if result.is_ok() && expires(config) {
        let (store, config, now) = (Arc::clone(&store), config.clone(), clock.now());
        upkeep = in_background(move || without_daemon(&*store, &config, now)).await;
    }
    publish(context, config, store, clock).await;
    let summary = result?;
    upkeep?;
    Ok(summary)
}

/// The rendered feeds are files that any web server can serve: a poll keeps them fresh without a daemon too. Where nothing that they
/// are made of has changed, they are fresh already.
pub async fn publish(context: &Context, config: &Config, store: Arc<dyn crate::store::Store>, clock: Arc<dyn Clock>) {
    let public = context.data.join("public");
    let stamp = render::stamp(&*store, config).ok().flatten();
    if stamp.as_deref().is_some_and(|stamp| folder::is_made_of(&public, stamp)) {
        return;
    }
    let state = WebState::new(Arc::new(arc_swap::ArcSwap::from_pointee(config.clone())), clock, Arc::default());
    // Without its stamp: what is there is not whole, or of a version that did not say how long its files are.
    state.publish(Rendered { stamp: None, ..folder::load(&public).unwrap_or_default() });
    publisher::publish(&state, &store, &public).await;
}

async fn by_the_daemon(
    context: &mut Context,
    config: &Config,
    args: &PollArgs,
    daemon: RemoteStore,
    teller: &mut Teller,
) -> Result<Summary, Failure> {
    let named = |unit: &units::Unit| args.names.iter().any(|name| unit.has(name));
    let expected =
        units::group(&config.sources).iter().filter(|unit| args.names.is_empty() || named(unit)).map(|unit| unit.sources.len()).sum();
    if args.all || !args.names.is_empty() {
        teller.expect(expected);
    }
    let (sender, mut lines) = tokio::sync::mpsc::channel(AT_ONCE);
    let (all, names) = (args.all, args.names.clone());
    let asking = tokio::task::spawn_blocking(move || {
        ask_to_poll(&daemon, all, &names, |line| {
            // Nobody listens after an interruption.
            let _ = sender.blocking_send(line);
        })
    });
    let mut summary = Summary::default();
    let mut told = Vec::new();
    while lines.recv_many(&mut told, AT_ONCE).await > 0 {
        told.iter().for_each(|line| add(&mut summary, line));
        teller.tell(context, std::mem::take(&mut told));
    }
    asking.await.unwrap_or_else(|_| Err(StoreError::Unusable("asking the daemon failed".into())))?;
    Ok(summary)
}

fn add(summary: &mut Summary, line: &ReportLine) {
    summary.polled += 1;
    match line.result.as_str() {
        "changed" => summary.changed += 1,
        "unchanged" => summary.unchanged += 1,
        _ => summary.failed += 1,
    }
    summary.articles_new += u64::from(line.new);
    summary.articles_revised += u64::from(line.revised);
    summary.rejected += u64::from(line.rejected);
}

/// Tells how it goes: a bar for a person, lines for a pipe, JSON for a program.
struct Teller {
    json: bool,
    /// For JSON: one a source.
    list: Vec<ReportLine>,
    bar: ProgressBar,
    changed: u32,
    unchanged: u32,
    failed: u32,
}

impl Teller {
    fn new(json: bool, interactive: bool) -> Self {
        let bar = bar(interactive, "{bar:30} {pos}/{len} sources  {msg}  {rate}  {eta} left", 0);
        // The library's own `per_sec` has four decimals.
        bar.set_style(bar.style().with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // Nowhere to tell of a line that cannot be written.
            let _ = out.write_str(&rate(state.per_sec()));
        }));
        Self { json, list: Vec::new(), bar, changed: 0, unchanged: 0, failed: 0 }
    }

    fn expect(&self, sources: usize) {
        self.bar.set_length(sources as u64);
    }

    /// Tells how some sources were polled: in one go, since ten thousand writes cost more than the lines.
    fn tell(&mut self, context: &mut Context, lines: Vec<ReportLine>) {
        for line in &lines {
            match line.result.as_str() {
                "changed" => self.changed += 1,
                "unchanged" => self.unchanged += 1,
                _ => self.failed += 1,
            }
        }
        if self.json {
            self.list.extend(lines);
            return;
        }
        self.bar.set_message(format!("{} changed, {} unchanged, {} failed", self.changed, self.unchanged, self.failed));
        self.bar.inc(lines.len() as u64);
        let is_worth_it = |line: &&ReportLine| !context.terminal.interactive || line.error.is_some() || line.new > 0;
        let shown = lines.iter().filter(is_worth_it).filter(|_| !context.global.quiet);
        let text: Vec<String> = shown.map(|line| words(context, line)).collect();
        if !text.is_empty() {
            self.bar.suspend(|| context.terminal.line(text.join("\n")));
        }
    }
}

/// Sources in a second, or in a minute where that is less than one, with at most one decimal.
fn rate(per_second: f64) -> String {
    match per_second {
        rate if !rate.is_finite() || rate <= 0.0 => "0/s".to_owned(),
        rate if rate < 1.0 => format!("{:.0}/min", (rate * 60.0).max(1.0)),
        rate if rate < 10.0 => format!("{rate:.1}/s"),
        rate => format!("{rate:.0}/s"),
    }
}

/// One source in one line.
fn words(context: &Context, line: &ReportLine) -> String {
    let paint = |colour, text: &str| context.terminal.paint(colour, text);
    let name = &line.source;
    match (&line.error, line.result.as_str()) {
        (Some(error), _) => format!("{name}: {} {}", paint(Colour::Red, "failed:"), safe(error)),
        (None, "unchanged") => format!("{name}: unchanged"),
        (None, _) => {
            let mut parts = vec![format!("{} new", line.new)];
            let more = [(line.revised, "revised"), (line.unchanged, "known"), (line.duplicate, "double"), (line.rejected, "rejected")];
            parts.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
            format!("{name}: {} ({} KB, {} ms)", parts.join(", "), line.bytes.div_ceil(1_000), line.took_ms)
        }
    }
}

/// The last line: what it came to.
fn said(summary: &Summary, now: crate::model::Instant) -> String {
    let Summary { polled, changed, unchanged, failed, articles_new, articles_revised, rejected, not_due, next_due } = *summary;
    let mut text = if polled == 0 {
        "Nothing was due".to_owned()
    } else {
        format!(
            "{polled} sources polled: {changed} changed, {unchanged} unchanged, {failed} failed; {articles_new} new and {articles_revised} \
             revised articles, {rejected} entries rejected"
        )
    };
    if not_due > 0 {
        text.push_str(&format!("; {not_due} not due yet"));
        if let Some(due) = next_due.filter(|due| *due > now) {
            text.push_str(&format!(", the next in {}", roughly((due - now).num_seconds())));
        }
        if polled == 0 {
            text.push_str(" (`feedmill poll --all` asks them all the same)");
        }
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_told_with_no_more_digits_than_a_person_wants() {
        for (rate_per_second, told) in
            [(0.0, "0/s"), (f64::NAN, "0/s"), (0.001, "1/min"), (0.4567, "27/min"), (1.0, "1.0/s"), (3.15926, "3.2/s"), (123.456, "123/s")]
        {
            assert_eq!(rate(rate_per_second), told);
        }
    }
}
