//! The follower: lets the index for searching follow the store, off the path of the polls.
//!
//! In: a mark that something was acknowledged by the store. Out: an index that holds it. Many marks make one round: it begins [`GATHER`]
//! after the first of them, and after a round there is a pause of [`PAUSE_FACTOR`] times what it took. Without marks it looks every
//! [`LOOK`]: articles expire, and what could not be done is tried again. While polls bring more than can be stored, as in a first cycle over ten
//! thousand sources, it waits, [`CROWDED_MAX`] at most: the memory of both at once is what a small server does not have.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::committer::Room;
use crate::config::Config;
use crate::model::PollPlan;
use crate::search::Search;
use crate::store::Store;

/// How long marks gather.
const GATHER: Duration = Duration::from_secs(1);

/// The pause after a round, in times of what it took.
const PAUSE_FACTOR: u32 = 4;

/// The pause is never longer.
const PAUSE_SECONDS_MAX: u64 = 30;

/// How often the store is looked at without a mark.
const LOOK: Duration = Duration::from_secs(60);

/// How long a round waits for polls at most, and how often it looks whether it still has to.
const CROWDED_MAX: Duration = Duration::from_secs(300);
const CROWDED_LOOK: Duration = Duration::from_secs(1);

/// Marks that may wait: one is as good as many.
const MARKS_WAITING_MAX: usize = 1;

/// Says that there is something new to be found.
#[derive(Clone, Debug)]
pub struct FollowerHandle {
    search: Arc<Search>,
    marks: mpsc::Sender<()>,
}

impl FollowerHandle {
    /// A plan is durable: leaves a mark, and the names of articles that were known before; returns at once.
    pub fn stored(&self, known_before: Vec<crate::model::ArticleId>) {
        self.search.revised(known_before);
        self.changed();
    }

    /// Leaves a mark; returns at once.
    pub fn changed(&self) {
        // A full channel holds a mark already.
        let _ = self.marks.try_send(());
    }

    /// What is found with.
    #[must_use]
    pub fn search(&self) -> &Arc<Search> {
        &self.search
    }
}

/// The articles of a plan that its source had before: they may have been revised. New ones are found by their arrival.
#[must_use]
pub fn known_before(plan: &PollPlan) -> Vec<crate::model::ArticleId> {
    plan.articles.iter().filter(|article| article.first_seen != plan.at).map(|article| article.id).collect()
}

/// Starts the follower. It ends when all handles are dropped; what is under way is broken off.
#[must_use]
pub fn start(search: Arc<Search>, store: Arc<dyn Store>, config: Arc<ArcSwap<Config>>, room: Room) -> (FollowerHandle, JoinHandle<()>) {
    let (sender, mut marks) = mpsc::channel(MARKS_WAITING_MAX);
    let handle = FollowerHandle { search: Arc::clone(&search), marks: sender };
    let task = tokio::spawn(async move {
        let stop = Stop(Arc::default());
        loop {
            if !uncrowded(|| room.is_crowded(), &mut marks).await {
                return;
            }
            let begun = tokio::time::Instant::now();
            let marked = config.load().search.enabled && round(&search, &store, &stop, &mut marks).await;
            if stop.0.load(Ordering::Relaxed) {
                return;
            }
            let pause = begun.elapsed().saturating_mul(PAUSE_FACTOR).min(Duration::from_secs(PAUSE_SECONDS_MAX));
            tokio::time::sleep(pause).await;
            if marked {
                continue;
            }
            match tokio::time::timeout(LOOK, marks.recv()).await {
                Ok(None) => return,
                Ok(Some(())) => tokio::time::sleep(GATHER).await,
                Err(_) => {}
            }
        }
    });
    (handle, task)
}

/// Waits until the room for what is to be stored is no longer crowded, but not for ever. False: all handles are gone. Marks that are made
/// meanwhile are seen by the round that follows.
async fn uncrowded(is_crowded: impl Fn() -> bool, marks: &mut mpsc::Receiver<()>) -> bool {
    let until = tokio::time::Instant::now() + CROWDED_MAX;
    let mut look = tokio::time::interval(CROWDED_LOOK);
    while is_crowded() && tokio::time::Instant::now() < until {
        tokio::select! {
            mark = marks.recv() => if mark.is_none() { return false },
            _ = look.tick() => {}
        }
    }
    true
}

/// Set when it is dropped, so that the thread that works stops with the task that waits for it.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One round; broken off when all handles are gone. True: a mark was made meanwhile, which it may have seen or not.
async fn round(search: &Arc<Search>, store: &Arc<dyn Store>, stop: &Stop, marks: &mut mpsc::Receiver<()>) -> bool {
    let (search, store, stopping) = (Arc::clone(search), Arc::clone(store), Arc::clone(&stop.0));
    let was_complete = search.progress().complete;
    let mut work = tokio::task::spawn_blocking(move || {
        let done = search.follow(&*store, &mut |_| !stopping.load(Ordering::Relaxed));
        store.settle();
        (done, search.progress())
    });
    let mut marked = false;
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            mark = marks.recv(), if !stop.0.load(Ordering::Relaxed) => match mark {
                Some(()) => marked = true,
                None => stop.0.store(true, Ordering::Relaxed),
            },
        }
    };
    match done {
        Ok((Ok(()), progress)) if progress.complete && !was_complete => {
            tracing::info!(articles = progress.articles, "all articles can be searched");
        }
        Ok((Ok(()), _)) => {}
        Ok((Err(error), _)) => tracing::error!(%error, "the index for searching could not be brought up to date; it is tried again"),
        Err(_) => tracing::error!("the index for searching failed in an unforeseen way; it is tried again"),
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_round_waits_while_polls_crowd_the_store_and_not_for_ever() {
        let (sender, mut marks) = mpsc::channel(MARKS_WAITING_MAX);
        let begun = tokio::time::Instant::now();
        assert!(uncrowded(|| false, &mut marks).await);
        assert_eq!(begun.elapsed(), Duration::ZERO);

        let crowded = || begun.elapsed() < Duration::from_secs(40);
        sender.send(()).await.unwrap();
        assert!(uncrowded(crowded, &mut marks).await);
        assert!(begun.elapsed() >= Duration::from_secs(40) && begun.elapsed() < Duration::from_secs(42), "{:?}", begun.elapsed());

        let begun = tokio::time::Instant::now();
        assert!(uncrowded(|| true, &mut marks).await);
        assert!(begun.elapsed() >= CROWDED_MAX && begun.elapsed() < CROWDED_MAX + 2 * CROWDED_LOOK, "{:?}", begun.elapsed());

        drop(sender);
        assert!(!uncrowded(|| true, &mut marks).await, "whoever stops does not wait for polls");
    }
}
