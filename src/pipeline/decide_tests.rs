use std::time::Duration;

use regex::Regex;

use super::*;
use crate::model::{Fingerprint, SafeHtml, SourceName};
use crate::pipeline::testing;

const HOUR: Duration = Duration::from_secs(3600);

fn entry(guid: &str, title: &str, text: &str) -> Entry {
    Entry {
        guid: Some(guid.into()),
        title: Some(title.into()),
        bodies: vec![crate::model::Body { kind: crate::model::BodyKind::Html, text: text.into() }],
        ..Entry::default()
    }
}

fn keys(feed: &Feed) -> Vec<EntryKey> {
    feed.entries.iter().map(|entry| EntryKey::Guid(entry.guid.clone().unwrap_or_default())).collect()
}

/// The smallest normalizer that keeps the rules of dates.
fn make(entry: &Entry, key: &EntryKey, first_seen: Instant) -> Result<Article, Reject> {
    let source = SourceName::new("s").unwrap();
    let text = entry.bodies[0].text.clone();
    if text.is_empty() {
        return Err(Reject { what: key.value().into(), why: "it has no text".into() });
    }
    let published = entry.published.unwrap_or(first_seen).min(first_seen);
    Ok(Article {
        id: ArticleId::of(&source, key),
        source,
        key: key.clone(),
        title: entry.title.clone().unwrap_or_default(),
        link: None,
        date_text: String::new(),
        published,
        updated: published,
        first_seen,
        fingerprint: Fingerprint::of(&[&text]),
        body: SafeHtml::from_sanitizer(text),
        cover: None,
        image: None,
        summary: String::new(),
        keywords: Vec::new(),
        authors: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        language: None,
        feed_title: None,
        feed_link: None,
        revision: 0,
        canonical: None,
        story: None,
    })
}

struct World {
    source: Source,
    now: Instant,
    seen: Vec<Sighting>,
}

impl World {
    fn new() -> Self {
        Self { source: testing::source("s"), now: testing::NOON, seen: Vec::new() }
    }

    /// One poll, and what it writes is remembered.
    fn poll(&mut self, entries: Vec<Entry>) -> Decision {
        let feed = testing::feed(entries);
        let keys = keys(&feed);
        let find = |key| {
            let id = ArticleId::of(&self.source.name, key);
            self.seen.iter().rev().find(|sighting| sighting.id == id).cloned()
        };
        let seen: Vec<_> = keys.iter().map(find).collect();
        let decision = decide(&self.source, &feed, &keys, &seen, self.now, make);
        self.seen.extend(decision.sightings.iter().cloned());
        decision
    }
}

#[test]
fn an_entry_is_new_once_and_then_unchanged() {
    let mut world = World::new();
    assert_eq!(world.poll(vec![entry("a", "A", "x")]).verdicts, [Verdict::New]);
    let again = world.poll(vec![entry("a", "A", "x")]);
    assert_eq!((again.verdicts, again.articles.len(), again.sightings.len()), (vec![Verdict::Unchanged], 0, 0));
}

#[test]
fn an_old_sighting_is_renewed_once_a_day_and_no_oftener() {
    let mut world = World::new();
    world.poll(vec![entry("a", "A", "x")]);
    world.now += 23 * HOUR;
    assert_eq!(world.poll(vec![entry("a", "A", "x")]).sightings.len(), 0);
    world.now += HOUR;
    let renewed = world.poll(vec![entry("a", "A", "x")]).sightings;
    assert_eq!((renewed[0].first_seen, renewed[0].last_seen), (testing::NOON, world.now));
}

#[test]
fn a_changed_text_is_a_revision_that_stays_at_its_place() {
    let mut world = World::new();
    let first = world.poll(vec![entry("a", "A", "x")]).articles.remove(0);
    world.now += HOUR;
    let mut edited = entry("a", "A", "y");
    edited.published = Some(world.now);
    let decision = world.poll(vec![edited]);
    let second = &decision.articles[0];
    assert_eq!(decision.verdicts, [Verdict::Revised]);
    assert_eq!((second.id, second.published, second.first_seen), (first.id, first.published, first.first_seen));
    assert_eq!((second.updated, second.revision), (world.now, 1));
}

#[test]
fn a_text_that_changes_with_every_poll_is_followed_a_bounded_number_of_times() {
    let mut world = World::new();
    let revised = (0..100).filter(|turn| world.poll(vec![entry("a", "A", &turn.to_string())]).verdicts == [Verdict::Revised]).count();
    assert_eq!(revised, usize::try_from(REVISIONS_MAX).unwrap());
}

#[test]
fn an_undated_entry_keeps_the_time_of_its_first_sight_for_ever() {
    let mut world = World::new();
    let first = world.poll(vec![entry("a", "A", "x")]).articles.remove(0);
    world.now += 1000 * HOUR;
    let revised = world.poll(vec![entry("a", "A", "y")]).articles.remove(0);
    assert_eq!((first.published, revised.published), (testing::NOON, testing::NOON));
}

#[test]
fn the_second_of_two_entries_with_one_identity_is_a_duplicate() {
    let decision = World::new().poll(vec![entry("a", "A", "x"), entry("a", "A", "y"), entry("b", "B", "z")]);
    assert!(matches!(decision.verdicts[1], Verdict::Duplicate(_)));
    assert_eq!((decision.counts.new, decision.counts.duplicate), (2, 1));
}

#[test]
fn one_bad_entry_is_rejected_with_a_reason_and_the_others_stand() {
    let decision = World::new().poll(vec![entry("a", "A", ""), entry("b", "B", "z")]);
    assert_eq!(decision.rejects, [Reject { what: "a".into(), why: "it has no text".into() }]);
    assert_eq!(decision.articles.len(), 1);
}

#[test]
fn include_and_exclude_look_at_the_title_and_say_so() {
    let mut world = World::new();
    world.source.include = Some(Box::new(Regex::new("OpenAI|ChatGPT").unwrap()));
    world.source.exclude = Some(Box::new(Regex::new("广告").unwrap()));
    let decision = world.poll(vec![entry("a", "OpenAI 发布", "x"), entry("b", "别的", "y"), entry("c", "ChatGPT 广告", "z")]);
    assert_eq!(decision.articles.len(), 1);
    let why: Vec<_> = decision.rejects.iter().map(|reject| reject.why.as_str()).collect();
    assert!(why[0].contains("does not match include"), "{why:?}");
    assert!(why[1].contains("matches exclude"), "{why:?}");
}

#[test]
fn r7_a_clock_set_back_moves_no_article_into_the_future() {
    let mut world = World::new();
    world.poll(vec![entry("a", "A", "x")]);
    world.now -= 24 * 365 * HOUR;
    let revised = world.poll(vec![entry("a", "A", "y")]).articles.remove(0);
    assert!(revised.first_seen <= world.now);
}
