//! The burst guard: a feed that suddenly shows many entries at once that cannot be new (a moved website, new guids) is not poured over
//! those who read.
//!
//! Held back are, where there are as many of them as the source's `burst`: new entries dated more than [`OLD`] before the last poll that
//! went well, which should have been in the feed then; and all entries dated before that poll, where the feed holds none that is known
//! although it was read a short while ago by its own rhythm. An entry without a date counts as new: a day's worth of news held back by
//! mistake would be worse than a moved website's undated entries let through. What is held back is not stored. It is let in by a person (`feedmill release NAME`), or by itself
//! when the feed still shows it [`RELEASED_AFTER`] later: then it is there to stay. The first poll of a source is never a burst.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::decide::Decision;
use crate::model::poll::Burst;
use crate::model::{Article, ArticleId, Instant, Reject, Source, SourceState, Verdict};

/// Entries dated so long before the last good poll are old.
pub const OLD: TimeDelta = TimeDelta::days(1);

/// After this time what is held back is let in by itself.
pub const RELEASED_AFTER: TimeDelta = TimeDelta::days(3);

/// A feed may bring so many times the entries that its rhythm promises.
const RHYTHM_FACTOR: u64 = 4;

/// Entries held back that are named one by one.
const NAMED_MAX: usize = 20;

/// Whether what was held back is let in now.
#[must_use]
pub fn is_released(state: &SourceState, now: Instant) -> bool {
    state.burst.is_some_and(|burst| now.signed_duration_since(burst.since) >= RELEASED_AFTER)
}

/// Takes a burst out of what was decided, where it is one; `before` is the state before the poll.
pub fn hold(source: &Source, before: &SourceState, decision: &mut Decision, now: Instant) {
    let Some(last) = before.last_success.filter(|_| source.burst > 0 && before.articles_new > 0 && !is_released(before, now)) else {
        return;
    };
    let new: Vec<&Article> = decision.articles.iter().filter(|article| article.revision == 0).collect();
    // While some are held back, a feed that drops one after the other lets none of them in.
    let enough = if before.burst.is_some() { 1 } else { usize::try_from(source.burst).unwrap_or(usize::MAX) };
    let mut held: HashSet<ArticleId> = new.iter().filter(|article| article.published + OLD < last).map(|article| article.id).collect();
    if decision.known == 0 && new.len() >= enough && new.len() > promised(before, last, now) {
        // What says that it came since then, or says nothing, may be a busy day.
        held = new.iter().filter(|article| article.published <= last).map(|article| article.id).collect();
    }
    if held.len() < enough || held.is_empty() {
        return;
    }
    let entries = u32::try_from(held.len()).unwrap_or(u32::MAX);
    let why = format!(
        "held back: {entries} entries at once that cannot be new; `feedmill release {}` lets them in, and so does waiting {} days while the feed \
         shows them",
        source.name,
        RELEASED_AFTER.num_days()
    );
    let named = decision.articles.iter().filter(|article| held.contains(&article.id)).take(NAMED_MAX);
    let rejects: Vec<Reject> =
        named.map(|article| Reject { what: article.link.clone().unwrap_or_else(|| article.title.clone()), why: why.clone() }).collect();
    decision.rejects.extend(rejects);
    decision.articles.retain(|article| !held.contains(&article.id));
    decision.originals.retain(|original| !held.contains(&original.id));
    decision.sightings.retain(|sighting| !held.contains(&sighting.id));
    let mut left = held.len();
    for verdict in decision.verdicts.iter_mut().filter(|verdict| **verdict == Verdict::New) {
        if left == 0 {
            break;
        }
        // Which of the new ones is of no matter where all of them are; elsewhere only the counts are looked at.
        *verdict = Verdict::Rejected(why.clone());
        left -= 1;
    }
    decision.counts.new = decision.counts.new.saturating_sub(entries);
    decision.counts.rejected += entries;
    decision.counts.held = entries;
    decision.burst = Some(Burst { since: before.burst.map_or(now, |burst| burst.since), entries });
}

/// Entries that a source may bring by its rhythm since it was last read.
fn promised(before: &SourceState, last: Instant, now: Instant) -> usize {
    let passed = u64::try_from(now.signed_duration_since(last).num_seconds()).unwrap_or(0);
    let promised = before.rhythm_seconds.map_or(0, |rhythm| passed / rhythm.max(1) * RHYTHM_FACTOR);
    usize::try_from(promised).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
