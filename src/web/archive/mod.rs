//! Archives by RFC 5005: what stands behind `?page=` of a feed, and which of them goes before a live feed.
//!
//! Every article has its number of arrival, given once. A full page is what arrived as a hundred of these numbers (five hundred in categories
//! and named views, which show only some), so no page ever gets another entry. What is in no full page and not in the live feed either stands
//! in a head: its address says where it ends and which entries the live feed had, so it does not change either; the next live feed names
//! another head. Heads follow one another until all entries of the live feed are passed, and then full pages. In all of them together with the live feed, each story stands once: where the first of its copies arrived.

mod told;

use std::fmt;
use std::ops::Range;

use super::render::{self, RenderError};
use super::select::Scope;
use crate::config::Sort;
use crate::model::{Article, SourceName, View};
use crate::publish::chinese::Converter;
use crate::publish::document::FeedDocument;
use crate::publish::merge::Merged;
use crate::publish::paging::Paging;
use crate::store::{Place, Store, StoreError};

/// Arrivals of one full page, where nearly all are shown: the merged feed, and a source's own.
const PAGE_ARRIVALS: u64 = 100;

/// Arrivals of one full page of a category or a named view.
const VIEW_PAGE_ARRIVALS: u64 = 500;

/// Arrivals of a head, rounded up to a page.
const HEAD_ARRIVALS_MAX: u64 = 1_000;

/// How far back the newest arrival of a view is looked for, rounded up to that much more.
const REACH_ARRIVALS: u64 = 500;

/// Articles that are read to find a page with something in it; after them the next page is named, empty or not.
const SKIP_ARTICLES_MAX: usize = 5_000;

/// The same in pages, for those whose articles have expired.
const SKIP_PAGES_MAX: u64 = 1_000;

/// A page of a feed's archives, as its address names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The so-and-so-many-th full one, from 1 on.
    Full(u64),
    /// What arrived before the number `to`, is in no full page that follows, and is not in `live`.
    Head {
        /// The arrivals below this number.
        to: u64,
        /// The entries that are not repeated.
        live: Option<LiveEntries>,
    },
}

/// The entries of a live feed: all of its view from `last` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveEntries {
    /// How many.
    pub count: u64,
    /// The place of the last of them.
    pub last: Place,
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(number) => write!(f, "{number}"),
            Self::Head { to, live: None } => write!(f, "{to}.0"),
            Self::Head { to, live: Some(LiveEntries { count, last }) } => {
                write!(f, "{to}.{count}.{last}")
            }
        }
    }
}

impl Page {
    /// Reads what stands behind `?page=`. Each page has one spelling only.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(4, '.').collect();
        let page = match parts.as_slice() {
            [number] => Self::Full(number.parse().ok()?),
            [to, "0"] => Self::Head { to: to.parse().ok()?, live: None },
            [to, count, last] => {
                let live = LiveEntries { count: count.parse().ok()?, last: last.parse().ok()? };
                Self::Head { to: to.parse().ok()?, live: Some(live) }
            }
            _ => return None,
        };
        (page.to_string() == text).then_some(page)
    }
}

/// What there is behind an address.
pub enum Found {
    /// This.
    Page(Box<FeedDocument>),
    /// A page that is not full yet: what will be in it is in the live feed and its head.
    NotYet,
    /// Nothing.
    Nothing,
}

/// The line of arrivals from which the archives of a view are cut.
#[derive(Clone, Copy)]
struct Line<'a> {
    source: Option<&'a SourceName>,
    step: u64,
}

impl<'a> Line<'a> {
    fn of(view: &'a View) -> Self {
        match view {
            View::Merged | View::Search(_) | View::Status => Self { source: None, step: PAGE_ARRIVALS },
            View::Source(name) => Self { source: Some(name), step: PAGE_ARRIVALS },
            View::Category(_) | View::Named(_) => Self { source: None, step: VIEW_PAGE_ARRIVALS },
        }
    }

    /// Where the page begins that the arrival before `end` belongs to.
    fn start(self, end: u64) -> u64 {
        end.saturating_sub(1) / self.step * self.step
    }

