//! What every store must do about leases: part of the contract suite.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::lease::LEASE_SECONDS_MAX;
use super::{Leased, Store};
use crate::model::{Holder, PollPlan, SourceName};
use crate::store::rows::sample::{article, at, name, plan, revised, sighting};

const ONE: Holder = Holder([1; 16]);
const OTHER: Holder = Holder([2; 16]);

/// Runs the suite; `empty` gives a new empty store each time.
pub(super) fn hold(empty: impl Fn() -> Box<dyn Store>) {
    a_source_is_leased_to_one_holder_at_a_time(&*empty());
    several_sources_are_leased_together_or_not_at_all(&*empty());
    a_lease_that_is_given_back_is_free_and_only_its_holder_can_do_so(&*empty());
    a_lease_of_a_clock_that_was_ahead_counts_for_nothing(&*empty());
    a_plan_gives_its_lease_back_and_is_applied_once(&*empty());
    a_plan_that_lost_its_lease_changes_nothing(&*empty());
    a_late_plan_is_taken_while_nobody_else_has_its_source(&*empty());
    two_pollers_never_poll_the_same_source_at_the_same_time(&*empty());
}

/// Until `at(now + 60)`.
fn lease(store: &dyn Store, source: &str, holder: Holder, now: i64) -> Leased {
    store.lease(&[name(source)], holder, at(now), at(now + 60)).unwrap()
}

fn held_plan(holder: Holder, source: &str, when: i64, number: u32) -> PollPlan {
    PollPlan { holder: Some(holder), ..plan(source, when, vec![article(source, number)]) }
}

/// Everything that a poll could have changed.
fn look(store: &dyn Store) -> impl PartialEq + std::fmt::Debug {
    let articles = store.newest(None, None, 1_000).unwrap();
    let seen: Vec<_> = articles.iter().map(|article| store.find_sighting(article.id).unwrap()).collect();
    (articles, seen, store.source_states().unwrap(), store.next_arrival(None).unwrap())
}

fn a_source_is_leased_to_one_holder_at_a_time(store: &dyn Store) {
    assert_eq!(lease(store, "a", ONE, 0), Leased::Granted);
    assert_eq!(lease(store, "a", OTHER, 10), Leased::Held(ONE, at(60)));
    assert_eq!(lease(store, "b", OTHER, 10), Leased::Granted, "another source is free");
    assert_eq!(lease(store, "a", ONE, 30), Leased::Granted, "its own is made longer");
    assert_eq!(lease(store, "a", OTHER, 89), Leased::Held(ONE, at(90)));
    assert_eq!(lease(store, "a", OTHER, 90), Leased::Granted, "it has run out");
    assert_eq!(lease(store, "a", ONE, 91), Leased::Held(OTHER, at(150)));
}

fn several_sources_are_leased_together_or_not_at_all(store: &dyn Store) {
    assert_eq!(lease(store, "b", ONE, 0), Leased::Granted);
    let both = [name("a"), name("b")];
    assert_eq!(store.lease(&both, OTHER, at(1), at(61)).unwrap(), Leased::Held(ONE, at(60)));
    assert_eq!(lease(store, "a", ONE, 1), Leased::Granted, "nothing of a refused one stands");
    assert_eq!(store.lease(&both, ONE, at(2), at(62)).unwrap(), Leased::Granted);
    assert_eq!(lease(store, "b", OTHER, 61), Leased::Held(ONE, at(62)));
}

fn a_lease_that_is_given_back_is_free_and_only_its_holder_can_do_so(store: &dyn Store) {
    assert_eq!(lease(store, "a", ONE, 0), Leased::Granted);
    store.give_back(&[name("a"), name("unknown")], OTHER).unwrap();
    assert_eq!(lease(store, "a", OTHER, 1), Leased::Held(ONE, at(60)));
    store.give_back(&[name("a")], ONE).unwrap();
    assert_eq!(lease(store, "a", OTHER, 1), Leased::Granted);
}

fn a_lease_of_a_clock_that_was_ahead_counts_for_nothing(store: &dyn Store) {
    let year = 365 * 24 * 3600;
    assert_eq!(lease(store, "a", ONE, year), Leased::Granted);
    assert_eq!(lease(store, "a", OTHER, 0), Leased::Granted);
    let longest = at(0) + Duration::from_secs(LEASE_SECONDS_MAX);
    assert_eq!(store.lease(&[name("b")], ONE, at(0), longest).unwrap(), Leased::Granted);
    assert_eq!(lease(store, "b", OTHER, 0), Leased::Held(ONE, longest));
}

