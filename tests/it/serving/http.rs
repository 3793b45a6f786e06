//! The manners of HTTP: P3 to P15, P20, S14, S16, S17.

use feedmill::web::encoding::Encoding;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::kit::{Site, entry, header};

const FEEDS: [&str; 3] = ["/feed.xml", "/atom.xml", "/feed.json"];

#[tokio::test]
async fn p7_unchanged_content_gives_the_same_bytes_and_etag_over_a_restart_too() {
    let (first, second) = (Site::new().await, Site::new().await);
    first.fill();
    second.fill();
    second.render();
    for path in
        ["/feed.xml", "/atom.xml", "/feed.json", "/category/%E7%A7%91%E6%8A%80/feed.xml", "/source/36kr/atom.xml", "/view/ai/feed.json"]
    {
        let (a, b) = (first.get(path).await, second.get(path).await);
        assert!(header(&a, "etag").len() > 10, "{path}: {:?}", a.status());
        assert_eq!(header(&a, "etag"), header(&b, "etag"), "{path}");
        assert_eq!(header(&a, "last-modified"), header(&b, "last-modified"), "{path}");
        assert_eq!(a.bytes().await.unwrap(), b.bytes().await.unwrap(), "{path}");
    }
}

#[tokio::test]
async fn p8_a_reader_that_has_it_gets_304_with_etag_vary_and_cache_control_and_no_body() {
    let site = Site::new().await;
    site.fill();
    for path in FEEDS {
        let whole = site.get(path).await;
        let tag = header(&whole, "etag").to_owned();
        for value in [tag.clone(), format!("\"other\", {tag}"), "*".into(), format!("W/{tag}")] {
            let answer = site.get_with(path, &[("if-none-match", &value)]).await;
            assert_eq!(answer.status(), 304, "{path} {value}");
            for name in ["etag", "vary", "cache-control", "last-modified"] {
                assert_eq!(header(&answer, name), header(&whole, name), "{path} {value} {name}");
            }
            assert!(answer.bytes().await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn p9_a_date_is_ignored_beside_a_tag_and_when_it_is_none() {
    let site = Site::new().await;
    site.fill();
    let date = header(&site.get("/feed.xml").await, "last-modified").to_owned();
    assert_eq!(site.get_with("/feed.xml", &[("if-modified-since", &date)]).await.status(), 304);
    assert_eq!(site.get_with("/feed.xml", &[("if-modified-since", &date), ("if-none-match", "\"other\"")]).await.status(), 200);
    for bad in ["soon", "Fri, 31 Dec 2099 23:59:59 GMT", "0", "Sat, 17 Feb 2024 00:00:00 GMT"] {
        assert_eq!(site.get_with("/feed.xml", &[("if-modified-since", bad)]).await.status(), 200, "{bad}");
    }
}

#[tokio::test]
async fn p10_head_has_the_headers_of_get_and_other_methods_are_told_what_is_allowed() {
    let site = Site::new().await;
    site.fill();
    for path in ["/feed.xml", "/", "/opml.xml", "/style.css", "/source/36kr/feed.json"] {
        let get = site.get(path).await;
        let head = site.client.head(format!("{}{path}", site.url)).send().await.unwrap();
        assert_eq!(head.status(), 200);
        for (name, value) in get.headers().iter().filter(|(name, _)| *name != "date") {
            assert_eq!(head.headers().get(name), Some(value), "{path} {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty());
        let post = site.client.post(format!("{}{path}", site.url)).body("x").send().await.unwrap();
        assert_eq!((post.status().as_u16(), header(&post, "allow")), (405, "GET,HEAD"), "{path}");
    }
}

#[tokio::test]
async fn p11_every_coding_has_its_own_strong_etag_and_holds_the_same_bytes() {
    let site = Site::new().await;
    site.fill();
    let plain = site.get("/feed.xml").await;
    assert_eq!((header(&plain, "content-encoding"), header(&plain, "vary")), ("", "Accept, Accept-Encoding"));
    let mut tags = vec![header(&plain, "etag").to_owned()];
    let bytes = plain.bytes().await.unwrap();
    for (accept, name) in [("gzip", "gzip"), ("br;q=0.9, gzip;q=0.1", "br"), ("zstd, br;q=0.5", "zstd"), ("gzip, deflate, br, zstd", "br")]
    {
        let answer = site.get_with("/feed.xml", &[("accept-encoding", accept)]).await;
        assert_eq!((header(&answer, "content-encoding"), header(&answer, "vary")), (name, "Accept, Accept-Encoding"), "{accept}");
        tags.push(header(&answer, "etag").to_owned());
        let packed = answer.bytes().await.unwrap();
        assert!(packed.len() < bytes.len());
        assert_eq!(unpacked(name, &packed).await, bytes);
        let again = site.get_with("/feed.xml", &[("accept-encoding", accept), ("if-none-match", tags.last().unwrap())]).await;
        assert_eq!((again.status().as_u16(), header(&again, "vary")), (304, "Accept, Accept-Encoding"));
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), Encoding::ALL.len(), "{tags:?}");
    assert!(tags.iter().all(|tag| tag.starts_with('"')), "strong: {tags:?}");
}

async fn unpacked(name: &str, packed: &[u8]) -> Vec<u8> {
    use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder};
    let mut out = Vec::new();
    match name {
        "gzip" => GzipDecoder::new(packed).read_to_end(&mut out).await.unwrap(),
        "br" => BrotliDecoder::new(packed).read_to_end(&mut out).await.unwrap(),
        _ => ZstdDecoder::new(packed).read_to_end(&mut out).await.unwrap(),
    };
    out
}

#[tokio::test]
async fn p12_max_age_is_the_ttl_and_last_modified_is_not_in_the_future() {
    let site = Site::new().await;
    site.fill();
    let answer = site.get("/feed.xml").await;
    assert_eq!(header(&answer, "cache-control"), "public, max-age=900");
    assert_eq!(header(&answer, "last-modified"), "Mon, 19 Feb 2024 09:00:00 GMT");
    assert!(answer.text().await.unwrap().contains("<ttl>15</ttl>"));
    // The clock of the machine was set back: what we have is now from the future.
    site.clock.set("2024-02-18T00:00:00Z".parse().unwrap());
    assert_eq!(header(&site.get("/feed.xml").await, "last-modified"), "");
}

#[tokio::test]
async fn p13_p14_p15_types_and_policies_are_right_everywhere() {
    let site = Site::new().await;
    site.fill();
    let id = site.store_id("Second");
    let expected = [
        ("/feed.xml".to_owned(), 200, "application/rss+xml; charset=utf-8"),
        ("/atom.xml".into(), 200, "application/atom+xml; charset=utf-8"),
        ("/feed.json".into(), 200, "application/feed+json; charset=utf-8"),
        ("/source/byte/feed.xml".into(), 200, "application/rss+xml; charset=utf-8"),
        ("/feed.xml?limit=1".into(), 200, "application/rss+xml; charset=utf-8"),
        ("/".into(), 200, "text/html; charset=utf-8"),
        ("/category/english/".into(), 200, "text/html; charset=utf-8"),
        (format!("/article/{id}"), 200, "text/html; charset=utf-8"),
        (format!("/article/{id}.md"), 200, "text/markdown; charset=utf-8"),
        ("/opml.xml".into(), 200, "text/x-opml; charset=utf-8"),
        ("/style.css".into(), 200, "text/css; charset=utf-8"),
        ("/feed.css".into(), 200, "text/css; charset=utf-8"),
        ("/healthz".into(), 200, "text/plain; charset=utf-8"),
        ("/nothing".into(), 404, "text/html; charset=utf-8"),
        ("/source/nobody/feed.xml".into(), 404, "text/html; charset=utf-8"),
        ("/source/36kr/other.xml".into(), 404, "text/html; charset=utf-8"),
        ("/article/00000000000000000000000000000000".into(), 404, "text/html; charset=utf-8"),
        ("/article/x".into(), 404, "text/html; charset=utf-8"),
        ("/category/%ff/feed.xml".into(), 404, "text/html; charset=utf-8"),
    ];
    for (path, status, content_type) in expected {
        let answer = site.get(&path).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (status, content_type), "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert!(header(&answer, "content-security-policy").starts_with("default-src 'none'"), "{path}");
        let feed = status == 200 && path.contains("feed.") && !path.ends_with(".css") || path == "/atom.xml";
        assert_eq!(header(&answer, "access-control-allow-origin"), if feed { "*" } else { "" }, "{path}");
    }
}

#[tokio::test]
async fn p20_before_the_store_is_open_the_last_good_feed_is_served_or_503() {
    let site = Site::unready(super::kit::CONFIG).await;
    assert_eq!(site.get("/healthz").await.status(), 200);
    for path in ["/feed.xml", "/readyz", "/source/36kr/feed.xml", "/category/english/atom.xml", "/", "/opml.xml"] {
        let answer = site.get(path).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "retry-after")), (503, "10"), "{path}");
    }
    let before = Site::new().await;
    before.fill();
    let folder = tempfile::tempdir().unwrap();
    feedmill::web::folder::save(&before.state.rendered(), &feedmill::web::Rendered::default(), folder.path()).unwrap();
    site.state.publish(feedmill::web::folder::load(folder.path()).unwrap());
    for path in FEEDS {
        let (old, new) = (before.get(path).await, site.get(path).await);
        assert_eq!(header(&old, "etag"), header(&new, "etag"));
        assert_eq!(header(&old, "last-modified"), header(&new, "last-modified"));
        assert_eq!(old.bytes().await.unwrap(), new.bytes().await.unwrap());
    }
    assert_eq!(site.get("/readyz").await.status(), 503, "served from the folder is not ready");
    site.open();
    assert_eq!(site.get("/readyz").await.status(), 200);
}

#[tokio::test]
async fn s14_line_ends_of_a_publisher_never_reach_a_header() {
    let site = Site::new().await;
    site.add(
        "36kr",
        vec![entry("x\r\nSet-Cookie: a=b", "https://36kr.com/p/1%0d%0aX-Evil:1", "<p>x</p>", "2024-02-18T09:00:00Z")],
        "2024-02-20T00:00:00Z",
    );
    for path in ["/feed.xml", "/atom.xml", "/feed.json", "/", "/source/36kr/feed.xml"] {
        let answer = site.get(path).await;
        assert!(answer.headers().get("set-cookie").is_none() && answer.headers().get("x-evil").is_none(), "{path}");
        assert!(answer.headers().values().all(|value| !value.as_bytes().contains(&b'\r')));
    }
}

#[tokio::test]
async fn s16_unknown_queries_and_hosts_never_change_bytes_or_self_links() {
    let site = Site::new().await;
    site.fill();
    for path in FEEDS {
        let plain = site.get(path).await;
        let odd = site.get_with(&format!("{path}?utm_source=x&limit=100000&limit=0&a=%ff"), &[("host", "evil.example.com")]).await;
        assert_eq!(header(&plain, "etag"), header(&odd, "etag"), "{path}");
        let text = odd.text().await.unwrap();
        assert_eq!(plain.text().await.unwrap(), text);
        assert!(text.contains(&format!("https://feeds.example.org{path}")) && !text.contains("evil.example.com"));
    }
}

#[tokio::test]
async fn limit_and_title_filters_are_known_to_every_feed_and_bounded() {
    let site = Site::new().await;
    site.fill();
    let titles = async |path: &str| {
        let json: serde_json::Value = serde_json::from_str(&site.text(path).await).unwrap();
        let items = json["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned());
        items.collect::<Vec<_>>()
    };
    assert_eq!(titles("/feed.json").await, ["Second", "大模型 & AI", "Byte"]);
    assert_eq!(titles("/feed.json?limit=1").await, ["Second"]);
    assert_eq!(titles("/feed.json?filter_title=byte|%E6%A8%A1%E5%9E%8B").await, ["大模型 & AI", "Byte"]);
    assert_eq!(titles("/feed.json?filter_description=english").await, ["Byte"]);
    assert_eq!(titles("/feed.json?filter=text&filterout=byte").await, ["Second"]);
    assert_eq!(titles("/category/%E7%A7%91%E6%8A%80/feed.json?filterout_title=SECOND").await, ["大模型 & AI"]);
    assert_eq!(titles("/source/36kr/feed.json?limit=1").await, ["Second"]);
    assert_eq!(titles("/view/ai/feed.json").await, ["大模型 & AI"]);
}

#[tokio::test]
async fn s17_an_address_of_eight_kilobytes_is_refused() {
    let site = Site::new().await;
    let answer = site.get(&format!("/{}", "x".repeat(8192))).await;
    assert_eq!(answer.status(), 414);
    assert!(header(&answer, "content-security-policy").starts_with("default-src"));
    assert_eq!(site.get(&format!("/feed.xml?{}", "x".repeat(8192))).await.status(), 414);
    assert_eq!(site.get(&format!("/feed.xml?{}", "x".repeat(4000))).await.status(), 200);
}

#[tokio::test]
async fn s17_headers_without_end_are_refused() {
    let site = Site::new().await;
    let mut stream = tokio::net::TcpStream::connect(site.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET /feed.xml HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let mut written = 0;
    let line = format!("x-filler: {}\r\n", "y".repeat(1000));
    // The server answers and closes long before a megabyte; writing then fails, or reading sees the refusal.
    while written < 1_000_000 && stream.write_all(line.as_bytes()).await.is_ok() {
        written += line.len();
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_what_it_is_at_and_takes_no_more() {
    let mut site = Site::new().await;
    site.fill();
    assert_eq!(site.get("/feed.xml").await.status(), 200);
    let address = site.url.clone();
    site.stop();
    let gone = async {
        while tokio::net::TcpStream::connect(address.trim_start_matches("http://")).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.expect("the port is free again");
}

#[tokio::test]
async fn s17_readers_that_never_finish_their_request_keep_nobody_waiting() {
    let site = Site::new().await;
    site.fill();
    let address = site.url.trim_start_matches("http://").to_owned();
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /feed.xml HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(site.get("/feed.xml").await.status(), 200);
    assert_eq!(slow.len(), 300);
}

#[tokio::test]
async fn p15_a_browser_gets_a_feed_as_a_page_and_a_reader_as_a_feed() {
    let site = Site::new().await;
    site.fill();
    let browser = [("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")];
    for path in ["/feed.xml", "/atom.xml", "/source/36kr/feed.xml"] {
        let (page, feed) = (site.get_with(path, &browser).await, site.get(path).await);
        assert_eq!(header(&page, "content-type"), "text/xml; charset=utf-8");
        assert!(header(&feed, "content-type").contains("+xml"));
        let tag = header(&page, "etag").to_owned();
        assert_ne!(tag, header(&feed, "etag"));
        assert_eq!(page.bytes().await.unwrap(), feed.bytes().await.unwrap());
        assert_eq!(site.get_with(path, &[browser[0], ("if-none-match", &tag)]).await.status(), 304);
    }
    let reader = site.get_with("/feed.xml", &[("accept", "application/rss+xml, application/atom+xml, text/html;q=0.5")]).await;
    assert_eq!(header(&reader, "content-type"), "application/rss+xml; charset=utf-8");
}
