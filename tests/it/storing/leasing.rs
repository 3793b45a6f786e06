//! Several pollers over one store (issue 6.8): the daemon's scheduler and workers twice, as two processes would have them, one store in memory, one
//! clock that the test moves, a publisher that logs every request.

use std::collections::BTreeMap;
use std::time::Duration;

use feedmill::clock::Clock;
use feedmill::daemon::lease::{self, Begun, LEASE, RENEWAL};
use feedmill::daemon::scheduler::{Event, Scheduler};
use feedmill::daemon::worker;
use feedmill::model::{Holder, SourceName};
use feedmill::store::{Leased, Store, StoreError};

use crate::fetching::world::{PATIENCE, World, feed_of};
use crate::support::publisher::{Publisher, Reply};

const SOURCES: usize = 12;
const ROUNDS: usize = 24;

fn path(number: usize) -> String {
    format!("/{number}.xml")
}

fn many(publisher: &Publisher) -> String {
    let source = |number| {
        publisher.set(&path(number), Reply::feed(feed_of(0..3)).header("ETag", "\"1\"").conditional());
        format!("[[source]]\nname = \"s{number}\"\nurl = \"{}\"\ninterval = \"{}m\"\n", publisher.url(&path(number)), 45 + number * 10)
    };
    (0..SOURCES).map(source).collect()
}

/// Requests so far, by path.
fn asked(world: &World) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = (0..SOURCES).map(|number| (path(number), 0)).collect();
    for request in world.publisher.requests() {
        *counts.entry(request.target).or_default() += 1;
    }
    counts
}

/// The program, and another one over the same store.
async fn two_pollers(world: &mut World) -> (Scheduler, Scheduler) {
    let one = world.scheduler().await;
    world.restart();
    (one, world.scheduler().await)
}

#[tokio::test]
async fn two_pollers_over_one_store_ask_each_due_source_once() {
    let mut world = World::with(many);
    let (mut one, mut other) = two_pollers(&mut world).await;
    for round in 0..ROUNDS {
        let before = asked(&world);
        let states: BTreeMap<_, _> =
            world.store.source_states().unwrap().into_iter().map(|state| (state.source.to_string(), state)).collect();
        let now = world.now();
        let is_due = |number: usize| states.get(&format!("s{number}")).is_none_or(|state| state.next_due <= now);
        let expected: BTreeMap<String, usize> =
            (0..SOURCES).map(|number| (path(number), before[&path(number)] + usize::from(is_due(number)))).collect();
        match round % 3 {
            0 => {
                tokio::join!(world.tick(&mut one), world.tick(&mut other));
            }
            1 => {
                world.tick(&mut one).await;
                world.tick(&mut other).await;
            }
            _ => {
                world.tick(&mut other).await;
                world.tick(&mut one).await;
            }
        }
        assert_eq!(asked(&world), expected, "round {round}");
        world.clock.advance(Duration::from_secs(17 * 60));
    }
    let polls: u64 = world.store.source_states().unwrap().iter().map(|state| state.polls).sum();
    assert_eq!(usize::try_from(polls).unwrap(), asked(&world).values().sum::<usize>(), "and each was stored");
    assert_eq!(world.articles().len(), SOURCES * 3);
}

