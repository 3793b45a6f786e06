//! Reading feeds: the pipeline from bytes to entries, over the corpus.

mod attacks;
mod behaviours;
mod broken;
mod dialects;
mod golden;
mod limits;
mod properties;

use feedmill::model::{Entry, Feed};
use feedmill::pipeline::parse::{self, ParseLimits};

/// Reads a document that must be a feed.
fn read(document: &str) -> Feed {
    parse::parse(document.as_bytes(), None, "https://example.org/feed.xml", &ParseLimits::default()).unwrap()
}

/// Reads an RSS item's inside.
fn item(inside: &str) -> Entry {
    let document = format!(
        "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>t</title><link>https://example.org/</link><item>{inside}</item></channel></rss>"
    );
    read(&document).entries.remove(0)
}

/// Reads an Atom entry's inside.
fn atom(inside: &str) -> Entry {
    read(&format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title><entry>{inside}</entry></feed>")).entries.remove(0)
}

fn titles(feed: &Feed) -> Vec<&str> {
    feed.entries.iter().map(|entry| entry.title.as_deref().unwrap_or_default()).collect()
}
