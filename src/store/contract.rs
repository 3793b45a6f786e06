//! What every store must do: one suite, run for each of them.

use super::{Place, Record, Replacement, Store, StoreError, Totals, Work};
use crate::model::{Article, ArticleId, Original, PollPlan, Sighting, SourceState};
use crate::store::rows::sample::{
    article, at, full_article, full_original, full_state, long_article, name, plan, rejecting_plan, revised, sighting,
};

/// Runs the suite; `empty` gives a new empty store each time.
pub(super) fn holds(empty: impl Fn() -> Box<dyn Store>) {
    super::contract_leases::hold(&empty);
    an_empty_store_has_nothing(&*empty());
    what_a_plan_holds_is_there_afterwards(&*empty());
    a_plan_applied_again_changes_nothing(&*empty());
    articles_come_newest_first_in_pages(&*empty());
    articles_come_in_the_order_of_arrival(&*empty());
    a_revised_article_stays_at_its_place(&*empty());
    an_article_whose_date_moves_is_there_once(&*empty());
    an_original_is_kept_beside_its_article(&*empty());
    an_article_is_replaced_only_while_it_is_as_it_was_read(&*empty());
    a_long_article_is_whole_and_a_shorter_revision_leaves_nothing_behind(&*empty());
    plans_of_a_group_are_applied_in_order(&*empty());
    the_newest_rejects_are_kept(&*empty());
    expiring_removes_articles_and_keeps_sightings(&*empty());
    expiring_one_source_leaves_the_others(&*empty());
    expiring_by_number_keeps_the_newest(&*empty());
    whatever_happens_to_an_article_is_a_change(&*empty());
    what_is_exported_makes_the_same_store_again(&*empty(), &*empty());
    verifying_tells_how_far_it_is_and_can_be_stopped(&*empty());
}

