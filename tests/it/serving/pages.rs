//! The pages for people.

use feedmill::model::{Outcome, SourceName};
use feedmill::store::Store;

use super::kit::{CONFIG, Site, entry, header, only_our_script};

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
    assert!(only_our_script(&page) && !page.contains("style="), "no script, no inline style");
    assert!(site.text("/category/english/").await.contains("Byte"));
    assert!(!site.text("/category/english/").await.contains("Second"));
    assert!(site.text("/source/36krai/").await.contains("大模型"));
    assert!(site.text("/view/ai/").await.contains("AI &amp; &lt;you&gt;"));
}

#[tokio::test]
async fn p15_pictures_can_be_switched_off_and_then_nothing_is_asked_of_others() {
    let shown = |page: &str| (page.contains("<img class=\"cover\""), page.contains("class=\"body plain\""));
    for images in [true, false] {
        let site = Site::unready(&CONFIG.replace("[site]\n", &format!("[site]\nimages = {images}\n"))).await;
        site.open();
        site.fill();
        let article = format!("/article/{}", site.store_id("Second"));
        for path in ["/", &article, "/status", "/feed.xml", "/nothing"] {
            let answer = site.get(path).await;
            let policy = header(&answer, "content-security-policy").to_owned();
            assert_eq!(policy.contains('*'), images, "{path}: {policy}");
            assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        }
        assert_eq!(shown(&site.text("/").await), (images, false));
        assert_eq!(shown(&site.text(&article).await), (false, !images));
        assert!(site.text("/feed.json").await.contains("i.png"), "readers of feeds choose for themselves");
    }
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
    assert_eq!(header(&english, "vary"), "Accept-Encoding, Accept-Language, Cookie");
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
    assert_eq!(numbers_of_the_river(&site).await, (0..95).rev().collect::<Vec<_>>());
}

