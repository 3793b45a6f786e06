use std::time::Duration;

use super::*;
use crate::model::poll::VerdictCounts;
use crate::pipeline::testing::{self, NOON};

const HOUR: Duration = Duration::from_secs(3600);
const TOOK: Duration = Duration::from_millis(120);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn etag(text: &str) -> Validators {
    Validators { etag: Some(text.into()), last_modified: None }
}

fn answered(status: u16) -> Answered {
    Answered { status, from_own_address: true, ..Answered::default() }
}

fn read(answered: Answered, new: u32, known: u32) -> Attempt {
    let counts = VerdictCounts { new, unchanged: known, ..VerdictCounts::default() };
    let decision = Decision { counts, known, ..Decision::default() };
    Attempt::Read(answered, Arc::new(testing::feed(Vec::new())), Box::new(decision))
}

/// A source through time: each step is a poll.
struct Life {
    source: Source,
    state: Box<SourceState>,
    now: Instant,
}

impl Life {
    fn new() -> Self {
        let source = testing::source("s");
        let state = Box::new(SourceState::fresh(source.name.clone(), source.url.to_string(), NOON));
        Self { source, state, now: NOON }
    }

    fn poll(&mut self, attempt: Attempt) -> &SourceState {
        self.state = plan(&self.source, self.state.clone(), attempt, TOOK, DAY, self.now, 0.0).state;
        &self.state
    }

    fn poll_after(&mut self, wait: Duration, attempt: Attempt) -> &SourceState {
        self.now += wait;
        self.poll(attempt)
    }
}

#[test]
fn f6_an_answer_with_new_validators_replaces_the_old_ones() {
    let mut life = Life::new();
    life.poll(read(Answered { validators: etag("\"1\""), ..answered(200) }, 1, 0));
    life.poll(Attempt::Unchanged(Answered { validators: etag("\"2\""), ..answered(200) }));
    assert_eq!(life.state.validators, etag("\"2\""));
}

#[test]
fn f7_a_304_may_bring_new_validators_and_one_without_keeps_the_old_ones() {
    let mut life = Life::new();
    life.poll(read(Answered { validators: etag("W/\"1\""), ..answered(200) }, 1, 0));
    life.poll(Attempt::Unchanged(answered(304)));
    assert_eq!(life.state.validators, etag("W/\"1\""));
    life.poll(Attempt::Unchanged(Answered { validators: etag("\"2\""), ..answered(304) }));
    assert_eq!(life.state.validators, etag("\"2\""));
}

#[test]
fn f8_a_200_without_an_etag_ends_the_old_one() {
    let mut life = Life::new();
    life.poll(read(Answered { validators: etag("\"1\""), ..answered(200) }, 1, 0));
    life.poll(read(answered(200), 0, 1));
    assert_eq!(life.state.validators, Validators::default());
}

#[test]
fn f9_a_document_that_cannot_be_read_leaves_the_validators() {
    let mut life = Life::new();
    life.poll(read(Answered { validators: etag("\"1\""), ..answered(200) }, 1, 0));
    let plan = plan(
        &life.source,
        life.state.clone(),
        Attempt::Refused(Answered { validators: etag("\"2\""), ..answered(200) }, "not a feed".into()),
        TOOK,
        DAY,
        NOON,
        0.0,
    );
    assert_eq!(plan.state.validators, etag("\"1\""));
    assert_eq!(plan.state.outcome, Some(Outcome::Failed("not a feed".into())));
}

#[test]
fn a_mirror_answers_for_the_articles_but_not_for_the_validators() {
    let mut life = Life::new();
    life.poll(read(Answered { validators: etag("\"1\""), ..answered(200) }, 1, 0));
    life.poll(read(Answered { validators: etag("\"mirror\""), from_own_address: false, ..answered(200) }, 1, 1));
    assert_eq!(life.state.validators, etag("\"1\""));
}

#[test]
fn f23_a_deadline_stays_in_the_state_until_an_answer_comes() {
    let mut life = Life::new();
    let until = NOON + 3 * HOUR;
    life.poll(Attempt::Refused(Answered { retry_after: Some(until), ..answered(429) }, "busy".into()));
    assert_eq!((life.state.held_until, life.state.next_due), (Some(until), until));
    life.poll_after(3 * HOUR, Attempt::Unchanged(answered(304)));
    assert_eq!(life.state.held_until, None);
}

#[test]
fn f19_being_held_back_by_its_host_is_not_a_failure_of_the_source() {
    let mut life = Life::new();
    life.poll(Attempt::HeldBack(NOON + HOUR));
    assert_eq!((life.state.failures, life.state.next_due), (0, NOON + HOUR));
}

#[test]
fn f24_failures_are_counted_and_a_success_ends_them() {
    let mut life = Life::new();
    for hours in [1, 2, 4, 8, 16, 24, 24] {
        life.poll(Attempt::NoAnswer("refused".into()));
        assert_eq!(life.state.next_due, life.now + hours * HOUR);
    }
    assert_eq!((life.state.failures, life.state.polls_failed), (7, 7));
    life.poll(Attempt::Unchanged(answered(304)));
    assert_eq!(life.state.failures, 0);
}

