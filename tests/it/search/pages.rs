//! What readers get of the search, from a server over real sockets.

use std::sync::Arc;

use feedmill::search::Search;
use feedmill::store::Store;

use crate::serving::kit::{Site, entry, header, only_our_script};

/// A server whose articles can be searched.
struct Searched {
    site: Site,
    search: Arc<Search>,
    _folder: tempfile::TempDir,
}

impl Searched {
    async fn new() -> Self {
        let site = Site::new().await;
        let folder = tempfile::tempdir().unwrap();
        let search = Arc::new(Search::new(folder.path(), Arc::default()));
        site.state.open_search(Arc::clone(&search));
        site.fill();
        site.add(
            "byte",
            vec![
                entry(
                    "OpenAI ships a language model",
                    "https://byte.example.org/2",
                    "<p>Language models, <b>new</b> ones.</p>",
                    "2024-02-21T09:00:00Z",
                ),
                entry(
                    "<script>alert(1)</script> & markup",
                    "https://byte.example.org/3",
                    "<p>Zebra &lt;script&gt; here</p>",
                    "2024-02-22T09:00:00Z",
                ),
            ],
            "2024-02-23T00:00:00Z",
        );
        let searched = Self { site, search, _folder: folder };
        searched.follow();
        searched
    }

    fn follow(&self) {
        self.search.follow(&*self.site.store as &dyn Store, &mut |_| true).unwrap();
    }

