//! Who is polled when: takes what is due at each tick, hands it to workers, and puts it back with its next due time.
//!
//! Bounds: at most [`WORKERS_MAX`] units under way, at most a configured number of starts a second, so that a long absence (a laptop
//! asleep, a day without network, a clock that jumped) is made up for spread out and not in a burst (R7, R8).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::control::PollRequest;
use super::due::DueQueue;
use super::lease::{self, Begun, Seen};
use super::trial;
use super::units::{self, Unit};
use super::worker::{self, Report, Tools};
use crate::config::Config;
use crate::fetch::{Fetch, host_of};
use crate::model::{Instant, Outcome, Schedule, Source, SourceState};
use crate::pipeline::schedule;
use crate::store::StoreError;
use crate::web::metrics;

/// Units under way at once, those that wait for their host's turn included.
pub const WORKERS_MAX: usize = 10_000;

/// The clock was set back when it shows less than this before its last showing.
const SET_BACK_MIN: Duration = Duration::from_secs(5 * 60);

/// After a failure of the store, or when another poller took it away, a unit is tried again after this time.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// Everything that makes the scheduler act.
#[derive(Debug)]
pub enum Event {
    /// A second has passed.
    Tick,
    /// feeds.toml was read, for the first time or again.
    Configured(Arc<Config>),
    /// A person asks for polls now.
    PollNow(PollRequest),
}

/// What a worker brings back.
type Polled = (Arc<Unit>, Result<Ended, StoreError>);

/// How a poll ended.
enum Ended {
    /// With these reports.
    Polled(Vec<Report>),
    /// It was not begun: another poller has the unit, or has polled it, as the store says. It is looked at again then.
    Elsewhere(Instant, Option<Seen>),
}

/// A unit, and the polls of it that are known of.
struct Known {
    unit: Arc<Unit>,
    seen: Seen,
}

/// Who waits for which units.
struct Watch {
    keys: HashSet<Arc<str>>,
    reports: mpsc::Sender<Report>,
}

/// Due units, and the workers under way.
pub struct Scheduler {
    tools: Arc<Tools>,
    units: HashMap<Arc<str>, Known>,
    due: DueQueue,
    workers: JoinSet<Polled>,
    /// Commands that wait for polls to end; as many as there are connections at the most.
    watched: Vec<Watch>,
    starts_a_tick: usize,
    last_tick: Option<Instant>,
    /// The last poll could not be stored: until one can, one unit at a time is tried, and asks its publisher only when it could be stored.
    store_refuses: bool,
}

impl Scheduler {
    /// With nothing to do until the first [`Event::Configured`].
    #[must_use]
    pub fn new(tools: Arc<Tools>) -> Self {
        Self {
            tools,
            units: HashMap::new(),
            due: DueQueue::default(),
            workers: JoinSet::new(),
            watched: Vec::new(),
            starts_a_tick: 0,
            last_tick: None,
            store_refuses: false,
        }
    }

    /// From the next start on, workers use these: `[fetch]` of feeds.toml changed.
    pub fn use_tools(&mut self, tools: Arc<Tools>) {
        self.tools = tools;
    }

    /// Units that are due and wait for their start, for the watchdog and the metrics; counted to `most`.
    #[must_use]
    pub fn waiting(&self, most: usize) -> usize {
        self.due.waiting(self.tools.clock.now(), most)
    }

