//! The committer against stores that are slow, full or choosy.

use std::sync::Mutex;

use super::*;
use crate::model::{Article, ArticleId, Holder, Instant, Original, Reject, Sighting, SourceState};
use crate::store::rows::sample::{article, name, plan};
use crate::store::{Leased, MemoryStore, Place, Record, Replacement, Totals, told};

/// What a store says to the group with this number.
type Says = Box<dyn Fn(usize, &[PollPlan]) -> Result<(), StoreError> + Send + Sync>;

/// A store in memory that answers `apply` as told.
struct Told {
    inner: MemoryStore,
    /// The sizes of the groups asked for.
    groups: Mutex<Vec<usize>>,
    /// Before it stores one.
    says: Says,
}

impl Told {
    fn new(says: impl Fn(usize, &[PollPlan]) -> Result<(), StoreError> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { inner: MemoryStore::new(), groups: Mutex::new(Vec::new()), says: Box::new(says) })
    }

    /// One that stores nothing until what is given with it is dropped.
    fn held() -> (Arc<Self>, std::sync::mpsc::Sender<()>) {
        let (goes_on, held) = std::sync::mpsc::channel();
        let held = Mutex::new(held);
        let store = Self::new(move |_, _| {
            let _ = held.lock().unwrap().recv();
            Ok(())
        });
        (store, goes_on)
    }

    fn groups(&self) -> Vec<usize> {
        self.groups.lock().unwrap().clone()
    }

    fn articles(&self) -> usize {
        self.inner.newest(None, None, 10_000).unwrap().len()
    }
}

impl Store for Told {
    fn lease(&self, sources: &[SourceName], holder: Holder, now: Instant, until: Instant) -> Result<Leased, StoreError> {
        self.inner.lease(sources, holder, now, until)
    }
    fn give_back(&self, sources: &[SourceName], holder: Holder) -> Result<(), StoreError> {
        self.inner.give_back(sources, holder)
    }
    fn apply(&self, plans: &[PollPlan]) -> Result<(), StoreError> {
        let number = {
            let mut groups = self.groups.lock().unwrap();
            groups.push(plans.len());
            groups.len()
        };
        (self.says)(number, plans)?;
        self.inner.apply(plans)
    }
    fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        self.inner.source_states()
    }
    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError> {
        self.inner.source_state(source)
    }
    fn sightings(&self, source: &SourceName, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError> {
        self.inner.sightings(source, ids)
    }
    fn find_sighting(&self, id: ArticleId) -> Result<Option<Sighting>, StoreError> {
        self.inner.find_sighting(id)
    }
    fn arrived(&self, source: Option<&SourceName>, numbers: std::ops::Range<u64>) -> Result<Vec<(u64, Article)>, StoreError> {
        self.inner.arrived(source, numbers)
    }
    fn next_arrival(&self, source: Option<&SourceName>) -> Result<u64, StoreError> {
        self.inner.next_arrival(source)
    }
    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.inner.article(id)
    }
    fn original(&self, id: ArticleId) -> Result<Option<Original>, StoreError> {
        self.inner.original(id)
    }
    fn replace(&self, articles: &[Replacement]) -> Result<usize, StoreError> {
        self.inner.replace(articles)
    }
    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError> {
        self.inner.newest(source, before, limit)
    }
    fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError> {
        self.inner.rejects(source)
    }
    fn totals(&self) -> Result<Totals, StoreError> {
        self.inner.totals()
    }
    fn expire(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError> {
        self.inner.expire(source, before, limit)
    }
    fn expire_beyond(&self, source: Option<&SourceName>, keep: u64, limit: usize) -> Result<usize, StoreError> {
        self.inner.expire_beyond(source, keep, limit)
    }
    fn tidy(&self) -> Result<Option<String>, StoreError> {
        self.inner.tidy()
    }
    fn verify_told(&self, told: told::Told<'_>) -> Result<Vec<String>, StoreError> {
        self.inner.verify_told(told)
    }
    fn export(&self, sink: &mut dyn FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.inner.export(sink)
    }
    fn import(&self, records: &[Record]) -> Result<(), StoreError> {
        self.inner.import(records)
    }
}

