//! The committer: the plans of many polls, written in few durable groups.
//!
//! A durable write costs some milliseconds of disk, however little is in it. While one is under way, the plans of other polls wait; the
//! next group takes all that fit. Whoever handed in a plan hears of it when it is durable, not before (law 7).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::follower::{self, FollowerHandle};
use super::stories::Stories;
use crate::fetch::Place;
use crate::model::{PollPlan, SourceName};
use crate::store::{Store, StoreError};

/// Plans that wait before `commit` itself waits.
const WAITING_PLANS_MAX: usize = 256;
/// What waits to be stored or is being stored, in KB: beyond it `commit` waits as well. Storing is slower than reading, so in a cold cycle of
/// thousands of sources this much is always taken.
const ROOM_KILOBYTES: usize = 8 * 1024;
/// An article is in memory as its text, as what it was made from, and with so much around them, in bytes.
const ARTICLE_OVERHEAD_BYTES: usize = 2048;
/// Plans in one group.
const GROUP_PLANS_MAX: usize = 256;
/// Articles in one group. A single plan with more is a group of its own. Their bytes are bounded by the room.
const GROUP_ARTICLES_MAX: usize = 1_000;
/// How long the first plan of a group waits for company, in milliseconds.
const GROUP_WAIT_MILLISECONDS: u64 = 2;
/// The same for polls that brought nothing, while many come. A group costs as much as ten of their plans: with 300 groups for 10,000 answers 304
/// that was a tenth of the whole cycle. Nobody waits for them: their places among all fetches are free by then.
const LIGHT_WAIT_MILLISECONDS: u64 = 50;
/// As many plans in the last group are many.
const MANY_PLANS: usize = 8;
/// How long a full disk is waited for before the polls hear of it, in seconds: one try after each.
const FULL_WAITS_SECONDS: [u64; 4] = [1, 2, 4, 8];

/// Hands plans to the committer. Clones go to the same one; when the last is dropped, the committer writes what waits and ends.
#[derive(Clone, Debug)]
pub struct CommitterHandle {
    requests: mpsc::Sender<Request>,
    room: Room,
    stories: Option<Arc<Stories>>,
    follower: Option<FollowerHandle>,
}

/// The room for what waits to be stored or is being stored. Whoever looks at it does not keep the committer from ending.
#[derive(Clone, Debug)]
pub struct Room(Arc<Semaphore>);

impl Room {
    fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_KILOBYTES)))
    }

    /// At least half of it is taken: polls bring more than can be stored.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.0.available_permits() <= ROOM_KILOBYTES / 2
    }
}

#[derive(Debug)]
struct Request {
    plan: PollPlan,
    done: oneshot::Sender<Result<(), StoreError>>,
    /// Its part of the room, until it is answered.
    _room: OwnedSemaphorePermit,
}

impl CommitterHandle {
    /// What decides about stories, where something does.
    #[must_use]
    pub fn stories(&self) -> Option<&Arc<Stories>> {
        self.stories.as_ref()
    }

    /// The room for what waits.
    #[must_use]
    pub fn room(&self) -> Room {
        self.room.clone()
    }

    /// The same committer; who hands in plans with this handle tells the follower what was stored.
    #[must_use]
    pub fn telling(self, follower: FollowerHandle) -> Self {
        Self { follower: Some(follower), ..self }
    }

    /// Returns when the plan is durable.
    ///
    /// # Errors
    /// Whatever the store said about this plan; [`StoreError::Full`] only after the disk stayed full for a while. Nothing of the plan is
    /// stored then, and the poll can be made again.
    pub async fn commit(&self, plan: PollPlan) -> Result<(), StoreError> {
        self.commit_from(None, plan).await
    }

    /// The same for a poll that has a place among all fetches. One that brought no articles gives it up once its plan waits here, so that others
    /// can go on; what those wait for is bounded by the queue.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub async fn commit_from(&self, place: Option<Place>, plan: PollPlan) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let has_articles = !plan.articles.is_empty();
        let known_before = if self.follower.is_some() { follower::known_before(&plan) } else { Vec::new() };
        let room = Arc::clone(&self.room.0).acquire_many_owned(kilobytes(&plan)).await.map_err(|_| ended())?;
        self.requests.send(Request { plan, done, _room: room }).await.map_err(|_| ended())?;
        let _place = place.filter(|_| has_articles);
        answer.await.map_err(|_| ended())??;
        if let Some(follower) = self.follower.as_ref().filter(|_| has_articles) {
            follower.stored(known_before);
        }
        Ok(())
    }
}

fn ended() -> StoreError {
    StoreError::Unusable("the committer has ended; nothing of this poll was stored, it will be made again after a restart".into())
}

/// Writes the plans of polls in groups.
pub struct Committer {
    store: Arc<dyn Store>,
    stories: Option<Arc<Stories>>,
    requests: mpsc::Receiver<Request>,
    /// Taken from the queue and too much for the last group.
    next: Option<Request>,
    /// The last group had many plans.
    is_busy: bool,
}

impl Committer {
    /// Starts it. The task ends when all handles are dropped and everything handed in is written and answered.
    #[must_use]
    pub fn start(store: Arc<dyn Store>) -> (CommitterHandle, JoinHandle<()>) {
        Self::start_with(store, None)
    }

    /// The same, and gives each new article its story before it is stored: group by group, so that no two copies miss each other.
    #[must_use]
    pub fn start_with(store: Arc<dyn Store>, stories: Option<Arc<Stories>>) -> (CommitterHandle, JoinHandle<()>) {
        let (sender, requests) = mpsc::channel(WAITING_PLANS_MAX);
        let committer = Self { store, stories: stories.clone(), requests, next: None, is_busy: false };
        (CommitterHandle { requests: sender, room: Room::new(), stories, follower: None }, tokio::spawn(committer.run()))
    }