fn a_plan_gives_its_lease_back_and_is_applied_once(store: &dyn Store) {
    lease(store, "a", ONE, 0);
    lease(store, "b", ONE, 0);
    let poll = held_plan(ONE, "a", 10, 1);
    store.apply(std::slice::from_ref(&poll)).unwrap();
    assert_eq!(store.article(poll.articles[0].id).unwrap().as_ref(), Some(&poll.articles[0]));
    assert_eq!(lease(store, "b", OTHER, 11), Leased::Held(ONE, at(60)), "the lease of another source stays");
    assert_eq!(lease(store, "a", OTHER, 11), Leased::Granted);

    // Applied again, also when it has the lease again: the same.
    let before = look(store);
    store.apply(std::slice::from_ref(&poll)).unwrap();
    assert_eq!(look(store), before);
    assert_eq!(lease(store, "a", ONE, 12), Leased::Held(OTHER, at(71)), "it took nobody's lease away");
    store.give_back(&[name("a")], OTHER).unwrap();
    lease(store, "a", ONE, 13);
    store.apply(&[poll.clone(), poll]).unwrap();
    assert_eq!(look(store), before);
}

fn a_plan_that_lost_its_lease_changes_nothing(store: &dyn Store) {
    lease(store, "a", ONE, 0);
    // Both read the same document; the slow one saw its undated entry first.
    let slow = held_plan(ONE, "a", 10, 1);
    lease(store, "a", OTHER, 60);
    store.apply(std::slice::from_ref(&slow)).unwrap();
    assert_eq!(store.totals().unwrap().articles, 0, "it comes while the other one is at it");
    let mut fast = held_plan(OTHER, "a", 70, 1);
    fast.articles[0] = revised(&fast.articles[0], "<p>Later words.</p>");
    fast.sightings = fast.articles.iter().map(sighting).collect();
    store.apply(std::slice::from_ref(&fast)).unwrap();
    let before = look(store);
    // Together with one that is in time.
    lease(store, "b", ONE, 70);
    store.apply(&[slow, held_plan(ONE, "b", 70, 1)]).unwrap();
    assert_eq!(store.source_state(&name("a")).unwrap(), Some(*fast.state));
    assert_eq!(store.article(fast.articles[0].id).unwrap().as_ref(), Some(&fast.articles[0]));
    assert_eq!(store.newest(Some(&name("b")), None, 9).unwrap().len(), 1);
    assert_ne!(look(store), before, "its neighbour is stored");
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

fn a_late_plan_is_taken_while_nobody_else_has_its_source(store: &dyn Store) {
    lease(store, "a", ONE, 0);
    // Nobody asked for it after at(60), when it had run out.
    store.apply(&[held_plan(ONE, "a", 500, 1)]).unwrap();
    assert_eq!(store.totals().unwrap().articles, 1);
}

/// Threads that take what they can get, poll and write, each as a process of its own would.
fn two_pollers_never_poll_the_same_source_at_the_same_time(store: &dyn Store) {
    const SOURCES: usize = 3;
    const POLLS: u32 = 60;
    let busy: [AtomicBool; SOURCES] = Default::default();
    let polls = AtomicUsize::new(0);
    let poll = |holder: Holder, number: u32| {
        let at_source = number as usize % SOURCES;
        let source = format!("s{at_source}");
        if lease(store, &source, holder, 0) != Leased::Granted {
            std::thread::yield_now();
            return false;
        }
        assert!(!busy[at_source].swap(true, Ordering::SeqCst), "{source} is polled already");
        polls.fetch_add(1, Ordering::SeqCst);
        std::thread::yield_now();
        busy[at_source].store(false, Ordering::SeqCst);
        if number.is_multiple_of(4) {
            store.apply(&[held_plan(holder, &source, 10, number)]).unwrap();
        } else {
            store.give_back(&[SourceName::new(&source).unwrap()], holder).unwrap();
        }
        true
    };
    let poll = &poll;
    std::thread::scope(|scope| {
        for holder in [ONE, OTHER] {
            scope.spawn(move || (0..POLLS).for_each(|number| while !poll(holder, number) {}));
        }
    });
    assert_eq!(polls.load(Ordering::SeqCst), 2 * POLLS as usize);
    assert_eq!(store.totals().unwrap().articles, u64::from(POLLS / 4));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}
