//! `feedmill poll`: polls once what is due, what is named, or everything, and comes to an end.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::lease::{self, LEASE, RENEWAL};
use super::parsers::blocking;
use super::scheduler::{due_of, hold_again};
use super::units::{self, Unit};
use super::worker::{self, Report, Tools};
use crate::config::Config;
use crate::model::{Instant, Outcome, Source, SourceName, SourceState};
use crate::store::{Leased, StoreError};

/// Longest that a report waits for others to be told with.
const TOLD_WITHIN: Duration = Duration::from_millis(50);

/// Most reports that wait for that, as long as each poll has one source.
const TOLD_AT_ONCE: usize = 256;

/// Which sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those whose time has come.
    Due,
    /// All but those that are gone.
    All,
    /// Those of these names, whatever their state.
    Named(Vec<String>),
}

/// What a run of polls came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Sources polled.
    pub polled: u32,
    /// … whose document was read.
    pub changed: u32,
    /// … whose document was the same.
    pub unchanged: u32,
    /// … that failed.
    pub failed: u32,
    /// Articles new.
    pub articles_new: u64,
    /// Articles revised.
    pub articles_revised: u64,
    /// Entries rejected or left out.
    pub rejected: u64,
    /// Sources that were not due.
    pub not_due: u32,
    /// When the next of them is due.
    pub next_due: Option<Instant>,
}

/// A unit that is to be polled, leased to us.
#[derive(Debug)]
pub struct Chosen {
    /// Which.
    pub unit: Arc<Unit>,
    /// What the store knows of each of its sources, read when it was leased.
    pub states: Vec<Option<Box<SourceState>>>,
    /// Until when nobody else polls it, so that what was read of it holds.
    pub leased_until: Instant,
}

impl Chosen {
    /// Whether it is ours for so long that its poll can begin; the lease is made longer while that goes on.
    fn is_ours(&self, now: Instant) -> bool {
        now + 2 * RENEWAL <= self.leased_until
    }

    /// Whether the last poll of it failed.
    fn failed_last(&self) -> bool {
        self.states.iter().flatten().any(|state| state.failures > 0)
    }
}

/// The units to poll, and how many sources are left out because they are not due.
///
/// # Errors
/// Those of the store.
pub async fn choose(tools: &Arc<Tools>, config: &Config, which: &Which) -> Result<(Vec<Chosen>, Summary), StoreError> {
    let now = tools.clock.now();
    let units = units::group(&config.sources);
    // Leased before the states are read: what is read of them holds.
    let with = Arc::clone(tools);
    let (leased, states) = blocking(tools, move || {
        let mut leased = Vec::with_capacity(units.len());
        for unit in units {
            let granted = with.store.lease(&names_of(&unit), with.holder, now, now + LEASE)?;
            leased.push((unit, granted));
        }
        Ok((leased, with.store.source_states()?))
    })
    .await?;
    for state in &states {
        hold_again(&*tools.fetch, state, now);
    }
    // Looked up once a source: with ten thousand of them a search through the list would cost more than the polls.
    let mut by_name: HashMap<SourceName, Box<SourceState>> =
        states.into_iter().map(|state| (state.source.clone(), Box::new(state))).collect();
    let gone = |state: Option<&SourceState>| state.is_some_and(|state| state.outcome == Some(Outcome::Gone));
    let mut summary = Summary::default();
    let (mut chosen, mut left) = (Vec::new(), Vec::new());
    for (unit, granted) in leased {
        let state_of = |source: &Source| by_name.get(&source.name).map(|state| &**state);
        let due = unit.sources.iter().map(|source| due_of(source, state_of(source), now, false)).min().unwrap_or(now);
        let wanted = match which {
            Which::Due => due <= now,
            Which::All => !unit.sources.iter().all(|source| gone(state_of(source))),
            Which::Named(names) => names.iter().any(|name| unit.has(name)),
        };
        let due = match granted {
            Leased::Granted if wanted => {
                let states = unit.sources.iter().map(|source| by_name.remove(&source.name)).collect();
                chosen.push(Chosen { unit: Arc::new(unit), states, leased_until: now + LEASE });
                continue;
            }
            Leased::Granted => {
                left.extend(names_of(&unit));
                due
            }
            Leased::Held(_, until) => until,
        };
        summary.not_due += u32::try_from(unit.sources.len()).unwrap_or(u32::MAX);
        summary.next_due = Some(summary.next_due.map_or(due, |earliest| earliest.min(due)));
    }
    lease::end(tools, left).await;
    // Thousands that hang take all places there are (R12): those that failed last time wait behind the others.
    chosen.sort_by_key(Chosen::failed_last);
    Ok((chosen, summary))
}

fn names_of(unit: &Unit) -> Vec<SourceName> {
    unit.sources.iter().map(|source| source.name.clone()).collect()
}

/// Names that no enabled source has.
#[must_use]
pub fn unknown<'a>(config: &Config, names: &'a [String]) -> Vec<&'a str> {
    if names.is_empty() {
        return Vec::new();
    }
    let known: HashSet<&str> = config.sources.iter().filter(|source| source.enabled).map(|source| source.name.as_str()).collect();
    names.iter().map(String::as_str).filter(|name| !known.contains(name)).collect()
}