fn moved(status: u16) -> Answered {
    Answered { redirects: vec![(status, "https://new.example.org/feed".into())], ..answered(200) }
}

#[test]
fn f35_a_permanent_redirect_is_adopted_after_ten_polls_over_seven_days() {
    let mut life = Life::new();
    life.poll(read(answered(200), 3, 0));
    for _ in 0..12 {
        life.poll_after(HOUR, read(moved(301), 0, 3));
    }
    assert_eq!(life.state.adopted_url, None, "ten polls, but not over seven days");
    let mut slow = Life::new();
    slow.poll(read(answered(200), 3, 0));
    for _ in 0..8 {
        slow.poll_after(DAY, read(moved(308), 0, 3));
    }
    assert_eq!(slow.state.adopted_url, None, "seven days, but not ten polls");
    slow.poll_after(DAY, read(moved(308), 0, 3));
    slow.poll_after(DAY, read(moved(308), 0, 3));
    assert_eq!(slow.state.adopted_url.as_deref(), Some("https://new.example.org/feed"));
}

#[test]
fn f35_another_target_or_strange_entries_start_the_count_anew() {
    let mut life = Life::new();
    life.poll(read(answered(200), 3, 0));
    for _ in 0..9 {
        life.poll_after(DAY, read(moved(301), 0, 3));
    }
    life.poll_after(DAY, read(moved(301), 5, 0));
    assert_eq!((life.state.adopted_url.clone(), life.state.moving.clone()), (None, None), "none of its entries is known");
    for _ in 0..9 {
        life.poll_after(DAY, read(moved(301), 0, 3));
    }
    life.poll_after(DAY, read(answered(200), 0, 3));
    assert_eq!(life.state.moving, None, "it answered without a redirect");
}

#[test]
fn f36_nothing_past_the_first_temporary_hop_is_adopted() {
    let mut life = Life::new();
    life.poll(read(answered(200), 3, 0));
    let hops = vec![(301, "https://b.example.org/".to_owned()), (302, "https://c.example.org/".to_owned())];
    for _ in 0..20 {
        life.poll_after(DAY, read(Answered { redirects: hops.clone(), ..answered(200) }, 0, 3));
    }
    assert_eq!(life.state.adopted_url.as_deref(), Some("https://b.example.org/"));
    let mut temporary = Life::new();
    for _ in 0..20 {
        temporary.poll_after(DAY, read(moved(302), 0, 3));
    }
    assert_eq!(temporary.state.adopted_url, None);
}

#[test]
fn f39_two_410_a_day_apart_end_it_and_one_does_not() {
    let mut life = Life::new();
    life.poll(Attempt::Refused(answered(410), "gone".into()));
    assert!(matches!(life.state.outcome, Some(Outcome::Failed(_))));
    life.poll_after(DAY, Attempt::Refused(answered(410), "gone".into()));
    assert_eq!(life.state.outcome, Some(Outcome::Gone));
    assert!(life.state.next_due > life.now + 3650 * DAY);
}

#[test]
fn f39_an_answer_between_two_410_takes_the_first_one_back() {
    let mut life = Life::new();
    life.poll(Attempt::Refused(answered(410), "gone".into()));
    life.poll_after(DAY, Attempt::Unchanged(answered(304)));
    life.poll_after(DAY, Attempt::Refused(answered(410), "gone".into()));
    assert!(matches!(life.state.outcome, Some(Outcome::Failed(_))));
}

#[test]
fn f40_a_404_backs_off_and_deletes_nothing() {
    let mut life = Life::new();
    life.poll(read(Answered { validators: etag("\"1\""), ..answered(200) }, 1, 0));
    let plan = plan(&life.source, life.state.clone(), Attempt::Refused(answered(404), "404".into()), TOOK, DAY, NOON, 0.0);
    assert_eq!((plan.state.next_due, plan.state.validators), (NOON + HOUR, etag("\"1\"")));
    assert!(plan.articles.is_empty() && plan.sightings.is_empty());
}

#[test]
fn a_plan_is_a_function_of_its_arguments() {
    let life = Life::new();
    let one = || plan(&life.source, life.state.clone(), read(answered(200), 2, 1), TOOK, DAY, NOON, 0.5);
    assert_eq!(one(), one());
}

#[test]
fn a_poll_is_remembered_with_its_time_and_one_that_sent_nothing_is_not() {
    let mut life = Life::new();
    life.poll(read(answered(200), 1, 0));
    life.poll(Attempt::NoAnswer("nobody there".into()));
    life.poll(Attempt::HeldBack(NOON + HOUR));
    let [hour] = life.state.history.hours[..] else { panic!("{:?}", life.state.history) };
    assert_eq!((hour.changed, hour.failed, hour.timed, hour.millis), (1, 1, 2, 240));
    assert_eq!(life.state.history.failures.len(), 1);
}
