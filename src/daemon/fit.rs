//! What is remembered of a source, made fit for what feeds.toml says of it now: another address, other filters.

use std::sync::Arc;

use super::units::Unit;
use crate::model::{Fingerprint, Instant, Source, SourceState, Validators};
use crate::pipeline::burst;

/// The state of each source of the unit, fit for the address that feeds.toml names now.
#[expect(clippy::vec_box, reason = "each goes on into a plan of its own, without being copied")]
pub(super) fn fit(unit: &Unit, stored: Vec<Option<Box<SourceState>>>, now: Instant) -> Vec<Box<SourceState>> {
    let fit = |(source, stored): (&Arc<Source>, Option<Box<SourceState>>)| {
        let Some(mut state) = stored else {
            let fresh = SourceState::fresh(source.name.clone(), source.url.to_string(), now);
            return Box::new(SourceState { filters: Some(filters_of(source)), ..fresh });
        };
        if state.url != source.url.as_str() {
            // The URL in feeds.toml is a new one: what was learned of the old address does not hold, the name and its articles stay.
            state.url = source.url.to_string();
            (state.adopted_url, state.moving, state.gone_since) = (None, None, None);
            (state.failures, state.crashes) = (0, 0);
            // Its reasons name the old address, which may have been a secret.
            state.history.failures = Vec::new();
        } else if !burst::is_released(&state, now) && state.filters == Some(filters_of(source)) {
            return state;
        }
        // The document is read again whole, once: what was held back is let in, or what was left out before may be wanted now, or the other way round.
        state.validators = Validators::default();
        state.body_hash = None;
        state
    };
    unit.sources.iter().zip(stored).map(fit).collect()
}

/// What [`filters_of`] gives for a source without include and exclude, as most are.
const NO_FILTERS: [u8; 16] = [80, 118, 166, 137, 64, 146, 48, 75, 158, 60, 14, 40, 114, 14, 226, 243];

/// Tells one pair of include and exclude from another.
pub(super) fn filters_of(source: &Source) -> [u8; 16] {
    if source.include.is_none() && source.exclude.is_none() {
        return NO_FILTERS;
    }
    let text = |regex: &Option<Box<regex::Regex>>| regex.as_ref().map(|regex| regex.as_str().to_owned()).unwrap_or_default();
    Fingerprint::of(&[&text(&source.include), &text(&source.exclude)]).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::testing;

    #[test]
    fn sources_without_filters_have_the_mark_that_was_always_stored_for_them() {
        assert_eq!(filters_of(&testing::source("s")), Fingerprint::of(&["", ""]).0);
        let mut source = testing::source("s");
        source.include = Some(Box::new(regex::Regex::new("a").unwrap()));
        assert_ne!(filters_of(&source), NO_FILTERS);
    }
}
