//! Hourly upkeep: what is older than `keep`, and what is beyond `keep_articles`, goes; its sightings stay.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::publisher::PublisherHandle;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::{Instant, SourceName};
use crate::store::{Store, StoreError};

/// Articles removed in one step, so that polls get their turn between steps.
const STEP_ARTICLES_MAX: usize = 1_000;

/// Steps in one upkeep; what is left waits for the next hour.
const STEPS_MAX: usize = 1_000;

/// Begins the upkeep and returns at once.
pub fn begin(store: &Arc<dyn Store>, config: &Arc<Config>, clock: &dyn Clock, publisher: &PublisherHandle) {
    let (store, config, now, publisher) = (Arc::clone(store), Arc::clone(config), clock.now(), publisher.clone());
    // Not waited for: removing is safe to break off at any step.
    drop(tokio::task::spawn_blocking(move || match expire(&*store, &config, now) {
        Ok(0) => {}
        Ok(removed) => {
            tracing::info!(removed, "old articles were removed");
            publisher.changed();
        }
        Err(error) => tracing::error!(%error, "old articles could not be removed; the next hour tries again"),
    }));
}

/// Removes what `keep` of the store and of each source asks to remove, and returns how many articles went.
///
/// # Errors
/// Those of the store; what was removed until then stays removed.
pub fn expire(store: &dyn Store, config: &Config, now: Instant) -> Result<usize, StoreError> {
    let own: HashMap<&SourceName, Duration> =
        config.sources.iter().filter_map(|source| Some((&source.name, source.keep.or(config.store.keep)?))).collect();
    let mut removed = 0;
    for state in store.source_states()? {
        // A source that is no longer in feeds.toml has articles still, and they age by the common rule.
        let known = config.sources.iter().any(|source| source.name == state.source);
        let keep = own.get(&state.source).copied().or(config.store.keep.filter(|_| !known));
        if let Some(keep) = keep {
            removed += in_steps(|| store.expire(Some(&state.source), now - keep, STEP_ARTICLES_MAX))?;
        }
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