    /// The articles of the view that arrived as these numbers.
    fn shown(self, store: &dyn Store, scope: &Scope<'_>, view: &View, numbers: Range<u64>) -> Result<Vec<Article>, StoreError> {
        let arrived = store.arrived(self.source, numbers)?.into_iter().map(|(_, article)| article);
        Ok(arrived.filter(|article| scope.shows(view, article)).collect())
    }
}

/// Whether a view has archives. What its filter asks of the age of articles changes with time, and an archive does not.
#[must_use]
pub fn has(scope: &Scope<'_>, view: &View) -> bool {
    match view {
        View::Named(name) => scope.named(name).is_some_and(|view| !view.filter.depends_on_time()),
        View::Search(_) | View::Status => false,
        _ => true,
    }
}

/// Above which number of arrival each of these views has nothing. Where the last of a view arrived long ago, the number is a round one above
/// it: it follows from what the store holds, and changes seldom while nothing of the view arrives.
///
/// # Errors
/// What the store says.
pub fn reaches(store: &dyn Store, scope: &Scope<'_>, views: &[View]) -> Result<Vec<Option<u64>>, StoreError> {
    let next = store.next_arrival(None)?;
    let floor = (next / REACH_ARRIVALS).saturating_sub(1) * REACH_ARRIVALS;
    let is_part = |view: &View| matches!(view, View::Category(_) | View::Named(_));
    let arrived = if views.iter().any(is_part) { store.arrived(None, floor..next)? } else { Vec::new() };
    let reach = |view: &View| match view {
        View::Search(_) | View::Status => Ok(None),
        _ if !has(scope, view) => Ok(None),
        View::Merged => Ok(Some(next)),
        View::Source(name) => store.next_arrival(Some(name)).map(Some),
        View::Category(_) | View::Named(_) => {
            let last = arrived.iter().rev().find(|(_, article)| scope.shows(view, article));
            Ok(Some(last.map_or(floor, |(number, _)| number + 1)))
        }
    };
    views.iter().map(reach).collect()
}

/// What goes before a live feed that shows `entries` of all that arrived below `reach`, and leaves some out.
#[must_use]
pub fn before_live(scope: &Scope<'_>, view: &View, reach: u64, entries: &[Merged<'_>]) -> Option<String> {
    // In another order, or with shares, what is shown is not all from some place on.
    let by_place = match view {
        View::Named(name) => scope.named(name).is_some_and(|view| view.sort == Sort::Published && view.per_source.is_none()),
        _ => true,
    };
    let last = entries.last().filter(|_| by_place).map(place);
    let live = last.map(|last| LiveEntries { count: entries.len() as u64, last });
    (reach > 0).then(|| Page::Head { to: reach, live }.to_string())
}

fn place(one: &Merged<'_>) -> Place {
    Place { published: one.published, id: one.id }
}

/// Makes a page.
///
/// # Errors
/// What the store says.
pub fn page(store: &dyn Store, scope: &Scope<'_>, converter: &Converter, view: &View, page: Page) -> Result<Found, RenderError> {
    let line = Line::of(view);
    let next = store.next_arrival(line.source)?;
    if !has(scope, view) {
        return Ok(Found::Nothing);
    }
    let (start, articles, live) = match page {
        Page::Full(number) => {
            let Some(end) = number.checked_mul(line.step).filter(|end| *end > 0 && *end - line.step <= next) else {
                return Ok(Found::Nothing);
            };
            if end > next {
                return Ok(Found::NotYet);
            }
            (end - line.step, line.shown(store, scope, view, end - line.step..end)?, None)
        }
        Page::Head { to, live } => {
            if to == 0 || to > next {
                return Ok(Found::Nothing);
            }
            let (start, articles) = head(store, scope, view, line, to, live)?;
            (start, articles, live)
        }
    };
    let articles = told::here(store, scope, view, line, start, articles)?;
    let mut entries = told::entries(scope, view, &articles);
    let all = entries.len();
    entries.retain(|entry| live.is_none_or(|live| place(entry) < live.last));
    let passed = (all - entries.len()) as u64;
    let left = live.map(|live| LiveEntries { count: live.count.saturating_sub(passed), ..live }).filter(|live| live.count > 0 && start > 0);
    let previous = match left {
        Some(_) => Some(Page::Head { to: start, live: left }),
        None => before(store, scope, view, line, start)?.map(Page::Full),
    };
    let newest = entries.first().map(|one| one.lead);
    let mut document = render::document(scope, converter, view, "", entries, newest);
    document.paging = Paging {
        page: Some(page.to_string()),
        previous: previous.map(|page| page.to_string()),
        next: match page {
            Page::Full(number) => Some(Page::Full(number + 1).to_string()),
            // After it comes the live feed.
            Page::Head { .. } => None,
        },
    };
    Ok(Found::Page(Box::new(document)))
}

