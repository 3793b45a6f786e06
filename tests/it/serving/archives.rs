//! Archives by RFC 5005: P16, and P1 and P7 for them.

use std::collections::{BTreeMap, BTreeSet};

use feedmill::model::{Article, Entry, Story};
use feedmill::store::{Place, Store};

use super::kit::{Site, articles, entry, feed_of, header};
use super::rules::{self, Node};

const SITE: &str = "https://feeds.example.org";
const SEEN: &str = "2024-02-20T00:00:00Z";

/// Feeds of every kind; the category and the view show some of what is stored.
const VIEWS: [&str; 5] = ["", "/source/36kr", "/category/%E7%A7%91%E6%8A%80", "/category/english", "/view/ai"];

/// One document: the ids of its entries, and the addresses that it names.
struct Read {
    ids: Vec<String>,
    titles: Vec<String>,
    links: BTreeMap<String, String>,
    is_archive: bool,
}

fn read(path: &str, text: &str) -> Read {
    let address = format!("{SITE}{path}");
    let (wrong, out) = if path.contains("feed.json") {
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        let words = |name: &str| json["items"].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect();
        let next = json["next_url"].as_str().map(|url| ("prev-archive".to_owned(), url.to_owned()));
        let out = Read { ids: words("id"), titles: words("title"), links: next.into_iter().collect(), is_archive: path.contains("?page=") };
        (rules::json(text, &address), out)
    } else {
        let root = Node::read(text);
        let (wrong, feed, entries, link, id) = match root.one("channel") {
            Some(channel) => (rules::rss(text, &address), channel, "item", "atom:link", "guid"),
            None => (rules::atom(text, &address), &root, "entry", "link", "id"),
        };
        let words = |name: &str| feed.all(entries).map(|one| one.text_of(name).to_owned()).collect();
        let links = feed.all(link).filter(|link| link.attribute("rel") != Some("alternate"));
        let links = links.map(|link| (link.attribute("rel").unwrap().to_owned(), link.attribute("href").unwrap().to_owned()));
        let is_archive = feed.one("fh:archive").is_some();
        (wrong, Read { ids: words(id), titles: words("title"), links: links.collect(), is_archive })
    };
    assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    out
}

/// A walk from a live feed over its archives: the path of each document, and what was in it.
async fn walk(site: &Site, live: &str) -> Vec<(String, Read)> {
    let mut walked: Vec<(String, Read)> = Vec::new();
    let mut next = Some(live.to_owned());
    while let Some(path) = next {
        assert!(walked.len() < 50 && walked.iter().all(|(known, _)| *known != path), "{path} again");
        let answer = site.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let (tag, control) = (header(&answer, "etag").to_owned(), header(&answer, "cache-control").to_owned());
        let found = read(&path, &answer.text().await.unwrap());
        assert!(tag.starts_with('"') && tag.len() > 10, "{path}: {tag}");
        assert_eq!(found.is_archive, !walked.is_empty(), "{path}");
        assert_eq!(control.ends_with("immutable"), found.is_archive, "{path}: {control}");
        if found.is_archive && !path.contains("json") {
            assert_eq!(found.links["current"], format!("{SITE}{live}"));
        }
        next = found.links.get("prev-archive").map(|address| address.strip_prefix(SITE).unwrap().to_owned());
        walked.push((path, found));
    }
    walked
}

/// The titles of a walk, each as often as it was met.
fn titles(walked: &[(String, Read)]) -> Vec<String> {
    let mut titles: Vec<String> = walked.iter().flat_map(|(_, read)| read.titles.clone()).collect();
    titles.sort();
    titles
}

