//! The pages for people.

use feedmill::model::poll::VerdictCounts;
use feedmill::model::{Outcome, PollPlan, SourceName};
use feedmill::store::Store;

use super::kit::{Site, entry};

#[tokio::test]
async fn the_river_shows_the_newest_by_day_with_source_time_summary_and_addresses() {
    let site = Site::new().await;
    site.fill();
    let page = site.text("/?lang=en").await;
    for part in [
        "Monday, 19 February 2024",
        "Sunday, 18 February 2024",
        "Second",
        "大模型 &amp; AI",
        "https://feeds.example.org/feed.xml",
        "https://feeds.example.org/feed.json",
        "Also at: ",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(page.find("Second") < page.find("Byte"), "newest first");
    assert!(!page.contains("<script") && !page.contains("style="), "no script, no inline style");
    assert!(site.text("/category/english/").await.contains("Byte"));
    assert!(!site.text("/category/english/").await.contains("Second"));
    assert!(site.text("/source/36krai/").await.contains("大模型"));
    assert!(site.text("/view/ai/").await.contains("AI &amp; &lt;you&gt;"));
}

#[tokio::test]
async fn p17_pages_name_their_feeds_to_the_browser() {
    let site = Site::new().await;
    site.fill();
    let page = site.text("/").await;
    for (kind, path) in
        [("application/rss+xml", "/feed.xml"), ("application/atom+xml", "/atom.xml"), ("application/feed+json", "/feed.json")]
    {
        assert!(page.contains(&format!("<link rel=\"alternate\" type=\"{kind}\"")) && page.contains(&format!("href=\"{path}\"")), "{kind}");
    }
    assert!(site.text("/category/%E7%A7%91%E6%8A%80/").await.contains("href=\"/category/%E7%A7%91%E6%8A%80/atom.xml\""));
}

#[tokio::test]
async fn the_language_is_the_readers_and_can_be_switched() {
    let site = Site::new().await;
    site.fill();
    let english = site.get_with("/", &[("accept-language", "en-GB,en;q=0.9")]).await;
    assert_eq!(super::kit::header(&english, "vary"), "Accept-Encoding, Accept-Language");
    assert!(english.text().await.unwrap().contains("<html lang=\"en\">"));
    assert!(site.text("/").await.contains("<html lang=\"zh-CN\">"), "the site's own language");
    let switched = site.get_with("/?lang=zh", &[("accept-language", "en")]).await;
    assert!(switched.text().await.unwrap().contains("2024年2月19日 星期一"));
}

#[tokio::test]
async fn older_articles_are_a_page_further_and_none_is_lost_between() {
    let site = Site::new().await;
    let entries = (0..95).map(|n| {
        entry(
            &format!("Number {n:03}."),
            &format!("https://36kr.com/n/{n}"),
            "<p>x</p>",
            &format!("2024-01-{:02}T{:02}:00:00Z", 1 + n / 24, n % 24),
        )
    });
    site.add("36kr", entries.collect(), "2024-02-20T00:00:00Z");
    let (mut path, mut seen) = ("/".to_owned(), Vec::new());
    let number = regex::Regex::new(r">Number (\d+)\.<").unwrap();
    let next = regex::Regex::new(r#"rel="next" href="([^"]+)""#).unwrap();
    for _ in 0..5 {
        let page = site.text(&path).await;
        seen.extend(number.captures_iter(&page).map(|found| found[1].parse::<u32>().unwrap()));
        let Some(found) = next.captures(&page) else { break };
        path = found[1].replace("&amp;", "&");
    }
    assert_eq!(seen, (0..95).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn s8_a_hostile_article_is_harmless_on_every_page() {
    let site = Site::new().await;
    let html = r#"<p onclick="alert(1)" style="position:fixed">x</p><script>alert(1)</script><a href="javascript:alert(1)">y</a><iframe srcdoc="<script>alert(1)</script>"></iframe>"#;
    site.add(
        "36kr",
        vec![entry("<script>alert(1)</script>Title", "https://36kr.com/p/1\"><script>", html, "2024-02-18T09:00:00Z")],
        "2024-02-20T00:00:00Z",
    );
    let id = site.store.newest(None, None, 1).unwrap()[0].id;
    for path in ["/".to_owned(), "/source/36kr/".into(), format!("/article/{id}")] {
        let page = site.text(&path).await.to_ascii_lowercase();
        for bad in ["<script", "onclick", "javascript:", "srcdoc", "style="] {
            assert!(!page.contains(bad), "{bad} in {path}: {page}");
        }
    }
}

#[tokio::test]
async fn an_article_has_a_page_and_a_markdown_file() {
    let site = Site::new().await;
    site.fill();
    let id = site.store_id("Second");
    let page = site.text(&format!("/article/{id}?lang=en")).await;
    assert!(
        page.contains("<h1>Second</h1>") && page.contains("src=\"https://36kr.com/i.png\"") && page.contains("Read the original"),
        "{page}"
    );
    let file = site.text(&format!("/article/{id}.md")).await;
    assert!(file.starts_with("---\ntitle: 'Second'\ncategories: ['科技', '36kr']\n"), "{file}");
    assert!(file.ends_with("[原文](https://36kr.com/p/2)\n</div>\n\n"), "{file}");
}

#[tokio::test]
async fn the_list_of_sources_tells_no_secret() {
    let site = Site::new().await;
    site.fill();
    for path in ["/opml.xml", "/feed.xml", "/atom.xml", "/feed.json", "/"] {
        assert!(!site.text(path).await.contains("very-secret"), "{path}");
    }
    let opml = site.text("/opml.xml").await;
    assert!(
        opml.contains(r#"xmlUrl="https://36kr.com/feed""#) && opml.contains(r#"xmlUrl="https://feeds.example.org/source/byte/feed.xml""#),
        "{opml}"
    );
    assert!(opml.contains(r#"<outline text="科技" title="科技">"#), "{opml}");
}

#[tokio::test]
async fn the_status_page_says_how_each_source_is_and_keeps_secrets() {
    let site = Site::new().await;
    site.fill();
    let failed = |source: &str, why: &str| {
        let mut state = site.store.source_state(&SourceName::new(source).unwrap()).unwrap().unwrap();
        state.outcome = Some(Outcome::Failed(why.into()));
        (state.failures, state.polls, state.polls_failed) = (3, 10, 4);
        let plan = PollPlan {
            source: state.source.clone(),
            at: super::kit::now(),
            state,
            articles: Vec::new(),
            originals: Vec::new(),
            sightings: Vec::new(),
            rejects: Vec::new(),
            counts: VerdictCounts::default(),
        };
        site.store.apply(&[plan]).unwrap();
    };
    failed("36kr", "https://36kr.com/feed answered 503 <b>");
    failed("byte", "https://byte.example.org/feed?token=very-secret answered 404");
    let page = site.text("/status?lang=en").await;
    for part in [
        "3 in a row: https://36kr.com/feed answered 503 &lt;b&gt;",
        "the log says why",
        "36krai",
        "<dt>articles</dt><dd>4</dd>",
        "<svg class=\"chart\" role=\"img\"",
        "<dt>of them failed</dt><dd>8</dd>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("very-secret"), "{page}");
    let rows: Vec<_> = ["byte/\">", "36krai/\">"].iter().map(|name| page.find(name).unwrap()).collect();
    assert!(rows.is_sorted(), "those in trouble come first");
}

#[tokio::test]
async fn an_article_leads_to_its_neighbours() {
    let site = Site::new().await;
    site.fill();
    let page = site.text(&format!("/article/{}?lang=en", site.store_id("Byte"))).await;
    assert!(page.contains("← Newer") && !page.contains("Older →"), "{page}");
    let page = site.text(&format!("/article/{}?lang=en", site.store_id("Second"))).await;
    assert!(!page.contains("← Newer") && page.contains("Older →"), "{page}");
}

#[tokio::test]
async fn an_article_names_its_copies_with_links_whichever_of_them_is_read() {
    let site = Site::new().await;
    let made = |source: &str, name: &str, date: &str| {
        let link = format!("https://{source}.example.org/{name}");
        let feed = super::kit::feed_of(vec![entry(&format!("{name} of {source}"), &link, "<p>Text.</p>", date)]);
        super::kit::articles(&site.state.config(), source, &feed, "2024-02-20T00:00:00Z".parse().unwrap()).remove(0)
    };
    let of = |article: feedmill::model::Article, first: &feedmill::model::Article| {
        let story = feedmill::model::Story { id: first.id, published: first.published, merge: None, kept_apart: false };
        feedmill::model::Article { story: Some(story), ..article }
    };
    let first = made("36kr", "One", "2024-02-18T09:00:00Z");
    let copies = [
        of(first.clone(), &first),
        of(made("36krai", "Two", "2024-02-18T11:00:00Z"), &first),
        of(made("byte", "Three", "2024-02-20T11:00:00Z"), &first),
    ];
    for copy in &copies {
        site.keep_articles(copy.source.as_str(), vec![copy.clone()], copy.first_seen);
    }
    let other = made("byte", "Other", "2024-02-18T09:30:00Z");
    site.add_articles("byte", vec![of(other.clone(), &other)], other.first_seen);
    for read in &copies {
        let page = site.text(&format!("/article/{}?lang=en", read.id)).await;
        let also = page.split_once("Also at: ").unwrap_or_else(|| panic!("{page}")).1.split("</p>").next().unwrap();
        for copy in &copies {
            let named = also.contains(&format!("/article/{}", copy.id)) && also.contains(copy.link.as_deref().unwrap());
            assert_eq!(named, copy.id != read.id, "{} on the page of {}: {also}", copy.title, read.title);
        }
        assert!(!also.contains(&other.id.to_string()));
    }
    assert!(site.text(&format!("/article/{}", first.id)).await.contains("另见："));
    assert!(!site.text(&format!("/article/{}", other.id)).await.contains("另见："));
}
