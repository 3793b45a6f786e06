//! Politeness: how many requests run at once and how far apart they start, per host and over all (F25, F29).
//!
//! Waiting costs a host's other requests their turn and nobody else anything: the place among all requests is taken last. Turns are
//! given in the order of asking. Hosts that nobody waits for are forgotten.
//!
//! A publisher who lets us wait steps aside: its place goes to the next one, so that a third that hangs does not delay the rest (R12).
//! Aside are at most [`ASIDE_FACTOR`] times as many as there are places; whoever finds no room there keeps its place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant as Stopwatch;

use super::pace::Pace;
use super::transport::IDLE_MAX;
use crate::clock::Clock;
use crate::config::FetchConfig;
use crate::model::Instant;

/// Hosts remembered before the idle ones are looked for.
const HOSTS_BEFORE_CLEANING: usize = 1024;

/// Requests that stepped aside, in times of those that have a place. They wait for their publisher with nothing read yet or little, at
/// the price of a connection each.
const ASIDE_FACTOR: usize = 2;

/// Idle connections before a request that asks for a whole document says that its own can be closed.
const KEPT_MANY: usize = 128;

/// How often they are counted.
const KEPT_COUNTED_EVERY: Duration = Duration::from_millis(100);

/// Hands out turns.
pub(super) struct Gate {
    clock: Arc<dyn Clock>,
    all: Arc<Semaphore>,
    aside: Arc<Semaphore>,
    /// Starts over all hosts.
    pace: Pace,
    per_host_connections: usize,
    per_host_delay: Duration,
    hosts: Mutex<Hosts>,
    /// When connections were last counted, and whether they were many.
    kept_many: Mutex<Option<(Stopwatch, bool)>>,
}

#[derive(Default)]
struct Hosts {
    known: HashMap<String, Arc<Host>>,
    clean_at: usize,
}

struct Host {
    connections: Arc<Semaphore>,
    pace: Pace,
    kept: Arc<Kept>,
}

/// The connections to the host that may be open from earlier answers: how many, and when the last of these came.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<(Stopwatch, usize)>>);

impl Kept {
    /// An answer has come whole: its connection waits for the next request.
    pub(super) fn answered(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((Stopwatch::now(), idle(*kept) + 1));
    }

    /// How many connections are idle.
    fn idle(&self) -> usize {
        idle(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a request sent now may go over a connection that was opened for an earlier one. Forgets that one: whoever asks again without an
    /// answer in between is told no.
    pub(super) fn take(&self) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = idle(*kept);
        *kept = kept.filter(|_| count > 1).map(|(at, _)| (at, count - 1));
        count > 0
    }
}

fn idle(kept: Option<(Stopwatch, usize)>) -> usize {
    kept.filter(|(at, _)| at.elapsed() <= IDLE_MAX).map_or(0, |(_, count)| count)
}

/// The right to send requests to one host, until it is dropped.
pub(super) struct Turn {
    _host: OwnedSemaphorePermit,
    kept: Arc<Kept>,
    all: Option<OwnedSemaphorePermit>,
    /// Held in the place of `all` by one that stepped aside.
    aside: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// What is known of open connections to this host.
    pub(super) fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.kept)
    }

    /// Gives the place among all to somebody else while the publisher lets us wait. Where too many have done so already, nothing changes.
    pub(super) fn step_aside(&mut self, gate: &Gate) {
        if self.all.is_some()
            && let Ok(permit) = Arc::clone(&gate.aside).try_acquire_owned()
        {
            self.aside = Some(permit);
            self.all = None;
        }
    }

    /// Waits for a place again, where it was given up.
    pub(super) async fn step_back(&mut self, gate: &Gate) {
        if self.aside.is_some() {
            self.all = Some(own(Arc::clone(&gate.all)).await);
            self.aside = None;
        }
    }

    /// Gives up the host and keeps the place among all.
    pub(super) fn into_place(self) -> Option<OwnedSemaphorePermit> {
        self.all
    }
}