    /// Units under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.workers.len()
    }

    /// Acts on one event.
    ///
    /// # Errors
    /// Those of the store, while due times are read from it.
    pub async fn handle(&mut self, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Tick => self.tick().await,
            Event::Configured(config) => self.configure(&config).await,
            Event::PollNow(request) => {
                self.poll_now(request);
                Ok(())
            }
        }
    }

    /// Starts what is asked for; what is under way already is not started again, and its report counts.
    fn poll_now(&mut self, request: PollRequest) {
        let now = self.tools.clock.now();
        let named = |unit: &Unit| request.names.iter().any(|name| unit.has(name));
        let is_meant = |unit: &Unit| if request.names.is_empty() { request.all || self.due.is_due(&unit.key, now) } else { named(unit) };
        let mut units: Vec<&Arc<Unit>> = self.units.values().map(|known| &known.unit).filter(|unit| is_meant(unit)).collect();
        // The store has states in the order of names: asked for in any other, the whole page around each of ten thousand is read.
        units.sort_unstable_by_key(|unit| unit.sources.first().map(|source| &source.name));
        let keys: Vec<Arc<str>> = units.into_iter().map(|unit| Arc::clone(&unit.key)).collect();
        for key in &keys {
            if self.due.take_one(key) {
                self.start(key, true);
            }
        }
        self.watched.push(Watch { keys: keys.into_iter().collect(), reports: request.reports });
        self.watched.retain(|watch| !watch.keys.is_empty());
    }

    async fn tick(&mut self) -> Result<(), StoreError> {
        let now = self.tools.clock.now();
        let set_back = self.last_tick.is_some_and(|last| last.signed_duration_since(now).to_std().is_ok_and(|by| by >= SET_BACK_MIN));
        self.last_tick = Some(now);
        if set_back {
            tracing::warn!("the clock was set back; due times are worked out anew");
            let all: Vec<_> = self.units.values().map(|known| Arc::clone(&known.unit)).collect();
            self.read_due_times(all, &HashSet::new()).await?;
        }
        let most = if self.store_refuses { 1 } else { WORKERS_MAX };
        let room = most.saturating_sub(self.workers.len());
        for key in self.due.take(now, self.starts_a_tick.min(room)) {
            self.start(&key, false);
        }
        let (waiting, first) = self.due.backlog(now);
        self.tools.metrics.scheduled(metrics::Schedule {
            units: self.units.len(),
            waiting,
            under_way: self.workers.len(),
            lag: first.and_then(|due| now.signed_duration_since(due).to_std().ok()).unwrap_or_default(),
        });
        Ok(())
    }

    /// Starts a poll. `is_asked_for`: by a person, whoever polled it meanwhile.
    fn start(&mut self, key: &str, is_asked_for: bool) {
        let Some(known) = self.units.get(key) else { return };
        let (unit, seen) = (Arc::clone(&known.unit), (!is_asked_for).then_some(known.seen));
        let (tools, store_refused) = (Arc::clone(&self.tools), self.store_refuses);
        self.workers.spawn(async move {
            let result = poll(&tools, &unit, seen, store_refused).await;
            (unit, result)
        });
    }

    /// Waits for a worker to end and puts its unit back. `true`: articles were written. Never returns while nobody works, so that it
    /// can stand in a `select!`.
    pub async fn ended(&mut self) -> bool {
        let Some(joined) = self.workers.join_next().await else { return std::future::pending().await };
        let Ok((unit, result)) = joined else {
            // A worker has no way to panic that is known; if one did, its unit is found again with the next configuration.
            tracing::error!("a worker ended in an unforeseen way");
            return false;
        };
        let now = self.tools.clock.now();
        for watch in &mut self.watched {
            if watch.keys.remove(&unit.key) {
                // A listener that is too slow misses a report, not the end.
                if let Ok(Ended::Polled(reports)) = &result {
                    reports.iter().for_each(|report| drop(watch.reports.try_send(report.clone())));
                }
            }
        }
        self.watched.retain(|watch| !watch.keys.is_empty() && !watch.reports.is_closed());
        self.store_refuses = result.is_err();
        let mut seen = None;
        let (due, changed) = match result {
            Ok(Ended::Polled(reports)) => {
                let changed = reports.iter().any(|report| report.counts.new + report.counts.revised > 0 || report.completed > 0);
                seen = (!reports.is_empty()).then(|| reports.iter().map(|report| report.seen).sum());
                (reports.iter().map(|report| report.next_due).min().unwrap_or(now + TRY_AGAIN), changed)
            }
            // What another poller stored is to be shown too.
            Ok(Ended::Elsewhere(due, stored)) => {
                seen = stored;
                (due, stored.is_some())
            }
            Err(error) => {
                tracing::error!(unit = %unit.sources[0].name, %error, "the poll could not be stored; it is done again later");
                (now + TRY_AGAIN, false)
            }
        };
        if let Some(current) = self.units.get_mut(&unit.key) {
            let has_same_members = same_members(&current.unit, &unit);
            if has_same_members {
                current.seen = seen.unwrap_or(current.seen);
            }
            // Where the unit has other members than when it was started, the new one is due now.
            self.due.set(&unit.key, if has_same_members { due } else { now });
        }
        changed
    }

    async fn configure(&mut self, config: &Config) -> Result<(), StoreError> {
        let seen_of =
            |unit: &Unit| self.units.get(&unit.key).filter(|old| same_members(&old.unit, unit)).map(|old| old.seen).unwrap_or_default();
        let known = |unit: Unit| (unit.key.clone(), Known { seen: seen_of(&unit), unit: Arc::new(unit) });
        let units: HashMap<Arc<str>, Known> = units::group(&config.sources).into_iter().map(known).collect();
        self.starts_a_tick = match config.fetch.starts_per_second {
            0 => usize::MAX,
            most => usize::try_from(most).unwrap_or(usize::MAX),
        };
        let keys: HashSet<&str> = units.keys().map(|key| &**key).collect();
        self.due.retain(&keys);
        let changed = |unit: &&Arc<Unit>| self.units.get(&unit.key).is_none_or(|old| !same_wishes(&old.unit, unit));
        let mut new: Vec<_> = units.values().map(|known| &known.unit).filter(changed).cloned().collect();
        new.sort_by(|a, b| a.key.cmp(&b.key));
        let shortened: HashSet<Arc<str>> = new
            .iter()
            .filter(|unit| self.units.get(&unit.key).is_some_and(|old| same_members(&old.unit, unit)))
            .map(|unit| unit.key.clone())
            .collect();
        self.units = units;
        self.read_due_times(new, &shortened).await
    }

    /// Due times come from the store; those of sources that were never polled are spread when there are many of them (F29).
    /// `rescheduled` names the units whose wishes in feeds.toml changed.
    async fn read_due_times(&mut self, units: Vec<Arc<Unit>>, rescheduled: &HashSet<Arc<str>>) -> Result<(), StoreError> {
        if units.is_empty() {
            return Ok(());
        }
        let store = Arc::clone(&self.tools.store);
        let states = tokio::task::spawn_blocking(move || store.source_states())
            .await
            .unwrap_or_else(|_| Err(StoreError::Damaged("reading the state of the sources failed in an unforeseen way".into())))?;
        let states: HashMap<_, _> = states.into_iter().map(|state| (state.source.clone(), state)).collect();
        let now = self.tools.clock.now();
        let unknown = units.iter().filter(|unit| !unit.sources.iter().any(|source| states.contains_key(&source.name))).count();
        for unit in units {
            for state in unit.sources.iter().filter_map(|source| states.get(&source.name)) {
                hold_again(&*self.tools.fetch, state, now);
            }
            let anew = rescheduled.contains(&unit.key);
            let due = unit
                .sources
                .iter()
                .map(|source| match states.get(&source.name) {
                    None => first_due(source, now, unknown),
                    state => due_of(source, state, now, anew),
                })
                .min()
                .unwrap_or(now);
            if let Some(known) = self.units.get_mut(&unit.key).filter(|_| !self.due.is_polled(&unit.key)) {
                known.seen = Seen::of(unit.sources.iter().filter_map(|source| states.get(&source.name)));
                self.due.set(&unit.key, due);
            }
        }
        Ok(())
    }

    /// Ends all workers: what they had not committed is polled again when it is due again.
    pub async fn stop(&mut self) {
        self.workers.shutdown().await;
    }
}