/// Hands in one plan a source, all at once, and gives the answers in their order.
async fn commit_all(handle: &CommitterHandle, sources: usize) -> Vec<Result<(), StoreError>> {
    let commits = (0..sources).map(|number| {
        let source = format!("s{number}");
        handle.commit(plan(&source, 10, vec![article(&source, 1)]))
    });
    futures_util::future::join_all(commits).await
}

#[tokio::test(start_paused = true)]
async fn plans_that_wait_together_are_written_together() {
    let store = Told::new(|_, _| Ok(()));
    let (handle, _task) = Committer::start(store.clone());
    assert!(commit_all(&handle, 100).await.iter().all(Result::is_ok));
    assert_eq!(store.groups(), vec![100]);
    assert_eq!(store.articles(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_bounded_and_a_plan_larger_than_that_goes_alone() {
    let store = Told::new(|_, _| Ok(()));
    let (handle, _task) = Committer::start(store.clone());
    let large = |source: &str| plan(source, 10, (0..1500).map(|number| article(source, number)).collect());
    let (a, b, c) = tokio::join!(handle.commit(large("a")), handle.commit(large("b")), handle.commit(large("c")));
    assert_eq!((a, b, c), (Ok(()), Ok(()), Ok(())));
    assert_eq!(store.groups(), vec![1, 1, 1]);
    assert!(commit_all(&handle, 600).await.iter().all(Result::is_ok));
    assert!(store.groups().iter().all(|plans| *plans <= GROUP_PLANS_MAX));
}

#[tokio::test(start_paused = true)]
async fn one_bad_plan_does_not_fail_its_neighbours_but_the_later_plans_of_its_source() {
    let store = Told::new(|_, plans| {
        let bad = plans.iter().any(|plan| plan.articles.iter().any(|article| article.source == name("s1")));
        if bad { Err(StoreError::Unusable("no".into())) } else { Ok(()) }
    });
    let (handle, _task) = Committer::start(store.clone());
    let (answers, later) = tokio::join!(commit_all(&handle, 3), handle.commit(plan("s1", 20, Vec::new())));
    assert_eq!(answers, vec![Ok(()), Err(StoreError::Unusable("no".into())), Ok(())]);
    assert!(later.is_err(), "its validators would hide the articles that were not stored");
    assert_eq!(store.articles(), 2);
}

#[tokio::test(start_paused = true)]
async fn r3_a_disk_that_is_full_for_a_moment_only_delays_the_answer() {
    let store = Told::new(|number, _| if number <= 3 { Err(StoreError::Full("full".into())) } else { Ok(()) });
    let (handle, _task) = Committer::start(store.clone());
    assert!(commit_all(&handle, 5).await.iter().all(Result::is_ok));
    assert_eq!(store.articles(), 5);
}

#[tokio::test(start_paused = true)]
async fn r3_a_disk_that_stays_full_is_told_to_every_poll_and_the_next_ones_are_tried() {
    let store = Told::new(|number, _| if number <= 5 { Err(StoreError::Full("full".into())) } else { Ok(()) });
    let (handle, _task) = Committer::start(store.clone());
    assert!(commit_all(&handle, 5).await.iter().all(|answer| *answer == Err(StoreError::Full("full".into()))));
    assert_eq!(store.groups().len(), 1 + FULL_WAITS_SECONDS.len());
    assert!(commit_all(&handle, 5).await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn r14_everything_handed_in_before_the_end_is_written() {
    let store = Told::new(|_, _| Ok(()));
    let (handle, task) = Committer::start(store.clone());
    let polls: Vec<_> = (0..50)
        .map(|number| {
            let (handle, source) = (handle.clone(), format!("s{number}"));
            tokio::spawn(async move { handle.commit(plan(&source, 10, vec![article(&source, 1)])).await })
        })
        .collect();
    drop(handle);
    task.await.unwrap();
    assert_eq!(store.articles(), 50);
    for poll in polls {
        assert_eq!(poll.await.unwrap(), Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_inside_the_store_is_an_answer() {
    let store = Told::new(|_, _| panic!("inside"));
    let (handle, _task) = Committer::start(store);
    assert!(matches!(handle.commit(plan("a", 1, Vec::new())).await, Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn what_waits_for_a_slow_store_is_bounded_in_bytes() {
    let (store, goes_on) = Told::held();
    let (committer, task) = Committer::start(Arc::clone(&store) as Arc<dyn Store>);
    let room = Arc::clone(&committer.room.0);
    let large = |number: u32| {
        let mut article = article("a", number);
        article.body = crate::model::SafeHtml::for_tests(&"x".repeat(1024 * 1024));
        plan("a", i64::from(number), vec![article])
    };
    let polls: Vec<_> = (0..20)
        .map(|number| {
            tokio::spawn({
                let committer = committer.clone();
                async move { committer.commit(large(number)).await }
            })
        })
        .collect();
    // Two MB each: seven fit, and one is not handed in before another is stored.
    while room.available_permits() > 2 * 1024 + 2 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(room.available_permits() < 2 * 1024 + 3, "{}", room.available_permits());
    drop(goes_on);
    for poll in polls {
        poll.await.unwrap().unwrap();
    }
    drop(committer);
    task.await.unwrap();
    assert_eq!((store.articles(), room.available_permits()), (20, ROOM_KILOBYTES));
    assert!(store.groups().iter().all(|plans| *plans <= 8), "{:?}", store.groups());
}

#[tokio::test(start_paused = true)]
async fn polls_that_bring_nothing_wait_for_company_while_many_come() {
    let store = Told::new(|_, _| Ok(()));
    let (handle, _task) = Committer::start(store.clone());
    let after = |milliseconds: u64, plan: PollPlan| {
        let handle = handle.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            handle.commit(plan).await
        })
    };
    // Where few come, none waits for the next.
    for poll in [after(0, plan("a", 1, Vec::new())), after(20, plan("b", 1, Vec::new()))] {
        poll.await.unwrap().unwrap();
    }
    assert_eq!(store.groups(), [1, 1]);
    assert!(commit_all(&handle, MANY_PLANS).await.iter().all(Result::is_ok));
    for poll in [0, 20, 40].map(|wait| after(wait, plan(&format!("light-{wait}"), 1, Vec::new()))) {
        poll.await.unwrap().unwrap();
    }
    assert_eq!(store.groups(), [1, 1, MANY_PLANS, 3], "one group of what came within {LIGHT_WAIT_MILLISECONDS} ms");
    assert!(commit_all(&handle, MANY_PLANS).await.iter().all(Result::is_ok));
    let light = after(0, plan("light", 2, Vec::new()));
    let full = after(10, plan("full", 2, vec![article("full", 1)]));
    let late = after(30, plan("late", 2, Vec::new()));
    for poll in [light, full, late] {
        poll.await.unwrap().unwrap();
    }
    assert_eq!(store.groups()[4..], [MANY_PLANS, 2, 1], "what brings articles waits for nobody");
}

#[tokio::test]
async fn only_a_poll_that_brought_articles_keeps_its_place_until_they_are_durable() {
    let (store, goes_on) = Told::held();
    let (handle, _task) = Committer::start(store.clone());
    let places = Arc::new(Semaphore::new(2));
    let commit = |articles: Vec<Article>| {
        let (handle, places, source) = (handle.clone(), Arc::clone(&places), format!("s{}", articles.len()));
        tokio::spawn(async move {
            let place = crate::fetch::Place::of(places.acquire_owned().await.unwrap());
            handle.commit_from(Some(place), plan(&source, 1, articles)).await
        })
    };
    let polls = [commit(Vec::new()), commit(vec![article("s1", 1)])];
    while store.groups().iter().sum::<usize>() < 1 || places.available_permits() != 1 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(places.available_permits(), 1, "nothing is durable yet");
    drop(goes_on);
    for poll in polls {
        poll.await.unwrap().unwrap();
    }
    assert_eq!(places.available_permits(), 2);
}