impl Gate {
    pub(super) fn new(config: &FetchConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            all: Arc::new(Semaphore::new(config.max_in_flight.clamp(1, Semaphore::MAX_PERMITS))),
            aside: Arc::new(Semaphore::new(config.max_in_flight.saturating_mul(ASIDE_FACTOR).min(Semaphore::MAX_PERMITS))),
            pace: Pace::new(config.starts_per_second, Duration::from_secs(1)),
            per_host_connections: config.per_host_connections.clamp(1, Semaphore::MAX_PERMITS),
            per_host_delay: config.per_host_delay,
            hosts: Mutex::new(Hosts { known: HashMap::new(), clean_at: HOSTS_BEFORE_CLEANING }),
            kept_many: Mutex::default(),
        }
    }

    /// Whether so many connections are idle that the next one is better closed, where it brings a whole document. After one, each keeps a buffer for
    /// the next that is as long as what came at once (up to 400 KB in hyper): 500 of them held 100 MB in a cold cycle of feeds of 116 KB.
    pub(super) fn keeps_many(&self) -> bool {
        let mut counted = self.kept_many.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, are_many)) = *counted
            && at.elapsed() < KEPT_COUNTED_EVERY
        {
            return are_many;
        }
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let are_many = hosts.known.values().map(|host| host.kept.idle()).sum::<usize>() >= KEPT_MANY;
        *counted = Some((Stopwatch::now(), are_many));
        are_many
    }

    /// Waits for a turn at this host. Dropping the future gives up the place in the queue.
    pub(super) async fn turn(&self, host: &str) -> Turn {
        self.wait(host, true).await
    }

    /// The same for a request of somebody who has a place among all already, and would wait for himself.
    pub(super) async fn turn_with_place(&self, host: &str) -> Turn {
        self.wait(host, false).await
    }

    async fn wait(&self, host: &str, needs_place: bool) -> Turn {
        let host = self.host(host);
        let connection = own(Arc::clone(&host.connections)).await;
        // The host's own pace is held while waiting for a place among all, so that two waiters do not start together afterwards.
        let start = host.pace.wait(&*self.clock).await;
        let all = if needs_place { Some(own(Arc::clone(&self.all)).await) } else { None };
        drop(self.pace.wait(&*self.clock).await);
        drop(start);
        Turn { _host: connection, kept: Arc::clone(&host.kept), all, aside: None }
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.known.len() >= hosts.clean_at {
            let now = self.clock.now();
            hosts.known.retain(|_, host| Arc::strong_count(host) > 1 || !host.is_idle(now, self.per_host_connections));
            hosts.clean_at = (hosts.known.len() * 2).max(HOSTS_BEFORE_CLEANING);
        }
        let fresh = || Host {
            connections: Arc::new(Semaphore::new(self.per_host_connections)),
            pace: Pace::new(1, self.per_host_delay),
            kept: Arc::default(),
        };
        Arc::clone(hosts.known.entry(name.to_owned()).or_insert_with(|| Arc::new(fresh())))
    }
}

impl Host {
    /// Nothing runs, and a new start would not have to wait: forgetting it changes nothing.
    fn is_idle(&self, now: Instant, connections: usize) -> bool {
        self.connections.available_permits() == connections && self.pace.is_over(now)
    }
}

