//! Whether the store takes a poll, tried before a publisher is asked for what would be thrown away (R3).

use std::sync::Arc;

use futures_util::future::try_join_all;

use super::lease::{self, Begun};
use super::units::Unit;
use super::worker::Tools;
use crate::model::poll::VerdictCounts;
use crate::model::{Holder, Instant, PollPlan, SourceState};
use crate::store::StoreError;

/// Writes down once more what is known of a unit's sources, which changes nothing. Where another poller has it, there is nothing to try.
///
/// # Errors
/// Those of the store.
pub async fn write_again(tools: &Arc<Tools>, unit: &Arc<Unit>) -> Result<(), StoreError> {
    let Begun::Ours(states) = lease::begin(tools, unit, None).await? else { return Ok(()) };
    let now = tools.clock.now();
    let known = unit.sources.iter().zip(states);
    let known = known
        .map(|(source, state)| state.unwrap_or_else(|| Box::new(SourceState::fresh(source.name.clone(), source.url.to_string(), now))));
    let tried = try_join_all(known.map(|state| tools.committer.commit(of_state(state, tools.holder, now)))).await.map(drop);
    if tried.is_err() {
        lease::end(tools, unit.sources.iter().map(|source| source.name.clone()).collect()).await;
    }
    tried
}

fn of_state(state: Box<SourceState>, holder: Holder, at: Instant) -> PollPlan {
    let (articles, originals, sightings, rejects) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (source, holder, counts) = (state.source.clone(), Some(holder), VerdictCounts::default());
    PollPlan { source, holder, at, state, articles, originals, sightings, rejects, counts }
}
