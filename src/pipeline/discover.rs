//! Finding the feeds of a web page. Pure: a page's bytes and addresses in, addresses out; asking them is the caller's.
//!
//! | question | function |
//! | --- | --- |
//! | which feeds does this page name | [`feeds`] |
//! | where does this site keep its feeds, by its own rules | [`known_site`] |
//! | where would a feed lie, if the page names none | [`guesses`] |

mod page;
mod sites;

pub use page::feeds;
pub use sites::known_site;

use url::Url;

/// Most feeds taken of one page. Comment feeds of every article are named by some; a person chooses from a list.
pub const FOUND_MAX: usize = 30;

/// A feed that a page names, or a rule knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFeed {
    /// Absolute address.
    pub url: String,
    /// What the page calls it.
    pub title: Option<String>,
    /// How it was found, and so how far it can be trusted.
    pub kind: FoundKind,
}

/// How a feed was found, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundKind {
    /// A rule of ours for this very site.
    Site,
    /// `<link rel="alternate">` with a feed's media type.
    Link,
    /// A link on the page that looks like a feed's.
    Anchor,
    /// A place where feeds often lie.
    Guess,
}

/// Places where feeds often lie, the likeliest first: below the page's own folder, then at the root.
const PLACES: &[&str] = &["feed", "rss", "atom.xml", "rss.xml", "feed.xml", "index.xml", "feed.json", "feed/atom", "?feed=rss2"];

/// Where a feed of the site of `url` would lie, if nothing says so. Nothing for what is no http address.
#[must_use]
pub fn guesses(url: &str) -> Vec<FoundFeed> {
    let Ok(base) = Url::parse(url) else { return Vec::new() };
    if !matches!(base.scheme(), "http" | "https") {
        return Vec::new();
    }
    let mut folder = base.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    if !folder.path().ends_with('/') {
        let last = folder.path().rsplit('/').next().unwrap_or_default();
        let path =
            if last.contains('.') { folder.path()[..folder.path().len() - last.len()].to_owned() } else { format!("{}/", folder.path()) };
        folder.set_path(&path);
    }
    let mut found: Vec<FoundFeed> = Vec::new();
    for start in [folder.clone(), folder.join("/").unwrap_or(folder)] {
        for place in PLACES {
            if let Ok(url) = start.join(place).map(String::from)
                && !found.iter().any(|known| known.url == url)
            {
                found.push(FoundFeed { url, title: None, kind: FoundKind::Guess });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
