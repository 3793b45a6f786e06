//! Stories as they are decided over time.

use chrono::TimeDelta;

use super::*;
use crate::config;
use crate::model::EntryKey;
use crate::publish::testing::{article, at, body};
use crate::store::MemoryStore;
use crate::store::rows::sample::plan;

const TRAIN: &str = "<p>For years the night train was a relic. Routes were cut, carriages were scrapped, and the few that remained were kept alive \
    by enthusiasts.</p><p>Now operators across the continent are ordering new sleeper cars, and tickets for the summer are sold out months in \
    advance. What changed was not the train but the traveller.</p>";

const COFFEE: &str = "<p>三年前，老周在小区门口开了这家咖啡店。头一年，他亏掉了全部积蓄，第二年勉强打平，到了第三年，店里终于开始赚钱。</p>\
    <p>他说，秘诀只有一个：记住每个熟客的口味。如今，每天早上七点，门口就会排起队。</p>";

const MINUTES_A_DAY: i64 = 24 * 60;

/// An article of its own site, first seen when it was published.
fn told(source: &str, guid: &str, minute: i64, title: &str, text: &str) -> Article {
    Article {
        title: title.into(),
        body: body(text),
        link: Some(format!("https://{source}.example.org/{guid}")),
        ..article(source, &format!("{source}-{guid}"), minute)
    }
}

/// A daemon's memory of stories, over a store that outlives it.
struct Desk {
    store: Arc<MemoryStore>,
    stories: Stories,
    config: Config,
}

impl Desk {
    fn new() -> Self {
        let config = config::parse("[[source]]\nname = \"a\"\nurl = \"https://a.example.org/feed\"\n", "feeds.toml").unwrap();
        let store = Arc::new(MemoryStore::new());
        Self { stories: Stories::new(store.clone(), &config), store, config }
    }

    fn restarted(&self) -> Stories {
        Stories::new(self.store.clone(), &self.config)
    }

    /// A poll that brings one article: decided, and stored.
    fn poll(&self, article: &Article) -> Story {
        self.poll_with(&self.stories, article)
    }

    fn poll_with(&self, stories: &Stories, article: &Article) -> Story {
        let mut plan = plan(article.source.as_str(), 0, vec![article.clone()]);
        plan.at = article.first_seen;
        let story = stories.settle(std::slice::from_ref(&plan)).unwrap().remove(0);
        plan.articles[0].story = Some(story.clone());
        self.store.apply(&[plan]).unwrap();
        story
    }
}

#[test]
fn a_third_article_that_is_like_two_stories_joins_one_and_both_keep_their_entries() {
    let desk = Desk::new();
    let a = told("a", "1", 0, "The quiet comeback of the night train", TRAIN);
    let b = told("b", "1", 1, "一家咖啡店的三年：从亏损到盈利", COFFEE);
    let (of_a, of_b) = (desk.poll(&a), desk.poll(&b));
    // It has the address of one, and the other's for a guid.
    let c = Article { link: a.link.clone(), key: EntryKey::Guid(b.link.clone().unwrap()), ..told("c", "1", 2, "Both", "<p>Both.</p>") };
    let of_c = desk.poll(&c);
    assert_eq!((of_a.id, of_b.id, of_c.id), (a.id, b.id, a.id), "that of the copy seen first");
    let stored = |id| desk.store.article(id).unwrap().unwrap().story.unwrap().id;
    assert_eq!((stored(a.id), stored(b.id)), (a.id, b.id));
    // One that comes later and is like the second story joins that one.
    assert_eq!(desk.poll(&told("d", "1", 3, "一家咖啡店的三年：从亏损到盈利", COFFEE)).id, b.id);
}

#[test]
fn a_revision_that_makes_two_stories_alike_leaves_two_entries() {
    let desk = Desk::new();
    let a = told("a", "1", 0, "The quiet comeback of the night train", TRAIN);
    let b = told("b", "1", 1, "Trains", "<p>In a word: trains.</p>");
    desk.poll(&a);
    desk.poll(&b);
    // The full text comes later, with the title of the other.
    let revised = Article { title: a.title.clone(), body: a.body.clone(), revision: 1, ..b.clone() };
    let mut plan = plan("b", 0, vec![revised]);
    plan.at = at(60);
    let story = desk.stories.settle(std::slice::from_ref(&plan)).unwrap().remove(0);
    assert_eq!((story.id, story.merge), (b.id, None), "what readers saw as two entries stays two");
}

/// What comes in over forty days, with copies soon and late, by text and by address.
fn forty_days() -> Vec<Article> {
    let mut out = Vec::new();
    for day in 0..40_i64 {
        let minute = day * MINUTES_A_DAY;
        let own = format!("{TRAIN}<p>What happened on day {day}: nothing but words of that day, told {day} times by {day} people.</p>");
        out.push(told(
            "a",
            &day.to_string(),
            minute,
            &format!("Something happened, {}", "again ".repeat(usize::try_from(day % 7).unwrap())),
            &own,
        ));
        // The same address ten days later, and an old date with the text of then: text is compared by date, and by what was seen lately.
        if let Some(then) = day.checked_sub(10).filter(|then| *then >= 0) {
            let first = out.iter().find(|first| first.key == EntryKey::Guid(format!("a-{then}"))).unwrap().clone();
            let linked = Article { link: first.link.clone(), ..told("b", &day.to_string(), minute + 5, &first.title, "<p>Short.</p>") };
            let old = Article {
                published: first.published + TimeDelta::minutes(7),
                ..told("c", &day.to_string(), minute + 9, &first.title, first.body.as_str())
            };
            out.extend([linked, old]);
        }
        // A copy on the next day.
        let copy = out.iter().rev().find(|one| one.source.as_str() == "a" && one.first_seen < at(minute)).cloned();
        out.extend(copy.map(|one| told("d", &day.to_string(), minute + 20, &one.title, one.body.as_str())));
    }
    out
}

#[test]
fn what_is_decided_does_not_depend_on_when_the_program_was_started() {
    let (running, restarting) = (Desk::new(), Desk::new());
    let (mut merged, mut by_address) = (0, 0);
    for article in forty_days() {
        let story = running.poll(&article);
        merged += usize::from(story.merge.is_some());
        by_address += usize::from(story.merge.as_ref().is_some_and(|merge| merge.rule == crate::model::story::Rule::Address));
        let again = restarting.poll_with(&restarting.restarted(), &article);
        assert_eq!(story, again, "{} of {}", article.title, article.source);
    }
    assert!(merged > 30 && by_address == 30, "{merged} {by_address}");
}
