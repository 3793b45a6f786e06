//! Where an output feed goes on: archived feeds by RFC 5005, section 4.

use super::text::segment;

/// The namespace of `fh:archive`.
pub const HISTORY_NAMESPACE: &str = "http://purl.org/syndication/history/1.0";

/// Its prefix in what we write.
pub const HISTORY_PREFIX: &str = "fh";

/// The element that says: this is an archive, it will not change.
pub const ARCHIVE_ELEMENT: &str = "archive";

/// The documents around one document of an output feed, each by what stands behind `?page=` in its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Which archive this document is; none for the live feed.
    pub page: Option<String>,
    /// The archive with what came before it.
    pub previous: Option<String>,
    /// The archive with what came after it.
    pub next: Option<String>,
}

impl Paging {
    /// The address of this document, the live feed being at `live`.
    #[must_use]
    pub fn own(&self, live: &str) -> String {
        self.page.as_deref().map_or_else(|| live.to_owned(), |page| address(live, page))
    }

    /// The address of the archive before it.
    #[must_use]
    pub fn previous(&self, live: &str) -> Option<String> {
        self.previous.as_deref().map(|page| address(live, page))
    }

    /// The links that say so: relations and addresses.
    #[must_use]
    pub fn links(&self, live: &str) -> Vec<(&'static str, String)> {
        let previous = self.previous(live).map(|address| ("prev-archive", address));
        let next = self.next.as_deref().map(|page| ("next-archive", address(live, page)));
        let current = self.page.as_ref().map(|_| ("current", live.to_owned()));
        previous.into_iter().chain(next).chain(current).collect()
    }
}

fn address(live: &str, page: &str) -> String {
    format!("{live}?page={}", segment(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p16_a_live_feed_names_the_archive_before_it_and_an_archive_all_its_neighbours() {
        let live = Paging { previous: Some("7".into()), ..Paging::default() };
        assert_eq!(live.own("https://a.org/feed.xml"), "https://a.org/feed.xml");
        assert_eq!(live.links("https://a.org/feed.xml"), [("prev-archive", "https://a.org/feed.xml?page=7".to_owned())]);
        let archive = Paging { page: Some("7".into()), previous: None, next: Some("8".into()) };
        assert_eq!(archive.own("u"), "u?page=7");
        assert_eq!(archive.links("u"), [("next-archive", "u?page=8".to_owned()), ("current", "u".to_owned())]);
        assert_eq!(Paging::default().links("u"), []);
    }
}