/// A permit of a semaphore that is never closed.
async fn own(semaphore: Arc<Semaphore>) -> OwnedSemaphorePermit {
    loop {
        // Only a closed semaphore fails, and nobody closes these; should it be, waiting for ever is the safe end of it.
        match Arc::clone(&semaphore).acquire_owned().await {
            Ok(permit) => return permit,
            Err(_) => std::future::pending::<()>().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn gate(clock: &ManualClock, change: impl FnOnce(&mut FetchConfig)) -> Arc<Gate> {
        let mut config = FetchConfig { starts_per_second: 0, ..FetchConfig::default() };
        change(&mut config);
        Arc::new(Gate::new(&config, Arc::new(clock.clone())))
    }

    fn ask(gate: &Arc<Gate>, host: &str) -> tokio::task::JoinHandle<Turn> {
        let (gate, host) = (Arc::clone(gate), host.to_owned());
        tokio::spawn(async move { gate.turn(&host).await })
    }

    /// Lets every task run until it waits for something.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn f25_one_connection_a_host_and_starts_two_seconds_apart() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH);
        let gate = gate(&clock, |_| {});
        let first = gate.turn("a").await;
        let (second, other) = (ask(&gate, "a"), ask(&gate, "b"));
        clock.advance(Duration::from_secs(100));
        settle().await;
        assert!(!second.is_finished(), "a second connection to the same host");
        assert!(other.is_finished(), "another host had to wait");
        drop(first);
        settle().await;
        let second = second.await.unwrap();
        drop(second);
        let third = ask(&gate, "a");
        settle().await;
        assert!(!third.is_finished(), "no pause between two starts");
        clock.advance(Duration::from_millis(1999));
        settle().await;
        assert!(!third.is_finished(), "the pause was too short");
        clock.advance(Duration::from_millis(1));
        third.await.unwrap();
    }

    #[tokio::test]
    async fn f25_more_connections_where_configured_still_start_apart() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH);
        let gate = gate(&clock, |config| config.per_host_connections = 2);
        let _first = gate.turn("a").await;
        let second = ask(&gate, "a");
        settle().await;
        assert!(!second.is_finished());
        clock.advance(Duration::from_secs(2));
        let _second = second.await.unwrap();
        let third = ask(&gate, "a");
        clock.advance(Duration::from_secs(100));
        settle().await;
        assert!(!third.is_finished());
    }

    #[tokio::test]
    async fn f29_never_more_starts_in_a_second_than_configured() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH);
        let gate = gate(&clock, |config| config.starts_per_second = 10);
        let asked: Vec<_> = (0..35).map(|number| ask(&gate, &number.to_string())).collect();
        for passed in 1..=4 {
            settle().await;
            let started = asked.iter().filter(|task| task.is_finished()).count();
            assert_eq!(started, (passed * 10).min(35), "after {} s", passed - 1);
            clock.advance(Duration::from_secs(1));
        }
    }

    #[tokio::test]
    async fn no_more_requests_at_once_than_configured_and_a_slow_host_takes_one_place_only() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH);
        let gate = gate(&clock, |config| config.max_in_flight = 2);
        let _slow = gate.turn("slow").await;
        let waiting: Vec<_> = (0..50).map(|_| ask(&gate, "slow")).collect();
        settle().await;
        let quick = gate.turn("quick").await;
        let third = ask(&gate, "third");
        settle().await;
        assert!(!third.is_finished(), "three at once");
        drop(quick);
        third.await.unwrap();
        assert!(waiting.iter().all(|task| !task.is_finished()));
    }

    #[tokio::test]
    async fn r12_one_that_waits_steps_aside_and_waits_for_a_place_when_it_comes_back() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH);
        let gate = gate(&clock, |config| config.max_in_flight = 1);
        let mut aside = Vec::new();
        for number in 0..2 {
            let mut turn = gate.turn(&number.to_string()).await;
            turn.step_aside(&gate);
            aside.push(turn);
        }
        let mut third = gate.turn("third").await;
        third.step_aside(&gate);
        let fourth = ask(&gate, "fourth");
        settle().await;
        assert!(!fourth.is_finished(), "more stepped aside than may");
        let mut first = aside.remove(0);
        let back = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move {
                first.step_back(&gate).await;
                first
            }
        });
        drop(third);
        let fourth = fourth.await.unwrap();
        settle().await;
        assert!(!back.is_finished(), "two have the one place");
        drop(fourth);
        assert!(back.await.unwrap().into_place().is_some());
    }

    #[tokio::test]
    async fn r7_a_clock_that_goes_back_a_year_stalls_nobody() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH + Duration::from_secs(400 * 24 * 3600));
        let gate = gate(&clock, |config| config.starts_per_second = 3);
        for _ in 0..3 {
            drop(gate.turn("a").await);
            clock.advance(Duration::from_secs(2));
        }
        clock.set(Instant::UNIX_EPOCH);
        for passed in 0..3 {
            let turn = ask(&gate, "a");
            settle().await;
            assert!(turn.is_finished(), "start {passed} waits");
            clock.advance(Duration::from_secs(2));
        }
    }

    #[tokio::test]
    async fn idle_hosts_are_forgotten_and_busy_ones_are_not() {
        let clock = ManualClock::new(Instant::UNIX_EPOCH);
        let gate = gate(&clock, |config| config.max_in_flight = 10);
        let _busy = gate.turn("busy").await;
        for round in 0..20 {
            for number in 0..1000 {
                drop(gate.turn(&format!("{round}-{number}")).await);
            }
            clock.advance(Duration::from_secs(10));
        }
        let hosts = gate.hosts.lock().unwrap();
        assert!(hosts.known.len() <= 3 * HOSTS_BEFORE_CLEANING, "{} hosts remembered", hosts.known.len());
        assert!(hosts.known.contains_key("busy"));
    }

    #[tokio::test(start_paused = true)]
    async fn many_idle_connections_are_counted_while_they_are_idle() {
        let gate = gate(&ManualClock::new(Instant::UNIX_EPOCH), |_| {});
        let kept: Vec<Arc<Kept>> = (0..KEPT_MANY).map(|number| Arc::clone(&gate.host(&format!("{number}.example")).kept)).collect();
        kept[1..].iter().for_each(|kept| kept.answered());
        assert!(!gate.keeps_many());
        kept[0].answered();
        assert!(!gate.keeps_many(), "counted a moment ago");
        tokio::time::advance(KEPT_COUNTED_EVERY).await;
        assert!(gate.keeps_many());
        assert!(kept[0].take(), "used again");
        tokio::time::advance(KEPT_COUNTED_EVERY).await;
        assert!(!gate.keeps_many());
        kept[1].answered();
        tokio::time::advance(KEPT_COUNTED_EVERY).await;
        assert!(gate.keeps_many(), "a second one to the same host");
        assert!(kept[1].take() && kept[1].take() && !kept[1].take());
        kept[1].answered();
        kept[0].answered();
        tokio::time::advance(IDLE_MAX + KEPT_COUNTED_EVERY).await;
        assert!(!gate.keeps_many(), "closed by now");
    }
}
