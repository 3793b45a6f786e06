//! feed-rs's reading and the tolerant one, put together.
//!
//! Where both see the same entries, texts are feed-rs's; the tolerant reading adds what feed-rs loses (the text of dates, `source`,
//! `dc:subject`, permalinks, further bodies, the first of several titles …). Where feed-rs rejects the document or loses entries, the tolerant reading stands alone, and the
//! feed says so.

use feed_rs::model as read;

use super::limits::ParseLimits;
use super::text;
use crate::model::{Body, BodyKind, Entry, Feed, FeedFormat};

/// Takes what feed-rs read into `feed`.
pub(super) fn merge(feed: &mut Feed, strict: Result<read::Feed, String>, limits: &ParseLimits) {
    let strict = match strict {
        Ok(strict) if strict.entries.len() == feed.entries.len() => strict,
        Ok(strict) => {
            feed.repairs.push(format!(
                "read entry by entry, since the strict reading found {} of {} entries",
                strict.entries.len(),
                feed.entries.len()
            ));
            return;
        }
        Err(why) => {
            feed.repairs.push(format!("read entry by entry, since the strict reading failed: {why}"));
            return;
        }
    };
    let atom = feed.format == FeedFormat::Atom;
    if feed.title.is_none() {
        feed.title = strict.title.and_then(|title| plain(&title, atom, limits));
    }
    for (entry, strict) in feed.entries.iter_mut().zip(strict.entries) {
        merge_entry(entry, strict, atom, limits);
    }
}

fn merge_entry(entry: &mut Entry, strict: read::Entry, atom: bool, limits: &ParseLimits) {
    // feed-rs takes the last of several titles, and one in base64 as it stands; otherwise both are the same.
    if entry.title.is_none() {
        entry.title = strict.title.and_then(|title| plain(&title, atom, limits));
    }
    // What is neither text nor markup is a file in base64.
    let is_read = |content: &read::Content| {
        let (media_type, subtype) = (&content.content_type, content.content_type.subty().as_str().to_ascii_lowercase());
        media_type.ty() == "text"
            || subtype == "xml"
            || subtype.ends_with("html")
            || media_type.suffix().is_some_and(|suffix| suffix == "xml")
    };
    let content = strict.content.filter(is_read);
    let content = content.and_then(|content| content.body.map(|body| (is_text(content.content_type.subty().as_str()), body)));
    let summary = strict.summary.map(|summary| (is_text(summary.content_type.subty().as_str()), summary.content));
    for (plain, body) in content.into_iter().chain(summary) {
        let trimmed = body.trim();
        if let Some(known) = entry.bodies.iter_mut().find(|known| known.text == trimmed) {
            if trimmed.len() == body.len() {
                known.text = body;
            }
        } else if entry.bodies.is_empty() && !trimmed.is_empty() {
            let kind = if plain { BodyKind::Text } else { BodyKind::Html };
            entry.bodies.push(Body { kind, text: text::cut(trimmed, limits.body_bytes_max).to_owned() });
        }
    }
}

fn is_text(subtype: &str) -> bool {
    subtype.eq_ignore_ascii_case("plain")
}

fn plain(title: &read::Text, atom: bool, limits: &ParseLimits) -> Option<String> {
    let html = !is_text(title.content_type.subty().as_str());
    text::title(&title.content, atom, html, limits.text_bytes_max)
}
