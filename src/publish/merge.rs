//! One article once: copies that several sources carry are found by their address and their guid.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::model::address::{canonical_link, is_front_page};
use crate::model::{Article, ArticleId, EntryKey, Instant};

/// A link or guid that entries with more different titles share proves nothing.
const TITLES_OF_ONE_PAGE_MAX: usize = 4;

/// A copy whose text has at least this part of the fullest one's length counts as equally full: an ad line more is no better text.
const EQUALLY_FULL_PERCENT: usize = 90;

/// An article as the merged feed shows it: the leading copy, and the others under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged<'a> {
    /// The id in the output: that of the copy seen first. It stays when a better copy comes to lead.
    pub id: ArticleId,
    /// When the copy seen first was published: its place in the feed, which stays too.
    pub published: Instant,
    /// The copy that is shown: the fullest text, and of equally full ones the earliest seen.
    pub lead: &'a Article,
    /// The other copies, the earliest seen first.
    pub others: Vec<&'a Article>,
}

impl Merged<'_> {
    /// When the shown text last truly changed; never before [`Merged::published`].
    #[must_use]
    pub fn updated(&self) -> Instant {
        self.lead.updated.max(self.published)
    }
}

/// Brings copies of one article together; the order is newest first by [`Merged::published`].
///
/// Two articles are copies when they share a canonical link, or a guid that is a URL or a `tag:` or `urn:` URI. A link that one source
/// uses under two titles, that more than four titles share, or that is a site's front page, proves nothing.
#[must_use]
pub fn merge<'a>(articles: impl IntoIterator<Item = &'a Article>) -> Vec<Merged<'a>> {
    let articles: Vec<&Article> = articles.into_iter().collect();
    let mut holders: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, article) in articles.iter().enumerate() {
        for mark in marks(article) {
            holders.entry(mark).or_default().push(at);
        }
    }
    let mut groups = Groups::new(articles.len());
    for same in holders.values().filter(|same| proves_sameness(same, &articles)) {
        same.windows(2).for_each(|pair| groups.join(pair[0], pair[1]));
    }
    let mut members: HashMap<usize, Vec<&Article>> = HashMap::new();
    for (at, article) in articles.iter().enumerate() {
        members.entry(groups.root(at)).or_default().push(article);
    }
    let mut merged: Vec<Merged<'_>> = members.into_values().filter_map(one).collect();
    merged.sort_by_key(|one| Reverse((one.published, one.id)));
    merged
}

/// Each article by itself: for the feed of one source, which shows all that the source carries.
#[must_use]
pub fn each<'a>(articles: impl IntoIterator<Item = &'a Article>) -> Vec<Merged<'a>> {
    articles.into_iter().map(|lead| Merged { id: lead.id, published: lead.published, lead, others: Vec::new() }).collect()
}

/// What an article shares with its copies.
fn marks(article: &Article) -> impl Iterator<Item = String> {
    let link = article.link.as_deref().map(canonical_link).filter(|link| link.starts_with("//") && !is_front_page(link));
    let guid = match &article.key {
        EntryKey::Guid(guid) if is_global(guid) => Some(canonical_link(guid)).filter(|guid| !is_front_page(guid)),
        _ => None,
    };
    let guid = guid.filter(|guid| Some(guid) != link.as_ref());
    link.into_iter().chain(guid)
}

/// Whether a guid names one thing in the whole world: `12345` and `post-7` are numbers of one site.
fn is_global(guid: &str) -> bool {
    let start = guid.get(..8.min(guid.len())).unwrap_or_default().to_ascii_lowercase();
    ["http://", "https://", "tag:", "urn:"].iter().any(|scheme| start.starts_with(scheme))
}

fn proves_sameness(same: &[usize], articles: &[&Article]) -> bool {
    if same.len() < 2 {
        return false;
    }
    let mut title_of_source: HashMap<&str, &str> = HashMap::new();
    let mut titles = BTreeSet::new();
    for article in same.iter().map(|at| articles[*at]) {
        let title = article.title.trim();
        if title_of_source.insert(article.source.as_str(), title).is_some_and(|before| before != title) {
            return false;
        }
        titles.insert(title);
    }
    titles.len() <= TITLES_OF_ONE_PAGE_MAX
}

fn one(mut copies: Vec<&Article>) -> Option<Merged<'_>> {
    copies.sort_by_key(|article| (article.first_seen, article.published, article.id));
    let first = *copies.first()?;
    let lead = if copies.len() == 1 { 0 } else { fullest(&copies) };
    let lead = copies.remove(lead);
    Some(Merged { id: first.id, published: first.published, lead, others: copies })
}

