//! What is in the feeds: P1 to P6, P19.

use feedmill::model::{Body, BodyKind, Enclosure, Entry, Person};
use feedmill::pipeline::parse;

use super::kit::{Site, articles, entry, now};
use super::rules::{self, Node};
use crate::support::corpus;

const SITE: &str = "https://feeds.example.org";

/// Every feed of the site passes the rules of its format.
async fn assert_valid(site: &Site) {
    for view in ["", "/category/%E7%A7%91%E6%8A%80", "/category/english", "/source/36kr", "/source/36krai", "/source/byte", "/view/ai"] {
        let address = |file: &str| format!("{SITE}{view}/{file}");
        let wrong = [
            rules::rss(&site.text(&format!("{view}/feed.xml")).await, &address("feed.xml")),
            rules::atom(&site.text(&format!("{view}/atom.xml")).await, &address("atom.xml")),
            rules::json(&site.text(&format!("{view}/feed.json")).await, &address("feed.json")),
        ];
        assert!(wrong.iter().all(Vec::is_empty), "{view}: {wrong:#?}");
    }
}

#[tokio::test]
async fn p1_p4_p5_p6_every_feed_of_every_view_is_valid() {
    let site = Site::new().await;
    assert_valid(&site).await;
    site.fill();
    assert_valid(&site).await;
}

