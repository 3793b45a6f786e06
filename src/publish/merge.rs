//! One story once: articles that belong to one story, with the leading one chosen.
//!
//! What belongs together was decided when an article was stored ([`crate::model::Story`]). Articles of earlier versions, which do not say
//! it, are brought together here by their address and guid.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::model::address::{canonical_link, is_front_page};
use crate::model::story::KeepApart;
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
    /// The copy that is shown: of the highest priority, then the fullest text, then the earliest seen.
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

/// What feeds.toml says about stories that are shown.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    /// The priority of an article's source: the highest leads.
    pub priority: &'a dyn Fn(&Article) -> u64,
    /// What is kept apart, also where it was merged before.
    pub apart: &'a [KeepApart],
}

/// Nothing is preferred, nothing kept apart.
pub const NO_CHOICE: Choice<'static> = Choice { priority: &|_| 0, apart: &[] };

/// Brings copies together; the order is newest first by [`Merged::published`].
#[must_use]
pub fn merge<'a>(articles: impl IntoIterator<Item = &'a Article>, choice: &Choice<'_>) -> Vec<Merged<'a>> {
    let articles: Vec<&Article> = articles.into_iter().collect();
    let mut groups = Groups::new(articles.len());
    let mut of_story: HashMap<ArticleId, usize> = HashMap::new();
    for (at, article) in articles.iter().enumerate() {
        if let Some(story) = &article.story {
            let first = *of_story.entry(story.id).or_insert(at);
            groups.join(first, at);
        }
    }
    join_undecided(&articles, &mut groups);
    let mut members: HashMap<usize, Vec<&Article>> = HashMap::new();
    for (at, article) in articles.iter().enumerate() {
        members.entry(groups.root(at)).or_default().push(article);
    }
    let mut merged: Vec<Merged<'_>> = members.into_values().flat_map(|copies| parted(copies, choice)).collect();
    merged.sort_by_key(|one| Reverse((one.published, one.id)));
    merged
}

/// Articles of which nobody has decided are copies when they share a canonical link, or a guid that is a URL or a `tag:` or `urn:` URI. A
/// link that one source uses under two titles, that more than four titles share, or that is a site's front page, proves nothing.
fn join_undecided(articles: &[&Article], groups: &mut Groups) {
    let mut holders: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, article) in articles.iter().enumerate().filter(|(_, article)| article.story.is_none()) {
        for mark in marks(article) {
            holders.entry(mark).or_default().push(at);
        }
    }
    for same in holders.values().filter(|same| proves_sameness(same, articles)) {
        same.windows(2).for_each(|pair| groups.join(pair[0], pair[1]));
    }
}

