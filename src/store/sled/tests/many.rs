//! More articles than memory and one leaf hold.

use super::*;
use crate::store::contract::records;
use crate::store::rows::sample::{at, revised, sighting};
use crate::store::sled::trees::Tree;

/// More than are kept in memory.
const ARTICLES: u32 = 20_000;
const SOURCES: u32 = 7;
const A_GROUP: u32 = 2_000;

/// A number that looks random, so that the order of time is not that of arrival.
fn scattered(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761) % 1_000_000
}

fn one(number: u32) -> Article {
    Article { published: at(scattered(number).into()), ..article(&format!("s{}", number % SOURCES), number) }
}

fn fill(store: &SledStore) {
    for start in (0..ARTICLES).step_by(A_GROUP as usize) {
        let plans: Vec<_> = (0..SOURCES)
            .map(|source| plan(&format!("s{source}"), 10, (start..start + A_GROUP).filter(|at| at % SOURCES == source).map(one).collect()))
            .collect();
        store.apply(&plans).unwrap();
    }
}

fn sorted() -> Vec<Place> {
    let mut places: Vec<_> = (0..ARTICLES).map(|number| Place::of(&one(number))).collect();
    places.sort_unstable_by(|a, b| b.cmp(a));
    places
}

fn places(articles: &[Article]) -> Vec<Place> {
    articles.iter().map(Place::of).collect()
}

#[test]
fn orders_hold_when_the_trees_have_taken_in_what_was_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&store);
    let expected = sorted();
    // As they arrived: within a poll in the order of time.
    let mut twos: Vec<Place> = Vec::new();
    for start in (0..ARTICLES).step_by(A_GROUP as usize) {
        let mut of_group: Vec<Place> =
            (start..start + A_GROUP).filter(|at| at % SOURCES == 2).map(|number| Place::of(&one(number))).collect();
        of_group.sort_unstable();
        twos.extend(of_group);
    }
    let ordered = store.read(|trees| Ok(trees.counts.ordered)).unwrap();
    assert!(ordered > 0 && ordered < u64::from(ARTICLES), "{ordered}: some are in the trees, some in memory");
    assert_eq!(store.read(|trees| Ok(trees.counts.filter)), Ok(Some(1)));
    let look = |store: &SledStore| {
        assert!(places(&store.newest(None, None, 30_000).unwrap()) == expected);
        let page = store.newest(None, Some(expected[9_999]), 50).unwrap();
        assert_eq!(places(&page), expected[10_000..10_050]);
        for number in (0..ARTICLES).step_by(1_777) {
            assert_eq!(store.article(one(number).id).unwrap(), Some(one(number)));
            assert_eq!(store.sightings(&one(number).source, &[one(number).id]).unwrap(), [Some(sighting(&one(number)))]);
        }
        let of_two: Vec<Place> = expected.iter().copied().filter(|place| twos.contains(place)).collect();
        assert!(places(&store.newest(Some(&name("s2")), None, 30_000).unwrap()) == of_two);
        assert!(places(&store.newest(Some(&name("s2")), Some(of_two[700]), 50).unwrap()) == of_two[701..751]);
        assert!(
            store
                .arrived(Some(&name("s2")), 0..u64::MAX)
                .unwrap()
                .into_iter()
                .map(|(_, article)| Place::of(&article))
                .eq(twos.iter().copied())
        );
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    };
    look(&store);
    drop(store);
    let store = open(folder.path());
    look(&store);

    let new = Article { published: at(2_000_000), ..revised(&one(3), "<p>Moved.</p>") };
    let last = Article { published: at(-5), ..revised(&one(ARTICLES - 1), "<p>Moved too.</p>") };
    store.apply(&[plan("s3", 20, vec![new.clone()]), plan(last.source.as_str(), 20, vec![last.clone()])]).unwrap();
    assert_eq!(store.newest(None, None, 1).unwrap(), [new]);
    assert_eq!(store.expire_beyond(None, 12_000, 10_000).unwrap(), 8_000);
    assert_eq!((store.article(last.id).unwrap(), store.totals().unwrap().articles), (None, 12_000));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn what_a_large_cycle_leaves_in_memory_is_taken_in_once_little_comes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let in_trees =
        |store: &SledStore| store.read(|trees| Ok(trees.recent()?.len() == 0 && trees.counts.ordered == trees.counts.next)).unwrap();
    let (mut given, mut number) = (Vec::new(), 0);
    let mut come = |count: u32| {
        let articles: Vec<_> = (number..number + count).map(one).collect();
        number += count;
        let plans = articles.iter().map(|article| plan(article.source.as_str(), 10, vec![article.clone()])).collect::<Vec<_>>();
        store.apply(&plans).unwrap();
        given.extend(articles.iter().map(Place::of));
    };
    come(5_000);
    store.rest();
    assert!(!in_trees(&store), "they have just come");
    come(500);
    store.rest();
    assert!(!in_trees(&store), "more come");
    come(100);
    store.rest();
    assert!(in_trees(&store), "few came in the last minute");
    come(1_000);
    store.rest();
    store.rest();
    assert!(!in_trees(&store), "so few are not worth it");
    given.sort_unstable_by(|a, b| b.cmp(a));
    let look = |store: &SledStore| {
        assert!(places(&store.newest(None, None, 10_000).unwrap()) == given);
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    };
    look(&store);
    drop(store);
    look(&open(folder.path()));
}

