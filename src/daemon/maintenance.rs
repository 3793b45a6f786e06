//! Upkeep: every hour what is older than `keep`, and what is beyond `keep_articles`, goes (its sightings stay), and the space comes
//! back; once a day a snapshot is written, old ones are thinned, and everything in the store is read once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::{CancellationToken, DropGuard};

use super::publisher::PublisherHandle;
use crate::config::Config;
use crate::model::{Instant, SourceState};
use crate::pipeline::dictionary::Dictionary;
use crate::store::{Store, StoreError, Told, snapshot};
use crate::web::WebState;

/// Articles removed in one step, so that polls get their turn between steps.
const STEP_ARTICLES_MAX: usize = 1_000;

/// Steps in one upkeep; what is left waits for the next hour.
const STEPS_MAX: usize = 1_000;

/// A snapshot is written when the newest one is older than this: a day, less the time that an upkeep may come early.
const SNAPSHOT_AGE: Duration = Duration::from_secs(23 * 60 * 60 + 30 * 60);

/// The upkeep: one at a time. When this is dropped, reading everything and writing a snapshot end where they are.
pub struct Upkeep {
    store: Arc<dyn Store>,
    publisher: PublisherHandle,
    state: WebState,
    snapshots: PathBuf,
    busy: Arc<AtomicBool>,
    stop: CancellationToken,
    _ends: DropGuard,
}

impl Upkeep {
    /// For this store; snapshots go to the folder `snapshots`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, publisher: PublisherHandle, state: WebState, snapshots: PathBuf) -> Self {
        let stop = CancellationToken::new();
        Self { store, publisher, state, snapshots, busy: Arc::default(), _ends: stop.clone().drop_guard(), stop }
    }

    /// Begins the upkeep of this hour and returns at once. Where the last one is still under way nothing is begun.
    pub fn begin(&self, config: &Arc<Config>, now: Instant) {
        // Views with a filter on age change without a poll.
        self.publisher.changed();
        if self.busy.swap(true, Ordering::AcqRel) {
            return;
        }
        let (store, publisher, state) = (Arc::clone(&self.store), self.publisher.clone(), self.state.clone());
        let (snapshots, config, busy) = (self.snapshots.clone(), Arc::clone(config), Arc::clone(&self.busy));
        let stop = self.stop.clone();
        // Not waited for: each of its steps is safe to break off.
        drop(tokio::task::spawn_blocking(move || {
            let mut told = |_| if stop.is_cancelled() { Err(StoreError::Stopped) } else { Ok(()) };
            let done = hourly(&*store, &config, &publisher, now).and_then(|()| daily(&*store, &config, &snapshots, &state, now, &mut told));
            match done {
                Ok(()) | Err(StoreError::Stopped) => {}
                Err(error) => tracing::error!(%error, "the upkeep of the store failed; the next hour tries again"),
            }
            busy.store(false, Ordering::Release);
        }));
    }
}

impl Upkeep {
    /// Gives back, in the background, what was kept for questions that nobody asks any more: called once a minute.
    pub fn rest(&self, dictionary: &Arc<Dictionary>) {
        let (store, search, dictionary) = (Arc::clone(&self.store), self.state.search(), Arc::clone(dictionary));
        drop(tokio::task::spawn_blocking(move || {
            dictionary.rest();
            store.rest();
            if let Some(search) = search {
                search.rest();
            }
        }));
    }
}

fn hourly(store: &dyn Store, config: &Config, publisher: &PublisherHandle, now: Instant) -> Result<(), StoreError> {
    let removed = expire(store, config, now)?;
    if removed > 0 {
        tracing::info!(removed, "old articles were removed");
        publisher.changed();
    }
    tidied(store.tidy())
}

/// Whether any article is to go with time.
#[must_use]
pub fn expires(config: &Config) -> bool {
    let Config { store, sources, .. } = config;
    store.keep.is_some() || store.keep_articles.is_some() || sources.iter().any(|source| source.keep.is_some())
}

/// The upkeep of a store that no daemon has open: what is to expire does, and the space comes back.
///
/// # Errors
/// As [`expire`].
pub fn without_daemon(store: &dyn Store, config: &Config, now: Instant) -> Result<(), StoreError> {
    expire(store, config, now)?;
    tidied(store.tidy())
}