fn assert_each_once(walked: &[(String, Read)], expected: impl IntoIterator<Item = String>) {
    let mut expected: Vec<String> = expected.into_iter().collect();
    expected.sort();
    assert_eq!(titles(walked), expected, "{:?}", walked.iter().map(|(path, _)| path).collect::<Vec<_>>());
    let ids: Vec<&String> = walked.iter().flat_map(|(_, read)| &read.ids).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

/// So many entries of a source, one a minute, from the minute `from` after new year on.
fn made(site: &Site, source: &str, word: &str, from: i64, count: i64) -> Vec<Article> {
    let start: chrono::DateTime<chrono::Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let entries = (from..from + count).map(|n| {
        let at = (start + chrono::TimeDelta::minutes(n)).to_rfc3339();
        entry(&format!("{word} {n}"), &format!("https://{source}.example.org/{word}/{n}"), "<p>Text.</p>", &at)
    });
    articles(&site.state.config(), source, &feed_of(entries.collect()), SEEN.parse().unwrap())
}

fn keep(site: &Site, source: &str, articles: Vec<Article>) {
    site.keep_articles(source, articles, SEEN.parse().unwrap());
}

/// Three sources with 480 articles, each with its own story; every tenth of 36kr passes the filter of the view.
async fn filled() -> Site {
    let site = Site::new().await;
    for part in 0..4 {
        keep(&site, "36kr", made(&site, "36kr", "kr", part * 100, 70));
        keep(&site, "byte", made(&site, "byte", "byte", part * 100 + 30, 40));
        keep(&site, "36kr", made(&site, "36kr", "AI", part * 100 + 75, 10));
    }
    // Much older than what was there before: such an article is in no live feed when it arrives.
    keep(&site, "byte", made(&site, "byte", "old", -500, 7));
    site.render();
    site
}

fn all(site: &Site) -> Vec<Article> {
    site.store.newest(None, None, 10_000).unwrap()
}

fn expected(site: &Site, view: &str) -> Vec<String> {
    let shows = |article: &Article| match view {
        "" => true,
        "/category/english" => article.source.as_str() == "byte",
        "/view/ai" => article.title.contains("AI"),
        _ => article.source.as_str() == "36kr",
    };
    all(site).into_iter().filter(shows).map(|article| article.title).collect()
}

#[tokio::test]
async fn p16_p1_walking_prev_archive_yields_each_article_of_every_feed_once() {
    let site = filled().await;
    for view in VIEWS {
        for file in ["feed.xml", "atom.xml", "feed.json"] {
            let walked = walk(&site, &format!("{view}/{file}")).await;
            assert_each_once(&walked, expected(&site, view));
            assert_eq!(walked[0].1.ids.len(), expected(&site, view).len().min(100), "{view}: the live feed is as full as before");
            assert_eq!(walked.len() > 1, expected(&site, view).len() > 100, "{view}: archives where something is left out");
        }
    }
}

#[tokio::test]
async fn p16_an_import_that_scatters_the_newest_over_thousands_of_arrivals_is_walked_once_too() {
    let site = Site::new().await;
    // A first poll of three sources with the same days: the newest of each arrive far apart.
    for source in ["36kr", "byte", "36krai"] {
        keep(&site, source, made(&site, source, source, 0, 1_100));
    }
    site.render();
    for view in ["", "/category/%E7%A7%91%E6%8A%80", "/source/byte"] {
        let walked = walk(&site, &format!("{view}/feed.xml")).await;
        let shows = |article: &Article| match view {
            "" => true,
            "/source/byte" => article.source.as_str() == "byte",
            _ => article.source.as_str() != "byte",
        };
        assert_each_once(&walked, all(&site).into_iter().filter(shows).map(|article| article.title));
        assert!(walked.iter().all(|(_, read)| read.ids.len() <= 1_500), "{view}: pages are bounded");
    }
}

#[tokio::test]
async fn p16_archives_stay_byte_for_byte_whatever_arrives_later() {
    let site = filled().await;
    let mut before = Vec::new();
    for view in VIEWS {
        for (path, _) in walk(&site, &format!("{view}/atom.xml")).await.into_iter().skip(1) {
            let answer = site.get(&path).await;
            before.push((path, header(&answer, "etag").to_owned(), answer.bytes().await.unwrap()));
        }
    }
    keep(&site, "36kr", made(&site, "36kr", "later", 1000, 330));
    keep(&site, "byte", made(&site, "byte", "older", -900, 150));
    site.render();
    for (path, tag, bytes) in before {
        let answer = site.get(&path).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "etag")), (200, tag.as_str()), "{path}");
        assert_eq!(answer.bytes().await.unwrap(), bytes, "{path}");
        assert_eq!(site.get_with(&path, &[("if-none-match", &tag)]).await.status(), 304, "{path}");
    }
    for view in VIEWS {
        assert_each_once(&walk(&site, &format!("{view}/feed.xml")).await, expected(&site, view));
    }
}