/// The numbers of the articles on a river's pages, from the first to the last.
async fn numbers_of_the_river(site: &Site) -> Vec<u32> {
    let (mut path, mut seen) = ("/".to_owned(), Vec::new());
    let number = regex::Regex::new(r">Number (\d+)\.<").unwrap();
    let next = regex::Regex::new(r#"rel="next" href="([^"]+)""#).unwrap();
    for _ in 0..5 {
        let page = site.text(&path).await;
        seen.extend(number.captures_iter(&page).map(|found| found[1].parse::<u32>().unwrap()));
        let Some(found) = next.captures(&page) else { break };
        path = found[1].replace("&amp;", "&");
    }
    seen
}

#[tokio::test]
async fn undated_articles_of_one_poll_are_all_in_the_river() {
    let site = Site::new().await;
    let undated = |n| feedmill::model::Entry {
        published: None,
        date_text: None,
        ..entry(&format!("Number {n:03}."), &format!("https://36kr.com/n/{n}"), "<p>x</p>", "2024-01-01T00:00:00Z")
    };
    // A clock tells nanoseconds, and all of them have the poll's time.
    site.add("36kr", (0..95).map(undated).collect(), "2024-02-20T00:00:00.123456789Z");
    let mut seen = numbers_of_the_river(&site).await;
    seen.sort_unstable();
    assert_eq!(seen, (0..95).collect::<Vec<_>>());
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
        assert!(only_our_script(&page), "{path}: {page}");
        let page = page.replace("<script src=\"/script.js\"></script>", "");
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

#[tokio::test]
async fn a_river_is_narrowed_by_language_and_tag_and_its_feed_is_exactly_what_is_shown() {
    let site = Site::new().await;
    let mut tagged = Vec::new();
    for number in 0..60 {
        let mut one =
            entry(&format!("N{number}"), &format!("https://36kr.com/n/{number}"), "<p>x</p>", &format!("2024-02-18T09:{number:02}:00Z"));
        one.language = Some(if number % 2 == 0 { "zh-CN" } else { "en" }.into());
        one.categories = vec![if number % 3 == 0 { "AI & co" } else { "Other" }.into()];
        tagged.push(one);
    }
    site.add("36kr", tagged, "2024-02-20T00:00:00Z");
    let page = site.text("/?lang=en").await;
    assert!(page.contains("href=\"/?language=zh\"") && page.contains(">Chinese</a>"), "{page}");
    assert!(page.contains("href=\"/?tag=AI%20%26%20co\""), "{page}");
    let query = "language=zh&tag=AI%20%26%20co";
    let page = site.text(&format!("/?{query}&lang=en")).await;
    let shown = |text: &str| (0..60).filter(|number| text.contains(&format!(">N{number}<"))).collect::<Vec<_>>();
    assert_eq!(shown(&page), (0..60).step_by(6).collect::<Vec<_>>());
    let escaped = query.replace('&', "&amp;");
    assert!(page.contains(&format!("https://feeds.example.org/feed.xml?{escaped}")), "the addresses to subscribe to");
    assert!(page.contains(&format!("<code>https://feeds.example.org/atom.xml?{escaped}</code>")));
    assert!(
        page.contains("<link rel=\"alternate\" type=\"application/rss+xml\"") && page.contains(&format!("href=\"/feed.xml?{escaped}\""))
    );
    assert!(page.contains(&format!("?lang=zh&amp;{escaped}")), "the switch of language keeps it");
    assert!(page.contains("href=\"/category/%E7%A7%91%E6%8A%80/?language=zh&amp;tag="), "and so do the categories");
    let feed = rss::Channel::read_from(site.text(&format!("/feed.xml?{query}")).await.as_bytes()).unwrap();
    assert_eq!(feed.items().len(), 10);
    let json: serde_json::Value = serde_json::from_str(&site.text("/category/%E7%A7%91%E6%8A%80/feed.json?language=en").await).unwrap();
    assert_eq!(
        (json["items"].as_array().unwrap().len(), json["feed_url"].as_str().unwrap().ends_with("feed.json?language=en")),
        (30, true)
    );
    // A page further it is still narrowed.
    let page = site.text("/?tag=other&lang=en").await;
    assert_eq!(shown(&page).len(), 30);
    let next = page.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    assert!(next.contains("&tag=other"), "{next}");
    assert_eq!(shown(&site.text(&next).await).len(), 10);
    let none = site.text("/?tag=nothing&lang=en").await;
    assert!(none.contains("no such articles") && none.contains("/search?q=tag%3Anothing&amp;sort=date"), "{none}");
    assert_eq!(rss::Channel::read_from(site.text("/feed.xml?tag=nothing").await.as_bytes()).unwrap().items().len(), 0);
}

#[tokio::test]
async fn the_page_of_an_article_says_why_it_is_here() {
    let site = Site::new().await;
    site.fill();
    let id = site.store_id("Second");
    let page = site.text(&format!("/article/{id}?lang=en")).await;
    for part in [
        "Why it is here",
        "36kr, in 科技",
        "its guid <code>https://36kr.com/p/2</code>",
        "href=\"/category/%E7%A7%91%E6%8A%80/feed.xml\"",
        &id,
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let id = site.store_id("大模型 & AI");
    let page = site.text(&format!("/article/{id}?lang=zh")).await;
    assert!(page.contains("为什么在这里") && page.contains("地址或 guid 相同") && page.contains("feedmill unmerge"), "{page}");
}

#[tokio::test]
async fn troubles_of_the_daemons_own_are_a_feed_that_no_other_feed_holds() {
    let site = Site::new().await;
    site.fill();
    let mut state =
        feedmill::model::SourceState::fresh(SourceName::new("36kr").unwrap(), "https://36kr.com/feed".into(), super::kit::now());
    state.outcome =
        Some(Outcome::Failed("https://36kr.com/feed answered 404; if the feed has moved, put its new address into feeds.toml".into()));
    state.failures = 3;
    let plan = |state: &feedmill::model::SourceState| super::kit::plan_of(state.clone(), super::kit::now());
    site.store.apply(&[plan(&state)]).unwrap();
    assert!(site.state.look_for_troubles(&*site.store).unwrap().is_some());
    assert!(site.state.look_for_troubles(&*site.store).unwrap().is_none(), "told once");
    let channel = rss::Channel::read_from(site.text("/status/feed.xml").await.as_bytes()).unwrap();
    let [one] = channel.items() else { panic!("{channel:?}") };
    assert_eq!(one.title(), Some("36kr 连续抓取失败"));
    assert!(one.description().unwrap().contains("返回 404"), "{one:?}");
    site.clock.advance(std::time::Duration::from_secs(3600));
    (state.outcome, state.failures) = (Some(Outcome::Changed), 0);
    site.store.apply(&[plan(&state)]).unwrap();
    assert!(site.state.look_for_troubles(&*site.store).unwrap().is_some());
    let feed: atom_syndication::Feed = site.text("/status/atom.xml").await.parse().unwrap();
    let titles: Vec<&str> = feed.entries().iter().map(|entry| entry.title().as_str()).collect();
    assert_eq!(titles, ["36kr 已恢复", "36kr 连续抓取失败"]);
    assert_eq!(feed.entries()[1].id(), one.guid().unwrap().value(), "ids stay, in every format");
    assert!(site.text("/status").await.contains("href=\"/status/feed.xml\""));
    assert!(!site.text("/feed.xml").await.contains("已恢复"));
    assert_eq!(site.get("/status/none.xml").await.status(), 404);
}
