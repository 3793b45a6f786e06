use std::time::Duration;

use super::*;
use crate::config::parse;
use crate::model::SourceState;
use crate::model::poll::Burst;
use crate::model::story::{Merge, Rule};
use crate::publish::merge::{NO_CHOICE, merge};
use crate::store::MemoryStore;

fn stored(store: &dyn Store) -> Vec<Article> {
    store.newest(None, None, 100).unwrap()
}

/// Three copies of one story, the first of them of source `a`.
fn store_with_a_story() -> (MemoryStore, Vec<Article>) {
    let mut articles: Vec<Article> =
        ["a", "b", "c"].iter().zip(0..).map(|(source, minute)| crate::publish::testing::article(source, "1", minute)).collect();
    let (id, published) = (articles[0].id, articles[0].published);
    for (at, article) in articles.iter_mut().enumerate() {
        let merge = (at > 0).then_some(Merge { with: id, rule: Rule::Copy, score_percent: 97 });
        article.story = Some(Story { id, published, merge, kept_apart: false });
    }
    let store = MemoryStore::new();
    store.import(&articles.iter().map(|article| Record::Article(Box::new(article.clone()), None, None)).collect::<Vec<_>>()).unwrap();
    (store, articles)
}

#[test]
fn an_article_taken_out_stands_by_itself_and_the_others_stay_together() {
    let (store, articles) = store_with_a_story();
    let config = parse("", "feeds.toml").unwrap();
    let order = Order::Unmerge { id: articles[1].id.to_string() };
    let said = obey(&store, &config, &Summarizer::new(), &order, Instant::default()).unwrap().unwrap();
    assert!(said.contains("stands by itself"), "{said}");
    let after = stored(&store);
    let shown = merge(&after, &NO_CHOICE);
    assert_eq!(shown.iter().map(|one| (one.id, one.others.len())).collect::<Vec<_>>(), [(articles[1].id, 0), (articles[0].id, 1)]);
    assert!(after.iter().any(|article| article.story.as_ref().is_some_and(|story| story.kept_apart)));
}

#[test]
fn when_the_first_is_taken_out_no_id_stands_for_two() {
    let (store, articles) = store_with_a_story();
    let config = parse("", "feeds.toml").unwrap();
    obey(&store, &config, &Summarizer::new(), &Order::Unmerge { id: articles[0].id.to_string() }, Instant::default()).unwrap().unwrap();
    let after = stored(&store);
    let shown = merge(&after, &NO_CHOICE);
    assert_eq!(shown.iter().map(|one| (one.id, one.others.len())).collect::<Vec<_>>(), [(articles[1].id, 1), (articles[0].id, 0)]);
}

#[test]
fn what_is_not_there_is_nothing_to_undo() {
    let (store, _) = store_with_a_story();
    let config = parse("", "feeds.toml").unwrap();
    for order in [Order::Unmerge { id: "00".repeat(16) }, Order::Unmerge { id: "x".into() }, Order::Release { source: "a".into() }] {
        assert_eq!(obey(&store, &config, &Summarizer::new(), &order, Instant::default()).unwrap(), None);
    }
    assert_eq!(config.stories.window, Duration::from_secs(7 * 86_400));
}

#[test]
fn what_is_released_is_due_now_and_held_back_no_longer() {
    let store = MemoryStore::new();
    let name = SourceName::new("a").unwrap();
    let now = crate::publish::testing::at(90);
    let mut state = SourceState::fresh(name.clone(), "https://a.example/".into(), now + TimeDelta::days(1));
    state.burst = Some(Burst { since: now, entries: 44 });
    store.import(&[Record::State(Box::new(state))]).unwrap();
    let config = parse("", "feeds.toml").unwrap();
    let said = obey(&store, &config, &Summarizer::new(), &Order::Release { source: "a".into() }, now).unwrap().unwrap();
    assert!(said.contains("44 entries of a"), "{said}");
    let state = store.source_state(&name).unwrap().unwrap();
    assert!(crate::pipeline::burst::is_released(&state, now) && state.next_due == now);
}
