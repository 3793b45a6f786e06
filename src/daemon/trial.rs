//! Whether the store takes a poll, tried before a publisher is asked for what would be thrown away (R3).

use std::sync::Arc;

use futures_util::future::try_join_all;

use super::units::Unit;
use super::worker::{Tools, blocking};
use crate::model::poll::VerdictCounts;
use crate::model::{Instant, PollPlan, SourceName, SourceState};
use crate::store::StoreError;

/// Writes down once more what is known of a unit's sources, which changes nothing.
///
/// # Errors
/// Those of the store.
pub async fn write_again(tools: &Arc<Tools>, unit: &Unit) -> Result<(), StoreError> {
    let (store, now) = (Arc::clone(&tools.store), tools.clock.now());
    let sources: Vec<_> = unit.sources.iter().map(|source| (source.name.clone(), source.url.to_string())).collect();
    let known = move |(name, url): (SourceName, String)| -> Result<SourceState, StoreError> {
        Ok(store.source_state(&name)?.unwrap_or_else(|| SourceState::fresh(name, url, now)))
    };
    let states: Vec<_> = blocking(move || sources.into_iter().map(known).collect()).await?;
    try_join_all(states.into_iter().map(|state| tools.committer.commit(of_state(state, now)))).await.map(drop)
}

fn of_state(state: SourceState, at: Instant) -> PollPlan {
    let (articles, originals, sightings, rejects) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    PollPlan { source: state.source.clone(), at, state, articles, originals, sightings, rejects, counts: VerdictCounts::default() }
}