    async fn page(&self, query: &str) -> String {
        self.site.text(&format!("/search?lang=en&q={}", encoded(query))).await
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn words_are_found_and_marked_in_title_and_text() {
    let site = Searched::new().await;
    let page = site.page("大模型").await;
    assert!(page.contains("<mark>大模型</mark> &amp; AI"), "{page}");
    assert!(page.contains("Also at: "), "copies of a story stand under it");
    let page = site.page("models").await;
    assert!(page.contains("ships a language <mark>model</mark>") && page.contains("Language <mark>models</mark>, new ones."), "{page}");
    assert!(site.page("\"language model\" -zebra").await.contains("1 article"));
    assert!(site.page("source:byte after:2024-02-20 sort:date").await.contains("2 articles"));
    assert!(only_our_script(&page) && !page.contains("style="));
    let chinese = site.site.get_with("/search?q=zebra", &[("accept-language", "zh")]).await.text().await.unwrap();
    assert!(chinese.contains("找到 1 篇文章"), "{chinese}");
}

#[tokio::test]
async fn a_character_or_a_part_of_a_word_is_found_and_marked_inside_of_it() {
    let site = Searched::new().await;
    for (query, marked) in
        [("模", "大<mark>模</mark>型 &amp; AI"), ("型", "大模<mark>型</mark> &amp; AI"), ("title:型", "大模<mark>型</mark> &amp; AI")]
    {
        let page = site.page(query).await;
        assert!(page.contains(marked), "{query}: {page}");
    }
    let feed = site.site.text("/search/feed.xml?q=%E6%A8%A1").await;
    assert_eq!(rss::Channel::read_from(feed.as_bytes()).unwrap().items().len(), 1);
}

#[tokio::test]
async fn each_character_of_real_chinese_articles_finds_them() {
    let site = Searched::new().await;
    let mut entries = Vec::new();
    for file in std::fs::read_dir(crate::support::corpus().join("feeds/chinese")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let feed = feedmill::pipeline::parse::parse(&bytes, None, "https://36kr.com/feed", &Default::default());
        entries.extend(feed.into_iter().flat_map(|feed| feed.entries.into_iter().take(1)));
    }
    entries.retain(|entry| entry.title.is_some());
    let titles: Vec<String> = entries.iter().filter_map(|entry| entry.title.clone()).collect();
    let seen = "2024-02-25T00:00:00Z".parse().unwrap();
    let articles = crate::serving::kit::articles(&site.site.state.config(), "36kr", &crate::serving::kit::feed_of(entries), seen);
    site.site.add_articles("36kr", articles, seen);
    site.follow();
    let zone = chrono::FixedOffset::east_opt(0).unwrap();
    let mut asked = 0;
    for title in &titles {
        let title = title.trim();
        for text in title.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)) {
            let query = feedmill::search::Query::parse(&format!("title:{text}"), seen, zone).unwrap();
            let wanted = feedmill::search::Wanted { query: &query, sources: &[], sort: None, skip: 0, limit: 1_000 };
            let answer = site.search.answer(&*site.site.store as &dyn Store, &wanted, &|article| article).unwrap();
            assert!(answer.hits.iter().any(|hit| hit.article.title == *title), "{text} of {title}");
            assert!(answer.hits.iter().all(|hit| hit.title.iter().any(|piece| piece.marked)), "{text}: all that is found is marked");
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

#[tokio::test]
async fn what_was_asked_and_what_was_found_cannot_become_markup() {
    let site = Searched::new().await;
    for query in ["\"><script>alert(1)</script>", "zebra <script>", "alert", "'onmouseover='x", "souce:<b>", "a\u{0}b"] {
        let page = site.page(query).await;
        assert!(only_our_script(&page) && !page.contains("<b>"), "{query}: {page}");
    }
    assert!(site.page("zebra").await.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; markup"));
}

#[tokio::test]
async fn a_mistake_is_told_with_its_place_and_nothing_found_with_a_reason() {
    let site = Searched::new().await;
    let page = site.page("zebra souce:byte").await;
    assert!(page.contains("did you mean source:?") && page.contains("zebra <mark>souce:</mark>byte"), "{page}");
    let page = site.page("model (a").await;
    assert!(page.contains("never closed"), "{page}");
    let page = site.page("nothingofthatkind source:bite").await;
    assert!(page.contains("Nothing was found among 6 articles") && page.contains("did you mean <code>byte</code>?"), "{page}");
    let empty = site.site.text("/search?lang=zh").await;
    assert!(empty.contains("搜索的写法") && empty.contains("type=\"search\""));
}

#[tokio::test]
async fn s17_a_query_of_thousands_of_words_or_bytes_is_refused_in_words() {
    let site = Searched::new().await;
    assert!(site.page(&"word ".repeat(190)).await.contains("at most 40 words"));
    assert!(site.page(&"a".repeat(2_000)).await.contains("at most 1000 bytes"));
    assert!(site.page(&"人工智能发展".repeat(50)).await.contains("at most 40 words"));
    assert!(site.page(&"(".repeat(900)).await.contains("deep"));
    assert_eq!(site.site.get(&format!("/search?q={}", "a".repeat(9_000))).await.status(), 414);
    assert!(site.page("zebra&page=99999999999999999999").await.contains("class=\"found\""));
    assert_eq!(site.site.get("/search?q=zebra&page=50&lang=en").await.status(), 200);
}

#[tokio::test]
async fn the_search_is_a_feed_in_three_formats_and_the_page_says_so() {
    let site = Searched::new().await;
    let page = site.page("language model").await;
    for part in ["href=\"/search/feed.xml?q=language%20model\"", "https://feeds.example.org/search/atom.xml?q=language%20model"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let rss = site.site.text("/search/feed.xml?q=language%20model").await;
    let channel = rss::Channel::read_from(rss.as_bytes()).unwrap();
    assert_eq!(channel.items().len(), 1);
    assert!(channel.title().starts_with("language model"));
    assert!(rss.contains("rel=\"self\"") && rss.contains("/search/feed.xml?q=language%20model"), "{rss}");
    let atom = site.site.text("/search/atom.xml?q=lang:en%20OR%20source:byte").await;
    let feed: atom_syndication::Feed = atom.parse().unwrap();
    let titles: Vec<&str> = feed.entries().iter().map(|entry| entry.title().as_str()).collect();
    assert_eq!(titles.len(), 3);
    assert!(titles[0].contains("markup") && titles[2] == "Byte", "the newest first: {titles:?}");
    let json: serde_json::Value = serde_json::from_str(&site.site.text("/search/feed.json?q=%E5%A4%A7%E6%A8%A1%E5%9E%8B").await).unwrap();
    assert_eq!(json["items"].as_array().unwrap().len(), 1, "each story once");
    let first = site.site.get("/search/feed.xml?q=zebra").await;
    let tag = header(&first, "etag").to_owned();
    assert_eq!(header(&first, "content-type"), "application/rss+xml; charset=utf-8");
    assert_eq!(site.site.get_with("/search/feed.xml?q=zebra", &[("if-none-match", &tag)]).await.status(), 304);
    let wrong = site.site.get("/search/feed.xml?q=(").await;
    assert_eq!(wrong.status(), 400);
    assert_eq!(site.site.get("/search/feed.xml").await.status(), 400);
    let browser = [("accept", "text/html"), ("accept-language", "zh")];
    let page = site.site.get_with("/search/feed.xml?q=(", &browser).await.text().await.unwrap();
    assert!(page.contains("<html lang=\"zh-CN\">") && page.contains("括号"), "{page}");
    assert_eq!(site.site.get("/search/other.xml?q=a").await.status(), 404);
}

#[tokio::test]
async fn an_index_that_is_not_ready_is_said_so_and_no_feed_is_empty_silently() {
    let site = Site::new().await;
    site.fill();
    let page = site.text("/search?q=Byte&lang=en").await;
    assert!(page.contains("is being opened"), "{page}");
    assert_eq!(site.get("/search/feed.xml?q=Byte").await.status(), 503);
    let folder = tempfile::tempdir().unwrap();
    let search = Arc::new(Search::new(folder.path(), Arc::default()));
    site.state.open_search(Arc::clone(&search));
    let entries = (0..600).map(|number| {
        entry(&format!("Number {number}"), &format!("https://byte.example.org/n/{number}"), "<p>many</p>", "2024-02-20T00:00:00Z")
    });
    site.add("byte", entries.collect(), "2024-02-23T00:00:00Z");
    search.follow(&*site.store as &dyn Store, &mut |_| false).unwrap();
    let page = site.text("/search?q=many&lang=en").await;
    assert!(page.contains("is being made: 0 % is done"), "{page}");
    let building = site.get("/search/feed.xml?q=many").await;
    assert_eq!((building.status().as_u16(), header(&building, "retry-after")), (503, "60"));
    search.follow(&*site.store as &dyn Store, &mut |_| true).unwrap();
    let page = site.text("/search?q=many&lang=en").await;
    assert!(page.contains("600 articles") && page.contains("1 / 30") && !page.contains("is being made"), "{page}");
    assert!(site.text("/search?q=many&lang=en&page=30").await.contains("30 / 30"));
    assert_eq!(site.get("/search/feed.xml?q=many").await.status(), 200);
}

#[tokio::test]
async fn a_search_that_is_switched_off_says_so() {
    let site = Site::unready(&format!("{}\n[search]\nenabled = false\n", crate::serving::kit::CONFIG)).await;
    site.open();
    assert!(site.text("/search?q=a&lang=en").await.contains("switched off"));
    assert_eq!(site.get("/search/feed.xml?q=a").await.status(), 404);
    assert!(!site.text("/").await.contains("href=\"/search\""));
}