/// Says what came of tidying. It needs room for a second store, and where there is none the store is only larger than it could be: what else is
/// to be done goes on.
fn tidied(done: Result<Option<String>, StoreError>) -> Result<(), StoreError> {
    match done {
        Ok(Some(done)) => tracing::info!("{done}"),
        Ok(None) => {}
        Err(StoreError::Full(why)) => tracing::warn!("the store is not written anew, which would make it smaller: {why}"),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn daily(store: &dyn Store, config: &Config, snapshots: &Path, state: &WebState, now: Instant, told: Told<'_>) -> Result<(), StoreError> {
    let keep = usize::try_from(config.store.snapshots).unwrap_or(usize::MAX);
    let newest = snapshot::list(snapshots)?.into_iter().map(|(at, _)| at).max();
    if keep == 0 || newest.is_some_and(|newest| now.signed_duration_since(newest).to_std().is_ok_and(|age| age < SNAPSHOT_AGE)) {
        return Ok(());
    }
    let faults = store.verify_told(told)?;
    if let Some(first) = faults.first() {
        // A snapshot of a damaged store would push a good one out.
        tracing::error!("the store is damaged in {} places ({first}); restart feedmill to have it restored from a snapshot", faults.len());
        state.report_trouble();
        return Ok(());
    }
    let (written, _) = snapshot::write(store, snapshots, now, told)?;
    let thinned = snapshot::thin(snapshots, keep)?.len();
    tracing::info!(file = %written.display(), thinned, "a snapshot was written");
    Ok(())
}

/// Removes what `keep` of the store and of each source asks to remove, and returns how many articles went.
///
/// # Errors
/// Those of the store; what was removed until then stays removed.
pub fn expire(store: &dyn Store, config: &Config, now: Instant) -> Result<usize, StoreError> {
    let (mut removed, mut aging) = (0, Vec::new());
    if expires(config) {
        store.each_state(&mut |SourceState { source, .. }| {
            // A source that is no longer in feeds.toml has articles still, and they age by the common rule.
            let keep = config.sources.named(source.as_str()).map_or(config.store.keep, |source| source.keep);
            aging.extend(keep.map(|keep| (source, keep)));
        })?;
    }
    for (source, keep) in aging {
        removed += in_steps(|| store.expire(Some(&source), now - keep, STEP_ARTICLES_MAX))?;
    }
    if let Some(keep) = config.store.keep_articles {
        removed += in_steps(|| store.expire_beyond(None, keep, STEP_ARTICLES_MAX))?;
    }
    Ok(removed)
}

fn in_steps(step: impl Fn() -> Result<usize, StoreError>) -> Result<usize, StoreError> {
    let mut removed = 0;
    for _ in 0..STEPS_MAX {
        let now = step()?;
        removed += now;
        if now < STEP_ARTICLES_MAX {
            break;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use arc_swap::ArcSwap;

    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::config;
    use crate::store::MemoryStore;
    use crate::store::rows::sample;
    use crate::store::told::nobody;

    fn set_up(feeds_toml: &str) -> (MemoryStore, Config, WebState, tempfile::TempDir, ManualClock) {
        let clock = ManualClock::new(Instant::UNIX_EPOCH + Duration::from_secs(2_000_000_000));
        let config = config::parse(feeds_toml, "feeds.toml").unwrap();
        let state = WebState::new(Arc::new(ArcSwap::from_pointee(config.clone())), Arc::new(clock.clone()), Arc::default());
        let store = MemoryStore::default();
        for source in ["a", "b", "gone"] {
            let articles = (0..10).map(|number| sample::article(source, number)).collect();
            store.apply(&[sample::plan(source, 100, articles)]).unwrap();
        }
        (store, config, state, tempfile::tempdir().unwrap(), clock)
    }

    fn left(store: &MemoryStore, source: &str) -> usize {
        store.newest(Some(&sample::name(source)), None, 100).unwrap().len()
    }

    const TWO: &str = "[store]\nkeep = \"30 days\"\n[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\n\
                       [[source]]\nname = \"b\"\nurl = \"https://b.example/\"\nkeep = \"forever\"\n";

    #[test]
    fn a_source_keeps_its_articles_as_long_as_it_says_and_sightings_stay() {
        let (store, config, _, _, clock) = set_up(TWO);
        let sightings = store.totals().unwrap().sightings;
        assert_eq!(expire(&store, &config, clock.now()), Ok(20));
        assert_eq!((left(&store, "a"), left(&store, "b"), left(&store, "gone")), (0, 10, 0));
        assert_eq!(store.totals().unwrap().sightings, sightings);
    }

    #[test]
    fn no_more_articles_are_kept_than_keep_articles_says() {
        let (store, config, _, _, clock) = set_up("[store]\nkeep_articles = 12\n");
        assert_eq!(expire(&store, &config, clock.now()), Ok(18));
        assert_eq!(store.totals().unwrap().articles, 12);
    }

    #[test]
    fn a_snapshot_is_written_once_a_day_and_old_ones_are_thinned() {
        let (store, config, state, folder, clock) = set_up("[store]\nsnapshots = 2\n");
        for _ in 0..5 * 24 {
            daily(&store, &config, folder.path(), &state, clock.now(), &mut nobody).unwrap();
            clock.advance(Duration::from_secs(60 * 60));
        }
        let kept = snapshot::list(folder.path()).unwrap();
        assert!((2..=4).contains(&kept.len()), "two days, and one for the week and the month: {kept:?}");
        assert!(!state.in_trouble());
        let newest = kept.iter().map(|(at, _)| *at).max().unwrap();
        assert!(clock.now() - newest <= chrono::TimeDelta::hours(25), "{newest}");
    }

    #[test]
    fn r3_no_room_to_write_the_store_anew_does_not_keep_the_snapshot_from_being_written() {
        assert_eq!(tidied(Err(StoreError::Full("5 MB are free".into()))), Ok(()));
        assert_eq!(tidied(Ok(Some("done".into()))), Ok(()));
        let damaged = StoreError::Damaged("a row".into());
        assert_eq!(tidied(Err(damaged.clone())), Err(damaged));
    }

    #[test]
    fn a_stop_ends_reading_and_writing_where_they_are() {
        let (store, config, state, folder, clock) = set_up("[store]\nsnapshots = 2\n");
        let mut stopped = |_| Err(StoreError::Stopped);
        let done = daily(&store, &config, folder.path(), &state, clock.now(), &mut stopped);
        assert_eq!(done, Err(StoreError::Stopped));
        assert_eq!(snapshot::list(folder.path()), Ok(Vec::new()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half-written stays");
        assert!(!state.in_trouble(), "a stop is no damage");
    }
}
