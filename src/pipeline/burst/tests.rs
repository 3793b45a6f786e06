use super::*;
use crate::model::poll::VerdictCounts;
use crate::model::{EntryKey, Fingerprint, SafeHtml, Sighting};
use crate::pipeline::testing::source;

fn at(hours: i64) -> Instant {
    chrono::DateTime::from_timestamp(1_700_000_000 + hours * 3_600, 0).unwrap()
}

fn article(number: i64, published: Instant, now: Instant) -> Article {
    let name = source("a").name;
    let key = EntryKey::Guid(format!("guid {number}"));
    Article {
        id: ArticleId::of(&name, &key),
        source: name,
        key,
        title: format!("Entry {number}"),
        link: Some(format!("https://a.example/{number}")),
        date_text: String::new(),
        published,
        updated: published,
        first_seen: now,
        body: SafeHtml::for_tests(""),
        cover: None,
        image: None,
        summary: String::new(),
        keywords: vec![],
        authors: vec![],
        categories: vec![],
        enclosures: vec![],
        language: None,
        feed_title: None,
        feed_link: None,
        fingerprint: Fingerprint::of(&["x"]),
        revision: 0,
        canonical: None,
        story: None,
    }
}

/// A poll at hour 100 that found `old` entries from long ago and `fresh` ones of this hour, beside `known` ones.
fn found(old: i64, fresh: i64, known: u32) -> Decision {
    let articles: Vec<Article> = (0..old)
        .map(|number| article(number, at(number - 500), at(100)))
        .chain((0..fresh).map(|number| article(1_000 + number, at(100), at(100))))
        .collect();
    let sighting = |article: &Article| Sighting {
        id: article.id,
        first_seen: at(100),
        last_seen: at(100),
        fingerprint: article.fingerprint,
        published: article.published,
        revision: 0,
    };
    Decision {
        sightings: articles.iter().map(sighting).collect(),
        verdicts: vec![Verdict::New; articles.len()],
        counts: VerdictCounts { new: u32::try_from(articles.len()).unwrap(), unchanged: known, ..VerdictCounts::default() },
        known,
        articles,
        ..Decision::default()
    }
}

/// Read an hour ago, with an entry an hour.
fn known_source() -> SourceState {
    let name = source("a");
    SourceState {
        last_success: Some(at(99)),
        articles_new: 50,
        rhythm_seconds: Some(3_600),
        ..SourceState::fresh(name.name, name.url.to_string(), at(0))
    }
}

fn held(before: &SourceState, mut decision: Decision) -> (usize, u32) {
    hold(&source("a"), before, &mut decision, at(100));
    assert_eq!(decision.articles.len(), decision.sightings.len());
    assert_eq!(decision.burst.map_or(0, |burst| burst.entries), decision.counts.held);
    assert_eq!(decision.articles.len(), usize::try_from(decision.counts.new).unwrap());
    (decision.articles.len(), decision.counts.held)
}

#[test]
fn dozens_of_old_entries_at_once_are_held_back_and_new_ones_come_in() {
    assert_eq!(held(&known_source(), found(40, 2, 5)), (2, 40));
    assert_eq!(held(&known_source(), found(19, 2, 5)), (21, 0));
    assert_eq!(held(&SourceState { burst: Some(Burst { since: at(90), entries: 40 }), ..known_source() }, found(3, 2, 5)), (2, 3));
}

#[test]
fn a_feed_in_which_nothing_is_known_any_more_is_held_back_where_its_dates_say_that_it_is_not_new() {
    let recent = |known| {
        let mut decision = found(0, 30, known);
        decision.articles.iter_mut().for_each(|article| article.published = at(98));
        decision
    };
    assert_eq!(held(&known_source(), recent(0)), (0, 30));
    // It brings as much as that in the time since it was read.
    let fast = SourceState { rhythm_seconds: Some(60), ..known_source() };
    assert_eq!(held(&fast, recent(0)), (30, 0));
    assert_eq!(held(&known_source(), recent(1)), (30, 0));
    // Dated since then, or by the time of first sight: a busy day.
    assert_eq!(held(&known_source(), found(0, 30, 0)), (30, 0));
}

#[test]
fn a_new_source_one_that_wants_it_and_one_that_was_released_have_no_bursts() {
    let name = source("a");
    assert_eq!(held(&SourceState::fresh(name.name, name.url.to_string(), at(0)), found(40, 2, 0)), (42, 0));
    let mut decision = found(40, 2, 0);
    hold(&Source { burst: 0, ..source("a") }, &known_source(), &mut decision, at(100));
    assert_eq!(decision.articles.len(), 42);
    let waited = SourceState { burst: Some(Burst { since: at(100) - RELEASED_AFTER, entries: 40 }), ..known_source() };
    assert_eq!(held(&waited, found(40, 2, 0)), (42, 0));
}

#[test]
fn what_is_held_back_is_told_with_the_way_to_let_it_in() {
    let mut decision = found(40, 0, 5);
    hold(&source("a"), &known_source(), &mut decision, at(100));
    assert_eq!(decision.rejects.len(), NAMED_MAX);
    assert_eq!(decision.rejects[0].what, "https://a.example/0");
    assert!(decision.rejects[0].why.contains("`feedmill release a`"), "{}", decision.rejects[0].why);
}