/// All documents of the corpus, in order.
fn corpus_files() -> Vec<std::path::PathBuf> {
    let folders = std::fs::read_dir(corpus().join("feeds")).unwrap().map(|folder| folder.unwrap().path()).filter(|folder| folder.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()));
    let mut files: Vec<_> = files.filter(|file| file.is_file()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn p2_any_document_as_upstream_leaves_the_output_valid() {
    let mut taken = 0;
    let files = corpus_files();
    // Three rounds, so that all of the corpus passes through feeds of bounded length.
    for round in files.chunks(files.len().div_ceil(3)) {
        let site = Site::new().await;
        for file in round {
            let bytes = std::fs::read(file).unwrap();
            let Ok(feed) = parse::parse(&bytes, None, "https://publisher.example.org/feed", &parse::ParseLimits::default()) else {
                continue;
            };
            let source = ["36kr", "36krai", "byte"][taken % 3];
            let mut found = articles(&site.state.config(), source, &feed, now());
            found.truncate(6);
            taken += found.len();
            site.keep_articles(source, found, now());
        }
        site.render();
        assert_valid(&site).await;
    }
    assert!(taken > 500, "{taken} articles of the corpus");
}

#[tokio::test]
async fn p19_what_xml_forbids_is_removed_and_addresses_are_absolute() {
    let site = Site::new().await;
    let mut odd = entry(
        "Bell\u{7} and\u{0} escape\u{1b}[1m \u{fffe}",
        "https://36kr.com/p/1 2|3",
        "<p>a\u{b}b ]]> <a href=\"../x\">c</a> <img src=\"//i.org/中.png\"></p>",
        "2024-02-18T09:00:00Z",
    );
    odd.authors = vec![Person { name: "张\u{1}三".into(), ..Person::default() }];
    odd.categories = vec!["a\u{2}b".into(), " ".into()];
    site.add("36kr", vec![odd], "2024-02-20T00:00:00Z");
    assert_valid(&site).await;
    let rss = Node::read(&site.text("/feed.xml").await);
    let item = rss.one("channel").unwrap().one("item").unwrap();
    assert_eq!(item.text_of("link"), "https://36kr.com/p/1%202%7C3");
    let body = item.text_of("content:encoded");
    assert!(body.contains("ab ]]&gt;") || body.contains("ab ]]>"), "{body}");
    assert!(body.contains("href=\"https://36kr.com/x\"") && body.contains("src=\"https://i.org/%E4%B8%AD.png\""), "{body}");
}

/// An entry with everything that a publisher can say.
fn full() -> Entry {
    Entry {
        authors: vec![
            Person { name: "张三".into(), email: Some("z@example.org".into()), url: Some("https://example.org/z".into()) },
            Person { name: "Ann & Co".into(), ..Person::default() },
        ],
        categories: vec!["大模型".into(), "A & B".into()],
        enclosures: vec![
            Enclosure {
                url: "https://media.example.org/a.mp3?x=1&y=2".into(),
                media_type: Some("audio/mpeg".into()),
                length_bytes: Some(12345),
                duration_seconds: Some(61),
                title: Some("Part <1>".into()),
            },
            Enclosure {
                url: "https://media.example.org/b".into(),
                media_type: None,
                length_bytes: None,
                duration_seconds: None,
                title: None,
            },
        ],
        bodies: vec![Body { kind: BodyKind::Html, text: "<p>Whole <b>text</b> &amp; more</p>".into() }],
        language: Some("zh-CN".into()),
        updated: Some("2024-02-18T11:00:00Z".parse().unwrap()),
        ..entry("Title & <more>", "https://36kr.com/p/9?a=1&b=2", "", "2024-02-18T09:00:00Z")
    }
}

#[tokio::test]
async fn p1_readers_read_back_titles_links_dates_ids_authors_and_files() {
    let site = Site::new().await;
    site.fill();
    site.add("36kr", vec![full()], "2024-02-20T00:00:00Z");
    let read = async |path: &str| feed_rs::parser::parse(site.text(path).await.as_bytes()).unwrap();
    let (rss, atom, json) = (read("/feed.xml").await, read("/atom.xml").await, read("/feed.json").await);
    assert_eq!(rss.entries.len(), 4);
    for (a, b, c) in rss.entries.iter().zip(&atom.entries).zip(&json.entries).map(|((a, b), c)| (a, b, c)) {
        let titles = [a, b, c].map(|entry| entry.title.as_ref().unwrap().content.clone());
        assert!(titles.iter().all(|title| *title == titles[0]), "{titles:?}");
        let links = [a, b, c]
            .map(|entry| entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate")).unwrap().href.clone());
        assert!(links.iter().all(|link| *link == links[0]), "{links:?}");
        let ids = [a, b, c].map(|entry| entry.id.clone());
        assert!(ids.iter().all(|id| *id == ids[0] && id.starts_with("urn:uuid:")), "{ids:?}");
        let dates = [a, b, c].map(|entry| entry.published.unwrap());
        assert!(dates.iter().all(|date| *date == dates[0]), "{dates:?}");
    }
    let of =
        |feed: &feed_rs::model::Feed| feed.entries.iter().find(|entry| entry.title.as_ref().unwrap().content == "Title & <more>").cloned();
    for (name, feed) in [("rss", &rss), ("atom", &atom), ("json", &json)] {
        let entry = of(feed).unwrap_or_else(|| panic!("{name}: {:?}", feed.entries.iter().map(|entry| &entry.title).collect::<Vec<_>>()));
        assert_eq!(entry.published.unwrap().to_rfc3339(), "2024-02-18T09:00:00+00:00", "{name}");
        let names: Vec<_> = entry.authors.iter().map(|person| person.name.as_deref().unwrap_or_default()).collect();
        assert_eq!(names, ["张三", "Ann & Co"], "{name}");
        let terms: Vec<_> = entry.categories.iter().map(|category| category.term.as_str()).collect();
        assert_eq!(terms, ["大模型", "A & B"], "{name}");
    }
    assert_eq!(atom.updated.unwrap(), atom.entries.iter().filter_map(|entry| entry.updated).max().unwrap());
    let files = |text: &str, name: &str| text.matches(name).count();
    assert_eq!(
        files(
            &site.text("/feed.xml").await,
            "<enclosure url=\"https://media.example.org/a.mp3?x=1&amp;y=2\" length=\"12345\" type=\"audio/mpeg\"/>"
        ),
        1
    );
    assert_eq!(files(&site.text("/atom.xml").await, "rel=\"enclosure\""), 2);
    assert_eq!(files(&site.text("/feed.json").await, "\"size_in_bytes\":12345,\"duration_in_seconds\":61"), 1);
}

#[tokio::test]
async fn p3_ids_survive_a_change_of_address_of_the_site_and_of_the_link_to_https() {
    let old = Site::new().await;
    old.fill();
    let moved = Site::unready(&super::kit::CONFIG.replace("https://feeds.example.org", "http://new.example.org:8080/sub")).await;
    moved.open();
    moved.fill();
    let ids = |xml: String| Node::read(&xml).all("entry").map(|entry| entry.text_of("id").to_owned()).collect::<Vec<_>>();
    let before = ids(old.text("/atom.xml").await);
    assert_eq!((before.len(), &before), (3, &ids(moved.text("/atom.xml").await)));
}

#[tokio::test]
async fn p6_an_article_of_two_sources_stands_once_in_merged_feeds_and_in_each_feed_of_its_own() {
    let site = Site::new().await;
    site.fill();
    let titles = async |path: &str| {
        Node::read(&site.text(path).await).all("entry").map(|entry| entry.text_of("title").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles("/atom.xml").await, ["Second", "大模型 & AI", "Byte"]);
    assert_eq!(titles("/category/%E7%A7%91%E6%8A%80/atom.xml").await, ["Second", "大模型 & AI"]);
    assert_eq!(titles("/source/36kr/atom.xml").await, ["Second", "大模型 & AI"]);
    assert_eq!(titles("/source/36krai/atom.xml").await, ["大模型 & AI"]);
    let merged = Node::read(&site.text("/atom.xml").await);
    let entry = merged.all("entry").find(|entry| entry.text_of("title").starts_with('大')).unwrap();
    assert_eq!(entry.all("link").filter(|link| link.attribute("rel") == Some("related")).count(), 1);
    assert!(entry.text_of("content").contains("另见："), "{}", entry.text_of("content"));
    // In the elements of the other formats too, and in no feed of a single source.
    let rss = Node::read(&site.text("/feed.xml").await);
    let item = rss.one("channel").unwrap().all("item").find(|item| item.text_of("title").starts_with('大')).unwrap();
    let related: Vec<_> = item.all("atom:link").filter(|link| link.attribute("rel") == Some("related")).collect();
    assert!(related.len() == 1 && related[0].attribute("href") == Some("https://www.36kr.com/p/1"), "{related:?}");
    let json: serde_json::Value = serde_json::from_str(&site.text("/feed.json").await).unwrap();
    let also: Vec<_> = json["items"].as_array().unwrap().iter().filter_map(|item| item["_feedmill"]["also_at"].as_array()).collect();
    assert!(also.len() == 1 && also[0].len() == 1 && also[0][0]["url"].as_str() == related[0].attribute("href"), "{also:?}");
    assert!(!site.text("/source/36kr/feed.xml").await.contains("related"));
}