fn apply(store: &dyn Store, plans: &[PollPlan]) {
    store.apply(plans).unwrap();
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

fn ids(articles: &[Article]) -> Vec<ArticleId> {
    articles.iter().map(|article| article.id).collect()
}

fn all(store: &dyn Store) -> Vec<Article> {
    store.newest(None, None, 1000).unwrap()
}

fn counts(store: &dyn Store) -> (u64, u64, u64) {
    let Totals { articles, sightings, sources, .. } = store.totals().unwrap();
    (articles, sightings, sources)
}

fn an_empty_store_has_nothing(store: &dyn Store) {
    apply(store, &[]);
    assert!(all(store).is_empty());
    assert_eq!(counts(store), (0, 0, 0));
    assert_eq!(store.source_states().unwrap(), Vec::new());
    assert_eq!(store.source_state(&name("a")).unwrap(), None);
    assert_eq!(store.sightings(&name("a"), &[ArticleId([1; 16])]).unwrap(), vec![None]);
    assert_eq!(store.article(ArticleId([1; 16])).unwrap(), None);
    assert_eq!(store.rejects(&name("a")).unwrap(), Vec::new());
    assert_eq!(store.expire(None, at(0), 10).unwrap(), 0);
}

fn what_a_plan_holds_is_there_afterwards(store: &dyn Store) {
    let mut first = plan("36kr", 100, vec![full_article(), article("36kr", 2)]);
    *first.state = full_state("36kr");
    let second = plan("36krai", 100, vec![article("36krai", 1)]);
    apply(store, &[first.clone(), second.clone()]);

    assert_eq!(store.source_state(&first.source).unwrap(), Some((*first.state).clone()));
    assert_eq!(store.source_states().unwrap(), vec![(*first.state).clone(), (*second.state).clone()]);
    let mut one_by_one = Vec::new();
    store.each_state(&mut |state| one_by_one.push(state)).unwrap();
    assert_eq!(one_by_one, store.source_states().unwrap());
    assert_eq!(counts(store), (3, 3, 2));
    for found in first.articles.iter().chain(&second.articles) {
        assert_eq!(store.article(found.id).unwrap().as_ref(), Some(found));
    }
    let unknown = ArticleId([1; 16]);
    let asked = [first.articles[1].id, unknown, first.articles[0].id, first.articles[0].id];
    let expected = vec![Some(sighting(&first.articles[1])), None, Some(sighting(&first.articles[0])), Some(sighting(&first.articles[0]))];
    assert_eq!(store.sightings(&first.source, &asked).unwrap(), expected);
    assert_eq!(store.find_sighting(second.articles[0].id).unwrap(), Some(sighting(&second.articles[0])));
    assert_eq!(store.find_sighting(unknown).unwrap(), None);
}

fn a_plan_applied_again_changes_nothing(store: &dyn Store) {
    let mut once = rejecting_plan("a", 10, 0..3);
    once.articles = vec![article("a", 1), long_article("a", 2, 30_000)];
    once.sightings = once.articles.iter().map(sighting).collect();
    let look = || (all(store), counts(store), store.rejects(&name("a")).unwrap(), store.source_states().unwrap());
    apply(store, std::slice::from_ref(&once));
    let before = look();
    apply(store, &[once.clone(), once.clone()]);
    apply(store, &[once]);
    assert_eq!(look(), before);
}

fn articles_come_newest_first_in_pages(store: &dyn Store) {
    let mut a: Vec<Article> = (0..20).map(|number| article("a", number * 2)).collect();
    let b: Vec<Article> = (0..20).map(|number| article("ab", number * 2)).collect();
    // One from before 1970, as feeds have them, and one with a fraction of a second.
    a.push(Article { published: crate::model::Instant::from_timestamp(-3_000_000_000, 0).unwrap(), ..article("a", 1000) });
    a.push(Article { published: at(4) + std::time::Duration::from_nanos(1), ..article("a", 1001) });
    apply(store, &[plan("a", 100, a.clone()), plan("ab", 100, b.clone())]);

    let sorted = |mut articles: Vec<Article>| {
        articles.sort_by_key(|article| std::cmp::Reverse(Place::of(article)));
        ids(&articles)
    };
    assert_eq!(ids(&all(store)), sorted([a.clone(), b].concat()));
    assert_eq!(ids(&store.newest(Some(&name("a")), None, 1000).unwrap()), sorted(a.clone()));
    assert!(store.newest(Some(&name("abc")), None, 5).unwrap().is_empty());
    assert!(store.newest(None, None, 0).unwrap().is_empty());

    for source in [None, Some(name("a"))] {
        let (mut pages, mut before) = (Vec::new(), None);
        loop {
            let page = store.newest(source.as_ref(), before, 7).unwrap();
            let places: Vec<Place> = page.iter().map(Place::of).collect();
            assert_eq!(store.newest_places(source.as_ref(), before, 7).unwrap(), places);
            let Some(last) = page.last() else { break };
            before = Some(Place::of(last));
            pages.extend(page);
        }
        assert_eq!(ids(&pages), ids(&store.newest(source.as_ref(), None, 1000).unwrap()));
    }
}

fn articles_come_in_the_order_of_arrival(store: &dyn Store) {
    apply(store, &[plan("a", 10, vec![article("a", 5), article("a", 3)]), plan("b", 10, vec![article("b", 4)])]);
    apply(store, &[plan("a", 20, vec![article("a", 1), revised(&article("a", 3), "<p>New.</p>")])]);
    let arrived = |source: Option<&str>, numbers| {
        let found = store.arrived(source.map(name).as_ref(), numbers).unwrap();
        found.into_iter().map(|(number, article)| (number, article.id)).collect::<Vec<_>>()
    };
    let id = |source, number| article(source, number).id;
    let all = [(0, id("a", 3)), (1, id("a", 5)), (2, id("b", 4)), (3, id("a", 1))];
    assert_eq!(arrived(None, 0..9), all, "within a poll the oldest first, and a revised one where it was");
    assert_eq!(arrived(None, 1..3), all[1..3]);
    assert_eq!(arrived(Some("a"), 1..9), [(1, id("a", 5)), (2, id("a", 1))]);
    assert_eq!(arrived(Some("c"), 0..9), []);
    let next = |source: Option<&str>| store.next_arrival(source.map(name).as_ref()).unwrap();
    assert_eq!((next(None), next(Some("a")), next(Some("c"))), (4, 3, 0));
    store.expire_beyond(None, 0, 100).unwrap();
    apply(store, &[plan("a", 30, vec![article("a", 9)])]);
    assert_eq!((arrived(None, 0..9), arrived(Some("a"), 0..9)), (vec![(4, id("a", 9))], vec![(3, id("a", 9))]), "a number is given once");
}

fn a_revised_article_stays_at_its_place(store: &dyn Store) {
    let articles: Vec<Article> = (0..5).map(|number| article("a", number)).collect();
    apply(store, &[plan("a", 10, articles.clone())]);
    let before = ids(&all(store));
    let new = revised(&articles[2], "<p>Other text.</p>");
    apply(store, &[plan("a", 20, vec![new.clone()])]);
    assert_eq!(ids(&all(store)), before);
    assert_eq!(store.article(new.id).unwrap(), Some(new.clone()));
    assert_eq!(store.sightings(&new.source, &[new.id]).unwrap(), vec![Some(sighting(&new))]);
    assert_eq!(counts(store), (5, 5, 1));
}

fn an_original_is_kept_beside_its_article(store: &dyn Store) {
    let (full, other) = (full_article(), article("36kr", 2));
    let first = PollPlan { originals: vec![full_original()], ..plan("36kr", 100, vec![full.clone(), other.clone()]) };
    apply(store, &[first]);
    assert_eq!(store.original(full.id).unwrap(), Some(full_original()));
    assert_eq!(store.original(other.id).unwrap(), None);
    assert_eq!(store.original(ArticleId([1; 16])).unwrap(), None);
    let number = store.arrived(None, 0..100).unwrap().into_iter().find(|(_, article)| article.id == full.id).unwrap().0;
    assert_eq!(store.originals(0..100).unwrap(), [(number, full_original())]);
    assert_eq!(store.originals(number..number + 1).unwrap(), [(number, full_original())]);
    assert_eq!(store.originals(number + 1..100).unwrap(), []);

    // Written without one, it keeps the one that is there; with another one, it has that.
    let second = revised(&full, "<p>Other.</p>");
    store.import(&[Record::Article(Box::new(second.clone()), None, None)]).unwrap();
    assert_eq!((store.article(full.id).unwrap(), store.original(full.id).unwrap()), (Some(second.clone()), Some(full_original())));
    let later = Original { page: None, ..full_original() };
    apply(store, &[PollPlan { originals: vec![later.clone()], ..plan("36kr", 200, vec![revised(&second, "<p>Third.</p>")]) }]);
    assert_eq!(store.original(full.id).unwrap(), Some(later));

    store.expire(None, at(1_000_000), 10).unwrap();
    assert_eq!(store.original(full.id).unwrap(), None);
}

fn an_article_is_replaced_only_while_it_is_as_it_was_read(store: &dyn Store) {
    let (full, other) = (full_article(), article("36kr", 2));
    apply(store, &[PollPlan { originals: vec![full_original()], ..plan("36kr", 100, vec![full.clone(), other.clone()]) }]);
    let again = |before: &Article, body: &str| {
        let after = Article { revision: before.revision, updated: before.updated, ..revised(before, body) };
        Replacement { before: before.clone(), after }
    };
    let (first, second) = (again(&full, "<p>Better.</p>"), again(&other, "<p>Better, too.</p>"));
    // Somebody else wrote meanwhile: that stays.
    let meanwhile = revised(&other, "<p>News.</p>");
    apply(store, &[plan("36kr", 200, vec![meanwhile.clone()])]);
    assert_eq!(store.replace(&[first.clone(), second]).unwrap(), 1);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    assert_eq!(store.article(full.id).unwrap(), Some(first.after.clone()));
    assert_eq!(store.article(other.id).unwrap(), Some(meanwhile));
    assert_eq!(store.original(full.id).unwrap(), Some(full_original()));
    let seen = store.find_sighting(full.id).unwrap().unwrap();
    assert_eq!(seen, Sighting { fingerprint: first.after.fingerprint, ..sighting(&full) });
    let moved = Article { published: at(9_000), ..first.after.clone() };
    let unknown = again(&article("b", 7), "<p>Nobody.</p>");
    assert_eq!(store.replace(&[Replacement { before: first.after, after: moved }, unknown]).unwrap(), 0);
    assert_eq!(store.replace(&[]).unwrap(), 0);
}

fn an_article_whose_date_moves_is_there_once(store: &dyn Store) {
    let old = long_article("a", 1, 30_000);
    apply(store, &[plan("a", 10, vec![old.clone(), article("a", 2)])]);
    let new = Article { published: at(3), ..old };
    apply(store, &[plan("a", 20, vec![new.clone()])]);
    assert_eq!(ids(&all(store)), vec![new.id, article("a", 2).id]);
    assert_eq!(ids(&store.newest(Some(&name("a")), None, 9).unwrap()), vec![new.id, article("a", 2).id]);
    assert_eq!(store.article(new.id).unwrap(), Some(new));
    assert_eq!(counts(store), (2, 2, 1));
}

fn a_long_article_is_whole_and_a_shorter_revision_leaves_nothing_behind(store: &dyn Store) {
    let long = long_article("a", 1, 300_000);
    apply(store, &[plan("a", 10, vec![article("a", 0), long.clone(), article("a", 2)])]);
    assert_eq!(all(store)[1], long);
    let short = revised(&long, "<p>Short.</p>");
    apply(store, &[plan("a", 20, vec![short.clone()])]);
    assert_eq!(all(store)[1], short);
    assert_eq!(counts(store), (3, 3, 1));
}

fn plans_of_a_group_are_applied_in_order(store: &dyn Store) {
    let first = article("a", 1);
    let second = revised(&first, "<p>Second.</p>");
    let third = revised(&second, "<p>Third.</p>");
    let plans = [plan("a", 10, vec![first]), plan("a", 20, vec![second]), plan("a", 30, vec![third.clone()])];
    apply(store, &plans);
    assert_eq!(all(store), vec![third.clone()]);
    assert_eq!(store.sightings(&third.source, &[third.id]).unwrap(), vec![Some(sighting(&third))]);
    assert_eq!(store.source_states().unwrap(), vec![(*plans[2].state).clone()]);
    assert_eq!(counts(store), (1, 1, 1));
}

fn the_newest_rejects_are_kept(store: &dyn Store) {
    apply(store, &[rejecting_plan("a", 10, 0..3), rejecting_plan("b", 10, 0..1)]);
    apply(store, &[plan("a", 15, Vec::new())]);
    apply(store, &[rejecting_plan("a", 20, 2..4)]);
    let found: Vec<_> = store.rejects(&name("a")).unwrap().into_iter().map(|(when, reject)| (when, reject.what)).collect();
    let expected = [(20, "entry 2"), (20, "entry 3"), (10, "entry 0"), (10, "entry 1")];
    assert_eq!(found, expected.map(|(when, what)| (at(when), what.to_owned())));

    apply(store, &[rejecting_plan("a", 30, 100..1100)]);
    let found = store.rejects(&name("a")).unwrap();
    assert_eq!(found.len(), super::rejects::REJECTS_KEPT_MAX);
    assert!(found.iter().all(|(when, _)| *when == at(30)));
    assert_eq!(store.rejects(&name("b")).unwrap().len(), 1);
}

fn expiring_removes_articles_and_keeps_sightings(store: &dyn Store) {
    let articles: Vec<Article> = (0..10).map(|number| long_article("a", number, 8_000 * number as usize)).collect();
    apply(store, &[plan("a", 100, articles.clone())]);
    assert_eq!(store.expire(None, at(5), 3).unwrap(), 3);
    assert_eq!(store.expire(None, at(5), 3).unwrap(), 2, "the fifth is published at the limit itself and stays");
    assert_eq!(store.expire(None, at(5), 3).unwrap(), 0);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    assert_eq!(ids(&all(store)), ids(&articles[5..].iter().rev().cloned().collect::<Vec<_>>()));
    assert_eq!(store.article(articles[0].id).unwrap(), None);
    assert_eq!(store.sightings(&name("a"), &[articles[0].id]).unwrap(), vec![Some(sighting(&articles[0]))]);
    assert_eq!(counts(store), (5, 10, 1));

    // The publisher still lists it: the sighting is written again, and the article does not come back by that.
    let again = Box::new(SourceState { polls: 2, ..*plan("a", 200, Vec::new()).state });
    apply(store, &[PollPlan { state: again, sightings: vec![sighting(&articles[0])], ..plan("a", 200, Vec::new()) }]);
    assert_eq!(counts(store), (5, 10, 1));
}

fn expiring_one_source_leaves_the_others(store: &dyn Store) {
    apply(store, &[plan("a", 100, vec![article("a", 1), article("a", 2)]), plan("ab", 100, vec![article("ab", 1)])]);
    assert_eq!(store.expire(Some(&name("a")), at(50), 10).unwrap(), 2);
    assert_eq!(ids(&all(store)), vec![article("ab", 1).id]);
    assert_eq!(ids(&store.newest(Some(&name("ab")), None, 10).unwrap()), vec![article("ab", 1).id]);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

fn whatever_happens_to_an_article_is_a_change(store: &dyn Store) {
    let changes = || store.totals().unwrap().changes;
    let made = article("36kr", 1);
    apply(store, &[plan("36kr", 100, vec![made.clone()])]);
    let came = changes();
    apply(store, &[plan("36kr", 200, vec![])]);
    assert!(came > 0 && changes() == came, "a poll that brings nothing is none");
    let after = Article { title: "Another one".into(), ..made.clone() };
    assert_eq!(store.replace(&[Replacement { before: made.clone(), after }]).unwrap(), 1);
    let replaced = changes();
    assert!(replaced > came);
    apply(store, &[plan("36kr", 300, vec![revised(&made, "<p>Revised.</p>")])]);
    let revised = changes();
    assert!(revised > replaced);
    assert_eq!(store.expire(None, at(1_000_000_000), 10).unwrap(), 1);
    assert!(changes() > revised);
}

fn expiring_by_number_keeps_the_newest(store: &dyn Store) {
    let articles = |source: &str| (0..5).map(|number| article(source, number)).collect::<Vec<_>>();
    apply(store, &[plan("a", 100, articles("a")), plan("ab", 100, articles("ab"))]);
    assert_eq!(store.expire_beyond(Some(&name("a")), 2, 2).unwrap(), 2);
    assert_eq!(store.expire_beyond(Some(&name("a")), 2, 2).unwrap(), 1);
    assert_eq!(store.expire_beyond(Some(&name("a")), 2, 2).unwrap(), 0);
    assert_eq!(ids(&store.newest(Some(&name("a")), None, 9).unwrap()), vec![article("a", 4).id, article("a", 3).id]);
    assert_eq!(store.expire_beyond(None, 3, 100).unwrap(), 4);
    assert_eq!(all(store).len(), 3);
    assert_eq!(store.expire_beyond(None, 0, 100).unwrap(), 3);
    assert_eq!(counts(store), (0, 10, 2));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

fn verifying_tells_how_far_it_is_and_can_be_stopped(store: &dyn Store) {
    apply(store, &[plan("a", 20, (0..50).map(|number| article("a", number)).collect())]);
    let mut heard = Vec::new();
    let found = store.verify_told(&mut |one| {
        heard.push(one);
        Ok(())
    });
    assert_eq!(found, Ok(Vec::new()));
    assert!(heard.iter().all(|one| one.work == Work::Verifying && one.done <= one.of) && heard.is_sorted_by_key(|one| one.done));
    assert!(heard.last().is_some_and(|last| last.done == last.of), "{heard:?}");
    assert_eq!(store.verify_told(&mut |_| Err(StoreError::Stopped)), Err(StoreError::Stopped));
    assert_eq!(store.verify(), Ok(Vec::new()), "it is as it was");
}

fn what_is_exported_makes_the_same_store_again(store: &dyn Store, copy: &dyn Store) {
    let mut full = rejecting_plan("a", 10, 0..3);
    *full.state = SourceState { source: name("a"), ..full_state("a") };
    full.articles = vec![full_article(), long_article("a", 2, 30_000), article("a", 3)];
    full.sightings = full.articles.iter().map(sighting).collect();
    apply(store, &[full, plan("b", 20, (0..5).map(|number| article("b", number)).collect())]);
    store.expire(None, at(1), 10).unwrap();
    let given = records(store);
    for part in given.chunks(4).chain(given.chunks(3)) {
        copy.import(part).unwrap();
    }
    assert!(all(copy) == all(store));
    assert_eq!(counts(copy), counts(store));
    assert_eq!(copy.source_states().unwrap(), store.source_states().unwrap());
    assert_eq!(copy.rejects(&name("a")).unwrap(), store.rejects(&name("a")).unwrap());
    assert_eq!(copy.verify().unwrap(), Vec::<String>::new());
    let last_state = given.iter().rposition(|record| matches!(record, Record::State(_))).unwrap();
    let first_sighting = given.iter().position(|record| matches!(record, Record::Sighting(..))).unwrap();
    let last_sighting = given.iter().rposition(|record| matches!(record, Record::Sighting(..))).unwrap();
    let first_article = given.iter().position(|record| matches!(record, Record::Article(..))).unwrap();
    assert!(last_state < first_sighting && last_sighting < first_article);
}

/// Everything that a store gives.
pub(super) fn records(store: &dyn Store) -> Vec<Record> {
    let mut out = Vec::new();
    store
        .export(&mut |record| {
            out.push(record);
            Ok(())
        })
        .unwrap();
    out
}