/// Starts what is due and waits until the publisher has the request.
async fn begin(world: &World, scheduler: &mut Scheduler, requests: usize) {
    scheduler.handle(Event::Tick).await.unwrap();
    let arrived = async {
        while world.publisher.requests().len() < requests {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, arrived).await.unwrap();
}

#[tokio::test]
async fn a_poller_that_stops_in_the_middle_is_replaced_when_its_lease_has_run_out() {
    let mut world = World::new();
    world.publisher.set("/feed", Reply::hang());
    let (mut one, mut other) = two_pollers(&mut world).await;
    begin(&world, &mut one, 1).await;
    world.tick(&mut other).await;
    one.stop().await;
    world.publisher.set("/feed", Reply::feed(feed_of(0..3)));
    world.clock.advance(LEASE - Duration::from_secs(1));
    world.tick(&mut other).await;
    assert_eq!(world.publisher.requests().len(), 1, "it is leased still");
    world.clock.advance(Duration::from_secs(1));
    world.tick(&mut other).await;
    assert_eq!((world.publisher.requests().len(), world.articles().len()), (2, 3));
    // The first one comes back and knows of nothing but the store.
    let mut again = world.scheduler().await;
    world.tick(&mut again).await;
    assert_eq!(world.publisher.requests().len(), 2);
}

#[tokio::test]
async fn a_poll_that_comes_back_after_it_was_replaced_changes_nothing() {
    let mut world = World::new();
    world.publisher.set("/feed", Reply::feed(feed_of(0..3)));
    // As a machine that is suspended just now.
    let (slow, unit) = (world.tools(), world.unit());
    let Begun::Ours(states) = lease::begin(&slow, &unit, None).await.unwrap() else { panic!("nobody else is there") };
    world.clock.advance(LEASE);
    world.restart();
    assert_eq!(world.poll().await.counts.new, 3);
    let (articles, state) = (world.articles(), world.state("a"));

    world.clock.advance(Duration::from_secs(60));
    world.publisher.set("/feed", Reply::feed(feed_of(0..9)));
    worker::poll_leased(&slow, &unit, states).await.unwrap();
    assert_eq!((world.articles(), world.state("a")), (articles, state));
    // Nothing is lost by it: the validators are those of the poll that was stored.
    world.go_to_due();
    assert_eq!(world.poll().await.counts.new, 6);
}

fn held_by(world: &World, holder: Holder) -> Leased {
    let now = world.now();
    world.store.lease(&[SourceName::new("a").unwrap()], holder, now, now + LEASE).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_lasts_long_keeps_its_lease_and_gives_it_back() {
    let world = World::new();
    let (tools, unit, other) = (world.tools(), world.unit(), Holder([9; 16]));
    assert!(matches!(lease::begin(&tools, &unit, None).await, Ok(Begun::Ours(_))));
    let work = async {
        for _ in 0..40 {
            tokio::time::sleep(RENEWAL / 4).await;
            world.clock.advance(RENEWAL / 4);
            assert!(matches!(held_by(&world, other), Leased::Held(holder, _) if holder == tools.holder));
        }
        Ok(1)
    };
    assert_eq!(lease::kept(&tools, &unit, work).await, Ok(Some(1)));
    assert_eq!(held_by(&world, other), Leased::Granted);
}

#[tokio::test(start_paused = true)]
async fn a_poll_whose_lease_another_poller_has_taken_is_given_up() {
    let world = World::new();
    let (tools, unit, other) = (world.tools(), world.unit(), Holder([9; 16]));
    assert!(matches!(lease::begin(&tools, &unit, None).await, Ok(Begun::Ours(_))));
    world.clock.advance(LEASE);
    assert_eq!(held_by(&world, other), Leased::Granted);
    let work = std::future::pending::<Result<(), StoreError>>();
    assert_eq!(lease::kept(&tools, &unit, work).await, Ok(None));
    assert_eq!(
        lease::begin(&tools, &unit, None).await.map(|begun| matches!(begun, Begun::Theirs(until) if until == world.clock.now() + LEASE)),
        Ok(true)
    );
}

/// Ten thousand polls that began together make their leases longer together, and have something to ask of the store just then.
#[tokio::test(start_paused = true)]
async fn polls_that_make_their_leases_longer_at_once_do_not_wait_for_each_other() {
    let world = World::new();
    assert!(matches!(lease::begin(&world.tools(), &world.unit(), None).await, Ok(Begun::Ours(_))));
    let tools = world.tools();
    let busy = tools.parsers.acquire_many(u32::try_from(tools.parsers.available_permits()).unwrap()).await.unwrap();
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let (tools, unit) = (world.tools(), world.unit());
        polls.spawn(async move {
            let work = lease::again(&tools, vec![SourceName::new("a").unwrap()]);
            lease::kept(&tools, &unit, work).await
        });
    }
    tokio::time::sleep(RENEWAL + Duration::from_secs(1)).await;
    drop(busy);
    let done = tokio::time::timeout(RENEWAL * 9, polls.join_all()).await.expect("some of them stand still");
    assert!(done.iter().all(|poll| *poll == Ok(Some(true))));
    assert_eq!(held_by(&world, Holder([9; 16])), Leased::Granted, "and all was given back");
}

#[test]
fn holders_are_different() {
    let holders: std::collections::HashSet<_> = (0..1_000).map(|_| lease::new_holder()).collect();
    assert_eq!(holders.len(), 1_000);
}