#[tokio::test]
async fn p16_full_pages_follow_one_another_and_the_next_one_is_the_feed_itself_until_it_is_full() {
    let site = filled().await;
    let read_page = async |page: &str| read(&format!("/atom.xml?page={page}"), &site.text(&format!("/atom.xml?page={page}")).await);
    let first = read_page("1").await;
    assert_eq!((first.ids.len(), first.links.get("prev-archive")), (100, None));
    assert_eq!(first.links["next-archive"], format!("{SITE}/atom.xml?page=2"));
    assert_eq!(read_page("2").await.links["prev-archive"], format!("{SITE}/atom.xml?page=1"));
    let last = read_page("4").await;
    let next = last.links["next-archive"].strip_prefix(SITE).unwrap().to_owned();
    let answer = site.get(&next).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "location"), header(&answer, "cache-control")), (307, "/atom.xml", "no-store"));
}

#[tokio::test]
async fn p16_what_retention_has_removed_is_gone_and_the_rest_stands_once() {
    let site = filled().await;
    // The first pages are emptied, others thinned.
    site.store.expire(None, "2024-01-01T03:00:00Z".parse().unwrap(), 10_000).unwrap();
    site.render();
    for view in VIEWS {
        assert_each_once(&walk(&site, &format!("{view}/atom.xml")).await, expected(&site, view));
    }
    assert_eq!(site.get("/atom.xml?page=1").await.status(), 200, "the address of an emptied page stays");
}

#[tokio::test]
async fn p16_a_revised_text_is_shown_in_the_archive_where_its_article_stood() {
    let site = filled().await;
    let path = "/atom.xml?page=1";
    let before = read(path, &site.text(path).await);
    let mut revised = all(&site).into_iter().find(|article| article.title == before.titles[10]).unwrap();
    (revised.title, revised.revision) = ("Corrected".into(), 1);
    revised.updated = "2024-02-25T00:00:00Z".parse().unwrap();
    let source = revised.source.to_string();
    site.add_articles(&source, vec![revised], "2024-02-25T00:00:00Z".parse().unwrap());
    let after = read(path, &site.text(path).await);
    assert_eq!(before.ids, after.ids, "the set of entries is the same");
    assert_eq!(after.titles[10], "Corrected");
}

fn told(mut article: Article, of: Option<&Article>) -> Article {
    let first = of.unwrap_or(&article);
    article.story = Some(Story { id: first.id, published: first.published, merge: None, kept_apart: false });
    article
}

/// `count` articles of a source, each the copy of one of `of` where given.
fn told_by(site: &Site, source: &str, word: &str, from: i64, count: i64, of: &[Article]) -> Vec<Article> {
    made(site, source, word, from, count).into_iter().enumerate().map(|(n, article)| told(article, of.get(n))).collect()
}

#[tokio::test]
async fn p16_a_story_of_several_sources_stands_once_where_its_first_copy_arrived() {
    let site = Site::new().await;
    let firsts = told_by(&site, "byte", "first", 0, 150, &[]);
    keep(&site, "byte", firsts.clone());
    keep(&site, "36kr", told_by(&site, "36kr", "copy", 10, 150, &firsts));
    keep(&site, "byte", told_by(&site, "byte", "between", 200, 900, &[]));
    keep(&site, "36krai", told_by(&site, "36krai", "again", 20, 150, &firsts));
    keep(&site, "36kr", told_by(&site, "36kr", "new", 2000, 120, &[]));
    site.render();
    let numbered = |word: &'static str, from: i64, count: i64| (from..from + count).map(move |n| format!("{word} {n}"));
    let merged = numbered("first", 0, 150).chain(numbered("between", 200, 900)).chain(numbered("new", 2000, 120));
    assert_each_once(&walk(&site, "/feed.xml").await, merged);
    // The category does not show the first copies: there a story stands where the first of its own two arrived, pages before the other.
    let category = numbered("copy", 10, 150).chain(numbered("new", 2000, 120));
    assert_each_once(&walk(&site, "/category/%E7%A7%91%E6%8A%80/feed.xml").await, category);
    assert_each_once(&walk(&site, "/source/36krai/feed.xml").await, numbered("again", 20, 150));
    // When the first copies have expired, those that are left tell their stories.
    let old: Vec<Place> = firsts.iter().map(Place::of).collect();
    site.store.expire(Some(&firsts[0].source), old[149].published + chrono::TimeDelta::seconds(1), 150).unwrap();
    site.render();
    let merged = numbered("copy", 10, 150).chain(numbered("between", 200, 900)).chain(numbered("new", 2000, 120));
    assert_each_once(&walk(&site, "/feed.xml").await, merged);
}

