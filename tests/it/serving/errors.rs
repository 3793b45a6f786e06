//! What went wrong, as a person reads it: in the reader's language, naming what is wrong, with a way on.

use super::kit::{CONFIG, Site, header, only_our_script};

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn page(site: &Site, path: &str, more: &[(&str, &str)]) -> (u16, String) {
    let mut headers = vec![("accept", BROWSER)];
    headers.extend(more);
    let answer = site.get_with(path, &headers).await;
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8", "{path}");
    assert!(header(&answer, "content-security-policy").starts_with("default-src 'none'"), "{path}");
    assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert!(only_our_script(&text) && text.contains("href=\"/style.css\"") && text.contains("href=\"/\""), "{path}: {text}");
    (status, text)
}

#[tokio::test]
async fn every_error_is_a_page_in_the_readers_language() {
    let site = Site::new().await;
    site.fill();
    let long = format!("/{}", "a".repeat(9_000));
    let errors = [
        ("/nothing", 404, "没有这个页面", "There is no such page"),
        ("/article/00000000000000000000000000000000", 404, "可能已过期", "may have expired"),
        ("/source/36kr/other.xml", 404, "没有这个页面", "There is no such page"),
        ("/feed.xml?page=1&limit=3", 400, "存档页只能整页读取", "given out whole"),
        ("/search/feed.xml?q=a", 503, "文章正在载入", "being loaded"),
        (long.as_str(), 414, "地址太长", "too long"),
    ];
    for (path, expected, chinese, english) in errors {
        let (status, text) = page(&site, path, &[("accept-language", "zh-CN,zh;q=0.9")]).await;
        assert_eq!(status, expected, "{path}");
        assert!(text.contains("<html lang=\"zh-CN\">") && text.contains(chinese), "{path}: {text}");
        assert!(text.contains("最新文章"), "{path}: {text}");
        let (_, text) = page(&site, path, &[("accept-language", "en")]).await;
        assert!(text.contains("<html lang=\"en\">") && text.contains(english), "{path}: {text}");
        if path.len() < 100 {
            let switched = format!("{path}{}lang=en", if path.contains('?') { '&' } else { '?' });
            let (_, text) = page(&site, &switched, &[("accept-language", "zh-CN")]).await;
            assert!(text.contains("<html lang=\"en\">") && text.contains(english), "?lang= decides, {path}: {text}");
            let (_, text) = page(&site, path, &[("accept-language", "zh-CN"), ("cookie", "lang=en")]).await;
            assert!(text.contains("<html lang=\"en\">"), "the switch is remembered, {path}: {text}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_address_is_named_and_the_switch_keeps_the_address() {
    let site = Site::new().await;
    let (_, text) = page(&site, "/source/36kt/?lang=en&tag=a", &[]).await;
    assert!(text.contains("feeds.toml has no source <code>36kt</code>"), "{text}");
    assert!(text.contains("did you mean <a href=\"/source/36kr/\">36kr</a>?"), "{text}");
    assert!(text.contains("href=\"/source/36kt/?lang=zh&amp;tag=a\""), "{text}");
    let (_, text) = page(&site, "/category/%E7%A7%91%E6%8A%80%E5%95%8A/?lang=zh", &[]).await;
    assert!(
        text.contains("没有名为 <code>科技啊</code> 的分类")
            && text.contains("是不是 <a href=\"/category/%E7%A7%91%E6%8A%80/\">科技</a>？"),
        "{text}"
    );
    let (_, text) = page(&site, "/view/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E/?lang=en", &[]).await;
    assert!(text.contains("feeds.toml has no view <code>&quot;&gt;&lt;script&gt;"), "{text}");
}

#[tokio::test]
async fn before_the_store_is_open_pages_say_so_in_the_readers_language_and_can_be_tried_again() {
    let site = Site::unready(CONFIG).await;
    for (path, again) in [
        ("/", "/?lang=zh"),
        ("/article/00000000000000000000000000000000", "/article/00000000000000000000000000000000?lang=zh"),
        ("/search?q=a", "/search?lang=zh&amp;q=a"),
        ("/status", "/status?lang=zh"),
        ("/feed.xml", "/feed.xml?lang=zh"),
    ] {
        let (status, text) = page(&site, path, &[("accept-language", "zh")]).await;
        assert_eq!(status, 503, "{path}");
        assert!(text.contains("文章正在载入") && text.contains(&format!("href=\"{again}\">再试一次")), "{path}: {text}");
        let (_, text) = page(&site, path, &[("accept-language", "en")]).await;
        assert!(text.contains("The articles are being loaded") && text.contains("Try again"), "{path}: {text}");
    }
    let answer = site.get_with("/", &[("accept", BROWSER)]).await;
    assert_eq!(header(&answer, "retry-after"), "10");
}

#[tokio::test]
async fn programs_get_errors_as_plain_text() {
    let site = Site::unready(CONFIG).await;
    let feed = site.get_with("/feed.xml", &[("accept", "application/rss+xml, application/xml;q=0.9, */*;q=0.8")]).await;
    assert_eq!((feed.status().as_u16(), header(&feed, "content-type")), (503, "text/plain; charset=utf-8"));
    assert_eq!(feed.text().await.unwrap(), "The articles are being loaded. Try again in a few seconds.\n");
    let missing = site.get_with("/nothing", &[("accept", "application/rss+xml")]).await;
    assert_eq!((missing.status().as_u16(), header(&missing, "content-type")), (404, "text/plain; charset=utf-8"));
    for path in ["/healthz", "/readyz"] {
        let health = site.get_with(path, &[("accept", "text/plain")]).await;
        assert_eq!(header(&health, "content-type"), "text/plain; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn the_switch_of_language_is_remembered_for_the_pages_behind_the_links() {
    let site = Site::new().await;
    site.fill();
    let switched = site.get_with("/?lang=en", &[("accept-language", "zh-CN")]).await;
    let cookie = header(&switched, "set-cookie").to_owned();
    assert!(cookie.starts_with("lang=en; Path=/;") && cookie.contains("SameSite=Lax"), "{cookie}");
    let article = format!("/article/{}", site.store_id("Second"));
    let page = site.get_with(&article, &[("accept-language", "zh-CN"), ("cookie", "lang=en")]).await;
    assert!(header(&page, "vary").contains("Cookie"), "{:?}", page.headers());
    assert!(header(&page, "set-cookie").is_empty());
    assert!(page.text().await.unwrap().contains("<html lang=\"en\">"));
    let feed = site.get("/feed.xml?lang=en").await;
    assert!(header(&feed, "set-cookie").is_empty(), "a feed has no language to switch");
    let odd = site.get("/?lang=xx%0d%0aSet-Cookie:a=b").await;
    assert!(header(&odd, "set-cookie").is_empty());
}