/// The articles of a head, and where it begins: so far back that all entries of the live feed are passed, or that it is long enough.
fn head(
    store: &dyn Store,
    scope: &Scope<'_>,
    view: &View,
    line: Line<'_>,
    to: u64,
    live: Option<LiveEntries>,
) -> Result<(u64, Vec<Article>), StoreError> {
    let (mut start, mut passed, mut chunks) = (to, 0, Vec::new());
    for pages in 1.. {
        let begin = line.start(start);
        let chunk = line.shown(store, scope, view, begin..start)?;
        let is_live = |article: &&Article| live.is_some_and(|live| told::is_first(article) && Place::of(article) >= live.last);
        passed += chunk.iter().filter(is_live).count() as u64;
        chunks.extend(Some(chunk).filter(|chunk| !chunk.is_empty()));
        start = begin;
        let is_long = to - start >= HEAD_ARRIVALS_MAX && (!chunks.is_empty() || pages >= SKIP_PAGES_MAX);
        if start == 0 || is_long || live.is_none_or(|live| passed >= live.count) {
            break;
        }
    }
    Ok((start, chunks.into_iter().rev().flatten().collect()))
}

/// The full page that ends at `start` or before it and has something in it.
fn before(store: &dyn Store, scope: &Scope<'_>, view: &View, line: Line<'_>, start: u64) -> Result<Option<u64>, StoreError> {
    let (mut end, mut read, mut pages) = (start, 0, 0);
    while end > 0 && read < SKIP_ARTICLES_MAX && pages < SKIP_PAGES_MAX {
        let arrived = store.arrived(line.source, end - line.step..end)?;
        if arrived.iter().any(|(_, article)| scope.shows(view, article)) {
            break;
        }
        read += arrived.len();
        pages += 1;
        end -= line.step;
    }
    Ok((end > 0).then_some(end / line.step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p16_an_entry_of_the_same_nanosecond_stands_where_its_id_says() {
        let published = "2026-11-22T11:37:31.681287456Z".parse().unwrap();
        let [first, last, other] = [3, 2, 1].map(|id| Place { published, id: crate::model::ArticleId([id; 16]) });
        let page = Page::Head { to: 9, live: Some(LiveEntries { count: 2, last }) };
        let Some(Page::Head { live: Some(live), .. }) = Page::read(&page.to_string()) else { panic!("{page}") };
        assert!(first >= live.last && last >= live.last && other < live.last);
    }

    #[test]
    fn p16_an_address_has_one_spelling() {
        let id = "862008689177434d07e541ddbaabc4cf";
        for right in ["1", "18446744073709551615", "1453.0", &format!("1453.100.1708333200-5-{id}"), &format!("1.1.-5-999999999-{id}")] {
            assert_eq!(Page::read(right).map(|page| page.to_string()).as_deref(), Some(right));
        }
        let upper = format!("1453.100.1708333200-0-{}", id.to_uppercase());
        for wrong in
            ["", "+1", "007", "-1", "1.", "1.1", "1.00", ".0", "1e3", "１", "1.2.3", "18446744073709551616", &upper, "1.1.5-0-x", "x"]
        {
            assert_eq!(Page::read(wrong), None, "{wrong}");
        }
    }
}
