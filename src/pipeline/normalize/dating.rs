//! When an entry was published: what is printed, and what is sorted by.

use crate::model::{Entry, Instant};
use crate::pipeline::dates::{is_rfc822, is_rfc3339};

/// The form of the seed: `Sun, 18 Feb 2024 09:11:59 GMT`.
const SEED_FORM: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// The dates of an article.
pub(super) struct Dates {
    /// `D` of the article format.
    pub(super) text: String,
    pub(super) published: Instant,
    pub(super) updated: Instant,
}

/// Future dates are held at `now`; an entry without a date gets `now`.
pub(super) fn dates(entry: &Entry, now: Instant) -> Dates {
    let believed = entry.published.filter(|at| *at <= now);
    let published = match (entry.published, entry.updated) {
        (Some(_), _) => believed.unwrap_or(now),
        (None, Some(updated)) => updated.min(now),
        (None, None) => now,
    };
    let own_text = entry.date_text.as_deref().filter(|text| believed.is_some() && is_printable(text));
    Dates {
        text: own_text.map_or_else(|| published.format(SEED_FORM).to_string(), str::to_owned),
        published,
        updated: entry.updated.filter(|at| *at <= now).unwrap_or(published).max(published),
    }
}

/// A valid date of RFC 822 or RFC 3339, and one that can stand in front matter without quotes: no comments, no folded lines.
fn is_printable(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b',' | b':' | b'+' | b'-' | b'.'));
    plain && (is_rfc822(text) || is_rfc3339(text))
}
