//! Which rejects of a source are kept.

use crate::model::{Instant, PollPlan, Reject};

/// How many of the newest rejects of a source are kept for `explain` and the status page.
pub const REJECTS_KEPT_MAX: usize = 50;
/// Longest text kept of what was rejected and of why.
const TEXT_CHARS_MAX: usize = 500;

/// Rejects with the time of their poll, newest first.
pub type Kept = Vec<(Instant, Reject)>;

/// The rejects that a plan brings, shortened to what is kept.
pub(super) fn of_plan(plan: &PollPlan) -> Kept {
    let short = |text: &str| text.chars().take(TEXT_CHARS_MAX).collect::<String>();
    let kept = plan.rejects.iter().take(REJECTS_KEPT_MAX);
    kept.map(|reject| (plan.at, Reject { what: short(&reject.what), why: short(&reject.why) })).collect()
}

/// The rejects of a source after `new` ones: newest first, one a thing and reason, the newest [`REJECTS_KEPT_MAX`].
///
/// The same broken entry stands in a feed for days; kept once, it does not push the others out.
pub(super) fn merged(kept: &[(Instant, Reject)], new: Kept) -> Kept {
    let mut all = new;
    all.extend_from_slice(kept);
    // Stable: those of one poll stay in the order of the document.
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut out: Kept = Vec::with_capacity(all.len().min(REJECTS_KEPT_MAX));
    for (at, reject) in all {
        if out.len() == REJECTS_KEPT_MAX {
            break;
        }
        if !out.iter().any(|(_, known)| *known == reject) {
            out.push((at, reject));
        }
    }
    out
}