/// Polls the units, at most `at_once` of them at a time, and tells the reports as they come: those of [`TOLD_WITHIN`] together.
///
/// # Errors
/// The first of the store: the rest is not begun.
pub async fn poll(
    tools: &Arc<Tools>,
    units: Vec<Chosen>,
    at_once: usize,
    mut summary: Summary,
    mut tell: impl FnMut(&[Report]),
) -> Result<Summary, StoreError> {
    let (sender, mut told) = mpsc::channel(1);
    // Begun and awaited where they are polled. The thread of whoever called sleeps meanwhile, and is woken for many reports at once.
    let polling = AbortOnDropHandle::new(tokio::spawn(poll_each(Arc::clone(tools), units, at_once.max(1), sender)));
    while let Some(reports) = told.recv().await {
        reports.iter().for_each(|report| add(&mut summary, report));
        tell(&reports);
    }
    polling.await.unwrap_or_else(|_| Err(unforeseen()))?;
    Ok(summary)
}

async fn poll_each(tools: Arc<Tools>, units: Vec<Chosen>, at_once: usize, told: mpsc::Sender<Vec<Report>>) -> Result<(), StoreError> {
    let mut waiting = units.into_iter();
    let mut under_way = JoinSet::new();
    let mut reports = Vec::new();
    let mut late = pin!(tokio::time::sleep(TOLD_WITHIN));
    let ended = loop {
        while under_way.len() < at_once
            && let Some(chosen) = waiting.next()
        {
            let tools = Arc::clone(&tools);
            under_way.spawn(async move {
                // Those that had to wait long for their turn may have lost their lease.
                let is_ours = chosen.is_ours(tools.clock.now());
                let Chosen { unit, states, .. } = chosen;
                if is_ours { worker::poll_leased(&tools, &unit, states).await } else { worker::poll_unit(&tools, &unit).await }
            });
        }
        let joined = tokio::select! {
            biased;
            () = &mut late, if !reports.is_empty() => None,
            joined = under_way.join_next() => match joined {
                Some(joined) => Some(joined.unwrap_or_else(|_| Err(unforeseen()))),
                None => break Ok(()),
            },
        };
        let is_late = joined.is_none();
        match joined {
            Some(Ok(new)) => {
                if reports.is_empty() {
                    late.as_mut().reset(tokio::time::Instant::now() + TOLD_WITHIN);
                }
                reports.extend(new);
            }
            Some(Err(error)) => break Err(error),
            None => {}
        }
        if is_late || reports.len() >= TOLD_AT_ONCE {
            // Nobody listens after an interruption.
            let _ = told.send(std::mem::take(&mut reports)).await;
        }
    };
    let _ = told.send(reports).await;
    ended
}

fn unforeseen() -> StoreError {
    StoreError::Damaged("a poll ended in an unforeseen way".into())
}

fn add(summary: &mut Summary, report: &Report) {
    summary.polled += 1;
    match report.outcome {
        Outcome::Changed => summary.changed += 1,
        Outcome::Unchanged => summary.unchanged += 1,
        Outcome::Failed(_) | Outcome::Gone => summary.failed += 1,
    }
    summary.articles_new += u64::from(report.counts.new);
    summary.articles_revised += u64::from(report.counts.revised);
    summary.rejected += u64::from(report.counts.rejected);
    summary.next_due = Some(summary.next_due.map_or(report.next_due, |earliest| earliest.min(report.next_due)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_those_that_failed_last_time_wait_behind_the_others() {
        let now = Instant::UNIX_EPOCH;
        let chosen = |key: &str, failures: Option<u32>| {
            let unit = Arc::new(Unit { key: key.into(), sources: Vec::new() });
            let state = |failures| SourceState { failures, ..SourceState::fresh(SourceName::new(key).unwrap(), String::new(), now) };
            Chosen { unit, states: vec![failures.map(state).map(Box::new)], leased_until: now }
        };
        let mut all = [chosen("a", Some(3)), chosen("b", None), chosen("c", Some(0)), chosen("d", Some(1)), chosen("e", Some(0))];
        all.sort_by_key(Chosen::failed_last);
        assert_eq!(all.map(|chosen| chosen.unit.key.to_string()), ["b", "c", "e", "a", "d"]);
    }

    #[test]
    fn a_unit_that_waited_too_long_for_its_turn_is_leased_and_read_again() {
        let now = Instant::UNIX_EPOCH;
        let unit = Arc::new(Unit { key: "".into(), sources: Vec::new() });
        let chosen = Chosen { unit, states: Vec::new(), leased_until: now + LEASE };
        assert!(chosen.is_ours(now));
        assert!(chosen.is_ours(now + (LEASE - 2 * RENEWAL)));
        assert!(!chosen.is_ours(now + (LEASE - 2 * RENEWAL) + Duration::from_secs(1)));
    }
}