/// One poll, where it is ours to make.
async fn poll(tools: &Arc<Tools>, unit: &Arc<Unit>, seen: Option<Seen>, store_refused: bool) -> Result<Ended, StoreError> {
    if store_refused {
        trial::write_again(tools, unit).await?;
    }
    Ok(match lease::begin(tools, unit, seen).await? {
        Begun::Ours(states) => Ended::Polled(worker::poll_leased(tools, unit, states).await?),
        Begun::Theirs(until) => Ended::Elsewhere(until, None),
        Begun::NotDue(due, seen) => Ended::Elsewhere(due, Some(seen)),
    })
}

/// When a source is due by what is remembered of it. `rescheduled`: its interval in feeds.toml changed, and a shorter one holds at once.
#[must_use]
pub fn due_of(source: &Source, state: Option<&SourceState>, now: Instant, rescheduled: bool) -> Instant {
    let Some(state) = state.filter(|state| state.url == source.url.as_str()) else { return now };
    if matches!(state.outcome, Some(Outcome::Gone)) {
        return state.next_due;
    }
    // Written by a clock that was ahead (R7): waiting for that time to come could take a year.
    if state.last_attempt.is_some_and(|last| last > now + SET_BACK_MIN) {
        let wait = match &source.schedule {
            Schedule::Interval(interval) => interval.mul_f64(worker::jitter(source, now)),
            Schedule::Cron { .. } => Duration::ZERO,
        };
        return now + wait;
    }
    match (&source.schedule, state.last_attempt) {
        (Schedule::Interval(interval), Some(last)) if rescheduled && state.failures == 0 => state.next_due.min((last + *interval).max(now)),
        _ => state.next_due,
    }
}

/// Tells the fetcher again what a publisher asked for before a restart (F23).
pub fn hold_again(fetch: &dyn Fetch, state: &SourceState, now: Instant) {
    let polled = state.adopted_url.as_deref().unwrap_or(&state.url);
    if let Some(until) = state.held_until.filter(|until| *until > now)
        && let Ok(url) = url::Url::parse(polled)
    {
        fetch.hold(&host_of(&url), until);
    }
}

/// When a source that nothing is remembered of is due, together with so many others.
fn first_due(source: &Source, now: Instant, unknown: usize) -> Instant {
    match &source.schedule {
        Schedule::Interval(interval) => schedule::first(now, worker::jitter(source, now), *interval, unknown).due,
        Schedule::Cron { .. } => now,
    }
}

fn same_members(a: &Unit, b: &Unit) -> bool {
    a.sources.len() == b.sources.len() && a.sources.iter().zip(&b.sources).all(|(a, b)| a.name == b.name)
}

fn same_wishes(a: &Unit, b: &Unit) -> bool {
    same_members(a, b) && a.sources.iter().zip(&b.sources).all(|(a, b)| a.schedule == b.schedule && a.url == b.url)
}