    async fn run(mut self) {
        while let Some(group) = self.group().await {
            self.write(group).await;
        }
    }

    /// The next group; `None` when all handles are dropped and nothing waits.
    async fn group(&mut self) -> Option<Vec<Request>> {
        let first = match self.next.take() {
            Some(first) => first,
            None => self.requests.recv().await?,
        };
        let mut articles = first.plan.articles.len();
        let mut group = vec![first];
        let begun = tokio::time::Instant::now();
        while group.len() < GROUP_PLANS_MAX {
            let waits = if self.is_busy && articles == 0 { LIGHT_WAIT_MILLISECONDS } else { GROUP_WAIT_MILLISECONDS };
            let deadline = begun + Duration::from_millis(waits);
            // What waits already is taken at once, even when the time is over.
            let request = match self.requests.try_recv() {
                Ok(request) => request,
                Err(_) => match tokio::time::timeout_at(deadline, self.requests.recv()).await {
                    Ok(Some(request)) => request,
                    Ok(None) | Err(_) => break,
                },
            };
            articles += request.plan.articles.len();
            if articles > GROUP_ARTICLES_MAX {
                self.next = Some(request);
                break;
            }
            group.push(request);
        }
        self.is_busy = group.len() >= MANY_PLANS;
        Some(group)
    }

    /// Writes a group and answers those who wait for it.
    async fn write(&self, group: Vec<Request>) {
        let (plans, waiters): (Vec<PollPlan>, Vec<_>) =
            group.into_iter().map(|Request { plan, done, _room }| (plan, (done, _room))).unzip();
        let plans = match self.settle(Arc::new(plans)).await {
            Ok(plans) => plans,
            Err(why) => {
                for (waiter, _) in waiters {
                    let _ = waiter.send(Err(why.clone()));
                }
                return;
            }
        };
        let answers = match self.apply(&plans, 0..plans.len()).await {
            Ok(()) => vec![Ok(()); plans.len()],
            // The whole disk is full, not one plan wrong.
            Err(why @ StoreError::Full(_)) => vec![Err(why); plans.len()],
            Err(why) if plans.len() == 1 => vec![Err(why)],
            Err(why) => {
                tracing::warn!(plans = plans.len(), %why, "a group of polls could not be stored; storing them one by one");
                self.one_by_one(&plans).await
            }
        };
        for ((waiter, _), answer) in waiters.into_iter().zip(answers) {
            // A poll that was given up no longer listens, and that is fine.
            let _ = waiter.send(answer);
        }
    }

    /// Gives each new article its story.
    async fn settle(&self, plans: Arc<Vec<PollPlan>>) -> Result<Arc<Vec<PollPlan>>, StoreError> {
        let has_articles = plans.iter().any(|plan| !plan.articles.is_empty());
        let Some(stories) = self.stories.clone().filter(|_| has_articles) else { return Ok(plans) };
        let read = Arc::clone(&plans);
        let settled = match tokio::task::spawn_blocking(move || stories.settle(&read)).await {
            Ok(settled) => settled?,
            Err(why) => {
                // Better an article that stands beside its copy than one that never comes.
                tracing::error!(%why, "finding the copies of new articles failed; they are stored as they are, please report the feeds of these polls");
                return Ok(plans);
            }
        };
        let mut plans = Arc::unwrap_or_clone(plans);
        for (article, story) in plans.iter_mut().flat_map(|plan| &mut plan.articles).zip(settled) {
            article.story = Some(story);
        }
        Ok(Arc::new(plans))
    }

    /// So that one bad plan does not fail its neighbours.
    async fn one_by_one(&self, plans: &Arc<Vec<PollPlan>>) -> Vec<Result<(), StoreError>> {
        let mut failed: HashSet<SourceName> = HashSet::new();
        let mut answers = Vec::with_capacity(plans.len());
        for (number, plan) in plans.iter().enumerate() {
            // A later plan holds validators that stand for the articles of the earlier one as well.
            if failed.contains(&plan.source) {
                answers.push(Err(StoreError::Unusable(format!("the poll of {} before this one could not be stored", plan.source))));
                continue;
            }
            let answer = self.apply(plans, number..number + 1).await;
            if answer.is_err() {
                failed.insert(plan.source.clone());
            }
            answers.push(answer);
        }
        answers
    }

    /// Applies some of the plans; waits for a full disk, but not for ever.
    async fn apply(&self, plans: &Arc<Vec<PollPlan>>, which: std::ops::Range<usize>) -> Result<(), StoreError> {
        let mut waits = FULL_WAITS_SECONDS.iter();
        loop {
            let (store, plans, which) = (Arc::clone(&self.store), Arc::clone(plans), which.clone());
            let applied = tokio::task::spawn_blocking(move || store.apply(&plans[which])).await;
            let result = applied.unwrap_or_else(|why| Err(StoreError::Damaged(format!("storing polls failed: {why}"))));
            match (result, waits.next()) {
                (Err(StoreError::Full(why)), Some(seconds)) => {
                    tracing::warn!(%why, "trying again in {seconds} s");
                    tokio::time::sleep(Duration::from_secs(*seconds)).await;
                }
                (result, _) => return result,
            }
        }
    }
}

/// What a plan takes of the room, in KB: one that is larger than all of it waits until it is alone.
fn kilobytes(plan: &PollPlan) -> u32 {
    let text: usize = plan.articles.iter().map(|article| article.body.as_str().len()).sum();
    let bytes = 2 * text + plan.articles.len() * ARTICLE_OVERHEAD_BYTES;
    u32::try_from((bytes / 1024 + 1).min(ROOM_KILOBYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