/// The place of the earliest copy whose text is about as long as the longest.
fn fullest(copies: &[&Article]) -> usize {
    let lengths: Vec<usize> = copies.iter().map(|article| super::html::text_chars(article.body.as_str())).collect();
    let enough = lengths.iter().max().map_or(0, |longest| longest * EQUALLY_FULL_PERCENT / 100);
    lengths.iter().position(|length| *length >= enough).unwrap_or(0)
}

/// Disjoint sets with path halving.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::testing::{article, at};

    fn with(source: &str, guid: &str, link: &str, title: &str, minute: i64) -> Article {
        Article { link: Some(link.into()), title: title.into(), ..article(source, guid, minute) }
    }

    #[test]
    fn p6_one_article_of_two_sources_is_shown_once_with_the_other_under_it() {
        let a = with("36kr", "x1", "https://36kr.com/p/1?f=rss", "One", 1);
        let b = with("36krai", "x2", "https://www.36kr.com/p/1", "One", 2);
        let c = with("36kr", "x3", "https://36kr.com/p/2", "Two", 3);
        let merged = merge([&c, &b, &a]);
        assert_eq!(merged.len(), 2);
        assert_eq!((merged[0].lead.title.as_str(), merged[1].id), ("Two", a.id));
        assert_eq!(merged[1].others, [&b]);
    }

    #[test]
    fn the_fullest_text_leads_and_the_id_stays_that_of_the_first_seen() {
        let mut a = with("a", "1", "https://x.org/1", "T", 1);
        let mut b = with("b", "2", "https://x.org/1", "T", 5);
        a.body = crate::publish::testing::body("<p>short</p>");
        b.body = crate::publish::testing::body("<p>a good deal longer than short</p>");
        let merged = merge([&b, &a]);
        assert_eq!((merged[0].lead.id, merged[0].id, merged[0].published), (b.id, a.id, a.published));
        assert_eq!(merged[0].updated(), at(5));
        // A few letters more do not make a copy the better one.
        a.body = crate::publish::testing::body("<p>a good deal longer than shor</p>");
        assert_eq!(merge([&b, &a])[0].lead.id, a.id);
    }

    #[test]
    fn a_guid_that_is_a_uri_is_shared_and_a_number_is_not() {
        let a = with("a", "tag:x.org,2024:1", "https://x.org/1", "T", 1);
        let b = with("b", "tag:x.org,2024:1", "https://mirror.org/1", "T", 2);
        assert_eq!(merge([&b, &a]).len(), 1);
        let a = with("a", "12345", "https://x.org/1", "T", 1);
        let b = with("b", "12345", "https://mirror.org/1", "T", 2);
        assert_eq!(merge([&b, &a]).len(), 2);
        // One feed's guid is the other's link.
        let a = with("a", "https://x.org/1", "https://feeds.x.org/r/1", "T", 1);
        let b = with("b", "7", "https://x.org/1", "T", 2);
        assert_eq!(merge([&b, &a]).len(), 1);
    }

    #[test]
    fn a_link_that_many_titles_share_proves_nothing() {
        // changelog feeds link every entry to one page.
        let a = with("log", "1", "https://x.org/changes", "1.0", 1);
        let b = with("log", "2", "https://x.org/changes", "1.1", 2);
        let c = with("other", "3", "https://x.org/changes", "1.1", 3);
        assert_eq!(merge([&c, &b, &a]).len(), 3);
        let many: Vec<Article> = (0..6).map(|n| with(&format!("s{n}"), "g", "https://x.org/p", &format!("title {n}"), n)).collect();
        assert_eq!(merge(&many).len(), 6);
        let front = [with("a", "1", "https://x.org/", "T", 1), with("b", "2", "https://x.org", "T", 2)];
        assert_eq!(merge(&front).len(), 2);
    }

    #[test]
    fn p7_the_order_of_what_comes_in_changes_nothing() {
        let all: Vec<Article> =
            (0..30).map(|n| with(&format!("s{}", n % 4), &n.to_string(), &format!("https://x.org/{}", n % 9), "T", n)).collect();
        let forward = merge(&all);
        let backward = merge(all.iter().rev());
        assert_eq!(forward, backward);
    }

    #[test]
    fn the_feed_of_a_source_keeps_all_that_the_source_carries() {
        let a = with("a", "1", "https://x.org/1", "T", 1);
        let b = with("a", "2", "https://x.org/1", "T", 2);
        assert_eq!(each([&b, &a]).len(), 2);
    }
}