/// The copies of one story, those that are kept apart from the first by themselves.
fn parted<'a>(mut copies: Vec<&'a Article>, choice: &Choice<'_>) -> Vec<Merged<'a>> {
    copies.sort_by_key(|article| (article.first_seen, article.published, article.id));
    let story = copies.first().and_then(|first| first.story.as_ref()).map(|story| story.id);
    // The copy that gave the story its id is the first, whatever the clock said when the others came.
    if let Some(at) = copies.iter().position(|copy| Some(copy.id) == story) {
        copies[..=at].rotate_right(1);
    }
    let mut out = Vec::new();
    let mut id = story;
    while let Some(first) = copies.first().copied() {
        let is_apart = |other: &&Article| choice.apart.iter().any(|rule| other.id != first.id && rule.parts(first, other));
        let (apart, together): (Vec<&Article>, Vec<&Article>) = copies.into_iter().partition(is_apart);
        out.extend(one(together, id.take(), choice));
        copies = apart;
    }
    out
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

/// Copies, the first one first, under the id of their story or of the first.
fn one<'a>(mut copies: Vec<&'a Article>, id: Option<ArticleId>, choice: &Choice<'_>) -> Option<Merged<'a>> {
    let first = *copies.first()?;
    let lead = if copies.len() == 1 { 0 } else { best(&copies, choice) };
    let lead = copies.remove(lead);
    Some(Merged { id: id.unwrap_or(first.id), published: first.published, lead, others: copies })
}

/// The place of the earliest copy whose text is about as long as the longest, among those of the highest priority.
fn best(copies: &[&Article], choice: &Choice<'_>) -> usize {
    let priorities: Vec<u64> = copies.iter().map(|article| (choice.priority)(article)).collect();
    let highest = priorities.iter().max().copied().unwrap_or(0);
    let length =
        |(article, priority): (&&Article, &u64)| if *priority == highest { super::html::text_chars(article.body.as_str()) + 1 } else { 0 };
    let lengths: Vec<usize> = copies.iter().zip(&priorities).map(length).collect();
    let enough = lengths.iter().max().map_or(0, |longest| (longest * EQUALLY_FULL_PERCENT / 100).max(1));
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
    use crate::model::Story;
    use crate::publish::testing::{article, at};

    fn with(source: &str, guid: &str, link: &str, title: &str, minute: i64) -> Article {
        Article { link: Some(link.into()), title: title.into(), ..article(source, guid, minute) }
    }

    #[test]
    fn p6_one_article_of_two_sources_is_shown_once_with_the_other_under_it() {
        let a = with("36kr", "x1", "https://36kr.com/p/1?f=rss", "One", 1);
        let b = with("36krai", "x2", "https://www.36kr.com/p/1", "One", 2);
        let c = with("36kr", "x3", "https://36kr.com/p/2", "Two", 3);
        let merged = merge([&c, &b, &a], &NO_CHOICE);
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
        let merged = merge([&b, &a], &NO_CHOICE);
        assert_eq!((merged[0].lead.id, merged[0].id, merged[0].published), (b.id, a.id, a.published));
        assert_eq!(merged[0].updated(), at(5));
        // A few letters more do not make a copy the better one.
        a.body = crate::publish::testing::body("<p>a good deal longer than shor</p>");
        assert_eq!(merge([&b, &a], &NO_CHOICE)[0].lead.id, a.id);
    }

    #[test]
    fn a_guid_that_is_a_uri_is_shared_and_a_number_is_not() {
        let a = with("a", "tag:x.org,2024:1", "https://x.org/1", "T", 1);
        let b = with("b", "tag:x.org,2024:1", "https://mirror.org/1", "T", 2);
        assert_eq!(merge([&b, &a], &NO_CHOICE).len(), 1);
        let a = with("a", "12345", "https://x.org/1", "T", 1);
        let b = with("b", "12345", "https://mirror.org/1", "T", 2);
        assert_eq!(merge([&b, &a], &NO_CHOICE).len(), 2);
        // One feed's guid is the other's link.
        let a = with("a", "https://x.org/1", "https://feeds.x.org/r/1", "T", 1);
        let b = with("b", "7", "https://x.org/1", "T", 2);
        assert_eq!(merge([&b, &a], &NO_CHOICE).len(), 1);
    }

    #[test]
    fn a_link_that_many_titles_share_proves_nothing() {
        // changelog feeds link every entry to one page.
        let a = with("log", "1", "https://x.org/changes", "1.0", 1);
        let b = with("log", "2", "https://x.org/changes", "1.1", 2);
        let c = with("other", "3", "https://x.org/changes", "1.1", 3);
        assert_eq!(merge([&c, &b, &a], &NO_CHOICE).len(), 3);
        let many: Vec<Article> = (0..6).map(|n| with(&format!("s{n}"), "g", "https://x.org/p", &format!("title {n}"), n)).collect();
        assert_eq!(merge(&many, &NO_CHOICE).len(), 6);
        let front = [with("a", "1", "https://x.org/", "T", 1), with("b", "2", "https://x.org", "T", 2)];
        assert_eq!(merge(&front, &NO_CHOICE).len(), 2);
    }

    #[test]
    fn p7_the_order_of_what_comes_in_changes_nothing() {
        let all: Vec<Article> =
            (0..30).map(|n| with(&format!("s{}", n % 4), &n.to_string(), &format!("https://x.org/{}", n % 9), "T", n)).collect();
        let forward = merge(&all, &NO_CHOICE);
        let backward = merge(all.iter().rev(), &NO_CHOICE);
        assert_eq!(forward, backward);
    }

    fn told(source: &str, guid: &str, minute: i64, of: Option<&Article>) -> Article {
        let article = article(source, guid, minute);
        let story = |of: &Article| Story { id: of.id, published: of.published, merge: None, kept_apart: false };
        Article { story: Some(story(of.unwrap_or(&article))), ..article }
    }

    #[test]
    fn what_was_decided_to_be_one_story_is_one_whatever_it_links_to() {
        let a = told("a", "1", 9, None);
        let b = told("b", "2", 3, Some(&a));
        let mut c = told("c", "3", 4, None);
        c.link.clone_from(&a.link);
        let merged = merge([&c, &b, &a], &NO_CHOICE);
        assert_eq!(
            merged.iter().map(|one| (one.id, one.published, one.others.len())).collect::<Vec<_>>(),
            [(a.id, at(9), 1), (c.id, at(4), 0)]
        );
        // The copy that gave the id is gone, the id stays.
        assert_eq!(merge([&b], &NO_CHOICE)[0].id, a.id);
    }

    #[test]
    fn the_preferred_source_leads_and_the_id_stays() {
        let mut a = told("a", "1", 1, None);
        a.body = crate::publish::testing::body("<p>much longer than the other one is</p>");
        let b = told("b", "2", 2, Some(&a));
        let priority = |article: &Article| u64::from(article.source.as_str() == "b");
        let merged = merge([&a, &b], &Choice { priority: &priority, ..NO_CHOICE });
        assert_eq!((merged[0].lead.id, merged[0].id, merged[0].published), (b.id, a.id, a.published));
    }

    #[test]
    fn what_is_kept_apart_later_is_shown_by_itself_and_no_id_stands_twice() {
        let a = told("a", "1", 1, None);
        let (b, c) = (told("b", "2", 2, Some(&a)), told("c", "3", 3, Some(&a)));
        let rule = KeepApart { sources: vec![b.source.clone()], title: None };
        let merged = merge([&c, &b, &a], &Choice { apart: &[rule], ..NO_CHOICE });
        assert_eq!(merged.iter().map(|one| (one.id, one.others.len())).collect::<Vec<_>>(), [(b.id, 0), (a.id, 1)]);
        let rule = KeepApart { sources: vec![a.source.clone()], title: None };
        let merged = merge([&c, &b, &a], &Choice { apart: &[rule], ..NO_CHOICE });
        assert_eq!(merged.iter().map(|one| (one.id, one.others.len())).collect::<Vec<_>>(), [(b.id, 1), (a.id, 0)]);
    }

    #[test]
    fn the_feed_of_a_source_keeps_all_that_the_source_carries() {
        let a = with("a", "1", "https://x.org/1", "T", 1);
        let b = with("a", "2", "https://x.org/1", "T", 2);
        assert_eq!(each([&b, &a]).len(), 2);
    }
}