#[test]
fn taking_in_that_is_cut_off_changes_nothing() {
    for steps in 1..=4 {
        let folder = tempfile::tempdir().unwrap();
        let store = with_articles(folder.path(), 500);
        store.expire(None, at(10), 1_000).unwrap();
        let before = (store.newest(None, None, 1_000).unwrap(), records(&store));
        // Some steps only, as when the power goes.
        for number in 0..steps {
            let changes = store
                .read(|trees| {
                    let mut changes = write::Changes::default();
                    taking::STEPS[number](trees.recent()?).next(trees, &mut changes)?;
                    Ok(changes)
                })
                .unwrap();
            let counts = store.read(|trees| Ok(trees.counts)).unwrap();
            store.commit(changes, counts).unwrap();
        }
        let look = |store: &SledStore| {
            assert!((store.newest(None, None, 1_000).unwrap(), records(store)) == before);
            assert!(store.newest(Some(&name("a")), None, 1_000).unwrap() == before.0);
            assert_eq!(store.verify().unwrap(), Vec::<String>::new());
        };
        look(&store);
        drop(store);
        let store = open(folder.path());
        look(&store);
        // What goes then is gone from both, and what is learnt then wins over what the tree has.
        assert_eq!(store.expire(None, at(100), 1_000).unwrap(), 90);
        let revision = revised(&article("a", 200), "<p>New.</p>");
        store.apply(&[plan("a", 20, vec![revision.clone()])]).unwrap();
        let of_source = store.newest(Some(&name("a")), None, 1_000).unwrap();
        assert!(of_source == store.newest(None, None, 1_000).unwrap() && of_source.len() == 400);
        assert_eq!(store.sightings(&name("a"), &[revision.id]).unwrap(), [Some(sighting(&revision))]);
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    }
}

/// A store of layout 2: the trees of the sources have everything, the others not, and there is no tree `recent`.
#[test]
fn r11_a_store_of_layout_2_becomes_one_of_this_layout() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("store");
    let store = with_articles(&folder, 500);
    let before = (store.newest(None, None, 1_000).unwrap(), records(&store));
    let counts = store.read(|trees| Ok(Counts { tail: None, filter: None, ..trees.counts })).unwrap();
    let [_, _, of_sources, entries] = taking::STEPS;
    for step in [of_sources, entries] {
        let mut step = store.read(|trees| Ok(step(trees.recent()?))).unwrap();
        let mut is_more = true;
        while is_more {
            let mut changes = write::Changes::default();
            store.read(|trees| step.next(trees, &mut changes).map(|more| is_more = more)).unwrap();
            store.commit(changes, counts).unwrap();
        }
    }
    let mut changes = write::Changes::default();
    store.read(|trees| changes.put_counts(trees, counts)).unwrap();
    store.commit(changes, counts).unwrap();
    store
        .read(|trees| {
            trees.of(Tree::Recent).clear().map_err(|why| trees.sled(&why))?;
            trees.make_durable()
        })
        .unwrap();
    drop(store);
    fs::write(folder.join("layout"), "feedmill store layout 2\n").unwrap();
    for _ in 0..2 {
        let store = open(&folder);
        assert_eq!(fs::read_to_string(folder.join("layout")).unwrap(), "feedmill store layout 6\n");
        assert_eq!(store.verify().unwrap(), Vec::<String>::new());
        assert!((store.newest(None, None, 1_000).unwrap(), records(&store)) == before);
        assert!(store.newest(Some(&name("a")), None, 1_000).unwrap() == before.0);
        assert_eq!(store.read(|trees| Ok(trees.counts.ordered)), Ok(500));
    }
}

#[test]
fn p16_an_archive_by_arrival_does_not_change_when_more_arrives_or_the_store_moves() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("one"));
    let some = |range: Range<u32>| range.map(one).collect::<Vec<_>>();
    let of = |number: u32| name(&format!("s{number}"));
    let poll = |range: Range<u32>| {
        let articles = some(range);
        (0..SOURCES)
            .map(|source| plan(&format!("s{source}"), 10, articles.iter().filter(|it| it.source == of(source)).cloned().collect()))
            .collect::<Vec<_>>()
    };
    store.apply(&poll(0..350)).unwrap();
    let look = |store: &SledStore| (store.arrived(None, 100..200).unwrap(), store.arrived(Some(&of(2)), 10..40).unwrap());
    let before = look(&store);
    assert_eq!((before.0.len(), before.1.len()), (100, 30));
    assert!(before.0.iter().map(|(number, _)| *number).eq(100..200) && before.1.iter().map(|(number, _)| *number).eq(10..40));
    store.apply(&poll(350..900)).unwrap();
    assert!(look(&store) == before);
    assert_eq!((store.next_arrival(None).unwrap(), store.next_arrival(Some(&of(2))).unwrap()), (900, 129));

    let copy = open(&folder.path().join("two"));
    records(&store).chunks(100).for_each(|part| copy.import(part).unwrap());
    assert!(look(&copy) == before);

    // Expiry leaves gaps, and nothing moves into them.
    let gone = &before.0[7].1;
    store.expire(Some(&gone.source), gone.published + std::time::Duration::from_secs(1), 1_000).unwrap();
    let after = store.arrived(None, 100..200).unwrap();
    assert!(after.len() < 100 && after.iter().all(|found| before.0.contains(found)));
    assert_eq!(store.sightings(&gone.source, &[gone.id]).unwrap(), [Some(sighting(gone))]);
}