#[tokio::test]
async fn p16_pages_that_are_none_are_not_found_and_parts_of_a_page_are_refused() {
    let site = filled().await;
    let id = site.store_id("kr 0");
    let wrong = ["0", "7", "-1", "+1", "01", "1.5", "99999999999999999999", "x", "", "9999.0", "0.0", "1000000.5.0-0-x"].map(str::to_owned);
    for page in wrong.into_iter().chain([format!("9999.100.0-0-{id}"), format!("x.100.0-0-{id}")]) {
        for view in VIEWS {
            assert_eq!(site.get(&format!("{view}/feed.xml?page={page}")).await.status(), 404, "{view} {page}");
        }
    }
    assert_eq!(site.get("/source/nobody/feed.xml?page=1").await.status(), 404);
    for part in ["limit=5", "filter_title=a", "filterout_title=a"] {
        assert_eq!(site.get(&format!("/feed.xml?page=1&{part}")).await.status(), 400, "{part}");
        assert!(!site.text(&format!("/feed.xml?{part}")).await.contains("prev-archive"), "{part}: archives are those of the whole feed");
    }
    assert_eq!(site.text("/feed.xml?page=1&utm_source=x").await, site.text("/feed.xml?page=1").await);
}

#[tokio::test]
async fn p16_a_view_whose_filter_asks_for_the_age_has_no_archives() {
    let text = format!("{}[[view]]\nname = \"fresh\"\nfilter = 'age < 90 days'\n", super::kit::CONFIG);
    let site = Site::unready(&text).await;
    site.open();
    keep(&site, "36kr", made(&site, "36kr", "kr", 0, 250));
    site.render();
    assert!(!site.text("/view/fresh/feed.xml").await.contains("prev-archive"));
    assert_eq!(site.get("/view/fresh/feed.xml?page=1").await.status(), 404);
}

#[tokio::test]
async fn p7_a_feed_of_which_nothing_arrived_stays_byte_for_byte() {
    let site = filled().await;
    let before = site.text("/category/english/feed.xml").await;
    keep(&site, "36kr", made(&site, "36kr", "more", 3000, 30));
    site.render();
    assert!(before.contains("prev-archive"));
    assert_eq!(site.text("/category/english/feed.xml").await, before);
}

#[tokio::test]
async fn p16_shares_and_another_order_leave_nothing_out_of_the_archives() {
    let views =
        "[[view]]\nname = \"fair\"\nfilter = \"all\"\nper_source = 20\n[[view]]\nname = \"seen\"\nfilter = \"all\"\nsort = \"seen\"\n";
    let site = Site::unready(&format!("{}{views}", super::kit::CONFIG)).await;
    site.open();
    keep(&site, "36kr", made(&site, "36kr", "kr", 0, 530));
    keep(&site, "byte", made(&site, "byte", "byte", 400, 30));
    site.render();
    for view in ["/view/fair", "/view/seen"] {
        let walked = walk(&site, &format!("{view}/feed.xml")).await;
        assert_each_once(&walked[1..], all(&site).into_iter().map(|article| article.title));
    }
}

#[tokio::test]
async fn p16_undated_entries_of_one_poll_are_walked_once_each() {
    let site = Site::new().await;
    // A clock tells nanoseconds, an address microseconds; every undated entry of a poll has the poll's time.
    for (source, count, seen) in [("36kr", 330, "2024-02-20T00:00:00.123456789Z"), ("byte", 250, "2024-02-20T00:00:00.123456001Z")] {
        let undated = (0..count).map(|n| Entry {
            published: None,
            date_text: None,
            ..entry(&format!("{source} {n}"), &format!("https://{source}.example.org/{n}"), "<p>Text.</p>", SEEN)
        });
        let seen = seen.parse().unwrap();
        let articles = articles(&site.state.config(), source, &feed_of(undated.collect()), seen);
        assert!(articles.iter().all(|article| article.published == seen));
        site.keep_articles(source, articles, seen);
    }
    site.render();
    for view in VIEWS {
        for file in ["feed.xml", "atom.xml", "feed.json"] {
            assert_each_once(&walk(&site, &format!("{view}/{file}")).await, expected(&site, view));
        }
    }
}
